/** The files beside model.json that hold the weights, one after another, as if they were one. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FormatError } from '../../errors.js';
import { cannotRead, type FileSink, writeFileWhole } from '../../io/files.js';
import { type ByteSource, openSource } from '../../io/source.js';

/** What browsers keep in their caches. */
export const SHARD_BYTES = 4 * 2 ** 20;

/** A path of model.json below its folder, and nowhere else. */
export function insideFolder(where: string, folder: string, name: unknown): string {
  const fits = typeof name === 'string' && name !== '' && !name.includes('\0') && !name.includes('\\');
  if (fits && !path.isAbsolute(name) && !/^[a-z][a-z0-9+.-]*:/i.test(name)) {
    const relative = path.normalize(name);
    if (relative !== '..' && !relative.startsWith('../') && relative !== '.') return path.join(folder, relative);
  }
  throw new FormatError({
    where,
    expected: 'the name of a file in the folder of model.json',
    received: JSON.stringify(name) ?? 'none',
    hint: 'nothing outside of that folder is read',
  });
}

/** Shards in their order; one of them is open at a time. */
export class Shards implements ByteSource {
  private open: { index: number; source: ByteSource } | undefined;

  private constructor(
    readonly name: string,
    private readonly files: readonly { file: string; from: number; size: number }[],
    readonly size: number,
  ) {}

  static async of(name: string, files: readonly string[]): Promise<Shards> {
    let from = 0;
    const parts = [];
    for (const file of files) {
      const found = await stat(file).catch((cause: unknown) => {
        throw cannotRead(name, file, cause);
      });
      // a pipe or a device would have no end
      if (!found.isFile()) throw new FormatError({ where: name, expected: `a file ${file}`, received: 'something else of that name' });
      parts.push({ file, from, size: found.size });
      from += found.size;
    }
    return new Shards(name, parts, from);
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < target.byteLength;) {
      const index = this.files.findIndex(({ from, size }) => position + at < from + size);
      const part = this.files[index];
      if (!part) {
        const expected = `${target.byteLength} bytes of weights at ${position}`;
        throw new FormatError({ where: this.name, expected, received: `${this.size} bytes in all` });
      }
      const inside = position + at - part.from;
      const count = Math.min(target.byteLength - at, part.size - inside);
      await (await this.source(index)).readInto(target.subarray(at, at + count), inside);
      at += count;
    }
  }

  private async source(index: number): Promise<ByteSource> {
    if (this.open?.index === index) return this.open.source;
    await this.close();
    const source = await openSource(this.name, this.files[index]!.file);
    this.open = { index, source };
    return source;
  }

  async close(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.source.close();
  }
}

/** Writes bytes of a known length to shards, whose paths it resolves to. `read` gives the pieces, one after another. */
export async function writeShards(
  where: string,
  pathOf: (index: number, count: number) => string,
  total: number,
  pieces: AsyncIterator<Uint8Array>,
): Promise<string[]> {
  const count = Math.max(1, Math.ceil(total / SHARD_BYTES));
  const files: string[] = [];
  let rest: Uint8Array = new Uint8Array(0);
  const fill = async (sink: FileSink, bytes: number): Promise<void> => {
    for (let left = bytes; left > 0;) {
      if (rest.byteLength === 0) {
        const next = await pieces.next();
        if (next.done) throw new FormatError({ where, expected: `${total} bytes of weights`, received: `${left} fewer` });
        rest = next.value;
      }
      const piece = rest.subarray(0, left);
      await sink.write(piece);
      rest = rest.subarray(piece.byteLength);
      left -= piece.byteLength;
    }
  };
  for (let index = 0; index < count; index++) {
    const file = pathOf(index, count);
    await writeFileWhole(where, file, (sink) => fill(sink, Math.min(SHARD_BYTES, total - index * SHARD_BYTES)));
    files.push(file);
  }
  return files;
}
