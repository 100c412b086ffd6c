/** Batch normalisation with moving averages. */
import { withoutTape } from '../autodiff/tape.js';
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { ShapeError } from '../errors.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { filled } from '../ops/common.js';
import { type Config, flag, nullable, optional, type Read, readOptions, real } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { axisReader, named, serialized } from './kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, normalAxis, type Shapes } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.batchNormalization`. */
export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels, counting the batch as 0; the last. */
  axis?: number;
  /** How much of the moving averages stays at each step; 0.99. */
  momentum?: number;
  /** What is added to the variance; 0.001. */
  epsilon?: number;
  /** Whether there is a learned offset, beta. */
  center?: boolean;
  /** Whether there is a learned factor, gamma. */
  scale?: boolean;
  betaInitializer?: InitializerLike;
  gammaInitializer?: InitializerLike;
  /** Batch renormalisation: training sees nearly what inference will see, which helps with small batches. */
  renorm?: boolean;
  /** Bounds of the corrections of renorm: the factor from `rmin` to `rmax`, the offset up to `dmax`. */
  renormClipping?: { rmin?: number; rmax?: number; dmax?: number } | null;
  /** How much of renorm's own averages stays at each step; 0.99. */
  renormMomentum?: number;
  movingMeanInitializer?: InitializerLike;
  movingVarianceInitializer?: InitializerLike;
  betaRegularizer?: RegularizerLike | null;
  gammaRegularizer?: RegularizerLike | null;
  betaConstraint?: ConstraintLike | null;
  gammaConstraint?: ConstraintLike | null;
}

const zeros = optional(initializer, named(initializer, 'zeros'));
const ones = optional(initializer, named(initializer, 'ones'));

const readers = {
  ...layerReaders,
  axis: optional(axisReader, -1),
  momentum: optional(real({ low: 0, high: 1 }), 0.99),
  epsilon: optional(real({ low: 0 }), 1e-3),
  center: optional(flag, true),
  scale: optional(flag, true),
  betaInitializer: zeros,
  gammaInitializer: ones,
  movingMeanInitializer: zeros,
  movingVarianceInitializer: ones,
  betaRegularizer: nullable(regularizer),
  gammaRegularizer: nullable(regularizer),
  betaConstraint: nullable(constraint),
  gammaConstraint: nullable(constraint),
  renorm: optional(flag, false),
  renormClipping: (value: unknown, where: string) =>
    value === undefined || value === null
      ? null
      : readOptions(where, value, { rmin: nullable(real()), rmax: nullable(real()), dmax: nullable(real({ low: 0 })) }),
  renormMomentum: optional(real({ low: 0, high: 1 }), 0.99),
};

