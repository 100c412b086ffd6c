/** Data sets of what is in memory, or of what a function makes. */
import { ArgumentError, DataError, ShapeError } from '../errors.js';
import { describe } from '../options/index.js';
import type { NestedArray } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { type ArrayData, arrayData, type ArraySource, isArrayData, rowOf } from './array.js';
import { Dataset } from './dataset.js';

/** Arrays with one row a sample: one, a tuple of them, or an object. */
export type Columns = ArraySource | readonly ArraySource[] | Readonly<Record<string, ArraySource>>;

/** A row: a number where the array has rank 1, else an array. */
type Row = number | ArrayData;

/** The element of some columns. */
export type RowOf<C> = C extends Tensor | TypedArray | ArrayData<TypedArray, readonly number[]>
  ? Row
  : C extends readonly ArraySource[]
    ? C extends NestedArray
      ? Row
      : { -readonly [K in keyof C]: Row }
    : C extends object
      ? { -readonly [K in keyof C]: Row }
      : Row;

function isColumn(value: unknown): boolean {
  return value instanceof Tensor || ArrayBuffer.isView(value) || isArrayData(value);
}

/**
 * The rows of arrays: of one array, of a tuple such as [x, y], or of an object of arrays. Tensors are read from their device once.
 *
 * @throws ShapeError when the arrays have different numbers of rows
 * @example
 * const pairs = data.fromTensors([train.x, train.y]).shuffle(60000).batch(128);
 * await model.fit(pairs, { epochs: 5 });
 */
export function fromTensors<const C extends Columns>(columns: C): Dataset<RowOf<C>> {
  const where = 'fromTensors';
  if (typeof columns !== 'object' || columns === null) {
    throw new ArgumentError({ where, expected: 'arrays: one, a tuple or an object of them', received: describe(columns) });
  }
  if (!isColumn(columns) && Object.keys(columns).length === 0) {
    throw new ArgumentError({ where, expected: 'at least one array with rows', received: describe(columns) });
  }
  const tuple = Array.isArray(columns) && columns.every((part) => isColumn(part) || Array.isArray(part)) && columns.some(isColumn);
  const single = isColumn(columns) || (Array.isArray(columns) && !tuple);
  const entries = (single ? [['', columns]] : Object.entries(columns)) as [string, ArraySource][];
  let loading: Promise<ArrayData[]> | undefined;
  let known: number | undefined;
  const load = async (): Promise<ArrayData[]> => {
    const arrays = await Promise.all(entries.map(([key, value]) => arrayData(key === '' ? where : `${where} [${key}]`, value))).catch(
      (error: unknown): never => {
        if (!(single && Array.isArray(columns) && error instanceof ShapeError)) throw error;
        const { expected, received } = error;
        throw new ShapeError({
          where,
          expected,
          received,
          hint: 'name several arrays, { x, y }, or make tensors of them, [tensor(x), tensor(y)]',
        });
      },
    );
    const rows = arrays[0]?.shape[0];
    arrays.forEach((array, i) => {
      if (array.shape.length > 0 && array.shape[0] === rows) return;
      const received = array.shape.length === 0 ? 'a single number' : String(array.shape[0]);
      throw new ShapeError({ where: `${where} [${entries[i]![0]}]`, expected: `as many rows as the first array has, ${rows}`, received });
    });
    known = rows;
    return arrays;
  };
  const first = entries[0]?.[1];
  if (first === undefined) throw new ArgumentError({ where, expected: 'at least one array', received: 'none' });
  if (first instanceof Tensor || isArrayData(first)) known = first.shape[0];
  else known = (first as { length?: number }).length;
  async function* open(): AsyncGenerator<unknown> {
    const arrays = await (loading ??= load());
    const row = (array: ArrayData, i: number): Row => {
      const { data, shape } = rowOf(array, i);
      return shape.length === 0 ? data[0]! : { data: data.slice(), shape };
    };
    for (let i = 0; i < arrays[0]!.shape[0]!; i++) {
      if (single) yield row(arrays[0]!, i);
      else if (tuple) yield arrays.map((array) => row(array, i));
      else yield Object.fromEntries(entries.map(([key], k) => [key, row(arrays[k]!, i)]));
    }
  }
  return new Dataset(open as never, () => known);
}

/** The items of a list, as they are. */
export function fromArray<T>(items: readonly T[]): Dataset<T> {
  if (!Array.isArray(items))
    throw new ArgumentError({
      where: 'fromArray',
      expected: 'a list',
      received: describe(items),
      hint: 'fromTensors takes arrays of numbers',
    });
  const own: readonly T[] = items.slice() as T[];

  return new Dataset(async function* () {
    yield* own;
  }, own.length);
}

/**
 * The elements of a generator, which is called anew for each pass with its number.
 *
 * @throws DataError when the function returns what cannot be iterated
 * @example
 * data.fromGenerator(async function* () {
 *   for (const file of files) yield [await read(file), labelOf(file)];
 * });
 */
export function fromGenerator<T>(make: (pass: number) => AsyncIterable<T> | Iterable<T>): Dataset<T> {
  if (typeof make !== 'function') {
    throw new ArgumentError({
      where: 'fromGenerator',
      expected: 'a function that returns an iterable',
      received: describe(make),
      hint: 'pass the function, not its result',
    });
  }
  return new Dataset(async function* (pass) {
    const made: unknown = make(pass);
    if (typeof made !== 'object' || made === null || !(Symbol.asyncIterator in made || Symbol.iterator in made)) {
      throw new DataError({
        where: 'fromGenerator',
        expected: 'a function that returns an iterable',
        received: describe(made),
        hint: 'write it as function* () { yield ... }',
      });
    }
    yield* made as AsyncIterable<T>;
  }, undefined);
}
