/** Folders of images, one subfolder a class. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ArgumentError, DataError } from '../../errors.js';
import { describe } from '../../options/index.js';

/** Python compares texts by code points; so that the order of files is Keras' on every machine, this does too. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export async function checkFolder(where: string, folder: string): Promise<void> {
  if (typeof folder !== 'string' || folder === '') {
    throw new ArgumentError({ where, expected: 'the name of a folder', received: describe(folder) });
  }
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new DataError({
    where,
    expected: `a folder ${folder}`,
    received: found ? 'a file of that name' : 'none of that name',
    hint: `paths begin at ${process.cwd()}`,
  });
}

/** Names of the folders in a folder, in order; what begins with a dot is hidden. */
export async function subfolders(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort(byCodePoint);
  const kinds = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => undefined)));
  return names.filter((_, i) => kinds[i]?.isDirectory());
}

export interface ListOptions {
  extensions: readonly string[];
  followLinks: boolean;
  /** Whether what lies in folders within is taken too. */
  recursive?: boolean;
}

/** Files with these endings at any depth, folder by folder and each in order; paths relative to `folder`, with forward slashes. */
export async function listImages(folder: string, options: ListOptions): Promise<string[]> {
  const folders: string[] = [];
  const files = new Map<string, string[]>();
  const seen = new Set<string>();
  const visit = async (relative: string): Promise<void> => {
    const here = path.join(folder, relative);
    const { dev, ino } = await stat(here);
    // Links may lead in circles.
    if (seen.has(`${dev}:${ino}`)) return;
    seen.add(`${dev}:${ino}`);
    folders.push(relative);
    const own: string[] = [];
    files.set(relative, own);
    for (const entry of await readdir(here, { withFileTypes: true })) {
      const inside = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const target = entry.isSymbolicLink() ? await stat(path.join(here, entry.name)).catch(() => undefined) : entry;
      if (target?.isDirectory()) {
        if ((options.recursive ?? true) && (options.followLinks || !entry.isSymbolicLink())) await visit(inside);
      } else if (target?.isFile() && options.extensions.includes(path.extname(entry.name).toLowerCase())) {
        own.push(inside);
      }
    }
  };
  await visit('');
  folders.sort(byCodePoint);
  return folders.flatMap((relative) => files.get(relative)!.sort(byCodePoint));
}
