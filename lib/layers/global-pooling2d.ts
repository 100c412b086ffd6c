/** One number for each channel of images. */
import type { GlobalPoolShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.js';
import { registerLayer } from './registry.js';

/** The mean of each channel. */
export class GlobalAveragePooling2D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalAveragePooling2d', 2, 'mean', options);
  }

  override get className(): string {
    return 'GlobalAveragePooling2D';
  }
}

registerLayer('GlobalAveragePooling2D', GlobalAveragePooling2D);

/** The greatest number of each channel. */
export class GlobalMaxPooling2D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalMaxPooling2d', 2, 'max', options);
  }

  override get className(): string {
    return 'GlobalMaxPooling2D';
  }
}

registerLayer('GlobalMaxPooling2D', GlobalMaxPooling2D);

/**
 * The mean of each channel over the whole image. Source: Keras 3, keras.layers.GlobalAveragePooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, channels], or [batch, 1, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalAveragePooling2d();
 */
export function globalAveragePooling2d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalAveragePooling2D<GlobalPoolShape<'globalAveragePooling2d', 2, F, K>> {
  return new GlobalAveragePooling2D(options);
}

/**
 * The greatest number of each channel over the whole image. Source: Keras 3, keras.layers.GlobalMaxPooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, channels], or [batch, 1, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalMaxPooling2d();
 */
export function globalMaxPooling2d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalMaxPooling2D<GlobalPoolShape<'globalMaxPooling2d', 2, F, K>> {
  return new GlobalMaxPooling2D(options);
}
