/** Files of data sets: found in a folder, or downloaded into the cache; checked, and never half written. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DataError } from '../errors.js';
import { decompressBytes } from '../io/decompress.js';
import { writeWhole } from '../io/files.js';
import { flag, optional, type Reader, readOptions, signal, text } from '../options/index.js';
import { extractTar } from './tar.js';

/** The server's word for a range that begins at or after the end of the file. */
const RANGE_NOT_SATISFIABLE = 416;

export interface RemoteFile {
  /** Name of the decompressed file; it may lie there plain, with .gz or with .xz. */
  name: string;
  /** SHA-256 of the decompressed bytes; an MD5 (`md5:...`) where its authors publish nothing better. */
  sha256: string;
  /** Where the authors offer it, compressed when the address ends in .gz. */
  url: string;
  /** The file is a member of a .tar.gz at that address. */
  archive?: Archive;
}

/** A .tar.gz with several files. */
export interface Archive {
  name: string;
  sha256: string;
  /** The folder of the members; a folder of that name is looked into as well. */
  folder: string;
}

export interface StoreOptions {
  /** A folder that holds the files, or a subfolder of the data set's name with them. */
  directory?: string;
  /** Shows a progress bar while downloading; true. */
  verbose?: boolean;
  /** Ends a download. */
  signal?: AbortSignal;
}

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

async function findIn(folder: string, set: string, file: RemoteFile): Promise<string | undefined> {
  const inside = file.archive ? [path.join(folder, set, file.archive.folder), path.join(folder, file.archive.folder)] : [];
  for (const place of [path.join(folder, set), folder, ...inside]) {
    for (const ending of ['', '.gz', '.xz']) {
      const name = path.join(place, file.name + ending);
      if (existsSync(name) && (await stat(name)).isFile()) return name;
    }
  }
  return undefined;
}

/** The digest that a published sum asks for, in its form. */
export function digestFor(sum: string): { update(bytes: Uint8Array): void; digest(): string; name: string } {
  const name = sum.startsWith('md5:') ? 'MD5' : 'SHA-256';
  const hash = createHash(name === 'MD5' ? 'md5' : 'sha256');
  return { name, update: (bytes) => void hash.update(bytes), digest: () => (name === 'MD5' ? 'md5:' : '') + hash.digest('hex') };
}

