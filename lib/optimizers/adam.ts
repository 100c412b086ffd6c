/** Adam and AdamW. Source: Keras 3, `keras.optimizers.Adam` and `AdamW`. */
import { flag, optional, readOptions, real, type Config } from '../options/index.js';
import { defineOp } from '../ops/define.js';
import { KernelOptimizer } from './kernel.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';

const op = defineOp('adamUpdate', ['count', 'beta1:f', 'beta2:f', 'epsilon:f', 'amsgrad', 'weightDecay:f']);

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares; 0.999. */
  beta2?: number;
  /** Added to the root; 1e-7. */
  epsilon?: number;
  /** Divides by the largest mean of squares so far. */
  amsgrad?: boolean;
}

export class Adam extends KernelOptimizer {
  readonly className: string = 'Adam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  protected readonly op = op;
  protected readonly takesStep = true;

  constructor(options: AdamOptions = {}, name = 'adam', weightDecay: number | null = null) {
    const settings = readOptions(name, options, {
      ...commonReaders(0.001, name, weightDecay),
      beta1: optional(real({ low: 0, below: 1 }), 0.9),
      beta2: optional(real({ low: 0, below: 1 }), 0.999),
      epsilon: optional(real({ low: 0 }), 1e-7),
      amsgrad: optional(flag, false),
    });
    super(settings, name);
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
    this.epsilon = settings.epsilon;
    this.amsgrad = settings.amsgrad;
  }

  override get slotGroups(): readonly (readonly number[])[] {
    return this.amsgrad ? [[0, 1], [2]] : [[0, 1]];
  }

  protected slotsOf(): SlotSpec[] {
    const slots: SlotSpec[] = [
      { name: 'momentum', initial: 0 },
      { name: 'velocity', initial: 0 },
    ];
    if (this.amsgrad) slots.push({ name: 'velocity_hat', initial: 0 });
    return slots;
  }

  protected attributes(count: number, weightDecay: number): number[] {
    return [count, this.beta1, this.beta2, this.epsilon, this.amsgrad ? 1 : 0, weightDecay];
  }

  protected ownConfig(): Config {
    return { beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon, amsgrad: this.amsgrad };
  }
}

export class AdamW extends Adam {
  override readonly className = 'AdamW';

  constructor(options: AdamOptions = {}) {
    super(options, 'adamw', 0.004);
  }
}

/**
 * Adam: steps scaled by running means of the gradients and of their squares. `adam(0.01)` is short for `adam({ learningRate: 0.01 })`.
 *
 * @example
 * model.compile({ optimizer: optimizers.adam({ learningRate: 1e-3 }), loss: 'categoricalCrossentropy' });
 */
export function adam(options: number | AdamOptions = {}): Adam {
  return new Adam(typeof options === 'number' ? { learningRate: options } : options);
}

/**
 * Adam with decoupled weight decay of 0.004.
 *
 * @example
 * const optimizer = optimizers.adamW({ weightDecay: 0.01 });
 * optimizer.excludeFromWeightDecay({ names: ['bias'] });
 */
export function adamW(options: number | AdamOptions = {}): AdamW {
  return new AdamW(typeof options === 'number' ? { learningRate: options } : options);
}
