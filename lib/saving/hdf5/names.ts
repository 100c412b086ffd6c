/** Lists of names in attributes of `.h5` files: a list that is too long for one attribute goes into several, as Keras splits it. */
import { FormatError } from '../../errors.js';
import type { Hdf5Reader, Hdf5Writer } from '../../io/hdf5/index.js';

/** What the header of an object in the file has room for. */
const LARGEST = 64512;

/** Writes `name`, or `name0`, `name1` and so on: as few lists of nearly equal length as are short enough. */
export function writeNames(out: Hdf5Writer, path: string, name: string, values: readonly string[]): void {
  const width = Math.max(0, ...values.map((value) => Buffer.byteLength(value))) + 1;
  let count = 1;
  while (Math.ceil(values.length / count) * width > LARGEST && count < values.length) count++;
  if (count === 1) return out.attribute(path, name, values, true);
  // The first lists take the rest, one each.
  const [least, rest] = [Math.floor(values.length / count), values.length % count];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = least + (i < rest ? 1 : 0);
    out.attribute(path, `${name}${i}`, values.slice(at, at + length), true);
    at += length;
  }
}

async function listIn(file: Hdf5Reader, path: string, name: string): Promise<readonly string[] | undefined> {
  const value = await file.attribute(path, name);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  const received = Array.isArray(value) ? 'numbers' : typeof value;
  throw new FormatError({ where: file.name, expected: `a list of names in ${name} of /${path}`, received });
}

/** Reads what `writeNames` or Keras wrote; empty where there is none. */
export async function readNames(file: Hdf5Reader, path: string, name: string): Promise<string[]> {
  const whole = await listIn(file, path, name);
  if (whole) return [...whole];
  const names: string[] = [];
  for (let i = 0; ; i++) {
    const part = await listIn(file, path, `${name}${i}`);
    if (!part) return names;
    names.push(...part);
  }
}