/** Mean 0 and variance 1 for each channel: of the batch while training, of the moving averages otherwise. */
export class BatchNormalization<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private gamma: Weight | undefined;
  private beta: Weight | undefined;
  private movingMean!: Weight;
  private movingVariance!: Weight;
  /** Renorm's: the moving deviation that the variance is made of, and the statistics that training is corrected to. */
  private renormed: { movingStddev: Weight; mean: Weight; stddev: Weight } | undefined;

  constructor(options?: BatchNormalizationOptions) {
    const read = readOptions('batchNormalization', options, readers);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'BatchNormalization';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override build(inputShape: Shapes): void {
    const { options } = this;
    const shape = inputShape as BatchShape;
    const channels = shape[normalAxis('batchNormalization', options.axis, shape)]!;
    if (channels === null) {
      throw new ShapeError({
        where: 'batchNormalization',
        expected: 'a known number of channels',
        received: 'an unknown one',
        hint: `give axis ${options.axis} of the input shape as a number`,
      });
    }
    const add = (
      name: string,
      more: Pick<Parameters<typeof this.addWeight>[0], 'initializer' | 'regularizer' | 'constraint' | 'trainable'>,
    ): Weight => this.addWeight({ name, shape: [channels], ...more });
    if (options.scale) {
      this.gamma = add('gamma', {
        initializer: options.gammaInitializer,
        regularizer: options.gammaRegularizer,
        constraint: options.gammaConstraint,
      });
    }
    if (options.center) {
      this.beta = add('beta', {
        initializer: options.betaInitializer,
        regularizer: options.betaRegularizer,
        constraint: options.betaConstraint,
      });
    }
    this.movingMean = add('moving_mean', { initializer: options.movingMeanInitializer, trainable: false });
    this.movingVariance = add('moving_variance', { initializer: options.movingVarianceInitializer, trainable: false });
    if (options.renorm) {
      const { movingVarianceInitializer: variance, movingMeanInitializer: mean } = options;
      const root = initializer((at: readonly number[], dtype: DType) => ops.sqrt(variance.call([...at], dtype)), 'batchNormalization');
      this.renormed = {
        movingStddev: add('moving_stddev', { initializer: root, trainable: false }),
        mean: add('renorm_mean', { initializer: mean, trainable: false }),
        stddev: add('renorm_stddev', { initializer: root, trainable: false }),
      };
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    normalAxis('batchNormalization', this.options.axis, shape);
    this.expectAxis(shape, this.options.axis, this.movingMean?.shape[0], 'channels');
    return shape;
  }

  override call(x: Tensor, { training = false, mask }: CallOptions): Tensor {
    const axis = normalAxis('batchNormalization', this.options.axis, x.shape);
    const last = x.rank - 1;
    // Not trainable means inference, as in Keras.
    if (!training || !this.trainable) {
      const { gamma: scale, beta: offset } = this;
      return ops.batchNormalization(x, this.movingMean, this.movingVariance, { axis, scale, offset, epsilon: this.options.epsilon });
    }
    if (axis === last) return this.train(x, mask as Tensor | undefined);
    return ops.moveaxis(this.train(ops.moveaxis(x, axis, last), mask as Tensor | undefined), last, axis);
  }

  private train(x: Tensor, mask: Tensor | undefined): Tensor {
    if (this.renormed) return this.trainRenormed(x, mask);
    if (mask) return this.trainMasked(x, mask);
    const channels = x.shape.slice(-1);
    const { y, mean, variance } = ops.batchNorm(
      x,
      this.gamma ?? filled(channels, 1, x.dtype, x),
      this.beta ?? filled(channels, 0, x.dtype, x),
      this.options.epsilon,
    );
    this.move(mean, variance);
    return y;
  }

  /** Means over the real steps only. */
  private trainMasked(x: Tensor, mask: Tensor): Tensor {
    const { mean, variance } = this.statistics(x, mask);
    this.move(mean, variance);
    return this.applied(x, mean, variance, this.gamma, this.beta);
  }

  /** Batch renormalisation (Ioffe 2017): the batch's statistics, corrected towards the averages by a factor and an offset without gradient. */
  private trainRenormed(x: Tensor, mask: Tensor | undefined): Tensor {
    const { epsilon, renormClipping, renormMomentum, momentum } = this.options;
    const own = this.renormed!;
    const { mean, variance } = this.statistics(x, mask);
    const stddev = ops.sqrt(ops.add(variance, epsilon));
    const reference = ops.maximum(own.stddev, Math.sqrt(epsilon));
    let factor: Tensor = ops.stopGradient(ops.divide(stddev, reference));
    let offset: Tensor = ops.stopGradient(ops.divide(ops.subtract(mean, own.mean), reference));
    const { rmin = null, rmax = null, dmax = null } = renormClipping ?? {};
    if (rmin !== null) factor = ops.maximum(factor, rmin);
    if (rmax !== null) factor = ops.minimum(factor, rmax);
    if (dmax !== null) offset = ops.clip(offset, -dmax, dmax);
    const gamma = this.gamma ? ops.multiply(factor, this.gamma) : factor;
    const scaled = this.gamma ? ops.multiply(offset, this.gamma) : offset;
    const y = this.applied(x, mean, variance, gamma, this.beta ? ops.add(scaled, this.beta) : scaled);
    withoutTape(() => {
      const follow = (moving: Weight, now: Tensor, stays: number): void => {
        moving.assign(ops.add(ops.multiply(moving, stays), ops.multiply(now, 1 - stays)));
      };
      follow(own.mean, mean, renormMomentum);
      follow(own.stddev, stddev, renormMomentum);
      follow(this.movingMean, mean, momentum);
      follow(own.movingStddev, stddev, momentum);
      this.movingVariance.assign(ops.relu(ops.subtract(ops.square(own.movingStddev), epsilon)));
    });
    return y;
  }

  private statistics(x: Tensor, mask: Tensor | undefined): { mean: Tensor; variance: Tensor } {
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    if (!mask) return ops.moments(x, axes);
    const weights = ops.reshape(ops.cast(mask, x.dtype), [...mask.shape, ...Array<number>(x.rank - mask.rank).fill(1)]);
    const full = ops.broadcastTo(weights, [...x.shape.slice(0, -1), 1]);
    const count = ops.add(ops.sum(full), 1e-7);
    const mean = ops.divide(ops.sum(ops.multiply(x, full), axes), count);
    const variance = ops.divide(ops.sum(ops.multiply(ops.square(ops.subtract(x, mean)), full), axes), count);
    return { mean, variance };
  }

  private applied(x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor | undefined, beta: Tensor | undefined): Tensor {
    const inverse = ops.rsqrt(ops.add(variance, this.options.epsilon));
    const normal = ops.multiply(ops.subtract(x, mean), gamma ? ops.multiply(inverse, gamma) : inverse);
    return beta ? ops.add(normal, beta) : normal;
  }

  /** The moving averages follow the batch. Changed in place, so that a captured step changes them as well. */
  private move(mean: Tensor, variance: Tensor): void {
    const { momentum } = this.options;
    withoutTape(() => {
      for (const [moving, now] of [
        [this.movingMean, mean],
        [this.movingVariance, variance],
      ] as const) {
        moving.assign(ops.add(ops.multiply(moving, momentum), ops.multiply(now, 1 - momentum)));
      }
    });
  }

  override getConfig(): Config {
    const { options } = this;
    return {
      ...super.getConfig(),
      axis: options.axis,
      momentum: options.momentum,
      epsilon: options.epsilon,
      center: options.center,
      scale: options.scale,
      betaInitializer: serialized(options.betaInitializer),
      gammaInitializer: serialized(options.gammaInitializer),
      movingMeanInitializer: serialized(options.movingMeanInitializer),
      movingVarianceInitializer: serialized(options.movingVarianceInitializer),
      betaRegularizer: serialized(options.betaRegularizer),
      gammaRegularizer: serialized(options.gammaRegularizer),
      betaConstraint: serialized(options.betaConstraint),
      gammaConstraint: serialized(options.gammaConstraint),
      renorm: options.renorm,
      renormClipping: options.renormClipping,
      renormMomentum: options.renormMomentum,
    };
  }
}

registerLayer('BatchNormalization', BatchNormalization);

/**
 * Brings each channel to mean 0 and variance 1, then applies a learned factor and offset. While training the batch's own statistics are used
 * and moving averages follow them; otherwise the averages are used, also where the layer is not trainable.
 * Source: Keras 3, keras.layers.BatchNormalization.
 *
 * Shapes: the output has the shape of the input. Weights: gamma, beta, moving_mean, moving_variance, each [channels]; with `renorm` also
 * moving_stddev, renorm_mean, renorm_stddev.
 *
 * @example
 * layers.batchNormalization();
 * layers.batchNormalization({ momentum: 0.9, scale: false });
 */
export function batchNormalization(options?: BatchNormalizationOptions): BatchNormalization<SameShape<'batchNormalization'>> {
  return new BatchNormalization(options);
}
