/** Makes a file that fails smaller, as long as it fails in the same way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tryFile } from './watch.js';

/** Each try is a process. */
const TRIES = 60;

export async function minimise(format: string, file: string, ending: string, kind: string): Promise<Uint8Array> {
  const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-fuzz-'));
  const candidate = path.join(folder, `fuzz${ending}`);
  let best: Uint8Array = readFileSync(file);
  let tries = 0;
  const fails = async (bytes: Uint8Array): Promise<boolean> => {
    tries++;
    writeFileSync(candidate, bytes);
    return (await tryFile(format, candidate))?.kind === kind;
  };
  try {
    for (let size = Math.ceil(best.length / 2); size >= 1 && tries < TRIES; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best.length && tries < TRIES;) {
        const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
        if (await fails(shorter)) best = shorter;
        else at += size;
      }
    }
    return best;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
