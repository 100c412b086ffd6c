/** Data that are read element by element, pass by pass: pulled by whoever consumes them, so that nothing is made faster than it is used. */
import { ArgumentError } from '../errors.js';
import { describe, flag, optional, readOptions, seed as seedReader, whole } from '../options/index.js';
import { keyedStream } from '../random/host.js';
import { globalRandom } from '../random/state.js';
import { type Batched, stackElements } from './element.js';
import { mapInOrder, type MapContext, type MapOptions } from './map.js';
import { mapOnWorkers, readTask, type WorkerModule } from './worker-map.js';
import { madeAhead } from './ordered.js';

/** Opens pass number `pass`, counted from 0; the same number gives the same elements in the same order. */
export type Open<T> = (pass: number) => AsyncIterable<T>;

/** A seed that a data set was made with or drew; one that goes on from a checkpoint gets that of the run before. */
export interface Seed {
  value: number;
}

/** Elements of type T. Each `for await` is a pass of its own; `fit` makes one an epoch. */
export class Dataset<T> implements AsyncIterable<T> {
  private readonly openPass: Open<T>;
  private readonly count: () => number | undefined;
  private passes = 0;
  /** @internal Those that decide the elements, its sources' before its own. */
  readonly seeds: readonly Seed[];

  /** @internal Made by the functions of `data`. */
  constructor(open: Open<T>, count: number | undefined | (() => number | undefined), seeds: readonly Seed[] = []) {
    this.openPass = open;
    this.seeds = seeds;
    this.count = typeof count === 'function' ? count : () => count;
  }

  /** Elements of a pass; Infinity without an end, undefined where only reading tells. */
  get length(): number | undefined {
    return this.count();
  }

  /** What decides the passes that follow, for checkpoints. */
  getState(): { passes: number; seeds: number[] } {
    return { passes: this.passes, seeds: this.seeds.map(({ value }) => value) };
  }

  /** @internal Goes back to a state; all of the `batches` are still to be read past. */
  setState(state: unknown, batches: number): number {
    const { passes, seeds } = state as ReturnType<Dataset<T>['getState']>;
    this.passes = passes;
    this.seeds.forEach((seed, i) => (seed.value = seeds[i] ?? seed.value));
    return batches;
  }

  /** @internal */
  open(pass: number): AsyncIterable<T> {
    return this.openPass(pass);
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.open(this.passes++)[Symbol.asyncIterator]();
  }

  /**
   * Every element through a function. `concurrency` calls of an asynchronous one are under way at a time, results keep their order. With
   * `workers` the function runs on threads: give a module, or a function that uses nothing from outside itself.
   *
   * @example
   * images.map(([x, y]) => [scaled(x), y]);
   * images.map({ module: './decode.mjs', name: 'decode' }, { workers: 4 });
   */
  map<U>(f: (element: T, context: MapContext) => U | Promise<U>, options?: MapOptions): Dataset<U>;
  map<U = unknown>(module: WorkerModule, options: MapOptions & { workers: number }): Dataset<U>;
  map<U>(f: ((element: T, context: MapContext) => U | Promise<U>) | WorkerModule, options: MapOptions = {}): Dataset<U> {
    const read = readOptions('map', options, {
      concurrency: optional(whole(), 1),
      workers: optional(whole(0), 0),
      seed: optional(seedReader, () => globalRandom.nextSeed()),
    });
    const seed: Seed = { value: read.seed };
    const seeds = [...this.seeds, seed];
    if (read.workers > 0) {
      const task = readTask(f);
      const settings = (pass: number) => ({ workers: read.workers, seed: seed.value, pass });
      return new Dataset((pass) => mapOnWorkers<T, U>(this.open(pass), task, settings(pass)), this.count, seeds);
    }
    if (typeof f !== 'function') {
      throw new ArgumentError({
        where: 'map',
        expected: 'a function, or a module with workers',
        received: describe(f),
        hint: typeof f === 'object' && f !== null ? 'pass { workers: 4 }' : '(x) => 2 * x, say',
      });
    }
    const settings = (pass: number) => ({ concurrency: read.concurrency, seed: seed.value, pass });
    return new Dataset((pass) => mapInOrder(this.open(pass), f, settings(pass)), this.count, seeds);
  }

