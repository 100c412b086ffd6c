/** IMDB reviews and Reuters newswires as lists of word numbers. Source: Keras 3, `keras.datasets.imdb`, `keras.datasets.reuters`. */
import { DataError, FormatError } from '../errors.js';
import { nullable, optional, readOptions, real, seed, whole } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { mersenne, shuffleLikeNumpy } from './mersenne.js';
import { type NpyArray, readNpz } from './npz.js';
import { dataFiles, type RemoteFile, type StoreOptions } from './store.js';

export interface TextOptions extends StoreOptions {
  /** Keeps the words with numbers below this; null: all. */
  numWords?: number | null;
  /** Leaves out the most frequent words; 0. */
  skipTop?: number;
  /** Leaves out texts that are not shorter; null: none. */
  maxlen?: number | null;
  /** Of the order, as NumPy's; 113. */
  seed?: number;
  /** The number in front of every text; null: none; 1. */
  startChar?: number | null;
  /** The number in place of words that are left out; null: nothing; 2. */
  oovChar?: number | null;
  /** Added to the number of every word; 3. */
  indexFrom?: number;
}

export interface ReutersOptions extends TextOptions {
  /** Share of the texts to test with; 0.2. */
  testSplit?: number;
}

/** Texts of different lengths, and their labels. `utils.padSequences` makes an array of them. */
export interface TextPart {
  readonly x: number[][];
  readonly y: Tensor<[number], 'int32'>;
}

export interface TextSet {
  readonly train: TextPart;
  readonly test: TextPart;
}

const orNull =
  <T>(reader: (value: unknown, where: string) => T, fallback: T) =>
  (value: unknown, where: string): T | null =>
    value === undefined ? fallback : value === null ? null : reader(value, where);

const readers = {
  numWords: nullable(whole()),
  skipTop: optional(whole(0), 0),
  maxlen: nullable(whole()),
  seed: optional(seed, 113),
  startChar: orNull(whole(0), 1),
  oovChar: orNull(whole(0), 2),
  indexFrom: optional(whole(0), 3),
  testSplit: optional(real({ low: 0, high: 1 }), 0.2),
};

type Settings = { readonly [K in keyof typeof readers]: ReturnType<(typeof readers)[K]> };

interface Texts {
  x: number[][];
  y: number[];
}

function split(where: string, options: ReutersOptions): { settings: Settings; store: StoreOptions } {
  const { directory, verbose, signal, ...own } = options;
  const store: StoreOptions = {};
  if (directory !== undefined) store.directory = directory;
  if (verbose !== undefined) store.verbose = verbose;
  if (signal !== undefined) store.signal = signal;
  return { settings: readOptions(where, own, readers), store };
}

function textsOf(where: string, x: NpyArray | undefined, y: NpyArray | undefined): Texts {
  const lists = x?.objects;
  const good = (list: unknown): list is number[] => Array.isArray(list) && list.every((word) => Number.isSafeInteger(word));
  if (!lists?.every(good) || !y?.numbers || y.numbers.length !== lists.length) {
    throw new FormatError({
      where,
      expected: 'lists of word numbers and one label each',
      received: 'something else',
      hint: 'delete the file, so that it is fetched again',
    });
  }
  return { x: lists, y: Array.from(y.numbers) };
}

function shuffled({ x, y }: Texts, next: () => number): Texts {
  const order = shuffleLikeNumpy(Array.from(x.keys()), next);
  return { x: order.map((i) => x[i]!), y: order.map((i) => y[i]!) };
}

function numbered({ x, y }: Texts, { startChar, indexFrom, maxlen }: Settings): Texts {
  const from = startChar === null ? [] : [startChar];
  const moved = { x: x.map((words) => [...from, ...words.map((word) => word + indexFrom)]), y };
  if (maxlen === null) return moved;
  const kept = moved.x.flatMap((words, i) => (words.length < maxlen ? [i] : []));
  return { x: kept.map((i) => moved.x[i]!), y: kept.map((i) => moved.y[i]!) };
}

/** Words that are too rare or too frequent are replaced or left out. */
function limited(texts: readonly number[][], { numWords, skipTop, oovChar }: Settings): number[][] {
  let most = numWords ?? 0;
  // as in Keras, where even the last word is beyond the range of all words
  if (numWords === null) for (const words of texts) for (const word of words) most = Math.max(most, word);
  const keeps = (word: number): boolean => word >= skipTop && word < most;
  return texts.map((words) => (oovChar === null ? words.filter(keeps) : words.map((word) => (keeps(word) ? word : oovChar))));
}

