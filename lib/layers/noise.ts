/** Noise while training, in the ways that are not plain dropout. */
import { ShapeError } from '../errors.js';
import { globalRandom, RandomState } from '../random/state.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, oneOf, readOptions, real, seed } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { type DataFormat, imageDataFormat } from './defaults.js';
import { noise, type DropoutOptions } from './dropout.js';
import { shortForm } from './kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.gaussianDropout` and `layers.spatialDropout1d`. */
export interface RateOptions extends LayerOptions {
  /** From 0 to below 1. */
  rate: number;
  seed?: number | null;
}

/** Options of `layers.gaussianNoise`. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** Standard deviation of what is added. */
  stddev: number;
  seed?: number | null;
}

/** Options of `layers.spatialDropout2d` and `layers.spatialDropout3d`. */
export interface SpatialDropoutOptions extends RateOptions {
  dataFormat?: DataFormat | null;
}

const seeded = { ...layerReaders, seed: nullable(seed) };
const rated = { ...seeded, rate: real({ low: 0, below: 1 }) };

/** A layer that does nothing but while training, and keeps shapes. */
abstract class NoiseLayer<F extends ShapeFn> extends Layer<F> {
  private readonly given: number | null;
  protected readonly random: RandomState;

  constructor(options: LayerOptions & { seed: number | null }) {
    super(common(options));
    this.given = options.seed;
    this.random = options.seed === null ? globalRandom : new RandomState(options.seed);
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return inputShape as BatchShape;
  }

  /** What training makes of the input. */
  protected abstract noisy(x: Tensor): Tensor;

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    return training ? this.noisy(x) : x;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), seed: this.given };
  }
}

/** Adds normally distributed numbers. */
export class GaussianNoise<F extends ShapeFn = AnyShape> extends NoiseLayer<F> {
  private readonly stddev: number;

  constructor(options: GaussianNoiseOptions) {
    const read = readOptions('gaussianNoise', options, { ...seeded, stddev: real({ low: 0 }) });
    super(read);
    this.stddev = read.stddev;
  }

  override get className(): string {
    return 'GaussianNoise';
  }

  protected noisy(x: Tensor): Tensor {
    const { stddev, random } = this;
    return stddev === 0 ? x : ops.add(x, ops.random.normal(x.shape, { stddev, dtype: x.dtype, seed: random }));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), stddev: this.stddev };
  }
}

/** Multiplies with normally distributed numbers around 1. */
export class GaussianDropout<F extends ShapeFn = AnyShape> extends NoiseLayer<F> {
  private readonly rate: number;

  constructor(options: RateOptions) {
    const read = readOptions('gaussianDropout', options, rated);
    super(read);
    this.rate = read.rate;
  }

  override get className(): string {
    return 'GaussianDropout';
  }

  protected noisy(x: Tensor): Tensor {
    if (this.rate === 0) return x;
    const stddev = Math.sqrt(this.rate / (1 - this.rate));
    return ops.multiply(x, ops.random.normal(x.shape, { mean: 1, stddev, dtype: x.dtype, seed: this.random }));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate };
  }
}

/** The value that selu has far below 0. */
const LOWEST = -1.6732632423543772 * 1.0507009873554805;

/** Dropout that keeps mean and variance of what selu gives. */
export class AlphaDropout<F extends ShapeFn = AnyShape> extends NoiseLayer<F> {
  private readonly rate: number;
  private readonly noiseShape: readonly (number | null)[] | null;

  constructor(options: DropoutOptions) {
    const read = readOptions('alphaDropout', options, { ...rated, noiseShape: nullable(noise) });
    super(read);
    this.rate = read.rate;
    this.noiseShape = read.noiseShape;
  }

  override get className(): string {
    return 'AlphaDropout';
  }

  protected noisy(x: Tensor): Tensor {
    const { rate, noiseShape } = this;
    if (rate === 0) return x;
    const shape = noiseShape ? noiseShape.map((dim, i) => dim ?? x.shape[i]!) : x.shape;
    const kept = ops.greaterEqual(ops.random.uniform(shape, { dtype: x.dtype, seed: this.random }), rate);
    const factor = ((1 - rate) * (1 + rate * LOWEST ** 2)) ** -0.5;
    return ops.add(ops.multiply(ops.where(kept, x, LOWEST), factor), -factor * LOWEST * rate);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate, noiseShape: this.noiseShape };
  }
}

/** Drops whole channels. */
abstract class SpatialDropout<F extends ShapeFn> extends NoiseLayer<F> {
  private readonly rate: number;

  constructor(
    read: LayerOptions & { rate: number; seed: number | null },
    private readonly dimensions: number,
    protected readonly dataFormat: DataFormat,
  ) {
    super(read);
    this.rate = read.rate;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    if (shape.length === this.dimensions + 2) return shape;
    throw new ShapeError({
      where: this.kind,
      expected: `an input of rank ${this.dimensions + 1} beside the batch`,
      received: `[${shape
        .slice(1)
        .map((dim) => dim ?? '?')
        .join(', ')}]`,
    });
  }

  protected noisy(x: Tensor): Tensor {
    if (this.rate === 0) return x;
    const channel = this.dataFormat === 'channelsLast' ? x.rank - 1 : 1;
    const noiseShape = x.shape.map((dim, i) => (i === 0 || i === channel ? dim : 1));
    return ops.random.dropout(x, this.rate, { noiseShape, seed: this.random });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rate: this.rate };
  }
}

