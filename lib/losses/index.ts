/** The `losses` namespace. Each factory gives a loss that `compile` takes, and that can be called on tensors as a function. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, Registry, type Serialized } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.js';
import type { CrossentropyOptions, SparseCrossentropyOptions } from './crossentropy.js';
import { FunctionLoss, Loss, type LossFunction, type LossOptions } from './loss.js';
import { MeanAbsoluteError, MeanSquaredError } from './regression.js';

export { Loss, type LossFunction, type LossOptions, type Reduction } from './loss.js';
export { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.js';
export type { CrossentropyOptions, SparseCrossentropyOptions } from './crossentropy.js';
export { MeanAbsoluteError, MeanSquaredError } from './regression.js';

/** A loss that is a function as well: called with labels and predictions it gives the reduced loss. */
export type CallableLoss<L extends Loss = Loss> = L & ((yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor) => Tensor);

function callable<L extends Loss>(loss: L): CallableLoss<L> {
  const call = (yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor => loss.compute(yTrue, yPred, sampleWeight);
  return new Proxy(call as unknown as CallableLoss<L>, {
    get: (_, key) => {
      const value = Reflect.get(loss, key, loss) as unknown;
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(loss) : value;
    },
    has: (_, key) => Reflect.has(loss, key),
    getPrototypeOf: () => Object.getPrototypeOf(loss) as object,
  });
}

/**
 * Cross-entropy between one-hot (or soft) labels and class probabilities, both [batch, ..., classes].
 *
 * @example
 * losses.categoricalCrossentropy({ labelSmoothing: 0.1 })(yTrue, yPred);   // a scalar
 */
export function categoricalCrossentropy(options?: CrossentropyOptions): CallableLoss<CategoricalCrossentropy> {
  return callable(new CategoricalCrossentropy(options));
}

/**
 * Cross-entropy between class numbers [batch, ...] and class probabilities [batch, ..., classes].
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
 */
export function sparseCategoricalCrossentropy(options?: SparseCrossentropyOptions): CallableLoss<SparseCategoricalCrossentropy> {
  return callable(new SparseCategoricalCrossentropy(options));
}

/**
 * Cross-entropy between labels 0 and 1 and probabilities, averaged over the last axis.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.binaryCrossentropy() });
 */
export function binaryCrossentropy(options?: CrossentropyOptions): CallableLoss<BinaryCrossentropy> {
  return callable(new BinaryCrossentropy(options));
}

/**
 * Mean of squared differences over the last axis.
 *
 * @example
 * losses.meanSquaredError()(tensor([[1, 2]]), tensor([[1, 4]]));   // 2
 */
export function meanSquaredError(options?: LossOptions): CallableLoss<MeanSquaredError> {
  return callable(new MeanSquaredError(options));
}

/**
 * Mean of absolute differences over the last axis.
 *
 * @example
 * losses.meanAbsoluteError()(tensor([[1, 2]]), tensor([[1, 4]]));   // 1
 */
export function meanAbsoluteError(options?: LossOptions): CallableLoss<MeanAbsoluteError> {
  return callable(new MeanAbsoluteError(options));
}

const registry = new Registry<Loss>('a loss');
registry.add('CategoricalCrossentropy', (config) => new CategoricalCrossentropy(config), 'categoricalCrossentropy');
registry.add('SparseCategoricalCrossentropy', (config) => new SparseCategoricalCrossentropy(config), 'sparseCategoricalCrossentropy');
registry.add('BinaryCrossentropy', (config) => new BinaryCrossentropy(config), 'binaryCrossentropy');
registry.add('MeanSquaredError', (config) => new MeanSquaredError(config), 'meanSquaredError', 'mse');
registry.add('MeanAbsoluteError', (config) => new MeanAbsoluteError(config), 'meanAbsoluteError', 'mae');

/** Names that `compile` takes. */
export type LossName =
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'binaryCrossentropy'
  | 'meanSquaredError'
  | 'mse'
  | 'meanAbsoluteError'
  | 'mae';

/** What stands for a loss: its name, an object, a config, or a function of labels and predictions. */
export type LossIdentifier = LossName | Loss | LossFunction | Serialized;

/**
 * The loss that an identifier stands for.
 *
 * @example
 * losses.get('mse');
 */
export function get(identifier: LossIdentifier): Loss {
  if (identifier instanceof Loss) return identifier;
  if (typeof identifier === 'function') return new FunctionLoss(identifier);
  if (typeof identifier === 'string') return registry.named(identifier, 'loss');
  if (isSerialized(identifier)) return registry.made(identifier, 'loss');
  throw new ArgumentError({
    where: 'loss',
    expected: `a loss, a function or one of the names ${registry.names.join(', ')}`,
    received: describe(identifier),
    hint: "for example 'categoricalCrossentropy'",
  });
}
