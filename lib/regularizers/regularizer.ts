/** The base of regularizers and how options name them. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, isSerialized, type Reader, Registry, type Serialized } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * A penalty on a tensor, added to the loss.
 *
 * Source: Keras 3, keras.regularizers.Regularizer.
 */
export abstract class Regularizer {
  abstract readonly className: string;

  /** Whether the penalty does not depend on where an element stands, so that the layout in memory does not matter. */
  get elementwise(): boolean {
    return false;
  }

  /** The penalty, a scalar. */
  abstract call(x: Tensor): Tensor;

  abstract getConfig(): Config;

  /** A regularizer of this class from its config. */
  static fromConfig(config: Config): Regularizer {
    return new (this as unknown as new (config: Config) => Regularizer)(config);
  }
}

/** Names of regularizers with their default factors. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2' | 'orthogonal';

/** What a regularizer option takes: a name, an object, a config, or a function from a weight to a scalar. */
export type RegularizerLike = RegularizerName | Regularizer | Serialized | ((x: Tensor) => Tensor);

export const regularizerRegistry = new Registry<Regularizer>('a regularizer');

/** A function of the user's as a regularizer. */
class FunctionRegularizer extends Regularizer {
  readonly className = 'FunctionRegularizer';

  constructor(private readonly fn: (x: Tensor) => Tensor) {
    super();
  }

  call(x: Tensor): Tensor {
    return this.fn(x);
  }

  getConfig(): Config {
    return { function: this.fn };
  }
}

regularizerRegistry.add('FunctionRegularizer', (config) => new FunctionRegularizer(config['function'] as (x: Tensor) => Tensor));

/** Reads a regularizer option. */
export const regularizer: Reader<Regularizer> = (value, where) => {
  if (value instanceof Regularizer) return value;
  if (typeof value === 'string') return regularizerRegistry.named(value, where);
  if (typeof value === 'function') return new FunctionRegularizer(value as (x: Tensor) => Tensor);
  if (isSerialized(value)) return regularizerRegistry.made(value, where);
  throw new ArgumentError({
    where,
    expected: `a regularizer (${regularizerRegistry.names.join(', ')}), or a function`,
    received: describe(value),
    hint: 'for example regularizers.l2(0.01)',
  });
};

/**
 * What a name, a config or a function stands for.
 *
 * @example
 * regularizers.get('l2');
 */
export function get(identifier: RegularizerLike): Regularizer {
  return regularizer(identifier, 'regularizers.get');
}
