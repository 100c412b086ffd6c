import { ArgumentError } from '../errors.js';
import { describe, type Reader } from '../options/index.js';

/** A whole number, negative ones counted from the end. */
export const axis: Reader<number> = (value, where) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw new ArgumentError({ where, expected: 'a whole number', received: describe(value) });
};
