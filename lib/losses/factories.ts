/** Factories of losses: each gives one that `compile` takes, and that can be called on tensors as a function. */
import type { Tensor } from '../tensor/tensor.js';
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './crossentropy.js';
import type { CrossentropyOptions, SparseCrossentropyOptions } from './crossentropy.js';
import { Circle, type CircleOptions } from './circle.js';
import { CTC } from './ctc.js';
import {
  BinaryFocalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  type BinaryFocalCrossentropyOptions,
  type CategoricalFocalCrossentropyOptions,
  type CategoricalGeneralizedCrossEntropyOptions,
} from './focal.js';
import { CategoricalHinge, Hinge, SquaredHinge } from './hinge.js';
import { Dice, Tversky, type DiceOptions, type TverskyOptions } from './overlap.js';
import { CosineSimilarity, KLDivergence, Poisson, type CosineSimilarityOptions } from './probability.js';
import {
  Huber,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  type HuberOptions,
} from './regression.js';
import type { Loss, LossOptions } from './loss.js';

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

/**
 * Mean of absolute differences as a percentage of the labels. Source: Keras 3, keras.losses.MeanAbsolutePercentageError.
 *
 * @example
 * losses.meanAbsolutePercentageError()(tensor([[2, 4]]), tensor([[1, 4]]));   // 25
 */
export function meanAbsolutePercentageError(options?: LossOptions): CallableLoss<MeanAbsolutePercentageError> {
  return callable(new MeanAbsolutePercentageError(options));
}

/**
 * Mean of squared differences of the logarithms of 1 + x. Source: Keras 3, keras.losses.MeanSquaredLogarithmicError.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.meanSquaredLogarithmicError() });
 */
export function meanSquaredLogarithmicError(options?: LossOptions): CallableLoss<MeanSquaredLogarithmicError> {
  return callable(new MeanSquaredLogarithmicError(options));
}

/**
 * Squared differences up to `delta`, linear ones beyond: outliers count less than with squares. Source: Keras 3, keras.losses.Huber.
 *
 * @example
 * losses.huber({ delta: 0.5 });
 */
export function huber(options?: HuberOptions): CallableLoss<Huber> {
  return callable(new Huber(options));
}

/**
 * log(cosh(difference)): squared for small differences, absolute for large ones. Source: Keras 3, keras.losses.LogCosh.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.logCosh() });
 */
export function logCosh(options?: LossOptions): CallableLoss<LogCosh> {
  return callable(new LogCosh(options));
}

/**
 * How far labels -1 and 1 (or 0 and 1) are from being beaten by a margin of 1. Source: Keras 3, keras.losses.Hinge.
 *
 * @example
 * losses.hinge()(tensor([[-1, 1]]), tensor([[0.5, 2]]));   // 0.75
 */
export function hinge(options?: LossOptions): CallableLoss<Hinge> {
  return callable(new Hinge(options));
}

/**
 * The squares of the hinge loss. Source: Keras 3, keras.losses.SquaredHinge.
 *
 * @example
 * losses.squaredHinge();
 */
export function squaredHinge(options?: LossOptions): CallableLoss<SquaredHinge> {
  return callable(new SquaredHinge(options));
}

/**
 * How far the right class of one-hot labels is from beating all others by a margin of 1. Source: Keras 3, keras.losses.CategoricalHinge.
 *
 * @example
 * losses.categoricalHinge();
 */
export function categoricalHinge(options?: LossOptions): CallableLoss<CategoricalHinge> {
  return callable(new CategoricalHinge(options));
}

/**
 * Kullback-Leibler divergence between two distributions over the last axis. Source: Keras 3, keras.losses.KLDivergence.
 *
 * @example
 * losses.klDivergence();
 */
export function klDivergence(options?: LossOptions): CallableLoss<KLDivergence> {
  return callable(new KLDivergence(options));
}

/**
 * `prediction - label * log(prediction)`, for counts. Source: Keras 3, keras.losses.Poisson.
 *
 * @example
 * losses.poisson();
 */
export function poisson(options?: LossOptions): CallableLoss<Poisson> {
  return callable(new Poisson(options));
}

/**
 * Minus the cosine of the angle between labels and predictions. Source: Keras 3, keras.losses.CosineSimilarity.
 *
 * @example
 * losses.cosineSimilarity({ axis: 1 });
 */
export function cosineSimilarity(options?: CosineSimilarityOptions): CallableLoss<CosineSimilarity> {
  return callable(new CosineSimilarity(options));
}

/**
 * Binary cross-entropy in which easy samples count less, by `(1 - p)^gamma`. Source: Keras 3, keras.losses.BinaryFocalCrossentropy.
 *
 * @example
 * losses.binaryFocalCrossentropy({ gamma: 2, applyClassBalancing: true });
 */
export function binaryFocalCrossentropy(options?: BinaryFocalCrossentropyOptions): CallableLoss<BinaryFocalCrossentropy> {
  return callable(new BinaryFocalCrossentropy(options));
}

/**
 * Cross-entropy of one-hot labels in which easy samples count less, by `(1 - p)^gamma`. Source: Keras 3, keras.losses.CategoricalFocalCrossentropy.
 *
 * @example
 * losses.categoricalFocalCrossentropy({ alpha: [0.2, 0.3, 0.5] });
 */
export function categoricalFocalCrossentropy(options?: CategoricalFocalCrossentropyOptions): CallableLoss<CategoricalFocalCrossentropy> {
  return callable(new CategoricalFocalCrossentropy(options));
}

/**
 * For class numbers of which some are wrong: `(1 - p^q) / q` of the probability of the true class. Source: Keras 3, keras.losses.CategoricalGeneralizedCrossEntropy.
 *
 * @example
 * losses.categoricalGeneralizedCrossEntropy({ q: 0.7 });
 */
export function categoricalGeneralizedCrossEntropy(
  options?: CategoricalGeneralizedCrossEntropyOptions,
): CallableLoss<CategoricalGeneralizedCrossEntropy> {
  return callable(new CategoricalGeneralizedCrossEntropy(options));
}

/**
 * 1 minus twice the common part of two masks over their sum. Source: Keras 3, keras.losses.Dice.
 *
 * @example
 * losses.dice({ axis: [1, 2, 3] });
 */
export function dice(options?: DiceOptions): CallableLoss<Dice> {
  return callable(new Dice(options));
}

/**
 * The Dice loss with weights for what only the labels (`alpha`) and only the predictions (`beta`) have. Source: Keras 3, keras.losses.Tversky.
 *
 * @example
 * losses.tversky({ alpha: 0.3, beta: 0.7 });
 */
export function tversky(options?: TverskyOptions): CallableLoss<Tversky> {
  return callable(new Tversky(options));
}

/**
 * Brings unit vectors [batch, size] of one class together and those of others apart; labels are class numbers [batch]. Source: Keras 3, keras.losses.Circle.
 *
 * @example
 * losses.circle({ gamma: 64, margin: 0.25 });
 */
export function circle(options?: CircleOptions): CallableLoss<Circle> {
  return callable(new Circle(options));
}

/**
 * Connectionist temporal classification: labels [batch, length] (0: none) for logits [batch, steps, classes], whose class 0 is the blank. Source: Keras 3, keras.losses.CTC.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: losses.ctc() });
 */
export function ctc(options?: LossOptions): CallableLoss<CTC> {
  return callable(new CTC(options));
}
