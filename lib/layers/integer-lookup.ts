/** Whole numbers, of any size and with any gaps, to indices into a vocabulary. */
import { readFileSync } from 'node:fs';
import { ArgumentError, ShapeError } from '../errors.js';
import { refuseInCapture } from '../native/recording.js';
import * as ops from '../ops/index.js';
import {
  type Config,
  describe,
  flag,
  nullable,
  oneOf,
  optional,
  type Read,
  type Reader,
  readOptions,
  real,
  whole,
} from '../options/index.js';
import { tensor, type TensorLike } from '../tensor/create.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { LookupShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { tokenInput } from '../types/messages.js';
import { type AdaptData, forBatches } from './adapt.js';
import { encoded, encodedShape, type Encoding } from './encoding.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';
import { tokenBucket } from './token-hash.js';
import { type SpecialTokens, TokenCounts, type Vocabulary, vocabularyOf } from './vocabulary.js';

/** Indices, or vectors as `categoryEncoding` makes them; 'tfIdf' are counts times weights. */
export type LookupMode = Encoding | 'int' | 'tfIdf';

/** Options of `layers.integerLookup`. */
export interface IntegerLookupOptions<M extends LookupMode = LookupMode> extends LayerOptions {
  /** The largest vocabulary that `adapt` may make, the special tokens included; any. */
  maxTokens?: number | null;
  /** How many indices tokens outside of the vocabulary share; 1. With 0 such a token is an error from the device. */
  numOovIndices?: number;
  /** The token that stands for nothing: index 0 with outputMode 'int', and left out of vectors. */
  maskToken?: number | null;
  /** What an index of unknown tokens becomes with `invert`; -1. */
  oovToken?: number | null;
  /** The tokens, or (in this factory and in `setVocabulary`) the path of a file with one in each line. */
  vocabulary?: readonly number[] | string | null;
  /** Keras' name for the tokens' type, always 'int64'. They are int32 here. */
  vocabularyDtype?: 'int64';
  /** With outputMode 'tfIdf': a weight for each token. */
  idfWeights?: readonly number[] | null;
  /** From indices back to tokens. */
  invert?: boolean;
  outputMode?: M;
  /** Makes vectors of `maxTokens` numbers, however many tokens there are. */
  padToMaxTokens?: boolean;
  /** How several indices are shared: by the remainder, or by a hash, which is worked out outside of captured steps only. */
  oovMethod?: 'floormod' | 'farmhash';
  /** For another hash: a number or two. */
  salt?: number | readonly [number, number] | null;
  /** Size of the vocabulary with its special tokens, in configs of layers whose vocabulary comes later. */
  vocabularySize?: number | null;
}

const token: Reader<number> = (value, where) => {
  if (Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31) return value as number;
  throw new ArgumentError({ where, expected: 'a whole number of 32 bits', received: describe(value) });
};

function listOf(each: Reader<number>, words: string): Reader<readonly number[]> {
  return (value, where) => {
    const list = ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value;
    if (Array.isArray(list)) return list.map((one) => each(one, where));
    throw new ArgumentError({ where, expected: words, received: describe(value) });
  };
}

const tokens = listOf(token, 'a list of whole numbers');
const weights = listOf(real(), 'a list of numbers');

const salt: Reader<readonly [number, number]> = (value, where) => {
  const pair: unknown = typeof value === 'number' ? [value, value] : value;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((part) => Number.isSafeInteger(part))) return [pair[0], pair[1]] as never;
  throw new ArgumentError({ where, expected: 'a whole number or two', received: describe(value) });
};

const readers = {
  ...layerReaders,
  maxTokens: nullable(whole(2)),
  numOovIndices: optional(whole(0), 1),
  maskToken: nullable(token),
  oovToken: ((value, where) => (value === null ? null : optional(token, -1)(value, where))) as Reader<number | null>,
  vocabulary: nullable(tokens),
  vocabularyDtype: optional(oneOf('int64'), 'int64'),
  idfWeights: nullable(weights),
  invert: optional(flag, false),
  outputMode: optional(oneOf('int', 'oneHot', 'multiHot', 'count', 'tfIdf'), 'int'),
  padToMaxTokens: optional(flag, false),
  oovMethod: optional(oneOf('floormod', 'farmhash'), 'floormod'),
  salt: nullable(salt),
  vocabularySize: nullable(whole()),
};

