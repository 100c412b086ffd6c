/** A penalty on what passes. */
import { type Config, optional, readOptions, real } from '../options/index.js';
import { l1l2 } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.activityRegularization`. */
export interface ActivityRegularizationOptions extends Omit<LayerOptions, 'activityRegularizer'> {
  /** Factor of the sum of absolute values; 0. */
  l1?: number;
  /** Factor of the sum of squares; 0. */
  l2?: number;
}

const { activityRegularizer: _, ...general } = layerReaders;
const readers = { ...general, l1: optional(real({ low: 0 }), 0), l2: optional(real({ low: 0 }), 0) };

/** Passes its input on, and adds a penalty on it to the loss. */
export class ActivityRegularization<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly l1: number;
  private readonly l2: number;

  constructor(options?: ActivityRegularizationOptions) {
    const read = readOptions('activityRegularization', options, readers);
    super(common({ ...read, activityRegularizer: l1l2({ l1: read.l1, l2: read.l2 }) }));
    this.l1 = read.l1;
    this.l2 = read.l2;
  }

  override get className(): string {
    return 'ActivityRegularization';
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

  override getConfig(): Config {
    const { activityRegularizer: _, ...config } = super.getConfig();
    return { ...config, l1: this.l1, l2: this.l2 };
  }
}

registerLayer('ActivityRegularization', ActivityRegularization);

/**
 * Passes its input on and adds `l1 * sum(|x|) + l2 * sum(x²)`, divided by the batch size, to the loss.
 * Source: Keras 3, keras.layers.ActivityRegularization.
 *
 * Shapes: the output has the shape of the input.
 *
 * @example
 * layers.activityRegularization({ l2: 1e-3 });
 */
export function activityRegularization(
  options?: ActivityRegularizationOptions,
): ActivityRegularization<SameShape<'activityRegularization'>> {
  return new ActivityRegularization(options);
}
