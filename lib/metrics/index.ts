/** The `metrics` namespace. */
import { ArgumentError } from '../errors.js';
import {
  type Config,
  describe,
  flag,
  isSerialized,
  optional,
  type Read,
  type Readers,
  readOptions,
  real,
  Registry,
  type Serialized,
  text,
} from '../options/index.js';
import { axis } from '../losses/axis.js';
import { binaryCrossentropyOf, categoricalCrossentropyOf, sparseCategoricalCrossentropyOf } from '../losses/crossentropy.js';
import { Loss, sameRank } from '../losses/loss.js';
import { meanAbsoluteErrorOf, meanSquaredErrorOf } from '../losses/regression.js';
import * as ops from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import {
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
} from './accuracy.js';
import { FunctionMetric, Mean, MeanMetric, Metric } from './metric.js';

export { FunctionMetric, Mean, MeanMetric, Metric } from './metric.js';
export {
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
} from './accuracy.js';

/** A loss as a metric: the mean over all samples seen, with the options of the loss. */
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

const nameOf = (fallback: string) => ({ name: optional(text, fallback) });
const crossentropyReaders = {
  fromLogits: optional(flag, false),
  labelSmoothing: optional(real({ low: 0, high: 1 }), 0),
  axis: optional(axis, -1),
};

/** A factory for the metric of a loss, its options read as those of the loss are. */
function lossMetric<R extends Readers>(
  className: string,
  where: string,
  fallback: string,
  of: (yTrue: Tensor, yPred: Tensor, options: Read<R>) => Tensor,
  readers: R,
  castsLabels = true,
): (config?: Config) => Metric {
  return (config) => {
    const { name, ...options } = readOptions(where, config, { ...nameOf(fallback), ...readers });
    return new LossMetric(className, name as string, (yTrue, yPred) => of(yTrue, yPred, options as never), options as Config, castsLabels);
  };
}

const lossMetrics = {
  meanSquaredError: lossMetric('MeanSquaredError', 'meanSquaredError', 'mean_squared_error', meanSquaredErrorOf, {}),
  meanAbsoluteError: lossMetric('MeanAbsoluteError', 'meanAbsoluteError', 'mean_absolute_error', meanAbsoluteErrorOf, {}),
  categoricalCrossentropy: lossMetric(
    'CategoricalCrossentropy',
    'categoricalCrossentropy',
    'categorical_crossentropy',
    categoricalCrossentropyOf,
    crossentropyReaders,
  ),
  sparseCategoricalCrossentropy: lossMetric(
    'SparseCategoricalCrossentropy',
    'sparseCategoricalCrossentropy',
    'sparse_categorical_crossentropy',
    sparseCategoricalCrossentropyOf,
    { fromLogits: optional(flag, false), axis: optional(axis, -1) },
    false,
  ),
  binaryCrossentropy: lossMetric('BinaryCrossentropy', 'binaryCrossentropy', 'binary_crossentropy', binaryCrossentropyOf, {
    fromLogits: optional(flag, false),
    labelSmoothing: optional(real({ low: 0, high: 1 }), 0),
  }),
} as const;

/**
 * Share of predictions above the threshold that agree with labels 0 and 1.
 *
 * @example
 * metrics.binaryAccuracy({ threshold: 0.6 });
 */
export function binaryAccuracy(options?: { name?: string; threshold?: number }): BinaryAccuracy {
  return new BinaryAccuracy(options);
}

/**
 * Share of samples whose most probable class is that of the one-hot label.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: [metrics.categoricalAccuracy()] });
 */
export function categoricalAccuracy(options?: { name?: string }): CategoricalAccuracy {
  return new CategoricalAccuracy(options);
}

/**
 * Share of samples whose most probable class is the label.
 *
 * @example
 * metrics.sparseCategoricalAccuracy({ name: 'acc' });
 */
export function sparseCategoricalAccuracy(options?: { name?: string }): SparseCategoricalAccuracy {
  return new SparseCategoricalAccuracy(options);
}

/**
 * Share of samples whose class (one-hot) is among the k most probable.
 *
 * @example
 * metrics.topKCategoricalAccuracy({ k: 3 });
 */
export function topKCategoricalAccuracy(options?: { name?: string; k?: number }): TopKCategoricalAccuracy {
  return new TopKCategoricalAccuracy(options);
}