export class SpatialDropout1D<F extends ShapeFn = AnyShape> extends SpatialDropout<F> {
  constructor(options: RateOptions) {
    super(readOptions('spatialDropout1d', options, rated), 1, 'channelsLast');
  }

  override get className(): string {
    return 'SpatialDropout1D';
  }
}

const format = nullable(oneOf('channelsLast', 'channelsFirst'));

abstract class ImageDropout<F extends ShapeFn> extends SpatialDropout<F> {
  constructor(where: string, options: SpatialDropoutOptions, dimensions: number) {
    const read = readOptions(where, options, { ...rated, dataFormat: format });
    super(read, dimensions, read.dataFormat ?? imageDataFormat());
  }

  override getConfig(): Config {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }
}

export class SpatialDropout2D<F extends ShapeFn = AnyShape> extends ImageDropout<F> {
  constructor(options: SpatialDropoutOptions) {
    super('spatialDropout2d', options, 2);
  }

  override get className(): string {
    return 'SpatialDropout2D';
  }
}

export class SpatialDropout3D<F extends ShapeFn = AnyShape> extends ImageDropout<F> {
  constructor(options: SpatialDropoutOptions) {
    super('spatialDropout3d', options, 3);
  }

  override get className(): string {
    return 'SpatialDropout3D';
  }
}

registerLayer('GaussianNoise', GaussianNoise);
registerLayer('GaussianDropout', GaussianDropout);
registerLayer('AlphaDropout', AlphaDropout);
registerLayer('SpatialDropout1D', SpatialDropout1D);
registerLayer('SpatialDropout2D', SpatialDropout2D);
registerLayer('SpatialDropout3D', SpatialDropout3D);

/**
 * Adds normally distributed numbers of mean 0 while training. Source: Keras 3, keras.layers.GaussianNoise.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.gaussianNoise(0.1);
 */
export function gaussianNoise(stddev: number, options?: Omit<GaussianNoiseOptions, 'stddev'>): GaussianNoise<SameShape<'gaussianNoise'>>;
export function gaussianNoise(options: GaussianNoiseOptions): GaussianNoise<SameShape<'gaussianNoise'>>;
export function gaussianNoise(stddev: number | GaussianNoiseOptions, options?: object): GaussianNoise {
  return new GaussianNoise(shortForm(stddev, 'stddev', options));
}

/**
 * Multiplies with normally distributed numbers of mean 1 and variance rate / (1 - rate) while training.
 * Source: Keras 3, keras.layers.GaussianDropout.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.gaussianDropout(0.3);
 */
export function gaussianDropout(rate: number, options?: Omit<RateOptions, 'rate'>): GaussianDropout<SameShape<'gaussianDropout'>>;
export function gaussianDropout(options: RateOptions): GaussianDropout<SameShape<'gaussianDropout'>>;
export function gaussianDropout(rate: number | RateOptions, options?: object): GaussianDropout {
  return new GaussianDropout(shortForm(rate, 'rate', options));
}

/**
 * Dropout for networks of selu: dropped elements get selu's lowest value, then mean and variance are brought back.
 * Source: Keras 3, keras.layers.AlphaDropout.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.alphaDropout(0.1);
 */
export function alphaDropout(rate: number, options?: Omit<DropoutOptions, 'rate'>): AlphaDropout<SameShape<'alphaDropout'>>;
export function alphaDropout(options: DropoutOptions): AlphaDropout<SameShape<'alphaDropout'>>;
export function alphaDropout(rate: number | DropoutOptions, options?: object): AlphaDropout {
  return new AlphaDropout(shortForm(rate, 'rate', options));
}

/**
 * Drops whole channels of sequences [batch, steps, channels] while training. Source: Keras 3, keras.layers.SpatialDropout1D.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.spatialDropout1d(0.2);
 */
export function spatialDropout1d(rate: number, options?: Omit<RateOptions, 'rate'>): SpatialDropout1D<SameShape<'spatialDropout1d'>>;
export function spatialDropout1d(options: RateOptions): SpatialDropout1D<SameShape<'spatialDropout1d'>>;
export function spatialDropout1d(rate: number | RateOptions, options?: object): SpatialDropout1D {
  return new SpatialDropout1D(shortForm(rate, 'rate', options));
}

/**
 * Drops whole channels of images while training. Source: Keras 3, keras.layers.SpatialDropout2D.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.spatialDropout2d(0.2);
 */
export function spatialDropout2d(
  rate: number,
  options?: Omit<SpatialDropoutOptions, 'rate'>,
): SpatialDropout2D<SameShape<'spatialDropout2d'>>;
export function spatialDropout2d(options: SpatialDropoutOptions): SpatialDropout2D<SameShape<'spatialDropout2d'>>;
export function spatialDropout2d(rate: number | SpatialDropoutOptions, options?: object): SpatialDropout2D {
  return new SpatialDropout2D(shortForm(rate, 'rate', options));
}

/**
 * Drops whole channels of volumes while training. Source: Keras 3, keras.layers.SpatialDropout3D.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.spatialDropout3d(0.2);
 */
export function spatialDropout3d(
  rate: number,
  options?: Omit<SpatialDropoutOptions, 'rate'>,
): SpatialDropout3D<SameShape<'spatialDropout3d'>>;
export function spatialDropout3d(options: SpatialDropoutOptions): SpatialDropout3D<SameShape<'spatialDropout3d'>>;
export function spatialDropout3d(rate: number | SpatialDropoutOptions, options?: object): SpatialDropout3D {
  return new SpatialDropout3D(shortForm(rate, 'rate', options));
}
