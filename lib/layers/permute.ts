/** Another order of the axes. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, readOptions, wholes } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { PermuteShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { permuteDims } from '../types/messages.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';

/** Options of `layers.permute`. */
export interface PermuteOptions<D extends readonly number[] = readonly number[]> extends LayerOptions {
  /** Input axes in their new order, counted from 1; the batch, 0, stays. */
  dims: D;
}

const readers = { ...layerReaders, dims: wholes(1, 'a list of axes, counted from 1') };

/** Axes in another order. */
export class Permute<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly dims: readonly number[];

  constructor(options: PermuteOptions) {
    const read = readOptions('permute', options, readers);
    super(common(read));
    this.dims = read.dims;
    if ([...this.dims].sort((a, b) => a - b).some((axis, i) => axis !== i + 1)) {
      throw new ArgumentError({
        where: 'permute dims',
        expected: 'each axis from 1 on once',
        received: `[${this.dims.join(', ')}]`,
        hint: 'axis 0 is the batch and stays where it is',
      });
    }
  }

  override get className(): string {
    return 'Permute';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    if (this.dims.length !== shape.length - 1) throw new ShapeError(permuteDims('permute', shape.length - 1, this.dims));
    return [shape[0]!, ...this.dims.map((axis) => shape[axis]!)];
  }

  override call(x: Tensor): Tensor {
    return ops.transpose(x, [0, ...this.dims]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), dims: this.dims };
  }
}

registerLayer('Permute', Permute);

/**
 * Puts the axes of each sample into another order, counted from 1. Source: Keras 3, keras.layers.Permute.
 *
 * Shapes: [batch, a, b, c] to [batch, ...] in the order of `dims`. A ShapeError where `dims` does not name every axis.
 *
 * @example
 * layers.permute([3, 1, 2]);   // [height, width, channels] to [channels, height, width]
 */
export function permute<const D extends readonly number[]>(dims: D, options?: Omit<PermuteOptions, 'dims'>): Permute<PermuteShape<D>>;
export function permute<const D extends readonly number[]>(options: PermuteOptions<D>): Permute<PermuteShape<D>>;
export function permute(dims: readonly number[] | PermuteOptions, options?: Omit<PermuteOptions, 'dims'>): Permute {
  return new Permute(shortForm(dims, 'dims', options));
}
