/** Losses of numbers. Source: Keras 3, `keras.losses.MeanSquaredError` and `MeanAbsoluteError`. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { commonReaders, Loss, type LossOptions } from './loss.js';

/** Means over the last axis of an element-wise difference of labels and predictions. */
function meanOf(where: string, difference: (yTrue: Tensor, yPred: Tensor) => Tensor): (yTrue: Tensor, yPred: Tensor) => Tensor {
  return (yTrue, yPred) => {
    const fits = yTrue.rank === yPred.rank && yTrue.shape.every((dim, i) => dim === yPred.shape[i] || dim === 1 || yPred.shape[i] === 1);
    if (!fits) {
      throw new ShapeError({
        where,
        expected: `labels of shape [${yPred.shape.join(', ')}]`,
        received: `[${yTrue.shape.join(', ')}]`,
        hint: 'give labels of the shape of the predictions',
      });
    }
    const values = difference(yTrue, yPred);
    return values.rank === 0 ? values : ops.mean(values, { axis: -1 });
  };
}

export const meanSquaredErrorOf = meanOf('meanSquaredError', (yTrue, yPred) => ops.square(ops.sub(yPred, yTrue)));
export const meanAbsoluteErrorOf = meanOf('meanAbsoluteError', (yTrue, yPred) => ops.abs(ops.sub(yPred, yTrue)));

export class MeanSquaredError extends Loss {
  readonly className = 'MeanSquaredError';

  constructor(options: LossOptions = {}) {
    super(readOptions('meanSquaredError', options, commonReaders('meanSquaredError')));
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredErrorOf(yTrue, yPred);
  }

  protected ownConfig(): Config {
    return {};
  }
}

export class MeanAbsoluteError extends Loss {
  readonly className = 'MeanAbsoluteError';

  constructor(options: LossOptions = {}) {
    super(readOptions('meanAbsoluteError', options, commonReaders('meanAbsoluteError')));
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteErrorOf(yTrue, yPred);
  }

  protected ownConfig(): Config {
    return {};
  }
}
