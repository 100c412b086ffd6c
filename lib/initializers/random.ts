/** Random first values, drawn on the device; the same seed gives the same values on every device. */
import { ArgumentError } from '../errors.js';
import { normal, truncatedNormal as truncated, uniform } from '../ops/random.js';
import { axes, type Config, nullable, oneOf, optional, readOptions, real, seed } from '../options/index.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { Initializer, initializerRegistry, randomStream } from './initializer.js';

export interface RandomUniformOptions {
  minval?: number;
  maxval?: number;
  seed?: number | null;
}

class RandomUniform extends Initializer {
  readonly className = 'RandomUniform';
  private readonly options: { seed: number | null; minval: number; maxval: number };

  constructor(options?: RandomUniformOptions) {
    super();
    this.options = readOptions('randomUniform', options, {
      seed: nullable(seed),
      minval: optional(real(), -0.05),
      maxval: optional(real(), 0.05),
    });
    const { minval, maxval } = this.options;
    if (minval > maxval)
      throw new ArgumentError({ where: 'randomUniform', expected: 'minval up to maxval', received: `${minval} and ${maxval}` });
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    const { minval, maxval, seed } = this.options;
    return uniform(shape, { minval, maxval, dtype, seed: randomStream(seed) });
  }

  getConfig(): Config {
    return { ...this.options };
  }
}

export interface NormalOptions {
  mean?: number;
  stddev?: number;
  seed?: number | null;
}

/** Normal numbers, or those of them within two deviations of the mean. */
class Normal extends Initializer {
  private readonly options: { seed: number | null; mean: number; stddev: number };

  constructor(
    readonly className: 'RandomNormal' | 'TruncatedNormal',
    options?: NormalOptions,
  ) {
    super();
    this.options = readOptions(className === 'RandomNormal' ? 'randomNormal' : 'truncatedNormal', options, {
      seed: nullable(seed),
      mean: optional(real(), 0),
      stddev: optional(real({ low: 0 }), 0.05),
    });
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    const { mean, stddev, seed } = this.options;
    const drawn = this.className === 'RandomNormal' ? normal : truncated;
    return drawn(shape, { mean, stddev, dtype, seed: randomStream(seed) });
  }

  getConfig(): Config {
    return { ...this.options };
  }
}

type Mode = 'fanIn' | 'fanOut' | 'fanAvg';
type Distribution = 'truncatedNormal' | 'untruncatedNormal' | 'uniform';

export interface VarianceScalingOptions {
  scale?: number;
  mode?: Mode;
  distribution?: Distribution;
  seed?: number | null;
  /** Axes that count as inputs and outputs, where a weight is neither a matrix nor a convolution's kernel. */
  inputAxes?: number | readonly number[] | null;
  outputAxes?: number | readonly number[] | null;
}

/** The deviation of a standard normal cut at two deviations. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/** How many numbers come into and go out of a unit: what stands before the last two axes is a convolution's window. */
export function fans(
  shape: readonly number[],
  inputAxes: readonly number[] | null,
  outputAxes: readonly number[] | null,
): [number, number] {
  const rank = shape.length;
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  if (inputAxes || outputAxes) {
    const used = [...(inputAxes ?? []), ...(outputAxes ?? [])].map((axis) => (axis < 0 ? axis + rank : axis));
    const window = product(shape.filter((_, axis) => !used.includes(axis)));
    const along = (list: readonly number[] | null): number => window * product((list ?? []).map((axis) => shape.at(axis) ?? 1));
    return [along(inputAxes), along(outputAxes)];
  }
  if (rank < 2) return [shape[0] ?? 1, shape[0] ?? 1];
  const window = product(shape.slice(0, -2));
  return [window * shape[rank - 2]!, window * shape[rank - 1]!];
}

const asAxes = nullable(axes);

class VarianceScaling extends Initializer {
  readonly className: string = 'VarianceScaling';
  protected readonly seed: number | null;
  private readonly scale: number;
  private readonly mode: Mode;
  private readonly distribution: Distribution;
  protected readonly inputAxes: readonly number[] | null;
  protected readonly outputAxes: readonly number[] | null;

  constructor(options?: VarianceScalingOptions, where = 'varianceScaling') {
    super();
    const read = readOptions(where, options, {
      seed: nullable(seed),
      scale: optional(real({ above: 0 }), 1),
      mode: optional(oneOf('fanIn', 'fanOut', 'fanAvg'), 'fanIn' as const),
      distribution: optional(oneOf('truncatedNormal', 'untruncatedNormal', 'uniform'), 'truncatedNormal' as const),
      inputAxes: asAxes,
      outputAxes: asAxes,
    });
    this.seed = read.seed;
    this.scale = read.scale;
    this.mode = read.mode;
    this.distribution = read.distribution;
    this.inputAxes = typeof read.inputAxes === 'number' ? [read.inputAxes] : read.inputAxes;
    this.outputAxes = typeof read.outputAxes === 'number' ? [read.outputAxes] : read.outputAxes;
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    const [fanIn, fanOut] = fans(shape, this.inputAxes, this.outputAxes);
    const fan = this.mode === 'fanIn' ? fanIn : this.mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
    const variance = this.scale / Math.max(1, fan);
    const options = { dtype, seed: randomStream(this.seed) };
    if (this.distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return uniform(shape, { ...options, minval: -limit, maxval: limit });
    }
    if (this.distribution === 'untruncatedNormal') return normal(shape, { ...options, stddev: Math.sqrt(variance) });
    // What is cut off would make the deviation smaller.
    return truncated(shape, { ...options, stddev: Math.sqrt(variance) / TRUNCATED_DEVIATION });
  }

