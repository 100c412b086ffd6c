/** Layer, root mean square and unit normalisation: each sample by itself. */
import { ShapeError } from '../errors.js';
import { initializer } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { axes, type Config, optional, type Read, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { betaWeight, gammaWeight, scaleConfig, type ScaleOptions, scaleReaders } from './scale-options.js';
import { type BatchShape, normalAxis, type Shapes } from './symbolic.js';
import type { Weight } from './weight.js';

/** The axes that are normalised, counting the batch as 0; the last. */
export interface NormalizedAxes {
  axis?: number | readonly number[];
}

/** Options of `layers.layerNormalization`. */
export interface LayerNormalizationOptions extends LayerOptions, NormalizedAxes, ScaleOptions {}

/** Options of `layers.rmsNormalization`. */
export interface RMSNormalizationOptions extends LayerOptions, NormalizedAxes {
  /** What is added to the mean square; 1e-6. */
  epsilon?: number;
}

/** Options of `layers.unitNormalization`. */
export interface UnitNormalizationOptions extends LayerOptions, NormalizedAxes {}

const axisReaders = { ...layerReaders, axis: optional(axes, -1) };
const layerNormReaders = { ...axisReaders, ...scaleReaders, epsilon: optional(real({ low: 0 }), 1e-3) };
const rmsReaders = { ...axisReaders, epsilon: optional(real({ low: 0 }), 1e-6) };

/** What the three have in common: their axes. */
abstract class OverAxes<F extends ShapeFn> extends Layer<F> {
  protected readonly axis: number | readonly number[];
  private lengths: readonly number[] | undefined;

  constructor(options: LayerOptions, axis: number | readonly number[]) {
    super(options);
    this.axis = axis;
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  private axesOf(shape: BatchShape): number[] {
    return [this.axis]
      .flat()
      .map((axis) => normalAxis(this.kind, axis, shape))
      .sort((a, b) => a - b);
  }

  /** Lengths of the axes, which weights need to know. */
  protected lengthsOf(shape: BatchShape): number[] {
    return (this.lengths = this.axesOf(shape).map((axis) => {
      const length = shape[axis];
      if (typeof length === 'number') return length;
      throw new ShapeError({
        where: this.kind,
        expected: 'normalised axes of known length',
        received: `[${shape
          .slice(1)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
        hint: 'give these axes of the input shape as numbers',
      });
    }));
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    this.axesOf(shape).forEach((axis, i) => this.expectAxis(shape, axis, this.lengths?.[i], `elements along axis ${axis}`));
    return shape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** Each sample to mean 0 and variance 1. */
export class LayerNormalization<F extends ShapeFn = AnyShape> extends OverAxes<F> {
  private readonly options: Read<typeof layerNormReaders>;
  private gamma: Weight | undefined;
  private beta: Weight | undefined;

  constructor(options?: LayerNormalizationOptions) {
    const read = readOptions('layerNormalization', options, layerNormReaders);
    super(common(read), read.axis);
    this.options = read;
  }

  override get className(): string {
    return 'LayerNormalization';
  }

  override build(inputShape: Shapes): void {
    const lengths = this.lengthsOf(inputShape as BatchShape);
    const [gamma, beta] = [gammaWeight(this.options, lengths), betaWeight(this.options, lengths)];
    if (gamma) this.gamma = this.addWeight(gamma);
    if (beta) this.beta = this.addWeight(beta);
    super.build(inputShape);
  }

  override call(x: Tensor): Tensor {
    const { gamma, beta, axis } = this;
    return ops.layerNormalization(x, { gamma, beta, axis: sorted(axis, x.rank), epsilon: this.options.epsilon });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), epsilon: this.options.epsilon, ...scaleConfig(this.options) };
  }
}

/** Each sample to a mean square of 1. */
export class RMSNormalization<F extends ShapeFn = AnyShape> extends OverAxes<F> {
  private readonly epsilon: number;
  private factor!: Weight;

  constructor(options?: RMSNormalizationOptions) {
    const read = readOptions('rmsNormalization', options, rmsReaders);
    super(common(read), read.axis);
    this.epsilon = read.epsilon;
  }

  override get className(): string {
    return 'RMSNormalization';
  }

  override build(inputShape: Shapes): void {
    this.factor = this.addWeight({
      name: 'scale',
      shape: this.lengthsOf(inputShape as BatchShape),
      initializer: initializer('ones', 'rmsNormalization'),
    });
    super.build(inputShape);
  }

  override call(x: Tensor): Tensor {
    return ops.rmsNormalization(x, { scale: this.factor, axis: sorted(this.axis, x.rank), epsilon: this.epsilon });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

/** Each sample to a norm of 1. */
export class UnitNormalization<F extends ShapeFn = AnyShape> extends OverAxes<F> {
  constructor(options?: UnitNormalizationOptions) {
    const read = readOptions('unitNormalization', options, axisReaders);
    super(common(read), read.axis);
  }

  override get className(): string {
    return 'UnitNormalization';
  }

  override call(x: Tensor): Tensor {
    const squares = ops.sum(ops.square(x), { axis: this.axis, keepdims: true });
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)));
  }
}

/** Weights have the axes in ascending order, whatever order they were given in. */
function sorted(axis: number | readonly number[], rank: number): number[] {
  return [axis]
    .flat()
    .map((one) => (one < 0 ? one + rank : one))
    .sort((a, b) => a - b);
}

registerLayer('LayerNormalization', LayerNormalization);
registerLayer('RMSNormalization', RMSNormalization);
registerLayer('UnitNormalization', UnitNormalization);

/**
 * Brings each sample to mean 0 and variance 1 along the axes, then applies a learned factor and offset.
 * Source: Keras 3, keras.layers.LayerNormalization.
 *
 * Shapes: the output has the shape of the input. Weights: gamma, beta, of the lengths of the axes.
 *
 * @example
 * layers.layerNormalization({ epsilon: 1e-6 });
 */
export function layerNormalization(options?: LayerNormalizationOptions): LayerNormalization<SameShape<'layerNormalization'>> {
  return new LayerNormalization(options);
}

/**
 * Divides each sample by the root of its mean square along the axes and multiplies with a learned factor.
 * Source: Keras 3, keras.layers.RMSNormalization.
 *
 * Shapes: the output has the shape of the input. Weights: scale, of the lengths of the axes.
 *
 * @example
 * layers.rmsNormalization();
 */
export function rmsNormalization(options?: RMSNormalizationOptions): RMSNormalization<SameShape<'rmsNormalization'>> {
  return new RMSNormalization(options);
}

/**
 * Divides each sample by its Euclidean norm along the axes. Source: Keras 3, keras.layers.UnitNormalization.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.unitNormalization({ axis: [1, 2] });
 */
export function unitNormalization(options?: UnitNormalizationOptions): UnitNormalization<SameShape<'unitNormalization'>> {
  return new UnitNormalization(options);
}
