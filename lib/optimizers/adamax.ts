/** Adamax and Nadam. Source: Keras 3, `keras.optimizers.Adamax` and `Nadam`. */
import { optional, readOptions, real, type Config } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { StepScalars } from './iterations.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';
import { RuleOptimizer } from './rule.js';

export interface AdamaxOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9. */
  beta1?: number;
  /** Decay of the norm, or of the mean of squares; 0.999. */
  beta2?: number;
  /** Added to what is divided by; 1e-7. */
  epsilon?: number;
}

/** What both have in common: their options. */
abstract class TwoMoments extends RuleOptimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(options: AdamaxOptions, name: string) {
    const settings = readOptions(name, options, {
      ...commonReaders(0.001, name),
      beta1: optional(real({ low: 0, below: 1 }), 0.9),
      beta2: optional(real({ low: 0, below: 1 }), 0.999),
      epsilon: optional(real({ low: 0 }), 1e-7),
    });
    super(settings, name);
    this.beta1 = settings.beta1;
    this.beta2 = settings.beta2;
    this.epsilon = settings.epsilon;
  }

  protected numbers(): number[] {
    return [this.beta1, this.beta2, this.epsilon];
  }

  protected ownConfig(): Config {
    return { beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon };
  }
}

export class Adamax extends TwoMoments {
  readonly className = 'Adamax';
  protected readonly rule = 'Adamax';

  constructor(options: AdamaxOptions = {}) {
    super(options, 'adamax');
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'momentum', initial: 0 },
      { name: 'norm', initial: 0 },
    ];
  }
}

export class Nadam extends TwoMoments {
  readonly className = 'Nadam';
  protected readonly rule = 'Nadam';
  /** Products of the momenta of the first steps; 0 from where they no longer matter. */
  private readonly products: number[] = [1];

  constructor(options: AdamaxOptions = {}) {
    super(options, 'nadam');
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'momentum', initial: 0 },
      { name: 'velocity', initial: 0 },
    ];
  }

  override get derivedState(): readonly number[] {
    return [this.productOf(this.iterations)];
  }

  protected override product(scalars: StepScalars): Tensor {
    const every = this.settings.gradientAccumulationSteps ?? 1;
    return scalars.at((iteration) => this.productOf(Math.floor(iteration / every) + 1));
  }

  private productOf(step: number): number {
    const { products } = this;
    while (products.length <= step && products.at(-1)! > 1e-30) {
      products.push(products.at(-1)! * this.beta1 * (1 - 0.5 * 0.96 ** products.length));
    }
    return products[step] ?? 0;
  }
}

/**
 * Adam with the largest gradient so far (fading) instead of the mean of squares.
 *
 * @example
 * model.compile({ optimizer: optimizers.adamax({ learningRate: 0.002 }), loss: 'categoricalCrossentropy' });
 */
export function adamax(options: number | AdamaxOptions = {}): Adamax {
  return new Adamax(typeof options === 'number' ? { learningRate: options } : options);
}

/**
 * Adam that looks ahead along the momentum, as Nesterov does.
 *
 * @example
 * model.compile({ optimizer: optimizers.nadam(), loss: 'categoricalCrossentropy' });
 */
export function nadam(options: number | AdamaxOptions = {}): Nadam {
  return new Nadam(typeof options === 'number' ? { learningRate: options } : options);
}
