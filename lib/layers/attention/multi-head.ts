/** Attention of several heads, and of heads that share keys and values. */
import { constraint, type ConstraintLike } from '../../constraints/index.js';
import { ShapeError } from '../../errors.js';
import { initializer, type InitializerLike } from '../../initializers/index.js';
import { globalRandom, RandomState } from '../../random/state.js';
import * as ops from '../../ops/index.js';
import {
  axes,
  type Config,
  flag,
  nullable,
  optional,
  type Read,
  type Reader,
  readOptions,
  real,
  seed,
  whole,
  wholes,
} from '../../options/index.js';
import { regularizer, type RegularizerLike } from '../../regularizers/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { named, serialized } from '../kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from '../layer.js';
import { registerLayer } from '../registry.js';
import { type BatchShape, isShapeList, type Shapes } from '../symbolic.js';
import type { Weight } from '../weight.js';
import type { Anatomy } from '../weighted.js';
import { allowed, causal, masksOf, ofKeys, ofQueries, weightsOf, window } from './masks.js';

/** Options that both kinds have. */
export interface HeadsOptions extends LayerOptions {
  /** Share of the weights that is dropped while training. */
  dropout?: number;
  useBias?: boolean;
  /** Multiplies what comes out of the heads with the sigmoid of a projection of the query. */
  useGate?: boolean;
  /** Queries look at keys that are less than so many steps away. */
  slidingWindow?: number | null;
  kernelInitializer?: InitializerLike;
  biasInitializer?: InitializerLike;
  kernelRegularizer?: RegularizerLike | null;
  biasRegularizer?: RegularizerLike | null;
  kernelConstraint?: ConstraintLike | null;
  biasConstraint?: ConstraintLike | null;
  seed?: number | null;
}

/** Options of `layers.multiHeadAttention`. */
export interface MultiHeadAttentionOptions extends HeadsOptions {
  numHeads: number;
  /** Size of a head's queries and keys. */
  keyDim: number;
  /** Size of a head's values; that of the keys. */
  valueDim?: number | null;
  /** Lengths of the output's last axes; those of the query. */
  outputShape?: number | readonly number[] | null;
  /** The axes that are attended over; all but the batch and the features. */
  attentionAxes?: number | readonly number[] | null;
}

/** Options of `layers.groupQueryAttention`. */
export interface GroupQueryAttentionOptions extends HeadsOptions {
  /** Size of a head. */
  headDim: number;
  numQueryHeads: number;
  /** Heads of keys and values, which groups of query heads share; a divisor of their number. */
  numKeyValueHeads: number;
}

const readers = {
  ...layerReaders,
  dropout: optional(real({ low: 0, below: 1 }), 0),
  useBias: optional(flag, true),
  useGate: optional(flag, false),
  slidingWindow: nullable(whole()),
  kernelInitializer: optional(initializer, named(initializer, 'glorotUniform')),
  biasInitializer: optional(initializer, named(initializer, 'zeros')),
  kernelRegularizer: nullable(regularizer),
  biasRegularizer: nullable(regularizer),
  kernelConstraint: nullable(constraint),
  biasConstraint: nullable(constraint),
  seed: nullable(seed),
};

/** A projection to heads: kernel [features, heads, size], bias [heads, size]. */
interface Projection {
  kernel: Weight;
  bias: Weight | undefined;
}

interface Heads {
  queryHeads: number;
  keyHeads: number;
  keyDim: number;
  valueDim: number;
  outputShape: readonly number[] | null;
  attentionAxes: readonly number[] | null;
}

abstract class HeadsAttention extends Layer {
  protected readonly options: Read<typeof readers>;
  private readonly random: RandomState;
  private readonly projections = new Map<string, Projection>();
  private features: readonly number[] = [];

