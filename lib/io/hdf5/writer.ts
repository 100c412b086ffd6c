/** HDF5 files that are written: groups, attributes of text, and data sets of any size, piece by piece. */
import { dtypeBytes, type TypedArray } from '../../tensor/dtype.js';
import { boxes, sizeOf } from './boxes.js';
import { Session } from './client.js';
import { bufferOf } from './convert.js';
import type { Box, Text, WrittenType } from './types.js';

/** Elements of a piece, and bytes that may be on their way to the disk before a writer waits. */
const PIECE = 4 << 20;
const UNDER_WAY = 48 << 20;

const bytesOf = (type: WrittenType): number => (type === 'int64' ? 8 : dtypeBytes[type]);

export class Hdf5Writer {
  private readonly groups = new Set(['']);
  private readonly pending = new Set<Promise<unknown>>();
  private bytes = 0;
  private failed: unknown;

  private constructor(private readonly session: Session) {}

  /**
   * Begins a file in an existing one, from `offset` on: the temporary file of `writeFileWhole`, an entry of an archive in the making.
   * `name` is what errors call it.
   */
  static async create(where: string, path: string, offset: number, name: string): Promise<Hdf5Writer> {
    return new Hdf5Writer(await Session.open(where, name, { path, offset, length: 0 }, true));
  }

  /** Boxes in which `dataset` takes the values of a large array. */
  static boxes(shape: readonly number[]): Box[] {
    return [...boxes(shape, PIECE)];
  }

  /** Makes a group, and those that it is in. */
  group(path: string): void {
    if (this.groups.has(path)) return;
    const end = path.lastIndexOf('/');
    this.group(end < 0 ? '' : path.slice(0, end));
    this.groups.add(path);
    this.send(0, () => this.session.request('group', { path }));
  }

  /** Gives a group an attribute: as h5py writes Python's `str`, or, with `fixed`, an array of NumPy's `bytes`. */
  attribute(path: string, name: string, value: Text, fixed = false): void {
    this.group(path);
    this.send(0, () => this.session.request('setAttribute', { path, name, value, fixed }));
  }

  /**
   * Makes a data set from its values in pieces, in the order of the array: as `boxes` says, or all at once. The memory of what is
   * given is given away. Resolves when more can be taken.
   */
  async dataset(
    path: string,
    shape: readonly number[],
    dtype: WrittenType,
    pieces: AsyncIterable<TypedArray | BigInt64Array> | readonly (TypedArray | BigInt64Array)[],
  ): Promise<void> {
    const end = path.lastIndexOf('/');
    if (end > 0) this.group(path.slice(0, end));
    const parts = Hdf5Writer.boxes(shape);
    if (parts.length > 1) this.send(0, () => this.session.request('create', { path, shape, dtype }));
    let i = 0;
    for await (const piece of pieces) {
      const box = parts[i++]!;
      const data = bufferOf(piece);
      if (data.byteLength !== sizeOf(box.count) * bytesOf(dtype)) throw new Error(`a piece of ${path} has another length than its box`);
      this.send(data.byteLength, () =>
        parts.length > 1
          ? this.session.request('write', { path, box, data }, [data])
          : this.session.request('create', { path, shape, dtype, data }, [data]),
      );
      while (this.bytes > UNDER_WAY) await Promise.race(this.pending);
      if (this.failed !== undefined) throw this.failed;
    }
    if (i !== parts.length) throw new Error(`${path} has ${parts.length} pieces, ${i} were given`);
  }

  /** Sends a request without waiting for its answer; the first failure is told by whatever is called next. */
  private send(bytes: number, request: () => Promise<unknown>): void {
    if (this.failed !== undefined) return;
    this.bytes += bytes;
    const done: Promise<unknown> = request()
      .catch((error: unknown) => (this.failed ??= error))
      .finally(() => {
        this.bytes -= bytes;
        this.pending.delete(done);
      });
    this.pending.add(done);
  }

  /** Waits for all, and ends the file. Its length, and its CRC-32 if that is wanted. */
  async close(crc = false): Promise<{ size: number; crc: number }> {
    await Promise.all(this.pending);
    if (this.failed !== undefined) {
      this.abandon();
      throw this.failed;
    }
    return this.session.close(crc);
  }

  /** Ends it after a failure. */
  abandon(): void {
    this.session.abandon();
  }
}
