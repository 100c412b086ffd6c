/** `.h5`: whole models and weights as Keras 2 and tf.keras wrote them, and Keras 3 still does. Source: Keras 3, legacy_h5_format. */
import { FormatError } from '../../errors.js';
import { type FileSink, writeFileWhole } from '../../io/files.js';
import { Hdf5Reader, Hdf5Writer } from '../../io/hdf5/index.js';
import { parseJson } from '../../io/json.js';
import type { Transfer } from '../../io/transfer.js';
import { compileToKeras, type Json, type JsonObject, kerasText } from '../../keras/index.js';
import { camel } from '../../keras/names.js';
import { get as getLoss, type LossIdentifier } from '../../losses/index.js';
import { get as getMetric, type MetricIdentifier } from '../../metrics/index.js';
import { withWeightBudget } from '../../layers/budget.js';
import type { Model } from '../../models/model.js';
import { compileFromKeras, kerasCompileConfig } from '../compile-config.js';
import { kerasModelConfig, modelFromKerasConfig } from '../config.js';
import type { LoadOptions, LoadWeightsOptions, SaveOptions } from '../format.js';
import { loadGroups, writeGroups, writeVersion } from './h5-groups.js';
import { loadEntry, sameShape, warn } from './load-weights.js';
import { readNames, writeNames } from './names.js';
import { olderEntries, optimizerPlaces } from './optimizer-state.js';
import { CLASSES } from './places.js';
import { expectEntries, writeEntry } from './save-weights.js';

/** For each byte of the file so many in memory: packed numbers, and numbers of 8 bits that become numbers of 32. */
const BYTES_PER_BYTE = 8;
const AT_LEAST = 1 << 20;

const WEIGHTS = 'model_weights';
const OPTIMIZER = 'optimizer_weights';

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A model and the layers in its list, as these files have them: where a class is from, and what it was built for, is not said. */
function plainLayer(json: Json): Json {
  if (!isObject(json)) return json;
  const left = new Set(['module', 'registered_name', 'build_config', 'compile_config']);
  const { config, ...rest } = Object.fromEntries(Object.entries(json).filter(([key]) => !left.has(key)));
  const { layers } = config as JsonObject;
  const own = Array.isArray(layers) ? { ...(config as JsonObject), layers: layers.map(plainLayer) } : config!;
  const name = rest['class_name'] as string;
  return { ...rest, class_name: CLASSES[name] ?? name, config: own };
}

/** Names that Keras reads by itself in these files; of others it takes objects only. */
const KNOWN = ['accuracy', 'acc', 'crossentropy', 'ce'];

/** A name of a loss or metric as the object that it stands for; lists and records of such. */
function objectsFor(json: Json | undefined, get: (name: string) => unknown): unknown {
  if (typeof json === 'string') return KNOWN.includes(json) ? json : get(camel(json));
  if (Array.isArray(json)) return json.map((one: Json) => objectsFor(one, get));
  if (!isObject(json) || 'class_name' in json) return undefined;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, objectsFor(value, get)]));
}

/** What was given as an object stays as it is written already. */
function merged(written: Json, objects: Json | undefined): Json {
  if (objects === undefined || objects === null) return written;
  if (Array.isArray(written) && Array.isArray(objects)) return written.map((one: Json, i) => merged(one, (objects as Json[])[i]));
  if (isObject(written) && isObject(objects) && !('class_name' in written)) {
    return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, merged(value, objects[key])]));
  }
  return typeof written === 'string' ? objects : written;
}

/** How a model was compiled, with the optimizer in a place of its own, and objects where Keras does not read names. */
function trainingConfig(model: Model): Json | undefined {
  const config = kerasCompileConfig(model);
  if (!isObject(config)) return undefined;
  const { optimizer, loss, metrics, weighted_metrics: weighted, ...rest } = config;
  const metric = (name: string): unknown => getMetric(name as MetricIdentifier);
  const objects = compileToKeras({
    optimizer: model.optimizer,
    loss: objectsFor(loss, (name) => getLoss(name as LossIdentifier)),
    metrics: objectsFor(metrics, metric),
    weightedMetrics: objectsFor(weighted, metric),
  }) as JsonObject;
  const { class_name: name, config: options } = optimizer as JsonObject;
  return {
    ...rest,
    loss: merged(loss!, objects['loss']),
    metrics: merged(metrics!, objects['metrics']),
    weighted_metrics: merged(weighted!, objects['weighted_metrics']),
    optimizer_config: { class_name: name!, config: options! },
  };
}

