/** Adagrad and Adadelta. Source: Keras 3, `keras.optimizers.Adagrad` and `Adadelta`. */
import { optional, readOptions, real, type Config } from '../options/index.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';
import { RuleOptimizer } from './rule.js';

export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squares begin with; 0.1. */
  initialAccumulatorValue?: number;
  /** Added below the root; 1e-7. */
  epsilon?: number;
}

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the means of squares; 0.95. */
  rho?: number;
  /** Added below the roots; 1e-7. */
  epsilon?: number;
}

export class Adagrad extends RuleOptimizer {
  readonly className = 'Adagrad';
  protected readonly rule = 'Adagrad';
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  constructor(options: AdagradOptions = {}) {
    const settings = readOptions('adagrad', options, {
      ...commonReaders(0.001, 'adagrad'),
      initialAccumulatorValue: optional(real({ low: 0 }), 0.1),
      epsilon: optional(real({ low: 0 }), 1e-7),
    });
    super(settings, 'adagrad');
    this.initialAccumulatorValue = settings.initialAccumulatorValue;
    this.epsilon = settings.epsilon;
  }

  protected slotsOf(): SlotSpec[] {
    return [{ name: 'accumulator', initial: this.initialAccumulatorValue }];
  }

  protected numbers(): number[] {
    return [this.epsilon];
  }

  protected ownConfig(): Config {
    return { initialAccumulatorValue: this.initialAccumulatorValue, epsilon: this.epsilon };
  }
}

export class Adadelta extends RuleOptimizer {
  readonly className = 'Adadelta';
  protected readonly rule = 'Adadelta';
  readonly rho: number;
  readonly epsilon: number;

  constructor(options: AdadeltaOptions = {}) {
    const settings = readOptions('adadelta', options, {
      ...commonReaders(0.001, 'adadelta'),
      rho: optional(real({ low: 0, high: 1 }), 0.95),
      epsilon: optional(real({ low: 0 }), 1e-7),
    });
    super(settings, 'adadelta');
    this.rho = settings.rho;
    this.epsilon = settings.epsilon;
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'accumulated_grad', initial: 0 },
      { name: 'accumulated_delta_var', initial: 0 },
    ];
  }

  protected numbers(): number[] {
    return [this.rho, this.epsilon];
  }

  protected ownConfig(): Config {
    return { rho: this.rho, epsilon: this.epsilon };
  }
}

/**
 * Steps divided by the root of the sum of all squared gradients so far.
 *
 * @example
 * model.compile({ optimizer: optimizers.adagrad({ learningRate: 0.01 }), loss: 'binaryCrossentropy' });
 */
export function adagrad(options: number | AdagradOptions = {}): Adagrad {
  return new Adagrad(typeof options === 'number' ? { learningRate: options } : options);
}

/**
 * Steps as large as the recent ones were, by the ratio of running roots. The original method has a learning rate of 1.
 *
 * @example
 * model.compile({ optimizer: optimizers.adadelta({ learningRate: 1 }), loss: 'categoricalCrossentropy' });
 */
export function adadelta(options: number | AdadeltaOptions = {}): Adadelta {
  return new Adadelta(typeof options === 'number' ? { learningRate: options } : options);
}
