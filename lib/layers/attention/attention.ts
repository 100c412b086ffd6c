/** Attention without heads: dot products (Luong) and a sum within a tanh (Bahdanau). */
import { ArgumentError, ShapeError } from '../../errors.js';
import { initializer } from '../../initializers/index.js';
import { globalRandom, RandomState } from '../../random/state.js';
import * as ops from '../../ops/index.js';
import { type Config, flag, nullable, oneOf, optional, type Read, readOptions, real, seed } from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from '../layer.js';
import { registerLayer } from '../registry.js';
import { type BatchShape, isShapeList, type Shapes } from '../symbolic.js';
import type { Weight } from '../weight.js';
import { allowed, causal, masksOf, ofKeys, weightsOf } from './masks.js';

/** Options of `layers.additiveAttention`. */
export interface AdditiveAttentionOptions extends LayerOptions {
  /** Whether scores are scaled by learned numbers. */
  useScale?: boolean;
  /** Share of the weights that is dropped while training. */
  dropout?: number;
  seed?: number | null;
}

/** Options of `layers.attention`. */
export interface AttentionOptions extends AdditiveAttentionOptions {
  /** Dot products, or tanh of the sum ('concat'). */
  scoreMode?: 'dot' | 'concat';
}

const readers = {
  ...layerReaders,
  useScale: optional(flag, false),
  dropout: optional(real({ low: 0, below: 1 }), 0),
  seed: nullable(seed),
};

/** What both kinds share: [query, value, key?] in, the weighted mean of values out. */
abstract class PlainAttention extends Layer {
  protected readonly options: Read<typeof readers>;
  private readonly random: RandomState;

  constructor(options: Read<typeof readers>) {
    super(common(options));
    this.options = options;
    this.random = options.seed === null ? globalRandom : new RandomState(options.seed);
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  protected override get takes(): 'list' {
    return 'list';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  protected abstract scores(query: Tensor, key: Tensor): Tensor;

  protected override checkInput(inputShape: Shapes): void {
    this.checkCount(inputShape);
    const list = inputShape as readonly BatchShape[];
    if (isShapeList(inputShape) && (list.length === 2 || list.length === 3) && list.every((shape) => shape.length === 3)) return;
    throw new ShapeError({
      where: this.kind,
      expected: '[query, value] or [query, value, key], each [steps, features]',
      received: list
        .map(
          (shape) =>
            `[${shape
              .slice(1)
              .map((dim) => dim ?? '?')
              .join(', ')}]`,
        )
        .join(', '),
    });
  }

  override call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor | readonly Tensor[] {
    const [query, value, key = value] = inputs as unknown as [Tensor, Tensor, Tensor | undefined];
    const [queryMask, valueMask] = masksOf(options.mask);
    const scores = this.scores(query, key);
    const condition = allowed([
      ofKeys(valueMask),
      options.useCausalMask ? causal(query.shape[1]!, key.shape[1]!) : undefined,
      options.attentionMask && ops.cast(options.attentionMask, 'bool'),
    ]);
    let weights = weightsOf(scores, condition);
    const { dropout } = this.options;
    if (options.training && dropout > 0) weights = ops.random.dropout(weights, dropout, { seed: this.random });
    let output: Tensor = ops.matmul(weights, value);
    if (queryMask) output = ops.mul(output, ops.cast(ops.expandDims(queryMask, -1), output.dtype));
    return options.returnAttentionScores ? [output, weights] : output;
  }

  protected override computeMask(_inputs: readonly Tensor[], mask: CallOptions['mask']): (Tensor | undefined)[] {
    return masksOf(mask).slice(0, 1);
  }

  override getConfig(): Config {
    const { useScale, dropout, seed: given } = this.options;
    return { ...super.getConfig(), useScale, dropout, seed: given };
  }
}

export class Attention extends PlainAttention {
  private readonly mode: 'dot' | 'concat';
  private scale: Weight | undefined;
  private concatWeight: Weight | undefined;

  constructor(options?: AttentionOptions) {
    const { scoreMode, ...read } = readOptions('attention', options, { ...readers, scoreMode: optional(oneOf('dot', 'concat'), 'dot') });
    super(read);
    this.mode = scoreMode;
  }

  override get className(): string {
    return 'Attention';
  }

  override build(inputShape: Shapes): void {
    const one = initializer('ones', this.kind);
    if (this.options.useScale) this.scale = this.addWeight({ name: 'scale', shape: [], initializer: one });
    if (this.mode === 'concat') this.concatWeight = this.addWeight({ name: 'concat_score_weight', shape: [], initializer: one });
    super.build(inputShape);
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    if (this.mode === 'dot') {
      const scores = ops.matmul(query, key, { transposeB: true });
      return this.scale ? ops.mul(scores, this.scale) : scores;
    }
    const sum = ops.add(ops.expandDims(query, 2), ops.expandDims(key, 1));
    return ops.mul(ops.sum(ops.tanh(this.scale ? ops.mul(sum, this.scale) : sum), { axis: -1 }), this.concatWeight!);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scoreMode: this.mode };
  }
}

export class AdditiveAttention extends PlainAttention {
  private scale: Weight | undefined;

  constructor(options?: AdditiveAttentionOptions) {
    super(readOptions('additiveAttention', options, { ...readers, useScale: optional(flag, true) }));
  }

  override get className(): string {
    return 'AdditiveAttention';
  }

  override build(inputShape: Shapes): void {
    const size = (inputShape as readonly BatchShape[])[0]!.at(-1) ?? null;
    if (size === null) throw new ArgumentError({ where: this.kind, expected: 'a known number of features', received: 'an unknown one' });
    if (this.options.useScale) {
      this.scale = this.addWeight({ name: 'scale', shape: [size], initializer: initializer('glorotUniform', this.kind) });
    }
    super.build(inputShape);
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    const sum = ops.tanh(ops.add(ops.expandDims(query, 2), ops.expandDims(key, 1)));
    return ops.sum(this.scale ? ops.mul(sum, this.scale) : sum, { axis: -1 });
  }
}

registerLayer('Attention', Attention);
registerLayer('AdditiveAttention', AdditiveAttention);

/**
 * The mean of values, weighted by softmax of the products of queries and keys. Source: Keras 3, keras.layers.Attention; Luong 2015.
 *
 * Inputs: `[query, value]` or `[query, value, key]`, [batch, steps, features]. Call options: `useCausalMask`, `returnAttentionScores`. Weights:
 * scale with `useScale`, concat_score_weight with `scoreMode: 'concat'`.
 *
 * @example
 * const y = layers.attention().apply([query, value], { useCausalMask: true });
 */
export function attention(options?: AttentionOptions): Attention {
  return new Attention(options);
}

/**
 * The mean of values, weighted by softmax of sums of tanh(query + key). Source: Keras 3, keras.layers.AdditiveAttention; Bahdanau 2014.
 *
 * Inputs: `[query, value]` or `[query, value, key]`, [batch, steps, features]. Weights: scale [features] with `useScale`.
 *
 * @example
 * const y = layers.additiveAttention().apply([query, value]);
 */
export function additiveAttention(options?: AdditiveAttentionOptions): AdditiveAttention {
  return new AdditiveAttention(options);
}
