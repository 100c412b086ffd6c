/** Arrays that are in a file or go into one: what they are is known at once, their values are read one array at a time. */
import type { DType, TypedArray } from '../tensor/dtype.js';

export interface StoredArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The values, in memory of their own. */
  read(): Promise<TypedArray>;
}

/** An array that is written: all of it, or piece by piece where it is too large to be in memory twice. */
export type WrittenArray = Omit<StoredArray, 'read'> & ({ read(): Promise<TypedArray> } | { pieces(): AsyncIterable<TypedArray> });

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** A list of whole numbers from 0 on. */
export function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}

/** Dimensions whose product is a number that can be counted. */
export function isStoredShape(value: unknown): value is number[] {
  return areCounts(value) && Number.isSafeInteger(sizeOf(value));
}
