/** Factories of the metrics that are the mean of a loss. */
import { lossMetrics } from './loss-metric.js';
import type { Metric } from './metric.js';

/**
 * Mean of squared differences. Source: Keras 3, keras.metrics.MeanSquaredError.
 *
 * @example
 * metrics.meanSquaredError();
 */
export function meanSquaredError(options?: { name?: string }): Metric {
  return lossMetrics.meanSquaredError(options);
}

/**
 * Mean of absolute differences. Source: Keras 3, keras.metrics.MeanAbsoluteError.
 *
 * @example
 * metrics.meanAbsoluteError();
 */
export function meanAbsoluteError(options?: { name?: string }): Metric {
  return lossMetrics.meanAbsoluteError(options);
}

/**
 * Mean of absolute differences as a percentage of the labels. Source: Keras 3, keras.metrics.MeanAbsolutePercentageError.
 *
 * @example
 * metrics.meanAbsolutePercentageError();
 */
export function meanAbsolutePercentageError(options?: { name?: string }): Metric {
  return lossMetrics.meanAbsolutePercentageError(options);
}

/**
 * Mean of squared differences of the logarithms of 1 + x. Source: Keras 3, keras.metrics.MeanSquaredLogarithmicError.
 *
 * @example
 * metrics.meanSquaredLogarithmicError();
 */
export function meanSquaredLogarithmicError(options?: { name?: string }): Metric {
  return lossMetrics.meanSquaredLogarithmicError(options);
}

/**
 * Mean of log(cosh(difference)). Source: Keras 3, keras.metrics.LogCoshError.
 *
 * @example
 * metrics.logCoshError();
 */
export function logCoshError(options?: { name?: string }): Metric {
  return lossMetrics.logCoshError(options);
}

/**
 * Mean of the hinge loss. Source: Keras 3, keras.metrics.Hinge.
 *
 * @example
 * metrics.hinge();
 */
export function hinge(options?: { name?: string }): Metric {
  return lossMetrics.hinge(options);
}

/**
 * Mean of the squared hinge loss. Source: Keras 3, keras.metrics.SquaredHinge.
 *
 * @example
 * metrics.squaredHinge();
 */
export function squaredHinge(options?: { name?: string }): Metric {
  return lossMetrics.squaredHinge(options);
}

/**
 * Mean of the categorical hinge loss. Source: Keras 3, keras.metrics.CategoricalHinge.
 *
 * @example
 * metrics.categoricalHinge();
 */
export function categoricalHinge(options?: { name?: string }): Metric {
  return lossMetrics.categoricalHinge(options);
}

/**
 * Mean of the Kullback-Leibler divergence. Source: Keras 3, keras.metrics.KLDivergence.
 *
 * @example
 * metrics.klDivergence();
 */
export function klDivergence(options?: { name?: string }): Metric {
  return lossMetrics.klDivergence(options);
}

/**
 * Mean of the Poisson loss. Source: Keras 3, keras.metrics.Poisson.
 *
 * @example
 * metrics.poisson();
 */
export function poisson(options?: { name?: string }): Metric {
  return lossMetrics.poisson(options);
}

/**
 * Mean of the cosine of the angle between labels and predictions (the loss has the opposite sign). Source: Keras 3, keras.metrics.CosineSimilarity.
 *
 * @example
 * metrics.cosineSimilarity();
 */
export function cosineSimilarity(options?: { name?: string; axis?: number }): Metric {
  return lossMetrics.cosineSimilarity(options);
}

/**
 * Mean of the cross-entropy of one-hot labels. Source: Keras 3, keras.metrics.CategoricalCrossentropy.
 *
 * @example
 * metrics.categoricalCrossentropy();
 */
export function categoricalCrossentropy(options?: { name?: string; fromLogits?: boolean; labelSmoothing?: number; axis?: number }): Metric {
  return lossMetrics.categoricalCrossentropy(options);
}

/**
 * Mean of the cross-entropy of class numbers. Source: Keras 3, keras.metrics.SparseCategoricalCrossentropy.
 *
 * @example
 * metrics.sparseCategoricalCrossentropy();
 */
export function sparseCategoricalCrossentropy(options?: {
  name?: string;
  fromLogits?: boolean;
  /** A class number whose samples count as a loss of 0. */
  ignoreClass?: number | null;
  axis?: number;
}): Metric {
  return lossMetrics.sparseCategoricalCrossentropy(options);
}

/**
 * Mean of the cross-entropy of labels 0 and 1. Source: Keras 3, keras.metrics.BinaryCrossentropy.
 *
 * @example
 * metrics.binaryCrossentropy();
 */
export function binaryCrossentropy(options?: { name?: string; fromLogits?: boolean; labelSmoothing?: number }): Metric {
  return lossMetrics.binaryCrossentropy(options);
}
