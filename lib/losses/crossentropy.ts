/**
 * Cross-entropies. A prediction that comes straight from a softmax or sigmoid is computed from what went into that, which is stable and
 * exact where the probabilities saturate. Source: Keras 3, `keras.losses.CategoricalCrossentropy` and its kin.
 */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, flag, nullable, optional, readOptions, real } from '../options/index.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { axis } from './axis.js';
import { commonReaders, Loss, type LossOptions } from './loss.js';

/** Probabilities are kept this far from 0 and 1. */
const EPSILON = 1e-7;

export interface CrossentropyOptions extends LossOptions {
  /** Predictions are logits, not probabilities. */
  fromLogits?: boolean;
  /** From 0 to 1: how far labels are drawn towards the uniform distribution. */
  labelSmoothing?: number;
  /** The axis of the classes; the last. */
  axis?: number;
}

function normalAxis(where: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at >= 0 && at < rank) return at;
  throw new ShapeError({ where, expected: `an axis of predictions of rank ${rank}`, received: String(axis) });
}

/** The tensor with `axis` last. */
function classesLast(x: Tensor, axis: number): Tensor {
  return axis === x.rank - 1 ? x : ops.moveaxis(x, axis, -1);
}

/** The logits under a prediction: the prediction itself, or what its softmax or sigmoid was made from. */
function logitsUnder(yPred: Tensor, op: 'softmax' | 'sigmoid', axis?: number): Tensor | undefined {
  const origin = yPred.provenance;
  // A tidy around the prediction may have disposed of the logits.
  if (!origin || origin.op !== op || origin.input.isDisposed) return undefined;
  if (axis !== undefined && normalAxis(op, origin.axis, yPred.rank) !== axis) return undefined;
  return origin.input;
}

function refuseShapes(
  where: string,
  yTrue: Tensor,
  yPred: Tensor,
  hint: string,
  expected = `labels of shape [${yPred.shape.join(', ')}]`,
): never {
  throw new ShapeError({ where, expected, received: `[${yTrue.shape.join(', ')}]`, hint });
}

function sameShape(a: Tensor, b: Tensor): boolean {
  return a.rank === b.rank && a.shape.every((dim, i) => dim === b.shape[i]);
}

/** Cross-entropy of each sample between distributions over classes. */
export function categoricalCrossentropyOf(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const where = 'categoricalCrossentropy';
  if (!sameShape(yTrue, yPred)) {
    refuseShapes(where, yTrue, yPred, 'use one-hot labels (utils.toCategorical), or sparseCategoricalCrossentropy for class numbers');
  }
  const at = normalAxis(where, axis, yPred.rank);
  const classes = yPred.shape[at]!;
  const labels = classesLast(labelSmoothing > 0 ? ops.add(ops.mul(yTrue, 1 - labelSmoothing), labelSmoothing / classes) : yTrue, at);
  const logits = fromLogits ? yPred : logitsUnder(yPred, 'softmax', at);
  if (logits) return ops.softmaxCrossEntropy(classesLast(logits, at), labels);
  const probabilities = ops.div(yPred, ops.sum(yPred, { axis: at, keepdims: true }));
  const clipped = ops.clip(classesLast(probabilities, at), EPSILON, 1 - EPSILON);
  return ops.neg(ops.sum(ops.mul(labels, ops.log(clipped)), { axis: -1 }));
}

/** Cross-entropy of each sample for class numbers. */
export function sparseCategoricalCrossentropyOf(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, axis = -1, ignoreClass = null }: { fromLogits?: boolean; axis?: number; ignoreClass?: number | null } = {},
): Tensor {
  const where = 'sparseCategoricalCrossentropy';
  const at = normalAxis(where, axis, yPred.rank);
  let labels = yTrue;
  if (labels.rank === yPred.rank && labels.shape[labels.rank - 1] === 1) labels = ops.squeeze(labels, -1);
  const rows = yPred.shape.filter((_, i) => i !== at);
  if (labels.rank !== rows.length || labels.shape.some((dim, i) => dim !== rows[i])) {
    refuseShapes(
      where,
      yTrue,
      yPred,
      'use one class number a sample, or categoricalCrossentropy for one-hot labels',
      `class numbers of shape [${rows.join(', ')}]`,
    );
  }
  labels = ops.cast(labels, 'int32');
  const under = fromLogits ? yPred : logitsUnder(yPred, 'softmax', at);
  const logits = classesLast(under ?? ops.log(ops.clip(yPred, EPSILON, 1 - EPSILON)), at);
  if (ignoreClass === null) return ops.sparseSoftmaxCrossEntropy(logits, labels);
  const valid = ops.notEqual(labels, ignoreClass);
  const losses = ops.sparseSoftmaxCrossEntropy(logits, ops.where(valid, labels, ops.zerosLike(labels)));
  return ops.mul(losses, ops.cast(valid, losses.dtype));
}

