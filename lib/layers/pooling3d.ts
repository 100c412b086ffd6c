/** Pooling of volumes: the greatest or the mean of each window. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { PoolShape, Triple } from '../types/grid.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Pooling } from './pooling.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.maxPooling3d` and `layers.averagePooling3d`. */
export interface Pooling3dOptions<
  Z extends Triple = Triple,
  S extends Triple = Triple,
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
export class MaxPooling3D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling3dOptions) {
    super('maxPooling3d', 3, 'max', options);
  }

  override get className(): string {
    return 'MaxPooling3D';
  }
}

registerLayer('MaxPooling3D', MaxPooling3D);

/** The mean of each window; padding does not count. */
export class AveragePooling3D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling3dOptions) {
    super('averagePooling3d', 3, 'mean', options);
  }

  override get className(): string {
    return 'AveragePooling3D';
  }
}

registerLayer('AveragePooling3D', AveragePooling3D);

/**
 * The greatest of each window of a volume. Source: Keras 3, keras.layers.MaxPooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, newDepth, newHeight, newWidth, channels]. A ShapeError for what is no volume, or smaller than
 * the window.
 *
 * @example
 * layers.maxPooling3d();                       // windows of 2, side by side
 * layers.maxPooling3d(3, { strides: 2 });
 */
export function maxPooling3d<
  const Z extends Triple = 2,
  const S extends Triple = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling3dOptions<Z, S, P, F>, 'poolSize'>): MaxPooling3D<PoolShape<'maxPooling3d', 3, Z, S, P, F>>;
export function maxPooling3d<
  const Z extends Triple = 2,
  const S extends Triple = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling3dOptions<Z, S, P, F>): MaxPooling3D<PoolShape<'maxPooling3d', 3, Z, S, P, F>>;
export function maxPooling3d(poolSize?: Triple | Pooling3dOptions, options?: object): MaxPooling3D {
  return new MaxPooling3D(shortForm<Pooling3dOptions>(poolSize, 'poolSize', options));
}

/**
 * The mean of each window of a volume; padding does not count. Source: Keras 3, keras.layers.AveragePooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, newDepth, newHeight, newWidth, channels]. A ShapeError for what is no volume, or smaller than
 * the window.
 *
 * @example
 * layers.averagePooling3d();                       // windows of 2, side by side
 * layers.averagePooling3d(3, { strides: 2 });
 */
export function averagePooling3d<
  const Z extends Triple = 2,
  const S extends Triple = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling3dOptions<Z, S, P, F>, 'poolSize'>): AveragePooling3D<PoolShape<'averagePooling3d', 3, Z, S, P, F>>;
export function averagePooling3d<
  const Z extends Triple = 2,
  const S extends Triple = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling3dOptions<Z, S, P, F>): AveragePooling3D<PoolShape<'averagePooling3d', 3, Z, S, P, F>>;
export function averagePooling3d(poolSize?: Triple | Pooling3dOptions, options?: object): AveragePooling3D {
  return new AveragePooling3D(shortForm<Pooling3dOptions>(poolSize, 'poolSize', options));
}
