/** Which token has which index: what is given, what data teach, and the places of masks and of unknown tokens before it. */
import { ArgumentError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';

/** Where an index stands for no token of the vocabulary. */
export interface SpecialTokens {
  readonly maskToken: number | null;
  readonly oovToken: number | null;
  /** Indices of masked input: 1 or none. */
  readonly masks: number;
  /** Indices of tokens that are not in the vocabulary. */
  readonly unknowns: number;
}

/** Tokens and their weights, without the special ones. */
export interface Vocabulary {
  readonly tokens: readonly number[];
  /** One weight for each index, special ones included. */
  readonly weights: readonly number[] | null;
  /** The tokens in ascending order, and the place of each in the vocabulary. */
  readonly sorted: Int32Array;
  readonly places: Int32Array;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function refuse(where: string, expected: string, received: string, hint?: string): ArgumentError {
  return new ArgumentError({ where, expected, received, hint });
}

/** A vocabulary from what a user gives: with the special tokens in front, or without them. */
export function vocabularyOf(
  where: string,
  given: readonly number[],
  idfWeights: readonly number[] | null,
  special: SpecialTokens,
  most: number | null,
  refuseOov: boolean,
): Vocabulary {
  const { maskToken, oovToken, masks, unknowns } = special;
  const lead = [...new Array<number | null>(masks).fill(maskToken), ...new Array<number | null>(unknowns).fill(oovToken)];
  const led = lead.every((token, i) => given[i] === token);
  const tokens = led ? given.slice(lead.length) : [...given];
  if (given.length === 0) throw refuse(where, 'at least one token', 'none');
  const seen = new Set<number>();
  for (const token of tokens) {
    if (seen.has(token)) throw refuse(where, 'each token once', `${token} more than once`);
    seen.add(token);
  }
  for (const [name, token, refused] of [
    ['maskToken', maskToken, true],
    ['oovToken', oovToken, refuseOov],
  ] as const) {
    if (!refused || token === null || !seen.has(token)) continue;
    throw refuse(where, `${name} ${token} at the beginning only`, `[${given.join(', ')}]`, 'leave the special tokens out');
  }
  const size = lead.length + tokens.length;
  if (most !== null && size > most) throw refuse(where, `at most maxTokens, ${most}, with the special tokens`, String(size));
  if (idfWeights && idfWeights.length !== given.length) {
    throw refuse(`${where} idfWeights`, `one for each of ${given.length} tokens`, String(idfWeights.length));
  }
  // Of tokens that nobody has seen the weight is the mean of the others.
  const weights = idfWeights && (led ? [...idfWeights] : [...new Array<number>(lead.length).fill(mean(idfWeights)), ...idfWeights]);
  const order = tokens.map((_, i) => i).sort((a, b) => tokens[a]! - tokens[b]!);
  return { tokens, weights, sorted: Int32Array.from(order, (i) => tokens[i]!), places: Int32Array.from(order) };
}

/** Counts tokens, and the documents (rows) that they are in. */
export class TokenCounts {
  private readonly counts = new Map<number, number>();
  private readonly inDocuments = new Map<number, number>();
  private documents = 0;

  /** A vector is one document, or, where it is all there is, a document each number. */
  add(batch: Tensor, whole: boolean): void {
    const values = batch.dataSync();
    const rows = batch.rank === 0 || (batch.rank === 1 && !whole) ? 1 : batch.shape[0]!;
    const width = rows === 0 ? 0 : values.length / rows;
    this.documents += rows;
    for (let row = 0; row < rows; row++) {
      const own = Array.from(values.subarray(row * width, (row + 1) * width), Math.trunc);
      for (const token of own) this.counts.set(token, (this.counts.get(token) ?? 0) + 1);
      for (const token of new Set(own)) this.inDocuments.set(token, (this.inDocuments.get(token) ?? 0) + 1);
    }
  }

  /** The most frequent tokens, the larger of two that are equally frequent first. */
  tokens(but: readonly (number | null)[], most: number): number[] {
    const found = [...this.counts].filter(([token]) => !but.includes(token));
    return found
      .sort(([a, ofA], [b, ofB]) => ofB - ofA || b - a)
      .slice(0, most)
      .map(([token]) => token);
  }

  /** Inverse document frequencies. */
  weights(tokens: readonly number[]): number[] {
    return tokens.map((token) => Math.log(1 + this.documents / (1 + (this.inDocuments.get(token) ?? 0))));
  }
}
