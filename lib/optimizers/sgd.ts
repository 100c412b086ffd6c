/** Gradient descent, with momentum if asked for. Source: Keras 3, `keras.optimizers.SGD`. */
import { flag, optional, readOptions, real, type Config } from '../options/index.js';
import { defineOp } from '../ops/define.js';
import { KernelOptimizer } from './kernel.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';

const op = defineOp('sgdUpdate', ['count', 'momentum:f', 'nesterov', 'weightDecay:f']);

export interface SGDOptions extends OptimizerOptions {
  /** From 0 to 1; 0 (default): plain descent. */
  momentum?: number;
  /** Looks ahead along the velocity; needs momentum. */
  nesterov?: boolean;
}

export class SGD extends KernelOptimizer {
  readonly className = 'SGD';
  readonly momentum: number;
  readonly nesterov: boolean;
  protected readonly op = op;
  protected readonly takesStep = false;

  constructor(options: SGDOptions = {}) {
    const settings = readOptions('sgd', options, {
      ...commonReaders(0.01, 'SGD'),
      momentum: optional(real({ low: 0, high: 1 }), 0),
      nesterov: optional(flag, false),
    });
    super(settings, 'sgd');
    this.momentum = settings.momentum;
    this.nesterov = settings.nesterov;
  }

  protected slotsOf(): SlotSpec[] {
    return this.momentum > 0 ? [{ name: 'momentum', initial: 0 }] : [];
  }

  protected attributes(count: number, weightDecay: number): number[] {
    return [count, this.momentum, this.nesterov ? 1 : 0, weightDecay];
  }

  protected ownConfig(): Config {
    return { momentum: this.momentum, nesterov: this.nesterov };
  }
}

/**
 * Gradient descent. `sgd(0.1)` is short for `sgd({ learningRate: 0.1 })`. Without momentum `w -= learningRate * g`; with it
 * `v = momentum * v - learningRate * g`, `w += v`, and with nesterov `w += momentum * v - learningRate * g`.
 *
 * @example
 * model.compile({ optimizer: optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }), loss: 'meanSquaredError' });
 */
export function sgd(options: number | SGDOptions = {}): SGD {
  return new SGD(typeof options === 'number' ? { learningRate: options } : options);
}