  getConfig(): Config {
    const { seed, scale, mode, distribution, inputAxes, outputAxes } = this;
    return { seed, scale, mode, distribution, inputAxes, outputAxes };
  }
}

/** Variance scaling by name: scale, mode and distribution are fixed. */
class NamedScaling extends VarianceScaling {
  constructor(
    override readonly className: string,
    where: string,
    fixed: VarianceScalingOptions,
    options?: SeedOptions,
  ) {
    const read = readOptions(where, options, { seed: nullable(seed), inputAxes: asAxes, outputAxes: asAxes });
    super({ ...fixed, ...read }, where);
  }

  override getConfig(): Config {
    const { seed, inputAxes, outputAxes } = this;
    return { seed, inputAxes, outputAxes };
  }
}

/** Options of the initializers whose scale is their name. */
export interface SeedOptions {
  seed?: number | null;
  inputAxes?: number | readonly number[] | null;
  outputAxes?: number | readonly number[] | null;
}

function named(className: string, name: string, fixed: VarianceScalingOptions): (options?: SeedOptions) => Initializer {
  const make = (options?: SeedOptions): Initializer => new NamedScaling(className, name, fixed, options);
  initializerRegistry.add(className, make, name);
  return make;
}

/**
 * Uniform from `minval` (-0.05) to `maxval` (0.05). Source: Keras 3, keras.initializers.RandomUniform.
 *
 * @example
 * initializers.randomUniform({ minval: -0.1, maxval: 0.1, seed: 7 });
 */
export function randomUniform(options?: RandomUniformOptions): Initializer {
  return new RandomUniform(options);
}

/**
 * Normal with `mean` (0) and `stddev` (0.05). Source: Keras 3, keras.initializers.RandomNormal.
 *
 * @example
 * initializers.randomNormal({ stddev: 0.01 });
 */
export function randomNormal(options?: NormalOptions): Initializer {
  return new Normal('RandomNormal', options);
}

/**
 * Normal, but within two deviations of the mean. Source: Keras 3, keras.initializers.TruncatedNormal.
 *
 * @example
 * initializers.truncatedNormal({ stddev: 0.02, seed: 1 });
 */
export function truncatedNormal(options?: NormalOptions): Initializer {
  return new Normal('TruncatedNormal', options);
}

/**
 * A variance of `scale` (1) over the fan (`fanIn`, `fanOut` or their mean `fanAvg`), normal or uniform.
 * Source: Keras 3, keras.initializers.VarianceScaling.
 *
 * @example
 * initializers.varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'uniform' });
 */
export function varianceScaling(options?: VarianceScalingOptions): Initializer {
  return new VarianceScaling(options);
}

initializerRegistry.add('RandomUniform', (config) => new RandomUniform(config), 'randomUniform');
initializerRegistry.add('RandomNormal', (config) => new Normal('RandomNormal', config), 'randomNormal');
initializerRegistry.add('TruncatedNormal', (config) => new Normal('TruncatedNormal', config), 'truncatedNormal');
initializerRegistry.add('VarianceScaling', (config) => new VarianceScaling(config), 'varianceScaling');

/**
 * Uniform with variance 2 / (fanIn + fanOut), the default of kernels. Source: Keras 3, keras.initializers.GlorotUniform.
 *
 * @example
 * initializers.glorotUniform({ seed: 3 });
 */
export const glorotUniform = named('GlorotUniform', 'glorotUniform', { mode: 'fanAvg', distribution: 'uniform' });

/** Truncated normal with variance 2 / (fanIn + fanOut). Source: Keras 3, keras.initializers.GlorotNormal. */
export const glorotNormal = named('GlorotNormal', 'glorotNormal', { mode: 'fanAvg', distribution: 'truncatedNormal' });

/** Uniform with variance 2 / fanIn, for layers with relu. Source: Keras 3, keras.initializers.HeUniform. */
export const heUniform = named('HeUniform', 'heUniform', { scale: 2, distribution: 'uniform' });

/** Truncated normal with variance 2 / fanIn, for layers with relu. Source: Keras 3, keras.initializers.HeNormal. */
export const heNormal = named('HeNormal', 'heNormal', { scale: 2, distribution: 'truncatedNormal' });

/** Uniform with variance 1 / fanIn. Source: Keras 3, keras.initializers.LecunUniform. */
export const lecunUniform = named('LecunUniform', 'lecunUniform', { distribution: 'uniform' });

/** Truncated normal with variance 1 / fanIn. Source: Keras 3, keras.initializers.LecunNormal. */
export const lecunNormal = named('LecunNormal', 'lecunNormal', { distribution: 'truncatedNormal' });
