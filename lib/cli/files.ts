/** Files on the command line: what kind they are, and how they are read. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors } from '../io/safetensors.js';
import { openSource } from '../io/source.js';
import type { Model } from '../models/model.js';
import { loadModel } from '../saving/load-model.js';
import type { LoadOptions } from '../saving/format.js';
import { modelFormats, weightsFormats } from '../saving/formats.js';
import { UsageError } from './usage.js';

/** The arguments of a command that are no options, taken off the front; the rest are its options. */
export function operands(args: readonly string[], names: string, least: number, most = least): [operands: string[], rest: string[]] {
  const first = args.findIndex((arg) => arg.startsWith('-'));
  const count = first === -1 ? args.length : first;
  const help = args.includes('--help') || args.includes('-h');
  if (!help && (count < least || count > most))
    throw new UsageError(`expected ${names} before the options, got ${count === 0 ? 'nothing' : args.slice(0, count).join(' ')}`);
  return [args.slice(0, count), args.slice(count)];
}

export interface Kind {
  readonly kind: string;
  /** Whether it holds a model, or weights only. */
  readonly holds: 'model' | 'weights';
}

/** Kind of file that a path means, by its ending or its first bytes. */
export async function kindOf(file: string): Promise<Kind> {
  const weights = weightsFormats.find((format) => format.matches(file));
  const model = modelFormats.find((format) => format.matches(file));
  // an .h5 file may be either; most are models
  if (model && !(weights && /\.weights\.h5$/i.test(file))) return { kind: model.name, holds: 'model' };
  if (weights) return { kind: weights.name, holds: 'weights' };
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) {
    const handle = await open(file);
    const { buffer, bytesRead } = await handle.read(new Uint8Array(64), 0, 64, 0).finally(() => handle.close());
    const byHead = modelFormats.find((format) => format.recognizes?.(buffer.subarray(0, bytesRead)));
    if (byHead) return { kind: byHead.name, holds: 'model' };
  }
  const endings = new Set([...modelFormats, ...weightsFormats].flatMap((format) => format.endings));
  throw new UsageError(`${file}: expected a file that ends in ${[...endings].join(' or ')}`);
}

export async function modelOf(file: string, options: LoadOptions): Promise<Model> {
  const { holds } = await kindOf(file);
  if (holds === 'weights') throw new UsageError(`${file}: expected a file with a model, got one with weights only`);
  return loadModel(file, { compile: false, ...options });
}

/** What is in a safetensors file, without its values. */
export async function safetensorsOf(file: string): ReturnType<typeof readSafetensors> {
  const source = await openSource('inspect', file);
  try {
    return await readSafetensors(source);
  } finally {
    await source.close();
  }
}

/** Size of a file, or of all files in a folder. */
export async function bytesOf(file: string): Promise<number> {
  const found = await stat(file);
  if (!found.isDirectory()) return found.size;
  const { readdir } = await import('node:fs/promises');
  const sizes = await Promise.all((await readdir(file)).map(async (name) => (await stat(path.join(file, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
