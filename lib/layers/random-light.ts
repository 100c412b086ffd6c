/** Images made lighter or darker, fainter or stronger, by chance. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { valueRange } from './random-factor.js';
import { bounds, RandomImage, type RandomImageOptions, randomImageReaders, type Range, range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomBrightness` and `layers.randomContrast`. */
export interface RandomLightOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  factor: Range;
  /** Black and white; [0, 255]. Results are cut off there. */
  valueRange?: readonly [number, number];
}

const shared = { ...randomImageReaders, valueRange: optional(valueRange, [0, 255] as const) };
const brightnessReaders = { ...shared, factor: range(-1, 1) };
const contrastReaders = { ...shared, factor: range(0, 1) };

/** Each image lighter or darker by a share of the whole range. */
export class RandomBrightness<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly factor: Range;
  private readonly valueRange: readonly [number, number];

  constructor(options: RandomLightOptions) {
    const { factor, valueRange: values, ...read } = readOptions('randomBrightness', options, brightnessReaders);
    super(read);
    this.factor = factor;
    this.valueRange = values;
  }

  override get className(): string {
    return 'RandomBrightness';
  }

  protected override augment(x: Tensor): Tensor {
    const [black, white] = this.valueRange;
    const [low, high] = bounds(this.factor);
    return ops.clip(ops.add(x, this.draw(x, low * (white - black), high * (white - black))), black, white);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange };
  }
}

/** The distance of pixels from the mean of their image's channel made smaller or larger. */
export class RandomContrast<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly factor: Range;
  private readonly valueRange: readonly [number, number];

  constructor(options: RandomLightOptions) {
    const { factor, valueRange: values, ...read } = readOptions('randomContrast', options, contrastReaders);
    super(read);
    this.factor = factor;
    this.valueRange = values;
  }

  override get className(): string {
    return 'RandomContrast';
  }

  protected override augment(x: Tensor): Tensor {
    const [lower, upper] = typeof this.factor === 'number' ? [this.factor, this.factor] : this.factor;
    const mean = ops.mean(x, this.sides, true);
    const changed = ops.add(ops.multiply(ops.subtract(x, mean), this.draw(x, 1 - lower, 1 + upper)), mean);
    return ops.clip(changed, ...this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange };
  }
}

registerLayer('RandomBrightness', RandomBrightness);
registerLayer('RandomContrast', RandomContrast);

/** One argument that may be all options. */
function lightOptions(factor: Range | RandomLightOptions, options: object | undefined): RandomLightOptions {
  const named = typeof factor === 'object' && !Array.isArray(factor);
  return named ? (factor as RandomLightOptions) : { ...options, factor: factor as Range };
}

/**
 * Makes each image lighter or darker while training, by at most `factor` of the range from black to white.
 * Source: Keras 3, keras.layers.RandomBrightness.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomBrightness(0.2);
 * layers.randomBrightness([0, 0.3], { valueRange: [0, 1] });
 */
export function randomBrightness<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomLightOptions<F>, 'factor'>,
): RandomBrightness<ImageShape<'randomBrightness', F>>;
export function randomBrightness<const F extends DataFormat = 'channelsLast'>(
  options: RandomLightOptions<F>,
): RandomBrightness<ImageShape<'randomBrightness', F>>;
export function randomBrightness(factor: Range | RandomLightOptions, options?: object): RandomBrightness {
  return new RandomBrightness(lightOptions(factor, options));
}

/**
 * Changes the contrast of each image while training: distances from the mean of its channel by a factor from 1 - lower to 1 + upper, where
 * `factor` is both or [lower, upper]. Source: Keras 3, keras.layers.RandomContrast (a single number is read as its description says).
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomContrast(0.2);
 */
export function randomContrast<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomLightOptions<F>, 'factor'>,
): RandomContrast<ImageShape<'randomContrast', F>>;
export function randomContrast<const F extends DataFormat = 'channelsLast'>(
  options: RandomLightOptions<F>,
): RandomContrast<ImageShape<'randomContrast', F>>;
export function randomContrast(factor: Range | RandomLightOptions, options?: object): RandomContrast {
  return new RandomContrast(lightOptions(factor, options));
}
