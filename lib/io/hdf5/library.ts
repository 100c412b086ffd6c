/** The HDF5 library, compiled to WebAssembly, and the files that it sees: parts of files that are opened for it, and nothing else. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { CALLS, MEMORY, type Region } from './types.js';

/** Numbers of 64 bits, as the library takes them. */
export type Wide = readonly bigint[];

/** What the library says of a type, and of the data set or attribute that has it. */
export interface Metadata {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly cset?: number;
  readonly shape: number[] | null;
  readonly total_size: number;
  readonly chunks: number[] | null;
  readonly virtual_sources?: unknown;
  readonly enum_type?: { readonly type: number; readonly members: Readonly<Record<string, number>> };
}

/** What is written with data: the type, and the shape in numbers of 64 bits. */
export interface WriteMetadata {
  type: number;
  size: number;
  signed: boolean;
  vlen: boolean;
  cset?: number;
  shape: Wide;
  maxshape: Wide;
  chunks: null;
  littleEndian: boolean;
  total_size: number;
}

interface FileNode {
  node_ops: Record<string, unknown>;
  stream_ops: Record<string, unknown>;
  id: number;
}

interface Stream {
  position: number;
}

/** The part of the compiled module that is used here. */
export interface Library {
  readonly HEAPU8: Uint8Array;
  readonly FS: {
    createDataFile(parent: string, name: string, data: Uint8Array, canRead: boolean, canWrite: boolean, own: boolean): FileNode | undefined;
    lookupPath(path: string): { node: FileNode };
    unlink(path: string): void;
    ErrnoError: new (errno: number) => Error;
  };
  readonly H5F_ACC_RDONLY: number;
  readonly H5F_ACC_TRUNC: number;
  readonly H5F_LIBVER_EARLIEST: number;
  readonly H5F_LIBVER_LATEST: number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(name: string, mode: number, trackOrder: boolean, lowest: number, highest: number): bigint;
  close_file(file: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): Metadata;
  get_dataset_data(file: bigint, path: string, count: Wide | null, offset: Wide | null, strides: Wide | null, pointer: bigint): number;
  set_dataset_data(file: bigint, path: string, count: Wide | null, offset: Wide | null, strides: Wide | null, pointer: bigint): number;
  create_group(file: bigint, path: string, trackOrder: boolean): number;
  create_dataset(file: bigint, path: string, pointer: bigint, metadata: WriteMetadata): number;
  create_attribute(file: bigint, path: string, name: string, pointer: bigint, metadata: WriteMetadata): number;
  create_vlen_str_attribute(file: bigint, path: string, name: string, data: readonly string[], metadata: WriteMetadata): number;
}

/** Classes of types, in the library's numbers. */
export const INTEGER = 0;
export const FLOAT = 1;
export const STRING = 3;
export const ENUM = 8;
/** Kinds of objects. */
export const GROUP = 0;
export const DATASET = 1;

/** What the library printed of its last failure: each function's complaint, the innermost one last. */
const printed: string[] = [];

/** Whether the library has complained since the last `complaint`: some of its functions fail without another sign. */
export function complained(): boolean {
  return printed.some((line) => line.includes('HDF5-DIAG'));
}

/** The innermost complaint since the last time, and forgets all. */
export function complaint(): string {
  const reasons = printed.map((line) => /in \w+\(\): (.*)/.exec(line)?.[1]).filter((reason) => reason !== undefined);
  printed.length = 0;
  return reasons.at(-1)?.replace(/\.?\s*$/, '') ?? 'something else';
}

/** An error of the system under a file, which the library knows as a failed read or write only. */
export class SystemFailure extends Error {
  constructor(override readonly cause: NodeJS.ErrnoException) {
    super(cause.message);
  }
}

/** Bytes that the library may use for files of this length: what a large compressed chunk takes, and no more than an honest file needs. */
const memoryFor = (length: number): number => Math.min(64 * 2 ** 20 + 10 * length, 2 ** 31);

/** Of the files that are open. */
const lengths = new Map<FileInLibrary, number>();
let counters: Int32Array;

interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What Node's types leave out. */
const { Memory, RuntimeError } = (
  globalThis as unknown as { WebAssembly: { Memory: { prototype: GrowingMemory }; RuntimeError: new () => Error } }
).WebAssembly;

/** Whether an error means that the library cannot be used any more. */
export function isFatal(error: unknown): boolean {
  return error instanceof RuntimeError || error instanceof RangeError;
}

