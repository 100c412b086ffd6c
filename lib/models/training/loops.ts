/**
 * Runs steps over data. Captured steps are submitted several at a time, about 20 ms of work, and while one submission runs the next is
 * already queued: the device never waits for JavaScript, and JavaScript never waits at all.
 */
import type { Tensor } from '../../tensor/tensor.js';
import { type Arrays, disposeOwned } from './data.js';
import type { ArrayStep } from './steps.js';

/** Work that one native call is meant to hold, in milliseconds. */
const SUBMISSION = 20;
/** Submissions in the queue: one that runs and one behind it. */
const DEPTH = 2;

export type Figures = Readonly<Record<string, number>>;

/** How fast steps go, learnt while they do. */
export class Pace {
  private perStep: number | undefined;

  /** Steps to submit at once. */
  steps(): number {
    return this.perStep === undefined ? 1 : Math.max(1, Math.floor(SUBMISSION / Math.max(this.perStep, 1e-3)));
  }

  /** The first steps build programs and warm caches; a mean that forgets follows what comes after. */
  learn(steps: number, milliseconds: number): void {
    const each = milliseconds / Math.max(steps, 1);
    this.perStep = this.perStep === undefined ? each : Math.min(this.perStep, each) * 0.5 + each * 0.5;
  }
}

/** A checkpoint that was begun at the end of a submission. */
export interface Mark {
  /** The submission is done, and callbacks have been told. */
  complete(figures: Figures): void;
  /** It failed. */
  drop(): void;
}

/** Where a pass is marked. */
export interface Marks {
  /** Batches from `batch` on to the next mark, at least 1. */
  until(batch: number): number;
  /** Called after batches were submitted; `batch`: how many of the epoch. */
  at(batch: number): Mark | undefined;
}

export interface PassOptions {
  /** What the values of a step's result are. */
  names: readonly string[];
  pace: Pace;
  /** Waits for each batch, since a callback watches them. */
  everyBatch: boolean;
  stepsPerExecution: number | null;
  /** Batches at most. */
  limit?: number | undefined;
  /** Batches that were done before, where a pass goes on in its middle, and the figures after them. */
  from?: { readonly batch: number; readonly figures: Figures } | undefined;
  marks?: Marks | undefined;
  stop(): boolean;
  /** What some work gives, or undefined as soon as the pass is to stop. */
  unlessStopped?<T>(work: Promise<T>): Promise<T | undefined>;
  /** Before a batch, when every batch is waited for. */
  before?(batch: number): Promise<void>;
  /** After some batches: the index of the last one, and the running figures. */
  after?(batch: number, figures: Figures): Promise<void>;
}

export interface PassResult {
  batches: number;
  figures: Figures;
}

export function figuresOf(names: readonly string[], values: ArrayLike<number>): Figures {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

interface Submission {
  steps: number;
  mark?: Mark | undefined;
  result: Promise<{ done: number; values: ArrayLike<number> }>;
}

/** Waits for submissions in order and tells of each. */
class Queue {
  readonly waiting: Submission[] = [];
  batches: number;
  figures: Figures;
  private last = performance.now();

  constructor(private readonly options: PassOptions) {
    this.batches = options.from?.batch ?? 0;
    this.figures = options.from?.figures ?? {};
  }

  push(steps: number, result: Submission['result'], submitted: number): void {
    // Where every batch is waited for, callbacks may change the model before the mark.
    const mark = this.options.everyBatch ? undefined : this.options.marks?.at(submitted);
    this.waiting.push({ steps, result, mark });
  }

  async settle(): Promise<void> {
    const submission = this.waiting[0]!;
    const { steps, result } = submission;
    const { done, values } = await result;
    this.waiting.shift();
    const now = performance.now();
    this.options.pace.learn(steps, now - this.last);
    this.last = now;
    if (done < steps) submission.mark?.drop();
    if (done === 0) return;
    this.batches += done;
    this.figures = figuresOf(this.options.names, values);
    try {
      await this.options.after?.(this.batches - 1, this.figures);
    } catch (error) {
      if (done === steps) submission.mark?.drop();
      throw error;
    }
    if (done < steps) return;
    const mark = this.options.everyBatch ? this.options.marks?.at(this.batches) : submission.mark;
    mark?.complete(this.figures);
  }

  /** What runs must be over before an error goes on, since it uses the tensors of whoever catches it. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.waiting.map(({ result }) => result));
    for (const { mark } of this.waiting) mark?.drop();
    this.waiting.length = 0;
  }
}

/**
 * One pass over arrays: full batches, then what is left. `stepFor` gives the captured step for a number of rows, `inputs` what its program
 * takes.
 */
export async function passOverArrays(
  samples: number,
  batch: number,
  stepFor: (rows: number) => ArrayStep,
  inputs: readonly Tensor[],
  options: PassOptions,
): Promise<PassResult> {
  const queue = new Queue(options);
  const full = Math.floor(samples / batch);
  const total = Math.min(Math.ceil(samples / batch), options.limit ?? Infinity);
  const depth = options.everyBatch ? 1 : DEPTH;
  let next = queue.batches;
  try {
    while (next < total || queue.waiting.length > 0) {
      while (queue.waiting.length < depth && next < total && !options.stop()) {
        if (options.everyBatch) await options.before?.(next);
        const ragged = next >= full;
        const wanted = options.everyBatch ? 1 : (options.stepsPerExecution ?? options.pace.steps());
        const steps = ragged ? 1 : Math.min(wanted, Math.min(full, total) - next, options.marks?.until(next) ?? Infinity);
        const step = stepFor(ragged ? samples - full * batch : batch);
        step.seek(next * batch);
        next += steps;
        queue.push(steps, step.program.fetch(inputs, steps), next);
      }
      if (queue.waiting.length === 0) break;
      await queue.settle();
    }
  } finally {
    await queue.drain();
  }
  return { batches: queue.batches, figures: queue.figures };
}

/** One pass over batches that come: the next is fetched and brought to the device while the one before runs. */
export async function passOverBatches(
  source: AsyncIterator<Arrays>,
  stepFor: (arrays: Arrays) => { run(): Promise<{ done: number; values: ArrayLike<number> }> },
  options: PassOptions,
): Promise<PassResult & { exhausted: boolean }> {
  const queue = new Queue(options);
  const limit = options.limit ?? Infinity;
  const depth = options.everyBatch ? 1 : DEPTH;
  let next = queue.batches;
  let exhausted = false;
  try {
    for (;;) {
      while (queue.waiting.length < depth && next < limit && !exhausted && !options.stop()) {
        const fetched = source.next();
        const item = options.unlessStopped ? await options.unlessStopped(fetched) : await fetched;
        if (item === undefined) {
          // What is still to come, a batch or a failure, is nobody's.
          fetched.then((late) => late.done === true || disposeOwned(late.value)).catch(() => undefined);
          break;
        }
        if (item.done === true) {
          exhausted = true;
          break;
        }
        if (options.everyBatch) await options.before?.(next);
        const arrays = item.value;
        const result = stepFor(arrays)
          .run()
          .finally(() => disposeOwned(arrays));
        result.catch(() => undefined); // awaited in order
        queue.push(1, result, ++next);
      }
      if (queue.waiting.length === 0) break;
      await queue.settle();
    }
  } finally {
    await queue.drain();
  }
  return { batches: queue.batches, figures: queue.figures, exhausted };
}
