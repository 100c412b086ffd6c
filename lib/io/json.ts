/** JSON of files from anywhere: what JSON.parse lets pass silently, or what would take the stack of whoever walks it, is refused. */
import { FormatError } from '../errors.js';

/** Deeper than any model is nested, and shallow enough for functions that call themselves. */
const DEEPEST = 200;

/**
 * Reads JSON text. `where` names the file and what in it is read.
 *
 * @throws FormatError where it is no JSON, has a name twice in one object, or is nested more than 200 deep
 */
export function parseJson(where: string, text: string): unknown {
  check(where, text);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const received = cause instanceof Error ? firstLine(cause.message) : String(cause);
    throw new FormatError({ where, expected: 'JSON', received, hint: 'the file is damaged or of another kind', cause });
  }
}

/** `parseJson` of bytes, which have to be UTF-8. */
export function parseJsonBytes(where: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError({
      where,
      expected: 'text in UTF-8',
      received: 'other bytes',
      hint: 'the file is damaged or of another kind',
      cause,
    });
  }
  return parseJson(where, text);
}

/** V8 shows the text around the place, which may be all of it. */
function firstLine(message: string): string {
  const line = message.split('\n')[0]!;
  return line.length <= 160 ? line : `${line.slice(0, 160)}...`;
}

/** The end of a string that begins at `start`: the place after its closing quote. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x22) return at + 1;
    if (c === 0x5c) at++;
  }
  return text.length;
}

/** One pass before JSON.parse; what is no JSON is left to that. */
function check(where: string, text: string): void {
  /** For each open bracket the names in it so far; none for lists. */
  const open: (Set<string> | undefined)[] = [];
  let nameNext = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x22) {
      const end = stringEnd(text, at);
      const names = open.at(-1);
      if (names && nameNext) addName(where, names, text.slice(at, end));
      nameNext = false;
      at = end - 1;
    } else if (c === 0x7b || c === 0x5b) {
      open.push(c === 0x7b ? new Set() : undefined);
      nameNext = c === 0x7b;
      if (open.length > DEEPEST) {
        throw new FormatError({ where, expected: `values nested ${DEEPEST} deep at most`, received: `deeper ones at character ${at}` });
      }
    } else if (c === 0x7d || c === 0x5d) {
      open.pop();
    } else if (c === 0x2c) {
      nameNext = open.at(-1) !== undefined;
    }
  }
}

function addName(where: string, names: Set<string>, quoted: string): void {
  let name = quoted.slice(1, -1);
  if (name.includes('\\')) {
    try {
      name = JSON.parse(quoted) as string;
    } catch {
      return; // JSON.parse says it better
    }
  }
  // As a name it would be the prototype of whatever it is copied to.
  if (names.has(name) || name === '__proto__') {
    const received = name === '__proto__' ? "'__proto__'" : `'${name}' twice`;
    throw new FormatError({
      where,
      expected: 'names of their own in an object',
      received,
      hint: 'the file is damaged, or made to deceive',
    });
  }
  names.add(name);
}
