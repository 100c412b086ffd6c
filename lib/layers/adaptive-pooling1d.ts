/** Sequences brought to a given size by windows that cover them evenly. */
import type { AdaptivePoolShape, Single } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { AdaptivePooling } from './adaptive-pooling.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';

/** Options of `layers.adaptiveMaxPooling1d` and `layers.adaptiveAveragePooling1d`. */
export interface AdaptivePooling1dOptions<Z extends Single = Single, F extends DataFormat = DataFormat> extends LayerOptions {
  /** How many windows there are along the steps. */
  outputSize: Z;
  dataFormat?: F;
}

/** The mean of each of as many windows as the output is to have. */
export class AdaptiveAveragePooling1D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling1dOptions) {
    super('adaptiveAveragePooling1d', 1, 'mean', options);
  }

  override get className(): string {
    return 'AdaptiveAveragePooling1D';
  }
}

registerLayer('AdaptiveAveragePooling1D', AdaptiveAveragePooling1D);

/** The greatest number of each of as many windows as the output is to have. */
export class AdaptiveMaxPooling1D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling1dOptions) {
    super('adaptiveMaxPooling1d', 1, 'max', options);
  }

  override get className(): string {
    return 'AdaptiveMaxPooling1D';
  }
}

registerLayer('AdaptiveMaxPooling1D', AdaptiveMaxPooling1D);

/**
 * The mean of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveAveragePooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, outputSize, channels].
 *
 * @example
 * layers.adaptiveAveragePooling1d(7);
 */
export function adaptiveAveragePooling1d<const Z extends Single, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling1dOptions<Z, F>, 'outputSize'>,
): AdaptiveAveragePooling1D<AdaptivePoolShape<'adaptiveAveragePooling1d', 1, Z, F>>;
export function adaptiveAveragePooling1d<const Z extends Single, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling1dOptions<Z, F>,
): AdaptiveAveragePooling1D<AdaptivePoolShape<'adaptiveAveragePooling1d', 1, Z, F>>;
export function adaptiveAveragePooling1d(outputSize: Single | AdaptivePooling1dOptions, options?: object): AdaptiveAveragePooling1D {
  return new AdaptiveAveragePooling1D(shortForm(outputSize, 'outputSize', options));
}

/**
 * The greatest number of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveMaxPooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, outputSize, channels].
 *
 * @example
 * layers.adaptiveMaxPooling1d(7);
 */
export function adaptiveMaxPooling1d<const Z extends Single, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling1dOptions<Z, F>, 'outputSize'>,
): AdaptiveMaxPooling1D<AdaptivePoolShape<'adaptiveMaxPooling1d', 1, Z, F>>;
export function adaptiveMaxPooling1d<const Z extends Single, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling1dOptions<Z, F>,
): AdaptiveMaxPooling1D<AdaptivePoolShape<'adaptiveMaxPooling1d', 1, Z, F>>;
export function adaptiveMaxPooling1d(outputSize: Single | AdaptivePooling1dOptions, options?: object): AdaptiveMaxPooling1D {
  return new AdaptiveMaxPooling1D(shortForm(outputSize, 'outputSize', options));
}
