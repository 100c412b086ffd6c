/** Writes `.weights.h5` files as Keras 3 does, on their own or into a `.keras` archive. */
import { type FileSink, writeFileWhole } from '../../io/files.js';
import { Hdf5Writer } from '../../io/hdf5/index.js';
import { sizeOf } from '../../io/hdf5/boxes.js';
import type { Transfer } from '../../io/transfer.js';
import type { Model } from '../../models/model.js';
import type { TypedArray } from '../../tensor/dtype.js';
import { bytesOf, stored } from '../stored.js';
import { isNumber, optimizerPlaces, type StateEntry, type StoredNumber } from './optimizer-state.js';
import { placesOf } from './places.js';

function numbers({ kind, shape, value }: StoredNumber): TypedArray | BigInt64Array {
  const length = sizeOf(shape);
  if (kind === 'int64') return new BigInt64Array(length).fill(BigInt(Math.round(value)));
  return kind === 'int32' ? new Int32Array(length).fill(value) : new Float32Array(length).fill(value);
}

/** Says how many bytes of large arrays there are to come among these. */
export function expectEntries(transfer: Transfer, entries: readonly StateEntry[]): void {
  for (const entry of entries) if (!isNumber(entry)) transfer.expect(bytesOf(entry));
}

/** Writes a weight, or one entry of an optimizer's state. */
export async function writeEntry(out: Hdf5Writer, path: string, entry: StateEntry, transfer: Transfer): Promise<void> {
  if (!isNumber(entry)) return out.dataset(path, entry.shape, entry.dtype, transfer.through(entry.pieces()));
  const pieces = Hdf5Writer.boxes(entry.shape).map(({ count }) => numbers({ ...entry, value: entry.value, shape: count }));
  return out.dataset(path, entry.shape, entry.kind, pieces);
}

/** Writes all weights of a model, and the state of its optimizer where it has one and that is wanted. */
async function writeWeightsTo(out: Hdf5Writer, model: Model, includeOptimizer: boolean, transfer: Transfer): Promise<void> {
  const own = placesOf(model).map(({ path, name, weights }) => ({ path, name, entries: weights.map((weight) => stored(weight)) }));
  const state = includeOptimizer && model.isCompiled ? optimizerPlaces(model.optimizer) : [];
  const optimizer = state.map(({ path, ...rest }) => ({ path: path === '' ? 'optimizer' : `optimizer/${path}`, ...rest }));
  const places = [...own, ...optimizer];
  for (const { entries } of places) expectEntries(transfer, entries);
  for (const { path, name, entries } of places) {
    const vars = path === '' ? 'vars' : `${path}/vars`;
    if (name === undefined) out.group(vars);
    else out.attribute(vars, 'name', name);
    for (const [i, entry] of entries.entries()) await writeEntry(out, `${vars}/${i}`, entry, transfer);
  }
}

/** Writes the weights into a file that is there already, from `offset` on; `name` is what errors call it. */
export async function writeWeightsAt(
  where: string,
  model: Model,
  path: string,
  offset: number,
  name: string,
  transfer: Transfer,
  { includeOptimizer = true, crc = false } = {},
): Promise<{ size: number; crc: number }> {
  const out = await Hdf5Writer.create(where, path, offset, name);
  try {
    await writeWeightsTo(out, model, includeOptimizer, transfer);
  } catch (error) {
    out.abandon();
    throw error;
  }
  return out.close(crc);
}

/** Writes a `.weights.h5` file. */
export async function saveWeightsH5(model: Model, file: string, transfer: Transfer): Promise<void> {
  const fill = async ({ part }: FileSink): Promise<void> => void (await writeWeightsAt('saveWeights', model, part, 0, file, transfer));
  await writeFileWhole('saveWeights', file, fill, transfer);
}
