/** Images pulled about by chance. */
import * as ops from '../ops/index.js';
import { elastic } from '../ops/image/warp.js';
import { type Config, oneOf, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { FactorImage, type Pair, type RandomChanceOptions, upTo, valuedReaders } from './random-factor.js';
import type { Range } from './random-image.js';
import { registerLayer } from './registry.js';

type FillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect';

/** Options of `layers.randomElasticTransform`. */
export interface RandomElasticTransformOptions<F extends DataFormat = DataFormat> extends RandomChanceOptions<F> {
  /** How strongly, from 0 to 1: s for from 0 to s, or [lowest, highest]; each image gets its own. 1. */
  scale?: Range;
  interpolation?: 'nearest' | 'bilinear';
  /**
   * Beyond the border: mirrored with the edge ('reflect', the default) or without ('mirror'), the other side ('wrap'), `fillValue`
   * ('constant'), or the border's pixel.
   */
  fillMode?: FillMode;
  fillValue?: number;
}

const readers = {
  ...valuedReaders,
  factor: optional(upTo(1), [0, 1] as Pair),
  scale: optional(upTo(1), [0, 1] as Pair),
  interpolation: optional(oneOf('nearest', 'bilinear'), 'bilinear' as const),
  fillMode: optional(oneOf('constant', 'nearest', 'wrap', 'mirror', 'reflect'), 'reflect' as const),
  fillValue: optional(real(), 0),
};

/** Some of the images as on a rubber sheet. */
export class RandomElasticTransform<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  private readonly scale: Pair;
  private readonly pixels: { interpolation: 'nearest' | 'bilinear'; fillMode: FillMode; fillValue: number };

  constructor(options?: RandomElasticTransformOptions) {
    const { scale, interpolation, fillMode, fillValue, ...read } = readOptions('randomElasticTransform', options, readers);
    super(read);
    this.scale = scale;
    this.pixels = { interpolation, fillMode, fillValue };
  }

  override get className(): string {
    return 'RandomElasticTransform';
  }

  protected override augment(x: Tensor): Tensor {
    const first = this.dataFormat === 'channelsFirst';
    const images = first ? ops.transpose(x, { axes: [0, 2, 3, 1] }) : x;
    const [batch, h, w] = images.shape as readonly [number, number, number];
    const strength = this.uniform(x, [batch, 1, 1], ...this.scale);
    const [alpha, sigma] = [0.1 * Math.max(h, w), 0.05 * Math.min(h, w)];
    const most = Math.floor(3 * sigma * this.scale[1]) + 1;
    const pulled = elastic(images, ops.multiply(strength, alpha), ops.multiply(strength, sigma), most, this.source.seed, this.pixels);
    const back = first ? ops.transpose(pulled, { axes: [0, 3, 1, 2] }) : pulled;
    return ops.clip(ops.where(this.chosen(x, this.factor), back, x), ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.scale, ...this.pixels };
  }
}

registerLayer('RandomElasticTransform', RandomElasticTransform);

/**
 * Pulls some of the images about like rubber sheets while training, each with a probability of its own, drawn from `factor`, and a strength of
 * its own, drawn from `scale` (one for the batch in Keras 3.15). Source: Keras 3, keras.layers.RandomElasticTransform.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomElasticTransform([1, 1], { scale: [0.4, 0.8] });
 */
export function randomElasticTransform<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<RandomElasticTransformOptions<F>, 'factor'>,
): RandomElasticTransform<ImageShape<'randomElasticTransform', F>>;
export function randomElasticTransform<const F extends DataFormat = 'channelsLast'>(
  options: RandomElasticTransformOptions<F>,
): RandomElasticTransform<ImageShape<'randomElasticTransform', F>>;
export function randomElasticTransform(factor?: Range | RandomElasticTransformOptions, options?: object): RandomElasticTransform {
  return new RandomElasticTransform(shortForm<RandomElasticTransformOptions>(factor, 'factor', options));
}
