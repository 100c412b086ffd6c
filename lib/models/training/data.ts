/** What `fit`, `evaluate` and `predict` take as data, brought into one of two forms: arrays that stay on the device, or batches that come. */
import { ArgumentError, DataError, ShapeError } from '../../errors.js';
import { runtimeFor } from '../../ops/define.js';
import * as ops from '../../ops/index.js';
import { describe } from '../../options/index.js';
import { type NestedArray, tensor } from '../../tensor/create.js';
import { isFloat, type TypedArray } from '../../tensor/dtype.js';
import { tidy } from '../../tensor/scope.js';
import { Tensor } from '../../tensor/tensor.js';

/** A typed array with its shape. */
export interface ShapedArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

/** One array: a tensor, a typed array (with a shape), or nested plain arrays. */
export type ArrayLike1 = Tensor | TypedArray | ShapedArray | NestedArray;

/** One array, or one for each input or output of the model. */
export type ArraysLike = ArrayLike1 | readonly ArrayLike1[];

/** A batch of a generator: inputs, labels, and perhaps sample weights. */
export type BatchLike =
  readonly [x: ArraysLike, y?: ArraysLike, sampleWeight?: ArrayLike1] | { readonly x: ArraysLike; readonly y?: ArraysLike };

/** Data that come batch by batch. An iterable that can be iterated again begins anew at each epoch. */
export type BatchSource = AsyncIterable<BatchLike> | Iterable<BatchLike>;

/** Arrays on the device, all with the same number of rows. */
export interface Arrays {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly weights: Tensor | undefined;
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

/** Whether this is a list with one array an input, not one nested array. */
function isList(value: ArraysLike): value is readonly ArrayLike1[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    (value as unknown[]).every((part) => part instanceof Tensor || ArrayBuffer.isView(part) || isShaped(part))
  );
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
      hint: 'make a tensor of the data with tensor(...)',
    });
  }
  const made = isShaped(value) ? tensor(value.data, value.shape) : tensor(value);
  owned.push(made);
  return made;
}

export function tensorsOf(where: string, value: ArraysLike, owned: Tensor[]): Tensor[] {
  return isList(value) ? value.map((part) => one(where, part, owned)) : [one(where, value, owned)];
}

/** Brings arrays to the device and checks that their rows agree. */
export function arraysOf(where: string, x: ArraysLike, y?: ArraysLike, sampleWeight?: ArrayLike1): Arrays {
  const owned: Tensor[] = [];
  const inputs = tensorsOf(`${where} x`, x, owned);
  const labels = y === undefined ? [] : tensorsOf(`${where} y`, y, owned);
  const weights = sampleWeight === undefined ? undefined : one(`${where} sampleWeight`, sampleWeight, owned);
  const all = [...inputs, ...labels, ...(weights ? [weights] : [])];
  for (const part of all) {
    if (part.rank > 0) continue;
    throw new ShapeError({ where, expected: 'arrays with one row a sample', received: 'a single number', hint: 'wrap it in an array' });
  }
  runtimeFor(where, all);
  const samples = inputs[0]!.shape[0]!;
  for (const [name, parts] of [
    ['x', inputs],
    ['y', labels],
    ['sampleWeight', weights ? [weights] : []],
  ] as const) {
    for (const part of parts) {
      if (part.shape[0] === samples) continue;
      throw new ShapeError({
        where,
        expected: `as many rows in ${name} as in x, ${samples}`,
        received: String(part.shape[0]),
        hint: 'give one label a sample',
      });
    }
  }
  if (samples === 0) {
    throw new DataError({ where, expected: 'at least one sample', received: 'none', hint: 'check how the data were read' });
  }
  return { x: inputs, y: labels, weights, samples, owned };
}

