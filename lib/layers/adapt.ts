/** Data that preprocessing layers look at before they are used: one tensor, or batches of it one after the other. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import { tensor, type TensorLike } from '../tensor/create.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** A tensor or arrays of numbers, or anything that yields batches of them. */
export type AdaptData = TensorLike | Iterable<TensorLike> | AsyncIterable<TensorLike>;

/** How data are read. */
export interface AdaptReading {
  /** The element type that arrays are read as; their own where it is absent. */
  dtype?: DType;
  /** How many batches of an iterable are looked at; all where it is absent. */
  steps?: number | null | undefined;
}

function asTensor(value: unknown, dtype: DType | undefined): Tensor {
  return value instanceof Tensor ? value : tensor(value as never, undefined, dtype as never);
}

function isBatches(data: object): data is Iterable<TensorLike> {
  if (Array.isArray(data)) return data.some((part) => part instanceof Tensor || ArrayBuffer.isView(part));
  return !(data instanceof Tensor) && !ArrayBuffer.isView(data) && Symbol.iterator in data;
}

/**
 * Calls `each` with every batch (and whether it is all of the data, not one batch of an iterable), then `finish`; a promise only where the data
 * come as one.
 */
export function forBatches(
  where: string,
  data: AdaptData,
  each: (batch: Tensor, whole: boolean) => void,
  finish: () => void,
  { dtype, steps }: AdaptReading = {},
): void | Promise<void> {
  const most = steps ?? Infinity;
  const take = (value: unknown, whole = false): void => {
    const batch = asTensor(value, dtype);
    each(batch, whole);
    if (batch !== value) batch.dispose();
  };
  if (typeof data === 'object' && data !== null && Symbol.asyncIterator in data) {
    return (async () => {
      let seen = 0;
      for await (const batch of data) {
        take(batch);
        if (++seen >= most) break;
      }
      finish();
    })();
  }
  if (typeof data !== 'object' || data === null) {
    throw new ArgumentError({ where, expected: 'a tensor, arrays of numbers, or an iterable of batches', received: describe(data) });
  }
  if (isBatches(data)) {
    let seen = 0;
    for (const batch of data) {
      take(batch);
      if (++seen >= most) break;
    }
  } else {
    take(data, true);
  }
  finish();
}
