import { ArgumentError } from '../errors.js';
import { describe, type Reader } from '../options/index.js';

/** A list of numbers of at least 0: learning rates. */
export const numbers: Reader<readonly number[]> = (value, where) => {
  if (Array.isArray(value) && value.every((part) => typeof part === 'number' && part >= 0)) return value as number[];
  throw new ArgumentError({ where, expected: 'a list of numbers of at least 0', received: describe(value) });
};
