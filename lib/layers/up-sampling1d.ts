/** Sequences enlarged by whole factors. */
import type { Single, UpSamplingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';

import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';
import { UpSampling } from './up-sampling.js';

/** Options of `layers.upSampling1d`. */
export interface UpSampling1dOptions<Z extends Single = Single> extends LayerOptions {
  /** How often each step is repeated; 2. */
  size?: Z;
}

/** Each step several times. */
export class UpSampling1D<F extends ShapeFn = AnyShape> extends UpSampling<F> {
  constructor(options?: UpSampling1dOptions) {
    super(1, UpSampling.read('upSampling1d', 1, options));
  }

  override get className(): string {
    return 'UpSampling1D';
  }
}

registerLayer('UpSampling1D', UpSampling1D);

/**
 * Repeats each step `size` times. Source: Keras 3, keras.layers.UpSampling1D.
 *
 * Shapes: [batch, steps, channels], the steps times its factor.
 *
 * @example
 * layers.upSampling1d(2);
 */
export function upSampling1d<const Z extends Single = 2>(
  size?: Z,
  options?: Omit<UpSampling1dOptions<Z>, 'size'>,
): UpSampling1D<UpSamplingShape<'upSampling1d', 1, Z>>;
export function upSampling1d<const Z extends Single = 2>(
  options: UpSampling1dOptions<Z>,
): UpSampling1D<UpSamplingShape<'upSampling1d', 1, Z>>;
export function upSampling1d(size?: Single | UpSampling1dOptions, options?: object): UpSampling1D {
  return new UpSampling1D(shortForm<UpSampling1dOptions>(size, 'size', options));
}
