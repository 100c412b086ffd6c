/** What a file says of itself without a model being made of it: who wrote it, and with which versions; and arrays of files that hold weights. */
import path from 'node:path';
import { readWhole } from '../io/files.js';
import { Hdf5Reader } from '../io/hdf5/index.js';
import { parseJsonBytes } from '../io/json.js';
import { ZipReader } from '../io/zip/index.js';
import { safetensorsOf } from './files.js';

export interface Found {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export type Facts = Readonly<Record<string, string>>;

/** JSON files that say something about a model are not larger than this. */
const LARGEST_JSON = 64 << 20;

/** Those of some fields that are plain. */
function plainOf(json: unknown, names: readonly string[]): Facts {
  const fields = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const plain = names.flatMap((name): [string, string][] => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
  });
  return Object.fromEntries(plain);
}

async function kerasFacts(file: string): Promise<Facts> {
  const zip = await ZipReader.open('inspect', file);
  try {
    const json = parseJsonBytes(`${file} metadata.json`, await zip.read('metadata.json', LARGEST_JSON));
    return plainOf(json, ['keras_version', 'date_saved']);
  } finally {
    await zip.close();
  }
}

async function withHdf5<T>(file: string, use: (open: Hdf5Reader) => Promise<T>): Promise<T> {
  const open = await Hdf5Reader.open('inspect', file);
  try {
    return await use(open);
  } finally {
    await open.close();
  }
}

async function hdf5Facts(open: Hdf5Reader): Promise<Facts> {
  const names = ['keras_version', 'backend'];
  const found = await Promise.all(names.map(async (name) => [name, await open.attribute('', name)] as const));
  return plainOf(Object.fromEntries(found), names);
}

async function onnxFacts(file: string): Promise<Facts> {
  const { decodeModel } = await import('../saving/onnx/read/bytes.js');
  const { irVersion, opsetImport, producerName, producerVersion } = await decodeModel(file, await readWhole('inspect', file));
  const sets = opsetImport.map(({ domain, version }) => `${domain ? `${domain} ` : ''}${Number(version)}`).join(', ');
  const producer = [producerName, producerVersion].filter(Boolean).join(' ');
  return { ir_version: String(irVersion), opset: sets, ...(producer && { producer }) };
}

async function tfjsFacts(given: string): Promise<Facts> {
  const { jsonPath } = await import('../saving/tfjs/load.js');
  const file = await jsonPath(given);
  const json = parseJsonBytes(file, await readWhole('inspect', file)) as { modelTopology?: unknown } | null;
  return { ...plainOf(json, ['format', 'generatedBy', 'convertedBy']), ...plainOf(json?.modelTopology, ['keras_version', 'backend']) };
}

/** What a file of a whole model says of its making. */
export function factsOf(file: string, kind: string): Promise<Facts> {
  const readers: Readonly<Record<string, (file: string) => Promise<Facts>>> = {
    'Keras 3': kerasFacts,
    'Keras .h5': (one) => withHdf5(one, hdf5Facts),
    onnx: onnxFacts,
    tfjs: tfjsFacts,
  };
  return readers[kind]?.(file) ?? Promise.resolve({});
}

/** Whether an HDF5 file has weights and no model. */
export function isWeightsOnly(file: string): Promise<boolean> {
  if (!/\.(h5|hdf5)$/i.test(path.basename(file))) return Promise.resolve(false);
  return withHdf5(file, (open) => Promise.resolve(!open.entries.get('')!.attributes.includes('model_config')));
}

/** Arrays of a file that holds weights, and what it says of itself. */
export async function arraysOf(file: string): Promise<{ arrays: Found[]; metadata: Facts }> {
  if (/\.safetensors$/i.test(file)) {
    const { arrays, metadata } = await safetensorsOf(file);
    return { arrays: arrays.map(({ name, shape, stored }) => ({ name, shape, dtype: stored })), metadata };
  }
  return withHdf5(file, async (open) => {
    const sets = [...open.entries.values()].flatMap((entry) => (entry.kind === 'dataset' ? [entry] : []));
    return { arrays: sets.map(({ path: name, shape, type }) => ({ name, shape, dtype: type })), metadata: await hdf5Facts(open) };
  });
}
