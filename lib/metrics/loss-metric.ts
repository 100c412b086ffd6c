/** Losses as metrics: the mean over all samples seen, with the options of the loss. */
import { axis } from '../losses/axis.js';
import { binaryCrossentropyOf, categoricalCrossentropyOf, sparseCategoricalCrossentropyOf } from '../losses/crossentropy.js';
import { categoricalHingeOf, hingeOf, squaredHingeOf } from '../losses/hinge.js';
import { sameRank } from '../losses/loss.js';
import { cosineOf, klDivergenceOf, poissonOf } from '../losses/probability.js';
import {
  logCoshOf,
  meanAbsoluteErrorOf,
  meanAbsolutePercentageErrorOf,
  meanSquaredErrorOf,
  meanSquaredLogarithmicErrorOf,
} from '../losses/regression.js';
import * as ops from '../ops/index.js';
import { type Config, flag, nullable, optional, type Read, type Readers, readOptions, real, text } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { MeanMetric, type Metric } from './metric.js';

class LossMetric extends MeanMetric {
  constructor(
    readonly className: string,
    name: string,
    private readonly of: (yTrue: Tensor, yPred: Tensor) => Tensor,
    private readonly options: Config,
    private readonly castsLabels: boolean,
  ) {
    super(name);
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = sameRank(this.castsLabels ? ops.cast(yTrue, yPred.dtype) : yTrue, yPred);
    return this.of(labels, predictions);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.options };
  }
}

/** Makes the metric of a loss from its options. */
export interface LossMetricFactory {
  (config?: Config): Metric;
  /** Keras' class. */
  readonly className: string;
}

/** A factory for the metric of a loss, its options read as those of the loss are. */
function lossMetric<R extends Readers>(
  className: string,
  where: string,
  fallback: string,
  of: (yTrue: Tensor, yPred: Tensor, options: Read<R>) => Tensor,
  readers: R,
  castsLabels = true,
): LossMetricFactory {
  const make = (config?: Config): Metric => {
    const { name, ...options } = readOptions(where, config, { name: optional(text, fallback), ...readers });
    return new LossMetric(className, name as string, (yTrue, yPred) => of(yTrue, yPred, options as never), options as Config, castsLabels);
  };
  return Object.assign(make, { className });
}

const logits = { fromLogits: optional(flag, false) };
const smoothed = { ...logits, labelSmoothing: optional(real({ low: 0, high: 1 }), 0) };
const along = { axis: optional(axis, -1) };

/** By the names that `compile` takes. */
export const lossMetrics = {
  meanSquaredError: lossMetric('MeanSquaredError', 'meanSquaredError', 'mean_squared_error', meanSquaredErrorOf, {}),
  meanAbsoluteError: lossMetric('MeanAbsoluteError', 'meanAbsoluteError', 'mean_absolute_error', meanAbsoluteErrorOf, {}),
  meanAbsolutePercentageError: lossMetric(
    'MeanAbsolutePercentageError',
    'meanAbsolutePercentageError',
    'mean_absolute_percentage_error',
    meanAbsolutePercentageErrorOf,
    {},
  ),
  meanSquaredLogarithmicError: lossMetric(
    'MeanSquaredLogarithmicError',
    'meanSquaredLogarithmicError',
    'mean_squared_logarithmic_error',
    meanSquaredLogarithmicErrorOf,
    {},
  ),
  logCoshError: lossMetric('LogCoshError', 'logCoshError', 'logcosh', logCoshOf, {}),
  hinge: lossMetric('Hinge', 'hinge', 'hinge', hingeOf, {}),
  squaredHinge: lossMetric('SquaredHinge', 'squaredHinge', 'squared_hinge', squaredHingeOf, {}),
  categoricalHinge: lossMetric('CategoricalHinge', 'categoricalHinge', 'categorical_hinge', categoricalHingeOf, {}),
  klDivergence: lossMetric('KLDivergence', 'klDivergence', 'kl_divergence', klDivergenceOf, {}),
  poisson: lossMetric('Poisson', 'poisson', 'poisson', poissonOf, {}),
  cosineSimilarity: lossMetric(
    'CosineSimilarity',
    'cosineSimilarity',
    'cosine_similarity',
    (yTrue, yPred, options) => cosineOf(yTrue, yPred, options.axis),
    along,
  ),
  categoricalCrossentropy: lossMetric(
    'CategoricalCrossentropy',
    'categoricalCrossentropy',
    'categorical_crossentropy',
    categoricalCrossentropyOf,
    { ...smoothed, ...along },
  ),
  sparseCategoricalCrossentropy: lossMetric(
    'SparseCategoricalCrossentropy',
    'sparseCategoricalCrossentropy',
    'sparse_categorical_crossentropy',
    sparseCategoricalCrossentropyOf,
    { ...logits, ignoreClass: nullable(axis), ...along },
    false,
  ),
  binaryCrossentropy: lossMetric('BinaryCrossentropy', 'binaryCrossentropy', 'binary_crossentropy', binaryCrossentropyOf, smoothed),
} as const;
