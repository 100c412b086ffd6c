/** The weights of a model in an `.h5` file: a group a layer, whose weights have names and an order. */
import { FormatError } from '../../errors.js';
import type { Hdf5Reader, Hdf5Writer } from '../../io/hdf5/index.js';
import type { Transfer } from '../../io/transfer.js';
import type { Layer } from '../../layers/layer.js';
import type { Weight } from '../../layers/weight.js';
import type { Model } from '../../models/model.js';
import type { LoadWeightsOptions } from '../format.js';
import { bytesOf, stored } from '../stored.js';
import { type Assignment, assignAll, warn } from './load-weights.js';
import { readNames, writeNames } from './names.js';

/** The version of Keras whose files these are, and what they say they were made with. */
export const KERAS_VERSION = '3.15.1';
const BACKEND = 'tensorflow';
const TOP = 'top_level_model_weights';

/** Keras' old order, which these files keep: what learns, then the rest. */
const weightsOf = (layer: Layer): Weight[] => [...layer.trainableWeights, ...layer.nonTrainableWeights];

const below = (group: string, name: string): string => (group === '' ? name : `${group}/${name}`);

/** Says what wrote the file. */
export function writeVersion(out: Hdf5Writer, group: string): void {
  out.attribute(group, 'keras_version', KERAS_VERSION);
  out.attribute(group, 'backend', BACKEND);
}

async function writeLayer(out: Hdf5Writer, group: string, front: string, weights: readonly Weight[], transfer: Transfer): Promise<void> {
  const used = new Map<string, number>();
  const names = weights.map(({ name }) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return `${front}/${name}${count === 0 ? '' : `_${count}`}`;
  });
  writeNames(out, group, 'weight_names', names);
  for (const [i, weight] of weights.entries()) {
    const kept = stored(weight);
    await out.dataset(`${group}/${names[i]!}`, kept.shape, kept.dtype, transfer.through(kept.pieces()));
  }
}

/** Writes the weights of all layers into a group; '' is the whole file. */
export async function writeGroups(out: Hdf5Writer, group: string, model: Model, transfer: Transfer): Promise<void> {
  for (const weight of model.weights) transfer.expect(bytesOf(stored(weight)));
  writeNames(
    out,
    group,
    'layer_names',
    model.layers.map((layer) => layer.name),
  );
  writeVersion(out, group);
  for (const layer of [...model.layers].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    await writeLayer(out, below(group, layer.name), layer.name, weightsOf(layer), transfer);
  }
  await writeLayer(out, below(group, TOP), model.name, model.anatomy.own, transfer);
}

/** A layer's weights in the file. */
interface Found {
  readonly name: string;
  /** Paths of the data sets. */
  readonly paths: readonly string[];
}

async function layerIn(file: Hdf5Reader, group: string, name: string): Promise<Found> {
  const path = below(group, name);
  if (file.entries.get(path)?.kind !== 'group') {
    throw new FormatError({ where: file.name, expected: `a group /${path} for the layer`, received: 'none' });
  }
  const names = await readNames(file, path, 'weight_names');
  return { name, paths: names.map((one) => `${path}/${one}`) };
}

/** What to assign to a layer; the reason why the file's weights do not fit. */
function fit(file: Hdf5Reader, { name, paths }: Found, layer: string, weights: readonly Weight[]): Assignment[] | FormatError {
  const hint = 'load weights into a model with the same layers';
  const refused = (expected: string, received: string): FormatError => new FormatError({ where: file.name, expected, received, hint });
  if (paths.length !== weights.length) {
    const wanted = weights.map((weight) => weight.name).join(', ');
    return refused(`${weights.length} weights (${wanted}) for ${layer}`, `${paths.length} of ${name}`);
  }
  for (const [i, weight] of weights.entries()) {
    const { shape, type } = file.dataset(paths[i]!);
    const numeric = type !== 'other' && type !== 'string';
    if (numeric && shape.length === weight.kerasShape.length && shape.every((dim, axis) => dim === weight.kerasShape[axis])) continue;
    return refused(
      `${weight.name} of ${layer} of shape [${weight.kerasShape.join(', ')}] at /${paths[i]!}`,
      numeric ? `[${shape.join(', ')}]` : 'no numbers',
    );
  }
  return weights.map((weight, i) => ({ path: paths[i]!, target: stored(weight) }));
}

/** Sets a model's weights from a group of the file: layer by layer in their order, or by their names. Compares all before it sets any. */
export async function loadGroups(
  file: Hdf5Reader,
  group: string,
  model: Model,
  transfer: Transfer,
  { byName = false, skipMismatch = false }: LoadWeightsOptions = {},
): Promise<void> {
  const names = await readNames(file, group, 'layer_names');
  if (names.length === 0) {
    throw new FormatError({
      where: file.name,
      expected: `layer_names of /${group}`,
      received: 'none',
      hint: 'the file does not hold weights as Keras writes them to .h5 files',
    });
  }
  const found: Found[] = [];
  for (const name of names) found.push(await layerIn(file, group, name));
  const pairs = byName ? pairsByName(found, model) : pairsByOrder(file, found, model);
  if (file.entries.has(below(group, TOP))) {
    const top = await layerIn(file, group, TOP);
    const { own } = model.anatomy;
    if (top.paths.length > 0 || own.length > 0) pairs.push([top, model.name, own]);
  }
  const assignments: Assignment[] = [];
  for (const [layer, name, weights] of pairs) {
    const fitting = fit(file, layer, name, weights);
    if (!(fitting instanceof FormatError)) assignments.push(...fitting);
    else if (skipMismatch) warn(`${fitting.message}: the layer is left as it is`);
    else throw fitting;
  }
  await assignAll(file, assignments, transfer);
}

type Pair = [found: Found, layer: string, weights: readonly Weight[]];

function pairsByName(found: readonly Found[], model: Model): Pair[] {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  return found.flatMap((one): Pair[] => {
    const layer = byName.get(one.name);
    return layer ? [[one, layer.name, weightsOf(layer)]] : [];
  });
}

function pairsByOrder(file: Hdf5Reader, found: readonly Found[], model: Model): Pair[] {
  const given = found.filter(({ paths }) => paths.length > 0);
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  if (given.length === wanted.length) return given.map((one, i): Pair => [one, wanted[i]!.name, weightsOf(wanted[i]!)]);
  throw new FormatError({
    where: file.name,
    expected: `the weights of ${wanted.length} layers (${wanted.map((layer) => layer.name).join(', ')})`,
    received: `those of ${given.length} (${given.map(({ name }) => name).join(', ')})`,
    hint: 'load weights into a model with the same layers, or with { byName: true }',
  });
}
