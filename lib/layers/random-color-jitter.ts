/** Brightness, contrast, saturation and hue changed by chance, one after the other. */
import { type Config, nullable, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { RandomHue, RandomSaturation } from './random-colour.js';
import { type RandomFactorOptions, upTo, valuedReaders, ValuedImage } from './random-factor.js';
import { type RandomImage, type Range, range } from './random-image.js';
import { RandomBrightness, RandomContrast } from './random-light.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomColorJitter`: what is not given is left out. */
export interface RandomColorJitterOptions<F extends DataFormat = DataFormat> extends Omit<RandomFactorOptions<F>, 'factor'> {
  /** As of `layers.randomBrightness`. */
  brightnessFactor?: Range | null;
  /** As of `layers.randomContrast`. */
  contrastFactor?: Range | null;
  /** As of `layers.randomSaturation`. */
  saturationFactor?: Range | null;
  /** As of `layers.randomHue`. */
  hueFactor?: Range | null;
}

const readers = {
  ...valuedReaders,
  brightnessFactor: nullable(range(-1, 1)),
  contrastFactor: nullable(range(0, 1)),
  saturationFactor: nullable(upTo(1, -1)),
  hueFactor: nullable(upTo(1)),
};

/** Each image with its colours changed in up to four ways. */
export class RandomColorJitter<F extends ShapeFn = AnyShape> extends ValuedImage<F> {
  private readonly factors: Record<'brightnessFactor' | 'contrastFactor' | 'saturationFactor' | 'hueFactor', Range | null>;
  private readonly steps: readonly RandomImage[];

  constructor(options?: RandomColorJitterOptions) {
    const { brightnessFactor, contrastFactor, saturationFactor, hueFactor, ...read } = readOptions('randomColorJitter', options, readers);
    super(read);
    this.factors = { brightnessFactor, contrastFactor, saturationFactor, hueFactor };
    const { valueRange, dataFormat } = this;
    const shared = { valueRange, dataFormat };
    const steps: RandomImage[] = [];
    if (brightnessFactor !== null) steps.push(new RandomBrightness({ factor: brightnessFactor, ...shared }));
    if (contrastFactor !== null) steps.push(new RandomContrast({ factor: contrastFactor, ...shared }));
    if (saturationFactor !== null) steps.push(new RandomSaturation({ factor: saturationFactor, ...shared }));
    if (hueFactor !== null) steps.push(new RandomHue({ factor: hueFactor, ...shared }));
    this.steps = steps.map((step) => this.adopt(step));
  }

  override get className(): string {
    return 'RandomColorJitter';
  }

  protected override augment(x: Tensor): Tensor {
    return this.steps.reduce((images, step) => step.call(images, { training: true }), x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.factors };
  }
}

registerLayer('RandomColorJitter', RandomColorJitter);

/**
 * Changes brightness, contrast, saturation and hue of each image while training, in this order; those whose factor is not given stay. Source:
 * Keras 3, keras.layers.RandomColorJitter.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomColorJitter({ brightnessFactor: 0.2, hueFactor: 0.1 });
 */
export function randomColorJitter<const F extends DataFormat = 'channelsLast'>(
  options?: RandomColorJitterOptions<F>,
): RandomColorJitter<ImageShape<'randomColorJitter', F>> {
  return new RandomColorJitter(options);
}
