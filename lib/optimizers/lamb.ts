/** Lamb: Adam's direction with the length of the variable. Source: Keras 3, `keras.optimizers.Lamb`; You et al. 2019. */
import * as ops from '../ops/index.js';
import { optional, readOptions, real, type Config } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { ComposedOptimizer } from './kernel.js';
import { commonReaders, type Entry, type OptimizerOptions, type SlotSpec } from './optimizer.js';

export interface LambOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares; 0.999. */
  beta2?: number;
  /** Added to the root; 1e-7. */
  epsilon?: number;
}

export class Lamb extends ComposedOptimizer {
  readonly className = 'Lamb';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(options: LambOptions = {}) {
    const settings = readOptions('lamb', options, {
      ...commonReaders(0.001, 'lamb'),
      beta1: optional(real({ low: 0, below: 1 }), 0.9),
      beta2: optional(real({ low: 0, below: 1 }), 0.999),
      epsilon: optional(real({ low: 0 }), 1e-7),
    });
    super(settings, 'lamb');
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
    this.epsilon = settings.epsilon;
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'momentum', initial: 0 },
      { name: 'velocity', initial: 0 },
    ];
  }

  protected stepOf({ variable, slots }: Entry, gradient: Tensor, rate: Tensor, step: Tensor): Tensor {
    const [mean, square] = slots as [Entry['variable'], Entry['variable']];
    const rest = (beta: number): Tensor => ops.sub(1, ops.power(beta, step));
    mean.assign(ops.add(mean, ops.mul(ops.sub(gradient, mean), 1 - this.beta1)));
    square.assign(ops.add(square, ops.mul(ops.sub(ops.square(gradient), square), 1 - this.beta2)));
    const root = ops.add(ops.sqrt(ops.div(square, rest(this.beta2))), this.epsilon);
    const change = ops.div(ops.div(mean, rest(this.beta1)), root);
    const length = ops.sqrt(ops.sumSquares(variable));
    const changed = ops.sqrt(ops.sumSquares(change));
    const both = ops.logicalAnd(ops.greater(length, 0), ops.greater(changed, 0));
    const ratio = ops.where(both, ops.divNoNan(length, changed), 1);
    return ops.mul(change, ops.mul(ratio, rate));
  }

  protected ownConfig(): Config {
    return { beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon };
  }
}

/**
 * Adam whose steps are as long as each variable's norm asks for; for very large batches.
 *
 * @example
 * optimizers.lamb({ learningRate: 0.01 });
 */
export function lamb(options: number | LambOptions = {}): Lamb {
  return new Lamb(typeof options === 'number' ? { learningRate: options } : options);
}
