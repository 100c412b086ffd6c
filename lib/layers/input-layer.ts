/** Where a model begins: placeholders for data. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, nullable, type Reader, readOptions, text } from '../options/index.js';
import { dtype as dtypeReader } from '../options/readers.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { FixedShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Dims } from '../types/shape.js';
import { Layer } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Dim, Shapes } from './symbolic.js';

/** Options of `input` and `layers.inputLayer`. */
export interface InputOptions {
  name?: string | null;
  /** What the data is cast to; float32. */
  dtype?: DType | null;
  /** A fixed batch size. */
  batchSize?: number | null;
}

/** Options of `layers.inputLayer`. */
export interface InputLayerOptions extends InputOptions {
  /** The shape without the batch; null where a dimension is known at run time only. */
  shape?: readonly Dim[] | null;
  /** The shape with the batch in front, instead. */
  batchShape?: readonly Dim[] | null;
}

const dims: Reader<readonly Dim[]> = (value, where) => {
  if (Array.isArray(value) && value.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 0))) {
    return [...(value as Dim[])];
  }
  throw new ArgumentError({
    where,
    expected: 'a list of whole numbers (null: known at run time)',
    received: describe(value),
    hint: 'leave the batch out, as in [28, 28, 1]',
  });
};

const size: Reader<number> = (value, where) => {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw new ArgumentError({ where, expected: 'a whole number of at least 1', received: describe(value) });
};

const readers = {
  name: nullable(text),
  dtype: nullable(dtypeReader),
  batchSize: nullable(size),
  shape: nullable(dims),
  batchShape: nullable(dims),
};

/** The layer behind a placeholder. */
export class InputLayer<F extends ShapeFn = AnyShape> extends Layer<F> {
  readonly batchShape: BatchShape;

  constructor(options: InputLayerOptions) {
    const read = readOptions('input', options, readers);
    super({ name: read.name, dtype: read.dtype });
    const shape = read.shape && [read.batchSize, ...read.shape];
    const batchShape = read.batchShape ?? shape;
    if (!batchShape || (read.batchShape && read.shape)) {
      throw new ArgumentError({
        where: 'input',
        expected: 'a shape',
        received: batchShape ? 'shape and batchShape' : 'none',
        hint: 'for example input([28, 28, 1])',
      });
    }
    this.batchShape = batchShape;
    super.build(batchShape);
    this.connect([], false, { shapes: [batchShape], dtypes: [this.dtype], isList: false });
  }

  override get className(): string {
    return 'InputLayer';
  }

  override get kind(): string {
    return 'input';
  }

  override computeOutputShape(_inputShape: Shapes): BatchShape {
    return this.batchShape;
  }

  override call(x: Tensor): Tensor {
    return x;
  }

  override getConfig(): Config {
    return { batchShape: this.batchShape, dtype: this.dtype, name: this.name };
  }
}

registerLayer('InputLayer', InputLayer);

/**
 * A first layer for `sequential`, where its input needs a name, a dtype or a fixed batch size. Source: Keras 3, keras.layers.InputLayer.
 *
 * @example
 * sequential().add(layers.inputLayer({ shape: [28, 28, 1], dtype: 'uint8' }));
 */
export function inputLayer<const S extends readonly Dim[]>(options: InputLayerOptions & { shape: S }): InputLayer<FixedShape<Dims<S>>>;
export function inputLayer(options: InputLayerOptions): InputLayer;
export function inputLayer(options: InputLayerOptions): InputLayer {
  return new InputLayer(options);
}
