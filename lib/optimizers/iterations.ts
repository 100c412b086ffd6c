/** The values of an optimizer that change from step to step, for eager steps and for captured ones. */
import { activeRecording, type UniformSource } from '../native/recording.js';
import { uniformTensor } from '../ops/define.js';
import type { Tensor } from '../tensor/tensor.js';

/** Counts steps, and gives a step its learning rate and its number (from 1) as float64 scalars. */
export class StepCounter {
  /** Steps taken. */
  iterations = 0;
  private readonly recorded = new WeakMap<object, { steps: number }>();

  constructor(private readonly rateAt: (iteration: number) => number) {}

  /** The scalars of the step that is taken now. A captured function may take several; each replay then counts them all. */
  take(): { learningRate: Tensor; step: Tensor } {
    const recording = activeRecording();
    if (!recording) {
      const at = this.iterations++;
      return { learningRate: this.constant(this.rateAt(at)), step: this.constant(at + 1) };
    }
    let counted = this.recorded.get(recording);
    const first = counted === undefined;
    if (!counted) {
      counted = { steps: 0 };
      this.recorded.set(recording, counted);
    }
    const own = counted.steps++;
    const all = counted;
    const source = (value: (iteration: number) => number, advance: (replays: number) => void): Tensor =>
      uniformTensor({
        dtype: 'float64',
        shape: [],
        write: (row, at, replay) => {
          row[at] = value(this.iterations + replay * all.steps + own);
        },
        advance,
      } satisfies UniformSource);
    const count = (replays: number): void => {
      this.iterations += replays * all.steps;
    };
    return {
      learningRate: source(
        (iteration) => this.rateAt(iteration),
        () => undefined,
      ),
      step: source((iteration) => iteration + 1, first ? count : () => undefined),
    };
  }

  private constant(value: number): Tensor {
    return uniformTensor({ dtype: 'float64', shape: [], write: (row, at) => (row[at] = value), advance: () => undefined });
  }
}
