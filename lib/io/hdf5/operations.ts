/** What the thread does with an open HDF5 file: the calls of the library, each followed by a look at what went wrong. */
import { dtypeBytes } from '../../tensor/dtype.js';
import { boxes, sizeOf } from './boxes.js';
import { convert } from './convert.js';
import * as h5 from './library.js';
import type { AttributeValue, Box, ElementType, Entry, Text, Values, WrittenType } from './types.js';

/** Something in the file is not as it has to be. */
export class Refusal extends Error {
  constructor(
    readonly expected: string,
    readonly received: string,
  ) {
    super(`expected ${expected}, got ${received}`);
  }
}

/** What is copied through the library's memory at a time. */
const PIECE = 8 << 20;
const MOST_OBJECTS = 200_000;
const DEEPEST = 64;
const LARGEST_ATTRIBUTE = 256 << 20;

const integers: Readonly<Record<string, ElementType>> = {
  '1s': 'int8',
  '2s': 'int16',
  '4s': 'int32',
  '8s': 'int64',
  '1u': 'uint8',
  '2u': 'uint16',
  '4u': 'uint32',
  '8u': 'uint64',
};
const floats: Readonly<Record<number, ElementType>> = { 2: 'float16', 4: 'float32', 8: 'float64' };

function elementType({ type, size, signed, enum_type: members, virtual_sources: elsewhere }: h5.Metadata): ElementType {
  if (elsewhere) return 'other';
  if (type === h5.FLOAT) return floats[size] ?? 'other';
  if (type === h5.INTEGER) return integers[`${size}${signed ? 's' : 'u'}`] ?? 'other';
  if (type === h5.STRING) return 'string';
  // NumPy's bool, as h5py writes it
  return type === h5.ENUM && size === 1 && members && Object.keys(members.members).sort().join() === 'FALSE,TRUE' ? 'bool' : 'other';
}

const wide = (numbers: readonly number[]): bigint[] => numbers.map(BigInt);
const root = (path: string): string => `/${path}`;

/** An open file. */
export class OpenFile {
  private readonly file: h5.FileInLibrary;
  private readonly handle: bigint;

  constructor(
    private readonly library: h5.Library,
    file: h5.FileInLibrary,
  ) {
    this.file = file;
    h5.complaint();
    // The earliest format of each part, as h5py writes it: readers of every age know it.
    const mode = file.writing ? library.H5F_ACC_TRUNC : library.H5F_ACC_RDONLY;
    this.handle = library.open(file.name, mode, false, library.H5F_LIBVER_EARLIEST, library.H5F_LIBVER_LATEST);
    if (this.handle < 0n) this.fail('an HDF5 file');
  }

  /** Throws: the system's complaint where there is one, else the library's. */
  private fail(expected: string): never {
    this.file.check();
    throw new Refusal(expected, h5.complaint());
  }

  private done(status: number, expected: string): void {
    if (status < 0) this.fail(expected);
    this.file.check();
  }

  /** Calls the library, whose own exceptions say little. */
  private call<T>(expected: string, action: () => T): T {
    h5.complaint();
    try {
      return action();
    } catch (error) {
      if (h5.isFatal(error) || error instanceof Refusal) throw error;
      return this.fail(expected);
    }
  }