/** Cross-entropy of each sample between probabilities of two outcomes, averaged over the last axis. */
export function binaryCrossentropyOf(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const where = 'binaryCrossentropy';
  if (!sameShape(yTrue, yPred)) refuseShapes(where, yTrue, yPred, 'give labels 0 and 1 of the shape of the predictions');
  const labels = labelSmoothing > 0 ? ops.add(ops.mul(yTrue, 1 - labelSmoothing), labelSmoothing / 2) : yTrue;
  const logits = fromLogits ? yPred : logitsUnder(yPred, 'sigmoid');
  let losses: Tensor;
  if (logits) {
    losses = ops.sigmoidCrossEntropy(logits, labels);
  } else {
    const p = ops.clip(yPred, EPSILON, 1 - EPSILON);
    losses = ops.neg(ops.add(ops.mul(labels, ops.log(p)), ops.mul(ops.sub(1, labels), ops.log(ops.sub(1, p)))));
  }
  return losses.rank === 0 ? losses : ops.mean(losses, { axis });
}

const smoothing = optional(real({ low: 0, high: 1 }), 0);

function readCrossentropy(name: string, options: CrossentropyOptions) {
  return readOptions(name, options, {
    ...commonReaders(name),
    fromLogits: optional(flag, false),
    labelSmoothing: smoothing,
    axis: optional(axis, -1),
  });
}

function crossentropyConfig({ fromLogits, labelSmoothing, axis }: ReturnType<typeof readCrossentropy>): Config {
  return { fromLogits, labelSmoothing, axis };
}

export class CategoricalCrossentropy extends Loss {
  readonly className = 'CategoricalCrossentropy';
  private readonly settings: ReturnType<typeof readCrossentropy>;

  constructor(options: CrossentropyOptions = {}) {
    const settings = readCrossentropy('categoricalCrossentropy', options);
    super(settings);
    this.settings = settings;
  }

  override get labels(): 'predictions' {
    return 'predictions';
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalCrossentropyOf(yTrue, yPred, this.settings);
  }

  protected override ownConfig(): Config {
    return crossentropyConfig(this.settings);
  }
}

export interface SparseCrossentropyOptions extends LossOptions {
  fromLogits?: boolean;
  /** Samples of this class do not count. */
  ignoreClass?: number | null;
  axis?: number;
}

export class SparseCategoricalCrossentropy extends Loss {
  readonly className = 'SparseCategoricalCrossentropy';
  private readonly settings: { fromLogits: boolean; ignoreClass: number | null; axis: number };

  constructor(options: SparseCrossentropyOptions = {}) {
    const settings = readOptions('sparseCategoricalCrossentropy', options, {
      ...commonReaders('sparseCategoricalCrossentropy'),
      fromLogits: optional(flag, false),
      ignoreClass: nullable(axis),
      axis: optional(axis, -1),
    });
    super(settings);
    this.settings = settings;
  }

  protected override get castsLabels(): boolean {
    return false;
  }

  override get labels(): 'classes' {
    return 'classes';
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalCrossentropyOf(yTrue, yPred, this.settings);
  }

  override compute(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor, mask?: Tensor): Tensor {
    const { ignoreClass } = this.settings;
    if (ignoreClass === null) return super.compute(yTrue, yPred, sampleWeight, mask);
    // What is ignored is masked, so that it does not count in a mean either.
    const labels = yTrue.rank === yPred.rank && yTrue.shape[yTrue.rank - 1] === 1 ? ops.squeeze(yTrue, -1) : yTrue;
    const valid = ops.notEqual(ops.cast(labels, 'int32'), ignoreClass);
    return super.compute(yTrue, yPred, sampleWeight, mask ? ops.logicalAnd(mask, valid) : valid);
  }

  protected override ownConfig(): Config {
    return { ...this.settings };
  }
}

export class BinaryCrossentropy extends Loss {
  readonly className = 'BinaryCrossentropy';
  private readonly settings: ReturnType<typeof readCrossentropy>;

  constructor(options: CrossentropyOptions = {}) {
    const settings = readCrossentropy('binaryCrossentropy', options);
    super(settings);
    this.settings = settings;
  }

  override get labels(): 'predictions' {
    return 'predictions';
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryCrossentropyOf(yTrue, isFloat(yPred.dtype) ? yPred : ops.cast(yPred, 'float32'), this.settings);
  }

  protected override ownConfig(): Config {
    return crossentropyConfig(this.settings);
  }
}