  /** The elements for which a function says true. */
  filter(f: (element: T) => boolean | Promise<boolean>): Dataset<T> {
    if (typeof f !== 'function') {
      throw new ArgumentError({ where: 'filter', expected: 'a function of an element', received: describe(f), hint: '(x) => x > 0, say' });
    }
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        for await (const element of this.open(pass)) if (await f(element)) yield element;
      }.bind(this),
      undefined,
      this.seeds,
    );
  }

  /**
   * `size` elements at a time, stacked: numbers, arrays and tensors to arrays with an axis in front, texts to lists; tuples and objects part by
   * part.
   *
   * @param options `dropRemainder`: leaves out a last batch that is smaller; false
   */
  batch(size: number, options: { dropRemainder?: boolean } = {}): Dataset<Batched<T>> {
    whole()(size, 'batch');
    const { dropRemainder } = readOptions('batch', options, { dropRemainder: optional(flag, false) });
    const count = (): number | undefined => {
      const n = this.length;
      return n === undefined ? undefined : dropRemainder ? Math.floor(n / size) : Math.ceil(n / size);
    };
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        let rows: T[] = [];
        for await (const element of this.open(pass)) {
          rows.push(element);
          if (rows.length < size) continue;
          yield await stackElements('batch', rows);
          rows = [];
        }
        if (rows.length > 0 && !dropRemainder) yield await stackElements('batch', rows);
      }.bind(this),
      count,
      this.seeds,
    );
  }

  /**
   * Another order: elements are drawn from the next `bufferSize` of them. Every pass has its own order unless `reshuffleEachIteration` is false.
   * With the whole number of elements as buffer every order is equally likely.
   */
  shuffle(bufferSize: number, options: { seed?: number; reshuffleEachIteration?: boolean } = {}): Dataset<T> {
    whole()(bufferSize, 'shuffle');
    const read = readOptions('shuffle', options, {
      seed: optional(seedReader, () => globalRandom.nextSeed()),
      reshuffleEachIteration: optional(flag, true),
    });
    const seed: Seed = { value: read.seed };
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        const random = keyedStream(seed.value, 1, read.reshuffleEachIteration ? pass : 0);
        const buffer: T[] = [];
        for await (const element of this.open(pass)) {
          if (buffer.length < bufferSize) {
            buffer.push(element);
            continue;
          }
          const at = Math.floor(random() * bufferSize);
          yield buffer[at]!;
          buffer[at] = element;
        }
        while (buffer.length > 0) {
          const at = Math.floor(random() * buffer.length);
          yield buffer[at]!;
          buffer[at] = buffer[buffer.length - 1]!;
          buffer.pop();
        }
      }.bind(this),
      this.count,
      [...this.seeds, seed],
    );
  }

  /** The elements `count` times, each with the order of a pass of its own; without an end when `count` is left out. */
  repeat(count?: number): Dataset<T> {
    const times = count === undefined ? Infinity : whole(0)(count, 'repeat');
    const length = (): number | undefined =>
      this.length === undefined ? undefined : this.length === 0 || times === 0 ? 0 : this.length * times;
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        for (let k = 0; k < times; k++) {
          let any = false;
          for await (const element of this.open(Number.isFinite(times) ? pass * times + k : pass + k)) {
            any = true;
            yield element;
          }
          if (!any) return;
        }
      }.bind(this),
      length,
      this.seeds,
    );
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    whole(0)(count, 'take');
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        let left = count;
        if (left === 0) return;
        for await (const element of this.open(pass)) {
          yield element;
          if (--left === 0) return;
        }
      }.bind(this),
      () => (this.length === undefined ? undefined : Math.min(this.length, count)),
      this.seeds,
    );
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    whole(0)(count, 'skip');
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        let left = count;
        for await (const element of this.open(pass)) if (left-- <= 0) yield element;
      }.bind(this),
      () => (this.length === undefined ? undefined : Math.max(0, this.length - count)),
      this.seeds,
    );
  }

  /** Keeps the elements of the first whole pass in memory, and gives them again in later ones. Do not write to them. */
  cache(): Dataset<T> {
    let kept: T[] | undefined;
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        if (kept) return yield* kept;
        const seen: T[] = [];
        for await (const element of this.open(pass)) {
          seen.push(element);
          yield element;
        }
        kept = seen;
      }.bind(this),
      () => kept?.length ?? this.length,
      this.seeds,
    );
  }

  /** Makes up to `count` elements ahead while the consumer is busy with the one before. */
  prefetch(count: number): Dataset<T> {
    whole()(count, 'prefetch');
    return new Dataset(
      (pass) => {
        const inner = this.open(pass)[Symbol.asyncIterator]();
        return ahead(inner, count);
      },
      this.count,
      this.seeds,
    );
  }

  /** Pairs of elements, as long as both have some. */
  zip<U>(other: Dataset<U>): Dataset<[T, U]> {
    return zip([this, other] as [Dataset<T>, Dataset<U>]);
  }

  /** The elements of this, then those of the other. */
  concatenate(other: Dataset<T>): Dataset<T> {
    if (!(other instanceof Dataset)) {
      throw new ArgumentError({
        where: 'concatenate',
        expected: 'a data set',
        received: describe(other),
        hint: 'data.fromArray makes one of a list, data.fromTensors of arrays',
      });
    }
    return new Dataset(
      async function* (this: Dataset<T>, pass: number) {
        yield* this.open(pass);
        yield* other.open(pass);
      }.bind(this),
      () => (this.length === undefined || other.length === undefined ? undefined : this.length + other.length),
      [...this.seeds, ...other.seeds],
    );
  }

  /** All elements of a pass. */
  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const element of this) all.push(element);
    return all;
  }
}

