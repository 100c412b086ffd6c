/** A function over elements, several calls at a time, results in order. */
import { keyedStream } from '../random/host.js';
import { madeAhead } from './ordered.js';

/** What a mapped function is told besides its element. */
export interface MapContext {
  /** Place of the element in its pass. */
  readonly index: number;
  /** Passes before this one. */
  readonly pass: number;
  /** Random numbers from 0 to 1 that depend on seed, pass and index alone: the same whoever computes them. */
  readonly random: () => number;
}

export interface MapOptions {
  /** Calls of an asynchronous function under way at a time; 1. */
  concurrency?: number;
  /** Threads that run the function; 0: it runs here. */
  workers?: number;
  /** Of `context.random`; drawn from the global stream where it is not given. */
  seed?: number;
}

export interface MapSettings {
  readonly seed: number;
  readonly pass: number;
}

/** Pulls items in order for calls that run side by side; `close` ends the source. */
export async function* inOrder<T, U>(
  source: AsyncIterable<T>,
  concurrency: number,
  call: (element: T, index: number) => Promise<U> | U,
): AsyncGenerator<U> {
  if (concurrency === 1) {
    let index = 0;
    for await (const element of source) yield await call(element, index++);
    return;
  }
  const inner = source[Symbol.asyncIterator]();
  const made = madeAhead(
    async (index) => {
      // Iterators answer in the order in which they were asked.
      const item = await inner.next();
      return item.done === true ? undefined : { value: await call(item.value, index) };
    },
    Infinity,
    { workers: concurrency, queue: concurrency },
  );
  try {
    for await (const { value } of made) yield value;
  } finally {
    await made.return!();
    await inner.return?.();
  }
}

export function mapInOrder<T, U>(
  source: AsyncIterable<T>,
  f: (element: T, context: MapContext) => U | Promise<U>,
  { concurrency, seed, pass }: MapSettings & { concurrency: number },
): AsyncGenerator<U> {
  return inOrder(source, concurrency, (element, index) => {
    let stream: (() => number) | undefined;
    const random = (): number => (stream ??= keyedStream(seed, 2, pass, index))();
    return f(element, { index, pass, random });
  });
}