async function readChecked(file: string, wanted: RemoteFile): Promise<Buffer> {
  let bytes: Buffer = await readFile(file);
  try {
    bytes = await decompressBytes(bytes);
  } catch (cause) {
    throw damaged(file, `a file that cannot be decompressed (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
  const hash = digestFor(wanted.sha256);
  hash.update(bytes);
  const found = hash.digest();
  if (found !== wanted.sha256)
    throw damaged(file, `${hash.name} ${found}`, undefined, `${hash.name} ${wanted.sha256} of the decompressed file`);
  return bytes;
}

/** The same for a file that is checked as it lies there, without being held in memory. */
async function checkArchive(file: string, archive: Archive): Promise<void> {
  const hash = digestFor(archive.sha256);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const found = hash.digest();
  if (found !== archive.sha256) throw damaged(file, `${hash.name} ${found}`, undefined, `${hash.name} ${archive.sha256}`);
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
    for (const folder of folders) found ??= await findIn(folder, set, file);
    found ??= await download(set, file, path.join(cache, set), files, settings);
    contents.push(
      found.endsWith('.xz') ? await unpackedOnce(found, file, path.join(cache, set, file.name)) : await readChecked(found, file),
    );
  }
  return contents;
}

/** Unpacking .xz takes seconds (6 s for 30 MB, measured): what was unpacked is kept in the cache. */
async function unpackedOnce(found: string, file: RemoteFile, kept: string): Promise<Buffer> {
  if (existsSync(kept)) {
    const known = await readChecked(kept, file).catch(() => undefined);
    if (known) return known;
  }
  const bytes = await readChecked(found, file);
  // A cache that cannot be written to costs time only.
  await writeWhole('cache', kept, bytes).catch(() => undefined);
  return bytes;
}

/** Fetches a file (or the archive with it) into the cache; what an earlier attempt left is continued. */
async function download(
  set: string,
  file: RemoteFile,
  folder: string,
  all: readonly RemoteFile[],
  settings: StoreSettings,
): Promise<string> {
  const fetched = file.archive?.name ?? (file.url.endsWith('.gz') ? `${file.name}.gz` : file.name);
  const target = path.join(folder, fetched);
  const part = `${target}.part`;
  const wanted = all.map(({ name, url, archive }) => (archive || !url.endsWith('.gz') ? name : `${name}.gz`));
  const given = settings.directory ?? 'the folder that NODE_CUDNN_DATA names';
  const explain = (received: string, hint: string, cause: unknown): DataError =>
    new DataError({
      where: `datasets ${set}`,
      expected: `${wanted.join(', ')} in ${given} or in ${folder}`,
      received,
      hint,
      cause,
    });
  try {
    await mkdir(folder, { recursive: true });
    await receive({ ...file, name: fetched }, part, settings);
  } catch (cause) {
    settings.signal?.throwIfAborted();
    const hint = 'put the files there by hand, or use datasets.digits(), which needs no download';
    throw explain(`no ${file.name}, and the download failed: ${reason(cause)}`, hint, cause);
  }
  try {
    if (file.archive) {
      await checkArchive(part, file.archive);
      const { archive } = file;
      await extractTar(
        part,
        folder,
        all.filter((other) => other.archive?.name === archive.name).map(({ name }) => `${archive.folder}/${name}`),
      );
      await rm(part);
      return path.join(folder, file.name);
    }
    await readChecked(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const other = cause instanceof DataError ? cause.received : reason(cause);
    throw explain(`${other} from ${file.url}`, 'it was thrown away: try again, or put the files there by hand', cause);
  }
  await rename(part, target);
  return target;
}

/** A transfer that broke off is gone on with, unless so many attempts in a row bring nothing. */
const FRUITLESS = 2;
/** Milliseconds between two attempts of which the first has brought nothing. */
const PAUSE = 500;

/** What a server says instead of the file; asking again would not change it. */
class Refused extends Error {}

const sizeOf = async (file: string): Promise<number> => (existsSync(file) ? (await stat(file)).size : 0);

/** Brings `part` to the whole length of the file; what has come stays there when it cannot. */
async function receive(file: RemoteFile, part: string, settings: StoreSettings): Promise<void> {
  const progress = new DownloadProgress(file.name, settings.verbose);
  let most = await sizeOf(part);
  for (let fruitless = 0; ;) {
    try {
      await transfer(file, part, settings, progress);
      progress.end();
      return;
    } catch (cause) {
      settings.signal?.throwIfAborted();
      const have = await sizeOf(part);
      fruitless = have > most ? 0 : fruitless + 1;
      most = Math.max(most, have);
      if (have === 0 || fruitless === FRUITLESS || cause instanceof Refused) throw cause;
      await pause(fruitless * PAUSE, undefined, settings.signal && { signal: settings.signal });
    }
  }
}

/** One request: the whole file, or what is missing behind `part`. */
async function transfer(file: RemoteFile, part: string, settings: StoreSettings, progress: DownloadProgress): Promise<void> {
  let have = await sizeOf(part);
  const ask = (): Promise<Response> =>
    // Of bytes that were compressed on the way no range could be asked for; with a range fetch says so itself.
    fetch(file.url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : { 'accept-encoding': 'identity' },
      signal: settings.signal ?? null,
    });
  let response = await ask();
  if (have > 0 && response.status === RANGE_NOT_SATISFIABLE) {
    // nothing is missing behind what is there, or it is of another file: only a fresh start can tell
    await response.body?.cancel();
    have = 0;
    response = await ask();
  }
  if (!response.ok || !response.body) throw new Refused(`${file.url} answered ${response.status} ${response.statusText}`);
  const continued = response.status === 206;
  const range = response.headers.get('content-range');
  if (continued && range !== null && !range.startsWith(`bytes ${have}-`)) {
    throw new Refused(`${file.url} answered with ${range}, which was not asked for`);
  }
  if (!continued) have = 0;
  const length = Number(response.headers.get('content-length') ?? 0);
  progress.begin(have, length > 0 ? length + have : 0);
  // Each piece is in the file before the next is asked for: a stream between would lose some when the transfer breaks off.
  const handle = await open(part, continued ? 'a' : 'w');
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await handle.writeFile(chunk);
      progress.add(chunk.length);
    }
  } finally {
    await handle.close();
  }
}

/** The reason under a failed fetch, whose own message says nothing. */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

class DownloadProgress {
  private drawn = 0;
  private done = 0;
  private length = 0;

  constructor(
    private readonly name: string,
    private readonly verbose: boolean,
  ) {}

  /** An attempt begins, at `done` bytes of `length` (0: not told). */
  begin(done: number, length: number): void {
    this.done = done;
    this.length = length;
    if (!this.verbose || process.stderr.isTTY) return;
    process.stderr.write(`downloading ${this.name} (${megabytes(length)}${done > 0 ? `, ${megabytes(done)} of it are there` : ''})\n`);
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
