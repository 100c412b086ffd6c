/** Files as streams of their contents, whether they lie there plain, as .gz or as .xz: the first bytes tell. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors.js';
import { metInReading } from './files.js';

export type Compression = 'none' | 'gzip' | 'xz';

export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0xfd && Buffer.from(head.subarray(1, 6)).equals(Buffer.from([0x37, 0x7a, 0x58, 0x5a, 0x00]))) return 'xz';
  return 'none';
}

async function unxz(stream: Readable): Promise<Readable> {
  const loaded = await import('xz-decompress');
  // Node finds no names in what this package exports, bundlers and loaders do.
  const { XzReadableStream } = (loaded as { default?: { XzReadableStream: typeof loaded.XzReadableStream } }).default ?? loaded;
  return Readable.fromWeb(new XzReadableStream(Readable.toWeb(stream) as ReadableStream<Uint8Array>) as never);
}

async function decompressed(source: Readable, compression: Compression): Promise<Readable> {
  if (compression === 'none') return source;
  if (compression === 'xz') return unxz(source);
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** The contents of a file, chunk by chunk, decompressed. Errors name the file. */
export async function* readChunks(where: string, file: string): AsyncGenerator<Buffer> {
  const failed = (cause: unknown): DataError => {
    const met = metInReading(cause);
    const hints: Readonly<Record<string, string>> = {
      'no such file': `paths begin at ${process.cwd()}`,
      'a folder': 'give the path of a file in it',
      'no right to read it': 'change its rights',
    };
    return new DataError({
      where: `${where} ${file}`,
      expected: 'a file that can be read to its end',
      received: met,
      hint: hints[met] ?? 'the file may be cut short or damaged',
      cause,
    });
  };
  let stream: Readable | undefined;
  try {
    const head = Buffer.alloc(6);
    const handle = await open(file).catch((cause: unknown) => {
      throw failed(cause);
    });
    await handle.read(head, 0, 6, 0).finally(() => handle.close());
    const source = createReadStream(file, { highWaterMark: 1 << 18 });
    stream = await decompressed(source, compressionOf(head));
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    throw cause instanceof DataError ? cause : failed(cause);
  } finally {
    stream?.destroy();
  }
}

/** All of it. */
export async function decompressBytes(bytes: Buffer): Promise<Buffer> {
  const compression = compressionOf(bytes);
  if (compression === 'none') return bytes;
  const parts: Buffer[] = [];
  for await (const chunk of await decompressed(Readable.from([bytes]), compression)) parts.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(parts);
}
