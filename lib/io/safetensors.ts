/**
 * The safetensors format: the length of a JSON header (64 bits, little-endian), the header with dtype, shape and place of every tensor, then
 * their bytes. It holds data and nothing that could run. Arrays are written and read one at a time, and large ones in pieces.
 */
import { FormatError } from '../errors.js';
import { dtypeBytes, type TypedArray } from '../tensor/dtype.js';
import { boxes } from './hdf5/boxes.js';
import type { FileSink } from './files.js';
import { parseJsonBytes } from './json.js';
import { storedNames, storedTypes } from './safetensors-types.js';
import { type ByteSource, readBytes } from './source.js';
import { areCounts, isStoredShape, sizeOf, type StoredArray, type WrittenArray } from './stored-array.js';

/** Larger headers are refused before they are read, as other readers do. */
const LARGEST_HEADER = 100_000_000;

const METADATA = '__metadata__';

/** An array of a file; `stored` is its type there, which may be one that `dtype` stands in for. */
export interface SafetensorsArray extends StoredArray {
  readonly stored: string;
  /** Size in the file. */
  readonly bytes: number;
  /** Size of an element there. */
  readonly each: number;
  /** The values in pieces of at most so many elements, as `boxes` cuts the shape. */
  pieces(most: number): AsyncGenerator<TypedArray>;
}

export interface Safetensors {
  /** In the order of their bytes. */
  readonly arrays: readonly SafetensorsArray[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes arrays in their order, each when it is its turn. */
export async function writeSafetensors(
  sink: FileSink,
  arrays: readonly WrittenArray[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const { name, shape, dtype } of arrays) {
    if (Object.hasOwn(header, name)) {
      throw new FormatError({ where: 'safetensors', expected: 'a name for each array of its own', received: `'${name}' twice` });
    }
    const bytes = sizeOf(shape) * dtypeBytes[dtype];
    header[name] = { dtype: storedNames[dtype], shape: [...shape], data_offsets: [end, end + bytes] };
    end += bytes;
  }
  // Spaces bring the data to a multiple of 8 bytes, so that others can map them into memory.
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const head = Buffer.from(text);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(head.length), true);
  await sink.write(new Uint8Array(length.buffer));
  await sink.write(head);
  for (const array of arrays) {
    const { name, shape, dtype } = array;
    let written = 0;
    for await (const data of 'pieces' in array ? array.pieces() : [await array.read()]) {
      await sink.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      written += data.byteLength;
    }
    if (written === sizeOf(shape) * dtypeBytes[dtype]) continue;
    const received = String(written / dtypeBytes[dtype]);
    throw new FormatError({ where: `safetensors ${name}`, expected: `${sizeOf(shape)} values`, received });
  }
}

function refuse(where: string, expected: string, received: string): never {
  throw new FormatError({ where, expected, received, hint: 'the file is not in the safetensors format, or is damaged' });
}

/** What is in a file. Only its header is read; the arrays can be read as long as the source is open. */
export async function readSafetensors(source: ByteSource): Promise<Safetensors> {
  const where = source.name;
  if (source.size < 8) refuse(where, 'at least 8 bytes', String(source.size));
  const length = Number(new DataView((await readBytes(source, 0, 8)).buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER || length > source.size - 8)
    refuse(where, `a header within the ${source.size} bytes of the file`, `${length} bytes`);
  const header = parseJsonBytes(`${where} header`, await readBytes(source, 8, length));
  if (typeof header !== 'object' || header === null || Array.isArray(header)) refuse(where, 'an object as header', typeof header);
  const { [METADATA]: notes, ...entries } = header as Record<string, unknown>;
  const start = 8 + length;
  const places = Object.entries(entries).map(([name, value]) => placeOf(where, name, value));
  places.sort((a, b) => a.from - b.from || a.to - b.to);
  // Every byte belongs to one array: what lies between them, or in two, is a mistake or something hidden.
  let end = 0;
  for (const { name, from, to } of places) {
    if (from !== end) refuse(where, `the bytes of '${name}' at ${end}, after those before it`, `offsets [${from}, ${to}]`);
    end = to;
  }
  if (end !== source.size - start) refuse(where, `${end} bytes of arrays, as the header says`, String(source.size - start));
  const arrays = places.map(({ name, shape, stored, from, to }) => {
    const type = storedTypes[stored]!;
    const part = async (first: number, bytes: number): Promise<TypedArray> =>
      type.convert(await readBytes(source, start + from + first, bytes), `${where} '${name}'`);
    const read = (): Promise<TypedArray> => part(0, to - from);
    async function* pieces(most: number): AsyncGenerator<TypedArray> {
      let at = 0;
      for (const { count } of boxes(shape, most)) {
        const bytes = sizeOf(count) * type.bytes;
        yield await part(at, bytes);
        at += bytes;
      }
    }
    return { name, shape, dtype: type.dtype, stored, bytes: to - from, each: type.bytes, read, pieces };
  });
  return { arrays, metadata: metadataOf(where, notes) };
}

interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: string;
  readonly from: number;
  readonly to: number;
}

function placeOf(where: string, name: string, value: unknown): Place {
  const { dtype: stored, shape, data_offsets: offsets } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (typeof stored !== 'string' || !Object.hasOwn(storedTypes, stored)) {
    return refuse(where, `a dtype of '${name}' among ${Object.keys(storedTypes).join(', ')}`, shown(stored));
  }
  if (!isStoredShape(shape) || !areCounts(offsets) || offsets.length !== 2)
    return refuse(where, `a shape and two offsets for '${name}'`, shown(value));
  const [from, to] = offsets as [number, number];
  const size = sizeOf(shape) * storedTypes[stored]!.bytes;
  if (to - from !== size)
    return refuse(where, `${size} bytes for '${name}' of shape [${shape.join(', ')}] and type ${stored}`, `offsets [${from}, ${to}]`);
  return { name, shape, stored, from, to };
}

function metadataOf(where: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const texts = typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
  if (!texts || Array.isArray(value)) refuse(where, `texts by name as ${METADATA}`, shown(value));
  return value as Record<string, string>;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}
