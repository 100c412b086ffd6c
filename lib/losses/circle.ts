/** Metric learning: embeddings of one class together, of different classes apart. Source: Keras 3, `keras.losses.Circle`. */
import * as ops from '../ops/index.js';
import { diagonals } from '../ops/make.js';
import { flag, optional, readOptions, real } from '../options/index.js';
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { commonReaders, type LossOptions, OptionLoss } from './loss.js';

export interface CircleOptions extends LossOptions {
  /** Scale of the similarities; 80. */
  gamma?: number;
  /** How far apart classes shall be; 0.4. */
  margin?: number;
  /** Leaves the pair of a sample with itself out; true. */
  removeDiagonal?: boolean;
}

export class Circle extends OptionLoss<{ gamma: number; margin: number; removeDiagonal: boolean }> {
  readonly className = 'Circle';

  constructor(options: CircleOptions = {}) {
    super(
      readOptions('circle', options, {
        ...commonReaders('circle'),
        gamma: optional(real({ above: 0 }), 80),
        margin: optional(real(), 0.4),
        removeDiagonal: optional(flag, true),
      }),
    );
  }

  override get labels(): 'free' {
    return 'free';
  }

  protected override get castsLabels(): boolean {
    return false;
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { gamma, margin, removeDiagonal } = this.settings;
    const n = yPred.shape[0]!;
    if (yPred.rank !== 2 || yTrue.size !== n) {
      throw new ShapeError({
        where: 'circle',
        expected: 'class numbers [batch] and unit vectors [batch, size]',
        received: `[${yTrue.shape.join(', ')}] and [${yPred.shape.join(', ')}]`,
      });
    }
    const labels = ops.reshape(ops.cast(yTrue, 'int32'), [n, 1]);
    const distances = ops.maximum(ops.sub(1, ops.matmul(yPred, yPred, { transposeB: true })), 0);
    const same = ops.equal(labels, ops.transpose(labels));
    const other = ops.logicalNot(same);
    const near = removeDiagonal ? ops.logicalAnd(same, ops.notEqual(diagonals(n, n, same), 0)) : same;
    const zero = ops.zerosLike(distances);
    // Weights are not followed by the gradient's sign only: they are functions of the distance, as in Keras.
    const nearWeights = ops.maximum(ops.where(near, ops.add(distances, margin), zero), 0);
    const farWeights = ops.maximum(ops.where(other, ops.sub(1 + margin, distances), zero), 0);
    const nearLogits = ops.mul(ops.mul(nearWeights, ops.sub(margin, distances)), -gamma);
    const farLogits = ops.mul(ops.mul(farWeights, ops.sub(1 - margin, distances)), gamma);
    const sum = ops.add(among(near, nearLogits), among(other, farLogits));
    return ops.softplus(sum);
  }

  /** Samples without a partner have no loss and do not count. */
  protected override countedOf(losses: Tensor): Tensor {
    return ops.greater(losses, 0);
  }
}

/** logsumexp over the chosen ones; -Infinity, with a gradient of 0, where there are none. */
function among(chosen: Tensor, logits: Tensor): Tensor {
  const lowest = logits.dtype === 'float64' ? -1e300 : -1e38;
  const sum = ops.logsumexp(ops.where(chosen, logits, lowest), { axis: 1 });
  const some = ops.any(chosen, { axis: 1 });
  return ops.where(some, sum, -Infinity);
}