/** Memory of WebAssembly grows on demand; a damaged file's demands are not met. */
function limitMemory(): void {
  const { prototype } = Memory;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the memory that it is called on
  const { grow } = prototype;
  prototype.grow = function (pages) {
    const allowed = memoryFor(Math.max(0, ...lengths.values()));
    if (this.buffer.byteLength + pages * 65536 > allowed) throw new RangeError('no more memory for this file');
    const before = grow.call(this, pages);
    Atomics.store(counters, MEMORY, this.buffer.byteLength / 1024);
    return before;
  };
}

/** Loads the library. What it prints is kept for the next error instead. */
export async function loadLibrary(shared: Int32Array): Promise<Library> {
  counters = shared;
  limitMemory();
  const keep = (...words: unknown[]): void => {
    if (printed.length < 200) printed.push(words.join(' '));
  };
  console.error = keep;
  console.warn = keep;
  console.log = keep;
  const { ready } = (await import('h5wasm')) as unknown as { ready: Promise<Library> };
  const library = await ready;
  // A file may name others that hold its data. There are none, and no terminal to wait for either.
  for (const device of ['/dev/stdin', '/dev/tty', '/dev/tty1', '/dev/random', '/dev/urandom']) {
    try {
      library.FS.unlink(device);
    } catch {
      // not there in this version
    }
  }
  return library;
}

const EIO = 29;
let opened = 0;

/** A file of the system as one of the library's, from `offset` on. */
export class FileInLibrary {
  readonly name = `/file-${opened++}`;
  private readonly descriptor: number;
  private readonly offset: number;
  private size: number;
  private failure: NodeJS.ErrnoException | undefined;

  constructor(
    private readonly library: Library,
    region: Region,
    readonly writing: boolean,
  ) {
    this.offset = region.offset;
    this.descriptor = openSync(region.path, writing ? 'r+' : 'r');
    this.size = writing ? 0 : Math.max(0, Math.min(region.length, fstatSync(this.descriptor).size - region.offset));
    lengths.set(this, this.size);
    library.FS.createDataFile('/', this.name.slice(1), new Uint8Array(), true, true, false);
    const { node } = library.FS.lookupPath(this.name);
    this.install(node);
  }

  get length(): number {
    return this.size;
  }

  /** Throws what the system said, where it said anything since the file was opened. */
  check(): void {
    if (this.failure) throw new SystemFailure(this.failure);
  }

  close(): void {
    closeSync(this.descriptor);
    lengths.delete(this);
    this.library.FS.unlink(this.name);
  }

  /** The checksum of all that was written. */
  checksum(add: (bytes: Uint8Array, before: number) => number): number {
    const bytes = new Uint8Array(1 << 20);
    let crc = 0;
    for (let at = 0; at < this.size;) {
      const read = readSync(this.descriptor, bytes, 0, Math.min(bytes.length, this.size - at), this.offset + at);
      if (read === 0) throw new Error('the file became shorter');
      crc = add(bytes.subarray(0, read), crc);
      at += read;
    }
    return crc;
  }

  private tried<T>(action: () => T): T {
    Atomics.add(counters, CALLS, 1);
    try {
      return action();
    } catch (error) {
      this.failure ??= error as NodeJS.ErrnoException;
      throw new this.library.FS.ErrnoError(EIO);
    }
  }

  private install(node: FileNode): void {
    const time = new Date(0);
    node.node_ops = {
      getattr: () => ({
        dev: 1,
        ino: node.id,
        mode: 0o100666,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size: this.size,
        atime: time,
        mtime: time,
        ctime: time,
        blksize: 4096,
        blocks: Math.ceil(this.size / 512),
      }),
      setattr: (_node: unknown, { size }: { size?: number }) => {
        if (size !== undefined && this.writing) this.tried(() => this.resize(size));
      },
    };
    node.stream_ops = {
      llseek: (stream: Stream, offset: number, whence: number) => offset + (whence === 1 ? stream.position : whence === 2 ? this.size : 0),
      read: (_stream: unknown, heap: Int8Array, pointer: number, length: number, position: number) =>
        this.tried(() =>
          this.readInto(new Uint8Array(heap.buffer, pointer, Math.max(0, Math.min(length, this.size - position))), position),
        ),
      write: (_stream: unknown, heap: Int8Array, pointer: number, length: number, position: number) =>
        this.tried(() => this.writeFrom(new Uint8Array(heap.buffer, pointer, length), position)),
      fsync: () => 0,
    };
  }

  private readInto(bytes: Uint8Array, position: number): number {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.descriptor, bytes, done, bytes.length - done, this.offset + position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  private writeFrom(bytes: Uint8Array, position: number): number {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.offset + position + done);
    }
    this.size = Math.max(this.size, position + bytes.length);
    return bytes.length;
  }

  private resize(size: number): void {
    if (size === this.size) return;
    ftruncateSync(this.descriptor, this.offset + size);
    this.size = size;
  }
}
