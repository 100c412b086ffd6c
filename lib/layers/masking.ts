/** Steps that are left out. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { setMask } from './context.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.masking`. */
export interface MaskingOptions extends LayerOptions {
  /** A step whose features all have this value is left out; 0. */
  maskValue?: number;
}

const readers = { ...layerReaders, maskValue: optional(real(), 0) };

/** Gives its output a mask of the steps that are not empty. */
export class Masking<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly maskValue: number;

  constructor(options?: MaskingOptions) {
    const read = readOptions('masking', options, readers);
    super(common(read));
    this.maskValue = read.maskValue;
  }

  override get className(): string {
    return 'Masking';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return inputShape as BatchShape;
  }

  override call(x: Tensor): Tensor {
    const real = ops.any(ops.notEqual(x, this.maskValue), -1, true);
    const y = ops.where(real, x, 0);
    setMask(y, ops.squeeze(real, -1));
    return y;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), maskValue: this.maskValue };
  }
}

registerLayer('Masking', Masking);

/**
 * Leaves out the steps whose features all equal `maskValue`: they become 0, and layers that know masks (recurrent layers, attention, losses,
 * metrics) skip them. Source: Keras 3, keras.layers.Masking.
 *
 * Shapes: [batch, steps, ..., features], kept. The mask is [batch, steps, ...].
 *
 * @example
 * sequential([10, 8]).add(layers.masking()).add(layers.globalAveragePooling1d());
 */
export function masking(options?: MaskingOptions): Masking<SameShape<'masking'>> {
  return new Masking(options);
}
