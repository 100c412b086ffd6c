/** The idx format of MNIST: a magic number, the dimensions (big-endian), then bytes. */
import { FormatError } from '../errors.js';

export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

/** Reads an idx file of bytes. */
export function readIdx(name: string, bytes: Buffer): IdxArray {
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ where: name, expected, received, hint: 'the file is not an idx file of bytes, or is cut short' });
  };
  if (bytes.length < 4) refuse('at least 4 bytes', String(bytes.length));
  const magic = bytes.readUInt32BE(0);
  const rank = magic & 0xff;
  if (magic >>> 8 !== 0x08 || rank === 0) refuse('magic number 0x0000080N', `0x${magic.toString(16).padStart(8, '0')}`);
  const head = 4 + 4 * rank;
  if (bytes.length < head) refuse(`a header of ${head} bytes`, String(bytes.length));
  const shape = Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  if (bytes.length - head !== size) refuse(`${size} values for shape [${shape.join(', ')}]`, String(bytes.length - head));
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + head, size) };
}
