/**
 * The safetensors format: the length of a JSON header (64 bits, little-endian), the header with dtype, shape and place of every tensor, then
 * their bytes. It holds data and nothing that could run.
 */
import { FormatError } from '../errors.js';
import { type DType, dtypeBytes, type TypedArray, typedArray } from '../tensor/dtype.js';

/** A named array, as `getWeights` returns them. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

const names: Record<DType, string> = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' };
const dtypes = Object.fromEntries(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));

/** Larger headers are refused before they are read, as other readers do. */
const LARGEST_HEADER = 100_000_000;

/** The bytes of a file that holds these arrays. */
export function encodeSafetensors(arrays: readonly NamedArray[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, dtype, data } of arrays) {
    if (name === '__metadata__' || Object.hasOwn(header, name)) {
      throw new FormatError({ where: 'safetensors', expected: 'a name for each array of its own', received: `'${name}' twice` });
    }
    header[name] = { dtype: names[dtype], shape: [...shape], data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  // Spaces bring the data to a multiple of 8 bytes, so that they can be read in place.
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const head = Buffer.from(text);
  const bytes = new Uint8Array(8 + head.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of arrays) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** The arrays in a file's bytes; `where` is the file's name. Whatever the bytes say, nothing is read outside them. */
export function decodeSafetensors(bytes: Uint8Array, where: string): NamedArray[] {
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ where, expected, received, hint: 'the file is not in the safetensors format, or is damaged' });
  };
  if (bytes.length < 8) refuse('at least 8 bytes', String(bytes.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER || length > bytes.length - 8)
    refuse(`a header within the ${bytes.length} bytes of the file`, `${length} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    refuse('a header of JSON', error instanceof Error ? error.message : String(error));
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) refuse('an object as header', typeof header);
  const start = 8 + length;
  const room = bytes.length - start;
  const arrays: NamedArray[] = [];
  for (const [name, value] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') continue;
    const { dtype: kind, shape, data_offsets: offsets } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    const dtype =
      typeof kind === 'string' && Object.hasOwn(dtypes, kind)
        ? dtypes[kind]!
        : refuse(`a known dtype for '${name}'`, JSON.stringify(kind) ?? 'none');
    const whole = (list: unknown): list is number[] =>
      Array.isArray(list) && list.every((part) => Number.isSafeInteger(part) && (part as number) >= 0);
    if (!whole(shape) || !whole(offsets) || offsets.length !== 2)
      return refuse(`a shape and two offsets for '${name}'`, JSON.stringify(value));
    const [from, to] = offsets as [number, number];
    const size = shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype];
    if (from > to || to > room || to - from !== size)
      refuse(`${size} bytes within the file for '${name}'`, `offsets [${from}, ${to}] of ${room}`);
    // A copy of its own (a Buffer's slice would share): the file's bytes are released, and typed arrays need aligned data.
    const data = typedArray(dtype, new Uint8Array(bytes.subarray(start + from, start + to)).buffer);
    arrays.push({ name, shape, dtype, data });
  }
  return arrays;
}
