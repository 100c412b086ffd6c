/** Pooling of sequences: the greatest or the mean of each window. */
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { PoolShape, Single } from '../types/grid.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Pooling } from './pooling.js';
import { registerLayer } from './registry.js';
import type { Padding } from './window.js';

/** Options of `layers.maxPooling1d` and `layers.averagePooling1d`. */
export interface Pooling1dOptions<
  Z extends Single = Single,
  S extends Single = Single,
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
export class MaxPooling1D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling1dOptions) {
    super('maxPooling1d', 1, 'max', options);
  }

  override get className(): string {
    return 'MaxPooling1D';
  }
}

registerLayer('MaxPooling1D', MaxPooling1D);

/** The mean of each window; padding does not count. */
export class AveragePooling1D<F extends ShapeFn = AnyShape> extends Pooling<F> {
  constructor(options?: Pooling1dOptions) {
    super('averagePooling1d', 1, 'mean', options);
  }

  override get className(): string {
    return 'AveragePooling1D';
  }
}

registerLayer('AveragePooling1D', AveragePooling1D);

/**
 * The greatest of each window of a sequence. Source: Keras 3, keras.layers.MaxPooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, channels]. A ShapeError for what is no sequence, or smaller than
 * the window.
 *
 * @example
 * layers.maxPooling1d();                       // windows of 2, side by side
 * layers.maxPooling1d(3, { strides: 2 });
 */
export function maxPooling1d<
  const Z extends Single = 2,
  const S extends Single = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling1dOptions<Z, S, P, F>, 'poolSize'>): MaxPooling1D<PoolShape<'maxPooling1d', 1, Z, S, P, F>>;
export function maxPooling1d<
  const Z extends Single = 2,
  const S extends Single = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling1dOptions<Z, S, P, F>): MaxPooling1D<PoolShape<'maxPooling1d', 1, Z, S, P, F>>;
export function maxPooling1d(poolSize?: Single | Pooling1dOptions, options?: object): MaxPooling1D {
  return new MaxPooling1D(shortForm<Pooling1dOptions>(poolSize, 'poolSize', options));
}

/**
 * The mean of each window of a sequence; padding does not count. Source: Keras 3, keras.layers.AveragePooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, newSteps, channels]. A ShapeError for what is no sequence, or smaller than
 * the window.
 *
 * @example
 * layers.averagePooling1d();                       // windows of 2, side by side
 * layers.averagePooling1d(3, { strides: 2 });
 */
export function averagePooling1d<
  const Z extends Single = 2,
  const S extends Single = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(poolSize?: Z, options?: Omit<Pooling1dOptions<Z, S, P, F>, 'poolSize'>): AveragePooling1D<PoolShape<'averagePooling1d', 1, Z, S, P, F>>;
export function averagePooling1d<
  const Z extends Single = 2,
  const S extends Single = Z,
  const P extends Padding = 'valid',
  const F extends DataFormat = 'channelsLast',
>(options: Pooling1dOptions<Z, S, P, F>): AveragePooling1D<PoolShape<'averagePooling1d', 1, Z, S, P, F>>;
export function averagePooling1d(poolSize?: Single | Pooling1dOptions, options?: object): AveragePooling1D {
  return new AveragePooling1D(shortForm<Pooling1dOptions>(poolSize, 'poolSize', options));
}
