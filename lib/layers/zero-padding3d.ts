/** Zeros around volumes. */
import type { Margins, ZeroPaddingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { ZeroPadding } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.zeroPadding3d`. */
export interface ZeroPadding3dOptions<P extends Margins<3> = Margins<3>, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for all sides, one for each axis, or [before, after] for each axis; 1. */
  padding?: P;
  dataFormat?: F;
}

/** A frame of zeros. */
export class ZeroPadding3D<F extends ShapeFn = AnyShape> extends ZeroPadding<F> {
  constructor(options?: ZeroPadding3dOptions) {
    super('zeroPadding3d', 3, options);
  }

  override get className(): string {
    return 'ZeroPadding3D';
  }
}

registerLayer('ZeroPadding3D', ZeroPadding3D);

/**
 * Puts zeros around volumes: one on each side by default. Source: Keras 3, keras.layers.ZeroPadding3D.
 *
 * Shapes: [batch, depth, height, width, channels], each side more by what is added.
 *
 * @example
 * layers.zeroPadding3d([1, 2, 2]);
 */
export function zeroPadding3d<const P extends Margins<3> = 1, const F extends DataFormat = 'channelsLast'>(
  padding?: P,
  options?: Omit<ZeroPadding3dOptions<P, F>, 'padding'>,
): ZeroPadding3D<ZeroPaddingShape<'zeroPadding3d', 3, P, F>>;
export function zeroPadding3d<const P extends Margins<3> = 1, const F extends DataFormat = 'channelsLast'>(
  options: ZeroPadding3dOptions<P, F>,
): ZeroPadding3D<ZeroPaddingShape<'zeroPadding3d', 3, P, F>>;
export function zeroPadding3d(padding?: Margins<3> | ZeroPadding3dOptions, options?: object): ZeroPadding3D {
  return new ZeroPadding3D(shortForm<ZeroPadding3dOptions>(padding, 'padding', options));
}
