/** Writing and reading whole files: what is written is there entirely or not at all. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../errors.js';

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** An error of the file system, not one of what is being written. */
function isSystemError(cause: unknown): boolean {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).syscall === 'string';
}

/** No single call of the system writes or reads more than 2 GB. */
export const LARGEST_PIECE = 2 ** 30;

/** Where the contents of a file go, piece by piece. */
export interface FileSink {
  /** Where the next `write` goes; the size of what was written so far. */
  readonly position: number;
  /** Adds bytes at the end; when it resolves, they may be changed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over what is there already, such as a header that is known last. */
  writeAt(position: number, bytes: Uint8Array): Promise<void>;
}

class HandleSink implements FileSink {
  position = 0;

  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.writeAt(this.position, bytes);
    this.position += bytes.byteLength;
  }

  async writeAt(position: number, bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength;) {
      const piece = bytes.subarray(from, from + LARGEST_PIECE);
      const { bytesWritten } = await this.handle.write(piece, 0, piece.byteLength, position + from);
      from += bytesWritten;
    }
  }
}

/** The new name is on the disk as well, not only the contents; some file systems have no such thing for folders. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch (cause) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
  } finally {
    await handle?.close();
  }
}

/**
 * Writes a file by pieces: to a temporary file beside the target, which is brought to the disk and renamed when `fill` has resolved. Where
 * anything fails, the old file stays as it was.
 *
 * @throws DataError where the file cannot be written; what `fill` throws itself
 */
export async function writeFileWhole(where: string, file: string, fill: (sink: FileSink) => Promise<void>): Promise<void> {
  const part = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  const folder = path.dirname(path.resolve(file));
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(part, 'wx');
    try {
      await fill(new HandleSink(handle));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    await syncFolder(folder);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    if (!isSystemError(cause)) throw cause;
    throw new DataError({
      where,
      expected: `a place to write ${file}`,
      received: reasonOf(cause),
      hint: 'choose a folder with room that can be written to',
      cause,
    });
  }
}

/** `writeFileWhole` for what is in memory already. */
export function writeWhole(where: string, file: string, bytes: Uint8Array | string): Promise<void> {
  return writeFileWhole(where, file, (sink) => sink.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));
}

/** What is said of a file that cannot be opened or read. */
export function cannotRead(where: string, file: string, cause: unknown): DataError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const hint = missing && !path.isAbsolute(file) ? `paths begin at ${process.cwd()}` : 'check the path';
  return new DataError({ where, expected: `a file ${file}`, received: missing ? 'none of that name' : reasonOf(cause), hint, cause });
}

export async function readWhole(where: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw cannotRead(where, file, cause);
  }
}
