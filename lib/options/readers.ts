/** Readers of single options. Each says in its error what it takes. */
import { ArgumentError, DTypeError } from '../errors.js';
import { type DType, isDType } from '../tensor/dtype.js';
import { describe, nearest, type Reader } from './read.js';

function refuse(where: string, expected: string, value: unknown, hint?: string): ArgumentError {
  return new ArgumentError({ where, expected, received: describe(value), hint });
}

/** `fallback` where the option is absent. */
export function optional<T>(reader: Reader<T>, fallback: T | (() => T)): Reader<T> {
  return (value, where) =>
    value === undefined ? (typeof fallback === 'function' ? (fallback as () => T)() : fallback) : reader(value, where);
}

/** null where the option is absent or null. */
export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, where) => (value === undefined || value === null ? null : reader(value, where));
}

/** A whole number from `low` on: units, filters, sizes. */
export function whole(low = 1, hint?: string): Reader<number> {
  return (value, where) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low) return value;
    throw refuse(where, `a whole number of at least ${low}`, value, hint ?? roundHint(value, low));
  };
}

function roundHint(value: unknown, low: number): string {
  if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) return `use at most ${Number.MAX_SAFE_INTEGER}`;
  if (typeof value === 'number' && Number.isFinite(value) && value >= low) return `use ${Math.floor(value)} or ${Math.ceil(value)}`;
  return value === undefined ? 'it has no default' : `use ${low} or more`;
}

/** Any finite number, within bounds where they are given. `below` excludes the upper bound. */
export function real(bounds: { low?: number; high?: number; below?: number; above?: number } = {}): Reader<number> {
  const { low = -Infinity, high = Infinity, below = Infinity, above = -Infinity } = bounds;
  const words = boundWords(bounds);
  return (value, where) => {
    if (typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high && value < below && value > above)
      return value;
    throw refuse(where, words, value, value === undefined ? 'it has no default' : undefined);
  };
}

function boundWords({ low, high, below, above }: { low?: number; high?: number; below?: number; above?: number }): string {
  const from = above !== undefined ? `above ${above}` : low !== undefined ? `of at least ${low}` : '';
  if (low !== undefined && high !== undefined) return `a number from ${low} to ${high}`;
  if (low !== undefined && below !== undefined) return `a number from ${low} to below ${below}`;
  if (above !== undefined && below !== undefined) return `a number between ${above} and ${below}`;
  if (high !== undefined) return `a number of at most ${high}`;
  return from ? `a number ${from}` : 'a finite number';
}

export const flag: Reader<boolean> = (value, where) => {
  if (typeof value === 'boolean') return value;
  throw refuse(where, 'true or false', value);
};

/** What ends a long operation. */
export const signal: Reader<AbortSignal | undefined> = (value, where) => {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw refuse(where, 'an AbortSignal', value, 'pass controller.signal');
};

export const text: Reader<string> = (value, where) => {
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(where, 'a text', value);
};

/** A list of texts, or of what is shown as one. */
export function texts(expected = 'a list of texts'): Reader<readonly string[]> {
  return (value, where) => {
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      return Array.from(value as ArrayLike<unknown>, String);
    }
    throw new ArgumentError({ where, expected, received: describe(value) });
  };
}

/** One of some words; a near miss is named. */
export function oneOf<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value, where) => {
    if (typeof value === 'string' && (words as readonly string[]).includes(value)) return value as W;
    const near = typeof value === 'string' ? nearest(value, words) : undefined;
    throw refuse(where, words.map((word) => `'${word}'`).join(' or '), value, near && `did you mean '${near}'?`);
  };
}

const listNames = ['', 'a list of one', 'a pair [height, width]', 'a list [depth, height, width]'];

/** One whole number for all `count` axes of a sequence, an image or a volume, or a list with one for each. */
export function sizes(count: number, low = 1): Reader<readonly number[]> {
  return (value, where) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : Array<unknown>(count).fill(value);
    if (all.length === count && all.every((part) => Number.isSafeInteger(part) && (part as number) >= low)) return [...(all as number[])];
    throw refuse(
      where,
      `a whole number of at least ${low} or ${listNames[count]}${count === 1 ? '' : ' of them'}`,
      value,
      value === undefined ? 'it has no default' : undefined,
    );
  };
}

/** One whole number for both directions, or [height, width]. */
export function pair(low = 1): Reader<readonly [number, number]> {
  return sizes(2, low) as Reader<readonly [number, number]>;
}

/** A list of whole numbers from `low` on. */
export function wholes(low: number, expected = `a list of whole numbers of at least ${low}`): Reader<readonly number[]> {
  return (value, where) => {
    if (Array.isArray(value) && value.every((part) => Number.isSafeInteger(part) && (part as number) >= low))
      return [...(value as number[])];
    throw refuse(where, expected, value);
  };
}

/** A whole number, or a list of them: axes. */
export const axes: Reader<number | readonly number[]> = (value, where) => {
  if (Number.isSafeInteger(value)) return value as number;
  if (Array.isArray(value) && value.length > 0 && value.every((part) => Number.isSafeInteger(part))) return [...(value as number[])];
  throw refuse(where, 'a whole number or a list of them', value);
};

/** A shape without the batch: null where a dimension is known at run time only. */
export const shape: Reader<readonly (number | null)[]> = (value, where) => {
  if (Array.isArray(value) && value.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 1))) {
    return [...(value as (number | null)[])];
  }
  throw refuse(where, 'a list of whole numbers of at least 1 (null: known at run time)', value, 'leave the batch out, as in [28, 28, 1]');
};

/** The element type of a layer's weights and results. */
export const dtype: Reader<DType> = (value, where) => {
  if (isDType(value)) return value;
  throw new DTypeError({ where, expected: 'float32, float64, int32, uint8 or bool', received: describe(value) });
};

export const floatDtype: Reader<'float32' | 'float64'> = (value, where) => {
  if (value === 'float32' || value === 'float64') return value;
  throw new DTypeError({ where, expected: 'float32 or float64', received: describe(value) });
};

/** A seed of random numbers. */
export const seed: Reader<number> = (value, where) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw refuse(where, 'a whole number from 0 to 2^53 - 1', value);
};
