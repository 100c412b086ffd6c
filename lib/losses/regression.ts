/** Losses of numbers. Source: Keras 3, `keras.losses.MeanSquaredError` and its kin. */
import * as ops from '../ops/index.js';
import { optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkLabelShape, commonReaders, lastMean, type LossFunction, type LossOptions, OptionLoss } from './loss.js';

/** What is divided by, or taken the logarithm of, is at least this. */
export const EPSILON = 1e-7;

/** Means over the last axis of an element-wise difference of labels and predictions. */
function meanOf(where: string, difference: LossFunction): LossFunction {
  return (yTrue, yPred) => {
    checkLabelShape(where, yTrue, yPred);
    return lastMean(difference(yTrue, yPred));
  };
}

export const meanSquaredErrorOf = meanOf('meanSquaredError', (yTrue, yPred) => ops.square(ops.sub(yPred, yTrue)));
export const meanAbsoluteErrorOf = meanOf('meanAbsoluteError', (yTrue, yPred) => ops.abs(ops.sub(yPred, yTrue)));
export const meanAbsolutePercentageErrorOf = meanOf('meanAbsolutePercentageError', (yTrue, yPred) =>
  ops.mul(ops.abs(ops.div(ops.sub(yTrue, yPred), ops.maximum(ops.abs(yTrue), EPSILON))), 100),
);
export const meanSquaredLogarithmicErrorOf = meanOf('meanSquaredLogarithmicError', (yTrue, yPred) => {
  const log = (x: Tensor): Tensor => ops.log1p(ops.maximum(x, EPSILON));
  return ops.square(ops.sub(log(yPred), log(yTrue)));
});
/** log(cosh(x)) written so that it does not overflow: x + softplus(-2x) - log 2. */
export const logCoshOf = meanOf('logCosh', (yTrue, yPred) => {
  const x = ops.sub(yPred, yTrue);
  return ops.sub(ops.add(x, ops.softplus(ops.mul(x, -2))), Math.LN2);
});

/** Squared up to `delta`, linear beyond. */
export function huberOf(yTrue: Tensor, yPred: Tensor, { delta }: { delta: number }): Tensor {
  return meanOf('huber', (labels, predictions) => {
    const error = ops.sub(predictions, labels);
    const size = ops.abs(error);
    const inner = ops.mul(ops.square(error), 0.5);
    return ops.where(ops.lessEqual(size, delta), inner, ops.sub(ops.mul(size, delta), 0.5 * delta * delta));
  })(yTrue, yPred);
}

/** A loss without options of its own. */
abstract class PlainLoss extends OptionLoss {
  constructor(name: string, options: LossOptions) {
    super(readOptions(name, options, commonReaders(name)));
  }
}

export class MeanSquaredError extends PlainLoss {
  readonly className = 'MeanSquaredError';
  protected readonly call = meanSquaredErrorOf;

  constructor(options: LossOptions = {}) {
    super('meanSquaredError', options);
  }
}

export class MeanAbsoluteError extends PlainLoss {
  readonly className = 'MeanAbsoluteError';
  protected readonly call = meanAbsoluteErrorOf;

  constructor(options: LossOptions = {}) {
    super('meanAbsoluteError', options);
  }
}

export class MeanAbsolutePercentageError extends PlainLoss {
  readonly className = 'MeanAbsolutePercentageError';
  protected readonly call = meanAbsolutePercentageErrorOf;

  constructor(options: LossOptions = {}) {
    super('meanAbsolutePercentageError', options);
  }
}

export class MeanSquaredLogarithmicError extends PlainLoss {
  readonly className = 'MeanSquaredLogarithmicError';
  protected readonly call = meanSquaredLogarithmicErrorOf;

  constructor(options: LossOptions = {}) {
    super('meanSquaredLogarithmicError', options);
  }
}

export class LogCosh extends PlainLoss {
  readonly className = 'LogCosh';
  protected readonly call = logCoshOf;

  constructor(options: LossOptions = {}) {
    super('logCosh', options);
  }
}

export interface HuberOptions extends LossOptions {
  /** Where the loss turns from squared to linear; 1. */
  delta?: number;
}

export class Huber extends OptionLoss<{ delta: number }> {
  readonly className = 'Huber';

  constructor(options: HuberOptions = {}) {
    super(readOptions('huber', options, { ...commonReaders('huber'), delta: optional(real({ above: 0 }), 1) }));
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return huberOf(yTrue, yPred, this.settings);
  }
}
