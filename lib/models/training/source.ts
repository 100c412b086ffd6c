/** Sources of batches as the training loop reads them: checked, begun anew for each pass, closed at the end. */
import { ArgumentError } from '../../errors.js';
import { type Arrays, batchOf, type BatchSource } from './data.js';

export interface Stream {
  /** Batches of a pass, where the source says so by a `length`; Infinity for one that says it has no end. */
  readonly length: number | undefined;
  /** A new pass. With `endless`, a source of known length goes on with its next pass when one is over. */
  begin(endless?: boolean): AsyncIterator<Arrays>;
}

export function streamOf(where: string, source: BatchSource, accept: (batch: Arrays) => void, outputs?: () => readonly string[]): Stream {
  const iterable = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> & { length?: unknown };
  const length = Number.isSafeInteger(iterable.length) || iterable.length === Infinity ? (iterable.length as number) : undefined;
  const open = (): AsyncIterator<unknown> | Iterator<unknown> => iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]!();
  return {
    length,
    begin(endless = false) {
      let inner = open();
      return {
        async next() {
          let item = await inner.next();
          if (item.done === true && endless && length !== undefined && length > 0) {
            inner = open();
            item = await inner.next();
          }
          if (item.done === true) return { done: true, value: undefined };
          const batch = batchOf(where, item.value as never, outputs?.());
          accept(batch);
          return { done: false, value: batch };
        },
        async return() {
          // A generator of the user's that goes on from call to call stays open; what was opened here is closed.
          if ((inner as unknown) !== source) await inner.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Refuses to read data to an end that they say they do not have. */
export function refuseEndless(where: string, stream: Stream, limit: number | null): void {
  if (stream.length !== Infinity || limit !== null) return;
  throw new ArgumentError({
    where,
    expected: 'a number of batches for data without an end',
    received: 'none',
    hint: 'give one, or a number of times to repeat()',
  });
}
