/** Writes `.weights.h5` files as Keras 3 does, on their own or into a `.keras` archive. */
import { writeFileWhole } from '../../io/files.js';
import { Hdf5Writer } from '../../io/hdf5/index.js';
import { sizeOf } from '../../io/hdf5/boxes.js';
import type { Model } from '../../models/model.js';
import type { TypedArray } from '../../tensor/dtype.js';
import { stored } from '../stored.js';
import { isNumber, optimizerPlaces, type StateEntry, type StoredNumber } from './optimizer-state.js';
import { placesOf } from './places.js';

function numbers({ kind, shape, value }: StoredNumber): TypedArray | BigInt64Array {
  const length = sizeOf(shape);
  if (kind === 'int64') return new BigInt64Array(length).fill(BigInt(Math.round(value)));
  return kind === 'int32' ? new Int32Array(length).fill(value) : new Float32Array(length).fill(value);
}

/** Writes one entry of an optimizer's state. */
export async function writeEntry(out: Hdf5Writer, path: string, entry: StateEntry): Promise<void> {
  if (!isNumber(entry)) return out.dataset(path, entry.shape, entry.dtype, entry.pieces());
  const pieces = Hdf5Writer.boxes(entry.shape).map(({ count }) => numbers({ ...entry, value: entry.value, shape: count }));
  return out.dataset(path, entry.shape, entry.kind, pieces);
}

/** Writes all weights of a model, and the state of its optimizer where it has one and that is wanted. */
export async function writeWeightsTo(out: Hdf5Writer, model: Model, includeOptimizer: boolean): Promise<void> {
  const put = async (path: string, name: string | undefined, entries: readonly StateEntry[]): Promise<void> => {
    const vars = path === '' ? 'vars' : `${path}/vars`;
    if (name === undefined) out.group(vars);
    else out.attribute(vars, 'name', name);
    for (const [i, entry] of entries.entries()) await writeEntry(out, `${vars}/${i}`, entry);
  };
  for (const { path, name, weights } of placesOf(model)) {
    await put(
      path,
      name,
      weights.map((weight) => stored(weight)),
    );
  }
  if (!includeOptimizer || !model.isCompiled) return;
  for (const { path, name, entries } of optimizerPlaces(model.optimizer)) {
    await put(path === '' ? 'optimizer' : `optimizer/${path}`, name, entries);
  }
}

/** Writes the weights into a file that is there already, from `offset` on; `name` is what errors call it. */
export async function writeWeightsAt(
  where: string,
  model: Model,
  path: string,
  offset: number,
  name: string,
  { includeOptimizer = true, crc = false } = {},
): Promise<{ size: number; crc: number }> {
  const out = await Hdf5Writer.create(where, path, offset, name);
  try {
    await writeWeightsTo(out, model, includeOptimizer);
  } catch (error) {
    out.abandon();
    throw error;
  }
  return out.close(crc);
}

/** Writes a `.weights.h5` file. */
export async function saveWeightsH5(model: Model, file: string): Promise<void> {
  await writeFileWhole('saveWeights', file, async (sink) => {
    await writeWeightsAt('saveWeights', model, sink.part, 0, file);
  });
}