  private withMemory<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.library._malloc(Math.max(bytes, 8));
    if (pointer === 0) throw new Refusal(`at most what fits in memory`, `${bytes} bytes at a time`);
    try {
      return use(pointer);
    } finally {
      this.library._free(pointer);
    }
  }

  // Reading

  /** Every group and data set, each group before what is in it. */
  tree(): Entry[] {
    const { library, handle } = this;
    const entries: Entry[] = [];
    const visit = (path: string, depth: number): void => {
      const attributes = library.get_attribute_names(handle, root(path));
      entries.push({ kind: 'group', path, attributes });
      if (depth > DEEPEST) throw new Refusal(`groups nested ${DEEPEST} deep at most`, `more at ${path.slice(0, 100)}`);
      for (const name of library.get_names(handle, root(path), false)) {
        const inner = path === '' ? name : `${path}/${name}`;
        if (entries.length > MOST_OBJECTS) throw new Refusal(`at most ${MOST_OBJECTS} groups and data sets`, 'more');
        const kind = library.get_type(handle, root(inner));
        if (kind === h5.GROUP) visit(inner, depth + 1);
        else if (kind === h5.DATASET) entries.push(this.dataset(inner));
      }
    };
    this.call('groups that can be listed', () => visit('', 0));
    this.file.check();
    return entries;
  }

  private dataset(path: string): Entry {
    const metadata = this.call(`a data set ${path}`, () => this.library.get_dataset_metadata(this.handle, root(path)));
    const attributes = this.call(`attributes of ${path}`, () => this.library.get_attribute_names(this.handle, root(path)));
    const shape = metadata.shape ?? [0];
    return { kind: 'dataset', path, shape, type: elementType(metadata), size: metadata.size, attributes };
  }

  attribute(path: string, name: string): AttributeValue {
    const what = `attribute ${name} of ${root(path)}`;
    const { library, handle } = this;
    return this.call(what, () => {
      const metadata = library.get_attribute_metadata(handle, root(path), name);
      const bytes = metadata.size * metadata.total_size;
      if (!(bytes >= 0 && bytes <= LARGEST_ATTRIBUTE)) throw new Refusal(`${what} of at most ${LARGEST_ATTRIBUTE} bytes`, `${bytes}`);
      if (!metadata.shape) return [];
      return this.withMemory(bytes, (pointer) => {
        this.done(library.get_attribute_data(handle, root(path), name, BigInt(pointer)), what);
        const values = this.attributeValues(what, metadata, library.HEAPU8.slice(pointer, pointer + bytes));
        if (metadata.vlen) library.reclaim_vlen_memory(handle, root(path), name, BigInt(pointer));
        return metadata.shape!.length === 0 ? (values[0] as string | number) : values;
      });
    });
  }

  private attributeValues(what: string, metadata: h5.Metadata, bytes: Uint8Array<ArrayBuffer>): string[] | number[] {
    if (metadata.type === h5.STRING && metadata.vlen) {
      return Array.from(new Uint32Array(bytes.buffer), (pointer) => (pointer === 0 ? '' : this.library.UTF8ToString(pointer)));
    }
    if (metadata.type === h5.STRING) {
      return Array.from({ length: metadata.total_size }, (_, i) => {
        const text = bytes.subarray(i * metadata.size, (i + 1) * metadata.size);
        const end = text.indexOf(0);
        return Buffer.from(end < 0 ? text : text.subarray(0, end)).toString('utf8');
      });
    }
    const values = convert(elementType(metadata), bytes.buffer, false);
    if (!values) throw new Refusal(`${what} of numbers or texts`, `type ${metadata.type} of ${metadata.size} bytes`);
    return Array.from(values.data as Float32Array);
  }

  /** The values of a data set or of a part of it. */
  read(path: string, box: Box | undefined, bfloat16: boolean): Values {
    const what = `data set ${root(path)}`;
    const { library, handle } = this;
    return this.call(what, () => {
      const metadata = library.get_dataset_metadata(handle, root(path));
      const shape = metadata.shape ?? [0];
      const { offset, count } = box ?? { offset: shape.map(() => 0), count: shape };
      const inside = count.length === shape.length && count.every((length, i) => offset[i]! + length <= shape[i]!);
      if (!inside) throw new Refusal(`${what} with [${count.join(', ')}] at [${offset.join(', ')}]`, `shape [${shape.join(', ')}]`);
      const type = elementType(metadata);
      if (type === 'other' || type === 'string') {
        throw new Refusal(`${what} of numbers`, type === 'string' ? 'texts' : `type ${metadata.type} of ${metadata.size} bytes`);
      }
      const { size } = metadata;
      const total = sizeOf(count) * size;
      if (!(total <= 2 ** 31)) throw new Refusal(`at most 2 GB of ${what} at a time`, `${total} bytes`);
      const bytes = new Uint8Array(total);
      if (total > 0) this.fill(what, path, bytes, metadata, { offset, count });
      const values = convert(type, bytes.buffer, bfloat16);
      return values ?? this.refuseIntegers(what, type);
    });
  }

  private refuseIntegers(what: string, type: ElementType): never {
    throw new Refusal(`${what} of numbers within 32 bits`, `larger ones of type ${type}`);
  }

  private fill(what: string, path: string, bytes: Uint8Array, metadata: h5.Metadata, { offset, count }: Box): void {
    const { library, handle } = this;
    const { size, chunks } = metadata;
    const shape = metadata.shape!;
    // A chunk is unpacked as a whole: pieces are of whole chunks, or else each would be unpacked many times.
    const chunked = chunks ? chunks[0]! * sizeOf(shape.slice(1)) : 1;
    const most = Math.max(1, Math.floor(PIECE / size / chunked)) * chunked;
    this.withMemory(Math.min(bytes.length, most * size), (pointer) => {
      let at = 0;
      for (const part of boxes(count, most)) {
        const length = sizeOf(part.count) * size;
        const from = part.offset.map((first, i) => first + offset[i]!);
        const all = shape.length === 0 || (bytes.length === length && sizeOf(shape) * size === length);
        const ones = all ? null : wide(shape.map(() => 1));
        const status = library.get_dataset_data(
          handle,
          root(path),
          all ? null : wide(part.count),
          all ? null : wide(from),
          ones,
          BigInt(pointer),
        );
        this.done(status, what);
        bytes.set(library.HEAPU8.subarray(pointer, pointer + length), at);
        at += length;
      }
    });
  }

  // Writing

  group(path: string): void {
    const what = `a group ${path}`;
    const status = this.call(what, () => this.library.create_group(this.handle, root(path), false));
    this.done(status, what);
  }

  /** A text or a list of them; `fixed` as NumPy's bytes, each as long as the longest, else of any length. */
  setAttribute(path: string, name: string, value: Text, fixed: boolean): void {
    const texts = typeof value === 'string' ? [value] : value;
    const shape = typeof value === 'string' ? [] : [BigInt(texts.length)];
    const common = { type: h5.STRING, signed: false, shape, maxshape: shape, chunks: null, littleEndian: true, total_size: texts.length };
    const what = `attribute ${name} of ${root(path)}`;
    const { library, handle } = this;
    this.call(what, () => {
      if (!fixed) {
        return library.create_vlen_str_attribute(handle, root(path), name, texts, { ...common, size: 4, vlen: true, cset: 1 });
      }
      // Readers in C want a zero behind the longest.
      const size = Math.max(...texts.map((text) => Buffer.byteLength(text)), 0) + 1;
      const bytes = new Uint8Array(size * texts.length);
      texts.forEach((text, i) => bytes.set(Buffer.from(text), i * size));
      const metadata = { ...common, size, vlen: false, cset: 0 };
      return this.withBytes(bytes, (pointer) => library.create_attribute(handle, root(path), name, pointer, metadata));
    });
    this.done(h5.complained() ? -1 : 0, what);
  }

  private withBytes<T>(bytes: Uint8Array, use: (pointer: bigint) => T): T {
    return this.withMemory(bytes.length, (pointer) => {
      this.library.HEAPU8.set(bytes, pointer);
      return use(BigInt(pointer));
    });
  }

  /** Makes a data set; without data, `write` puts them in afterwards. */
  create(path: string, shape: readonly number[], dtype: WrittenType, data: ArrayBuffer | undefined): void {
    const size = dtype === 'int64' ? 8 : dtypeBytes[dtype];
    const type = dtype === 'float32' || dtype === 'float64' ? h5.FLOAT : h5.INTEGER;
    const dims = wide(shape);
    const metadata: h5.WriteMetadata = {
      type,
      size,
      signed: dtype === 'int32' || dtype === 'int64',
      vlen: false,
      shape: dims,
      maxshape: dims,
      chunks: null,
      littleEndian: true,
      total_size: sizeOf(shape),
    };
    const what = `a data set ${path}`;
    const make = (pointer: bigint): number =>
      this.call(what, () => this.library.create_dataset(this.handle, root(path), pointer, metadata));
    if (data) {
      this.withBytes(new Uint8Array(data), make);
      return this.done(h5.complained() ? -1 : 0, what);
    }
    // The library makes the data set, then refuses to fill it with nothing: that is what is wanted.
    make(0n);
    this.file.check();
    const said = h5.complaint();
    if (!said.includes('no input buffer')) throw new Refusal(what, said);
  }

  write(path: string, { offset, count }: Box, data: ArrayBuffer): void {
    const what = `room in the data set ${path}`;
    const size = data.byteLength / sizeOf(count);
    let at = 0;
    for (const part of boxes(count, Math.max(1, Math.floor(PIECE / size)))) {
      const from = part.offset.map((first, i) => first + offset[i]!);
      const bytes = new Uint8Array(data, at, sizeOf(part.count) * size);
      const status = this.withBytes(bytes, (pointer) =>
        this.call(what, () =>
          this.library.set_dataset_data(this.handle, root(path), wide(part.count), wide(from), wide(count.map(() => 1)), pointer),
        ),
      );
      this.done(status, what);
      at += bytes.length;
    }
  }

  /** Writes what is left and closes; then, where it is asked for, the checksum of the whole file is made. */
  close(crc?: (bytes: Uint8Array, before: number) => number): { size: number; crc: number } {
    try {
      h5.complaint();
      const status = this.library.close_file(this.handle);
      if (this.file.writing) this.done(status, 'a file that can be closed');
      return { size: this.file.length, crc: crc ? this.file.checksum(crc) : 0 };
    } finally {
      this.file.close();
    }
  }
}
