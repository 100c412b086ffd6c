/** Comma-separated values, read as a stream: RFC 4180, with typed columns. */
import { StringDecoder } from 'node:string_decoder';
import { ArgumentError, DataError } from '../errors.js';
import { readChunks } from '../io/decompress.js';
import { describe, flag, optional, type Reader, readOptions, text } from '../options/index.js';
import type { ArrayData } from './array.js';
import { Dataset } from './dataset.js';

export type ColumnType = 'float32' | 'int32' | 'bool' | 'string';

/** How one column is read. */
export interface ColumnOptions {
  /** 'float32'. */
  type?: ColumnType;
  /** The value of an empty cell; without one an empty cell is an error. */
  default?: number | string | boolean;
}

export interface CsvOptions {
  /** The first line has the names of the columns; true. */
  header?: boolean;
  /** The names, where there is no header (or instead of it). */
  columnNames?: readonly string[];
  /** Types of columns. A column that is not named here is a number where it can be read as one, else a text. */
  columns?: Readonly<Record<string, ColumnType | ColumnOptions>>;
  /** Reads only the columns that `columns` names (and the label); false. */
  configuredColumnsOnly?: boolean;
  /** ','. */
  delimiter?: string;
}

export type CsvValue = number | string | boolean;
export type CsvRow = Record<string, CsvValue>;

const delimiter: Reader<string> = (value, where) => {
  if (typeof value === 'string' && value.length === 1 && value !== '"' && value !== '\n') return value;
  throw new ArgumentError({ where, expected: 'one character', received: describe(value) });
};
const namesReader: Reader<readonly string[]> = (value, where) => {
  if (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')) return value;
  throw new ArgumentError({ where, expected: 'a list of names', received: describe(value) });
};
const asGiven: Reader<unknown> = (value) => value;
const columnReaders = { type: asGiven, default: asGiven };
const columnsReader: Reader<Readonly<Record<string, ColumnType | ColumnOptions>>> = (value, where) => {
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    throw new ArgumentError({
      where,
      expected: 'types of columns by name',
      received: describe(value),
      hint: "for example { age: 'int32' }",
    });
  }
  const types = ['float32', 'int32', 'bool', 'string'];
  for (const [name, column] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const known = typeof column === 'object' && column !== null ? readOptions(`${where} ${name}`, column, columnReaders) : undefined;
    const type = known ? (known.type ?? 'float32') : column;
    if (types.includes(type as string)) continue;
    throw new ArgumentError({ where: `${where} ${name}`, expected: types.join(', '), received: describe(type) });
  }
  return (value ?? {}) as Readonly<Record<string, ColumnType | ColumnOptions>>;
};
const labelReader: Reader<readonly string[]> = (value, where) =>
  value === undefined ? [] : Array.isArray(value) ? namesReader(value, where) : [text(value, where)];

const readers = {
  header: optional(flag, true),
  columnNames: optional(namesReader, [] as readonly string[]),
  columns: columnsReader,
  configuredColumnsOnly: optional(flag, false),
  delimiter: optional(delimiter, ','),
  label: labelReader,
};

/** Records of a text that comes in pieces; a quoted field may hold delimiters, quotes (doubled) and ends of lines. */
export class CsvParser {
  private field = '';
  private record: string[] = [];
  private quoted = false;
  private closed = false;
  private line = 1;
  private begun = 1;

  constructor(
    private readonly where: string,
    private readonly delimiter: string,
  ) {}

  *push(piece: string): Generator<{ fields: string[]; line: number }> {
    for (let i = 0; i < piece.length; i++) {
      const c = piece[i]!;
      if (c === '\n') this.line++;
      if (this.quoted) {
        if (c === '"') {
          this.quoted = false;
          this.closed = true;
        } else this.field += c;
      } else if (c === '"' && this.closed) {
        // two quotes within quotes are one
        this.field += c;
        this.quoted = true;
        this.closed = false;
      } else if (c === '"' && this.field === '') {
        this.quoted = true;
      } else if (c === this.delimiter) {
        this.endField();
      } else if (c === '\n') {
        yield* this.endRecord();
      } else if (c !== '\r') {
        if (this.closed) throw this.failed(`'${c}' behind a closing quote`);
        this.field += c;
      }
    }
  }

  *finish(): Generator<{ fields: string[]; line: number }> {
    if (this.quoted) throw this.failed('the end of the file within quotes');
    yield* this.endRecord();
  }

  private failed(received: string): DataError {
    return new DataError({
      where: `${this.where}, line ${this.line}`,
      expected: 'a field, quoted or plain',
      received,
      hint: 'look at the quotes',
    });
  }

  private endField(): void {
    this.record.push(this.field);
    this.field = '';
    this.closed = false;
  }

  private *endRecord(): Generator<{ fields: string[]; line: number }> {
    const line = this.begun;
    this.begun = this.line;
    // An empty line is no record.
    if (this.record.length === 0 && this.field === '' && !this.closed) return;
    this.endField();
    yield { fields: this.record, line };
    this.record = [];
  }
}

