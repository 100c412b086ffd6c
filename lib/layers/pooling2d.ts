/** Pooling of images: the greatest or the mean of each window. */
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, type Read, readOptions } from '../options/index.js';
import { pair } from '../options/readers.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Pool2dShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, imageOf, imageShape, type Padding, type Pair, type PairLike, slide } from './window.js';

/** Options of `layers.maxPooling2d` and `layers.averagePooling2d`. */
export interface Pooling2dOptions<
  Z extends PairLike = PairLike,
  S extends PairLike = PairLike,
  P extends Padding = Padding,
  F extends DataFormat = DataFormat,
> extends LayerOptions {
  /** Height and width of the windows; 2. */
  poolSize?: Z;
  /** Steps of the windows; the pool size. */
  strides?: S | null;
  padding?: P;
  dataFormat?: F;
}

const readers = {
  ...layerReaders,
  poolSize: optional(pair(), [2, 2]),
  strides: (value: unknown, where: string): Pair | null => (value === undefined || value === null ? null : pair()(value, where)),
  padding: optional(oneOf('valid', 'same'), 'valid' as const),
  dataFormat: dataFormatReader,
};

/** What both poolings share. */
export abstract class Pooling2D<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly options: Read<typeof readers> & { strides: Pair };

  constructor(kind: string, options?: Pooling2dOptions) {
    const read = readOptions(kind, options, readers);
    super(common(read));
    this.options = { ...read, strides: read.strides ?? read.poolSize };
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { poolSize, strides, padding, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const image = imageOf(this.kind, shape, dataFormat);
    return imageShape({ ...image, ...slide(this.kind, 'pool', shape, image, { size: poolSize, strides, padding }) }, dataFormat);
  }

  override getConfig(): Config {
    const { poolSize, strides, padding, dataFormat } = this.options;
    return { ...super.getConfig(), poolSize, padding, strides, dataFormat };
  }
}

/** The greatest of each window. */
export class MaxPooling2D<F extends ShapeFn = AnyShape> extends Pooling2D<F> {
  constructor(options?: Pooling2dOptions) {
    super('maxPooling2d', options);
  }

  override get className(): string {
    return 'MaxPooling2D';
  }

  override call(x: Tensor): Tensor {
    const { poolSize, strides, padding, dataFormat } = this.options;
    return ops.maxPool2d(x, { poolSize, strides, padding, dataFormat }, 'maxPooling2d');
  }
}

/** The mean of each window; padding does not count. */
export class AveragePooling2D<F extends ShapeFn = AnyShape> extends Pooling2D<F> {
  constructor(options?: Pooling2dOptions) {
    super('averagePooling2d', options);
  }

  override get className(): string {
    return 'AveragePooling2D';
  }

  override call(x: Tensor): Tensor {
    const { poolSize, strides, padding, dataFormat } = this.options;
    return ops.avgPool2d(x, { poolSize, strides, padding, dataFormat }, 'averagePooling2d');
  }
}

registerLayer('MaxPooling2D', MaxPooling2D);
registerLayer('AveragePooling2D', AveragePooling2D);

/**
 * The greatest of each window of an image. Source: Keras 3, keras.layers.MaxPooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, channels]. A ShapeError for what is no image, or smaller than
 * the window.
 *
 * @example
 * layers.maxPooling2d();                       // windows of 2x2, side by side
 * layers.maxPooling2d(3, { strides: 2 });
 */
export function maxPooling2d<
  const Z extends PairLike = 2,
  const S extends PairLike = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling2dOptions<Z, S, P, F>, 'poolSize'>): MaxPooling2D<Pool2dShape<'maxPooling2d', Z, S, P, F>>;
export function maxPooling2d<
  const Z extends PairLike = 2,
  const S extends PairLike = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling2dOptions<Z, S, P, F>): MaxPooling2D<Pool2dShape<'maxPooling2d', Z, S, P, F>>;
export function maxPooling2d(poolSize?: PairLike | Pooling2dOptions, options?: object): MaxPooling2D {
  return new MaxPooling2D(shortForm<Pooling2dOptions>(poolSize, 'poolSize', options));
}

/**
 * The mean of each window of an image; padding does not count. Source: Keras 3, keras.layers.AveragePooling2D.
 *
 * Shapes: as for `maxPooling2d`.
 *
 * @example
 * layers.averagePooling2d(2);
 */
export function averagePooling2d<
  const Z extends PairLike = 2,
  const S extends PairLike = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling2dOptions<Z, S, P, F>, 'poolSize'>): AveragePooling2D<Pool2dShape<'averagePooling2d', Z, S, P, F>>;
export function averagePooling2d<
  const Z extends PairLike = 2,
  const S extends PairLike = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling2dOptions<Z, S, P, F>): AveragePooling2D<Pool2dShape<'averagePooling2d', Z, S, P, F>>;
export function averagePooling2d(poolSize?: PairLike | Pooling2dOptions, options?: object): AveragePooling2D {
  return new AveragePooling2D(shortForm<Pooling2dOptions>(poolSize, 'poolSize', options));
}
