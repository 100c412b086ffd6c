/** Softmax as a layer, with a mask. */
import * as ops from '../ops/index.js';
import { axes, type Config, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, normalAxis, type Shapes } from './symbolic.js';

/** Options of `layers.softmax`. */
export interface SoftmaxOptions extends LayerOptions {
  /** The axis, or the axes, that add up to 1; the last. */
  axis?: number | readonly number[];
}

const readers = { ...layerReaders, axis: optional(axes, -1) };

/** What a masked logit becomes, so that its probability is 0; finite, so that a row without any real step stays a number. */
const MASKED = -3e38;

/** Probabilities along an axis. */
export class Softmax<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly axis: number | readonly number[];

  constructor(options?: SoftmaxOptions) {
    const read = readOptions('softmax', options, readers);
    super(common(read));
    this.axis = read.axis;
  }

  override get className(): string {
    return 'Softmax';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    for (const axis of [this.axis].flat()) normalAxis('softmax', axis, shape);
    return shape;
  }

  override call(x: Tensor, { mask }: CallOptions): Tensor {
    const logits = mask ? ops.where(mask as Tensor, x, MASKED) : x;
    if (typeof this.axis === 'number') return ops.softmax(logits, this.axis);
    if (this.axis.length === 1) return ops.softmax(logits, this.axis[0]);
    return ops.exp(ops.subtract(logits, ops.logsumexp(logits, this.axis, true)));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

registerLayer('Softmax', Softmax);

/**
 * `exp(x) / sum(exp(x))` along an axis, or along several together; elements that a mask leaves out get 0. Losses that follow see the logits.
 * Source: Keras 3, keras.layers.Softmax.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.softmax();
 */
export function softmax(options?: SoftmaxOptions): Softmax<SameShape<'softmax'>> {
  return new Softmax(options);
}