function partOf(x: number[][], y: readonly number[]): TextPart {
  return { x, y: tensor(Int32Array.from(y), [y.length]) };
}

function checkKept(where: string, texts: Texts): void {
  if (texts.x.length > 0) return;
  throw new DataError({ where, expected: 'texts shorter than maxlen', received: 'none', hint: 'raise maxlen' });
}

const origin = 'https://storage.googleapis.com/tensorflow/tf-keras-datasets';
const fileOf = (name: string, sha256: string): RemoteFile => ({ name, sha256, url: `${origin}/${name}` });
const imdbFile = fileOf('imdb.npz', '69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f');
const imdbWords = fileOf('imdb_word_index.json', 'md5:bfafd718b763782e994055a2d397834f');
const reutersFile = fileOf('reuters.npz', 'd6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916');
const reutersWords = fileOf('reuters_word_index.json', 'md5:4d44cc38712099c9e383dc6e5f11a921');

/** @internal What `imdb` makes of its file. */
export function imdbOf(where: string, bytes: Buffer, settings: Settings): TextSet {
  const arrays = readNpz(where, bytes);
  const next = mersenne(settings.seed >>> 0);
  const train = numbered(shuffled(textsOf(where, arrays.get('x_train'), arrays.get('y_train')), next), settings);
  const test = numbered(shuffled(textsOf(where, arrays.get('x_test'), arrays.get('y_test')), next), settings);
  checkKept(where, train);
  checkKept(where, test);
  const all = limited([...train.x, ...test.x], settings);
  return { train: partOf(all.slice(0, train.x.length), train.y), test: partOf(all.slice(train.x.length), test.y) };
}

/** @internal What `reuters` makes of its file. */
export function reutersOf(where: string, bytes: Buffer, settings: Settings): TextSet {
  const arrays = readNpz(where, bytes);
  const texts = numbered(shuffled(textsOf(where, arrays.get('x'), arrays.get('y')), mersenne(settings.seed >>> 0)), settings);
  checkKept(where, texts);
  const x = limited(texts.x, settings);
  const at = Math.floor(x.length * (1 - settings.testSplit));
  return { train: partOf(x.slice(0, at), texts.y.slice(0, at)), test: partOf(x.slice(at), texts.y.slice(at)) };
}

/** @internal For tests: settings as the functions read them. */
export function textSettings(where: string, options: ReutersOptions): Settings {
  return split(where, options).settings;
}

/**
 * 25,000 and 25,000 film reviews as lists of word numbers, the most frequent word first; label 1 is a good review. 17 MB to download. The file is a
 * pickle inside: it is read by a reader that knows plain data only, and runs nothing.
 *
 * @example
 * const { train } = await datasets.imdb({ numWords: 10000 });
 * const x = utils.padSequences(train.x, { maxlen: 256 });
 */
export async function imdb(options: TextOptions = {}): Promise<TextSet> {
  const { settings, store } = split('datasets imdb', options);
  const [bytes] = await dataFiles('imdb', [imdbFile], store);
  return imdbOf('imdb.npz', bytes!, settings);
}

/**
 * 11,228 newswires on 46 topics (names: `reutersTopics`) as lists of word numbers. 2 MB to download; read like `imdb`.
 *
 * @example
 * const { train, test } = await datasets.reuters({ numWords: 10000, testSplit: 0.2 });
 */
export async function reuters(options: ReutersOptions = {}): Promise<TextSet> {
  const { settings, store } = split('datasets reuters', options);
  const [bytes] = await dataFiles('reuters', [reutersFile], store);
  return reutersOf('reuters.npz', bytes!, settings);
}

async function wordIndex(set: string, file: RemoteFile, options: StoreOptions): Promise<Map<string, number>> {
  const [bytes] = await dataFiles(set, [file], options);
  return new Map(Object.entries(JSON.parse(bytes!.toString('utf8')) as Record<string, number>));
}

/** The number of each word of `imdb`, before `indexFrom` is added. */
export function imdbWordIndex(options: StoreOptions = {}): Promise<Map<string, number>> {
  return wordIndex('imdb', imdbWords, options);
}

/** The number of each word of `reuters`, before `indexFrom` is added. */
export function reutersWordIndex(options: StoreOptions = {}): Promise<Map<string, number>> {
  return wordIndex('reuters', reutersWords, options);
}

/** The topics of `reuters`, by label. */
export const reutersTopics = (
  'cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude nat-gas cpi money-fx ' +
  'interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem ' +
  'dlr gas silver wpi hog lead'
).split(' ') as readonly string[];
