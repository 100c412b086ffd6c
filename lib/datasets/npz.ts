/** Archives of NumPy arrays: a zip of .npy files. */
import { inflateRawSync } from 'node:zlib';
import { FormatError } from '../errors.js';
import { type Pickled, PickledArray, readPickle } from './pickle.js';

/** Numbers, or objects as a pickle held them. */
export interface NpyArray {
  shape: number[];
  numbers?: Float64Array;
  objects?: Pickled[];
}

function refuse(where: string, expected: string, received: string): FormatError {
  return new FormatError({ where, expected, received, hint: 'the file is damaged, or no .npz' });
}

/** The members of a zip file by name: stored or deflated, as NumPy writes them. */
export function readZip(where: string, bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > bytes.length) throw refuse(where, 'a zip file', 'no directory at its end');
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const members = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50) throw refuse(where, `${count} entries in its directory`, String(i));
    const method = bytes.readUInt16LE(at + 10);
    const [size, name, extra, comment] = [
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32),
    ];
    const local = bytes.readUInt32LE(at + 42);
    if (local + 30 > bytes.length) throw refuse(where, 'a member within the file', `one at byte ${local}`);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (data + size > bytes.length || (method !== 0 && method !== 8))
      throw refuse(where, 'a stored or deflated member', `method ${method}, ${size} bytes`);
    const packed = bytes.subarray(data, data + size);
    members.set(bytes.toString('utf8', at + 46, at + 46 + name), method === 0 ? packed : inflateRawSync(packed));
    at += 46 + name + extra + comment;
  }
  return members;
}

const kinds: Record<string, { bytes: number; read: (view: Buffer, at: number) => number }> = {
  '<i8': { bytes: 8, read: (view, at) => Number(view.readBigInt64LE(at)) },
  '<i4': { bytes: 4, read: (view, at) => view.readInt32LE(at) },
  '<i2': { bytes: 2, read: (view, at) => view.readInt16LE(at) },
  '|i1': { bytes: 1, read: (view, at) => view.readInt8(at) },
  '|u1': { bytes: 1, read: (view, at) => view.readUInt8(at) },
  '<f4': { bytes: 4, read: (view, at) => view.readFloatLE(at) },
  '<f8': { bytes: 8, read: (view, at) => view.readDoubleLE(at) },
};

/** One array in row-major order. */
export function readNpy(where: string, bytes: Buffer): NpyArray {
  if (bytes.length < 12 || bytes.toString('latin1', 1, 6) !== 'NUMPY') throw refuse(where, 'an .npy array', 'other bytes');
  const long = bytes[6]! > 1;
  const length = long ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const start = (long ? 12 : 10) + length;
  const header = bytes.toString('latin1', long ? 12 : 10, start);
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/
    .exec(header)?.[1]
    ?.split(',')
    .filter((dim) => dim.trim() !== '')
    .map(Number);
  if (
    descr === undefined ||
    !shape ||
    shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0) ||
    /'fortran_order':\s*True/.test(header)
  ) {
    throw refuse(where, 'an array in row-major order', header.trim());
  }
  const size = shape.reduce((a, b) => a * b, 1);
  if (descr === '|O') {
    const array = readPickle(where, bytes.subarray(start));
    if (!(array instanceof PickledArray) || array.items.length !== size)
      throw refuse(where, `an array of ${size} objects`, 'something else');
    return { shape, objects: array.items };
  }
  const kind = kinds[descr];
  if (!kind) throw refuse(where, `one of ${Object.keys(kinds).join(', ')}`, descr);
  if (bytes.length - start !== size * kind.bytes) throw refuse(where, `${size} values`, `${bytes.length - start} bytes`);
  return { shape, numbers: Float64Array.from({ length: size }, (_, i) => kind.read(bytes, start + i * kind.bytes)) };
}

/** The arrays of an .npz file by name. */
export function readNpz(where: string, bytes: Buffer): Map<string, NpyArray> {
  return new Map([...readZip(where, bytes)].map(([name, member]) => [name.replace(/\.npy$/, ''), readNpy(`${where} ${name}`, member)]));
}
