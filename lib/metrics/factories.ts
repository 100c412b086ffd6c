/** Factories of metrics that count and gather; those of losses are in loss-factories.ts. */
import {
  Accuracy,
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  type SparseTopKOptions,
  TopKCategoricalAccuracy,
} from './accuracy.js';
import { AUC, type AUCOptions } from './auc.js';
import {
  FalseNegatives,
  FalsePositives,
  Precision,
  Recall,
  TrueNegatives,
  TruePositives,
  type CountOptions,
  type PrecisionOptions,
} from './confusion.js';
import {
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
  type OperatingPointOptions,
} from './curve.js';
import { F1Score, FBetaScore, type F1ScoreOptions, type FBetaScoreOptions } from './f-score.js';
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU, type BinaryIoUOptions, type IoUOptions, type MeanIoUOptions } from './iou.js';
import { Mean, Sum } from './metric.js';
import {
  ConcordanceCorrelation,
  PearsonCorrelation,
  R2Score,
  RootMeanSquaredError,
  type CorrelationOptions,
  type R2ScoreOptions,
} from './regression.js';

/**
 * Share of predictions that are equal to the labels. Source: Keras 3, keras.metrics.Accuracy.
 *
 * @example
 * metrics.accuracy();
 */
export function accuracy(options?: { name?: string }): Accuracy {
  return new Accuracy(options);
}

/**
 * Share of predictions above the threshold that agree with labels 0 and 1. Source: Keras 3, keras.metrics.BinaryAccuracy.
 *
 * @example
 * metrics.binaryAccuracy({ threshold: 0.6 });
 */
export function binaryAccuracy(options?: { name?: string; threshold?: number }): BinaryAccuracy {
  return new BinaryAccuracy(options);
}

/**
 * Share of samples whose most probable class is that of the one-hot label. Source: Keras 3, keras.metrics.CategoricalAccuracy.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: [metrics.categoricalAccuracy()] });
 */
export function categoricalAccuracy(options?: { name?: string }): CategoricalAccuracy {
  return new CategoricalAccuracy(options);
}

/**
 * Share of samples whose most probable class is the label. Source: Keras 3, keras.metrics.SparseCategoricalAccuracy.
 *
 * @example
 * metrics.sparseCategoricalAccuracy({ name: 'acc' });
 */
export function sparseCategoricalAccuracy(options?: { name?: string }): SparseCategoricalAccuracy {
  return new SparseCategoricalAccuracy(options);
}

/**
 * Share of samples whose class (one-hot) is among the k most probable. Source: Keras 3, keras.metrics.TopKCategoricalAccuracy.
 *
 * @example
 * metrics.topKCategoricalAccuracy({ k: 3 });
 */
export function topKCategoricalAccuracy(options?: { name?: string; k?: number }): TopKCategoricalAccuracy {
  return new TopKCategoricalAccuracy(options);
}

/**
 * Share of samples whose class (a number) is among the k most probable. Source: Keras 3, keras.metrics.SparseTopKCategoricalAccuracy.
 *
 * @example
 * metrics.sparseTopKCategoricalAccuracy({ k: 3 });
 */
export function sparseTopKCategoricalAccuracy(options?: SparseTopKOptions): SparseTopKCategoricalAccuracy {
  return new SparseTopKCategoricalAccuracy(options);
}

/**
 * The mean of the values it is given. Source: Keras 3, keras.metrics.Mean.
 *
 * @example
 * const mean = metrics.mean();
 * mean.updateState(tensor([1, 2, 3]));
 */
export function mean(options?: { name?: string }): Mean {
  return new Mean(options);
}

/**
 * The sum of the values it is given. Source: Keras 3, keras.metrics.Sum.
 *
 * @example
 * metrics.sum();
 */
export function sum(options?: { name?: string }): Sum {
  return new Sum(options);
}

/**
 * The area under the ROC or precision-recall curve, over thresholds from 0 to 1. Source: Keras 3, keras.metrics.AUC.
 *
 * @example
 * model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: [metrics.auc({ curve: 'PR' })] });
 */
export function auc(options?: AUCOptions): AUC {
  return new AUC(options);
}

/**
 * Share of the predicted positives that are positive. Source: Keras 3, keras.metrics.Precision.
 *
 * @example
 * metrics.precision({ thresholds: 0.7 });
 */
export function precision(options?: PrecisionOptions): Precision {
  return new Precision(options);
}

/**
 * Share of the positives that are predicted. Source: Keras 3, keras.metrics.Recall.
 *
 * @example
 * metrics.recall({ topK: 3, classId: 1 });
 */
export function recall(options?: PrecisionOptions): Recall {
  return new Recall(options);
}

/**
 * Number of positives predicted as such. Source: Keras 3, keras.metrics.TruePositives.
 *
 * @example
 * metrics.truePositives();
 */
export function truePositives(options?: CountOptions): TruePositives {
  return new TruePositives(options);
}

/**
 * Number of negatives predicted as such. Source: Keras 3, keras.metrics.TrueNegatives.
 *
 * @example
 * metrics.trueNegatives();
 */
export function trueNegatives(options?: CountOptions): TrueNegatives {
  return new TrueNegatives(options);
}

/**
 * Number of negatives predicted as positives. Source: Keras 3, keras.metrics.FalsePositives.
 *
 * @example
 * metrics.falsePositives();
 */
export function falsePositives(options?: CountOptions): FalsePositives {
  return new FalsePositives(options);
}

/**
 * Number of positives predicted as negatives. Source: Keras 3, keras.metrics.FalseNegatives.
 *
 * @example
 * metrics.falseNegatives({ thresholds: [0.3, 0.5] });
 */
