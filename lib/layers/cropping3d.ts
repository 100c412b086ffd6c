/** Margins off volumes. */
import type { CroppingShape, Margins } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Cropping } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.cropping3d`. */
export interface Cropping3dOptions<P extends Margins<3> = Margins<3>, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for all sides, one for each axis, or [before, after] for each axis; 1. */
  cropping?: P;
  dataFormat?: F;
}

/** Without a margin. */
export class Cropping3D<F extends ShapeFn = AnyShape> extends Cropping<F> {
  constructor(options?: Cropping3dOptions) {
    super('cropping3d', 3, options);
  }

  override get className(): string {
    return 'Cropping3D';
  }
}

registerLayer('Cropping3D', Cropping3D);

/**
 * Cuts margins off volumes. Source: Keras 3, keras.layers.Cropping3D.
 *
 * Shapes: [batch, depth, height, width, channels], each side less what is cut off. A ShapeError where nothing is left.
 *
 * @example
 * layers.cropping3d([1, 2, 2]);
 */
export function cropping3d<const P extends Margins<3> = 1, const F extends DataFormat = 'channelsLast'>(
  cropping?: P,
  options?: Omit<Cropping3dOptions<P, F>, 'cropping'>,
): Cropping3D<CroppingShape<'cropping3d', 3, P, F>>;
export function cropping3d<const P extends Margins<3> = 1, const F extends DataFormat = 'channelsLast'>(
  options: Cropping3dOptions<P, F>,
): Cropping3D<CroppingShape<'cropping3d', 3, P, F>>;
export function cropping3d(cropping?: Margins<3> | Cropping3dOptions, options?: object): Cropping3D {
  return new Cropping3D(shortForm<Cropping3dOptions>(cropping, 'cropping', options));
}
