/** What elements are made of, and how some of them become a batch. */
import { DataError } from '../errors.js';
import { describe } from '../options/index.js';
import type { NestedArray } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { type ArrayData, arrayData, isArrayData, stackArrays } from './array.js';

/** A stack of parts: see `Dataset.batch`. */
type BatchedPart<P> = P extends string
  ? string[]
  : P extends number | boolean | Tensor | TypedArray | ArrayData | readonly NestedArray[]
    ? ArrayData
    : P extends readonly unknown[]
      ? { -readonly [K in keyof P]: BatchedPart<P[K]> }
      : P extends object
        ? { -readonly [K in keyof P]: BatchedPart<P[K]> }
        : never;

/** What `batch` makes of elements T. An element that is a list is a tuple of parts; lists within are arrays of numbers. */
export type Batched<T> = T extends readonly unknown[] ? { -readonly [K in keyof T]: BatchedPart<T[K]> } : BatchedPart<T>;

/** Numbers and nested lists of them. */
function isNumeric(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isNumeric) : typeof value === 'number' || typeof value === 'boolean';
}

async function stack(where: string, parts: readonly unknown[], top: boolean): Promise<unknown> {
  const [first] = parts;
  if (typeof first === 'string') return parts;
  if (typeof first === 'number') return { data: numbers(where, parts), shape: [parts.length] };
  if (typeof first === 'boolean') return { data: Uint8Array.from(parts as boolean[], Number), shape: [parts.length] };
  if (first instanceof Tensor || ArrayBuffer.isView(first) || isArrayData(first) || (!top && isNumeric(first))) {
    return stackArrays(where, await Promise.all(parts.map((part) => arrayData(where, part as ArrayData))));
  }
  if (typeof first === 'object' && first !== null) {
    const keys = Object.keys(first);
    for (const part of parts) {
      const own = typeof part === 'object' && part !== null ? Object.keys(part) : [];
      if (own.join() === keys.join()) continue;
      throw new DataError({
        where,
        expected: `elements with the same parts, ${keys.join(', ')}`,
        received: describe(part),
        hint: 'bring them to one form in a map()',
      });
    }
    const made = await Promise.all(
      keys.map(
        async (key) =>
          [
            key,
            await stack(
              `${where} [${key}]`,
              parts.map((part) => (part as Record<string, unknown>)[key]),
              false,
            ),
          ] as const,
      ),
    );
    return Array.isArray(first) ? made.map(([, value]) => value) : Object.fromEntries(made);
  }
  throw new DataError({ where, expected: 'numbers, texts, arrays, tensors, or tuples and objects of them', received: describe(first) });
}

/** Numbers as float32, labels (whole ones) as well: losses take class numbers of any type. */
function numbers(where: string, parts: readonly unknown[]): Float32Array | Int32Array {
  const odd = parts.find((part) => typeof part !== 'number');
  if (odd !== undefined) throw new DataError({ where, expected: 'numbers in every element', received: describe(odd) });
  const whole = (parts as number[]).every((part) => Number.isInteger(part) && Math.abs(part) < 2 ** 31);
  return whole ? Int32Array.from(parts as number[]) : Float32Array.from(parts as number[]);
}

export function stackElements<T>(where: string, rows: readonly T[]): Promise<Batched<T>> {
  return stack(where, rows, true) as Promise<Batched<T>>;
}
