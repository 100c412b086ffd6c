/** Optimizers by name. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, Registry, type Serialized } from '../options/index.js';
import { Optimizer } from './optimizer.js';

export const registry = new Registry<Optimizer>('an optimizer');
/** The factories, which may stand for their optimizer with its defaults. */
export const factories = new Map<unknown, string>();

/** Names that `compile` takes. */
export type OptimizerName =
  | 'sgd'
  | 'adam'
  | 'adamW'
  | 'rmsprop'
  | 'adamax'
  | 'nadam'
  | 'adagrad'
  | 'adadelta'
  | 'ftrl'
  | 'lion'
  | 'lamb'
  | 'adafactor'
  | 'muon'
  | 'scheduleFreeAdamW';

/** What stands for an optimizer: itself, a name, a factory of `optimizers`, or a config. */
export type OptimizerIdentifier = Optimizer | OptimizerName | (() => Optimizer) | Serialized;

/**
 * The optimizer that a name, a factory, a config or an optimizer stands for.
 *
 * @example
 * optimizers.get('adam');
 */
export function get(identifier: OptimizerIdentifier): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  const named = factories.get(identifier);
  if (named !== undefined) return registry.named(named, 'optimizer');
  if (typeof identifier === 'string') return registry.named(identifier, 'optimizer');
  if (isSerialized(identifier)) return registry.made(identifier, 'optimizer');
  throw new ArgumentError({
    where: 'optimizer',
    expected: `an optimizer or one of the names ${registry.names.join(', ')}`,
    received: describe(identifier),
    hint: "for example 'adam' or optimizers.adam({ learningRate: 0.001 })",
  });
}
