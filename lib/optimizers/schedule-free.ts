/** AdamW without a schedule. Source: Keras 3, `keras.optimizers.ScheduleFreeAdamW`; Defazio et al. 2024. */
import { optional, readOptions, real, type Config, whole } from '../options/index.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';
import { RuleOptimizer } from './rule.js';

export interface ScheduleFreeAdamWOptions extends OptimizerOptions {
  /** How near to the mean of all steps gradients are taken; 0.9. */
  beta1?: number;
  /** Decay of the mean of squares; 0.999. */
  beta2?: number;
  /** Added to the root; 1e-8. */
  epsilon?: number;
  /** Steps in which the learning rate grows to its value; 0. */
  warmupSteps?: number;
}

export class ScheduleFreeAdamW extends RuleOptimizer {
  readonly className = 'ScheduleFreeAdamW';
  protected readonly rule = 'ScheduleFree';
  private readonly own: { beta1: number; beta2: number; epsilon: number; warmupSteps: number };

  constructor(options: ScheduleFreeAdamWOptions = {}) {
    const settings = readOptions('scheduleFreeAdamW', options, {
      ...commonReaders(0.0025, 'schedule_free_adamw'),
      beta1: optional(real({ above: 0, below: 1 }), 0.9),
      beta2: optional(real({ low: 0, below: 1 }), 0.999),
      epsilon: optional(real({ low: 0 }), 1e-8),
      warmupSteps: optional(whole(0), 0),
    });
    super(settings, 'scheduleFreeAdamW');
    const { beta1, beta2, epsilon, warmupSteps } = settings;
    this.own = { beta1, beta2, epsilon, warmupSteps };
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'momentum', initial: 'copy' },
      { name: 'velocity', initial: 0 },
    ];
  }

  protected numbers(): number[] {
    const { beta1, beta2, epsilon, warmupSteps } = this.own;
    return [beta1, beta2, epsilon, warmupSteps];
  }

  protected ownConfig(): Config {
    return this.own;
  }
}

/**
 * Adam with an average of its own steps in place of a schedule of learning rates. The formula is that of the paper; Keras 3.15 on TensorFlow
 * departs from it at the second step.
 *
 * @example
 * optimizers.scheduleFreeAdamW({ learningRate: 0.0025, warmupSteps: 1000 });
 */
export function scheduleFreeAdamW(options: number | ScheduleFreeAdamWOptions = {}): ScheduleFreeAdamW {
  return new ScheduleFreeAdamW(typeof options === 'number' ? { learningRate: options } : options);
}
