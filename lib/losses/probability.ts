/** Divergences between distributions, rates, and directions. Source: Keras 3, `keras.losses.KLDivergence`, `Poisson`, `CosineSimilarity`. */
import * as ops from '../ops/index.js';
import { optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { axis } from './axis.js';
import { checkLabelShape, commonReaders, lastMean, type LossOptions, OptionLoss } from './loss.js';
import { EPSILON } from './regression.js';

export function klDivergenceOf(yTrue: Tensor, yPred: Tensor): Tensor {
  checkLabelShape('klDivergence', yTrue, yPred);
  const [labels, predictions] = [ops.clip(yTrue, EPSILON, 1), ops.clip(yPred, EPSILON, 1)];
  return ops.sum(ops.mul(labels, ops.log(ops.div(labels, predictions))), { axis: -1 });
}

export function poissonOf(yTrue: Tensor, yPred: Tensor): Tensor {
  checkLabelShape('poisson', yTrue, yPred);
  return lastMean(ops.sub(yPred, ops.mul(yTrue, ops.log(ops.add(yPred, EPSILON)))));
}

/** The cosine of the angle between two vectors; 0 where one has no direction. */
export function cosineOf(yTrue: Tensor, yPred: Tensor, at = -1): Tensor {
  checkLabelShape('cosineSimilarity', yTrue, yPred);
  const unit = (x: Tensor): Tensor => ops.mul(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), { axis: at, keepdims: true }), 1e-12)));
  return ops.sum(ops.mul(unit(yTrue), unit(yPred)), { axis: at });
}

export class KLDivergence extends OptionLoss {
  readonly className = 'KLDivergence';
  protected readonly call = klDivergenceOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('klDivergence', options, commonReaders('klDivergence')));
  }
}

export class Poisson extends OptionLoss {
  readonly className = 'Poisson';
  protected readonly call = poissonOf;

  constructor(options: LossOptions = {}) {
    super(readOptions('poisson', options, commonReaders('poisson')));
  }
}

export interface CosineSimilarityOptions extends LossOptions {
  /** The axis of the vectors; the last. */
  axis?: number;
}

export class CosineSimilarity extends OptionLoss<{ axis: number }> {
  readonly className = 'CosineSimilarity';

  constructor(options: CosineSimilarityOptions = {}) {
    super(readOptions('cosineSimilarity', options, { ...commonReaders('cosineSimilarity'), axis: optional(axis, -1) }));
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return ops.neg(cosineOf(yTrue, yPred, this.settings.axis));
  }
}
