/** HDF5 files that are read: their groups, data sets and attributes, and values of any size, piece by piece. */
import { FormatError } from '../../errors.js';
import { openSource } from '../source.js';
import { boxes, sizeOf } from './boxes.js';
import { Session } from './client.js';
import type { AttributeValue, Box, DatasetEntry, Entry, Values } from './types.js';

/** Elements that are read at a time where a data set is read in pieces. */
const PIECE = 4 << 20;

/** Where the file begins within another one, and how long it is. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

export class Hdf5Reader {
  private constructor(
    private readonly session: Session,
    /** Length of the file. */
    readonly length: number,
    /** All groups and data sets by their paths, without `/` in front; the root is ''. */
    readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /**
   * Opens a file, or a part of one such as a stored entry of an archive. `name` is what errors call it.
   *
   * @throws DataError where the file cannot be read, FormatError where it is not HDF5 or is damaged
   */
  static async open(where: string, path: string, part?: Part, name = path): Promise<Hdf5Reader> {
    const source = await openSource(where, path);
    await source.close();
    const region = { path, offset: 0, length: source.size, ...part };
    const session = await Session.open(where, name, region, false);
    try {
      const tree = await session.request('tree', {});
      return new Hdf5Reader(session, region.length, new Map(tree.map((entry) => [entry.path, entry])));
    } catch (error) {
      await session.close().catch(() => undefined);
      throw error;
    }
  }

  /** What errors call the file. */
  get name(): string {
    return this.session.name;
  }

  /** Names of what is in a group, in the file's order. */
  children(path: string): string[] {
    const front = path === '' ? '' : `${path}/`;
    return [...this.entries.keys()]
      .filter((key) => key !== '' && key.startsWith(front) && !key.slice(front.length).includes('/'))
      .map((key) => key.slice(front.length));
  }

  /** A data set that has to be there. */
  dataset(path: string): DatasetEntry {
    const entry = this.entries.get(path);
    if (entry?.kind === 'dataset') return entry;
    throw new FormatError({ where: this.name, expected: `a data set /${path}`, received: entry ? 'a group' : 'none' });
  }

  /** The value of an attribute; undefined where there is none of the name. */
  async attribute(path: string, name: string): Promise<AttributeValue | undefined> {
    return this.entries.get(path)?.attributes.includes(name) ? this.session.request('attribute', { path, name }) : undefined;
  }

  /** The values of a data set, or of a box in it. Types that we do not have are converted: float16 to float32, integers to int32. */
  async read(path: string, box?: Box): Promise<Values> {
    const entry = this.dataset(path);
    const bfloat16 = entry.attributes.includes('dtype') && (await this.attribute(path, 'dtype')) === 'bfloat16';
    return this.session.request('read', { path, box, bfloat16 });
  }

  /** The same in pieces of whole rows, the next one being read while one is used. */
  async *pieces(path: string): AsyncGenerator<Box & { values: Values }> {
    const parts = [...boxes(this.dataset(path).shape, PIECE)];
    let next: Promise<Values> | undefined;
    for (const [i, part] of parts.entries()) {
      const values = await (next ?? this.read(path, part));
      const after = parts[i + 1];
      next = after && this.read(path, after);
      // its failure is told when its turn comes
      next?.catch(() => undefined);
      yield { ...part, values };
    }
  }

  /** Number of elements of a data set. */
  size(path: string): number {
    return sizeOf(this.dataset(path).shape);
  }

  async close(): Promise<void> {
    await this.session.close().catch(() => undefined);
  }
}
