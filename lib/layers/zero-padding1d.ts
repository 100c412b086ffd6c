/** Zeros around sequences. */
import type { Margins, ZeroPaddingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { ZeroPadding } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.zeroPadding1d`. */
export interface ZeroPadding1dOptions<P extends Margins<1> = Margins<1>, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for both ends, or [before, after]; 1. */
  padding?: P;
  dataFormat?: F;
}

/** A frame of zeros. */
export class ZeroPadding1D<F extends ShapeFn = AnyShape> extends ZeroPadding<F> {
  constructor(options?: ZeroPadding1dOptions) {
    super('zeroPadding1d', 1, options);
  }

  override get className(): string {
    return 'ZeroPadding1D';
  }
}

registerLayer('ZeroPadding1D', ZeroPadding1D);

/**
 * Puts zeros around sequences: one on each side by default. Source: Keras 3, keras.layers.ZeroPadding1D.
 *
 * Shapes: [batch, steps, channels] to [batch, before + steps + after, channels].
 *
 * @example
 * layers.zeroPadding1d([2, 0]);
 */
export function zeroPadding1d<const P extends Margins<1> = 1, const F extends DataFormat = 'channelsLast'>(
  padding?: P,
  options?: Omit<ZeroPadding1dOptions<P, F>, 'padding'>,
): ZeroPadding1D<ZeroPaddingShape<'zeroPadding1d', 1, P, F>>;
export function zeroPadding1d<const P extends Margins<1> = 1, const F extends DataFormat = 'channelsLast'>(
  options: ZeroPadding1dOptions<P, F>,
): ZeroPadding1D<ZeroPaddingShape<'zeroPadding1d', 1, P, F>>;
export function zeroPadding1d(padding?: Margins<1> | ZeroPadding1dOptions, options?: object): ZeroPadding1D {
  return new ZeroPadding1D(shortForm<ZeroPadding1dOptions>(padding, 'padding', options));
}
