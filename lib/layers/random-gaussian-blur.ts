/** Images blurred by chance. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, optional, pair, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { FactorImage, type Pair, type RandomChanceOptions, upTo, valuedReaders } from './random-factor.js';
import type { Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomGaussianBlur`. */
export interface RandomGaussianBlurOptions<F extends DataFormat = DataFormat> extends RandomChanceOptions<F> {
  /** Height and width of what each pixel is the mean of, odd; 3. */
  kernelSize?: number | Pair;
  /** Standard deviation in pixels: s for from 0 to s, or [lowest, highest]; 1. Each image gets its own, for rows and for columns. */
  sigma?: Range;
}

const odd: Reader<Pair> = (value, where) => {
  const sides = pair()(value, where);
  if (sides.every((side) => side % 2 === 1)) return sides;
  throw new ArgumentError({ where, expected: 'one odd number or two', received: describe(value), hint: 'so that there is a middle' });
};

const readers = {
  ...valuedReaders,
  factor: optional(upTo(1), [0, 1] as Pair),
  kernelSize: optional(odd, [3, 3] as Pair),
  sigma: optional(upTo(1), [0, 1] as Pair),
};

/** Some of the images blurred. */
export class RandomGaussianBlur<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  private readonly kernelSize: Pair;
  private readonly sigma: Pair;

  constructor(options?: RandomGaussianBlurOptions) {
    const { kernelSize, sigma, ...read } = readOptions('randomGaussianBlur', options, readers);
    super(read);
    this.kernelSize = kernelSize;
    this.sigma = sigma;
  }

  override get className(): string {
    return 'RandomGaussianBlur';
  }

  /** The weighted mean along one axis; a convolution would need one kernel for all images. Beyond the border is 0. */
  private blurred(x: Tensor, axis: number, size: number): Tensor {
    const reach = (size - 1) / 2;
    const padded = ops.pad(
      x,
      x.shape.map((_, i): [number, number] => (i === axis ? [reach, reach] : [0, 0])),
    );
    const sigma = ops.add(this.draw(x, ...this.sigma), 1e-6);
    let [total, weights] = [ops.zerosLike(x), ops.zerosLike(sigma)];
    for (let place = 0; place < size; place++) {
      const weight = ops.exp(ops.multiply(ops.square(ops.divide(place - reach, sigma)), -0.5));
      const start = x.shape.map((_, i) => (i === axis ? place : 0));
      total = ops.add(total, ops.multiply(ops.slice(padded, start, x.shape), weight));
      weights = ops.add(weights, weight);
    }
    return ops.divide(total, weights);
  }

  protected override augment(x: Tensor): Tensor {
    const [rows, columns] = this.sides;
    const soft = this.blurred(this.blurred(x, rows, this.kernelSize[0]), columns, this.kernelSize[1]);
    return ops.clip(ops.where(this.chosen(x, this.factor), soft, x), ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), kernelSize: this.kernelSize, sigma: this.sigma };
  }
}

registerLayer('RandomGaussianBlur', RandomGaussianBlur);

/**
 * Blurs some of the images while training, each with a probability of its own, drawn from `factor`, and by its own `sigma` (one for the batch
 * in Keras 3.15). Source: Keras 3, keras.layers.RandomGaussianBlur.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomGaussianBlur([0.5, 0.5], { kernelSize: 5, sigma: [0.5, 1] });
 */
export function randomGaussianBlur<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<RandomGaussianBlurOptions<F>, 'factor'>,
): RandomGaussianBlur<ImageShape<'randomGaussianBlur', F>>;
export function randomGaussianBlur<const F extends DataFormat = 'channelsLast'>(
  options: RandomGaussianBlurOptions<F>,
): RandomGaussianBlur<ImageShape<'randomGaussianBlur', F>>;
export function randomGaussianBlur(factor?: Range | RandomGaussianBlurOptions, options?: object): RandomGaussianBlur {
  return new RandomGaussianBlur(shortForm<RandomGaussianBlurOptions>(factor, 'factor', options));
}
