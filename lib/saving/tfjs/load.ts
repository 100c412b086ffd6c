/** Reading of model.json and its shards. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FormatError } from '../../errors.js';
import { readWhole } from '../../io/files.js';
import { parseJsonBytes } from '../../io/json.js';
import { sizeOf } from '../../io/stored-array.js';
import type { Transfer } from '../../io/transfer.js';
import { withWeightBudget } from '../../layers/budget.js';
import type { Model } from '../../models/model.js';
import { modelFromKerasConfig } from '../config.js';
import type { LoadOptions } from '../format.js';
import { readManifest, type Weights } from './manifest.js';
import { findWeight, tfjsWeights } from './names.js';
import { fromTopology, tfjsFunctions } from './read-topology.js';

/** Bytes beyond those in the file: weights that files leave out, such as the states of random layers. */
const SLACK = 1 << 20;

/** The path of model.json, for that or for its folder. */
export async function jsonPath(given: string): Promise<string> {
  const folder = await stat(given).then(
    (found) => found.isDirectory(),
    () => !path.basename(given).endsWith('.json'),
  );
  return folder ? path.join(given, 'model.json') : given;
}

async function setWeights(file: string, model: Model, { arrays, bytes }: Weights, transfer: Transfer): Promise<void> {
  transfer.expect(bytes);
  const wanted = new Map(tfjsWeights(file, model).map(({ name, weight }) => [name, weight]));
  const pairs = arrays.map((array) => {
    const name = findWeight(wanted, array.name);
    if (name !== undefined) return { name, array };
    const hint = 'the weights and the topology are of different models';
    throw new FormatError({ where: `${file} weightsManifest`, expected: 'weights of its layers', received: `'${array.name}'`, hint });
  });
  const found = new Set(pairs.map(({ name }) => name));
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  if (missing.length > 0 || found.size < pairs.length) {
    const received = missing.length > 0 ? `none for ${missing.slice(0, 20).join(', ')}` : 'two for one of them';
    throw new FormatError({ where: `${file} weightsManifest`, expected: 'one array for each weight', received });
  }
  for (const { name, array } of pairs) {
    const { kerasShape: shape } = wanted.get(name)!;
    if (shape.length === array.shape.length && shape.every((dim, axis) => dim === array.shape[axis])) continue;
    throw new FormatError({ where: file, expected: `${name} of shape [${shape.join(', ')}]`, received: `[${array.shape.join(', ')}]` });
  }
  for (const { name, array } of pairs) {
    transfer.check();
    wanted.get(name)!.set({ name, shape: array.shape, dtype: array.dtype, data: await array.read() }, `${file} ${name}`);
    transfer.add(array.bytes);
  }
}

/** The model of a model.json, or of the folder that it is in. */
export async function loadTfjs(given: string, { customObjects }: LoadOptions, transfer: Transfer): Promise<Model> {
  const file = await jsonPath(given);
  const json = parseJsonBytes(file, await readWhole('loadModel', file));
  const { modelTopology, weightsManifest, format } = (json ?? {}) as Record<string, unknown>;
  if (format === 'graph-model') {
    const hint = 'only layers models can be read: convert from Keras with --output_format=tfjs_layers_model';
    throw new FormatError({ where: file, expected: 'a layers model', received: 'a graph model', hint });
  }
  const place = `${file} modelTopology`;
  const topology = fromTopology(place, modelTopology);
  const weights = await readManifest(file, path.dirname(file), weightsManifest);
  try {
    const size = weights.arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const model = withWeightBudget(4 * size + SLACK, place, () =>
      modelFromKerasConfig(topology, { where: place, customObjects: { ...tfjsFunctions, ...customObjects } }),
    );
    try {
      await setWeights(file, model, weights, transfer);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  } finally {
    await weights.close();
  }
}
