/** `flowFromDataFrame`: rows name image files and their labels. Source: Keras 3, legacy `DataFrameIterator`. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type ArrayData, gatherRows } from '../data/array.js';
import { imageExtensions } from '../data/images/codec.js';
import { byCodePoint } from '../data/images/folder.js';
import { ArgumentError, DataError } from '../errors.js';
import { describe, flag, nullable, oneOf, optional, type Reader, readOptions, text } from '../options/index.js';
import { names } from './directory.js';
import { classLabels, fileFlowReaders, type FileFlowOptions, FileIterator, type Files } from './file-iterator.js';
import type { ImageDataGenerator } from './image-data-generator.js';
import { subsetOf } from './image-iterator.js';

/** A row: values by column. */
export type FrameRow = Readonly<Record<string, unknown>>;

export interface FrameFlowOptions extends FileFlowOptions {
  /** File names are found from here; null: from the working directory. */
  directory?: string | null;
  /** The column with the file names; 'filename'. */
  xCol?: string;
  /** The column (columns) with the labels; 'class'. */
  yCol?: string | readonly string[];
  /** A column with sample weights. */
  weightCol?: string | null;
  /** Names of the classes in the order of their numbers; rows of other classes are left out; null: all, by name. */
  classes?: readonly string[] | null;
  /** 'multiOutput': one array a column of yCol; 'raw': the numbers of yCol as they are. 'categorical'. */
  classMode?: 'categorical' | 'binary' | 'sparse' | 'input' | 'multiOutput' | 'raw' | null;
  /** Leaves rows out whose file is missing or has another ending, with a warning; true. */
  validateFilenames?: boolean;
}

const columns: Reader<string | readonly string[]> = (value, where) => (Array.isArray(value) ? names(value, where) : text(value, where));
const mode = oneOf('categorical', 'binary', 'sparse', 'input', 'multiOutput', 'raw');

const readers = {
  ...fileFlowReaders,
  directory: nullable(text),
  xCol: optional(text, 'filename'),
  yCol: optional(columns, 'class'),
  weightCol: nullable(text),
  classes: nullable(names),
  classMode: (value: unknown, where: string) => (value === undefined ? 'categorical' : value === null ? null : mode(value, where)),
  validateFilenames: optional(flag, true),
};

const where = 'flowFromDataFrame';

/** Numbers of some columns, [rows] for one, [rows, columns] for several. */
function numbersOf(rows: readonly FrameRow[], from: readonly string[], single: boolean): ArrayData {
  const data = new Float32Array(rows.length * from.length);
  rows.forEach((row, i) =>
    from.forEach((column, j) => {
      const value = row[column];
      if (typeof value !== 'number') {
        throw new DataError({ where, expected: `numbers in column ${column}`, received: `${describe(value)} in row ${i}` });
      }
      data[i * from.length + j] = value;
    }),
  );
  return { data, shape: single ? [rows.length] : [rows.length, from.length] };
}

