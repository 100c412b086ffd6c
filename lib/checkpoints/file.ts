/**
 * One checkpoint: a safetensors file with the arrays, the rest of the state as JSON in its metadata, and as last array its checksum, the
 * SHA-256 of the SHA-256s of all that stands before it, in pieces of 4 MiB.
 */
import { webcrypto } from 'node:crypto';
import { FormatError } from '../errors.js';
import { type FileSink, writeFileWhole } from '../io/files.js';
import { type ByteSource, openSource, readBytes } from '../io/source.js';
import { type DType, dtypeBytes, type TypedArray, typedArray } from '../tensor/dtype.js';
import { fromText, type Plain, toText } from './json.js';
import type { ArraySpec, Snapshot } from './snapshot.js';

const PIECE = 4 * 2 ** 20;
const DIGEST = 32;
const CHECKSUM = 'sha256';
const FORMAT = 'node-cudnn checkpoint 1';
const codes: Record<DType, string> = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' };

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  // Digests of this kind are made on another thread.
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes));
}

/** Takes bytes in any portions and passes them on in pieces of one size. */
class Pieces {
  private readonly digests: Uint8Array[] = [];
  private readonly gathered: Uint8Array;
  private filled = 0;

  constructor(
    total: number,
    private readonly sink?: FileSink,
  ) {
    this.gathered = new Uint8Array(Math.min(PIECE, total));
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.filled === 0 && bytes.length - at >= PIECE) {
        await this.pass(bytes.subarray(at, at + PIECE));
        at += PIECE;
        continue;
      }
      const part = bytes.subarray(at, at + PIECE - this.filled);
      this.gathered.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === PIECE) await this.flush();
    }
  }

  private async flush(): Promise<void> {
    const { filled } = this;
    this.filled = 0;
    await this.pass(this.gathered.subarray(0, filled));
  }

  private async pass(piece: Uint8Array): Promise<void> {
    const [digest] = await Promise.all([sha256(piece), this.sink?.write(piece)]);
    this.digests.push(digest);
  }

  async digest(): Promise<Uint8Array> {
    if (this.filled > 0) await this.flush();
    return sha256(Buffer.concat(this.digests));
  }
}

function sizeOf({ shape, dtype }: Omit<ArraySpec, 'name'>): number {
  return shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype];
}

/** Length and header, padded so that the data begin at a multiple of 8. */
function headerOf(specs: readonly ArraySpec[], state: Plain): { bytes: Buffer; data: number } {
  const header: Record<string, unknown> = { __metadata__: { format: FORMAT, state: toText(state) } };
  let end = 0;
  const place = (length: number): [number, number] => [end, (end += length)];
  for (const spec of specs) {
    header[spec.name] = { dtype: codes[spec.dtype], shape: spec.shape, data_offsets: place(sizeOf(spec)) };
  }
  const data = end;
  header[CHECKSUM] = { dtype: 'U8', shape: [DIGEST], data_offsets: place(DIGEST) };
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const bytes = Buffer.alloc(8 + Buffer.byteLength(text));
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  bytes.write(text, 8);
  return { bytes, data };
}

/** Writes a checkpoint; the file is there whole and on the disk when this resolves, or not at all. */
export async function writeCheckpoint(file: string, snapshots: readonly Snapshot[], state: Plain): Promise<void> {
  const header = headerOf(
    snapshots.flatMap(({ specs }) => specs),
    state,
  );
  await writeFileWhole('checkpoint', file, async (sink) => {
    const pieces = new Pieces(header.bytes.length + header.data, sink);
    await pieces.add(header.bytes);
    for (const snapshot of snapshots) for await (const bytes of snapshot.bytes()) await pieces.add(bytes);
    await sink.write(await pieces.digest());
  });
}

interface Placed extends ArraySpec {
  readonly from: number;
}

/** A checkpoint that was found whole. */
export class CheckpointFile {
  private constructor(
    readonly file: string,
    readonly state: Plain,
    private readonly arrays: ReadonlyMap<string, Placed>,
    private readonly source: ByteSource,
  ) {}

  /**
   * Opens a checkpoint and compares its checksum; nothing is kept in memory but its header.
   *
   * @throws FormatError where it is damaged or no checkpoint
   */
  static async open(file: string): Promise<CheckpointFile> {
    const source = await openSource('checkpoint', file);
    try {
      const { header, start } = await checked(source);
      const metadata = header['__metadata__'] as { format?: unknown; state?: unknown } | undefined;
      if (metadata?.format !== FORMAT || typeof metadata.state !== 'string') {
        throw damaged(file, `a file of the format '${FORMAT}'`, String(metadata?.format));
      }
      const arrays = new Map<string, Placed>();
      for (const [name, value] of Object.entries(header)) {
        if (name === '__metadata__' || name === CHECKSUM) continue;
        const placed = placedOf(value, start, source.size);
        if (!placed) throw damaged(file, `dtype, shape and place of '${name}'`, JSON.stringify(value));
        arrays.set(name, { name, ...placed });
      }
      return new CheckpointFile(file, fromText(metadata.state), arrays, source);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  get specs(): readonly ArraySpec[] {
    return [...this.arrays.values()];
  }

  /** The values of an array. */
  async read(name: string): Promise<{ shape: readonly number[]; dtype: DType; data: TypedArray }> {
    const { shape, dtype, from } = this.arrays.get(name)!;
    const bytes = await readBytes(this.source, from, sizeOf({ shape, dtype }));
    return { shape, dtype, data: typedArray(dtype, bytes.buffer) };
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

function damaged(file: string, expected: string, received: string): FormatError {
  return new FormatError({ where: file, expected, received, hint: 'the file is damaged, or no checkpoint' });
}

async function checked(source: ByteSource): Promise<{ header: Record<string, unknown>; start: number }> {
  const { name, size } = source;
  if (size < 8 + DIGEST) throw damaged(name, `at least ${8 + DIGEST} bytes`, String(size));
  const head = await readBytes(source, 0, 8);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length > size - 8 - DIGEST) throw damaged(name, `a header within the ${size} bytes of the file`, `${length} bytes`);
  const pieces = new Pieces(size - DIGEST);
  const buffer = new Uint8Array(Math.min(PIECE, size - DIGEST));
  for (let at = 0; at < size - DIGEST; at += PIECE) {
    const part = buffer.subarray(0, Math.min(PIECE, size - DIGEST - at));
    await source.readInto(part, at);
    await pieces.add(part);
  }
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const [wanted, got] = [hex(await readBytes(source, size - DIGEST, DIGEST)), hex(await pieces.digest())];
  if (wanted !== got) throw damaged(name, `the checksum ${wanted}`, got);
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(source, 8, length))) as unknown;
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return { header: header as Record<string, unknown>, start: 8 + length };
  } catch {
    // said below
  }
  throw damaged(name, 'a header of JSON', 'something else');
}

function placedOf(value: unknown, start: number, size: number): Omit<Placed, 'name'> | undefined {
  const { dtype: code, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const dtype = (Object.keys(codes) as DType[]).find((one) => codes[one] === code);
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((part) => Number.isSafeInteger(part) && (part as number) >= 0);
  if (!dtype || !whole(shape) || !whole(offsets) || offsets.length !== 2) return undefined;
  const [from, to] = offsets as [number, number];
  const fits = to - from === sizeOf({ shape, dtype }) && start + to <= size;
  return fits ? { dtype, shape, from: start + from } : undefined;
}
