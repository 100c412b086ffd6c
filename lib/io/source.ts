/** Files that are read in places, so that a large one is never in memory as a whole. */
import { type FileHandle, open } from 'node:fs/promises';
import { FormatError } from '../errors.js';
import { cannotRead, LARGEST_PIECE } from './files.js';

/** Bytes that can be read in any place: a file, a part of one, or an array. */
export interface ByteSource {
  /** The file's name, for errors. */
  readonly name: string;
  readonly size: number;
  /** Fills `target` from `position` on. A FormatError where the file is shorter. */
  readInto(target: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** `length` bytes from `position` on, in memory of their own. */
export async function readBytes(source: ByteSource, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  checkRange(source, position, length);
  const bytes = new Uint8Array(length);
  await source.readInto(bytes, position);
  return bytes;
}

function checkRange({ name, size }: Pick<ByteSource, 'name' | 'size'>, position: number, length: number): void {
  if (position >= 0 && length >= 0 && position + length <= size) return;
  throw new FormatError({
    where: name,
    expected: `${length} bytes at ${position}`,
    received: `a file of ${size} bytes`,
    hint: 'the file is cut short or damaged',
  });
}

class FileSource implements ByteSource {
  constructor(
    readonly name: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  async readInto(target: Uint8Array, position: number): Promise<void> {
    checkRange(this, position, target.byteLength);
    for (let at = 0; at < target.byteLength;) {
      const length = Math.min(target.byteLength - at, LARGEST_PIECE);
      const { bytesRead } = await this.handle.read(target, at, length, position + at);
      // another program may have cut it since it was opened
      if (bytesRead === 0) checkRange({ name: this.name, size: position + at }, position, target.byteLength);
      at += bytesRead;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Opens a file for reading in places; the caller closes it. */
export async function openSource(where: string, file: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    // a folder can be opened, and only a read of it fails
    if (size > 0) await handle.read(new Uint8Array(1), 0, 1, 0);
    return new FileSource(file, size, handle);
  } catch (cause) {
    await handle?.close();
    throw cannotRead(where, file, cause);
  }
}

/** Bytes in memory as a source. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    readInto(target, position) {
      checkRange(this, position, target.byteLength);
      target.set(bytes.subarray(position, position + target.byteLength));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
