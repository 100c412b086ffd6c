/** One number for each channel of volumes. */
import type { GlobalPoolShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.js';
import { registerLayer } from './registry.js';

/** The mean of each channel. */
export class GlobalAveragePooling3D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalAveragePooling3d', 3, 'mean', options);
  }

  override get className(): string {
    return 'GlobalAveragePooling3D';
  }
}

registerLayer('GlobalAveragePooling3D', GlobalAveragePooling3D);

/** The greatest number of each channel. */
export class GlobalMaxPooling3D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalMaxPooling3d', 3, 'max', options);
  }

  override get className(): string {
    return 'GlobalMaxPooling3D';
  }
}

registerLayer('GlobalMaxPooling3D', GlobalMaxPooling3D);

/**
 * The mean of each channel over the whole volume. Source: Keras 3, keras.layers.GlobalAveragePooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, channels], or [batch, 1, 1, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalAveragePooling3d();
 */
export function globalAveragePooling3d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalAveragePooling3D<GlobalPoolShape<'globalAveragePooling3d', 3, F, K>> {
  return new GlobalAveragePooling3D(options);
}

/**
 * The greatest number of each channel over the whole volume. Source: Keras 3, keras.layers.GlobalMaxPooling3D.
 *
 * Shapes: [batch, depth, height, width, channels] to [batch, channels], or [batch, 1, 1, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalMaxPooling3d();
 */
export function globalMaxPooling3d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalMaxPooling3D<GlobalPoolShape<'globalMaxPooling3d', 3, F, K>> {
  return new GlobalMaxPooling3D(options);
}
