/** Losses of how little two masks overlap, for segmentation. Source: Keras 3, `keras.losses.Dice` and `Tversky`. */
import * as ops from '../ops/index.js';
import { axes, nullable, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkLabelShape, commonReaders, type LossOptions, OptionLoss } from './loss.js';
import { EPSILON } from './regression.js';

export interface DiceOptions extends LossOptions {
  /** Axes that are one mask; all of them. */
  axis?: number | readonly number[] | null;
}

export interface TverskyOptions extends DiceOptions {
  /** Weight of what is only in the labels; 0.5. */
  alpha?: number;
  /** Weight of what is only in the predictions; 0.5. */
  beta?: number;
}

export class Dice extends OptionLoss<{ axis: number | readonly number[] | null }> {
  readonly className = 'Dice';

  constructor(options: DiceOptions = {}) {
    super(readOptions('dice', options, { ...commonReaders('dice'), axis: nullable(axes) }));
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    checkLabelShape('dice', yTrue, yPred);
    const { axis } = this.settings;
    const common = ops.sum(ops.mul(yTrue, yPred), { axis });
    const all = ops.add(ops.add(ops.sum(yTrue, { axis }), ops.sum(yPred, { axis })), EPSILON);
    return ops.sub(1, ops.div(ops.mul(common, 2), all));
  }
}

export class Tversky extends OptionLoss<{ alpha: number; beta: number; axis: number | readonly number[] | null }> {
  readonly className = 'Tversky';

  constructor(options: TverskyOptions = {}) {
    super(
      readOptions('tversky', options, {
        ...commonReaders('tversky'),
        alpha: optional(real({ low: 0 }), 0.5),
        beta: optional(real({ low: 0 }), 0.5),
        axis: nullable(axes),
      }),
    );
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    checkLabelShape('tversky', yTrue, yPred);
    const { alpha, beta, axis } = this.settings;
    const common = ops.sum(ops.mul(yTrue, yPred), { axis });
    const missed = ops.mul(ops.sum(ops.mul(ops.sub(1, yPred), yTrue), { axis }), alpha);
    const extra = ops.mul(ops.sum(ops.mul(yPred, ops.sub(1, yTrue)), { axis }), beta);
    return ops.sub(1, ops.div(common, ops.add(ops.add(common, ops.add(missed, extra)), EPSILON)));
  }
}
