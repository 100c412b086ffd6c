/** What all losses share: fitting ranks, weighting samples, reducing to one number. Source: Keras 3, `keras.losses.Loss`. */
import { ArgumentError, ShapeError } from '../errors.js';
import { onDeviceOf } from '../ops/define.js';
import * as ops from '../ops/index.js';
import type { Config } from '../options/index.js';
import { oneOf, optional, text } from '../options/index.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * How the losses of samples become one: their sum divided by their number (the default; the weights do not count), their sum, their mean
 * weighted by the sample weights, or none at all.
 */
export type Reduction = 'sumOverBatchSize' | 'mean' | 'sum' | 'meanWithSampleWeight' | 'none';

export const reductionReader = optional(
  oneOf<Reduction>('sumOverBatchSize', 'mean', 'sum', 'meanWithSampleWeight', 'none'),
  'sumOverBatchSize',
);

export interface LossOptions {
  reduction?: Reduction;
  name?: string;
}

/** Readers of the common options. */
export function commonReaders(name: string) {
  return { reduction: reductionReader, name: optional(text, name) };
}

/** A function of labels and predictions that gives a loss for each sample (any shape that begins with the batch). */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** Makes two tensors that differ by a last axis of one element of the same rank, as Keras does. */
export function sameRank(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const fit = (longer: Tensor, shorter: Tensor): [Tensor, Tensor] => {
    if (longer.rank !== shorter.rank + 1 || longer.shape[longer.rank - 1] !== 1) return [longer, shorter];
    return shorter.rank === 1 ? [longer, ops.expandDims(shorter, -1)] : [ops.squeeze(longer, -1), shorter];
  };
  if (a.rank > b.rank) return fit(a, b);
  const [longer, shorter] = fit(b, a);
  return [shorter, longer];
}

/**
 * The base of losses; also of your own, with a `className` and `call`.
 *
 * @example
 * class Quartic extends losses.Loss {
 *   readonly className = 'Quartic';
 *   protected call(yTrue: Tensor, yPred: Tensor): Tensor {
 *     return ops.mean(ops.pow(ops.sub(yTrue, yPred), 4), -1);
 *   }
 * }
 */
export abstract class Loss {
  abstract readonly className: string;
  readonly name: string;
  readonly reduction: Reduction;

  constructor(settings: LossOptions = {}) {
    this.name = settings.name ?? this.constructor.name;
    this.reduction = reductionReader(settings.reduction, `${this.name} reduction`);
  }

  /** The loss of each sample; `yTrue` and `yPred` have fitting ranks. */
  protected abstract call(yTrue: Tensor, yPred: Tensor): Tensor;

  /** Options beside name and reduction, for `getConfig`. */
  protected ownConfig(): Config {
    return {};
  }

  /** What labels look like, for checks before training: as the predictions, class numbers (without the last axis), or anything. */
  get labels(): 'predictions' | 'classes' | 'free' {
    return 'free';
  }

  /** Whether labels are converted to the predictions' dtype; class numbers are not. */
  protected get castsLabels(): boolean {
    return true;
  }

  /**
   * The reduced loss, a scalar (with reduction 'none' one value a sample).
   *
   * @param sampleWeight one weight a sample, or of the losses' shape
   * @param mask which samples (or steps) count
   */
  compute(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor, mask?: Tensor): Tensor {
    const prediction = isFloat(yPred.dtype) ? yPred : ops.cast(yPred, 'float32');
    const labels = this.castsLabels && yTrue.dtype !== prediction.dtype ? ops.cast(yTrue, prediction.dtype) : yTrue;
    const [fittedLabels, fitted] = sameRank(labels, prediction);
    const losses = onDeviceOf(fitted, () => this.call(fittedLabels, fitted));
    const counted = this.countedOf(losses);
    const both = mask && counted ? ops.logicalAnd(ops.cast(mask, 'bool'), counted) : (mask ?? counted);
    return reduceLosses(this.name, losses, this.reduction, sampleWeight, both);
  }

  /** Which losses count in a mean, where not all do. */
  protected countedOf(_losses: Tensor): Tensor | undefined {
    return undefined;
  }

  getConfig(): Config {
    return { name: this.name, reduction: this.reduction, ...this.ownConfig() };
  }

  /** A loss of this class from its config. */
  static fromConfig(config: Config): Loss {
    return new (this as unknown as new (config: Config) => Loss)(config);
  }
}

/** A loss whose options are plain values: they are its config. */
export abstract class OptionLoss<S extends Config = Config> extends Loss {
  protected readonly settings: S;

