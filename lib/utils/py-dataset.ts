/** Data of one's own by number of the batch. Source: Keras 3, `keras.utils.PyDataset`. */
import type { Plain } from '../checkpoints/json.js';

/**
 * The base of data that know how many batches there are and can make any of them. `fit`, `evaluate` and `predict` take it as they take any
 * batches; after each pass `onEpochEnd` is called.
 *
 * @example
 * class Squares extends utils.PyDataset<[x: number[], y: number[]]> {
 *   get length(): number {
 *     return 100;
 *   }
 *   getItem(index: number): [x: number[], y: number[]] {
 *     return [[index], [index ** 2]];
 *   }
 * }
 */
export abstract class PyDataset<Batch> implements AsyncIterable<Batch> {
  /** Batches of a pass. */
  abstract get length(): number;

  /** A batch: `[x, y]` or `[x, y, sampleWeight]`, or a promise of one. */
  abstract getItem(index: number): Batch | Promise<Batch>;

  /** Called when a pass is over, for a new order say. */
  onEpochEnd(): void | Promise<void> {
    // Most data stay as they are.
  }

  private first = 0;

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const { first } = this;
    this.first = 0;
    for (let index = first; index < this.length; index++) yield await this.getItem(index);
    await this.onEpochEnd();
  }

  /** @internal For checkpoints: nothing but the batch decides what comes. */
  getState(): Plain {
    return { batches: 'by number' };
  }

  /** @internal The next pass begins with that batch. */
  setState(_state: Plain, batches: number): number {
    this.first = batches;
    return 0;
  }
}

export { PyDataset as Sequence };
