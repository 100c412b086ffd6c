/** Flattens all but the batch. */
import * as ops from '../ops/index.js';
import { type Config, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { FlattenShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader } from './window.js';

/** Options of `layers.flatten`. */
export interface FlattenOptions extends LayerOptions {
  /** channelsFirst moves the channels to the end before it flattens, so that both formats give the same order. */
  dataFormat?: DataFormat;
}

const readers = { ...layerReaders, dataFormat: dataFormatReader };

/** [batch, ...] to [batch, features]. */
export class Flatten<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly dataFormat: DataFormat;

  constructor(options?: FlattenOptions) {
    const read = readOptions('flatten', options, readers);
    super(common(read));
    this.dataFormat = read.dataFormat;
  }

  override get className(): string {
    return 'Flatten';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const [batch = null, ...dims] = inputShape as BatchShape;
    return [batch, dims.includes(null) ? null : dims.reduce<number>((size, dim) => size * dim!, 1)];
  }

  override call(x: Tensor): Tensor {
    const channelsLast = [0, ...x.shape.slice(2).map((_, i) => i + 2), 1];
    const moved = this.dataFormat === 'channelsFirst' && x.rank > 2 ? ops.transpose(x, channelsLast) : x;
    return ops.reshape(moved, this.computeOutputShape(x.shape) as number[]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }
}

registerLayer('Flatten', Flatten);

/**
 * Makes one axis of all but the batch. Source: Keras 3, keras.layers.Flatten.
 *
 * Shapes: [batch, ...] to [batch, product of the rest].
 *
 * @example
 * layers.flatten();   // [13, 13, 32] becomes [5408]
 */
export function flatten(options?: FlattenOptions): Flatten<FlattenShape> {
  return new Flatten(options);
}
