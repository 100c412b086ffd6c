/** The layer that does nothing: a place with a name. */
import { readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Its input. */
export class Identity<F extends ShapeFn = AnyShape> extends Layer<F> {
  constructor(options?: LayerOptions) {
    super(readOptions('identity', options, layerReaders));
  }

  override get className(): string {
    return 'Identity';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return inputShape as BatchShape;
  }

  override call(x: Tensor): Tensor {
    return x;
  }
}

registerLayer('Identity', Identity);

/**
 * Passes its input on. Source: Keras 3, keras.layers.Identity.
 *
 * @example
 * layers.identity({ name: 'features' });
 */
export function identity(options?: LayerOptions): Identity<SameShape<'identity'>> {
  return new Identity(options);
}
