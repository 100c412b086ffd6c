/** Writing and reading whole files: what is written is there entirely or not at all. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../errors.js';

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** An error of the file system, not one of what is being written. */
function isSystemError(cause: unknown): boolean {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).syscall === 'string';
}

/** What the system's codes mean to someone who wants to write a file: what was met, and what to do. */
const MEANINGS: Readonly<Record<string, readonly [received: string, hint: string]>> = {
  ENOSPC: ['a full disk', 'make room, or choose another disk; what was there before is unchanged'],
  EDQUOT: ['a full quota', 'make room, or choose another disk; what was there before is unchanged'],
  EFBIG: ['a file longer than the file system or a limit allows', 'choose another disk; what was there before is unchanged'],
  EROFS: ['a read-only file system', 'choose another folder'],
  EACCES: ['no right to write there', 'choose another folder, or change its rights'],
  EPERM: ['no right to write there', 'choose another folder, or change its rights'],
  ENOENT: ['no such folder', 'check the path'],
  ENOTDIR: ['a file where a folder should be', 'check the path'],
  EEXIST: ['a file where a folder should be', 'check the path'],
  EISDIR: ['a folder of that name', 'choose another name'],
  ENAMETOOLONG: ['a name that is too long', 'choose a shorter one'],
};

/** What is said of a file that cannot be written. */
export function cannotWrite(where: string, file: string, cause: unknown): DataError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const [received, hint] = MEANINGS[code] ?? [reasonOf(cause), 'choose a folder with room that can be written to'];
  const coded = code in MEANINGS ? `${received} (${code})` : received;
  return new DataError({ where, expected: `a place to write ${file}`, received: coded, hint, cause });
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
  /** The name that the file has until it is whole: for a thread that writes to it by itself. */
  readonly part: string;
  /** Leaves out bytes that somebody else has written or will write. */
  skip(length: number): void;
}

class HandleSink implements FileSink {
  position = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly part: string,
  ) {}

  skip(length: number): void {
    this.position += length;
  }

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

/** The file that a name stands for: a link stays one, and what it leads to is replaced. */
async function targetOf(file: string): Promise<string> {
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? realpath(file) : file;
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

/** What may say at the last moment, by throwing, that a file is not wanted any more. */
interface Check {
  check(): void;
}

/**
 * Writes a file by pieces: to a temporary file beside the target, which is brought to the disk and renamed when `fill` has resolved. Where
 * anything fails, the old file stays as it was.
 *
 * @throws DataError where the file cannot be written; what `fill` and `wanted` throw themselves
 */
export async function writeFileWhole(where: string, file: string, fill: (sink: FileSink) => Promise<void>, wanted?: Check): Promise<void> {
  let part: string | undefined;
  try {
    const target = await targetOf(file);
    const folder = path.dirname(path.resolve(target));
    await mkdir(folder, { recursive: true });
    const name = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
    const handle = await open(name, 'wx');
    part = name;
    try {
      await fill(new HandleSink(handle, name));
      await handle.sync();
    } finally {
      await handle.close();
    }
    wanted?.check();
    await rename(name, target);
    part = undefined;
    await syncFolder(folder);
  } catch (cause) {
    if (part) await rm(part, { force: true }).catch(() => undefined);
    throw isSystemError(cause) ? cannotWrite(where, file, cause) : cause;
  }
}

/** `writeFileWhole` for what is in memory already. */
export function writeWhole(where: string, file: string, bytes: Uint8Array | string): Promise<void> {
  return writeFileWhole(where, file, (sink) => sink.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));
}

/** What is said of a file that cannot be opened or read. */
/** What the system's codes mean to someone who wants to read a file. */
export function metInReading(cause: unknown): string {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  const met: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file',
    EISDIR: 'a folder',
    EACCES: 'no right to read it',
  };
  return met[code] ?? reasonOf(cause);
}

export function cannotRead(where: string, file: string, cause: unknown): DataError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const hint = missing && !path.isAbsolute(file) ? `paths begin at ${process.cwd()}` : 'check the path';
  return new DataError({ where, expected: `a file ${file}`, received: missing ? 'none of that name' : metInReading(cause), hint, cause });
}

export async function readWhole(where: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw cannotRead(where, file, cause);
  }
}
