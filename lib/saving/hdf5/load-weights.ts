/** Reads `.weights.h5` files of Keras 3: by the way from the model to each layer, so names do not matter. */
import { ArgumentError, FormatError } from '../../errors.js';
import { type DatasetEntry, Hdf5Reader } from '../../io/hdf5/index.js';
import type { Transfer } from '../../io/transfer.js';
import type { Model } from '../../models/model.js';
import type { TypedArray } from '../../tensor/dtype.js';
import type { LoadWeightsOptions } from '../format.js';
import { type Stored, stored } from '../stored.js';
import { isNumber, optimizerPlaces, type StateEntry } from './optimizer-state.js';
import { type Place, placesOf } from './places.js';

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** What is to be read from a data set, when all of them are known to fit. */
export interface Assignment {
  readonly path: string;
  readonly target: Stored;
}

async function* valuesOf(file: Hdf5Reader, path: string): AsyncGenerator<TypedArray> {
  for await (const { values } of file.pieces(path)) yield values.data;
}

/** Puts the values of a file's data sets in, one after the other, and tells of it. */
export async function assignAll(file: Hdf5Reader, assignments: readonly Assignment[], transfer: Transfer): Promise<void> {
  for (const { path, target } of assignments) await target.assign(transfer.through(valuesOf(file, path), file.dataset(path).size));
}

/** Tells of what was left out, as Keras does. */
export function warn(text: string): void {
  process.emitWarning(text, 'NodeCudnnWarning');
}

/** The folder of a place in the file: files of other versions of Keras say some names otherwise. */
function folderOf(file: Hdf5Reader, path: string): string {
  const vars = (way: string): string => (way === '' ? 'vars' : `${way}/vars`);
  const ways = [
    path,
    // projections of attention were private attributes once
    path.replace(/(^|\/)(query|key|value|output)_dense$/, '$1_$2_dense'),
    // Keras 2.13
    ...(file.entries.has('_layer_checkpoint_dependencies') ? [path.replace('layers', '_layer_checkpoint_dependencies')] : []),
  ];
  return vars(ways.find((way) => file.entries.has(vars(way))) ?? path);
}

/** The data sets of a place in the order of their numbers. */
function variablesIn(file: Hdf5Reader, vars: string): DatasetEntry[] {
  const found: DatasetEntry[] = [];
  for (let i = 0; ; i++) {
    const entry = file.entries.get(`${vars}/${i}`);
    if (entry?.kind !== 'dataset') return found;
    found.push(entry);
  }
}

/** What to assign for one place; the reason why it does not fit. */
function fit(file: Hdf5Reader, { path, name, weights }: Place): Assignment[] | FormatError {
  const vars = folderOf(file, path);
  const found = variablesIn(file, vars);
  const layer = name ?? path;
  if (found.length !== weights.length) {
    return new FormatError({
      where: file.name,
      expected: `${weights.length} weights (${weights.map((weight) => weight.name).join(', ')}) for ${layer} at /${vars}`,
      received: found.length === 0 ? 'none' : String(found.length),
      hint: 'load weights into a model with the same layers',
    });
  }
  for (const [i, weight] of weights.entries()) {
    const { shape, type } = found[i]!;
    const numeric = type !== 'other' && type !== 'string';
    if (numeric && sameShape(shape, weight.kerasShape)) continue;
    return new FormatError({
      where: file.name,
      expected: `${weight.name} of ${layer} of shape ${shapeText(weight.kerasShape)} at /${vars}/${i}`,
      received: numeric ? shapeText(shape) : 'no numbers',
      hint: 'load weights into a model with the same layers',
    });
  }
  return weights.map((weight, i) => ({ path: `${vars}/${i}`, target: stored(weight) }));
}

/** The optimizer's state, where the file has one that fits; it is left as it is otherwise, with a warning. */
async function loadOptimizerState(file: Hdf5Reader, model: Model, transfer: Transfer): Promise<void> {
  for (const { path, name, entries } of optimizerPlaces(model.optimizer)) {
    const vars = path === '' ? 'optimizer/vars' : `optimizer/${path}/vars`;
    const found = variablesIn(file, vars);
    if (found.length === 0) continue;
    const fits = found.length === entries.length && entries.every((entry, i) => sameShape(entry.shape, found[i]!.shape));
    if (!fits) {
      warn(`${file.name} has a state of ${found.length} variables for the optimizer ${name}, which has ${entries.length}: it is left out`);
      continue;
    }
    for (const [i, entry] of entries.entries()) await loadEntry(file, `${vars}/${i}`, entry, transfer);
  }
}

/** Sets one entry of an optimizer's state. */
export async function loadEntry(file: Hdf5Reader, path: string, entry: StateEntry, transfer: Transfer): Promise<void> {
  if (!isNumber(entry)) return assignAll(file, [{ path, target: entry }], transfer);
  if (entry.set) entry.set((await file.read(path)).data[0]!);
}

/**
 * Sets the weights of a model from an open file. Everything is compared before anything is set. With `optimizer` the state of the model's
 * optimizer is set as well.
 */
export async function loadWeightsFrom(
  file: Hdf5Reader,
  model: Model,
  transfer: Transfer,
  { skipMismatch = false, optimizer = false }: { skipMismatch?: boolean; optimizer?: boolean } = {},
): Promise<void> {
  transfer.expect(file.length);
  const assignments: Assignment[] = [];
  for (const place of placesOf(model)) {
    if (place.weights.length === 0) continue;
    const fitting = fit(file, place);
    if (!(fitting instanceof FormatError)) assignments.push(...fitting);
    else if (skipMismatch) warn(`${fitting.message}: the layer is left as it is`);
    else throw fitting;
  }
  await assignAll(file, assignments, transfer);
  if (optimizer && model.isCompiled) await loadOptimizerState(file, model, transfer);
}

/** Files of Keras 3 have no names of layers to go by. */
export function refuseByName(path: string, { byName }: LoadWeightsOptions): void {
  if (!byName) return;
  throw new ArgumentError({
    where: 'loadWeights byName',
    expected: 'a .h5 or .safetensors file, which have names',
    received: path,
    hint: 'layers in .weights.h5 and .keras files go by their places',
  });
}

/** Reads a `.weights.h5` file. */
export async function loadWeightsH5(model: Model, path: string, options: LoadWeightsOptions, transfer: Transfer): Promise<void> {
  refuseByName(path, options);
  const file = await Hdf5Reader.open('loadWeights', path);
  try {
    await loadWeightsFrom(file, model, transfer, { skipMismatch: options.skipMismatch, optimizer: true });
  } finally {
    await file.close();
  }
}