async function* records(file: string, separator: string): AsyncGenerator<{ fields: string[]; line: number }> {
  const parser = new CsvParser(file, separator);
  const decoder = new StringDecoder('utf8');
  let first = true;
  for await (const chunk of readChunks('csv', file)) {
    let piece = decoder.write(chunk);
    if (first && piece.startsWith('\ufeff')) piece = piece.slice(1);
    first = false;
    yield* parser.push(piece);
  }
  yield* parser.push(decoder.end());
  yield* parser.finish();
}

function valueOf(where: string, given: string, column: ColumnType | ColumnOptions | undefined): CsvValue {
  const options: ColumnOptions = typeof column === 'string' ? { type: column } : (column ?? {});
  const cell = given.trim();
  if (column === undefined) return cell !== '' && Number.isFinite(Number(cell)) ? Number(cell) : given;
  if (cell === '') {
    if (options.default !== undefined) return options.default;
    if (options.type === 'string') return '';
    throw new DataError({ where, expected: 'a value', received: 'an empty cell', hint: 'give the column a default' });
  }
  const type = options.type ?? 'float32';
  if (type === 'string') return given;
  if (type === 'bool') {
    const word = cell.toLowerCase();
    if (['1', 'true', 'yes'].includes(word)) return true;
    if (['0', 'false', 'no'].includes(word)) return false;
  } else {
    const number = Number(cell);
    if (!Number.isNaN(number) && (type === 'float32' || Number.isInteger(number))) return number;
  }
  throw new DataError({ where, expected: `a value of type ${type}`, received: `'${given}'`, hint: 'look at the type of the column' });
}

/**
 * Rows of files of comma-separated values (plain, .gz or .xz), as objects; with `label` as pairs [features, labels] of numbers, ready for
 * `batch` and `fit`. Files are read as streams, one after the other.
 *
 * @throws DataError that names file, line and column of what cannot be read
 * @example
 * const rows = data.csv('iris.csv', { columns: { species: 'int32' }, label: 'species' });
 * await model.fit(rows.shuffle(150).batch(16), { epochs: 50 });
 */
export function csv(
  source: string | readonly string[],
  options: CsvOptions & { label: string | readonly string[] },
): Dataset<[ArrayData, number | ArrayData]>;
export function csv(source: string | readonly string[], options?: CsvOptions): Dataset<CsvRow>;
export function csv(
  source: string | readonly string[],
  options: CsvOptions & { label?: string | readonly string[] } = {},
): Dataset<unknown> {
  const read = readOptions('csv', options, readers);
  const files = (Array.isArray(source) ? source : [source]) as readonly unknown[];
  if (files.length === 0 || !files.every((file): file is string => typeof file === 'string' && file !== '')) {
    throw new ArgumentError({ where: 'csv', expected: 'the name of a file or a list of names', received: describe(source) });
  }
  return new Dataset(async function* () {
    for (const file of files) {
      let names: readonly string[] | undefined = read.columnNames.length > 0 ? read.columnNames : undefined;
      let header = read.header;
      for await (const { fields, line } of records(file, read.delimiter)) {
        if (header) {
          header = false;
          names ??= fields.map((name) => name.trim());
          checkNames(file, names, read);
          continue;
        }
        if (!names) checkNames(file, (names = fields.map((_, i) => `column${i}`)), read);
        if (fields.length !== names.length) {
          throw new DataError({
            where: `${file}, line ${line}`,
            expected: `${names.length} columns`,
            received: String(fields.length),
            hint: 'look at the delimiter and the quotes',
          });
        }
        const row: CsvRow = {};
        names.forEach((name, i) => {
          const column = Object.hasOwn(read.columns, name) ? read.columns[name] : undefined;
          if (read.configuredColumnsOnly && column === undefined && !read.label.includes(name)) return;
          row[name] = valueOf(`${file}, line ${line}, column ${name}`, fields[i]!, column);
        });
        yield read.label.length === 0 ? row : pairOf(`${file}, line ${line}`, row, read.label);
      }
    }
  }, undefined);
}

function checkNames(file: string, names: readonly string[], read: { columns: object; label: readonly string[] }): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError({
      where: file,
      expected: 'columns of different names',
      received: `${twice} more than once`,
      hint: 'give columnNames and header',
    });
  }
  const unknown = [...Object.keys(read.columns), ...read.label].find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const hint = names.length === 1 && /[;,\t|]/.test(names[0]!) ? 'look at delimiter' : 'look at header and columnNames';
  throw new DataError({ where: file, expected: `a column ${unknown}`, received: names.join(', '), hint });
}

function pairOf(where: string, row: CsvRow, labels: readonly string[]): [ArrayData, number | ArrayData] {
  const number = (name: string): number => {
    const value = row[name]!;
    if (typeof value !== 'string') return Number(value);
    const hint = 'give numbers, or leave label out and make the features in a map()';
    throw new DataError({ where: `${where}, column ${name}`, expected: 'a number', received: `'${value}'`, hint });
  };
  const features = Float32Array.from(
    Object.keys(row).filter((name) => !labels.includes(name)),
    number,
  );
  const values = Float32Array.from(labels, number);
  return [{ data: features, shape: [features.length] }, labels.length === 1 ? values[0]! : { data: values, shape: [values.length] }];
}
