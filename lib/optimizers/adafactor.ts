/** Adafactor: mean squares kept as rows and columns. Source: Keras 3, `keras.optimizers.Adafactor`; Shazeer and Stern 2018. */
import * as ops from '../ops/index.js';
import { flag, optional, readOptions, real, type Config } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { ComposedOptimizer } from './kernel.js';
import { commonReaders, type Entry, type OptimizerOptions, type SlotSpec } from './optimizer.js';

export interface AdafactorOptions extends OptimizerOptions {
  /** Power by which the decay of the mean squares grows; -0.8. */
  beta2Decay?: number;
  /** Added to squared gradients; 1e-30. */
  epsilon1?: number;
  /** Least root mean square of a variable; 0.001. */
  epsilon2?: number;
  /** Largest root mean square of a step before it is scaled; 1. */
  clipThreshold?: number;
  /** Lets a learning rate that is a number fall with the root of the steps. */
  relativeStep?: boolean;
}

const rms = (x: Tensor): Tensor => ops.sqrt(ops.mean(ops.square(x)));

export class Adafactor extends ComposedOptimizer {
  readonly className = 'Adafactor';
  private readonly own;

  constructor(options: AdafactorOptions = {}) {
    const settings = readOptions('adafactor', options, {
      ...commonReaders(0.001, 'adafactor'),
      beta2Decay: optional(real({ high: 0 }), -0.8),
      epsilon1: optional(real({ low: 0 }), 1e-30),
      epsilon2: optional(real({ low: 0 }), 1e-3),
      clipThreshold: optional(real({ above: 0 }), 1),
      relativeStep: optional(flag, true),
    });
    super(settings, 'adafactor');
    const { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep } = settings;
    this.own = { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep };
  }

  /** Matrices (and stacks of them) keep means of rows and of columns, the rest the whole. */
  protected slotsOf({ shape }: Variable): SlotSpec[] {
    if (shape.length < 2) return [{ name: 'velocity', initial: 0 }];
    return [
      { name: 'row', initial: 0, shape: shape.slice(0, -1) },
      { name: 'column', initial: 0, shape: [...shape.slice(0, -2), shape.at(-1)!] },
    ];
  }

  protected stepOf({ variable, slots }: Entry, gradient: Tensor, learningRate: Tensor, step: Tensor): Tensor {
    const { beta2Decay, epsilon1, epsilon2, clipThreshold } = this.own;
    // At most 1 / sqrt(step), whether or not relativeStep says so: the scale of the step has that bound in itself.
    const rate = ops.mul(ops.maximum(rms(variable), epsilon2), ops.minimum(learningRate, ops.rsqrt(step)));
    const squares = ops.add(ops.square(gradient), epsilon1);
    const fresh = ops.power(step, beta2Decay);
    const follow = (slot: Variable, now: Tensor): void => {
      slot.assign(ops.add(ops.mul(slot, ops.sub(1, fresh)), ops.mul(now, fresh)));
    };
    let mean: Tensor;
    if (slots.length === 1) {
      follow(slots[0]!, squares);
      mean = slots[0]!;
    } else {
      const [row, column] = slots as [Variable, Variable];
      follow(row, ops.mean(squares, { axis: -1 }));
      follow(column, ops.mean(squares, { axis: -2 }));
      const share = ops.div(row, ops.mean(row, { axis: -1, keepdims: true }));
      mean = ops.mul(ops.expandDims(share, -1), ops.expandDims(column, -2));
    }
    const change = ops.div(gradient, ops.sqrt(mean));
    return ops.mul(rate, ops.div(change, ops.maximum(ops.div(rms(change), clipThreshold), 1)));
  }

  protected ownConfig(): Config {
    return this.own;
  }
}

/**
 * Adam's scaling with the memory of rows and columns only, and steps relative to the size of each variable.
 *
 * @example
 * optimizers.adafactor({ learningRate: 0.01 });
 */
export function adafactor(options: number | AdafactorOptions = {}): Adafactor {
  return new Adafactor(typeof options === 'number' ? { learningRate: options } : options);
}