/**
 * Share of samples whose class (a number) is among the k most probable.
 *
 * @example
 * metrics.sparseTopKCategoricalAccuracy({ k: 3 });
 */
export function sparseTopKCategoricalAccuracy(options?: { name?: string; k?: number }): SparseTopKCategoricalAccuracy {
  return new SparseTopKCategoricalAccuracy(options);
}

/**
 * The mean of the values it is given.
 *
 * @example
 * const mean = metrics.mean();
 * mean.updateState(tensor([1, 2, 3]));
 */
export function mean(options?: { name?: string }): Mean {
  return new Mean(options);
}

const registry = new Registry<Metric>('a metric');
registry.add('Mean', (config) => new Mean(config), 'mean');
registry.add('BinaryAccuracy', (config) => new BinaryAccuracy(config), 'binaryAccuracy');
registry.add('CategoricalAccuracy', (config) => new CategoricalAccuracy(config), 'categoricalAccuracy');
registry.add('SparseCategoricalAccuracy', (config) => new SparseCategoricalAccuracy(config), 'sparseCategoricalAccuracy');
registry.add('TopKCategoricalAccuracy', (config) => new TopKCategoricalAccuracy(config), 'topKCategoricalAccuracy');
registry.add('SparseTopKCategoricalAccuracy', (config) => new SparseTopKCategoricalAccuracy(config), 'sparseTopKCategoricalAccuracy');
for (const [key, make] of Object.entries(lossMetrics)) {
  const short = key === 'meanSquaredError' ? ['mse'] : key === 'meanAbsoluteError' ? ['mae'] : [];
  registry.add(key[0]!.toUpperCase() + key.slice(1), make, key, ...short);
}

/** Names that `compile` takes; 'accuracy' is one of three by the shapes of labels and predictions. */
export type MetricName =
  | 'accuracy'
  | 'acc'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'topKCategoricalAccuracy'
  | 'sparseTopKCategoricalAccuracy'
  | keyof typeof lossMetrics
  | 'mse'
  | 'mae';

export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
export type MetricIdentifier = MetricName | Metric | MetricFunction | Serialized;

/** The kind of accuracy that shapes (batch included) ask for, as Keras chooses it. */
function accuracyFor(yTrue: readonly number[], yPred: readonly number[], name: string): Metric {
  const last = yPred[yPred.length - 1];
  const binary = yPred.length === 1 || last === 1;
  if (binary) return new BinaryAccuracy({ name });
  const oneHot = yTrue.length === yPred.length && yTrue[yTrue.length - 1] !== 1;
  return oneHot ? new CategoricalAccuracy({ name }) : new SparseCategoricalAccuracy({ name });
}

/**
 * The metric that an identifier stands for. Shapes of labels and predictions (batch included) decide what 'accuracy' means.
 *
 * @example
 * metrics.get('accuracy', [32], [32, 10]);   // sparse categorical accuracy
 */
export function get(identifier: MetricIdentifier, yTrue: readonly number[] = [0, 0], yPred: readonly number[] = [0, 0]): Metric {
  if (identifier instanceof Metric) return identifier;
  if (identifier instanceof Loss)
    return new FunctionMetric((labels, predictions) => identifier.compute(labels, predictions), identifier.name);
  if (typeof identifier === 'function') return new FunctionMetric(identifier);
  if (identifier === 'accuracy' || identifier === 'acc') return accuracyFor(yTrue, yPred, identifier);
  if (typeof identifier === 'string') {
    const made = registry.named(identifier, 'metric');
    return renamed(made, identifier);
  }
  if (isSerialized(identifier)) return registry.made(identifier, 'metric');
  throw new ArgumentError({
    where: 'metric',
    expected: `a metric, a function or one of the names accuracy, ${registry.names.join(', ')}`,
    received: describe(identifier),
    hint: "for example 'accuracy'",
  });
}

/** @internal Refuses what stands for no metric, without making one. */
export function check(identifier: MetricIdentifier): void {
  if (identifier instanceof Metric || typeof identifier === 'function' || identifier === 'accuracy' || identifier === 'acc') return;
  get(identifier).dispose();
}

/** A metric asked for by name is shown under that name. */
function renamed(metric: Metric, name: string): Metric {
  (metric as { name: string }).name = name;
  return metric;
}
