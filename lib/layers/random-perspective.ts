/** Images seen from another side by chance. */
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { type Pair, upTo } from './random-factor.js';
import { RandomImage, type RandomImageOptions, randomImageReaders, type Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomPerspective`. */
export interface RandomPerspectiveOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** The probability: f for from 0 to f, or [lowest, highest]; each image gets its own. 1. */
  factor?: Range;
  /** How far corners move, from 0 to 1: by up to half of it, as a share of their distance from the sides left and above. 1. */
  scale?: number;
  interpolation?: 'nearest' | 'bilinear';
  /** What lies beyond the border; 0. */
  fillValue?: number;
}

const readers = {
  ...randomImageReaders,
  factor: optional(upTo(1), [0, 1] as Pair),
  scale: optional(real({ low: 0, high: 1 }), 1),
  interpolation: optional(oneOf('nearest', 'bilinear'), 'bilinear' as const),
  fillValue: optional(real(), 0),
};

/** Some of the images with their corners moved. */
export class RandomPerspective<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly factor: Pair;
  private readonly settings: { scale: number; interpolation: 'nearest' | 'bilinear'; fillValue: number };

  constructor(options?: RandomPerspectiveOptions) {
    const { factor, scale, interpolation, fillValue, ...read } = readOptions('randomPerspective', options, readers);
    super(read);
    this.factor = factor;
    this.settings = { scale, interpolation, fillValue };
  }

  override get className(): string {
    return 'RandomPerspective';
  }

  protected override augment(x: Tensor): Tensor {
    const { scale, interpolation, fillValue } = this.settings;
    const [bottom, right] = this.sides.map((axis) => x.shape[axis]! - 1) as [number, number];
    const start = constantArray([0, 0, right, 0, 0, bottom, right, bottom], [1, 4, 2], x.dtype, x);
    const change = this.uniform(x, [x.shape[0]!, 4, 2], 1 - scale / 2, 1 + scale / 2);
    const options = { interpolation, fillValue, dataFormat: this.dataFormat };
    const seen = ops.image.perspectiveTransform(x, start, ops.multiply(start, change), options);
    return ops.where(this.chosen(x, this.factor), seen, x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, ...this.settings };
  }
}

registerLayer('RandomPerspective', RandomPerspective);

/**
 * Shows some of the images as from another side while training, each with a probability of its own, drawn from `factor`. The corner above on
 * the left stays, the others move by shares of their coordinates. Source: Keras 3, keras.layers.RandomPerspective.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomPerspective([0.5, 0.5], { scale: 0.4 });
 */
export function randomPerspective<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<RandomPerspectiveOptions<F>, 'factor'>,
): RandomPerspective<ImageShape<'randomPerspective', F>>;
export function randomPerspective<const F extends DataFormat = 'channelsLast'>(
  options: RandomPerspectiveOptions<F>,
): RandomPerspective<ImageShape<'randomPerspective', F>>;
export function randomPerspective(factor?: Range | RandomPerspectiveOptions, options?: object): RandomPerspective {
  return new RandomPerspective(shortForm<RandomPerspectiveOptions>(factor, 'factor', options));
}
