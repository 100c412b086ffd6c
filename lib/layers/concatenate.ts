/** Joins inputs along an axis. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions } from '../options/index.js';
import { promote } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { ConcatenateShape } from '../types/merge.js';
import { concatenatedInputs } from '../types/messages.js';
import { axisReader } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Dim, normalAxis, type Shapes, withoutBatch } from './symbolic.js';

/** Options of `layers.concatenate`. */
export interface ConcatenateOptions<A extends number = number> extends LayerOptions {
  /** The axis to join along, counting the batch as 0; the last. */
  axis?: A;
}

const readers = { ...layerReaders, axis: optional(axisReader, -1) };

/** Inputs one after the other. */
export class Concatenate<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly axis: number;

  constructor(options?: ConcatenateOptions) {
    const read = readOptions('concatenate', options, readers);
    super(common(read));
    this.axis = read.axis;
  }

  override get className(): string {
    return 'Concatenate';
  }

  protected override get takes(): 'list' {
    return 'list';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = inputShape as readonly BatchShape[];
    const first = shapes[0]!;
    const axis = normalAxis('concatenate', this.axis, first);
    const joined: Dim[] = [...first];
    for (const shape of shapes.slice(1)) {
      const fits =
        shape.length === first.length && shape.every((dim, i) => i === axis || dim === null || joined[i] === null || dim === joined[i]);
      if (!fits) throw new ShapeError(concatenatedInputs('concatenate', this.axis, shapes.map(withoutBatch)));
      shape.forEach((dim, i) => {
        const known = joined[i]!;
        joined[i] = i === axis ? (known === null || dim === null ? null : known + dim) : (known ?? dim);
      });
    }
    return joined;
  }

  protected override outputDType(inputs: readonly Tensor['dtype'][]): Tensor['dtype'] {
    return inputs.reduce(promote);
  }

  override call(inputs: readonly Tensor[]): Tensor {
    return ops.concatenate(inputs, this.axis);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

registerLayer('Concatenate', Concatenate);

/**
 * Joins a list of inputs along an axis, the last by default; the batch is axis 0. Source: Keras 3, keras.layers.Concatenate.
 *
 * Shapes: inputs that differ in that axis only; a ShapeError otherwise.
 *
 * @example
 * layers.concatenate().apply([left, right]);
 */
export function concatenate<const A extends number = -1>(options?: A | ConcatenateOptions<A>): Concatenate<ConcatenateShape<A>> {
  return new Concatenate(typeof options === 'number' ? { axis: options } : options);
}
