/** Intersection over union of classes, for segmentation. Source: Keras 3, `keras.metrics.IoU` and its kin. */
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { type Config, flag, nullable, optional, readOptions, real, text, whole, wholes } from '../options/index.js';
import { axis } from '../losses/axis.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { Metric } from './metric.js';

interface Settings {
  numClasses: number;
  targetClassIds: readonly number[];
  ignoreClass: number | null;
  sparseYTrue: boolean;
  sparseYPred: boolean;
  axis: number;
}

export interface MeanIoUOptions {
  name?: string;
  numClasses: number;
  /** Labels of this class do not count. */
  ignoreClass?: number | null;
  /** Whether predictions are class numbers, not probabilities. */
  sparseYPred?: boolean;
  /** The axis of the classes, where there are probabilities; the last. */
  axis?: number;
}

export interface IoUOptions extends MeanIoUOptions {
  /** The classes whose figures are averaged. */
  targetClassIds: readonly number[];
  /** Whether labels are class numbers, not one-hot. */
  sparseYTrue?: boolean;
}

/** A confusion matrix of all classes, and the figure made of it. */
abstract class IoUMetric extends Metric {
  private readonly total: Variable;

  constructor(
    name: string,
    protected readonly settings: Settings,
  ) {
    super(name);
    const { numClasses, targetClassIds } = settings;
    const beyond = targetClassIds.find((id) => id >= numClasses);
    if (beyond !== undefined) {
      throw new ArgumentError({ where: name, expected: `classes from 0 to ${numClasses - 1}`, received: String(beyond) });
    }
    this.total = this.addVariable('total_confusion_matrix', [numClasses, numClasses]);
  }

  /** Class numbers of predictions. */
  protected predicted(yPred: Tensor): Tensor {
    return this.settings.sparseYPred ? ops.cast(yPred, 'int32') : ops.argmax(yPred, { axis: this.settings.axis });
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    withoutTape(() =>
      tidy(() => {
        const { numClasses, sparseYTrue, ignoreClass, axis: at } = this.settings;
        const flat = (x: Tensor): Tensor => ops.reshape(x, [x.size]);
        const labels = flat(sparseYTrue ? ops.cast(yTrue, 'int32') : ops.argmax(yTrue, { axis: at }));
        const predictions = flat(this.predicted(yPred));
        if (labels.size !== predictions.size)
          throw new ShapeError({
            where: this.name,
            expected: `labels for predictions of shape [${yPred.shape.join(', ')}]`,
            received: `[${yTrue.shape.join(', ')}]`,
          });
        let weights: Tensor = sampleWeight ? ops.cast(sampleWeight, 'float32') : ops.onesLike(labels, 'float32');
        if (weights.size !== labels.size) {
          // One weight a sample stands for all of its points.
          weights = ops.broadcastTo(ops.reshape(weights, [weights.size, 1]), [weights.size, labels.size / weights.size]);
        }
        const within = (x: Tensor): Tensor => ops.logicalAnd(ops.greaterEqual(x, 0), ops.less(x, numClasses));
        let counts = ops.logicalAnd(within(labels), within(predictions));
        if (ignoreClass !== null) counts = ops.logicalAnd(counts, ops.notEqual(labels, ignoreClass));
        const cell = ops.where(counts, ops.add(ops.mul(labels, numClasses), predictions), 0);
        const counted = ops.where(counts, flat(weights), 0);
        this.addTo(this.total, ops.reshape(ops.segmentSum(counted, cell, numClasses ** 2), [numClasses, numClasses]));
      }),
    );
  }

