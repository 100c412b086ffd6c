/** Windows over a series. Source: Keras 3, `keras.utils.timeseries_dataset_from_array`. */
import { type ArrayData, arrayData, type ArraySource, gatherRows, stackArrays } from '../data/array.js';
import { Dataset, type Seed } from '../data/dataset.js';
import { ArgumentError, DataError } from '../errors.js';
import { flag, nullable, optional, readOptions, seed, whole } from '../options/index.js';
import { keyedStream, shuffleInPlace } from '../random/host.js';
import { globalRandom } from '../random/state.js';

export interface TimeseriesOptions {
  /** Steps of a window. */
  sequenceLength: number;
  /** From the beginning of a window to that of the next; 1. */
  sequenceStride?: number;
  /** From a step to the next; 1. */
  samplingRate?: number;
  /** Windows at a time; null: one by one; 128. */
  batchSize?: number | null;
  /** Draws a new order for every pass; false. */
  shuffle?: boolean;
  seed?: number | null;
  /** The part of the series from here on; 0. */
  startIndex?: number | null;
  /** The part before this; null: to the end. */
  endIndex?: number | null;
}

const size = (value: unknown, where: string): number | null => (value === undefined ? 128 : value === null ? null : whole()(value, where));

/** Windows, and the target of each where there are targets. */
export type TimeseriesBatch = [x: ArrayData, y?: ArrayData];

/**
 * Windows of `sequenceLength` steps over a series whose first axis is time, in batches [x] or [x, y]. `targets[i]` belongs to the window that
 * begins at step i; without targets pass null.
 *
 * @throws DataError when the series is too short for a window
 * @example
 * // ten hours of measurements to tell the next one
 * const windows = utils.timeseriesDatasetFromArray(series.slice(0, -10), series.slice(10), { sequenceLength: 10 });
 * await model.fit(windows, { epochs: 5 });
 */
export function timeseriesDatasetFromArray(
  data: ArraySource,
  targets: ArraySource | null,
  options: TimeseriesOptions,
): Dataset<TimeseriesBatch> {
  const where = 'timeseriesDatasetFromArray';
  const read = readOptions(where, options, {
    sequenceLength: whole(),
    sequenceStride: optional(whole(), 1),
    samplingRate: optional(whole(), 1),
    batchSize: size,
    shuffle: optional(flag, false),
    seed: nullable(seed),
    startIndex: nullable(whole(0)),
    endIndex: nullable(whole()),
  });
  const start = read.startIndex ?? 0;
  if (read.endIndex !== null && read.endIndex <= start) {
    throw new ArgumentError({ where: `${where} endIndex`, expected: `more than startIndex, ${start}`, received: String(read.endIndex) });
  }
  const seeded: Seed = { value: read.seed ?? globalRandom.nextSeed() };
  let loading: Promise<{ series: ArrayData; labels: ArrayData | undefined; starts: number[] }> | undefined;
  let count: number | undefined;
  const load = async (): Promise<{ series: ArrayData; labels: ArrayData | undefined; starts: number[] }> => {
    const series = await arrayData(`${where} data`, data);
    const labels = targets === null ? undefined : await arrayData(`${where} targets`, targets);
    const end = Math.min(read.endIndex ?? Infinity, series.shape[0]!);
    let windows = end - start - (read.sequenceLength - 1) * read.samplingRate;
    if (labels) windows = Math.min(windows, labels.shape[0]! - start);
    if (windows < 1) {
      throw new DataError({
        where,
        expected: `a series of at least ${start + (read.sequenceLength - 1) * read.samplingRate + 1} steps${labels ? ' and a target for its first window' : ''}`,
        received: `${series.shape[0]} steps${labels ? `, ${labels.shape[0]} targets` : ''}`,
        hint: 'use a shorter sequenceLength',
      });
    }
    const starts = Array.from({ length: Math.ceil(windows / read.sequenceStride) }, (_, i) => start + i * read.sequenceStride);
    count = Math.ceil(starts.length / (read.batchSize ?? 1));
    return { series, labels, starts };
  };
  return new Dataset(
    async function* (pass) {
      const { series, labels, starts } = await (loading ??= load());
      const order = read.shuffle ? shuffleInPlace([...starts], keyedStream(seeded.value, 6, pass)) : starts;
      const windowAt = (from: number): ArrayData =>
        gatherRows(
          series,
          Array.from({ length: read.sequenceLength }, (_, i) => from + i * read.samplingRate),
        );
      for (let i = 0; i < order.length; i += read.batchSize ?? 1) {
        const some = order.slice(i, i + (read.batchSize ?? 1));
        const rows = labels && gatherRows(labels, some);
        if (read.batchSize === null)
          yield rows ? [windowAt(some[0]!), { data: rows.data, shape: rows.shape.slice(1) }] : [windowAt(some[0]!)];
        else yield rows ? [stackArrays(where, some.map(windowAt)), rows] : [stackArrays(where, some.map(windowAt))];
      }
    },
    () => count,
    [seeded],
  );
}
