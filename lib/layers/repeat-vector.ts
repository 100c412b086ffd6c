/** A vector, several times. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { RepeatVectorShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { vectorInput } from '../types/messages.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';

/** Options of `layers.repeatVector`. */
export interface RepeatVectorOptions<N extends number = number> extends LayerOptions {
  /** How often. */
  n: N;
}

const readers = { ...layerReaders, n: whole() };

/** [batch, features] to [batch, n, features]. */
export class RepeatVector<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly n: number;

  constructor(options: RepeatVectorOptions) {
    const read = readOptions('repeatVector', options, readers);
    super(common(read));
    this.n = read.n;
  }

  override get className(): string {
    return 'RepeatVector';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    if (shape.length !== 2) throw new ShapeError(vectorInput('repeatVector', withoutBatch(shape)));
    return [shape[0]!, this.n, shape[1]!];
  }

  override call(x: Tensor): Tensor {
    const [batch, features] = x.shape as readonly [number, number];
    return ops.broadcastTo(ops.expandDims(x, 1), [batch, this.n, features]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), n: this.n };
  }
}

registerLayer('RepeatVector', RepeatVector);

/**
 * Repeats each vector `n` times, as steps of a sequence. Source: Keras 3, keras.layers.RepeatVector.
 *
 * Shapes: [batch, features] to [batch, n, features]. A ShapeError for what is no vector.
 *
 * @example
 * layers.repeatVector(3);
 */
export function repeatVector<const N extends number>(n: N, options?: Omit<RepeatVectorOptions, 'n'>): RepeatVector<RepeatVectorShape<N>>;
export function repeatVector<const N extends number>(options: RepeatVectorOptions<N>): RepeatVector<RepeatVectorShape<N>>;
export function repeatVector(n: number | RepeatVectorOptions, options?: Omit<RepeatVectorOptions, 'n'>): RepeatVector {
  return new RepeatVector(shortForm(n, 'n', options));
}
