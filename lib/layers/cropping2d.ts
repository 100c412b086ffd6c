/** Margins off images. */
import type { CroppingShape, Margins } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Cropping } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.cropping2d`. */
export interface Cropping2dOptions<P extends Margins<2> = Margins<2>, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]; 0. */
  cropping?: P;
  dataFormat?: F;
}

/** Without a margin. */
export class Cropping2D<F extends ShapeFn = AnyShape> extends Cropping<F> {
  constructor(options?: Cropping2dOptions) {
    super('cropping2d', 2, options);
  }

  override get className(): string {
    return 'Cropping2D';
  }
}

registerLayer('Cropping2D', Cropping2D);

/**
 * Cuts margins off images. Source: Keras 3, keras.layers.Cropping2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, height - top - bottom, width - left - right, channels]. A ShapeError where nothing is left.
 *
 * @example
 * layers.cropping2d(2);
 * layers.cropping2d([[1, 0], [0, 2]]);
 */
export function cropping2d<const P extends Margins<2> = 0, const F extends DataFormat = 'channelsLast'>(
  cropping?: P,
  options?: Omit<Cropping2dOptions<P, F>, 'cropping'>,
): Cropping2D<CroppingShape<'cropping2d', 2, P, F>>;
export function cropping2d<const P extends Margins<2> = 0, const F extends DataFormat = 'channelsLast'>(
  options: Cropping2dOptions<P, F>,
): Cropping2D<CroppingShape<'cropping2d', 2, P, F>>;
export function cropping2d(cropping?: Margins<2> | Cropping2dOptions, options?: object): Cropping2D {
  return new Cropping2D(shortForm<Cropping2dOptions>(cropping, 'cropping', options));
}