/** A batch as arrays; `[x, y]` may also be an object with x and y. */
export function batchOf(where: string, batch: BatchLike): Arrays {
  if (Array.isArray(batch) && batch.length >= 1 && batch.length <= 3) {
    return arraysOf(where, batch[0] as ArraysLike, batch[1] as ArraysLike | undefined, batch[2] as ArrayLike1 | undefined);
  }
  if (typeof batch === 'object' && batch !== null && !Array.isArray(batch) && 'x' in batch) return arraysOf(where, batch.x, batch.y);
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
  const weights = arrays.weights && cut(arrays.weights);
  return { x, y, weights, samples: to - from, owned: [...x, ...y, ...(weights ? [weights] : [])] };
}

/** Labels that are not a number spoil every weight in one step; they are looked for once, before the first. */
export function checkLabels(where: string, labels: readonly Tensor[]): Promise<void> {
  return checkFinite(`${where} y`, labels, 'labels');
}

async function checkFinite(where: string, values: readonly Tensor[], what: string, consequence?: string): Promise<void> {
  for (const value of values) {
    if (!isFloat(value.dtype)) continue;
    const bad = tidy(() => ops.any(ops.logicalNot(ops.isfinite(value))));
    const [found] = await bad.data();
    bad.dispose();
    if (found) {
      throw new DataError({
        where,
        expected: `finite ${what}`,
        received: 'NaN or infinity among them',
        hint: `${consequence ?? ''}look for missing values where the data are read`,
      });
    }
  }
}

/** Class numbers that no output stands for; a device would read beyond the probabilities. */
export async function checkClasses(where: string, labels: readonly Tensor[], counts: readonly (number | null)[]): Promise<void> {
  for (const [i, count] of counts.entries()) {
    if (count === null) continue;
    const ends = tidy(() => ops.stack([ops.min(labels[i]!), ops.max(labels[i]!)].map((end) => ops.cast(end, 'float32'))));
    const [low, high] = (await ends.data()) as unknown as [number, number];
    ends.dispose();
    if (low >= 0 && high < count) continue;
    throw new DataError({
      where: `${where} y`,
      expected: `class numbers from 0 to ${count - 1}`,
      received: `numbers from ${low} to ${high}`,
      hint: low < 0 ? 'count classes from 0 on' : `give the last layer ${Math.floor(high) + 1} units, or count classes from 0 on`,
    });
  }
}

/** Says so where a loss is no number because the inputs are none. Looked for only then: a pass over all inputs costs time. */
export async function explainNaN(where: string, loss: number | undefined, inputs: readonly Tensor[]): Promise<void> {
  if (loss === undefined || Number.isFinite(loss)) return;
  await checkFinite(`${where} x`, inputs, 'numbers', 'the loss became NaN for it: ');
}

/** Weights of classes as weights of samples. Labels are class numbers, or one-hot rows. */
export function classWeights(where: string, labels: Tensor, given: Readonly<Record<string | number, number>>): Tensor {
  const entries = Object.entries(given).map(([key, weight]) => [Number(key), weight] as const);
  for (const [key, weight] of entries) {
    if (Number.isInteger(key) && key >= 0 && typeof weight === 'number' && Number.isFinite(weight) && weight >= 0) continue;
    throw new ArgumentError({
      where: `${where} classWeight`,
      expected: 'numbers of at least 0 by class number',
      received: `${String(key)}: ${String(weight)}`,
      hint: 'for example { 0: 1, 1: 2.5 }',
    });
  }
  return tidy(() => {
    const oneHot = labels.rank > 1 && labels.shape[labels.rank - 1]! > 1;
    const numbers = oneHot ? ops.argmax(labels, { axis: -1 }) : ops.cast(ops.reshape(labels, [labels.shape[0]!]), 'int32');
    const table = new Float32Array(Math.max(...entries.map(([key]) => key), oneHot ? labels.shape[labels.rank - 1]! - 1 : 0) + 1).fill(1);
    for (const [key, weight] of entries) table[key] = weight;
    // Classes that the table does not reach keep the weight 1.
    const within = ops.less(numbers, table.length);
    const looked = ops.take(tensor(table), ops.where(within, numbers, ops.zerosLike(numbers)), { axis: 0 });
    return ops.where(within, looked, ops.onesLike(looked));
  });
}
