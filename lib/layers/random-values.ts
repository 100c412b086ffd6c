/** Values changed by chance: turned to their opposites, made coarser, made sharper or softer. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { constantArray } from '../ops/common.js';
import { describe, optional, type Reader, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import {
  FactorImage,
  type Pair,
  type RandomChanceOptions,
  type RandomFactorOptions,
  rescaled,
  upTo,
  valuedReaders,
} from './random-factor.js';
import type { Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Bits from 1 to 8: a single number stands for from 1 to itself. */
const bits: Reader<Pair> = (value, where) => {
  const both: readonly unknown[] = Array.isArray(value) && value.length === 2 ? value : [1, value];
  const numbers = both.map((one) => whole()(one, where));
  if (numbers.every((one) => one <= 8)) return [Math.min(...numbers), Math.max(...numbers)];
  throw new ArgumentError({ where, expected: 'bits from 1 to 8', received: describe(value) });
};

/** Some of the images as negatives. */
export class RandomInvert<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options?: RandomChanceOptions) {
    super(readOptions('randomInvert', options, { ...valuedReaders, factor: optional(upTo(1), [0, 1] as Pair) }));
  }

  override get className(): string {
    return 'RandomInvert';
  }

  protected override augment(x: Tensor): Tensor {
    const [black, white] = this.valueRange;
    return ops.where(this.chosen(x, this.factor), ops.subtract(black + white, x), x);
  }
}

registerLayer('RandomInvert', RandomInvert);

/** Each image with fewer shades. */
export class RandomPosterization<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options: RandomFactorOptions) {
    super(readOptions('randomPosterization', options, { ...valuedReaders, factor: bits }));
  }

  override get className(): string {
    return 'RandomPosterization';
  }

  protected override augment(x: Tensor): Tensor {
    const [low, high] = this.factor;
    // As many bits as are left of 8; the highest number itself is never drawn, as in Keras, unless it is the only one.
    const bits = low === high ? low : ops.floor(this.draw(x, low, high));
    const step = ops.round(ops.power(2, ops.subtract(8, bits)));
    const bytes = ops.floor(ops.clip(rescaled(x, this.valueRange, [0, 255]), 0, 255));
    return rescaled(ops.multiply(ops.floor(ops.divide(bytes, step)), step), [0, 255], this.valueRange);
  }
}

registerLayer('RandomPosterization', RandomPosterization);

/** Each image sharper or softer. */
export class RandomSharpness<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options: RandomFactorOptions) {
    super(readOptions('randomSharpness', options, { ...valuedReaders, factor: upTo(1) }));
  }

  override get className(): string {
    return 'RandomSharpness';
  }

  protected override augment(x: Tensor): Tensor {
    const channels = x.shape[this.dataFormat === 'channelsFirst' ? 1 : 3]!;
    // A mean of each pixel and its neighbours in which the pixel itself counts five times.
    const weights = [1, 1, 1, 1, 5, 1, 1, 1, 1].flatMap((weight) => new Array<number>(channels).fill(weight / 13));
    const kernel = constantArray(weights, [3, 3, channels, 1], x.dtype, x);
    const soft = ops.depthwiseConv(x, kernel, { padding: 'same', dataFormat: this.dataFormat });
    const share = ops.subtract(1, ops.multiply(this.drawn(x), 2));
    return ops.clip(ops.add(x, ops.multiply(share, ops.subtract(soft, x))), ...this.valueRange);
  }
}

registerLayer('RandomSharpness', RandomSharpness);

/**
 * Turns some of the images to negatives while training, each with a probability of its own, drawn from `factor`. Source: Keras 3,
 * keras.layers.RandomInvert.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomInvert([0.5, 0.5]);   // half of the images
 */
export function randomInvert<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<RandomChanceOptions<F>, 'factor'>,
): RandomInvert<ImageShape<'randomInvert', F>>;
export function randomInvert<const F extends DataFormat = 'channelsLast'>(
  options: RandomChanceOptions<F>,
): RandomInvert<ImageShape<'randomInvert', F>>;
export function randomInvert(factor?: Range | RandomChanceOptions, options?: object): RandomInvert {
  return new RandomInvert(shortForm<RandomChanceOptions>(factor, 'factor', options));
}

/**
 * Keeps fewer bits of the 8 of each value while training. `factor` is [lowest, highest]: as many as the highest are kept only where both are the
 * same; a single number is [1, number]. Source: Keras 3, keras.layers.RandomPosterization.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomPosterization([3, 3]);   // 8 shades of each channel
 */
export function randomPosterization<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomFactorOptions<F>, 'factor'>,
): RandomPosterization<ImageShape<'randomPosterization', F>>;
export function randomPosterization<const F extends DataFormat = 'channelsLast'>(
  options: RandomFactorOptions<F>,
): RandomPosterization<ImageShape<'randomPosterization', F>>;
export function randomPosterization(factor: Range | RandomFactorOptions, options?: object): RandomPosterization {
  return new RandomPosterization(shortForm<RandomFactorOptions>(factor, 'factor', options));
}

/**
 * Makes each image sharper or softer while training: 0 is the mean of neighbours, 0.5 changes nothing, 1 is twice as sharp. Source: Keras 3,
 * keras.layers.RandomSharpness.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomSharpness([0.3, 0.9]);
 */
export function randomSharpness<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomFactorOptions<F>, 'factor'>,
): RandomSharpness<ImageShape<'randomSharpness', F>>;
export function randomSharpness<const F extends DataFormat = 'channelsLast'>(
  options: RandomFactorOptions<F>,
): RandomSharpness<ImageShape<'randomSharpness', F>>;
export function randomSharpness(factor: Range | RandomFactorOptions, options?: object): RandomSharpness {
  return new RandomSharpness(shortForm<RandomFactorOptions>(factor, 'factor', options));
}
