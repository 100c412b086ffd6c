/** Data that preprocessing layers look at before they are used: one tensor, or batches of it one after the other. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import { tensor, type TensorLike } from '../tensor/create.js';
import { Tensor } from '../tensor/tensor.js';

/** A tensor or arrays of numbers, or anything that yields batches of them. */
export type AdaptData = TensorLike | Iterable<TensorLike> | AsyncIterable<TensorLike>;

function asTensor(value: unknown): Tensor {
  return value instanceof Tensor ? value : tensor(value as never);
}

function isBatches(data: object): data is Iterable<TensorLike> {
  if (Array.isArray(data)) return data.some((part) => part instanceof Tensor || ArrayBuffer.isView(part));
  return !(data instanceof Tensor) && !ArrayBuffer.isView(data) && Symbol.iterator in data;
}

/** Calls `each` with every batch, then `finish`; a promise only where the data come as one. */
export function forBatches(where: string, data: AdaptData, each: (batch: Tensor) => void, finish: () => void): void | Promise<void> {
  const take = (value: unknown): void => {
    const batch = asTensor(value);
    each(batch);
    if (batch !== value) batch.dispose();
  };
  if (typeof data === 'object' && data !== null && Symbol.asyncIterator in data) {
    return (async () => {
      for await (const batch of data) take(batch);
      finish();
    })();
  }
  if (typeof data !== 'object' || data === null) {
    throw new ArgumentError({ where, expected: 'a tensor, arrays of numbers, or an iterable of batches', received: describe(data) });
  }
  if (isBatches(data)) for (const batch of data) take(batch);
  else take(data);
  finish();
}
