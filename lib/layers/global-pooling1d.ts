/** One number for each channel of sequences. */
import * as ops from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { GlobalPoolShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.js';
import type { CallOptions } from './layer.js';
import { registerLayer } from './registry.js';

/** The mean of each channel; steps that a mask leaves out do not count. */
export class GlobalAveragePooling1D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalAveragePooling1d', 1, 'mean', options);
  }

  override get className(): string {
    return 'GlobalAveragePooling1D';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** The mask has been used up. */
  protected override computeMask(): undefined {
    return undefined;
  }

  override call(x: Tensor, options: CallOptions = {}): Tensor {
    const mask = options.mask as Tensor | undefined;
    if (!mask) return super.call(x);
    const { dataFormat, keepdims } = this.options;
    const real = ops.expandDims(ops.cast(mask, x.dtype), dataFormat === 'channelsFirst' ? 1 : 2);
    return ops.divide(ops.sum(ops.multiply(x, real), this.sides, keepdims), ops.sum(real, this.sides, keepdims));
  }
}

registerLayer('GlobalAveragePooling1D', GlobalAveragePooling1D);

/** The greatest number of each channel. */
export class GlobalMaxPooling1D<F extends ShapeFn = AnyShape> extends GlobalPooling<F> {
  constructor(options?: GlobalPoolingOptions) {
    super('globalMaxPooling1d', 1, 'max', options);
  }

  override get className(): string {
    return 'GlobalMaxPooling1D';
  }
}

registerLayer('GlobalMaxPooling1D', GlobalMaxPooling1D);

/**
 * The mean of each channel over the whole sequence. Source: Keras 3, keras.layers.GlobalAveragePooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, channels], or [batch, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalAveragePooling1d();
 */
export function globalAveragePooling1d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalAveragePooling1D<GlobalPoolShape<'globalAveragePooling1d', 1, F, K>> {
  return new GlobalAveragePooling1D(options);
}

/**
 * The greatest number of each channel over the whole sequence. Source: Keras 3, keras.layers.GlobalMaxPooling1D.
 *
 * Shapes: [batch, steps, channels] to [batch, channels], or [batch, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalMaxPooling1d();
 */
export function globalMaxPooling1d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPoolingOptions<F, K>,
): GlobalMaxPooling1D<GlobalPoolShape<'globalMaxPooling1d', 1, F, K>> {
  return new GlobalMaxPooling1D(options);
}
