/** Reads zip archives: stored and deflated entries, of any size, without ever holding more than is asked for. */
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { FormatError, NodeCudnnError } from '../../errors.js';
import { crc32 } from '../crc32.js';
import { type ByteSource, openSource } from '../source.js';
import { bufferAt, readDirectory, refuse } from './directory.js';
import * as zip from './records.js';

const PIECE = 1 << 20;
/** Deflate makes at most 1032 bytes of one, and of anything but emptiness much less. */
const LARGEST_GROWTH = 100;
const ALWAYS_ALLOWED = 1 << 20;

/** An open archive. */
export class ZipReader {
  private constructor(
    private readonly source: ByteSource,
    readonly entries: ReadonlyMap<string, zip.ZipEntry>,
  ) {}

  /**
   * Opens an archive and reads its directory. `where` heads what is said of a file that is missing; what is wrong inside is said of the file.
   *
   * @throws FormatError where it is no archive, is damaged, or has entries that leave it, overlap, or have the same name
   */
  static async open(where: string, file: string): Promise<ZipReader> {
    const source = await openSource(where, file);
    try {
      return new ZipReader(source, await readDirectory(file, source));
    } catch (cause) {
      await source.close();
      throw cause;
    }
  }

  /** The entry of a name. */
  entry(name: string): zip.ZipEntry {
    const entry = this.entries.get(name);
    if (entry) return entry;
    const names = [...this.entries.keys()].slice(0, 10).join(', ');
    throw new FormatError({ where: this.source.name, expected: `an entry ${name}`, received: names || 'an empty archive' });
  }

  /** Where the bytes of an entry begin in the file: for those who read a stored entry in place. */
  async start(entry: zip.ZipEntry): Promise<number> {
    const { name, place } = entry;
    const what = `${this.source.name} ${name}`;
    const head = await bufferAt(this.source, place, zip.LOCAL_SIZE);
    if (head.readUInt32LE(0) !== zip.LOCAL) refuse(what, `its header at ${place}`, 'other bytes');
    const [flags, method] = [head.readUInt16LE(6), head.readUInt16LE(8)];
    if ((flags | entry.flags) & zip.ENCRYPTED) refuse(what, 'an entry that is not encrypted', 'an encrypted one');
    if (method !== entry.method) refuse(what, `method ${entry.method}, as the directory says`, `${method}`);
    if (method !== zip.STORED && method !== zip.DEFLATED) refuse(what, 'an entry that is stored or deflated', `method ${method}`);
    const nameSize = head.readUInt16LE(26);
    const start = place + zip.LOCAL_SIZE + nameSize + head.readUInt16LE(28);
    const own = await bufferAt(this.source, place + zip.LOCAL_SIZE, nameSize);
    if (!own.equals(Buffer.from(name))) refuse(what, 'the same name in the header', JSON.stringify(own.toString('latin1')));
    if (start + entry.packedSize > this.source.size) refuse(what, `${entry.packedSize} bytes`, `${this.source.size - start}`);
    return start;
  }

  /** The contents, piece by piece; the last step checks length and checksum. */
  async *pieces(name: string): AsyncGenerator<Uint8Array> {
    const entry = this.entry(name);
    const what = `${this.source.name} ${name}`;
    const start = await this.start(entry);
    if (entry.size > ALWAYS_ALLOWED && entry.size > LARGEST_GROWTH * entry.packedSize) {
      refuse(what, `at most ${LARGEST_GROWTH} times its ${entry.packedSize} bytes`, `${entry.size} bytes`);
    }
    const packed = this.packedPieces(start, entry.packedSize);
    let [size, crc] = [0, 0];
    for await (const piece of entry.method === zip.STORED ? packed : this.inflated(what, packed)) {
      size += piece.length;
      if (size > entry.size) refuse(what, `${entry.size} bytes`, 'more');
      crc = crc32(piece, crc);
      yield piece;
    }
    if (size !== entry.size) refuse(what, `${entry.size} bytes`, `${size}`);
    if (crc !== entry.crc) refuse(what, `checksum ${hex(entry.crc)}`, hex(crc));
  }

  /** All of an entry, with its checksum checked. Refuses one that is longer than `limit`. */
  async read(name: string, limit = 256 << 20): Promise<Uint8Array> {
    const { size } = this.entry(name);
    if (size > limit) refuse(`${this.source.name} ${name}`, `at most ${limit} bytes`, `${size}`);
    const parts: Uint8Array[] = [];
    for await (const piece of this.pieces(name)) parts.push(piece);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Checks length and checksum of an entry. */
  async check(name: string): Promise<void> {
    for await (const piece of this.pieces(name)) void piece;
  }

  private async *packedPieces(start: number, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < size; at += PIECE) yield bufferAt(this.source, start + at, Math.min(PIECE, size - at));
  }

  private async *inflated(what: string, packed: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
    const source = Readable.from(packed);
    const inflate = createInflateRaw({ chunkSize: 1 << 18 });
    source.once('error', (error) => inflate.destroy(error));
    try {
      for await (const piece of source.pipe(inflate)) yield piece as Buffer;
    } catch (cause) {
      if (cause instanceof NodeCudnnError) throw cause;
      refuse(what, 'deflated bytes', cause instanceof Error ? cause.message : String(cause));
    } finally {
      source.destroy();
      inflate.destroy();
    }
  }

  async close(): Promise<void> {
    await this.source.close();
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
