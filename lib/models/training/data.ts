/** What `fit`, `evaluate` and `predict` take as data, brought into one of two forms: arrays that stay on the device, or batches that come. */
import { DataError, ShapeError } from '../../errors.js';
import { runtimeFor } from '../../ops/define.js';
import * as ops from '../../ops/index.js';
import { describe } from '../../options/index.js';
import { type NestedArray, tensor, toTensor } from '../../tensor/create.js';
import type { TypedArray } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { byOutput, isRecord } from './by-output.js';

/** A typed array with its shape. */
export interface ShapedArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

/** One array: a tensor, a typed array (with a shape), or nested plain arrays. */
export type ArrayLike1 = Tensor | TypedArray | ShapedArray | NestedArray;

/** One array, or one for each input or output of the model. */
export type ArraysLike = ArrayLike1 | readonly ArrayLike1[];

/** Weights of samples: for all outputs alike, or for each output, in a list or by name. null: an output without. */
export type SampleWeightLike = ArrayLike1 | readonly (ArrayLike1 | null)[] | Readonly<Record<string, ArrayLike1 | null>>;

/** A batch of a generator: inputs, labels, and perhaps sample weights. */
export type BatchLike =
  readonly [x: ArraysLike, y?: ArraysLike, sampleWeight?: SampleWeightLike] | { readonly x: ArraysLike; readonly y?: ArraysLike };

/** Data that come batch by batch. An iterable that can be iterated again begins anew at each epoch. */
export type BatchSource = AsyncIterable<BatchLike> | Iterable<BatchLike>;

/** Arrays on the device, all with the same number of rows. */
export interface Arrays {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** None, one for all outputs, or one (perhaps undefined) for each. */
  readonly weights: readonly (Tensor | undefined)[];
  readonly samples: number;
  /** Those that were made here, to dispose of at the end. */
  readonly owned: readonly Tensor[];
}

export function isBatchSource(value: unknown): value is BatchSource {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Tensor)
    return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

function isShaped(value: unknown): value is ShapedArray {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && !(value instanceof Tensor);
}

function isArray(value: unknown): boolean {
  return value instanceof Tensor || ArrayBuffer.isView(value) || isShaped(value);
}

/** Whether this is a list with one array an input, not one nested array. */
function isList(value: ArraysLike): value is readonly ArrayLike1[] {
  return Array.isArray(value) && value.length > 0 && (value as unknown[]).every(isArray);
}

function one(where: string, value: ArrayLike1, owned: Tensor[]): Tensor {
  if (value instanceof Tensor) {
    value.check(where);
    return value;
  }
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'function') {
    throw new DataError({
      where,
      expected: 'a tensor, a typed array with a shape, or nested arrays of numbers',
      received: describe(value),
      hint:
        typeof value === 'function'
          ? 'a generator function goes into data.fromGenerator(...)'
          : 'make a tensor of the data with tensor(...)',
    });
  }
  if (typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value) && !isShaped(value)) {
    const isPromise = typeof (value as { then?: unknown }).then === 'function';
    throw new DataError({
      where,
      expected: 'a tensor, a typed array with a shape, or nested arrays of numbers',
      received: describe(value),
      hint: isPromise ? 'await it first' : 'pass its arrays, for example train.x and train.y',
    });
  }
  const made = isShaped(value) ? tensor(value.data, value.shape) : toTensor(where, value);
  owned.push(made);
  return made;
}

export function tensorsOf(where: string, value: ArraysLike, owned: Tensor[]): Tensor[] {
  return isList(value) ? value.map((part) => one(where, part, owned)) : [one(where, value, owned)];
}

/** Weights as they come from the user: one array stands for all outputs. */
function weightsFrom(
  where: string,
  value: SampleWeightLike | undefined,
  outputs: readonly string[],
  owned: Tensor[],
): (Tensor | undefined)[] {
  if (value === undefined || value === null) return [];
  const many = isRecord(value) && !isShaped(value);
  const listed = Array.isArray(value) && value.length > 0 && value.every((part: unknown) => part === null || isArray(part));
  if (!many && !listed) return [one(where, value as ArrayLike1, owned)];
  return byOutput(where, value as Readonly<Record<string, unknown>>, outputs).map((part) =>
    part === undefined ? undefined : one(where, part as ArrayLike1, owned),
  );
}

/** Brings arrays to the device and checks that their rows agree. `outputs` are the names that sample weights may be given by. */
export function arraysOf(
  where: string,
  x: ArraysLike,
  y?: ArraysLike,
  sampleWeight?: SampleWeightLike,
  outputs: readonly string[] = ['output'],
  hint = 'give one label a sample',
): Arrays {
  const owned: Tensor[] = [];
  const inputs = tensorsOf(`${where} x`, x, owned);
  const labels = y === undefined ? [] : tensorsOf(`${where} y`, y, owned);
  const weights = weightsFrom(`${where} sampleWeight`, sampleWeight, outputs, owned);
  const present = weights.filter((part) => part !== undefined);
  const all = [...inputs, ...labels, ...present];
  for (const part of all) {
    if (part.rank > 0) continue;
    throw new ShapeError({ where, expected: 'arrays with one row a sample', received: 'a single number', hint: 'wrap it in an array' });
  }
  runtimeFor(where, all);
  const samples = inputs[0]!.shape[0]!;
  for (const [name, parts] of [
    ['x', inputs],
    ['y', labels],
    ['sampleWeight', present],
  ] as const) {
    for (const part of parts) {
      if (part.shape[0] === samples) continue;
      throw new ShapeError({
        where,
        expected: `as many rows in ${name} as in x, ${samples}`,
        received: String(part.shape[0]),
        hint,
      });
    }
  }
  if (samples === 0) {
    throw new DataError({ where, expected: 'at least one sample', received: 'none', hint: 'check how the data were read' });
  }
  return { x: inputs, y: labels, weights, samples, owned };
}

const batchHint = 'give one label a sample, and batches of samples: batch(32) makes them of single ones';

/** A batch as arrays; `[x, y]` may also be an object with x and y. */
export function batchOf(where: string, batch: BatchLike, outputs?: readonly string[]): Arrays {
  if (Array.isArray(batch) && batch.length >= 1 && batch.length <= 3) {
    const [x, y, weights] = batch as readonly [ArraysLike, ArraysLike | undefined, SampleWeightLike | undefined];
    return arraysOf(where, x, y, weights, outputs, batchHint);
  }
  if (typeof batch === 'object' && batch !== null && !Array.isArray(batch) && 'x' in batch)
    return arraysOf(where, batch.x, batch.y, undefined, outputs, batchHint);
  throw new DataError({
    where,
    expected: 'batches [x, y] or [x, y, sampleWeight]',
    received: describe(batch),
    hint: 'yield one array with the inputs and the labels of a batch',
  });
}

export function disposeOwned(arrays: { readonly owned: readonly Tensor[] }): void {
  for (const made of arrays.owned) made.dispose();
}

/** Rows `from` to `to` of all arrays, copied. */
export function rowsOf(arrays: Arrays, from: number, to: number): Arrays {
  const cut = (part: Tensor): Tensor =>
    ops.slice(part, [from, ...new Array<number>(part.rank - 1).fill(0)], [to - from, ...part.shape.slice(1)]);
  const x = arrays.x.map(cut);
  const y = arrays.y.map(cut);
  const weights = arrays.weights.map((part) => part && cut(part));
  return { x, y, weights, samples: to - from, owned: [...x, ...y, ...weights.filter((part) => part !== undefined)] };
}
