/**
 * Cross-entropies that weigh samples by how hard they are. Source: Keras 3, `keras.losses.BinaryFocalCrossentropy`,
 * `CategoricalFocalCrossentropy` and `CategoricalGeneralizedCrossEntropy`.
 */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { describe, flag, optional, type Reader, readOptions, real } from '../options/index.js';
import { constantArray } from '../ops/common.js';
import type { Tensor } from '../tensor/tensor.js';
import { axis } from './axis.js';
import { checkLabelShape, commonReaders, type LossOptions, OptionLoss } from './loss.js';
import { EPSILON } from './regression.js';

interface FocalOptions extends LossOptions {
  /** How much less easy samples count; 2. */
  gamma?: number;
  fromLogits?: boolean;
  labelSmoothing?: number;
  /** The axis of the classes; the last. */
  axis?: number;
}

export interface BinaryFocalCrossentropyOptions extends FocalOptions {
  /** Weighs ones by `alpha` and zeros by `1 - alpha`. */
  applyClassBalancing?: boolean;
  alpha?: number;
}

export interface CategoricalFocalCrossentropyOptions extends FocalOptions {
  /** A weight for all classes, or one for each; 0.25. */
  alpha?: number | readonly number[];
}

export interface CategoricalGeneralizedCrossEntropyOptions extends LossOptions {
  /** Between 0 (cross-entropy) and 1 (absolute error); 0.5. */
  q?: number;
}

const focalReaders = (name: string) => ({
  ...commonReaders(name),
  gamma: optional(real({ low: 0 }), 2),
  fromLogits: optional(flag, false),
  labelSmoothing: optional(real({ low: 0, high: 1 }), 0),
  axis: optional(axis, -1),
});

const alphas: Reader<number | readonly number[]> = (value, where) => {
  if (!Array.isArray(value)) return real({ low: 0 })(value, where);
  if (value.length > 0 && value.every((one) => typeof one === 'number' && one >= 0)) return [...(value as number[])];
  throw new ArgumentError({ where, expected: 'a number of at least 0, or one for each class', received: describe(value) });
};

type BinarySettings = {
  applyClassBalancing: boolean;
  alpha: number;
  gamma: number;
  fromLogits: boolean;
  labelSmoothing: number;
  axis: number;
};

export class BinaryFocalCrossentropy extends OptionLoss<BinarySettings> {
  readonly className = 'BinaryFocalCrossentropy';

  constructor(options: BinaryFocalCrossentropyOptions = {}) {
    super(
      readOptions('binaryFocalCrossentropy', options, {
        applyClassBalancing: optional(flag, false),
        alpha: optional(real({ low: 0, high: 1 }), 0.25),
        ...focalReaders('binaryFocalCrossentropy'),
      }),
    );
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    checkLabelShape('binaryFocalCrossentropy', yTrue, yPred);
    const { applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing, axis: at } = this.settings;
    const labels = labelSmoothing > 0 ? ops.add(ops.mul(yTrue, 1 - labelSmoothing), labelSmoothing / 2) : yTrue;
    const p = fromLogits ? ops.sigmoid(yPred) : yPred;
    const within = ops.clip(p, EPSILON, 1 - EPSILON);
    const rest = ops.sub(1, labels);
    const entropy = ops.neg(ops.add(ops.mul(labels, ops.log(within)), ops.mul(rest, ops.log(ops.sub(1, within)))));
    const hit = ops.add(ops.mul(labels, p), ops.mul(rest, ops.sub(1, p)));
    let losses = ops.mul(ops.power(ops.sub(1, hit), gamma), entropy);
    if (applyClassBalancing) losses = ops.mul(losses, ops.add(ops.mul(labels, alpha), ops.mul(rest, 1 - alpha)));
    return losses.rank === 0 ? losses : ops.mean(losses, { axis: at });
  }
}

type CategoricalSettings = {
  alpha: number | readonly number[];
  gamma: number;
  fromLogits: boolean;
  labelSmoothing: number;
  axis: number;
};

export class CategoricalFocalCrossentropy extends OptionLoss<CategoricalSettings> {
  readonly className = 'CategoricalFocalCrossentropy';

  constructor(options: CategoricalFocalCrossentropyOptions = {}) {
    super(
      readOptions('categoricalFocalCrossentropy', options, {
        alpha: optional(alphas, 0.25),
        ...focalReaders('categoricalFocalCrossentropy'),
      }),
    );
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    checkLabelShape('categoricalFocalCrossentropy', yTrue, yPred);
    const { alpha, gamma, fromLogits, labelSmoothing, axis: at } = this.settings;
    const classes = yTrue.shape[yTrue.rank - 1]!;
    const labels = labelSmoothing > 0 ? ops.add(ops.mul(yTrue, 1 - labelSmoothing), labelSmoothing / classes) : yTrue;
    const given = fromLogits ? ops.softmax(yPred, at) : yPred;
    const p = ops.clip(ops.div(given, ops.sum(given, { axis: at, keepdims: true })), EPSILON, 1 - EPSILON);
    const weights = typeof alpha === 'number' ? alpha : constantArray(alpha, [alpha.length], p.dtype, p);
    const focus = ops.mul(ops.power(ops.sub(1, p), gamma), weights);
    return ops.sum(ops.mul(focus, ops.mul(ops.neg(labels), ops.log(p))), { axis: at });
  }
}

/** For labels of which some are wrong: (1 - p^q) / q of the probability of the true class. Labels are class numbers. */
export class CategoricalGeneralizedCrossEntropy extends OptionLoss<{ q: number }> {
  readonly className = 'CategoricalGeneralizedCrossEntropy';

  constructor(options: CategoricalGeneralizedCrossEntropyOptions = {}) {
    const name = 'categoricalGeneralizedCrossEntropy';
    super(readOptions(name, options, { ...commonReaders(name), q: optional(real({ above: 0, below: 1 }), 0.5) }));
  }

  override get labels(): 'classes' {
    return 'classes';
  }

  protected override get castsLabels(): boolean {
    return false;
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { q } = this.settings;
    const column = yTrue.rank === yPred.rank && yTrue.shape[yTrue.rank - 1] === 1;
    const classes = ops.cast(column ? ops.squeeze(yTrue, -1) : yTrue, 'int32');
    const p = ops.squeeze(ops.takeAlongAxis(yPred, ops.expandDims(classes, -1), -1), -1);
    return ops.div(ops.sub(1, ops.power(p, q)), q);
  }
}
