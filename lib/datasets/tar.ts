/** Members of .tar files, compressed or not. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { DataError } from '../errors.js';
import { readChunks } from '../io/decompress.js';

/** Writes the named members into a folder, under their last names; each is there whole or not at all. Nothing else is written. */
export async function extractTar(file: string, folder: string, members: readonly string[]): Promise<void> {
  const missing = new Set(members);
  const unpack = extract();
  const pumping = pipeline(Readable.from(readChunks('tar', file)), unpack);
  try {
    for await (const entry of unpack) {
      const name = path.posix.normalize(entry.header.name);
      if (!missing.has(name) || entry.header.type !== 'file') {
        entry.resume();
        continue;
      }
      const target = path.join(folder, path.posix.basename(name));
      const part = `${target}.part`;
      try {
        await pipeline(entry, createWriteStream(part));
        await rename(part, target);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      missing.delete(name);
    }
    await pumping;
  } catch (error) {
    // whichever of the two ends first takes the other with it
    await pumping.catch(() => undefined);
    throw error;
  }
  if (missing.size === 0) return;
  throw new DataError({ where: file, expected: `an archive with ${members.join(', ')}`, received: `none of ${[...missing].join(', ')}` });
}
