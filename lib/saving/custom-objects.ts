/** Names in files that stand for what the user gives. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import type { CustomObjects } from './format.js';

/** @internal Reads `customObjects`. */
export function customObjectsReader(value: unknown, where: string): CustomObjects {
  if (value === undefined || value === null) return {};
  const fits = (one: unknown): boolean => typeof one === 'function' || (typeof one === 'object' && one !== null);
  if (typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(fits)) return value as CustomObjects;
  throw new ArgumentError({
    where,
    expected: 'classes and functions by name',
    received: describe(value),
    hint: 'for example { customObjects: { Scale } }',
  });
}
