/** Options objects: every key is known and every value checked before anything is built from it. */
import { ArgumentError } from '../errors.js';

/** Takes what a user gave (undefined where nothing) and returns the value to work with, or throws an error under `where`. */
export type Reader<T> = (value: unknown, where: string) => T;

export type Readers = Record<string, Reader<unknown>>;

/** What `readOptions` returns for a set of readers. */
export type Read<R extends Readers> = { [K in keyof R]: R[K] extends Reader<infer T> ? T : never };

/** Reads an options object: each option by its reader; an unknown one is an error that names the nearest known one. */
export function readOptions<R extends Readers>(where: string, given: unknown, readers: R): Read<R> {
  const options = given ?? {};
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new ArgumentError({
      where,
      expected: 'an object of options',
      received: describe(options),
      hint: `its keys are ${Object.keys(readers).join(', ')}`,
    });
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(readers, key)) throw unknownOption(where, key, Object.keys(readers));
  }
  const read: Record<string, unknown> = {};
  for (const [key, reader] of Object.entries(readers)) read[key] = reader((options as Record<string, unknown>)[key], `${where} ${key}`);
  return read as Read<R>;
}

function unknownOption(where: string, key: string, known: readonly string[]): ArgumentError {
  const near = nearest(key, known);
  return new ArgumentError({
    where,
    expected: 'known options only',
    received: `'${key}'`,
    hint: near ? `did you mean ${near}?` : `the options are ${known.join(', ')}`,
  });
}

/** The known name that a mistyped one most likely meant: spelling in snake_case is forgiven, and about one slip in three letters. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replace(/[^a-z0-9]/gi, '').toLowerCase();
  const wanted = plain(name);
  let best: string | undefined;
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and exchanges of neighbours that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1, exchanged));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

/** Letters of a text and parts of a list that an error sentence shows. */
const [LONG, MANY] = [80, 12];

/** A value as an error sentence shows it: short, and telling a text from a number. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > LONG ? `${value.slice(0, LONG)}...` : value}'`;
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) {
    const more = value.length > MANY ? `, ... ${value.length} in all` : '';
    return `[${value
      .slice(0, more === '' ? MANY : 3)
      .map(describe)
      .join(', ')}${more}]`;
  }
  // a generator's constructor has no name, but it has a tag
  const named = value.constructor?.name || String((value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? 'nameless object');
  if (Object.getPrototypeOf(value) !== Object.prototype) return `a ${named}`;
  const keys = Object.keys(value);
  return `an object with ${keys.slice(0, MANY).join(', ') || 'no keys'}${keys.length > MANY ? `, ... ${keys.length} in all` : ''}`;
}
