/** Volumes brought to a given size by windows that cover them evenly. */
import type { AdaptivePoolShape, Triple } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { AdaptivePooling } from './adaptive-pooling.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';

/** Options of `layers.adaptiveMaxPooling3d` and `layers.adaptiveAveragePooling3d`. */
export interface AdaptivePooling3dOptions<Z extends Triple = Triple, F extends DataFormat = DataFormat> extends LayerOptions {
  /** How many windows there are along each side. */
  outputSize: Z;
  dataFormat?: F;
}

/** The mean of each of as many windows as the output is to have. */
export class AdaptiveAveragePooling3D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling3dOptions) {
    super('adaptiveAveragePooling3d', 3, 'mean', options);
  }

  override get className(): string {
    return 'AdaptiveAveragePooling3D';
  }
}

registerLayer('AdaptiveAveragePooling3D', AdaptiveAveragePooling3D);

/** The greatest number of each of as many windows as the output is to have. */
export class AdaptiveMaxPooling3D<F extends ShapeFn = AnyShape> extends AdaptivePooling<F> {
  constructor(options: AdaptivePooling3dOptions) {
    super('adaptiveMaxPooling3d', 3, 'max', options);
  }

  override get className(): string {
    return 'AdaptiveMaxPooling3D';
  }
}

registerLayer('AdaptiveMaxPooling3D', AdaptiveMaxPooling3D);

/**
 * The mean of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveAveragePooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, ...outputSize, channels].
 *
 * @example
 * layers.adaptiveAveragePooling3d([7, 7, 7]);
 */
export function adaptiveAveragePooling3d<const Z extends Triple, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling3dOptions<Z, F>, 'outputSize'>,
): AdaptiveAveragePooling3D<AdaptivePoolShape<'adaptiveAveragePooling3d', 3, Z, F>>;
export function adaptiveAveragePooling3d<const Z extends Triple, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling3dOptions<Z, F>,
): AdaptiveAveragePooling3D<AdaptivePoolShape<'adaptiveAveragePooling3d', 3, Z, F>>;
export function adaptiveAveragePooling3d(outputSize: Triple | AdaptivePooling3dOptions, options?: object): AdaptiveAveragePooling3D {
  return new AdaptiveAveragePooling3D(shortForm(outputSize, 'outputSize', options));
}

/**
 * The greatest number of each of as many windows as the output is to have, whatever the size of the input. Source: Keras 3, keras.layers.AdaptiveMaxPooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, ...outputSize, channels].
 *
 * @example
 * layers.adaptiveMaxPooling3d([7, 7, 7]);
 */
export function adaptiveMaxPooling3d<const Z extends Triple, const F extends DataFormat = 'channelsLast'>(
  outputSize: Z,
  options?: Omit<AdaptivePooling3dOptions<Z, F>, 'outputSize'>,
): AdaptiveMaxPooling3D<AdaptivePoolShape<'adaptiveMaxPooling3d', 3, Z, F>>;
export function adaptiveMaxPooling3d<const Z extends Triple, const F extends DataFormat = 'channelsLast'>(
  options: AdaptivePooling3dOptions<Z, F>,
): AdaptiveMaxPooling3D<AdaptivePoolShape<'adaptiveMaxPooling3d', 3, Z, F>>;
export function adaptiveMaxPooling3d(outputSize: Triple | AdaptivePooling3dOptions, options?: object): AdaptiveMaxPooling3D {
  return new AdaptiveMaxPooling3D(shortForm(outputSize, 'outputSize', options));
}
