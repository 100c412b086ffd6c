/** How often predictions are right. Source: Keras 3, `keras.metrics.CategoricalAccuracy` and its kin. */
import { ShapeError } from '../errors.js';
import { flag, optional, readOptions, real, text, whole, type Config } from '../options/index.js';
import * as ops from '../ops/index.js';
import { sameRank } from '../losses/loss.js';
import type { Tensor } from '../tensor/tensor.js';
import { MeanMetric } from './metric.js';

function labelsError(where: string, yTrue: Tensor, yPred: Tensor, hint: string): ShapeError {
  return new ShapeError({
    where,
    expected: `labels that fit predictions of shape [${yPred.shape.join(', ')}]`,
    received: `[${yTrue.shape.join(', ')}]`,
    hint,
  });
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Class numbers without a last axis of one. */
function classNumbers(yTrue: Tensor, yPred: Tensor): Tensor {
  return yTrue.rank === yPred.rank && yTrue.shape[yTrue.rank - 1] === 1 ? ops.squeeze(yTrue, -1) : yTrue;
}

/** Share of predictions that are the labels exactly. */
export class Accuracy extends MeanMetric {
  readonly className = 'Accuracy';

  constructor(options: { name?: string } = {}) {
    super(readOptions('accuracy', options, { name: optional(text, 'accuracy') }).name);
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = sameRank(yTrue, yPred);
    if (!sameShape(labels.shape, predictions.shape)) throw labelsError(this.name, yTrue, yPred, 'give labels of the same shape');
    return ops.cast(ops.equal(ops.cast(labels, predictions.dtype), predictions), 'float32');
  }
}

export class BinaryAccuracy extends MeanMetric {
  readonly className = 'BinaryAccuracy';
  private readonly threshold: number;

  constructor(options: { name?: string; threshold?: number } = {}) {
    const settings = readOptions('binaryAccuracy', options, {
      name: optional(text, 'binary_accuracy'),
      threshold: optional(real({ low: 0, high: 1 }), 0.5),
    });
    super(settings.name);
    this.threshold = settings.threshold;
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = sameRank(yTrue, yPred);
    if (!sameShape(labels.shape, predictions.shape)) throw labelsError(this.name, yTrue, yPred, 'give labels 0 and 1 of the same shape');
    const positive = ops.cast(ops.greater(predictions, this.threshold), predictions.dtype);
    return ops.cast(ops.equal(ops.cast(labels, predictions.dtype), positive), 'float32');
  }

  override getConfig(): Config {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

export class CategoricalAccuracy extends MeanMetric {
  readonly className = 'CategoricalAccuracy';

  constructor(options: { name?: string } = {}) {
    super(readOptions('categoricalAccuracy', options, { name: optional(text, 'categorical_accuracy') }).name);
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    if (!sameShape(yTrue.shape, yPred.shape)) {
      throw labelsError(this.name, yTrue, yPred, 'use one-hot labels, or sparseCategoricalAccuracy for class numbers');
    }
    return ops.cast(ops.equal(ops.argmax(yTrue, { axis: -1 }), ops.argmax(yPred, { axis: -1 })), 'float32');
  }
}

export class SparseCategoricalAccuracy extends MeanMetric {
  readonly className = 'SparseCategoricalAccuracy';

  constructor(options: { name?: string } = {}) {
    super(readOptions('sparseCategoricalAccuracy', options, { name: optional(text, 'sparse_categorical_accuracy') }).name);
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const labels = classNumbers(yTrue, yPred);
    if (!sameShape(labels.shape, yPred.shape.slice(0, -1))) {
      throw labelsError(this.name, yTrue, yPred, 'use class numbers, or categoricalAccuracy for one-hot labels');
    }
    return ops.cast(ops.equal(ops.cast(labels, 'int32'), ops.argmax(yPred, { axis: -1 })), 'float32');
  }
}

/** 1 where the true class is among the k most probable: no more than k - 1 classes are more probable, ties counting for it. */
function inTopK(classes: Tensor, yPred: Tensor, k: number): Tensor {
  const own = ops.takeAlongAxis(yPred, ops.expandDims(ops.cast(classes, 'int32'), -1), -1);
  const better = ops.sum(ops.cast(ops.greater(yPred, own), 'int32'), { axis: -1 });
  return ops.cast(ops.less(better, k), 'float32');
}

export class TopKCategoricalAccuracy extends MeanMetric {
  readonly className = 'TopKCategoricalAccuracy';
  private readonly k: number;

  constructor(options: { name?: string; k?: number } = {}) {
    const settings = readOptions('topKCategoricalAccuracy', options, {
      name: optional(text, 'top_k_categorical_accuracy'),
      k: optional(whole(), 5),
    });
    super(settings.name);
    this.k = settings.k;
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    if (!sameShape(yTrue.shape, yPred.shape)) {
      throw labelsError(this.name, yTrue, yPred, 'use one-hot labels, or sparseTopKCategoricalAccuracy for class numbers');
    }
    return inTopK(ops.argmax(yTrue, { axis: -1 }), yPred, this.k);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), k: this.k };
  }
}

/** Options of sparseTopKCategoricalAccuracy. */
export interface SparseTopKOptions {
  name?: string;
  /** 5. */
  k?: number;
  /** Predictions are class numbers, the most probable first, instead of probabilities; false. */
  fromSortedIds?: boolean;
}

export class SparseTopKCategoricalAccuracy extends MeanMetric {
  readonly className = 'SparseTopKCategoricalAccuracy';
  private readonly k: number;
  private readonly fromSortedIds: boolean;

  constructor(options: SparseTopKOptions = {}) {
    const settings = readOptions('sparseTopKCategoricalAccuracy', options, {
      name: optional(text, 'sparse_top_k_categorical_accuracy'),
      k: optional(whole(), 5),
      fromSortedIds: optional(flag, false),
    });
    super(settings.name);
    this.k = settings.k;
    this.fromSortedIds = settings.fromSortedIds;
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const labels = classNumbers(yTrue, yPred);
    if (!sameShape(labels.shape, yPred.shape.slice(0, -1))) {
      throw labelsError(this.name, yTrue, yPred, 'use class numbers, or topKCategoricalAccuracy for one-hot labels');
    }
    if (!this.fromSortedIds) return inTopK(labels, yPred, this.k);
    const first = ops.slice(
      yPred,
      yPred.shape.map(() => 0),
      [...yPred.shape.slice(0, -1), Math.min(this.k, yPred.shape.at(-1)!)],
    );
    return ops.cast(ops.any(ops.equal(ops.expandDims(ops.cast(labels, yPred.dtype), -1), first), -1), 'float32');
  }

  override getConfig(): Config {
    return { ...super.getConfig(), k: this.k, fromSortedIds: this.fromSortedIds };
  }
}
