/** The n-th file of a run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { utils } from '../../lib/index.js';
import type { FuzzFormat } from './format.js';
import { mutate } from './mutate.js';
import { mutateJson } from './mutate-json.js';
import { Random } from './random.js';

export async function seedsOf(format: FuzzFormat): Promise<Uint8Array[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-fuzz-'));
  // the weights of models in them
  utils.setRandomSeed(1);
  try {
    return await format.seeds(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a file that failed is put beside the one that is written again and again. */
export function failedPath(folder: string, format: FuzzFormat, index: number): string {
  return path.join(folder, `failed-${index}${format.ending}`);
}

/** The file of a run's folder that is read. */
export function readPath(folder: string, format: FuzzFormat): string {
  return path.join(folder, `fuzz${format.ending}`);
}

export function fileOf(format: FuzzFormat, seeds: readonly Uint8Array[], seed: number, index: number): Uint8Array {
  const random = new Random(seed, index);
  const bytes = random.pick(seeds);
  const other = random.pick(seeds);
  const way = random.below(3);
  if (way === 0 && format.json) {
    const found = format.json(bytes, random.bits());
    if (found) return found.replace(mutateJson(found.text, random));
  }
  if (way === 1 && format.inner) {
    const choice = random.bits();
    const found = format.inner(bytes, choice);
    if (found) return found.replace(mutate(found.bytes, random, format.inner(other, choice)?.bytes ?? found.bytes));
  }
  return mutate(bytes, random, other);
}