  constructor(
    options: Read<typeof readers>,
    protected readonly heads: Heads,
  ) {
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

  protected override checkInput(inputShape: Shapes): void {
    this.checkCount(inputShape);
    const list = inputShape as readonly BatchShape[];
    const rank = list[0]?.length ?? 0;
    const fits = isShapeList(inputShape) && (list.length === 2 || list.length === 3) && rank >= 3;
    if (fits && list.every((shape) => shape.length === rank && typeof shape.at(-1) === 'number')) return;
    throw new ShapeError({
      where: this.kind,
      expected: '[query, value] or [query, value, key] of one rank, each [..., steps, features]',
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

  private project(name: string, lead: readonly number[], tail: readonly number[]): void {
    const { options } = this;
    const kernel = this.addWeight({
      name: `${name}_kernel`,
      shape: [...lead, ...tail],
      initializer: options.kernelInitializer,
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    });
    const bias = options.useBias
      ? this.addWeight({
          name: `${name}_bias`,
          shape: tail,
          initializer: options.biasInitializer,
          regularizer: options.biasRegularizer,
          constraint: options.biasConstraint,
        })
      : undefined;
    this.projections.set(name, { kernel, bias });
  }

  /** @internal In Keras each projection is a layer of its own. */
  override get anatomy(): Anatomy {
    const parts = [...this.projections].map(([name, { kernel, bias }]): Anatomy['parts'][number] => [
      `${this.frontOfParts}${name === 'attention_output' ? 'output' : name}_dense`,
      { weights: bias ? [kernel, bias] : [kernel] },
    ]);
    return { own: [], parts };
  }

  /** What Keras' names for the projections begin with. */
  protected get frontOfParts(): string {
    return '';
  }

  override build(inputShape: Shapes): void {
    const [query, value, key = value] = inputShape as readonly [BatchShape, BatchShape, BatchShape | undefined];
    const { queryHeads, keyHeads, keyDim, valueDim, outputShape } = this.heads;
    const features = (shape: BatchShape): number => shape.at(-1)!;
    this.project('query', [features(query)], [queryHeads, keyDim]);
    this.project('key', [features(key)], [keyHeads, keyDim]);
    if (this.options.useGate) this.project('gate', [features(query)], [queryHeads, valueDim]);
    this.project('value', [features(value)], [keyHeads, valueDim]);
    this.features = outputShape ?? [features(query)];
    this.project('attention_output', [queryHeads, valueDim], this.features);
    super.build(inputShape);
  }

  /** [rows, steps, features] to [rows, heads, steps, size]. */
  private toHeads(x: Tensor, name: string): Tensor {
    const { kernel, bias } = this.projections.get(name)!;
    const [features, heads, size] = kernel.shape as [number, number, number];
    const flat = ops.dense(x, ops.reshape(kernel, [features, heads * size]), {
      bias: bias && ops.reshape(bias, [heads * size]),
    });
    return ops.transpose(ops.reshape(flat, [x.shape[0]!, x.shape[1]!, heads, size]), [0, 2, 1, 3]);
  }

  override call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor | readonly Tensor[] {
    const [query, value, key = value] = inputs as unknown as [Tensor, Tensor, Tensor | undefined];
    const { attentionAxes, queryHeads, keyHeads, keyDim, valueDim } = this.heads;
    const rank = query.rank;
    const over = (attentionAxes ?? Array.from({ length: rank - 2 }, (_, i) => i + 1)).map((axis) => (axis < 0 ? axis + rank : axis));
    const beside = Array.from({ length: rank - 1 }, (_, i) => i).filter((axis) => !over.includes(axis));
    const order = [...beside, ...over, rank - 1];
    const size = (x: Tensor, of: readonly number[]): number => of.reduce((product, axis) => product * x.shape[axis]!, 1);
    const rows = (x: Tensor): Tensor =>
      ops.reshape<readonly number[]>(ops.transpose(x, order), [size(x, beside), size(x, over), x.shape[rank - 1]!]);
    const share = (x: Tensor): Tensor => (keyHeads === queryHeads ? x : ops.repeat(x, queryHeads / keyHeads, 1));

    const given = rows(query);
    const q = ops.mul(this.toHeads(given, 'query'), 1 / Math.sqrt(keyDim));
    const k = share(this.toHeads(rows(key), 'key'));
    const v = share(this.toHeads(rows(value), 'value'));
    let weights = weightsOf(ops.matmul(q, k, { transposeB: true }), this.condition(options, q.shape[2]!, k.shape[2]!));
    if (options.training && this.options.dropout > 0) weights = ops.random.dropout(weights, this.options.dropout, { seed: this.random });
    let mixed: Tensor = ops.matmul(weights, v);
    if (this.options.useGate) mixed = ops.mul(mixed, ops.sigmoid(this.toHeads(given, 'gate')));

    const { kernel, bias } = this.projections.get('attention_output')!;
    const width = this.features.reduce((a, b) => a * b, 1);
    const joined = ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [given.shape[0]!, given.shape[1]!, queryHeads * valueDim]) as Tensor;
    const flat = ops.dense(joined, ops.reshape(kernel, [queryHeads * valueDim, width]), {
      bias: bias && ops.reshape(bias, [width]),
    });
    const ordered = ops.reshape<readonly number[]>(flat, [...[...beside, ...over].map((axis) => query.shape[axis]!), ...this.features]);
    const back = [
      ...Array.from({ length: rank - 1 }, (_, axis) => [...beside, ...over].indexOf(axis)),
      ...this.features.map((_, i) => rank - 1 + i),
    ];
    const output = ops.transpose(ordered, back);
    return options.returnAttentionScores ? [output, weights] : output;
  }

  private condition(options: CallOptions, queries: number, keys: number): Tensor | undefined {
    const [queryMask, valueMask, keyMask] = masksOf(options.mask);
    const plain = allowed([
      ofQueries(queryMask),
      ofKeys(valueMask),
      ofKeys(keyMask),
      options.useCausalMask ? causal(queries, keys) : undefined,
      this.options.slidingWindow === null ? undefined : window(queries, keys, this.options.slidingWindow),
    ]);
    const own = options.attentionMask && ops.cast(options.attentionMask, 'bool');
    if (!own || !plain) return own ?? plain;
    return ops.logicalAnd(own, own.rank > 3 ? ops.expandDims(plain, 1) : plain);
  }

  protected override computeMask(_inputs: readonly Tensor[], mask: CallOptions['mask']): (Tensor | undefined)[] {
    return masksOf(mask).slice(0, 1);
  }

  override getConfig(): Config {
    const { options } = this;
    return {
      ...super.getConfig(),
      dropout: options.dropout,
      useBias: options.useBias,
      useGate: options.useGate,
      slidingWindow: options.slidingWindow,
      kernelInitializer: serialized(options.kernelInitializer),
      biasInitializer: serialized(options.biasInitializer),
      kernelRegularizer: serialized(options.kernelRegularizer),
      biasRegularizer: serialized(options.biasRegularizer),
      kernelConstraint: serialized(options.kernelConstraint),
      biasConstraint: serialized(options.biasConstraint),
      seed: options.seed,
    };
  }
}

const shapeOrSize: Reader<readonly number[]> = (value, where) => (Array.isArray(value) ? wholes(1)(value, where) : [whole()(value, where)]);

export class MultiHeadAttention extends HeadsAttention {
  constructor(options: MultiHeadAttentionOptions) {
    const read = readOptions('multiHeadAttention', options, {
      ...readers,
      numHeads: whole(),
      keyDim: whole(),
      valueDim: nullable(whole()),
      outputShape: nullable(shapeOrSize),
      attentionAxes: nullable(axes),
    });
    const { numHeads, keyDim, valueDim, outputShape, attentionAxes, ...rest } = read;
    super(rest, {
      queryHeads: numHeads,
      keyHeads: numHeads,
      keyDim,
      valueDim: valueDim ?? keyDim,
      outputShape,
      attentionAxes: attentionAxes === null ? null : [attentionAxes].flat(),
    });
  }

  override get className(): string {
    return 'MultiHeadAttention';
  }

  override getConfig(): Config {
    const { queryHeads, keyDim, valueDim, outputShape, attentionAxes } = this.heads;
    return { ...super.getConfig(), numHeads: queryHeads, keyDim, valueDim, outputShape, attentionAxes };
  }
}

export class GroupQueryAttention extends HeadsAttention {
  constructor(options: GroupQueryAttentionOptions) {
    const read = readOptions('groupQueryAttention', options, {
      ...readers,
      headDim: whole(),
      numQueryHeads: whole(),
      numKeyValueHeads: whole(),
    });
    const { headDim, numQueryHeads, numKeyValueHeads, ...rest } = read;
    if (numQueryHeads % numKeyValueHeads !== 0) {
      throw new ShapeError({
        where: 'groupQueryAttention numKeyValueHeads',
        expected: `a divisor of ${numQueryHeads} query heads`,
        received: String(numKeyValueHeads),
      });
    }
    super(rest, {
      queryHeads: numQueryHeads,
      keyHeads: numKeyValueHeads,
      keyDim: headDim,
      valueDim: headDim,
      outputShape: null,
      attentionAxes: null,
    });
  }

  override get className(): string {
    return 'GroupQueryAttention';
  }

  protected override get frontOfParts(): string {
    return '_';
  }

  override getConfig(): Config {
    const { queryHeads, keyHeads, keyDim } = this.heads;
    return { ...super.getConfig(), headDim: keyDim, numQueryHeads: queryHeads, numKeyValueHeads: keyHeads };
  }
}

registerLayer('MultiHeadAttention', MultiHeadAttention);
registerLayer('GroupQueryAttention', GroupQueryAttention);
registerLayer('GroupedQueryAttention', GroupQueryAttention);

/**
 * Attention of several heads. Source: Keras 3, keras.layers.MultiHeadAttention; Vaswani et al. 2017.
 *
 * Inputs: `[query, value]` or `[query, value, key]`, [batch, ..., steps, features]; self-attention is `apply([x, x])`. The output has the query's
 * shape, or `outputShape` in place of its features; with `returnAttentionScores` the weights [batch, heads, queries, keys] come after it. Weights:
 * kernel and bias of query, key, (gate,) value and output.
 *
 * @example
 * const y = layers.multiHeadAttention({ numHeads: 8, keyDim: 64 }).apply([x, x], { useCausalMask: true });
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): MultiHeadAttention {
  return new MultiHeadAttention(options);
}

/**
 * Attention whose query heads share keys and values in groups. Source: Keras 3, keras.layers.GroupQueryAttention; Ainslie et al. 2023.
 *
 * Inputs and output as those of `multiHeadAttention`. Weights: kernel and bias of query, key, (gate,) value and output.
 *
 * @example
 * const y = layers.groupQueryAttention({ headDim: 64, numQueryHeads: 8, numKeyValueHeads: 2 }).apply([x, x]);
 */
export function groupQueryAttention(options: GroupQueryAttentionOptions): GroupQueryAttention {
  return new GroupQueryAttention(options);
}
