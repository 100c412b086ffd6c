/** Sequences of different lengths as one array. Source: Keras 3, `keras.utils.pad_sequences`. */
import { DataError, ShapeError } from '../errors.js';
import { describe, dtype as dtypeReader, nullable, oneOf, optional, readOptions, real, whole } from '../options/index.js';
import { hostArray, type NestedArray, tensor } from '../tensor/create.js';
import { type DType, typedArray, type TypedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

export interface PadSequencesOptions<D extends DType = DType> {
  /** Length of all; null: that of the longest. */
  maxlen?: number | null;
  /** 'int32'. */
  dtype?: D;
  /** Where values are added; 'pre'. */
  padding?: 'pre' | 'post';
  /** Where values are taken away; 'pre'. */
  truncating?: 'pre' | 'post';
  /** What is added; 0. */
  value?: number;
}

/**
 * Sequences as a tensor [count, length] (or [count, length, ...] of sequences of arrays), padded with `value` or cut to one length.
 *
 * @throws ShapeError when the steps of sequences have different shapes
 * @example
 * utils.padSequences([[1, 2, 3], [4]]);                                    // [[1, 2, 3], [0, 0, 4]]
 * utils.padSequences([[1, 2, 3], [4]], { maxlen: 2, padding: 'post' });    // [[2, 3], [4, 0]]
 */
export function padSequences<D extends DType = 'int32'>(
  sequences: readonly (TypedArray | readonly NestedArray[])[],
  options: PadSequencesOptions<D> = {},
): Tensor<number[], D> {
  const where = 'padSequences';
  const read = readOptions(where, options, {
    maxlen: nullable(whole(0)),
    dtype: optional(dtypeReader, 'int32' as const),
    padding: optional(oneOf('pre', 'post'), 'pre' as const),
    truncating: optional(oneOf('pre', 'post'), 'pre' as const),
    value: optional(real(), 0),
  });
  if (!Array.isArray(sequences)) throw new DataError({ where, expected: 'a list of sequences', received: describe(sequences) });
  let step: number[] | undefined;
  const arrays = (sequences as unknown[]).map((sequence, i) => {
    if (!Array.isArray(sequence) && !ArrayBuffer.isView(sequence)) {
      throw new DataError({
        where: `${where} [${i}]`,
        expected: 'a sequence',
        received: describe(sequence),
        hint: 'wrap a single one in a list',
      });
    }
    const array = hostArray(`${where} [${i}]`, sequence as TypedArray | NestedArray);
    if (array.shape[0] === 0) return array;
    const own = array.shape.slice(1);
    step ??= own;
    if (own.join() === step.join()) return array;
    throw new ShapeError({ where: `${where} [${i}]`, expected: `steps of shape [${step.join(', ')}]`, received: `[${own.join(', ')}]` });
  });
  const shape = step ?? [];
  const size = shape.reduce((a, b) => a * b, 1);
  const length = read.maxlen ?? arrays.reduce((most, array) => Math.max(most, array.shape[0]!), 0);
  const out = typedArray(read.dtype, arrays.length * length * size).fill(read.value);
  arrays.forEach(({ data, shape: own }, i) => {
    const kept = Math.min(own[0]!, length);
    const from = read.truncating === 'pre' ? own[0]! - kept : 0;
    const to = i * length + (read.padding === 'pre' ? length - kept : 0);
    out.set(data.subarray(from * size, (from + kept) * size), to * size);
  });
  return tensor(out, [arrays.length, length, ...shape], read.dtype) as unknown as Tensor<number[], D>;
}