  result(): Tensor {
    return tidy(() => {
      const { numClasses, targetClassIds } = this.settings;
      const hits = ops.sum(ops.mul(this.total, ops.eye(numClasses)), { axis: 0 });
      const union = ops.sub(ops.add(ops.sum(this.total, { axis: 0 }), ops.sum(this.total, { axis: 1 })), hits);
      const ids = constantArray(targetClassIds, [targetClassIds.length], 'int32', hits);
      const [own, all] = [ops.take(hits, ids), ops.take(union, ids)];
      // Classes that were not met do not count.
      const met = ops.cast(ops.greater(all, 1e-9), 'float32');
      return ops.div(ops.sum(ops.mul(ops.div(own, ops.add(all, 1e-7)), met)), ops.add(ops.sum(met), 1e-7));
    });
  }
}

const meanReaders = (name: string, sparseYPred: boolean) => ({
  name: optional(text, name),
  numClasses: whole(1),
  ignoreClass: nullable(axis),
  sparseYPred: optional(flag, sparseYPred),
  axis: optional(axis, -1),
});
const targets = { targetClassIds: wholes(0) };
const sparseLabels = { sparseYTrue: optional(flag, true) };

function every(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export class IoU extends IoUMetric {
  readonly className = 'IoU';

  constructor(options: IoUOptions) {
    const { name, ...settings } = readOptions('ioU', options, { ...meanReaders('io_u', true), ...targets, ...sparseLabels });
    super(name, settings);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings };
  }
}

export class MeanIoU extends IoUMetric {
  readonly className = 'MeanIoU';

  constructor(options: MeanIoUOptions & { sparseYTrue?: boolean }) {
    const { name, ...settings } = readOptions('meanIoU', options, { ...meanReaders('mean_io_u', true), ...sparseLabels });
    super(name, { ...settings, targetClassIds: every(settings.numClasses) });
  }

  override getConfig(): Config {
    const { targetClassIds: _, ...settings } = this.settings;
    return { ...super.getConfig(), ...settings };
  }
}

export class OneHotIoU extends IoUMetric {
  readonly className = 'OneHotIoU';

  constructor(options: MeanIoUOptions & { targetClassIds: readonly number[] }) {
    const { name, ...settings } = readOptions('oneHotIoU', options, { ...meanReaders('one_hot_io_u', false), ...targets });
    super(name, { ...settings, sparseYTrue: false });
  }

  override getConfig(): Config {
    const { sparseYTrue: _, ...settings } = this.settings;
    return { ...super.getConfig(), ...settings };
  }
}

export class OneHotMeanIoU extends IoUMetric {
  readonly className = 'OneHotMeanIoU';

  constructor(options: MeanIoUOptions) {
    const { name, ...settings } = readOptions('oneHotMeanIoU', options, meanReaders('one_hot_mean_io_u', false));
    super(name, { ...settings, sparseYTrue: false, targetClassIds: every(settings.numClasses) });
  }

  override getConfig(): Config {
    const { sparseYTrue: _, targetClassIds: __, ...settings } = this.settings;
    return { ...super.getConfig(), ...settings };
  }
}

export interface BinaryIoUOptions {
  name?: string;
  /** Which of the classes 0 and 1 are averaged; both. */
  targetClassIds?: readonly number[];
  /** From which a prediction counts as class 1; 0.5. */
  threshold?: number;
}

export class BinaryIoU extends IoUMetric {
  readonly className = 'BinaryIoU';
  private readonly threshold: number;

  constructor(options: BinaryIoUOptions = {}) {
    const { name, targetClassIds, threshold } = readOptions('binaryIoU', options, {
      name: optional(text, 'binary_io_u'),
      targetClassIds: optional(wholes(0), [0, 1]),
      threshold: optional(real({ low: 0, high: 1 }), 0.5),
    });
    super(name, { numClasses: 2, targetClassIds, ignoreClass: null, sparseYTrue: true, sparseYPred: true, axis: -1 });
    this.threshold = threshold;
  }

  protected override predicted(yPred: Tensor): Tensor {
    return ops.cast(ops.greaterEqual(yPred, this.threshold), 'int32');
  }

  override getConfig(): Config {
    return { ...super.getConfig(), targetClassIds: this.settings.targetClassIds, threshold: this.threshold };
  }
}
