/** Writes zip archives whose entries are stored as they are, of any size. */
import { crc32 } from '../crc32.js';
import type { FileSink } from '../files.js';
import * as zip from './records.js';

/** Entries begin at multiples of this, so that what is in them can be read in place. */
const ALIGNMENT = 64;
/** The extra field of every entry: enough for sizes of 64 bits, which are known only when the entry is written. */
const EXTRA_LEAST = 20;

interface Open {
  readonly name: Buffer;
  readonly place: number;
  readonly extra: number;
  /** Where the entry's bytes begin. */
  readonly start: number;
}

interface Done extends Open {
  readonly size: number;
  readonly crc: number;
}

/** An archive in the making. `add` takes bytes; between `begin` and `end` the entry is written to the file by whoever can. */
export class ZipWriter {
  private readonly entries: Done[] = [];
  private readonly stamp = zip.dosTime(new Date());
  private current: Open | undefined;

  constructor(private readonly out: FileSink) {}

  /** Adds an entry. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.begin(name);
    await this.out.write(bytes);
    await this.end(bytes.length, crc32(bytes));
  }

  /** Leaves room for an entry's header and says where its bytes are to begin. Nothing else is added until `end`. */
  async begin(name: string): Promise<number> {
    if (this.current) throw new Error('the entry before is not ended');
    const bytes = Buffer.from(name);
    const place = this.out.position;
    const least = place + zip.LOCAL_SIZE + bytes.length + EXTRA_LEAST;
    const first = Math.ceil(least / ALIGNMENT) * ALIGNMENT;
    // What is left over becomes a field of its own, whose head takes four bytes.
    const start = first > least && first < least + 4 ? first + ALIGNMENT : first;
    this.current = { name: bytes, place, extra: EXTRA_LEAST + start - least, start };
    await this.out.write(new Uint8Array(start - place));
    return start;
  }

  /** Ends the entry that was begun. */
  async end(size: number, crc: number): Promise<void> {
    const entry: Done = { ...this.current!, size, crc };
    this.current = undefined;
    this.entries.push(entry);
    this.out.skip(entry.start + size - this.out.position);
    await this.out.writeAt(entry.place, this.localHeader(entry));
  }

  /** Writes the directory. The archive is whole after this. */
  async finish(): Promise<void> {
    const from = this.out.position;
    for (const entry of this.entries) await this.out.write(this.centralHeader(entry));
    await this.out.write(this.ending(from, this.out.position - from));
  }

  /** What the two headers of an entry share: 26 bytes from the version that is needed on. */
  private common(view: DataView, at: number, { name, size, crc }: Done, extra: number): void {
    const large = size >= zip.MANY32;
    view.setUint16(at, large ? 45 : 20, true);
    view.setUint16(at + 2, zip.UTF8, true);
    view.setUint16(at + 4, zip.STORED, true);
    view.setUint16(at + 6, this.stamp.time, true);
    view.setUint16(at + 8, this.stamp.day, true);
    view.setUint32(at + 10, crc, true);
    view.setUint32(at + 14, large ? zip.MANY32 : size, true);
    view.setUint32(at + 18, large ? zip.MANY32 : size, true);
    view.setUint16(at + 22, name.length, true);
    view.setUint16(at + 24, extra, true);
  }

  private localHeader(entry: Done): Uint8Array {
    const bytes = Buffer.alloc(zip.LOCAL_SIZE + entry.name.length + entry.extra);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(0, zip.LOCAL, true);
    this.common(view, 4, entry, entry.extra);
    bytes.set(entry.name, zip.LOCAL_SIZE);
    let at = zip.LOCAL_SIZE + entry.name.length;
    if (entry.size >= zip.MANY32) {
      view.setUint16(at, zip.EXTRA64, true);
      view.setUint16(at + 2, 16, true);
      view.setBigUint64(at + 4, BigInt(entry.size), true);
      view.setBigUint64(at + 12, BigInt(entry.size), true);
      at += EXTRA_LEAST;
    }
    const rest = bytes.length - at;
    if (rest > 0) {
      view.setUint16(at, zip.EXTRA_ROOM, true);
      view.setUint16(at + 2, rest - 4, true);
    }
    return bytes;
  }

  private centralHeader(entry: Done): Uint8Array {
    const { name, size, place } = entry;
    const wide = [...(size >= zip.MANY32 ? [size, size] : []), ...(place >= zip.MANY32 ? [place] : [])];
    const extra = wide.length > 0 ? 4 + 8 * wide.length : 0;
    const bytes = Buffer.alloc(zip.CENTRAL_SIZE + name.length + extra);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(0, zip.CENTRAL, true);
    // made by version 4.5 on Unix, where bits of rights are those of a plain file that all may read
    view.setUint16(4, (3 << 8) | 45, true);
    this.common(view, 6, entry, extra);
    view.setUint32(38, (0o100644 << 16) >>> 0, true);
    view.setUint32(42, Math.min(place, zip.MANY32), true);
    bytes.set(name, zip.CENTRAL_SIZE);
    if (wide.length > 0) {
      const at = zip.CENTRAL_SIZE + name.length;
      view.setUint16(at, zip.EXTRA64, true);
      view.setUint16(at + 2, 8 * wide.length, true);
      wide.forEach((value, i) => view.setBigUint64(at + 4 + 8 * i, BigInt(value), true));
    }
    return bytes;
  }

  private ending(from: number, size: number): Uint8Array {
    const count = this.entries.length;
    const large = from >= zip.MANY32 || size >= zip.MANY32 || count >= zip.MANY16;
    const bytes = Buffer.alloc((large ? zip.END64_SIZE + zip.LOCATOR64_SIZE : 0) + zip.END_SIZE);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    if (large) {
      view.setUint32(0, zip.END64, true);
      view.setBigUint64(4, BigInt(zip.END64_SIZE - 12), true);
      view.setUint16(12, (3 << 8) | 45, true);
      view.setUint16(14, 45, true);
      view.setBigUint64(24, BigInt(count), true);
      view.setBigUint64(32, BigInt(count), true);
      view.setBigUint64(40, BigInt(size), true);
      view.setBigUint64(48, BigInt(from), true);
      at = zip.END64_SIZE;
      view.setUint32(at, zip.LOCATOR64, true);
      view.setBigUint64(at + 8, BigInt(from + size), true);
      view.setUint32(at + 16, 1, true);
      at += zip.LOCATOR64_SIZE;
    }
    view.setUint32(at, zip.END, true);
    view.setUint16(at + 8, Math.min(count, zip.MANY16), true);
    view.setUint16(at + 10, Math.min(count, zip.MANY16), true);
    view.setUint32(at + 12, Math.min(size, zip.MANY32), true);
    view.setUint32(at + 16, Math.min(from, zip.MANY32), true);
    return bytes;
  }
}
