/** Constraints on weights: their norms, their signs. */
import { ArgumentError } from '../errors.js';
import { add, clip, divide, maximum, multiply, sqrt, sumSquares } from '../ops/index.js';
import { axes, type Config, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { Constraint, constraintRegistry } from './constraint.js';

type Axes = number | readonly number[];

/** Keeps a division by a norm of 0 finite, as Keras does. */
const EPSILON = 1e-7;

function norms(weights: Tensor, axis: Axes): Tensor {
  return sqrt(sumSquares(weights, axis, true));
}

export interface MaxNormOptions {
  /** The greatest norm allowed; 2. */
  maxValue?: number;
  /** Axes along which norms are taken; 0. */
  axis?: Axes;
}

class MaxNorm extends Constraint {
  readonly className = 'MaxNorm';
  private readonly maxValue: number;
  private readonly axis: Axes;

  constructor(options?: MaxNormOptions) {
    super();
    const read = readOptions('maxNorm', options, { maxValue: optional(real({ low: 0 }), 2), axis: optional(axes, 0) });
    this.maxValue = read.maxValue;
    this.axis = read.axis;
  }

  call(weights: Tensor): Tensor {
    const norm = norms(weights, this.axis);
    return multiply(weights, divide(clip(norm, 0, this.maxValue), add(norm, EPSILON)));
  }

  getConfig(): Config {
    return { maxValue: this.maxValue, axis: this.axis };
  }
}

export interface MinMaxNormOptions {
  minValue?: number;
  maxValue?: number;
  /** How far towards the bounds one step goes: 1 enforces them. */
  rate?: number;
  axis?: Axes;
}

class MinMaxNorm extends Constraint {
  readonly className = 'MinMaxNorm';
  private readonly options: Required<MinMaxNormOptions>;

  constructor(options?: MinMaxNormOptions) {
    super();
    this.options = readOptions('minMaxNorm', options, {
      minValue: optional(real({ low: 0 }), 0),
      maxValue: optional(real({ low: 0 }), 1),
      rate: optional(real({ low: 0, high: 1 }), 1),
      axis: optional(axes, 0),
    });
    const { minValue, maxValue } = this.options;
    if (minValue > maxValue) {
      throw new ArgumentError({ where: 'minMaxNorm', expected: 'minValue up to maxValue', received: `${minValue} and ${maxValue}` });
    }
  }

  call(weights: Tensor): Tensor {
    const { minValue, maxValue, rate, axis } = this.options;
    const norm = norms(weights, axis);
    const wanted = add(multiply(clip(norm, minValue, maxValue), rate), multiply(norm, 1 - rate));
    return multiply(weights, divide(wanted, add(norm, EPSILON)));
  }

  getConfig(): Config {
    return { ...this.options };
  }
}

class UnitNorm extends Constraint {
  readonly className = 'UnitNorm';
  private readonly axis: Axes;

  constructor(options?: { axis?: Axes }) {
    super();
    this.axis = readOptions('unitNorm', options, { axis: optional(axes, 0) }).axis;
  }

  call(weights: Tensor): Tensor {
    return divide(weights, add(norms(weights, this.axis), EPSILON));
  }

  getConfig(): Config {
    return { axis: this.axis };
  }
}

class NonNeg extends Constraint {
  readonly className = 'NonNeg';

  override get elementwise(): boolean {
    return true;
  }

  call(weights: Tensor): Tensor {
    return maximum(weights, 0);
  }

  getConfig(): Config {
    return {};
  }
}

/**
 * Norms of at most `maxValue` (2), taken along `axis` (0: the weights that come into one unit; [0, 1, 2] for a convolution).
 * Source: Keras 3, keras.constraints.MaxNorm.
 *
 * @example
 * layers.dense(64, { kernelConstraint: constraints.maxNorm(3) });
 */
export function maxNorm(options?: number | MaxNormOptions): Constraint {
  return new MaxNorm(typeof options === 'number' ? { maxValue: options } : options);
}

/**
 * Norms from `minValue` (0) to `maxValue` (1). Source: Keras 3, keras.constraints.MinMaxNorm.
 *
 * @example
 * constraints.minMaxNorm({ minValue: 0.5, maxValue: 1 });
 */
export function minMaxNorm(options?: MinMaxNormOptions): Constraint {
  return new MinMaxNorm(options);
}

/**
 * Norms of 1 along `axis` (0). Source: Keras 3, keras.constraints.UnitNorm.
 *
 * @example
 * constraints.unitNorm({ axis: 0 });
 */
export function unitNorm(options?: { axis?: Axes }): Constraint {
  return new UnitNorm(options);
}

/**
 * No negative weights. Source: Keras 3, keras.constraints.NonNeg.
 *
 * @example
 * layers.dense(1, { kernelConstraint: 'nonNeg' });
 */
export function nonNeg(): Constraint {
  return new NonNeg();
}

constraintRegistry.add('MaxNorm', (config) => new MaxNorm(config), 'maxNorm');
constraintRegistry.add('MinMaxNorm', (config) => new MinMaxNorm(config), 'minMaxNorm');
constraintRegistry.add('UnitNorm', (config) => new UnitNorm(config), 'unitNorm');
constraintRegistry.add('NonNeg', (config) => (readOptions('nonNeg', config, {}), new NonNeg()), 'nonNeg');
