/** Arrays on the host: what the data side works with, before a model brings them to its device. */
import { ArgumentError, DataError, ShapeError } from '../errors.js';
import { describe } from '../options/index.js';
import { hostArray, type NestedArray } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** Numbers with their shape, the last axis fastest. `tensor(a.data, a.shape)` makes a tensor of one. */
export interface ArrayData<T extends TypedArray = TypedArray, S extends readonly number[] = number[]> {
  readonly data: T;
  readonly shape: S;
}

/** What stands for an array: a tensor, a typed array (with a shape), or nested plain arrays. */
export type ArraySource = Tensor | TypedArray | ArrayData<TypedArray, readonly number[]> | NestedArray;

export function isArrayData(value: unknown): value is ArrayData<TypedArray, readonly number[]> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Tensor) &&
    'data' in value &&
    'shape' in value &&
    ArrayBuffer.isView(value.data) &&
    Array.isArray(value.shape)
  );
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** A copy on the host of what a user gave, so that later changes and transfers of his do no harm. */
export async function arrayData(where: string, value: ArraySource): Promise<ArrayData> {
  if (value instanceof Tensor) {
    value.check(where);
    return { data: await value.data(), shape: [...value.shape] };
  }
  return arrayDataNow(where, value);
}

/** The same for what is on the host already. */
export function arrayDataNow(where: string, value: Exclude<ArraySource, Tensor>): ArrayData {
  const shaped = isArrayData(value);
  if (!shaped && (value === undefined || value === null || typeof value === 'string' || typeof value === 'function')) {
    throw new DataError({
      where,
      expected: 'a tensor, a typed array with a shape, or nested arrays of numbers',
      received: describe(value),
      hint: 'pass the array itself',
    });
  }
  const { data, shape } = shaped ? hostArray(where, value.data, value.shape) : hostArray(where, value);
  const own: TypedArray = Array.isArray(value) || typeof value !== 'object' ? data : data.slice();
  return { data: own, shape: [...shape] };
}

/** Row `index`: a view of the same memory. */
export function rowOf(array: ArrayData, index: number): ArrayData {
  const size = sizeOf(array.shape.slice(1));
  return { data: array.data.subarray(index * size, (index + 1) * size), shape: array.shape.slice(1) };
}

/** Rows in the order of `indices`, copied. */
export function gatherRows(array: ArrayData, indices: ArrayLike<number>): ArrayData {
  const size = sizeOf(array.shape.slice(1));
  const data = newLike(array.data, indices.length * size);
  for (let i = 0; i < indices.length; i++) data.set(array.data.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  return { data, shape: [indices.length, ...array.shape.slice(1)] };
}

export function newLike<T extends TypedArray>(array: T, length: number): T {
  return new (array.constructor as new (length: number) => T)(length);
}

/** Arrays of one shape on top of each other. */
export function stackArrays(where: string, parts: readonly ArrayData[]): ArrayData {
  const [first] = parts;
  if (!first) throw new ArgumentError({ where, expected: 'at least one array', received: 'none' });
  const data = newLike(first.data, parts.length * first.data.length);
  parts.forEach((part, i) => {
    if (part.shape.length !== first.shape.length || part.shape.some((dim, axis) => dim !== first.shape[axis])) {
      throw new ShapeError({
        where,
        expected: `elements of one shape, [${first.shape.join(', ')}]`,
        received: `[${part.shape.join(', ')}] among them`,
        hint: 'resize, pad or cut them in a map() before the batch',
      });
    }
    if (part.data.constructor !== first.data.constructor) {
      throw new DataError({
        where,
        expected: `elements of one type, ${first.data.constructor.name}`,
        received: `${part.data.constructor.name} among them`,
        hint: 'bring them to one type in a map() before the batch',
      });
    }
    data.set(part.data, i * first.data.length);
  });
  return { data, shape: [parts.length, ...first.shape] };
}
