/** The base of constraints and how options name them. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, isSerialized, type Reader, Registry, type Serialized } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * What weights must be after every training step.
 *
 * Source: Keras 3, keras.constraints.Constraint.
 */
export abstract class Constraint {
  abstract readonly className: string;

  /** Whether every element is treated by itself, so that the layout in memory does not matter. */
  get elementwise(): boolean {
    return false;
  }

  /** The nearest allowed weights, of the same shape. */
  abstract call(weights: Tensor): Tensor;

  abstract getConfig(): Config;

  /** A constraint of this class from its config. */
  static fromConfig(config: Config): Constraint {
    return new (this as unknown as new (config: Config) => Constraint)(config);
  }
}

/** Names of constraints with their defaults. */
export type ConstraintName = 'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm';

/** What a constraint option takes: a name, an object, a config, or a function from weights to weights. */
export type ConstraintLike = ConstraintName | Constraint | Serialized | ((weights: Tensor) => Tensor);

export const constraintRegistry = new Registry<Constraint>('a constraint');

/** A function of the user's as a constraint. */
class FunctionConstraint extends Constraint {
  readonly className = 'FunctionConstraint';

  constructor(private readonly fn: (weights: Tensor) => Tensor) {
    super();
  }

  call(weights: Tensor): Tensor {
    return this.fn(weights);
  }

  getConfig(): Config {
    return { function: this.fn };
  }
}

constraintRegistry.add('FunctionConstraint', (config) => new FunctionConstraint(config['function'] as (weights: Tensor) => Tensor));

/** Reads a constraint option. */
export const constraint: Reader<Constraint> = (value, where) => {
  if (value instanceof Constraint) return value;
  if (typeof value === 'string') return constraintRegistry.named(value, where);
  if (typeof value === 'function') return new FunctionConstraint(value as (weights: Tensor) => Tensor);
  if (isSerialized(value)) return constraintRegistry.made(value, where);
  throw new ArgumentError({
    where,
    expected: `a constraint (${constraintRegistry.names.join(', ')}), or a function`,
    received: describe(value),
    hint: 'for example constraints.maxNorm(3)',
  });
};

/**
 * What a name, a config or a function stands for.
 *
 * @example
 * constraints.get('nonNeg');
 */
export function get(identifier: ConstraintLike): Constraint {
  return constraint(identifier, 'constraints.get');
}
