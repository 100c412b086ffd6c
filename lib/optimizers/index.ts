/** The `optimizers` namespace. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, Registry, type Serialized } from '../options/index.js';
import { Adam, AdamW } from './adam.js';
import { Optimizer } from './optimizer.js';
import { RMSprop } from './rmsprop.js';
import { SGD } from './sgd.js';

export { Optimizer, type OptimizerOptions } from './optimizer.js';
export { SGD, sgd, type SGDOptions } from './sgd.js';
export { Adam, AdamW, adam, adamW, type AdamOptions } from './adam.js';
export { RMSprop, rmsprop, type RMSpropOptions } from './rmsprop.js';

const registry = new Registry<Optimizer>('an optimizer');
registry.add('SGD', (config) => new SGD(config), 'sgd');
registry.add('Adam', (config) => new Adam(config), 'adam');
registry.add('AdamW', (config) => new AdamW(config), 'adamW', 'adamw');
registry.add('RMSprop', (config) => new RMSprop(config), 'rmsprop');

/** Names that `compile` takes. */
export type OptimizerName = 'sgd' | 'adam' | 'adamW' | 'rmsprop';

/**
 * The optimizer that a name, a config or an optimizer stands for.
 *
 * @example
 * optimizers.get('adam');
 */
export function get(identifier: Optimizer | OptimizerName | Serialized): Optimizer {
  if (identifier instanceof Optimizer) return identifier;
  if (typeof identifier === 'string') return registry.named(identifier, 'optimizer');
  if (isSerialized(identifier)) return registry.made(identifier, 'optimizer');
  throw new ArgumentError({
    where: 'optimizer',
    expected: `an optimizer or one of the names ${registry.names.join(', ')}`,
    received: describe(identifier),
    hint: "for example 'adam' or optimizers.adam({ learningRate: 0.001 })",
  });
}
