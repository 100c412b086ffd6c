/** Lion: steps of one size, by the sign of a mean. Source: Keras 3, `keras.optimizers.Lion`; Chen et al. 2023. */
import { optional, readOptions, real, type Config } from '../options/index.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';
import { RuleOptimizer } from './rule.js';

export interface LionOptions extends OptimizerOptions {
  /** How much the mean counts against the gradient; 0.9. */
  beta1?: number;
  /** Decay of the mean; 0.99. */
  beta2?: number;
}

export class Lion extends RuleOptimizer {
  readonly className = 'Lion';
  protected readonly rule = 'Lion';
  readonly beta1: number;
  readonly beta2: number;

  constructor(options: LionOptions = {}) {
    const settings = readOptions('lion', options, {
      ...commonReaders(0.001, 'lion'),
      beta1: optional(real({ low: 0, high: 1 }), 0.9),
      beta2: optional(real({ low: 0, high: 1 }), 0.99),
    });
    super(settings, 'lion');
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
  }

  protected slotsOf(): SlotSpec[] {
    return [{ name: 'momentum', initial: 0 }];
  }

  protected numbers(): number[] {
    return [this.beta1, this.beta2];
  }

  protected ownConfig(): Config {
    return { beta1: this.beta1, beta2: this.beta2 };
  }
}

/**
 * Steps of the size of the learning rate, by the sign of a running mean; wants a third to a tenth of Adam's rate and more weight decay.
 *
 * @example
 * optimizers.lion({ learningRate: 1e-4, weightDecay: 0.1 });
 */
export function lion(options: number | LionOptions = {}): Lion {
  return new Lion(typeof options === 'number' ? { learningRate: options } : options);
}
