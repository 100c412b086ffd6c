/** Batches of augmented images: which samples come when, made ahead by `workers`, saved to files where that is asked for. */
import path from 'node:path';
import { type ArrayData, rowOf } from '../data/array.js';
import { encodeImage, type ImageFormat } from '../data/images/codec.js';
import { imgOf } from '../data/images/image.js';
import { madeAhead } from '../data/ordered.js';
import { DataError } from '../errors.js';
import { writeWhole } from '../io/files.js';
import { flag, nullable, oneOf, optional, type Reader, seed, text, whole } from '../options/index.js';
import { globalRandom } from '../random/state.js';
import { keyedStream, shuffleInPlace } from '../random/host.js';

export interface FlowOptions {
  /** 32. */
  batchSize?: number;
  /** Draws a new order for every pass; true. */
  shuffle?: boolean;
  /** Of order and transformations; drawn from the global stream where it is not given. */
  seed?: number | null;
  /** A folder for the images as they are after augmentation, stretched to 0 to 255. */
  saveToDir?: string | null;
  savePrefix?: string;
  saveFormat?: ImageFormat;
  /** The first `validationSplit` of the samples, or the others. */
  subset?: 'training' | 'validation' | null;
  /** Batches that are made at a time, on threads of their own; 1. */
  workers?: number;
  /** Batches that are made ahead, at most; 10. */
  maxQueueSize?: number;
}

const anyText: Reader<string> = (value, where) => (value === '' ? '' : text(value, where));

export const flowReaders = {
  batchSize: optional(whole(), 32),
  shuffle: optional(flag, true),
  seed: nullable(seed),
  saveToDir: nullable(text),
  savePrefix: optional(anyText, ''),
  saveFormat: optional(oneOf('png', 'jpeg', 'webp'), 'png' as const),
  subset: nullable(oneOf('training', 'validation')),
  workers: optional(whole(), 1),
  maxQueueSize: optional(whole(), 10),
};

export interface FlowSettings {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number | null;
  readonly saveToDir: string | null;
  readonly savePrefix: string;
  readonly saveFormat: ImageFormat;
  readonly workers: number;
  readonly maxQueueSize: number;
}

/** Inputs, and labels and sample weights where there are some: what `fit`, `evaluate` and `predict` take. */
export type ImageBatch = readonly [x: ArrayData | readonly ArrayData[], y?: ArrayData | readonly ArrayData[], sampleWeight?: ArrayData];

/** Which images make up a batch, and what is drawn for each: its random stream depends on seed, pass and sample alone. */
export interface BatchPlan {
  readonly samples: Int32Array;
  readonly random: (sample: number) => () => number;
}

const ORDER = 0x6f726472;
const NAME = 0x6e616d65;

/**
 * Batches of images. As an async iterable it gives one pass after the other: each `for await` (each epoch of `fit`) is the next. `next()` goes
 * on without end, as in Keras.
 */
export abstract class ImageIterator implements AsyncIterable<ImageBatch> {
  /** Samples of a pass. */
  readonly samples: number;
  readonly batchSize: number;
  protected readonly settings: FlowSettings;
  private seed: number;
  private pass = 0;
  /** Batches that the next pass leaves out. */
  private done = 0;
  private endless: AsyncIterator<ImageBatch> | undefined;

  /** @internal */
  constructor(samples: number, settings: FlowSettings) {
    this.samples = samples;
    this.settings = settings;
    this.batchSize = settings.batchSize;
    this.seed = settings.seed ?? globalRandom.nextSeed();
  }

  /** Batches of a pass, the last one perhaps smaller. */
  get length(): number {
    return Math.ceil(this.samples / this.batchSize);
  }

  /** @internal The batch, or undefined when none of its images could be read (and that was to be passed over). */
  protected abstract make(plan: BatchPlan): Promise<{ batch: ImageBatch; images: ArrayData; samples: Int32Array } | undefined>;

  /** @internal The data format of the images, for files. */
  protected abstract get dataFormat(): 'channelsLast' | 'channelsFirst';

  private order(pass: number): Int32Array {
    const order = Int32Array.from({ length: this.samples }, (_, i) => i);
    return this.settings.shuffle ? shuffleInPlace(order, keyedStream(this.seed, ORDER, pass)) : order;
  }

  private async batch(pass: number, samples: Int32Array): Promise<ImageBatch | undefined> {
    const made = await this.make({ samples, random: (sample) => keyedStream(this.seed, 0, pass, sample) });
    if (made && this.settings.saveToDir !== null) await this.save(pass, made.images, made.samples, this.settings.saveToDir);
    return made?.batch;
  }

  private async save(pass: number, images: ArrayData, samples: Int32Array, folder: string): Promise<void> {
    for (let i = 0; i < samples.length; i++) {
      const img = imgOf(rowOf(images, i), { dataFormat: this.dataFormat, scale: true });
      const tag = Math.floor(keyedStream(this.seed, NAME, pass, samples[i])() * 1e7);
      const name = `${this.settings.savePrefix}_${samples[i]}_${tag}.${this.settings.saveFormat}`;
      await writeWhole('saveToDir', path.join(folder, name), await encodeImage(img, this.settings.saveFormat));
    }
  }

  /** What decides the passes that follow, for checkpoints. */
  getState(): { seed: number; pass: number } {
    return { seed: this.seed, pass: this.pass };
  }

  /** @internal Goes back to a state; the next pass begins after `batches` batches, none of which is made again. */
  setState(state: unknown, batches: number): number {
    ({ seed: this.seed, pass: this.pass } = state as ReturnType<ImageIterator['getState']>);
    this.done = batches;
    return 0;
  }

  /** Passes from `pass` on, `passes` of them; the first without its first `done` batches. */
  private batches(pass: number, passes: number, done = 0): AsyncIterableIterator<ImageBatch> {
    const { length, batchSize } = this;
    let order: Int32Array | undefined;
    let ordered = -1;
    const ahead = madeAhead(
      async (made) => {
        const index = made + done;
        const current = pass + Math.floor(index / length);
        if (ordered !== current) {
          order = this.order(current);
          ordered = current;
        }
        const at = (index % length) * batchSize;
        return { batch: await this.batch(current, order!.slice(at, at + batchSize)) };
      },
      length * passes - done,
      { workers: this.settings.workers, queue: this.settings.maxQueueSize },
    );
    return {
      async next() {
        for (;;) {
          const item = await ahead.next();
          if (item.done === true) return { done: true, value: undefined };
          if (item.value.batch) return { done: false, value: item.value.batch };
        }
      },
      async return() {
        await ahead.return!();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ImageBatch> {
    const { done } = this;
    this.done = 0;
    return this.batches(this.pass++, 1, done);
  }

  /** The next batch; after the last of a pass, the first of the next. */
  async next(): Promise<ImageBatch> {
    if (this.samples === 0) throw new DataError({ where: 'next', expected: 'at least one image', received: 'none' });
    this.endless ??= this.batches(this.pass, Infinity);
    const item = await this.endless.next();
    if (item.done === true) throw new DataError({ where: 'next', expected: 'at least one image that can be read', received: 'none' });
    return item.value;
  }

  /** Begins anew: the first pass with the first order and the first transformations. */
  reset(): void {
    void this.endless?.return?.();
    this.endless = undefined;
    this.pass = 0;
  }
}

/** The part of n samples that a subset takes: validation has the first ones. */
export function subsetOf(subset: 'training' | 'validation' | null, share: number, n: number): readonly [from: number, to: number] {
  const split = Math.floor(share * n);
  return subset === 'validation' ? [0, split] : subset === 'training' ? [split, n] : [0, n];
}
