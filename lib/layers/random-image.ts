/** What random changes of images share: only while training, for each sample by itself, from the layer's or the library's random numbers. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, nullable, oneOf, optional, type Read, type Reader, real } from '../options/index.js';
import { seed } from '../options/readers.js';
import { globalRandom, RandomState } from '../random/state.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf } from './window.js';

/** Options of all random changes of images. */
export interface RandomImageOptions<F extends DataFormat = DataFormat> extends LayerOptions {
  /** Makes the layer's numbers the same every time; without it they come from `utils.setRandomSeed`. */
  seed?: number | null;
  dataFormat?: F;
}

export const randomImageReaders = { ...layerReaders, seed: nullable(seed), dataFormat: dataFormatReader };

/** A number f for [-f, f], or [lowest, highest]. */
export type Range = number | readonly [number, number];

/** A range of factors within bounds. */
export function range(low: number, high: number, exclusive = false): Reader<Range> {
  return (value, where) => {
    const both: readonly unknown[] = Array.isArray(value) ? value : [value];
    const fits = (one: unknown): boolean => typeof one === 'number' && (exclusive ? one > low : one >= low) && one <= high;
    if (both.length === (Array.isArray(value) ? 2 : 1) && both.every(fits)) return value as Range;
    throw new ArgumentError({
      where,
      expected: `a number, or [lowest, highest], ${exclusive ? `above ${low} and` : `from ${low}`} to ${high}`,
      received: describe(value),
    });
  };
}

/** Lowest and highest of a range. */
export function bounds(given: Range): readonly [number, number] {
  if (typeof given === 'number') return [-Math.abs(given), Math.abs(given)];
  return given[0] <= given[1] ? given : [given[1], given[0]];
}

/** The batch axis, with as many axes of 1 behind it as images have. */
const EACH = [1, 1, 1] as const;

/** Images that training sees changed; inference sees them as they are. */
export abstract class RandomImage<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly dataFormat: DataFormat;
  protected readonly seed: number | null;
  private random: RandomState;

  constructor(read: Read<typeof randomImageReaders>) {
    super(common(read));
    this.dataFormat = read.dataFormat;
    this.seed = read.seed;
    this.random = read.seed === null ? globalRandom : new RandomState(read.seed);
  }

  protected override get casts(): 'all' | 'none' {
    return 'all';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    gridOf(this.kind, inputShape, this.dataFormat, 2);
    return inputShape as BatchShape;
  }

  /** The changed images. */
  protected abstract augment(x: Tensor): Tensor;

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    return training ? this.augment(x) : x;
  }

  /** The axes of height and width. */
  protected get sides(): readonly [number, number] {
    return this.dataFormat === 'channelsFirst' ? [2, 3] : [1, 2];
  }

  /** Numbers of any shape between two. */
  protected uniform(x: Tensor, shape: readonly number[], low: number, high: number): Tensor {
    return ops.random.uniform(shape, { minval: low, maxval: high, dtype: x.dtype, seed: this.random });
  }

  /** One number a sample, [batch, 1, 1, 1]. */
  protected draw(x: Tensor, low: number, high: number): Tensor {
    return this.uniform(x, [x.shape[0]!, ...EACH], low, high);
  }

  /** True for each image with a probability of its own, drawn from a range: [batch, 1, 1, 1]. */
  protected chosen(x: Tensor, [low, high]: readonly [number, number]): Tensor {
    return ops.less(this.draw(x, 0, 1), low === high ? low : this.draw(x, low, high));
  }

  /** Where other distributions are drawn from. */
  protected get source(): { seed: RandomState } {
    return { seed: this.random };
  }

  /** Makes another layer, which is a part of this one, draw from the same numbers: with a seed of its own it would repeat them. */
  protected adopt<L extends Layer>(part: L): L {
    if (part instanceof RandomImage) part.random = this.random;
    return part;
  }

  /** Standard normal numbers of the shape of images. */
  protected noise(x: Tensor): Tensor {
    return ops.random.normal(x.shape, { dtype: x.dtype, seed: this.random });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), seed: this.seed, dataFormat: this.dataFormat };
  }
}

/** Options of what moves pixels: how those between pixels and beyond the border are made. */
export interface MovedImageOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** Beyond the border: mirrored ('reflect', the default), the other side ('wrap'), `fillValue` ('constant'), or the border's pixel. */
  fillMode?: 'reflect' | 'wrap' | 'constant' | 'nearest';
  interpolation?: 'nearest' | 'bilinear';
  fillValue?: number;
}

export const movedImageReaders = {
  ...randomImageReaders,
  fillMode: optional(oneOf('reflect', 'wrap', 'constant', 'nearest'), 'reflect' as const),
  interpolation: optional(oneOf('nearest', 'bilinear'), 'bilinear' as const),
  fillValue: optional(real(), 0),
};

/** Images whose pixels move by an affine transform of each sample. */
export abstract class MovedImage<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  constructor(private readonly moved: Read<typeof movedImageReaders>) {
    super(moved);
  }

  /**
   * For an image of height h and width w the numbers a0, a1, a2, b0, b1, b2: the pixel (x, y) becomes what stood at
   * (a0 x + a1 y + a2, b0 x + b1 y + b2). Tensors are [batch, 1, 1, 1].
   */
  protected abstract transform(x: Tensor, h: number, w: number): readonly (Tensor | number)[];

  /** @internal The transforms of all images, [batch, 8], as `ops.image.affineTransform` takes them. */
  transforms(x: Tensor): Tensor {
    const [h, w] = this.sides.map((axis) => x.shape[axis]!) as [number, number];
    const batch = x.shape[0]!;
    const column = (value: Tensor | number): Tensor =>
      typeof value === 'number' ? ops.full([batch, 1], value, x.dtype) : ops.reshape(value, [batch, 1]);
    return ops.concatenate([...this.transform(x, h, w), 0, 0].map(column), { axis: 1 });
  }

  protected override augment(x: Tensor): Tensor {
    const { interpolation, fillMode, fillValue } = this.moved;
    return ops.image.affineTransform(x, this.transforms(x), { interpolation, fillMode, fillValue, dataFormat: this.dataFormat });
  }

  override getConfig(): Config {
    const { fillMode, interpolation, fillValue } = this.moved;
    return { ...super.getConfig(), fillMode, interpolation, fillValue };
  }
}