/** The labels of a row as names; several in one are for 'categorical' only. */
function namesIn(row: FrameRow, column: string, many: boolean, index: number): string[] {
  const value = row[column];
  if (typeof value === 'string') return [value];
  if (many && Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new DataError({
    where,
    expected: `texts in column ${column}`,
    received: `${describe(value)} in row ${index}`,
    hint: "turn class numbers to texts, or use classMode 'raw'",
  });
}

async function usable(file: string): Promise<boolean> {
  if (!(imageExtensions as readonly string[]).includes(path.extname(file).toLowerCase())) return false;
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

export async function frameFlow(
  generator: ImageDataGenerator,
  given: Iterable<FrameRow> | AsyncIterable<FrameRow>,
  options: FrameFlowOptions,
): Promise<FileIterator> {
  const read = readOptions(where, options, readers);
  const { xCol, yCol, weightCol } = read;
  if (read.subset !== null && generator.validationSplit === 0) {
    throw new ArgumentError({ where, expected: 'a generator with validationSplit', received: `subset '${read.subset}' and no split` });
  }
  if (read.classMode === 'multiOutput' && !Array.isArray(yCol)) {
    throw new ArgumentError({ where, expected: "a list of columns as yCol with classMode 'multiOutput'", received: describe(yCol) });
  }
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given || Symbol.asyncIterator in given)) {
    throw new ArgumentError({
      where,
      expected: 'rows, a list of objects or the result of data.csv',
      received: describe(given),
      hint: typeof given === 'string' ? `data.csv('${given}') reads rows from a file` : "for example [{ filename: 'a.png', class: 'cat' }]",
    });
  }
  let rows: FrameRow[] = [];
  for await (const row of given) rows.push(row);
  rows.forEach((row, i) => {
    if (typeof row?.[xCol] === 'string') return;
    const received = typeof row === 'object' && row !== null ? `${describe(row[xCol])} in row ${i}` : `${describe(row)} as row ${i}`;
    throw new DataError({ where, expected: `file names in column ${xCol}`, received });
  });
  const fileOf = (row: FrameRow): string => path.join(read.directory ?? '', row[xCol] as string);
  if (read.validateFilenames) {
    const good = await Promise.all(rows.map((row) => usable(fileOf(row))));
    const bad = rows.filter((_, i) => !good[i]);
    if (bad.length > 0)
      process.emitWarning(`${where}: left out ${bad.length} rows without a usable image file, the first is ${fileOf(bad[0]!)}`);
    rows = rows.filter((_, i) => good[i]);
  }
  const labelled = await labels(rows, read);
  const [from, to] = subsetOf(read.subset, generator.validationSplit, labelled.rows.length);
  const kept = labelled.rows.slice(from, to);
  if (kept.length === 0) {
    throw new DataError({ where, expected: 'at least one row with an image file', received: 'none', hint: 'look at directory and xCol' });
  }
  const classes = labelled.classes?.slice(from, to);
  return new FileIterator(
    generator,
    {
      filenames: kept.map((row) => row[xCol] as string),
      paths: kept.map(fileOf),
      classes,
      classIndices: labelled.classIndices,
      labels: labelled.make(kept, classes),
      weights: weightCol === null ? undefined : numbersOf(kept, [weightCol], true),
    },
    read,
  );
}

interface Labelled {
  rows: readonly FrameRow[];
  classes: readonly (number | readonly number[])[] | undefined;
  classIndices: Record<string, number>;
  make(kept: readonly FrameRow[], classes: readonly (number | readonly number[])[] | undefined): Files['labels'];
}

async function labels(
  rows: readonly FrameRow[],
  read: { yCol: string | readonly string[]; classMode: string | null; classes: readonly string[] | null },
): Promise<Labelled> {
  const { yCol, classMode } = read;
  const none: Labelled = { rows, classes: undefined, classIndices: {}, make: () => undefined };
  if (classMode === null) return none;
  if (classMode === 'input') return { ...none, make: () => 'input' };
  if (classMode === 'raw' || classMode === 'multiOutput') {
    return {
      ...none,
      make: (kept) => {
        if (classMode === 'raw') {
          const all = numbersOf(kept, [yCol].flat(), typeof yCol === 'string');
          return (samples) => gatherRows(all, samples);
        }
        const each = (yCol as readonly string[]).map((column) => numbersOf(kept, [column], true));
        return (samples) => each.map((all) => gatherRows(all, samples));
      },
    };
  }
  const column = typeof yCol === 'string' ? yCol : yCol[0]!;
  const texts = rows.map((row, i) => namesIn(row, column, classMode === 'categorical', i));
  const known = read.classes ?? [...new Set(texts.flat())].sort(byCodePoint);
  if (classMode === 'binary' && known.length !== 2) {
    throw new DataError({
      where,
      expected: 'two classes with classMode binary',
      received: String(known.length),
      hint: "use 'categorical' or 'sparse'",
    });
  }
  const number = new Map(known.map((name, i) => [name, i]));
  const numbered = rows.map((row, i) => ({ row, list: texts[i]!.filter((name) => number.has(name)).map((name) => number.get(name)!) }));
  const kept = numbered.filter(({ list }) => list.length > 0);
  return {
    rows: kept.map(({ row }) => row),
    classes: kept.map(({ list }) => (list.length === 1 ? list[0]! : list)),
    classIndices: Object.fromEntries(number),
    make: (_, classes) => classLabels(classMode as 'categorical', classes!, known.length),
  };
}
