/** RMSprop. Source: Keras 3, `keras.optimizers.RMSprop`. */
import { flag, optional, readOptions, real, type Config } from '../options/index.js';
import { defineOp } from '../ops/define.js';
import { KernelOptimizer } from './kernel.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';

const op = defineOp('rmspropUpdate', ['count', 'rho:f', 'momentum:f', 'epsilon:f', 'centered', 'weightDecay:f']);

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients; 0.9. */
  rho?: number;
  /** From 0 to 1; 0 (default): none. */
  momentum?: number;
  /** Added below the root; 1e-7. */
  epsilon?: number;
  /** Divides by an estimate of the variance instead of the mean square. */
  centered?: boolean;
}

export class RMSprop extends KernelOptimizer {
  readonly className = 'RMSprop';
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  protected readonly op = op;
  protected readonly takesStep = false;

  constructor(options: RMSpropOptions = {}) {
    const settings = readOptions('rmsprop', options, {
      ...commonReaders(0.001, 'rmsprop'),
      rho: optional(real({ low: 0, high: 1 }), 0.9),
      momentum: optional(real({ low: 0, high: 1 }), 0),
      epsilon: optional(real({ low: 0 }), 1e-7),
      centered: optional(flag, false),
    });
    super(settings, 'rmsprop');
    this.rho = settings.rho;
    this.momentum = settings.momentum;
    this.epsilon = settings.epsilon;
    this.centered = settings.centered;
  }

  override get slotGroups(): readonly (readonly number[])[] {
    return this.slotsOf().map((_, i) => [i]);
  }

  protected slotsOf(): SlotSpec[] {
    const slots: SlotSpec[] = [{ name: 'velocity', initial: 0 }];
    if (this.momentum > 0) slots.push({ name: 'momentum', initial: 0 });
    if (this.centered) slots.push({ name: 'average_gradient', initial: 0 });
    return slots;
  }

  protected attributes(count: number, weightDecay: number): number[] {
    return [count, this.rho, this.momentum, this.epsilon, this.centered ? 1 : 0, weightDecay];
  }

  protected ownConfig(): Config {
    return { rho: this.rho, momentum: this.momentum, epsilon: this.epsilon, centered: this.centered };
  }
}

/**
 * RMSprop: steps divided by the root of a running mean of squared gradients.
 *
 * @example
 * // the learning rate decay of older Keras code, `decay=1e-6`
 * optimizers.rmsprop({ learningRate: schedules.inverseTimeDecay({ initialLearningRate: 1e-4, decaySteps: 1, decayRate: 1e-6 }) });
 */
export function rmsprop(options: number | RMSpropOptions = {}): RMSprop {
  return new RMSprop(typeof options === 'number' ? { learningRate: options } : options);
}
