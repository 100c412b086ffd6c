/** Writing and reading whole files: what is written is there entirely or not at all. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../errors.js';

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Writes to a temporary file beside the target, brings it to the disk, and renames it. */
export async function writeWhole(where: string, file: string, bytes: Uint8Array | string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    const handle = await open(part, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new DataError({
      where,
      expected: `a place to write ${file}`,
      received: reasonOf(cause),
      hint: 'choose a folder with room that can be written to',
      cause,
    });
  }
}

export async function readWhole(where: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const hint = missing && !path.isAbsolute(file) ? `paths begin at ${process.cwd()}` : 'check the path';
    throw new DataError({ where, expected: `a file ${file}`, received: missing ? 'none of that name' : reasonOf(cause), hint, cause });
  }
}