  /** `read` is what `readOptions` made of `commonReaders` and the readers of the loss's own options. */
  constructor(read: S & { name: string; reduction: Reduction }) {
    super(read);
    const { name: _, reduction: __, ...own } = read;
    this.settings = own as unknown as S;
  }

  override get labels(): 'predictions' | 'classes' | 'free' {
    return 'predictions';
  }

  protected override ownConfig(): Config {
    return this.settings;
  }
}

/** Refuses labels whose shape does not broadcast with that of the predictions. */
export function checkLabelShape(where: string, yTrue: Tensor, yPred: Tensor): void {
  const fits = yTrue.rank === yPred.rank && yTrue.shape.every((dim, i) => dim === yPred.shape[i] || dim === 1 || yPred.shape[i] === 1);
  if (fits) return;
  throw new ShapeError({
    where,
    expected: `labels of shape [${yPred.shape.join(', ')}]`,
    received: `[${yTrue.shape.join(', ')}]`,
    hint: 'give labels of the shape of the predictions',
  });
}

/** The mean over the last axis; a scalar stays. */
export function lastMean(values: Tensor): Tensor {
  return values.rank === 0 ? values : ops.mean(values, { axis: -1 });
}

/** Weighs and reduces losses. With a mask the mean is over what the mask lets through. */
export function reduceLosses(where: string, losses: Tensor, reduction: Reduction, sampleWeight?: Tensor, mask?: Tensor): Tensor {
  let values = losses;
  let weights = sampleWeight && (sampleWeight.dtype === losses.dtype ? sampleWeight : ops.cast(sampleWeight, losses.dtype));
  if (weights && weights.rank > values.rank && weights.shape[weights.rank - 1] === 1) weights = ops.squeeze(weights, -1);
  if (weights && weights.rank < values.rank) {
    weights = ops.reshape(weights, [...weights.shape, ...new Array<number>(values.rank - weights.rank).fill(1)]);
  }
  if (weights && !weights.shape.every((dim, i) => dim === values.shape[i] || dim === 1)) {
    throw new ShapeError({
      where,
      expected: `sample weights that fit losses of shape [${values.shape.join(', ')}]`,
      received: `[${sampleWeight!.shape.join(', ')}]`,
      hint: 'give one weight a sample',
    });
  }
  let valid: Tensor | undefined;
  if (mask) {
    let kept = ops.cast(mask, values.dtype);
    while (kept.rank < values.rank) kept = ops.expandDims(kept, -1);
    valid = ops.broadcastTo(kept, values.shape);
    weights = weights ? ops.mul(weights, kept) : kept;
    if (reduction === 'sumOverBatchSize' || reduction === 'mean') {
      // Keras scales the mask by total / valid and divides by the total: the same as dividing by what is valid.
      const weighted = ops.sum(ops.mul(values, weights));
      return ops.div(weighted, ops.add(ops.sum(valid), 1e-7));
    }
  }
  if (weights) values = ops.mul(values, weights);
  switch (reduction) {
    case 'none':
      return values;
    case 'sum':
      return ops.sum(values);
    case 'meanWithSampleWeight':
      if (!weights) return ops.mean(values);
      return ops.divNoNan(ops.sum(values), ops.sum(ops.broadcastTo(weights, values.shape)));
    default:
      return ops.mean(values);
  }
}

/** Sample weights of what a mask lets through: the mask as numbers, times the weights given. */
export function maskedWeights(mask: Tensor, sampleWeight?: Tensor): Tensor {
  let kept: Tensor = ops.cast(mask, sampleWeight && isFloat(sampleWeight.dtype) ? sampleWeight.dtype : 'float32');
  if (!sampleWeight) return kept;
  let weights: Tensor = ops.cast(sampleWeight, kept.dtype);
  while (weights.rank < kept.rank) weights = ops.expandDims(weights, -1);
  while (kept.rank < weights.rank) kept = ops.expandDims(kept, -1);
  return ops.mul(weights, kept);
}

/** A function as a loss. */
export class FunctionLoss extends Loss {
  readonly className = 'FunctionLoss';

  constructor(
    private readonly fn: LossFunction,
    settings: { name?: string; reduction?: Reduction } = {},
  ) {
    super({ name: settings.name ?? (fn.name || 'loss'), reduction: settings.reduction ?? 'sumOverBatchSize' });
  }

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    const losses = this.fn(yTrue, yPred);
    if (typeof (losses as Partial<Tensor>)?.handle !== 'number') {
      throw new ArgumentError({
        where: this.name,
        expected: 'a loss function that returns a tensor',
        received: typeof losses,
        hint: 'return one loss a sample, or a scalar',
      });
    }
    return losses;
  }

  protected override ownConfig(): Config {
    return { fn: this.fn };
  }
}
