/** Losses that want a margin. Source: Keras 3, `keras.losses.Hinge`, `SquaredHinge` and `CategoricalHinge`. */
import * as ops from '../ops/index.js';
import { readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkLabelShape, commonReaders, lastMean, type LossOptions, OptionLoss } from './loss.js';

/** Labels 0 and 1 become -1 and 1 where there are no others; which it is, is known on the device only. */
function signs(yTrue: Tensor): Tensor {
  const binary = ops.all(ops.logicalOr(ops.equal(yTrue, 0), ops.equal(yTrue, 1)));
  return ops.where(binary, ops.sub(ops.mul(yTrue, 2), 1), yTrue);
}

function margins(where: string, yTrue: Tensor, yPred: Tensor): Tensor {
  checkLabelShape(where, yTrue, yPred);
  return ops.maximum(ops.sub(1, ops.mul(signs(yTrue), yPred)), 0);
}

export function hingeOf(yTrue: Tensor, yPred: Tensor): Tensor {
  return lastMean(margins('hinge', yTrue, yPred));
}

export function squaredHingeOf(yTrue: Tensor, yPred: Tensor): Tensor {
  return lastMean(ops.square(margins('squaredHinge', yTrue, yPred)));
}

/** How far the best wrong class comes within 1 of the right one. */
export function categoricalHingeOf(yTrue: Tensor, yPred: Tensor): Tensor {
  checkLabelShape('categoricalHinge', yTrue, yPred);
  const right = ops.sum(ops.mul(yTrue, yPred), { axis: -1 });
  const wrong = ops.max(ops.mul(ops.sub(1, yTrue), yPred), { axis: -1 });
  return ops.maximum(ops.add(ops.sub(wrong, right), 1), 0);
}

export class Hinge extends OptionLoss {
  readonly className = 'Hinge';
  protected readonly call = hingeOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('hinge', options, commonReaders('hinge')));
  }
}

export class SquaredHinge extends OptionLoss {
  readonly className = 'SquaredHinge';
  protected readonly call = squaredHingeOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('squaredHinge', options, commonReaders('squaredHinge')));
  }
}

export class CategoricalHinge extends OptionLoss {
  readonly className = 'CategoricalHinge';
  protected readonly call = categoricalHingeOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('categoricalHinge', options, commonReaders('categoricalHinge')));
  }
}
