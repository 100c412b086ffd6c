/** Images brought to a given size by windows that cover them evenly. */
import type { AdaptivePoolShape } from '../types/grid.js';
import type { Pair } from '../types/messages.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { AdaptivePooling } from './adaptive-pooling.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';

/** Options of `layers.adaptiveMaxPooling2d` and `layers.adaptiveAveragePooling2d`. */
export interface AdaptivePooling2dOptions<Z extends Pair = Pair, F extends DataFormat = DataFormat> extends LayerOptions {
  /** How many windows there are along each side. */
  outputSize: Z;
  dataFormat?: F;
}

/** The mean of each of as many windows as the output is to have. */
export class AdaptiveAveragePooling2D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling2dOptions) {
    super('adaptiveAveragePooling2d', 2, 'mean', options);
  }

  override get className(): string {
    return 'AdaptiveAveragePooling2D';
  }
}

registerLayer('AdaptiveAveragePooling2D', AdaptiveAveragePooling2D);

/** The greatest number of each of as many windows as the output is to have. */
export class AdaptiveMaxPooling2D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling2dOptions) {
    super('adaptiveMaxPooling2d', 2, 'max', options);
  }

  override get className(): string {
    return 'AdaptiveMaxPooling2D';
  }
}

registerLayer('AdaptiveMaxPooling2D', AdaptiveMaxPooling2D);

/**
 * The mean of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveAveragePooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, ...outputSize, channels].
 *
 * @example
 * layers.adaptiveAveragePooling2d([7, 7]);
 */
export function adaptiveAveragePooling2d<const Z extends Pair, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling2dOptions<Z, F>, 'outputSize'>,
): AdaptiveAveragePooling2D<AdaptivePoolShape<'adaptiveAveragePooling2d', 2, Z, F>>;
export function adaptiveAveragePooling2d<const Z extends Pair, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling2dOptions<Z, F>,
): AdaptiveAveragePooling2D<AdaptivePoolShape<'adaptiveAveragePooling2d', 2, Z, F>>;
export function adaptiveAveragePooling2d(outputSize: Pair | AdaptivePooling2dOptions, options?: object): AdaptiveAveragePooling2D {
  return new AdaptiveAveragePooling2D(shortForm(outputSize, 'outputSize', options));
}

/**
 * The greatest number of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveMaxPooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, ...outputSize, channels].
 *
 * @example
 * layers.adaptiveMaxPooling2d([7, 7]);
 */
export function adaptiveMaxPooling2d<const Z extends Pair, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling2dOptions<Z, F>, 'outputSize'>,
): AdaptiveMaxPooling2D<AdaptivePoolShape<'adaptiveMaxPooling2d', 2, Z, F>>;
export function adaptiveMaxPooling2d<const Z extends Pair, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling2dOptions<Z, F>,
): AdaptiveMaxPooling2D<AdaptivePoolShape<'adaptiveMaxPooling2d', 2, Z, F>>;
export function adaptiveMaxPooling2d(outputSize: Pair | AdaptivePooling2dOptions, options?: object): AdaptiveMaxPooling2D {
  return new AdaptiveMaxPooling2D(shortForm(outputSize, 'outputSize', options));
}