/** The whole numbers in a file, one in each line. */
function tokensOfFile(path: string): number[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  return lines.map((line, i) => token(/^\s*-?\d+\s*$/.test(line) ? Number(line) : line, `integerLookup vocabulary, line ${i + 1}`));
}

function check(read: Read<typeof readers>): void {
  const refuse = (option: string, expected: string, received: string, hint?: string): ArgumentError =>
    new ArgumentError({ where: `integerLookup ${option}`, expected, received, hint });
  const { outputMode, invert, padToMaxTokens, maxTokens, vocabulary, idfWeights, oovMethod, oovToken } = read;
  if (padToMaxTokens && maxTokens === null) throw refuse('padToMaxTokens', 'maxTokens with it', 'none');
  if (invert && outputMode !== 'int') throw refuse('invert', "outputMode 'int' with it", `'${outputMode}'`);
  if (invert && oovToken === null) throw refuse('oovToken', 'a token with invert', 'null');
  if (idfWeights && outputMode !== 'tfIdf') throw refuse('idfWeights', "outputMode 'tfIdf' with them", `'${outputMode}'`);
  if (outputMode === 'tfIdf' && vocabulary && !idfWeights) throw refuse('idfWeights', 'one for each token', 'none');
  if (read.salt && oovMethod !== 'farmhash') throw refuse('salt', "oovMethod 'farmhash' with it", `'${oovMethod}'`);
}