/** Items of an iterator ahead, and the iterator closed with its consumer. */
function ahead<T>(inner: AsyncIterator<T>, count: number): AsyncIterableIterator<T> {
  const items = madeAhead(
    async () => {
      const item = await inner.next();
      return item.done === true ? undefined : { value: item.value };
    },
    Infinity,
    { workers: 1, queue: count },
  );
  return {
    async next() {
      const item = await items.next();
      return item.done === true ? { done: true, value: undefined } : { done: false, value: item.value.value };
    },
    async return() {
      await items.return!();
      await inner.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Tuples (objects) with one element of each data set, as long as all have some.
 *
 * @example
 * data.zip([images, masks]);
 * data.zip({ x: images, y: labels });
 */
export function zip<const D extends readonly Dataset<unknown>[] | Readonly<Record<string, Dataset<unknown>>>>(
  datasets: D,
): Dataset<{ -readonly [K in keyof D]: D[K] extends Dataset<infer T> ? T : never }> {
  const parts = Object.entries<Dataset<unknown>>(datasets as Record<string, Dataset<unknown>>);
  if (parts.length === 0 || parts.some(([, part]) => !(part instanceof Dataset))) {
    throw new ArgumentError({
      where: 'zip',
      expected: 'a list or an object of data sets',
      received: describe(datasets),
      hint: 'data.fromArray makes one of a list, data.fromTensors of arrays',
    });
  }
  const list = Array.isArray(datasets);
  async function* open(pass: number): AsyncGenerator<unknown> {
    const iterators = parts.map(([, part]) => part.open(pass)[Symbol.asyncIterator]());
    try {
      for (;;) {
        const items = await Promise.all(iterators.map((iterator) => iterator.next()));
        if (items.some((item) => item.done === true)) return;
        const values = items.map((item) => item.value as unknown);
        yield list ? values : Object.fromEntries(parts.map(([key], i) => [key, values[i]]));
      }
    } finally {
      for (const iterator of iterators) await iterator.return?.();
    }
  }
  const count = (): number | undefined => {
    const known = parts.map(([, part]) => part.length);
    return known.includes(undefined) ? undefined : Math.min(...(known as number[]));
  };
  return new Dataset(
    open as never,
    count,
    parts.flatMap(([, part]) => part.seeds),
  );
}
