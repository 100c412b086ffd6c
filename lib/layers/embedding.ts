/** A table of vectors, looked up by index. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { DTypeError } from '../errors.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { type Config, flag, nullable, optional, type Read, readOptions, whole } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { EmbeddingShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { setMask } from './context.js';
import { named, serialized, shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.embedding`. */
export interface EmbeddingOptions<N extends number = number> extends LayerOptions {
  /** Number of indices: they go from 0 to inputDim - 1. */
  inputDim: number;
  /** Length of the vectors. */
  outputDim: N;
  embeddingsInitializer?: InitializerLike;
  embeddingsRegularizer?: RegularizerLike | null;
  embeddingsConstraint?: ConstraintLike | null;
  /** Whether index 0 means "no step here": later layers get a mask. */
  maskZero?: boolean;
}

export const embeddingReaders = {
  ...layerReaders,
  inputDim: whole(),
  outputDim: whole(),
  embeddingsInitializer: optional(initializer, named(initializer, 'randomUniform')),
  embeddingsRegularizer: nullable(regularizer),
  embeddingsConstraint: nullable(constraint),
  maskZero: optional(flag, false),
};

/** Indices to vectors. */
export class Embedding<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly options: Read<typeof embeddingReaders>;
  protected embeddings!: Weight;

  constructor(options: EmbeddingOptions, where = 'embedding') {
    const read = readOptions(where, options, embeddingReaders);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'Embedding';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  override build(inputShape: Shapes): void {
    const { inputDim, outputDim, embeddingsInitializer, embeddingsRegularizer, embeddingsConstraint } = this.options;
    this.embeddings = this.addWeight({
      name: 'embeddings',
      shape: [inputDim, outputDim],
      initializer: embeddingsInitializer,
      regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint,
    });
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return [...(inputShape as BatchShape), this.options.outputDim];
  }

  protected override outputDType(): DType {
    return this.dtype;
  }

  override call(x: Tensor): Tensor {
    if (x.dtype === 'bool') throw new DTypeError({ where: this.kind, expected: 'indices of int32', received: 'bool' });
    // Models cast their inputs to floats; indices below 2^24 come through that exactly.
    const indices = isFloat(x.dtype) ? ops.cast(x, 'int32') : x;
    const y = ops.take(this.embeddings, indices, 0);
    if (this.options.maskZero) setMask(y, ops.notEqual(indices, 0));
    return y;
  }

  override getConfig(): Config {
    const { inputDim, outputDim, embeddingsInitializer, embeddingsRegularizer, embeddingsConstraint, maskZero } = this.options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      inputDim,
      outputDim,
      embeddingsInitializer: serialized(embeddingsInitializer),
      embeddingsRegularizer: serialized(embeddingsRegularizer),
      embeddingsConstraint: serialized(embeddingsConstraint),
      maskZero,
    };
  }
}

registerLayer('Embedding', Embedding);

/**
 * Turns indices from 0 to `inputDim - 1` into vectors of `outputDim` learned numbers. Source: Keras 3, keras.layers.Embedding.
 *
 * Shapes: [batch, ...] to [batch, ..., outputDim]. Weights: embeddings [inputDim, outputDim]. An index outside is an error from the device.
 *
 * @example
 * layers.embedding(10_000, 64, { maskZero: true });
 */
export function embedding<const N extends number>(
  inputDim: number,
  outputDim: N,
  options?: Omit<EmbeddingOptions, 'inputDim' | 'outputDim'>,
): Embedding<EmbeddingShape<N>>;
export function embedding<const N extends number>(options: EmbeddingOptions<N>): Embedding<EmbeddingShape<N>>;
export function embedding(inputDim: number | EmbeddingOptions, outputDim?: number, options?: object): Embedding {
  return new Embedding(shortForm(inputDim, 'inputDim', { ...options, outputDim }));
}
