/**
 * `.keras`: a zip archive of `metadata.json` (the version that wrote it, and when), `config.json` (structure and options of `compile`) and
 * `model.weights.h5` (weights, and the optimizer's state). Source: Keras 3, keras.saving.save_model.
 */
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError } from '../errors.js';
import { type FileSink, writeFileWhole } from '../io/files.js';
import { Hdf5Reader } from '../io/hdf5/index.js';
import { parseJsonBytes } from '../io/json.js';
import type { Transfer } from '../io/transfer.js';
import { ZipReader, ZipWriter } from '../io/zip/index.js';
import { type Json, kerasText } from '../keras/index.js';
import { isObject } from '../keras/json.js';
import { withWeightBudget } from '../layers/budget.js';
import type { Model } from '../models/model.js';
import { compileFromKeras } from './compile-config.js';
import { kerasModelConfig, modelFromKerasConfig } from './config.js';
import { endsIn, type LoadOptions, type LoadWeightsOptions, type ModelFormat, type SaveOptions, type WeightsFormat } from './format.js';
import { loadWeightsFrom, refuseByName } from './hdf5/load-weights.js';
import { writeWeightsAt } from './hdf5/save-weights.js';

/** The version of Keras whose files these are. */
export const KERAS_VERSION = '3.15.1';

const METADATA = 'metadata.json';
const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';

/** JSON files of an archive are not larger than this. */
const LARGEST_JSON = 64 << 20;

/** For each byte of weights in a file so many in memory: numbers of 8 bits become numbers of 32, and slots come to them. */
const BYTES_PER_BYTE = 8;
const AT_LEAST = 1 << 20;

function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}@${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** Writes a model as `model.save('name.keras')` does. */
export async function saveKeras(model: Model, file: string, { includeOptimizer = true }: SaveOptions, transfer: Transfer): Promise<void> {
  const config = kerasModelConfig(model);
  const written = includeOptimizer ? config : { ...(config as object), compile_config: {} };
  const text = (value: unknown): Buffer => Buffer.from(kerasText(value));
  const fill = async (sink: FileSink): Promise<void> => {
    const zip = new ZipWriter(sink);
    await zip.add(METADATA, text({ keras_version: KERAS_VERSION, date_saved: stamp(new Date()) }));
    await zip.add(CONFIG, text(written));
    const offset = await zip.begin(WEIGHTS);
    const { size, crc } = await writeWeightsAt('save', model, sink.part, offset, file, transfer, { includeOptimizer, crc: true });
    await zip.end(size, crc);
    await zip.finish();
  };
  await writeFileWhole('save', file, fill, transfer);
}

async function jsonOf(zip: ZipReader, file: string, name: string): Promise<Json> {
  return parseJsonBytes(`${file} ${name}`, await zip.read(name, LARGEST_JSON)) as Json;
}

/** Opens the weights in their place; where they are deflated, in a temporary file. */
async function withWeights<T>(where: string, zip: ZipReader, file: string, use: (weights: Hdf5Reader) => Promise<T>): Promise<T> {
  const entry = zip.entry(WEIGHTS);
  const name = `${file} ${WEIGHTS}`;
  let unpacked: string | undefined;
  try {
    let reader: Hdf5Reader;
    if (entry.method === 0) {
      reader = await Hdf5Reader.open(where, file, { offset: await zip.start(entry), length: entry.size }, name);
    } else {
      unpacked = path.join(tmpdir(), `node-cudnn-${process.pid}-${randomBytes(6).toString('hex')}.h5`);
      const out = await open(unpacked, 'wx', 0o600);
      try {
        for await (const piece of zip.pieces(WEIGHTS)) await out.writeFile(piece);
      } finally {
        await out.close();
      }
      reader = await Hdf5Reader.open(where, unpacked, undefined, name);
    }
    try {
      return await use(reader);
    } finally {
      await reader.close();
    }
  } finally {
    if (unpacked) await rm(unpacked, { force: true });
  }
}

/** Sets the weights of a model, and its optimizer's state. */
async function readWeights(
  where: string,
  zip: ZipReader,
  file: string,
  model: Model,
  transfer: Transfer,
  skipMismatch = false,
): Promise<void> {
  // The checksum of weights that are read in their place is made beside the reading, in this thread.
  const whole = zip.entry(WEIGHTS).method === 0 ? zip.check(WEIGHTS) : Promise.resolve();
  whole.catch(() => undefined);
  await withWeights(where, zip, file, (weights) => loadWeightsFrom(weights, model, transfer, { skipMismatch, optimizer: true }));
  await whole;
}

function checkVersion(metadata: Json, file: string): void {
  const version = isObject(metadata) ? metadata['keras_version'] : undefined;
  if (typeof version === 'string' && /^3\./.test(version)) return;
  throw new FormatError({
    where: `${file} ${METADATA}.keras_version`,
    expected: 'a version 3 of Keras',
    received: typeof version === 'string' ? `'${version}'` : 'none',
    hint: 'save the model again with Keras 3, or as .h5',
  });
}

/** Reads a model as `loadModel('name.keras')` does. */
export async function loadKeras(file: string, { customObjects = {}, compile = true }: LoadOptions, transfer: Transfer): Promise<Model> {
  const zip = await ZipReader.open('loadModel', file);
  try {
    checkVersion(await jsonOf(zip, file, METADATA), file);
    const config = await jsonOf(zip, file, CONFIG);
    const where = `${file} ${CONFIG}`;
    const bytes = zip.entry(WEIGHTS).size * BYTES_PER_BYTE + AT_LEAST;
    const model = withWeightBudget(bytes, where, () => modelFromKerasConfig(config, { where, customObjects }));
    try {
      const compiled = isObject(config) ? config['compile_config'] : undefined;
      if (compile && isObject(compiled) && Object.keys(compiled).length > 0) {
        compileFromKeras(model, compiled, { where: `${where} compile_config`, customObjects });
      }
      await readWeights('loadModel', zip, file, model, transfer);
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  } finally {
    await zip.close();
  }
}

/** Takes the weights only of a whole model's file. */
async function loadKerasWeights(model: Model, file: string, options: LoadWeightsOptions, transfer: Transfer): Promise<void> {
  refuseByName(file, options);
  const zip = await ZipReader.open('loadWeights', file);
  try {
    checkVersion(await jsonOf(zip, file, METADATA), file);
    await readWeights('loadWeights', zip, file, model, transfer, options.skipMismatch);
  } finally {
    await zip.close();
  }
}

const endings = ['.keras'];
const matches = endsIn(...endings);

/** Weights out of whole models; written is such a file by `save`. */
export const kerasWeights: WeightsFormat = { name: 'Keras 3', endings, matches, load: loadKerasWeights };

export const keras: ModelFormat = {
  name: 'Keras 3',
  endings,
  matches,
  recognizes: (head) => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4,
  save: saveKeras,
  load: loadKeras,
};
