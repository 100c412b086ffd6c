import { ArgumentError } from '../errors.js';
import { describe, type Reader } from '../options/index.js';

/** Whether a callback says what it does: 0 (the default) or 1. */
export const verbose: Reader<0 | 1> = (value, where) => {
  if (value === undefined) return 0;
  if (value === 0 || value === 1) return value;
  throw new ArgumentError({ where, expected: '0 or 1', received: describe(value) });
};
