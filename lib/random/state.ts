/**
 * The state of the random numbers: a seed and a counter, Philox4x32-10. Every random op takes as many counters as it needs; inside a capture
 * it notes its place within the step, and each replay moves on by what the whole step uses.
 */
import { ArgumentError } from '../errors.js';
import { activeRecording, type UniformSource } from '../native/recording.js';
import type { Runtime } from '../native/runtime.js';
import { describe } from '../options/index.js';
import { uniformTensor } from '../ops/define.js';
import type { Tensor } from '../tensor/tensor.js';

const WORD = 2 ** 32;

/** The place of a stream: its seed, and the counters used so far. */
export interface StreamPlace {
  readonly seed: number;
  readonly position: number;
}

/** A stream of random numbers. The same seed gives the same numbers on every device. */
export class RandomState {
  private seed: bigint;
  private counter = 0;

  constructor(seed?: number) {
    this.seed = 0n;
    this.reseed(seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
  }

  /** Starts again from a seed, a whole number from 0 to 2^53 - 1. */
  reseed(seed: number, where = 'seed'): void {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ArgumentError({ where, expected: 'a whole number from 0 to 2^53 - 1', received: describe(seed) });
    }
    this.seed = BigInt(seed);
    this.counter = 0;
  }

  /** Counters used so far; saved and set by checkpoints. */
  get position(): number {
    return this.counter;
  }

  set position(counter: number) {
    this.counter = counter;
  }

  /** Where the stream is: what a checkpoint keeps of it. */
  get place(): StreamPlace {
    return { seed: Number(this.seed), position: this.counter };
  }

  set place({ seed, position }: StreamPlace) {
    this.reseed(seed);
    this.counter = position;
  }

  private writeAt(row: Float64Array, at: number, counter: number): void {
    row[at] = Number(this.seed % BigInt(WORD));
    row[at + 1] = Number(this.seed / BigInt(WORD));
    row[at + 2] = counter % WORD;
    row[at + 3] = Math.floor(counter / WORD);
  }

  /**
   * The state tensor (int32 [4], on the device given or the current one) and the `offset` attribute for a random op over `size` elements. Inside a capture the tensor is a uniform of
   * the step, outside one of the moment.
   */
  take(size: number, runtime?: Runtime): { state: Tensor; offset: number } {
    const counters = Math.ceil(size / 4);
    const recording = activeRecording();
    if (!recording) {
      const at = this.counter;
      const write = (row: Float64Array, start: number): void => this.writeAt(row, start, at);
      const state = uniformTensor({ dtype: 'int32', shape: [4], write, advance: () => undefined }, runtime);
      this.counter += counters;
      return { state, offset: 0 };
    }
    let source = this.sources.get(recording);
    if (!source) {
      const made = { used: 0 } as { used: number } & UniformSource;
      Object.assign(made, {
        dtype: 'int32',
        shape: [4],
        write: (row: Float64Array, start: number, replay: number) => this.writeAt(row, start, this.counter + replay * made.used),
        advance: (replays: number) => {
          this.counter += replays * made.used;
        },
      });
      source = made;
      this.sources.set(recording, source);
    }
    const offset = source.used;
    source.used += counters;
    recording.randomCounters += counters;
    return { state: uniformTensor(source), offset };
  }

  private readonly sources = new WeakMap<object, { used: number } & UniformSource>();

  /** A whole number below 2^32 for work on the JavaScript side, such as a shuffle's seed; takes one counter. */
  nextSeed(): number {
    const mixed = (this.seed + BigInt(this.counter++) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = mixed;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    return Number((z ^ (z >> 31n)) & 0xffffffffn);
  }
}

/** The stream that everything without a seed of its own draws from. */
export const globalRandom = new RandomState();

/**
 * Makes what follows repeatable: initial weights, dropout, shuffling, augmentation.
 *
 * @example
 * utils.setRandomSeed(7);
 */
export function setRandomSeed(seed: number): void {
  globalRandom.reseed(seed, 'setRandomSeed');
}
