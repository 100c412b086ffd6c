/** Data in two parts. Source: Keras 3, `keras.utils.split_dataset`. */
import { Dataset } from '../data/dataset.js';
import { fromArray, fromTensors, type Columns, type RowOf } from '../data/sources.js';
import { ArgumentError, DataError } from '../errors.js';
import { flag, nullable, optional, readOptions, real, seed } from '../options/index.js';
import { keyedStream } from '../random/host.js';
import { globalRandom } from '../random/state.js';

export interface SplitOptions {
  /** Samples of the first part: a share below 1, or a number. One of both sizes may be left out. */
  leftSize?: number | null;
  /** Samples of the second part, the last ones. */
  rightSize?: number | null;
  /** Draws which samples go where; false. */
  shuffle?: boolean;
  seed?: number | null;
}

/** Halves go to the even number, as in Python. */
function rounded(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

function sizeOf(name: string, given: number | null, total: number): number | undefined {
  if (given === null) return undefined;
  const size = given < 1 ? rounded(given * total) : given;
  if (given > 0 && Number.isInteger(size) && given < total) return size;
  throw new ArgumentError({
    where: `splitDataset ${name}`,
    expected: `a share between 0 and 1, or a whole number below ${total}`,
    received: String(given),
  });
}

/**
 * Splits arrays (one, a tuple, an object of them) or a data set, which is read to its end, into two data sets of samples.
 *
 * @throws DataError when a part would be empty
 * @example
 * const [train, validation] = await utils.splitDataset([x, y], { leftSize: 0.8, shuffle: true, seed: 1 });
 * await model.fit(train.batch(32), { validationData: validation.batch(32) });
 */
export function splitDataset<T>(dataset: Dataset<T>, options: SplitOptions): Promise<[Dataset<T>, Dataset<T>]>;
export function splitDataset<const C extends Columns>(columns: C, options: SplitOptions): Promise<[Dataset<RowOf<C>>, Dataset<RowOf<C>>]>;
export async function splitDataset(
  given: Dataset<unknown> | Columns,
  options: SplitOptions,
): Promise<[Dataset<unknown>, Dataset<unknown>]> {
  const where = 'splitDataset';
  const read = readOptions(where, options, {
    leftSize: nullable(real({ above: 0 })),
    rightSize: nullable(real({ above: 0 })),
    shuffle: optional(flag, false),
    seed: nullable(seed),
  });
  if (read.leftSize === null && read.rightSize === null) {
    throw new ArgumentError({ where, expected: 'leftSize or rightSize', received: 'neither', hint: 'for example { leftSize: 0.8 }' });
  }
  const source: Dataset<unknown> = given instanceof Dataset ? given : fromTensors(given);
  if (source.length === Infinity) {
    throw new DataError({ where, expected: 'data with an end', received: 'data without one', hint: 'use take(n) first' });
  }
  const samples = await source.toArray();
  const left = sizeOf('leftSize', read.leftSize, samples.length);
  const right = sizeOf('rightSize', read.rightSize, samples.length);
  const first = left ?? samples.length - right!;
  const last = right ?? samples.length - left!;
  if (first < 1 || last < 1 || first + last > samples.length) {
    throw new DataError({
      where,
      expected: `two parts within ${samples.length} samples, none empty`,
      received: `${first} and ${last}`,
      hint: 'choose other sizes',
    });
  }
  if (read.shuffle) {
    const random = keyedStream(read.seed ?? globalRandom.nextSeed(), 5);
    for (let i = samples.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [samples[i], samples[j]] = [samples[j], samples[i]];
    }
  }
  return [fromArray(samples.slice(0, first)), fromArray(samples.slice(samples.length - last))];
}
