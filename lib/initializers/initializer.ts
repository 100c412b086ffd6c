/** The base of initializers and how options name them. */
import { ArgumentError, ShapeError } from '../errors.js';
import { type Config, describe, isSerialized, type Reader, Registry, type Serialized } from '../options/index.js';
import { globalRandom, RandomState } from '../random/state.js';
import { hostArray, type NestedArray, tensor } from '../tensor/create.js';
import type { DType, TypedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/**
 * First values of weights.
 *
 * Source: Keras 3, keras.initializers.Initializer.
 */
export abstract class Initializer {
  abstract readonly className: string;

  /** A tensor of the shape. */
  abstract call(shape: readonly number[], dtype: DType): Tensor;

  abstract getConfig(): Config;

  /** Another of the same options: of one with a seed that begins anew. */
  clone(): Initializer {
    return initializerRegistry.made({ className: this.className, config: this.getConfig() }, 'clone');
  }

  /** An initializer of this class from its config. */
  static fromConfig(config: Config): Initializer {
    return new (this as unknown as new (config: Config) => Initializer)(config);
  }
}

/** Where an initializer's random numbers come from: a stream of its own, begun anew at each call, or the one that all share. */
export function randomStream(seed: number | null): RandomState {
  return seed === null ? globalRandom : new RandomState(seed);
}

/** Names of initializers with their defaults. */
export type InitializerName =
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'randomUniform'
  | 'randomNormal'
  | 'truncatedNormal'
  | 'identity'
  | 'varianceScaling'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'orthogonal'
  | 'stft';

/** A function of the user's that makes first values. */
export type InitializerFunction = (shape: readonly number[], dtype: DType) => Tensor | TypedArray | NestedArray;

/** What an initializer option takes: a name, an object, a config, or a function from a shape to values. */
export type InitializerLike = InitializerName | Initializer | Serialized | InitializerFunction;

export const initializerRegistry = new Registry<Initializer>('an initializer');

class FunctionInitializer extends Initializer {
  readonly className = 'FunctionInitializer';

  constructor(private readonly fn: InitializerFunction) {
    super();
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    const made = this.fn([...shape], dtype);
    if (made instanceof Tensor) return made;
    const host = hostArray('initializer', made, ArrayBuffer.isView(made) ? shape : undefined, dtype);
    if (host.shape.length !== shape.length || host.shape.some((dim, i) => dim !== shape[i])) {
      throw new ShapeError({
        where: 'initializer',
        expected: `values of shape [${shape.join(', ')}]`,
        received: `[${host.shape.join(', ')}]`,
      });
    }
    return tensor(host.data, host.shape, dtype);
  }

  getConfig(): Config {
    return { function: this.fn };
  }
}

initializerRegistry.add('FunctionInitializer', (config) => new FunctionInitializer(config['function'] as InitializerFunction));

/** Reads an initializer option. */
export const initializer: Reader<Initializer> = (value, where) => {
  if (value instanceof Initializer) return value;
  if (typeof value === 'string') return initializerRegistry.named(value, where);
  if (typeof value === 'function') return new FunctionInitializer(value as InitializerFunction);
  if (isSerialized(value)) return initializerRegistry.made(value, where);
  throw new ArgumentError({
    where,
    expected: `an initializer (${initializerRegistry.names.join(', ')}), or a function`,
    received: describe(value),
    hint: "for example 'heNormal'",
  });
};

/**
 * What a name, a config or a function stands for.
 *
 * @example
 * initializers.get('heNormal');
 */
export function get(identifier: InitializerLike): Initializer {
  return initializer(identifier, 'initializers.get');
}
