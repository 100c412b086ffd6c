/** A table of vectors that is also read the other way: from vectors to scores of the indices. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, flag, nullable, optional, type Read, readOptions, real } from '../options/index.js';
import { floatDtype } from '../options/readers.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { EmbeddingShape, WithLast } from '../types/core-layers.js';
import type { AnyShape, CheckInput, InputOf, LayerInput, OutputOf, ShapeFn } from '../types/layer.js';
import { denseInput } from '../types/messages.js';
import type { Shape } from '../types/shape.js';
import { Embedding, type EmbeddingOptions, embeddingReaders } from './embedding.js';
import { shortForm } from './kernel-options.js';
import type { Applied, CallFlags, CallOptions } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, type SymbolicTensor, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.reversibleEmbedding`. */
export interface ReversibleEmbeddingOptions<I extends number = number, N extends number = number> extends EmbeddingOptions<N> {
  inputDim: I;
  /** Whether the way back uses the same table, transposed; true. Otherwise it has a kernel of its own. */
  tieWeights?: boolean;
  /** Element type of the way back, where it is not the layer's: scores of many indices may want more digits. */
  reverseDtype?: 'float32' | 'float64' | null;
  /** Keeps the scores of the way back between minus and plus this number: `tanh(scores / cap) · cap`. */
  logitSoftCap?: number | null;
}

const readers = {
  tieWeights: optional(flag, true),
  reverseDtype: nullable(floatDtype),
  logitSoftCap: nullable(real({ above: 0 })),
};

/** Indices to vectors; called with `reverse: true`, vectors to scores of the indices. */
export class ReversibleEmbedding<F extends ShapeFn = AnyShape, I extends number = number> extends Embedding<F> {
  private readonly back: Read<typeof readers>;
  private reverseEmbeddings: Weight | undefined;

  constructor(options: ReversibleEmbeddingOptions) {
    const { tieWeights, reverseDtype, logitSoftCap, ...plain } = readOptions('reversibleEmbedding', options, {
      ...embeddingReaders,
      ...readers,
    });
    super(plain, 'reversibleEmbedding');
    this.back = { tieWeights, reverseDtype, logitSoftCap };
  }

  override get className(): string {
    return 'ReversibleEmbedding';
  }

  override build(inputShape: Shapes): void {
    super.build(inputShape);
    if (this.back.tieWeights) return;
    const { inputDim, outputDim, embeddingsInitializer } = this.options;
    this.reverseEmbeddings = this.addWeight({
      name: 'reverse_embeddings',
      shape: [outputDim, inputDim],
      initializer: embeddingsInitializer,
    });
  }

  override computeOutputShape(inputShape: Shapes, flags?: CallFlags): BatchShape {
    if (!flags?.reverse) return super.computeOutputShape(inputShape);
    const shape = inputShape as BatchShape;
    if (shape.length < 2) throw new ShapeError(denseInput(this.kind, withoutBatch(shape)));
    this.expectAxis(shape, -1, this.options.outputDim, 'features');
    return [...shape.slice(0, -1), this.options.inputDim];
  }

  protected override outputDType(_inputs?: readonly DType[], flags?: CallFlags): DType {
    return (flags?.reverse ? this.back.reverseDtype : null) ?? this.dtype;
  }

  /**
   * Applies the layer to indices, or with `reverse: true` to vectors.
   *
   * @example
   * const hidden = table.apply(tokens);
   * const scores = table.apply(hidden, { reverse: true });
   */
  override apply<S extends Shape>(inputs: SymbolicTensor<S>, options: CallOptions & { reverse: true }): SymbolicTensor<WithLast<S, I>>;
  override apply<S extends Shape>(inputs: Tensor<S>, options: CallOptions & { reverse: true }): Tensor<WithLast<S, I>>;
  override apply<const X extends LayerInput>(inputs: CheckInput<this, X>, options?: CallOptions): Applied<X, OutputOf<this, InputOf<X>>>;
  override apply(inputs: unknown, options?: CallOptions): unknown {
    return super.apply(inputs as never, options);
  }

  override call(x: Tensor, options: CallOptions = {}): Tensor {
    if (!options.reverse) return super.call(x);
    const { reverseDtype, logitSoftCap } = this.back;
    const dtype = reverseDtype ?? this.dtype;
    const kernel = ops.cast(this.reverseEmbeddings ?? this.embeddings, dtype);
    const scores = ops.matmul(ops.cast(x, dtype), kernel, { transposeB: !this.reverseEmbeddings });
    return logitSoftCap === null ? scores : ops.mul(ops.tanh(ops.div(scores, logitSoftCap)), logitSoftCap);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.back };
  }
}

registerLayer('ReversibleEmbedding', ReversibleEmbedding);

/**
 * An embedding for language models, which with `apply(vectors, { reverse: true })` also projects vectors back to a score for each index, by the
 * same weights where they are tied. Source: Keras 3, keras.layers.ReversibleEmbedding; Press and Wolf 2016.
 *
 * Shapes: [batch, ...] to [batch, ..., outputDim]; in reverse [batch, ..., outputDim] to [batch, ..., inputDim]. Weights: embeddings
 * [inputDim, outputDim], and where they are not tied reverse_embeddings [outputDim, inputDim]. An index outside is an error from the device.
 *
 * @example
 * const table = layers.reversibleEmbedding(10_000, 64);
 * const scores = table.apply(hidden(table.apply(tokens)), { reverse: true });
 */
export function reversibleEmbedding<const I extends number, const N extends number>(
  inputDim: I,
  outputDim: N,
  options?: Omit<ReversibleEmbeddingOptions, 'inputDim' | 'outputDim'>,
): ReversibleEmbedding<EmbeddingShape<N, 'reversibleEmbedding'>, I>;
export function reversibleEmbedding<const I extends number, const N extends number>(
  options: ReversibleEmbeddingOptions<I, N>,
): ReversibleEmbedding<EmbeddingShape<N, 'reversibleEmbedding'>, I>;
export function reversibleEmbedding(
  inputDim: number | ReversibleEmbeddingOptions,
  outputDim?: number,
  options?: object,
): ReversibleEmbedding {
  return new ReversibleEmbedding(shortForm(inputDim, 'inputDim', { ...options, outputDim }));
}
