/** The directory of a zip archive, read from its end. Nothing in it is believed that the file's length or another record contradicts. */
import { FormatError } from '../../errors.js';
import { type ByteSource, readBytes } from '../source.js';
import * as zip from './records.js';

/** An archive of a model has a handful of entries; this many fit in a directory that is read at once. */
const MOST_ENTRIES = 65_535;
const LONGEST_DIRECTORY = 64 << 20;

export function refuse(where: string, expected: string, received: string): never {
  throw new FormatError({ where, expected, received, hint: 'the file is not a zip archive, or is damaged' });
}

/** Bytes of a file as a buffer, whose methods read numbers. */
export async function bufferAt(file: ByteSource, place: number, length: number): Promise<Buffer> {
  return Buffer.from((await readBytes(file, place, length)).buffer);
}

/** A number of 64 bits, as far as JavaScript's reach. */
function wide(where: string, bytes: Buffer, at: number, what: string): number {
  const value = bytes.readBigUInt64LE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : refuse(where, `a ${what} within the file`, String(value));
}

interface End {
  readonly count: number;
  readonly size: number;
  readonly from: number;
  /** Where the directory has to end. */
  readonly limit: number;
}

/** The last record, which may be followed by a comment of up to 65535 bytes. */
async function readEnd(where: string, file: ByteSource): Promise<End> {
  const length = Math.min(file.size, zip.END_SIZE + zip.MANY16);
  const tail = await bufferAt(file, file.size - length, length);
  for (let at = length - zip.END_SIZE; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== zip.END || at + zip.END_SIZE + tail.readUInt16LE(at + 20) !== length) continue;
    const [disk, first, here, count] = [4, 6, 8, 10].map((field) => tail.readUInt16LE(at + field)) as [number, number, number, number];
    const [size, from] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    const limit = file.size - length + at;
    const large = limit >= zip.LOCATOR64_SIZE ? await readEnd64(where, file, limit) : undefined;
    if (large) return large;
    if (disk !== 0 || first !== 0 || here !== count) refuse(where, 'an archive in one file', `part ${disk} of several`);
    return { count, size, from, limit };
  }
  return refuse(where, 'the end of a zip archive', 'none');
}

/** The same with 64 bits, which stands before the last record where an archive is large. */
async function readEnd64(where: string, file: ByteSource, limit: number): Promise<End | undefined> {
  const locator = await bufferAt(file, limit - zip.LOCATOR64_SIZE, zip.LOCATOR64_SIZE);
  if (locator.readUInt32LE(0) !== zip.LOCATOR64) return undefined;
  const place = wide(where, locator, 8, 'place of the directory');
  if (place + zip.END64_SIZE > limit - zip.LOCATOR64_SIZE) refuse(where, 'the end of the directory within the file', `place ${place}`);
  const end = await bufferAt(file, place, zip.END64_SIZE);
  if (end.readUInt32LE(0) !== zip.END64) refuse(where, `the end of the directory at ${place}`, 'other bytes');
  if (end.readUInt32LE(16) !== 0 || end.readUInt32LE(20) !== 0) refuse(where, 'an archive in one file', 'one in several parts');
  const [count, size, from] = [24, 40, 48].map((at) => wide(where, end, at, 'number')) as [number, number, number];
  return { count: wide(where, end, 32, 'number') === count ? count : -1, size, from, limit: place };
}

/** A name that stays below the folder it is unpacked to. */
function checkedName(where: string, bytes: Buffer): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(where, 'names in UTF-8', JSON.stringify(bytes.toString('latin1')));
  }
  const parts = name.replace(/\/$/, '').split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\0]|^[a-z]:/i.test(name);
  return bad ? refuse(where, 'names of files inside the archive', JSON.stringify(name)) : name;
}

/** The sizes and the place of an entry; those that take more than 32 bits stand in an extra field, in this order. */
function largeFields(where: string, name: string, extra: Buffer, values: readonly number[]): number[] {
  if (!values.includes(zip.MANY32)) return [...values];
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    if (id === zip.EXTRA64) {
      let next = at + 4;
      const end = Math.min(next + length, extra.length);
      return values.map((value) => {
        if (value !== zip.MANY32) return value;
        if (next + 8 > end) return refuse(where, `sizes of 64 bits for ${name}`, 'a field that is too short');
        next += 8;
        return wide(where, extra, next - 8, 'size');
      });
    }
    at += 4 + length;
  }
  return refuse(where, `sizes of 64 bits for ${name}`, 'none');
}

/** The entries by their names, each once, none inside another. */
export async function readDirectory(where: string, file: ByteSource): Promise<Map<string, zip.ZipEntry>> {
  if (file.size < zip.END_SIZE) refuse(where, `at least ${zip.END_SIZE} bytes`, String(file.size));
  const { count, size, from, limit } = await readEnd(where, file);
  if (count < 0 || count > MOST_ENTRIES || count * zip.CENTRAL_SIZE > size) refuse(where, 'a directory of its entries', `${count} entries`);
  if (from + size > limit || size > LONGEST_DIRECTORY) refuse(where, `a directory before byte ${limit}`, `${size} bytes from ${from} on`);
  const bytes = await bufferAt(file, from, size);
  const entries = new Map<string, zip.ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + zip.CENTRAL_SIZE > size || bytes.readUInt32LE(at) !== zip.CENTRAL) refuse(where, `entry ${i} of ${count}`, 'other bytes');
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as [number, number, number];
    const next = at + zip.CENTRAL_SIZE + nameSize + extraSize + commentSize;
    if (next > size) refuse(where, `entry ${i} within the directory`, 'one that is longer');
    const name = checkedName(where, bytes.subarray(at + zip.CENTRAL_SIZE, at + zip.CENTRAL_SIZE + nameSize));
    const extra = bytes.subarray(at + zip.CENTRAL_SIZE + nameSize, next - commentSize);
    const values = [24, 20, 42].map((field) => bytes.readUInt32LE(at + field));
    const [full, packed, place] = largeFields(where, name, extra, values) as [number, number, number];
    if (entries.has(name)) refuse(where, 'each name once', `${JSON.stringify(name)} twice`);
    const [flags, method, crc] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 16)];
    if (place + zip.LOCAL_SIZE + nameSize + packed > from) refuse(where, `${name} before byte ${from}`, `${packed} bytes from ${place} on`);
    if (method === zip.STORED && full !== packed) refuse(where, `${full} bytes of ${name}`, `${packed}`);
    entries.set(name, { name, method, flags, crc, size: full, packedSize: packed, place });
    at = next;
  }
  refuseOverlaps(where, [...entries.values()]);
  return entries;
}

/** Entries that share bytes are how a small file claims to hold a very large one. */
function refuseOverlaps(where: string, entries: readonly zip.ZipEntry[]): void {
  const sorted = [...entries].sort((a, b) => a.place - b.place);
  sorted.forEach((entry, i) => {
    const next = sorted[i + 1];
    const end = entry.place + zip.LOCAL_SIZE + Buffer.byteLength(entry.name) + entry.packedSize;
    if (next && end > next.place) refuse(where, `${entry.name} and ${next.name} side by side`, 'one inside the other');
  });
}
