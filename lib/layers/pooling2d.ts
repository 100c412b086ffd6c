/** Pooling of images: the greatest or the mean of each window. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { PoolShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Pooling } from './pooling.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.maxPooling2d` and `layers.averagePooling2d`. */
export interface Pooling2dOptions<
  Z extends Pair = Pair,
  S extends Pair = Pair,
  P extends Padding = Padding,
  F extends DataFormat = DataFormat,
> extends LayerOptions {
  /** Size of the windows; 2. */
  poolSize?: Z;
  /** Steps of the windows; the pool size. */
  strides?: S | null;
  padding?: P;
  dataFormat?: F;
}

/** The greatest of each window. */
export class MaxPooling2D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling2dOptions) {
    super('maxPooling2d', 2, 'max', options);
  }

  override get className(): string {
    return 'MaxPooling2D';
  }
}

registerLayer('MaxPooling2D', MaxPooling2D);

/** The mean of each window; padding does not count. */
export class AveragePooling2D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling2dOptions) {
    super('averagePooling2d', 2, 'mean', options);
  }

  override get className(): string {
    return 'AveragePooling2D';
  }
}

registerLayer('AveragePooling2D', AveragePooling2D);

/**
 * The greatest of each window of an image. Source: Keras 3, keras.layers.MaxPooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, channels]. A ShapeError for what is no image, or smaller than
 * the window.
 *
 * @example
 * layers.maxPooling2d();                       // windows of 2, side by side
 * layers.maxPooling2d(3, { strides: 2 });
 */
export function maxPooling2d<
  const Z extends Pair = 2,
  const S extends Pair = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling2dOptions<Z, S, P, F>, 'poolSize'>): MaxPooling2D<PoolShape<'maxPooling2d', 2, Z, S, P, F>>;
export function maxPooling2d<
  const Z extends Pair = 2,
  const S extends Pair = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling2dOptions<Z, S, P, F>): MaxPooling2D<PoolShape<'maxPooling2d', 2, Z, S, P, F>>;
export function maxPooling2d(poolSize?: Pair | Pooling2dOptions, options?: object): MaxPooling2D {
  return new MaxPooling2D(shortForm<Pooling2dOptions>(poolSize, 'poolSize', options));
}

/**
 * The mean of each window of an image; padding does not count. Source: Keras 3, keras.layers.AveragePooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, channels]. A ShapeError for what is no image, or smaller than
 * the window.
 *
 * @example
 * layers.averagePooling2d();                       // windows of 2, side by side
 * layers.averagePooling2d(3, { strides: 2 });
 */
export function averagePooling2d<
  const Z extends Pair = 2,
  const S extends Pair = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling2dOptions<Z, S, P, F>, 'poolSize'>): AveragePooling2D<PoolShape<'averagePooling2d', 2, Z, S, P, F>>;
export function averagePooling2d<
  const Z extends Pair = 2,
  const S extends Pair = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling2dOptions<Z, S, P, F>): AveragePooling2D<PoolShape<'averagePooling2d', 2, Z, S, P, F>>;
export function averagePooling2d(poolSize?: Pair | Pooling2dOptions, options?: object): AveragePooling2D {
  return new AveragePooling2D(shortForm<Pooling2dOptions>(poolSize, 'poolSize', options));
}
