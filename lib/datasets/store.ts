/** Files of data sets: found in a folder, or downloaded into the cache; checked, and never half written. */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ArgumentError, DataError } from '../errors.js';
import { describe, flag, optional, type Reader, readOptions, text } from '../options/index.js';

const unzip = promisify(gunzip);

/** The server's word for a range that begins at or after the end of the file. */
const RANGE_NOT_SATISFIABLE = 416;

export interface RemoteFile {
  /** Name of the decompressed file; it may lie there plain or with .gz. */
  name: string;
  /** SHA-256 of the decompressed bytes. */
  sha256: string;
  /** Where the authors offer it compressed. */
  url: string;
}

export interface StoreOptions {
  /** A folder that holds the files, or a subfolder of the data set's name with them. */
  directory?: string;
  /** Shows a progress bar while downloading; true. */
  verbose?: boolean;
  /** Ends a download. */
  signal?: AbortSignal;
}

const signal: Reader<AbortSignal | undefined> = (value, where) => {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw new ArgumentError({ where, expected: 'an AbortSignal', received: describe(value), hint: 'pass controller.signal' });
};

type StoreSettings = ReturnType<typeof readStoreOptions>;

function readStoreOptions(set: string, options: StoreOptions) {
  const directory: Reader<string | undefined> = (value, where) => (value === undefined ? undefined : text(value, where));
  return readOptions(`datasets ${set}`, options, { directory, verbose: optional(flag, true), signal });
}

/** Where downloads are kept: NODE_CUDNN_CACHE, else the user's cache folder. */
export function cacheDirectory(): string {
  const own = process.env['NODE_CUDNN_CACHE'];
  if (own !== undefined && own !== '') return own;
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(base !== undefined && base !== '' ? base : path.join(homedir(), '.cache'), 'node-cudnn', 'datasets');
}

async function findIn(folder: string, set: string, name: string): Promise<string | undefined> {
  for (const place of [path.join(folder, set), folder]) {
    for (const ending of ['', '.gz']) {
      const file = path.join(place, name + ending);
      if (existsSync(file) && (await stat(file)).isFile()) return file;
    }
  }
  return undefined;
}

async function readChecked(file: string, wanted: RemoteFile): Promise<Buffer> {
  let bytes = await readFile(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await unzip(bytes);
    } catch (cause) {
      throw damaged(file, `a file that cannot be decompressed (${cause instanceof Error ? cause.message : String(cause)})`, cause);
    }
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== wanted.sha256) throw damaged(file, `SHA-256 ${hash}`, undefined, `SHA-256 ${wanted.sha256} of the decompressed file`);
  return bytes;
}

function damaged(file: string, received: string, cause?: unknown, expected = 'the data set as its authors published it'): DataError {
  return new DataError({ where: file, expected, received, hint: 'delete the file, so that it is fetched again', cause });
}

/** The decompressed contents of a data set's files, in the order in which they were named. */
export async function dataFiles(set: string, files: readonly RemoteFile[], options: StoreOptions = {}): Promise<Buffer[]> {
  const settings = readStoreOptions(set, options);
  const given = settings.directory ?? process.env['NODE_CUDNN_DATA'];
  const cache = cacheDirectory();
  const folders = given !== undefined && given !== '' ? [given, cache] : [cache];
  const contents: Buffer[] = [];
  for (const file of files) {
    let found: string | undefined;
    for (const folder of folders) found ??= await findIn(folder, set, file.name);
    found ??= await download(set, file, path.join(cache, set), files, settings);
    contents.push(await readChecked(found, file));
  }
  return contents;
}

/** Fetches a file into the cache; what an earlier attempt left is continued. */
async function download(
  set: string,
  file: RemoteFile,
  folder: string,
  all: readonly RemoteFile[],
  settings: StoreSettings,
): Promise<string> {
  const target = path.join(folder, `${file.name}.gz`);
  const part = `${target}.part`;
  const explain = (received: string, hint: string, cause: unknown): DataError =>
    new DataError({
      where: `datasets ${set}`,
      expected: `${all.map(({ name }) => `${name}.gz`).join(', ')} in ${folder} or in the folder that NODE_CUDNN_DATA names`,
      received,
      hint,
      cause,
    });
  try {
    await mkdir(folder, { recursive: true });
    await receive(file, part, settings);
  } catch (cause) {
    settings.signal?.throwIfAborted();
    const hint = 'put the files there by hand, or use datasets.digits(), which needs no download';
    throw explain(`no ${file.name}, and the download failed: ${reason(cause)}`, hint, cause);
  }
  try {
    await readChecked(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const other = cause instanceof DataError ? cause.received : reason(cause);
    throw explain(`${other} from ${file.url}`, 'it was thrown away: try again, or put the files there by hand', cause);
  }
  await rename(part, target);
  return target;
}

/** Brings `part` to the whole length of the file; it keeps what has come when the transfer breaks off. */
async function receive(file: RemoteFile, part: string, settings: StoreSettings): Promise<void> {
  let have = existsSync(part) ? (await stat(part)).size : 0;
  const ask = (): Promise<Response> =>
    fetch(file.url, { headers: have > 0 ? { range: `bytes=${have}-` } : {}, signal: settings.signal ?? null });
  let response = await ask();
  if (have > 0 && response.status === RANGE_NOT_SATISFIABLE) {
    // nothing is missing behind what is there, or it is of another file: only a fresh start can tell
    await response.body?.cancel();
    have = 0;
    response = await ask();
  }
  if (!response.ok || !response.body) throw new Error(`${file.url} answered ${response.status} ${response.statusText}`);
  const continued = response.status === 206;
  if (!continued) have = 0;
  const length = Number(response.headers.get('content-length') ?? 0);
  const progress = new DownloadProgress(file.name, length > 0 ? length + have : 0, have, settings.verbose);
  await pipeline(
    Readable.fromWeb(response.body as never),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        progress.add(chunk.length);
        yield chunk;
      }
    },
    createWriteStream(part, { flags: continued ? 'a' : 'w' }),
  );
  progress.end();
}

/** The reason under a failed fetch, whose own message says nothing. */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

class DownloadProgress {
  private drawn = 0;

  constructor(
    private readonly name: string,
    private readonly length: number,
    private done: number,
    private readonly verbose: boolean,
  ) {
    if (verbose && !process.stderr.isTTY) process.stderr.write(`downloading ${name} (${megabytes(length)})\n`);
  }

  add(bytes: number): void {
    this.done += bytes;
    const now = performance.now();
    if (!this.verbose || !process.stderr.isTTY || now - this.drawn < 100) return;
    this.drawn = now;
    this.draw();
  }

  private draw(): void {
    const share = this.length > 0 ? ` ${Math.floor((100 * this.done) / this.length)} %` : '';
    process.stderr.write(`\r${this.name}: ${megabytes(this.done)} of ${this.length > 0 ? megabytes(this.length) : '?'}${share}   `);
  }

  end(): void {
    if (!this.verbose || !process.stderr.isTTY) return;
    this.draw();
    process.stderr.write('\n');
  }
}

function megabytes(bytes: number): string {
  return bytes > 0 ? `${(bytes / 1e6).toFixed(1)} MB` : 'unknown size';
}
