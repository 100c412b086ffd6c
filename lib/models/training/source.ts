/** Sources of batches as the training loop reads them: checked, begun anew for each pass, closed at the end. */
import type { Plain } from '../../checkpoints/json.js';
import { ArgumentError } from '../../errors.js';
import { globalRandom, type StreamPlace } from '../../random/state.js';
import { type Arrays, batchOf, type BatchSource, disposeOwned } from './data.js';

/** What a source may have beside its iterator, so that training goes on exactly where a checkpoint was. */
export interface ResumableSource {
  /** What decides the passes that follow: seeds, and how many there were. */
  getState(): Plain;
  /**
   * Goes back to a state; the next pass leaves out its first `batches` batches.
   *
   * @returns how many of them are still to be read and thrown away
   */
  setState(state: Plain, batches: number): number;
}

/** The place in the middle of a pass. */
interface OpenPass {
  /** The global stream when the pass was opened, for generators that draw from it. */
  readonly random: StreamPlace;
  /** Batches that were read of it. */
  readonly batches: number;
}

/** Where a source is: its state (in the middle of a pass, that before it). */
export interface SourcePlace {
  readonly state: Plain;
  readonly opened: OpenPass | null;
}

/** A source that is being read. */
export interface Reading extends AsyncIterator<Arrays> {
  place(): SourcePlace;
  /** Reads past what was trained on before; before the first `next`. */
  skip(): Promise<void>;
}

export interface Stream {
  /** Batches of a pass, where the source says so by a `length`; Infinity for one that says it has no end. */
  readonly length: number | undefined;
  /** A new pass. With `endless`, a source of known length goes on with its next pass when one is over. `at`: in its middle. */
  begin(endless?: boolean, at?: SourcePlace): Reading;
}

function isResumable(source: unknown): source is ResumableSource {
  const { getState, setState } = (source ?? {}) as Partial<ResumableSource>;
  return typeof getState === 'function' && typeof setState === 'function';
}

/** The state of data that have one. */
export function stateOf(source: unknown): Plain {
  return isResumable(source) ? source.getState() : null;
}

/** Goes back to it; where it has none, all batches are to be read past. */
export function setStateOf(source: unknown, state: Plain, batches = 0): number {
  return isResumable(source) && state !== null && state !== undefined ? source.setState(state, batches) : batches;
}

export function streamOf(where: string, source: BatchSource, accept: (batch: Arrays) => void, outputs?: () => readonly string[]): Stream {
  const iterable = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> & { length?: unknown };
  const length = Number.isSafeInteger(iterable.length) || iterable.length === Infinity ? (iterable.length as number) : undefined;
  return {
    length,
    begin(endless = false, at?: SourcePlace) {
      let state: Plain;
      let random: StreamPlace;
      let batches = 0;
      let past = 0;
      const open = (): AsyncIterator<unknown> | Iterator<unknown> => {
        state = stateOf(source);
        random = globalRandom.place;
        batches = 0;
        return iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]!();
      };
      if (at?.opened) {
        globalRandom.place = at.opened.random;
        past = setStateOf(source, at.state, at.opened.batches);
      }
      let inner = open();
      if (at?.opened) {
        ({ state } = at);
        batches = at.opened.batches - past;
      }
      let pulling = false;
      const pull = async (): Promise<IteratorResult<unknown>> => {
        pulling = true;
        try {
          return await inner.next();
        } finally {
          pulling = false;
        }
      };
      const next = async (): Promise<IteratorResult<Arrays, undefined>> => {
        let item = await pull();
        if (item.done === true && endless && length !== undefined && length > 0) {
          inner = open();
          item = await pull();
        }
        if (item.done === true) return { done: true, value: undefined };
        const batch = batchOf(where, item.value as never, outputs?.());
        accept(batch);
        batches++;
        return { done: false, value: batch };
      };
      return {
        next,
        async return() {
          // A generator of the user's that goes on from call to call stays open; what was opened here is closed.
          if ((inner as unknown) === source) return { done: true, value: undefined };
          const closed = Promise.resolve(inner.return?.());
          // A generator that is at work on an element closes behind it, however long that takes: nobody waits who was told to stop.
          if (pulling) closed.catch(() => undefined);
          else await closed;
          return { done: true, value: undefined };
        },
        place: () => ({ state, opened: { random, batches } }),
        async skip() {
          for (; past > 0; past--) {
            const item = await next();
            if (item.done === true) return;
            disposeOwned(item.value);
          }
        },
      };
    },
  };
}

/** Refuses to read data to an end that they say they do not have. */
export function refuseEndless(where: string, stream: { readonly length?: unknown }, limit: number | null): void {
  if (stream.length !== Infinity || limit !== null) return;
  throw new ArgumentError({
    where,
    expected: 'a number of batches for data without an end',
    received: 'none',
    hint: 'give one, or a number of times to repeat()',
  });
}
