/** First values without chance: one number everywhere, or the unit matrix. */
import { ShapeError } from '../errors.js';
import { filled } from '../ops/common.js';
import { type Config, optional, readOptions, real } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import { type DType, typedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { Initializer, initializerRegistry } from './initializer.js';

class Constant extends Initializer {
  readonly className: string = 'Constant';
  private readonly value: number;

  constructor(options?: { value?: number }) {
    super();
    this.value = readOptions('constant', options, { value: optional(real(), 0) }).value;
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    return filled(shape, this.value, dtype);
  }

  getConfig(): Config {
    return { value: this.value };
  }
}

/** A constant whose name says its value. */
class Fixed extends Initializer {
  constructor(
    readonly className: 'Zeros' | 'Ones',
    private readonly value: number,
  ) {
    super();
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    return filled(shape, this.value, dtype);
  }

  getConfig(): Config {
    return {};
  }
}

class Identity extends Initializer {
  readonly className = 'Identity';
  private readonly gain: number;

  constructor(options?: { gain?: number }) {
    super();
    this.gain = readOptions('identity', options, { gain: optional(real(), 1) }).gain;
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    if (shape.length !== 2) {
      throw new ShapeError({ where: 'identity', expected: 'a matrix to initialize', received: `[${shape.join(', ')}]` });
    }
    const [rows, columns] = shape as readonly [number, number];
    const values = typedArray(dtype, rows * columns);
    for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = this.gain;
    return tensor(values, shape, dtype);
  }

  getConfig(): Config {
    return { gain: this.gain };
  }
}

/**
 * All zeros. Source: Keras 3, keras.initializers.Zeros.
 *
 * @example
 * layers.dense(10, { biasInitializer: initializers.zeros() });
 */
export function zeros(): Initializer {
  return new Fixed('Zeros', 0);
}

/**
 * All ones. Source: Keras 3, keras.initializers.Ones.
 *
 * @example
 * initializers.ones();
 */
export function ones(): Initializer {
  return new Fixed('Ones', 1);
}

/**
 * One value everywhere, 0 by default. Source: Keras 3, keras.initializers.Constant.
 *
 * @example
 * initializers.constant(0.1);
 */
export function constant(options?: number | { value?: number }): Initializer {
  return new Constant(typeof options === 'number' ? { value: options } : options);
}

/**
 * `gain` (1) on the diagonal of a matrix, zeros elsewhere. Source: Keras 3, keras.initializers.Identity.
 *
 * @example
 * initializers.identity({ gain: 0.5 });
 */
export function identity(options?: number | { gain?: number }): Initializer {
  return new Identity(typeof options === 'number' ? { gain: options } : options);
}

initializerRegistry.add('Zeros', (config) => (readOptions('zeros', config, {}), new Fixed('Zeros', 0)), 'zeros');
initializerRegistry.add('Ones', (config) => (readOptions('ones', config, {}), new Fixed('Ones', 1)), 'ones');
initializerRegistry.add('Constant', (config) => new Constant(config), 'constant');
initializerRegistry.add('Identity', (config) => new Identity(config), 'identity');
