/** The `metrics` namespace. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, Registry, type Serialized } from '../options/index.js';
import { Loss } from '../losses/loss.js';
import type { Tensor } from '../tensor/tensor.js';
import {
  Accuracy,
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
} from './accuracy.js';
import { AUC } from './auc.js';
import { FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives } from './confusion.js';
import { PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity } from './curve.js';
import { F1Score, FBetaScore } from './f-score.js';
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.js';
import { FunctionMetric, Mean, Metric, Sum } from './metric.js';
import { ConcordanceCorrelation, PearsonCorrelation, R2Score, RootMeanSquaredError } from './regression.js';
import * as factory from './factories.js';
import * as lossFactory from './loss-factories.js';
import { lossMetrics } from './loss-metric.js';

export * from './factories.js';
export * from './loss-factories.js';
export {
  Accuracy,
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  type SparseTopKOptions,
  TopKCategoricalAccuracy,
} from './accuracy.js';
export { AUC, type AUCOptions } from './auc.js';
export {
  FalseNegatives,
  FalsePositives,
  Precision,
  Recall,
  TrueNegatives,
  TruePositives,
  type CountOptions,
  type PrecisionOptions,
} from './confusion.js';
export {
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
  type OperatingPointOptions,
} from './curve.js';
export { F1Score, FBetaScore, type F1ScoreOptions, type FBetaScoreOptions } from './f-score.js';
export { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU, type BinaryIoUOptions, type IoUOptions, type MeanIoUOptions } from './iou.js';
export { FunctionMetric, Mean, MeanMetric, Metric, Sum } from './metric.js';
export {
  ConcordanceCorrelation,
  PearsonCorrelation,
  R2Score,
  RootMeanSquaredError,
  type CorrelationOptions,
  type R2ScoreOptions,
} from './regression.js';

const registry = new Registry<Metric>('a metric');
registry.add('Accuracy', (config) => new Accuracy(config));
registry.add('BinaryAccuracy', (config) => new BinaryAccuracy(config), 'binaryAccuracy');
registry.add('CategoricalAccuracy', (config) => new CategoricalAccuracy(config), 'categoricalAccuracy');
registry.add('SparseCategoricalAccuracy', (config) => new SparseCategoricalAccuracy(config), 'sparseCategoricalAccuracy');
registry.add('TopKCategoricalAccuracy', (config) => new TopKCategoricalAccuracy(config), 'topKCategoricalAccuracy');
registry.add('SparseTopKCategoricalAccuracy', (config) => new SparseTopKCategoricalAccuracy(config), 'sparseTopKCategoricalAccuracy');
registry.add('Mean', (config) => new Mean(config), 'mean');
registry.add('Sum', (config) => new Sum(config), 'sum');
registry.add('AUC', (config) => new AUC(config), 'auc');
registry.add('Precision', (config) => new Precision(config), 'precision');
registry.add('Recall', (config) => new Recall(config), 'recall');
registry.add('TruePositives', (config) => new TruePositives(config), 'truePositives');
registry.add('TrueNegatives', (config) => new TrueNegatives(config), 'trueNegatives');
registry.add('FalsePositives', (config) => new FalsePositives(config), 'falsePositives');
registry.add('FalseNegatives', (config) => new FalseNegatives(config), 'falseNegatives');
registry.add('SensitivityAtSpecificity', (config) => new SensitivityAtSpecificity(config as never));
registry.add('SpecificityAtSensitivity', (config) => new SpecificityAtSensitivity(config as never));
registry.add('PrecisionAtRecall', (config) => new PrecisionAtRecall(config as never));
registry.add('RecallAtPrecision', (config) => new RecallAtPrecision(config as never));
registry.add('F1Score', (config) => new F1Score(config), 'f1Score');
registry.add('FBetaScore', (config) => new FBetaScore(config), 'fBetaScore');
registry.add('IoU', (config) => new IoU(config as never));
registry.add('MeanIoU', (config) => new MeanIoU(config as never));
registry.add('BinaryIoU', (config) => new BinaryIoU(config), 'binaryIoU');
registry.add('OneHotIoU', (config) => new OneHotIoU(config as never));
registry.add('OneHotMeanIoU', (config) => new OneHotMeanIoU(config as never));
registry.add('R2Score', (config) => new R2Score(config), 'r2Score');
registry.add('RootMeanSquaredError', (config) => new RootMeanSquaredError(config), 'rootMeanSquaredError');
registry.add('PearsonCorrelation', (config) => new PearsonCorrelation(config), 'pearsonCorrelation');
registry.add('ConcordanceCorrelation', (config) => new ConcordanceCorrelation(config), 'concordanceCorrelation');

/** Short names of losses as metrics. */
const short = {
  mse: lossMetrics.meanSquaredError,
  mae: lossMetrics.meanAbsoluteError,
  mape: lossMetrics.meanAbsolutePercentageError,
  msle: lossMetrics.meanSquaredLogarithmicError,
  bce: lossMetrics.binaryCrossentropy,
  kld: lossMetrics.klDivergence,
  logcosh: lossMetrics.logCoshError,
} as const;
for (const [name, make] of [...Object.entries(lossMetrics), ...Object.entries(short)]) registry.add(make.className, make, name);

/** The factories, which may stand for their metric with its defaults. */
const factories = new Map<unknown, string>(
  [...Object.entries(factory), ...Object.entries(lossFactory)].flatMap(([name, make]) =>
    registry.names.includes(name) ? [[make, name]] : [],
  ),
);

/** Names that `compile` takes; 'accuracy' is one of three by the shapes of labels and predictions. */
export type MetricName =
  | 'accuracy'
  | 'acc'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'topKCategoricalAccuracy'
  | 'sparseTopKCategoricalAccuracy'
  | 'mean'
  | 'sum'
  | 'auc'
  | 'precision'
  | 'recall'
  | 'truePositives'
  | 'trueNegatives'
  | 'falsePositives'
  | 'falseNegatives'
  | 'f1Score'
  | 'fBetaScore'
  | 'binaryIoU'
  | 'r2Score'
  | 'rootMeanSquaredError'
  | 'pearsonCorrelation'
  | 'concordanceCorrelation'
  | keyof typeof lossMetrics
  | keyof typeof short;

export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
export type MetricIdentifier = MetricName | Metric | MetricFunction | ((options?: never) => Metric) | Serialized;

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
  if (identifier === 'accuracy' || identifier === 'acc' || (identifier as unknown) === factory.accuracy)
    return accuracyFor(yTrue, yPred, identifier === 'acc' ? 'acc' : 'accuracy');
  const named = factories.get(identifier);
  if (named) return registry.named(named, 'metric');
  if (typeof identifier === 'function') return new FunctionMetric(identifier as MetricFunction);
  if (typeof identifier === 'string') {
    const made = registry.named(identifier, 'metric', ['accuracy']);
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

export { get as deserialize };
export { serialize } from '../options/index.js';
