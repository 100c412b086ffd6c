/** `flowFromDirectory`: one subfolder a class. Source: Keras 3, legacy `DirectoryIterator`. */
import path from 'node:path';
import { checkFolder, listImages, subfolders } from '../data/images/folder.js';
import { imageExtensions } from '../data/images/codec.js';
import { ArgumentError, DataError } from '../errors.js';
import { describe, flag, nullable, oneOf, optional, type Reader, readOptions } from '../options/index.js';
import { classLabels, fileFlowReaders, type FileFlowOptions, FileIterator } from './file-iterator.js';
import type { ImageDataGenerator } from './image-data-generator.js';
import { subsetOf } from './image-iterator.js';

export interface DirectoryFlowOptions extends FileFlowOptions {
  /** Names of the subfolders that are classes, in the order of their numbers; null: all, by name. */
  classes?: readonly string[] | null;
  /** Labels as one-hot rows, 0 or 1, class numbers, the images themselves, or none; 'categorical'. */
  classMode?: 'categorical' | 'binary' | 'sparse' | 'input' | null;
  /** Follows links to folders; false. */
  followLinks?: boolean;
}

export const names: Reader<readonly string[]> = (value, where) => {
  const list = value as unknown[];
  if (Array.isArray(value) && list.length > 0 && list.every((name) => typeof name === 'string') && new Set(list).size === list.length)
    return value as readonly string[];
  throw new ArgumentError({ where, expected: 'a list of different names', received: describe(value) });
};

const mode = oneOf('categorical', 'binary', 'sparse', 'input');

const readers = {
  ...fileFlowReaders,
  classes: nullable(names),
  // null means: no labels
  classMode: (value: unknown, where: string) => (value === undefined ? 'categorical' : value === null ? null : mode(value, where)),
  followLinks: optional(flag, false),
};

export async function directoryFlow(
  generator: ImageDataGenerator,
  directory: string,
  options: DirectoryFlowOptions,
): Promise<FileIterator> {
  const where = 'flowFromDirectory';
  const read = readOptions(where, options, readers);
  await checkFolder(where, directory);
  if (read.subset !== null && generator.validationSplit === 0) {
    throw new ArgumentError({ where, expected: 'a generator with validationSplit', received: `subset '${read.subset}' and no split` });
  }
  const found = await subfolders(directory);
  const classNames = read.classes ?? found;
  const missing = classNames.find((name) => !found.includes(name));
  if (missing !== undefined) {
    throw new DataError({ where, expected: `a folder ${path.join(directory, missing)}`, received: `${found.join(', ') || 'no folders'}` });
  }
  if (read.classMode === 'binary' && classNames.length !== 2) {
    throw new DataError({
      where,
      expected: 'two classes with classMode binary',
      received: `${classNames.length} (${classNames.join(', ')})`,
      hint: "use 'categorical' or 'sparse'",
    });
  }
  const filenames: string[] = [];
  const classes: number[] = [];
  for (const [number, name] of classNames.entries()) {
    const files = await listImages(path.join(directory, name), { extensions: imageExtensions, followLinks: read.followLinks });
    const [from, to] = subsetOf(read.subset, generator.validationSplit, files.length);
    for (const file of files.slice(from, to)) {
      filenames.push(`${name}/${file}`);
      classes.push(number);
    }
  }
  if (filenames.length === 0) {
    throw new DataError({
      where,
      expected: `images (${imageExtensions.join(', ')}) in the folders of ${directory}`,
      received: classNames.length === 0 ? 'no folders' : `none in ${classNames.join(', ')}`,
      hint: 'make one folder a class and put the images there',
    });
  }
  return new FileIterator(
    generator,
    {
      filenames,
      paths: filenames.map((name) => path.join(directory, name)),
      classes,
      classIndices: Object.fromEntries(classNames.map((name, i) => [name, i])),
      labels:
        read.classMode === null
          ? undefined
          : read.classMode === 'input'
            ? 'input'
            : classLabels(read.classMode, classes, classNames.length),
      weights: undefined,
    },
    read,
  );
}
