/** Another shape for the same elements. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ReshapeShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { reshapeTarget } from '../types/messages.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.reshape`. */
export interface ReshapeOptions<T extends readonly number[] = readonly number[]> extends LayerOptions {
  /** The shape without the batch; one dimension may be -1, to be computed. */
  targetShape: T;
}

const target: Reader<readonly number[]> = (value, where) => {
  const fits = Array.isArray(value) && value.every((dim) => Number.isSafeInteger(dim) && ((dim as number) >= 1 || dim === -1));
  if (fits && (value as number[]).filter((dim) => dim === -1).length <= 1) return [...(value as number[])];
  throw new ArgumentError({
    where,
    expected: 'a list of whole numbers of at least 1, one of them perhaps -1',
    received: describe(value),
    hint: 'leave the batch out, as in [28, 28, 1]',
  });
};

const readers = { ...layerReaders, targetShape: target };

/** [batch, ...] to [batch, ...targetShape]. */
export class Reshape<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly targetShape: readonly number[];

  constructor(options: ReshapeOptions) {
    const read = readOptions('reshape', options, readers);
    super(common(read));
    this.targetShape = read.targetShape;
  }

  override get className(): string {
    return 'Reshape';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const [batch = null, ...dims] = inputShape as BatchShape;
    const known = this.targetShape.filter((dim) => dim !== -1).reduce((size, dim) => size * dim, 1);
    if (dims.includes(null)) return [batch, ...this.targetShape.map((dim) => (dim === -1 ? null : dim))];
    const size = dims.reduce<number>((product, dim) => product * dim!, 1);
    const free = this.targetShape.includes(-1);
    if (free ? size % known !== 0 : size !== known) throw new ShapeError(reshapeTarget('reshape', size, this.targetShape));
    return [batch, ...this.targetShape.map((dim) => (dim === -1 ? size / known : dim))];
  }

  override call(x: Tensor): Tensor {
    return ops.reshape(x, this.computeOutputShape(x.shape) as number[]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), targetShape: this.targetShape };
  }
}

registerLayer('Reshape', Reshape);

/**
 * Gives the elements of each sample another shape; one dimension may be -1. Source: Keras 3, keras.layers.Reshape.
 *
 * Shapes: [batch, ...] to [batch, ...targetShape]. A ShapeError where the numbers of elements differ.
 *
 * @example
 * layers.reshape([28, 28, 1]);
 * layers.reshape([-1, 4]);
 */
export function reshape<const T extends readonly number[]>(
  targetShape: T,
  options?: Omit<ReshapeOptions, 'targetShape'>,
): Reshape<ReshapeShape<T>>;
export function reshape<const T extends readonly number[]>(options: ReshapeOptions<T>): Reshape<ReshapeShape<T>>;
export function reshape(targetShape: readonly number[] | ReshapeOptions, options?: Omit<ReshapeOptions, 'targetShape'>): Reshape {
  return new Reshape(shortForm(targetShape, 'targetShape', options));
}
