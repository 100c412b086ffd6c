/** Colours changed by chance: their hue, how strong they are. Images have the channels red, green and blue. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { FactorImage, type Pair, type RandomFactorOptions, rescaled, upTo, valuedReaders } from './random-factor.js';
import { RandomImage, type RandomImageOptions, randomImageReaders, type Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomGrayscale`. */
export interface RandomGrayscaleOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** The probability of each image; 0.5. */
  factor?: number;
}

const grayscaleReaders = { ...randomImageReaders, factor: optional(real({ low: 0, high: 1 }), 0.5) };

/** Hue, saturation and value of images of any range, changed and put together again. */
function inHsv(x: Tensor, values: Pair, dataFormat: DataFormat, change: (hsv: readonly [Tensor, Tensor, Tensor]) => Tensor[]): Tensor {
  const axis = dataFormat === 'channelsFirst' ? 1 : 3;
  const hsv = ops.image.rgbToHsv(rescaled(x, values, [0, 1]), { dataFormat });
  const changed = change(ops.split(hsv, 3, axis) as unknown as readonly [Tensor, Tensor, Tensor]);
  const rgb = ops.image.hsvToRgb(ops.concatenate(changed, { axis }), { dataFormat });
  return rescaled(ops.clip(rgb, 0, 1), [0, 1], values);
}

/** Each image with its hues turned round the colour wheel. */
export class RandomHue<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options: RandomFactorOptions) {
    super(readOptions('randomHue', options, { ...valuedReaders, factor: upTo(1) }));
  }

  override get className(): string {
    return 'RandomHue';
  }

  protected override augment(x: Tensor): Tensor {
    const factor = this.drawn(x);
    const turned = ops.where(ops.less(this.draw(x, 0, 1), 0.5), factor, ops.negative(factor));
    return inHsv(x, this.valueRange, this.dataFormat, ([hue, ...rest]) => {
      const moved = ops.add(hue, ops.multiply(turned, 0.5));
      return [ops.subtract(moved, ops.floor(moved)), ...rest];
    });
  }
}

registerLayer('RandomHue', RandomHue);

/** Each image with fainter or stronger colours. */
export class RandomSaturation<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options: RandomFactorOptions) {
    super(readOptions('randomSaturation', options, { ...valuedReaders, factor: upTo(1, -1) }));
  }

  override get className(): string {
    return 'RandomSaturation';
  }

  protected override augment(x: Tensor): Tensor {
    const factor = this.drawn(x);
    const strength = ops.divide(factor, ops.subtract(1 + 1e-7, factor));
    return inHsv(x, this.valueRange, this.dataFormat, ([hue, saturation, value]) => [
      hue,
      ops.clip(ops.multiply(saturation, strength), 0, 1),
      value,
    ]);
  }
}

registerLayer('RandomSaturation', RandomSaturation);

/** Each image mixed with itself in grey. */
export class RandomColorDegeneration<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  constructor(options: RandomFactorOptions) {
    super(readOptions('randomColorDegeneration', options, { ...valuedReaders, factor: upTo(1, -1) }));
  }

  override get className(): string {
    return 'RandomColorDegeneration';
  }

  protected override augment(x: Tensor): Tensor {
    const grey = ops.image.rgbToGrayscale(x, { dataFormat: this.dataFormat });
    return ops.clip(ops.add(x, ops.multiply(this.drawn(x), ops.subtract(grey, x))), ...this.valueRange);
  }
}

registerLayer('RandomColorDegeneration', RandomColorDegeneration);

/** Some of the images in grey. */
export class RandomGrayscale<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly factor: number;

  constructor(options?: RandomGrayscaleOptions) {
    const { factor, ...read } = readOptions('randomGrayscale', options, grayscaleReaders);
    super(read);
    this.factor = factor;
  }

  override get className(): string {
    return 'RandomGrayscale';
  }

  protected override augment(x: Tensor): Tensor {
    const grey = ops.image.rgbToGrayscale(x, { dataFormat: this.dataFormat });
    return ops.where(ops.less(this.draw(x, 0, 1), this.factor), grey, x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}

registerLayer('RandomGrayscale', RandomGrayscale);

/**
 * Turns the hues of each image while training, by at most `factor` of half a turn to either side. Source: Keras 3,
 * keras.layers.RandomHue.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomHue(0.2, { valueRange: [0, 1] });
 */
export function randomHue<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomFactorOptions<F>, 'factor'>,
): RandomHue<ImageShape<'randomHue', F>>;
export function randomHue<const F extends DataFormat = 'channelsLast'>(
  options: RandomFactorOptions<F>,
): RandomHue<ImageShape<'randomHue', F>>;
export function randomHue(factor: Range | RandomFactorOptions, options?: object): RandomHue {
  return new RandomHue(shortForm<RandomFactorOptions>(factor, 'factor', options));
}

/**
 * Makes the colours of each image fainter or stronger while training: 0 is grey, 0.5 changes nothing, 1 has only pure colours, and factors
 * below 0 are grey as well. A single number is read as its description says, from 0 on, and saturations are cut off at 1 whatever the range of
 * values. Source: Keras 3, keras.layers.RandomSaturation.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomSaturation([0.3, 0.7]);
 */
export function randomSaturation<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomFactorOptions<F>, 'factor'>,
): RandomSaturation<ImageShape<'randomSaturation', F>>;
export function randomSaturation<const F extends DataFormat = 'channelsLast'>(
  options: RandomFactorOptions<F>,
): RandomSaturation<ImageShape<'randomSaturation', F>>;
export function randomSaturation(factor: Range | RandomFactorOptions, options?: object): RandomSaturation {
  return new RandomSaturation(shortForm<RandomFactorOptions>(factor, 'factor', options));
}

/**
 * Mixes each image with itself in grey while training: 0 changes nothing, 1 is grey, factors below 0 make colours stronger. A single number is
 * read as from 0 on. Source: Keras 3, keras.layers.RandomColorDegeneration.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomColorDegeneration(0.5);
 */
export function randomColorDegeneration<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomFactorOptions<F>, 'factor'>,
): RandomColorDegeneration<ImageShape<'randomColorDegeneration', F>>;
export function randomColorDegeneration<const F extends DataFormat = 'channelsLast'>(
  options: RandomFactorOptions<F>,
): RandomColorDegeneration<ImageShape<'randomColorDegeneration', F>>;
export function randomColorDegeneration(factor: Range | RandomFactorOptions, options?: object): RandomColorDegeneration {
  return new RandomColorDegeneration(shortForm<RandomFactorOptions>(factor, 'factor', options));
}

/**
 * Shows some of the images in grey while training; they keep their three channels. Source: Keras 3, keras.layers.RandomGrayscale.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomGrayscale(0.2);
 */
export function randomGrayscale<const F extends DataFormat = 'channelsLast'>(
  factor?: number,
  options?: Omit<RandomGrayscaleOptions<F>, 'factor'>,
): RandomGrayscale<ImageShape<'randomGrayscale', F>>;
export function randomGrayscale<const F extends DataFormat = 'channelsLast'>(
  options: RandomGrayscaleOptions<F>,
): RandomGrayscale<ImageShape<'randomGrayscale', F>>;
export function randomGrayscale(factor?: number | RandomGrayscaleOptions, options?: object): RandomGrayscale {
  return new RandomGrayscale(shortForm<RandomGrayscaleOptions>(factor, 'factor', options));
}
