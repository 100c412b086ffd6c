/** The values of an optimizer that change from step to step, for eager steps and for captured ones. */
import { activeRecording, type UniformSource } from '../native/recording.js';
import { uniformTensor } from '../ops/define.js';
import type { Tensor } from '../tensor/tensor.js';

/** What a step may ask for: float64 scalars on the device that captured steps read anew at every replay. */
export interface StepScalars {
  readonly learningRate: Tensor;
  /** The number of the update, from 1. */
  readonly step: Tensor;
  /** A value by the number of calls before this one. */
  at(value: (iteration: number) => number): Tensor;
}

/** Counts calls, and gives each its learning rate and the number of its update. `every` calls make one update. */
export class StepCounter {
  /** Calls so far. */
  iterations = 0;
  private readonly recorded = new WeakMap<object, { steps: number }>();

  constructor(
    private readonly rateAt: (iteration: number) => number,
    private readonly every = 1,
  ) {}

  /** The scalars of the call that is made now. A captured function may make several; each replay then counts them all. */
  take(): StepScalars {
    const recording = activeRecording();
    if (!recording) {
      const iteration = this.iterations++;
      return this.scalars((value) => constant(value(iteration)));
    }
    let counted = this.recorded.get(recording);
    const first = counted === undefined;
    if (!counted) {
      counted = { steps: 0 };
      this.recorded.set(recording, counted);
    }
    const own = counted.steps++;
    const all = counted;
    // One of the sources counts the replays.
    let counts = first;
    return this.scalars((value) => {
      const counting = counts;
      counts = false;
      return uniformTensor({
        dtype: 'float64',
        shape: [],
        write: (row, at, replay) => {
          row[at] = value(this.iterations + replay * all.steps + own);
        },
        advance: (replays) => {
          if (counting) this.iterations += replays * all.steps;
        },
      } satisfies UniformSource);
    });
  }

  private scalars(at: StepScalars['at']): StepScalars {
    return { learningRate: at(this.rateAt), step: at((iteration) => Math.floor(iteration / this.every) + 1), at };
  }
}

function constant(value: number): Tensor {
  return uniformTensor({ dtype: 'float64', shape: [], write: (row, at) => (row[at] = value), advance: () => undefined });
}
