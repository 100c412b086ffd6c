/** Margins off sequences. */
import type { CroppingShape, Margins } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';

import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { Cropping } from './margins.js';
import { registerLayer } from './registry.js';

/** Options of `layers.cropping1d`. */
export interface Cropping1dOptions<P extends Margins<1> = Margins<1>> extends LayerOptions {
  /** One number for both ends, or [before, after]; 1. */
  cropping?: P;
}

/** Without a margin. */
export class Cropping1D<F extends ShapeFn = AnyShape> extends Cropping<F> {
  constructor(options?: Cropping1dOptions) {
    super('cropping1d', 1, options);
  }

  override get className(): string {
    return 'Cropping1D';
  }
}

registerLayer('Cropping1D', Cropping1D);

/**
 * Cuts margins off sequences. Source: Keras 3, keras.layers.Cropping1D.
 *
 * Shapes: [batch, steps, channels] to [batch, steps - before - after, channels]. A ShapeError where nothing is left.
 *
 * @example
 * layers.cropping1d([1, 2]);
 */
export function cropping1d<const P extends Margins<1> = 1>(
  cropping?: P,
  options?: Omit<Cropping1dOptions<P>, 'cropping'>,
): Cropping1D<CroppingShape<'cropping1d', 1, P>>;
export function cropping1d<const P extends Margins<1> = 1>(options: Cropping1dOptions<P>): Cropping1D<CroppingShape<'cropping1d', 1, P>>;
export function cropping1d(cropping?: Margins<1> | Cropping1dOptions, options?: object): Cropping1D {
  return new Cropping1D(shortForm<Cropping1dOptions>(cropping, 'cropping', options));
}