async function writeOptimizer(out: Hdf5Writer, model: Model, transfer: Transfer): Promise<void> {
  const [place] = optimizerPlaces(model.optimizer);
  if (!place) return;
  const names = place.entries.map((_, i) => `${place.name}/variable_${i}`);
  writeNames(out, OPTIMIZER, 'weight_names', names);
  expectEntries(transfer, place.entries);
  for (const [i, entry] of place.entries.entries()) await writeEntry(out, `${OPTIMIZER}/${names[i]!}`, entry, transfer);
}

async function writeH5(where: string, file: string, transfer: Transfer, fill: (out: Hdf5Writer) => Promise<void>): Promise<void> {
  const write = async ({ part }: FileSink): Promise<void> => {
    const out = await Hdf5Writer.create(where, part, 0, file);
    try {
      await fill(out);
    } catch (error) {
      out.abandon();
      throw error;
    }
    await out.close();
  };
  await writeFileWhole(where, file, write, transfer);
}

/** Writes a whole model. */
export async function saveWholeH5(model: Model, file: string, { includeOptimizer = true }: SaveOptions, transfer: Transfer): Promise<void> {
  const training = includeOptimizer ? trainingConfig(model) : undefined;
  const config = kerasText(plainLayer(kerasModelConfig(model)));
  await writeH5('save', file, transfer, async (out) => {
    writeVersion(out, '');
    out.attribute('', 'model_config', config);
    if (training !== undefined) out.attribute('', 'training_config', kerasText(training));
    await writeGroups(out, WEIGHTS, model, transfer);
    if (training !== undefined) await writeOptimizer(out, model, transfer);
  });
}

/** Writes the weights alone, as tf.keras' `save_weights` did. */
export async function saveLegacyWeights(model: Model, file: string, transfer: Transfer): Promise<void> {
  await writeH5('saveWeights', file, transfer, (out) => writeGroups(out, '', model, transfer));
}

async function jsonIn(file: Hdf5Reader, name: string): Promise<Json | undefined> {
  const text = await file.attribute('', name);
  if (text === undefined) return undefined;
  const where = `${file.name} ${name}`;
  if (typeof text !== 'string') throw new FormatError({ where, expected: 'a text in JSON', received: typeof text });
  return parseJson(where, text) as Json;
}

/** The optimizer's state, where it fits; it begins anew otherwise, with a warning. */
async function loadOptimizer(file: Hdf5Reader, model: Model, transfer: Transfer): Promise<void> {
  if (file.entries.get(OPTIMIZER)?.kind !== 'group') return;
  const [place] = optimizerPlaces(model.optimizer);
  const names = await readNames(file, OPTIMIZER, 'weight_names');
  const paths = names.map((name) => `${OPTIMIZER}/${name}`);
  const entries = olderEntries(names[0] ?? '', model.optimizer) ?? place?.entries ?? [];
  const fits = paths.length === entries.length && entries.every(({ shape }, i) => sameShape(file.dataset(paths[i]!).shape, shape));
  if (!fits) return warn(`${file.name} has the state of another optimizer, in ${paths.length} variables: the optimizer begins anew`);
  for (const [i, entry] of entries.entries()) await loadEntry(file, paths[i]!, entry, transfer);
}

/** Reads a whole model. */
export async function loadWholeH5(path: string, { customObjects = {}, compile = true }: LoadOptions, transfer: Transfer): Promise<Model> {
  const file = await Hdf5Reader.open('loadModel', path);
  try {
    transfer.expect(file.length);
    const config = await jsonIn(file, 'model_config');
    if (config === undefined) {
      throw new FormatError({
        where: path,
        expected: 'an attribute model_config',
        received: 'none',
        hint: 'the file holds weights only: make the model and call loadWeights',
      });
    }
    const where = `${path} model_config`;
    const model = withWeightBudget(file.length * BYTES_PER_BYTE + AT_LEAST, where, () =>
      modelFromKerasConfig(config, { where, customObjects }),
    );
    try {
      await loadGroups(file, WEIGHTS, model, transfer);
      const training = compile ? await jsonIn(file, 'training_config') : undefined;
      if (training !== undefined) {
        compileFromKeras(model, training, { where: `${path} training_config`, customObjects });
        await loadOptimizer(file, model, transfer);
      }
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Sets a model's weights from a whole model's file, or from one with weights alone. */
export async function loadLegacyWeights(model: Model, path: string, options: LoadWeightsOptions, transfer: Transfer): Promise<void> {
  const file = await Hdf5Reader.open('loadWeights', path);
  try {
    transfer.expect(file.length);
    const root = file.entries.get('')!;
    const own = root.attributes.some((name) => name === 'layer_names' || name === 'layer_names0');
    await loadGroups(file, !own && file.entries.has(WEIGHTS) ? WEIGHTS : '', model, transfer, options);
  } finally {
    await file.close();
  }
}
