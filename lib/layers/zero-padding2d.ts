/** Zeros around images. */
import type { Margins, ZeroPaddingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { ZeroPadding } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.zeroPadding2d`. */
export interface ZeroPadding2dOptions<P extends Margins<2> = Margins<2>, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]; 1. */
  padding?: P;
  dataFormat?: F;
}

/** A frame of zeros. */
export class ZeroPadding2D<F extends ShapeFn = AnyShape> extends ZeroPadding<F> {
  constructor(options?: ZeroPadding2dOptions) {
    super('zeroPadding2d', 2, options);
  }

  override get className(): string {
    return 'ZeroPadding2D';
  }
}

registerLayer('ZeroPadding2D', ZeroPadding2D);

/**
 * Puts zeros around images: one on each side by default. Source: Keras 3, keras.layers.ZeroPadding2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, height + top + bottom, width + left + right, channels].
 *
 * @example
 * layers.zeroPadding2d();
 * layers.zeroPadding2d([[1, 0], [0, 2]]);
 */
export function zeroPadding2d<const P extends Margins<2> = 1, const F extends DataFormat = 'channelsLast'>(
  padding?: P,
  options?: Omit<ZeroPadding2dOptions<P, F>, 'padding'>,
): ZeroPadding2D<ZeroPaddingShape<'zeroPadding2d', 2, P, F>>;
export function zeroPadding2d<const P extends Margins<2> = 1, const F extends DataFormat = 'channelsLast'>(
  options: ZeroPadding2dOptions<P, F>,
): ZeroPadding2D<ZeroPaddingShape<'zeroPadding2d', 2, P, F>>;
export function zeroPadding2d(padding?: Margins<2> | ZeroPadding2dOptions, options?: object): ZeroPadding2D {
  return new ZeroPadding2D(shortForm<ZeroPadding2dOptions>(padding, 'padding', options));
}
