/** Penalties on the size of weights. */
import { abs, add, multiply, sum, sumSquares } from '../ops/index.js';
import { type Config, optional, readOptions, real } from '../options/index.js';
import { filled } from '../ops/common.js';
import type { Tensor } from '../tensor/tensor.js';
import { Regularizer, regularizerRegistry } from './regularizer.js';

const factor = real({ low: 0 });

/** A number, or the options object that it abbreviates. */
function short(value: number | object | undefined, key: string): object | undefined {
  return typeof value === 'number' ? { [key]: value } : value;
}

export interface L1L2Options {
  l1?: number;
  l2?: number;
}

/** `l1 * sum(|x|) + l2 * sum(x^2)`. */
export class L1L2 extends Regularizer {
  readonly className: string = 'L1L2';
  readonly l1: number;
  readonly l2: number;

  constructor(options: L1L2Options = {}) {
    super();
    const read = readOptions('l1l2', options, { l1: optional(factor, 0), l2: optional(factor, 0) });
    this.l1 = read.l1;
    this.l2 = read.l2;
  }

  override get elementwise(): boolean {
    return true;
  }

  call(x: Tensor): Tensor {
    const parts: Tensor[] = [];
    if (this.l1 !== 0) parts.push(multiply(sum(abs(x)), this.l1));
    if (this.l2 !== 0) parts.push(multiply(sumSquares(x), this.l2));
    const [first, second] = parts;
    if (first && second) return add(first, second);
    return first ?? filled([], 0, x.dtype, x);
  }

  getConfig(): Config {
    return { l1: this.l1, l2: this.l2 };
  }
}

class L1 extends L1L2 {
  override readonly className = 'L1';

  constructor(options?: { l1?: number }) {
    super({ l1: readOptions('l1', options, { l1: optional(factor, 0.01) }).l1 });
  }

  override getConfig(): Config {
    return { l1: this.l1 };
  }
}

class L2 extends L1L2 {
  override readonly className = 'L2';

  constructor(options?: { l2?: number }) {
    super({ l2: readOptions('l2', options, { l2: optional(factor, 0.01) }).l2 });
  }

  override getConfig(): Config {
    return { l2: this.l2 };
  }
}

/**
 * The penalty `l1 * sum(|x|)`; it makes weights vanish. Default factor 0.01. Source: Keras 3, keras.regularizers.L1.
 *
 * @example
 * layers.dense(10, { kernelRegularizer: regularizers.l1(0.001) });
 */
export function l1(options?: number | { l1?: number }): Regularizer {
  return new L1(short(options, 'l1'));
}

/**
 * The penalty `l2 * sum(x^2)`; it keeps weights small. Default factor 0.01. Source: Keras 3, keras.regularizers.L2.
 *
 * @example
 * layers.dense(10, { kernelRegularizer: regularizers.l2(0.01) });
 */
export function l2(options?: number | { l2?: number }): Regularizer {
  return new L2(short(options, 'l2'));
}

/**
 * The penalty `l1 * sum(|x|) + l2 * sum(x^2)`, both factors 0 by default.
 * Source: Keras 3, keras.regularizers.L1L2.
 *
 * @example
 * regularizers.l1l2({ l1: 0.01, l2: 0.01 });
 */
export function l1l2(options?: L1L2Options): Regularizer {
  return new L1L2(options);
}

regularizerRegistry.add('L1', (config) => new L1(config), 'l1');
regularizerRegistry.add('L2', (config) => new L2(config), 'l2');
regularizerRegistry.add('L1L2', (config) => new L1L2(config), 'l1l2');