export function falseNegatives(options?: CountOptions): FalseNegatives {
  return new FalseNegatives(options);
}

/**
 * The best sensitivity at a threshold with at least this specificity. Source: Keras 3, keras.metrics.SensitivityAtSpecificity.
 *
 * @example
 * metrics.sensitivityAtSpecificity({ specificity: 0.9 });
 */
export function sensitivityAtSpecificity(options: OperatingPointOptions & { specificity: number }): SensitivityAtSpecificity {
  return new SensitivityAtSpecificity(options);
}

/**
 * The best specificity at a threshold with at least this sensitivity. Source: Keras 3, keras.metrics.SpecificityAtSensitivity.
 *
 * @example
 * metrics.specificityAtSensitivity({ sensitivity: 0.9 });
 */
export function specificityAtSensitivity(options: OperatingPointOptions & { sensitivity: number }): SpecificityAtSensitivity {
  return new SpecificityAtSensitivity(options);
}

/**
 * The best precision at a threshold with at least this recall. Source: Keras 3, keras.metrics.PrecisionAtRecall.
 *
 * @example
 * metrics.precisionAtRecall({ recall: 0.8 });
 */
export function precisionAtRecall(options: OperatingPointOptions & { recall: number }): PrecisionAtRecall {
  return new PrecisionAtRecall(options);
}

/**
 * The best recall at a threshold with at least this precision. Source: Keras 3, keras.metrics.RecallAtPrecision.
 *
 * @example
 * metrics.recallAtPrecision({ precision: 0.8 });
 */
export function recallAtPrecision(options: OperatingPointOptions & { precision: number }): RecallAtPrecision {
  return new RecallAtPrecision(options);
}

/**
 * The harmonic mean of precision and recall; labels are one-hot [batch, classes]. Source: Keras 3, keras.metrics.F1Score.
 *
 * @example
 * metrics.f1Score({ average: 'macro' });
 */
export function f1Score(options?: F1ScoreOptions): F1Score {
  return new F1Score(options);
}

/**
 * The weighted harmonic mean of precision and recall; labels are one-hot [batch, classes]. Source: Keras 3, keras.metrics.FBetaScore.
 *
 * @example
 * metrics.fBetaScore({ average: 'micro', beta: 2 });
 */
export function fBetaScore(options?: FBetaScoreOptions): FBetaScore {
  return new FBetaScore(options);
}

/**
 * Intersection over union of chosen classes. Source: Keras 3, keras.metrics.IoU.
 *
 * @example
 * metrics.ioU({ numClasses: 3, targetClassIds: [1, 2] });
 */
export function ioU(options: IoUOptions): IoU {
  return new IoU(options);
}

/**
 * Intersection over union, the mean of all classes that were met. Source: Keras 3, keras.metrics.MeanIoU.
 *
 * @example
 * metrics.meanIoU({ numClasses: 21, sparseYPred: false });
 */
export function meanIoU(options: MeanIoUOptions & { sparseYTrue?: boolean }): MeanIoU {
  return new MeanIoU(options);
}

/**
 * Intersection over union of two classes, decided at a threshold. Source: Keras 3, keras.metrics.BinaryIoU.
 *
 * @example
 * metrics.binaryIoU({ targetClassIds: [1], threshold: 0.4 });
 */
export function binaryIoU(options?: BinaryIoUOptions): BinaryIoU {
  return new BinaryIoU(options);
}

/**
 * Intersection over union of chosen classes for one-hot labels. Source: Keras 3, keras.metrics.OneHotIoU.
 *
 * @example
 * metrics.oneHotIoU({ numClasses: 3, targetClassIds: [0] });
 */
export function oneHotIoU(options: MeanIoUOptions & { targetClassIds: readonly number[] }): OneHotIoU {
  return new OneHotIoU(options);
}

/**
 * Intersection over union for one-hot labels, the mean of all classes that were met. Source: Keras 3, keras.metrics.OneHotMeanIoU.
 *
 * @example
 * metrics.oneHotMeanIoU({ numClasses: 3 });
 */
export function oneHotMeanIoU(options: MeanIoUOptions): OneHotMeanIoU {
  return new OneHotMeanIoU(options);
}

/**
 * Share of the variance of numbers [batch, outputs] that is explained. Source: Keras 3, keras.metrics.R2Score.
 *
 * @example
 * metrics.r2Score({ numRegressors: 3 });
 */
export function r2Score(options?: R2ScoreOptions): R2Score {
  return new R2Score(options);
}

/**
 * The root of the mean of squared differences. Source: Keras 3, keras.metrics.RootMeanSquaredError.
 *
 * @example
 * metrics.rootMeanSquaredError();
 */
export function rootMeanSquaredError(options?: { name?: string }): RootMeanSquaredError {
  return new RootMeanSquaredError(options);
}

/**
 * The mean over samples of Pearson's correlation along an axis. Source: Keras 3, keras.metrics.PearsonCorrelation.
 *
 * @example
 * metrics.pearsonCorrelation({ axis: 0 });
 */
export function pearsonCorrelation(options?: CorrelationOptions): PearsonCorrelation {
  return new PearsonCorrelation(options);
}

/**
 * The mean over samples of Lin's concordance correlation along an axis. Source: Keras 3, keras.metrics.ConcordanceCorrelation.
 *
 * @example
 * metrics.concordanceCorrelation();
 */
export function concordanceCorrelation(options?: CorrelationOptions): ConcordanceCorrelation {
  return new ConcordanceCorrelation(options);
}
