/** JSON as Keras writes it, and the refusal of what is not. */
import { FormatError } from '../errors.js';
import { describe } from '../options/index.js';

/** JSON as Keras writes it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers that Keras refuses where they are written without a point. */
const FLOATS = new Set(['learning_rate', 'momentum', 'beta', 'threshold']);

const MARK = '\u0000float';

/** The text of JSON as Python would write it: a momentum of nought is 0.0. */
export function kerasText(json: unknown): string {
  const mark = (key: string, value: unknown): unknown =>
    FLOATS.has(key) && typeof value === 'number' && Number.isInteger(value) ? `${MARK}${value.toFixed(1)}` : value;
  return JSON.stringify(json, mark).replace(/"\\u0000float(-?\d+\.0)"/g, '$1');
}

/** A value as a sentence shows it: short, whatever a file holds. */
function short(value: unknown): string {
  const text = describe(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}

/** What is at a place is something else than Keras would have written. */
export function refuse(place: string, expected: string, value: unknown, hint?: string): FormatError {
  return new FormatError({ where: place, expected, received: value === undefined ? 'nothing' : short(value), hint });
}

export function objectAt(place: string, value: Json | undefined): JsonObject {
  if (isObject(value)) return value;
  throw refuse(place, 'an object', value);
}

export function listAt(place: string, value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw refuse(place, 'a list', value);
}

export function textAt(place: string, value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw refuse(place, 'a text', value);
}

/** A shape with its batch. */
export function shapeAt(place: string, value: Json | undefined): (number | null)[] {
  const list = listAt(place, value);
  if (list.every((dim): dim is number | null => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 0))) return [...list];
  throw refuse(place, 'a shape: whole numbers of at least 0, or null', value);
}

/** A text, or none where it is something else. */
export function textOr(value: Json | undefined, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}