/** Whole numbers to indices. */
export class IntegerLookup<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private vocabulary: Vocabulary | undefined;
  /** As they were given, or as `adapt` found them. */
  private given: { vocabulary: readonly number[]; idfWeights: readonly number[] | null } | undefined;
  private readonly fixed: boolean;

  constructor(options?: Omit<IntegerLookupOptions, 'vocabulary'> & { vocabulary?: readonly number[] | null }) {
    const read = readOptions('integerLookup', options, readers);
    check(read);
    super(common(read));
    this.options = read;
    this.fixed = read.vocabulary !== null;
    if (read.vocabulary) this.setVocabulary(read.vocabulary, read.idfWeights);
  }

  override get className(): string {
    return 'IntegerLookup';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  private get special(): SpecialTokens {
    const { maskToken, oovToken, outputMode, numOovIndices: unknowns } = this.options;
    return { maskToken, oovToken, masks: maskToken !== null && outputMode === 'int' ? 1 : 0, unknowns };
  }

  /** The index of the first token. */
  private get start(): number {
    return this.special.masks + this.special.unknowns;
  }

  private get depth(): number | null {
    const { padToMaxTokens, maxTokens, vocabularySize } = this.options;
    if (padToMaxTokens) return maxTokens;
    return this.vocabulary ? this.vocabularySize() : vocabularySize;
  }

  /** How many indices there are, those of masks and of unknown tokens included. */
  vocabularySize(): number {
    return this.start + (this.vocabulary?.tokens.length ?? 0);
  }

  /**
   * The tokens by their indices; with `includeSpecialTokens: false` without those of masks and of unknown tokens.
   *
   * @example
   * layers.integerLookup({ vocabulary: [12, 36] }).getVocabulary();   // [-1, 12, 36]
   */
  getVocabulary({ includeSpecialTokens = true }: { includeSpecialTokens?: boolean } = {}): (number | null)[] {
    const { maskToken, oovToken, masks, unknowns } = this.special;
    const own = this.vocabulary?.tokens ?? [];
    if (!includeSpecialTokens || !this.vocabulary) return [...own];
    return [...new Array<number | null>(masks).fill(maskToken), ...new Array<number | null>(unknowns).fill(oovToken), ...own];
  }

  /**
   * Sets the vocabulary (tokens, or a file with one in each line), and with outputMode 'tfIdf' its weights.
   *
   * @example
   * lookup.setVocabulary([12, 36, 1138, 42]);
   */
  setVocabulary(vocabulary: readonly number[] | Int32Array | string, idfWeights: readonly number[] | null = null): void {
    const where = 'integerLookup vocabulary';
    const { outputMode, maxTokens, invert } = this.options;
    if ((outputMode === 'tfIdf') !== (idfWeights !== null)) {
      throw new ArgumentError({
        where: 'integerLookup idfWeights',
        expected: outputMode === 'tfIdf' ? 'one for each token' : "outputMode 'tfIdf' with them",
        received: outputMode === 'tfIdf' ? 'none' : `'${outputMode}'`,
      });
    }
    const own = typeof vocabulary === 'string' ? tokensOfFile(vocabulary) : tokens(vocabulary, where);
    this.vocabulary = vocabularyOf(where, own, idfWeights, this.special, maxTokens, invert);
    this.given = { vocabulary: own, idfWeights };
  }

  /**
   * Makes the vocabulary of the tokens in data, the most frequent first: of a tensor, arrays, or an iterable of batches (with an asynchronous one,
   * await it), of which `steps` says how many are looked at. With outputMode 'tfIdf' each row counts as a document.
   *
   * @example
   * const lookup = layers.integerLookup();
   * lookup.adapt([[12, 1138, 42], [42, 1000, 36]]);
   */
  adapt(data: AsyncIterable<TensorLike>, options?: { steps?: number | null }): Promise<void>;
  adapt(data: TensorLike | Iterable<TensorLike>, options?: { steps?: number | null }): void;
  adapt(data: AdaptData, options: { steps?: number | null } = {}): void | Promise<void> {
    const { steps } = readOptions('integerLookup.adapt', options, { steps: nullable(whole()) });
    if (this.fixed) {
      throw new ArgumentError({
        where: 'integerLookup.adapt',
        expected: 'a layer without a vocabulary',
        received: 'one that was made with one',
        hint: 'leave the option out where adapt shall find it',
      });
    }
    const { maxTokens, outputMode, maskToken, oovToken } = this.options;
    const counts = new TokenCounts();
    const finish = (): void => {
      const most = maxTokens === null ? Infinity : Math.max(0, maxTokens - this.start);
      const found = counts.tokens([maskToken, oovToken], most);
      if (found.length === 0) throw new ArgumentError({ where: 'integerLookup.adapt', expected: 'data with tokens', received: 'none' });
      this.setVocabulary(found, outputMode === 'tfIdf' ? counts.weights(found) : null);
    };
    return forBatches('integerLookup.adapt', data, (batch, all) => counts.add(batch, all), finish, { dtype: 'int32', steps });
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    const { outputMode } = this.options;
    if (outputMode === 'int') return shape;
    if (outputMode !== 'oneHot' && shape.length < 2) throw new ShapeError(tokenInput(this.kind, withoutBatch(shape)));
    return encodedShape(shape, outputMode === 'tfIdf' ? 'count' : outputMode, this.depth);
  }

  protected override outputDType(): DType {
    return this.options.outputMode === 'int' ? 'int32' : this.dtype;
  }

  override call(x: Tensor): Tensor {
    const { vocabulary } = this;
    if (!vocabulary) {
      throw new ArgumentError({
        where: this.kind,
        expected: 'a vocabulary',
        received: 'none',
        hint: 'give it one, or call adapt(data) first',
      });
    }
    // Models cast their inputs to floats; tokens below 2^24 come through that exactly.
    const given = x.dtype === 'int32' ? x : ops.cast(isFloat(x.dtype) ? ops.round(x) : x, 'int32');
    if (this.options.invert) return this.inverted(given, vocabulary);
    const indices = this.indices(given, vocabulary);
    const { outputMode } = this.options;
    if (outputMode === 'int') return indices;
    const depth = this.depth!;
    if (outputMode !== 'tfIdf') return encoded(indices, outputMode, depth, this.dtype);
    const own = Float64Array.from({ length: depth }, (_, i) => vocabulary.weights![i] ?? 0);
    return ops.multiply(encoded(indices, 'count', depth, this.dtype), tensor(own, [depth], this.dtype));
  }

  /** The index of each token; with vectors, -1 for what is masked. */
  private indices(x: Tensor, { sorted, places }: Vocabulary): Tensor {
    const { maskToken, numOovIndices, outputMode } = this.options;
    const { masks } = this.special;
    const size = sorted.length;
    const list = tensor(sorted, [size], 'int32');
    const at = ops.minimum(ops.searchsorted(list, x), size - 1);
    const known = ops.equal(ops.take(list, at, 0), x);
    const masked = maskToken === null ? undefined : ops.equal(x, maskToken);
    // Without an index for it an unknown token looks behind the end of the table, which the device refuses.
    const reached = numOovIndices > 0 ? at : ops.where(masked ? ops.logicalOr(known, masked) : known, at, size);
    const found = ops.add(ops.take(tensor(places, [size], 'int32'), reached, 0), this.start);
    const looked = numOovIndices > 0 ? ops.where(known, found, ops.add(this.bucket(x), masks)) : found;
    return masked ? ops.where(masked, outputMode === 'int' ? 0 : -1, looked) : looked;
  }

  /** Which of the indices of unknown tokens a token has. */
  private bucket(x: Tensor): Tensor {
    const { numOovIndices: count, oovMethod, salt } = this.options;
    if (count === 1) return ops.zerosLike(x);
    if (oovMethod === 'floormod') return ops.mod(x, count);
    refuseInCapture(this.kind, "oovMethod 'farmhash'", 'look tokens up before the model, or use floormod');
    const buckets = Int32Array.from(x.dataSync(), (one) => tokenBucket(one, count, salt));
    return tensor(buckets, x.shape, 'int32');
  }

  private inverted(x: Tensor, { tokens: own }: Vocabulary): Tensor {
    const { maskToken, oovToken } = this.options;
    const at = ops.subtract(x, this.start);
    const known = ops.logicalAnd(ops.greaterEqual(at, 0), ops.less(at, own.length));
    const found = ops.take(tensor(Int32Array.from(own), [own.length], 'int32'), ops.clip(at, 0, own.length - 1), 0);
    const looked = ops.where(known, found, oovToken!);
    return maskToken === null ? looked : ops.where(ops.equal(x, 0), maskToken, looked);
  }

  override getConfig(): Config {
    const { name: _, trainable: __, dtype: ___, inputShape: ____, activityRegularizer: _____, ...own } = this.options;
    return {
      ...super.getConfig(),
      ...own,
      vocabulary: this.given?.vocabulary ?? null,
      idfWeights: this.given?.idfWeights ?? null,
      vocabularySize: this.vocabulary ? this.vocabularySize() : own.vocabularySize,
    };
  }
}

registerLayer('IntegerLookup', IntegerLookup);

/**
 * Replaces whole numbers (tokens) by their indices in a vocabulary that is given, or that `adapt` takes from data; or indices by tokens, with
 * `invert`. Index 0 is that of all other tokens, unless the options say more. Source: Keras 3, keras.layers.IntegerLookup.
 *
 * Shapes: kept, int32; with another `outputMode` as for `categoryEncoding`, one number for each index. Tokens are whole numbers of 32 bits. A layer that
 * was adapted keeps its vocabulary in its config.
 *
 * @example
 * layers.integerLookup({ vocabulary: [12, 36, 1138, 42] });                              // 12 → 1, 42 → 4, 7 → 0
 * layers.integerLookup({ vocabulary: [12, 36, 1138, 42], outputMode: 'multiHot' });
 */
export function integerLookup<const M extends LookupMode = 'int'>(options?: IntegerLookupOptions<M>): IntegerLookup<LookupShape<M>> {
  const { vocabulary } = options ?? {};
  return new IntegerLookup({ ...options, vocabulary: typeof vocabulary === 'string' ? tokensOfFile(vocabulary) : vocabulary });
}
