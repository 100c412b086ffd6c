/** A few changes of each image, chosen among many by chance. */
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { FactorImage, type Pair, type RandomFactorOptions, upTo, valuedReaders } from './random-factor.js';
import { Policy } from './random-policy.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randAugment`. */
export interface RandAugmentOptions<F extends DataFormat = DataFormat> extends Partial<RandomFactorOptions<F>> {
  /** Changes one after the other; 2. */
  numOps?: number;
  interpolation?: 'nearest' | 'bilinear';
}

const readers = {
  ...valuedReaders,
  factor: optional(upTo(1), [0, 0.5] as Pair),
  numOps: optional(whole(), 2),
  interpolation: optional(oneOf('nearest', 'bilinear'), 'bilinear' as const),
};

/** Each image changed several times. */
export class RandAugment<F extends ShapeFn = AnyShape> extends FactorImage<F> {
  private readonly numOps: number;
  private readonly interpolation: 'nearest' | 'bilinear';
  private readonly policy: Policy;

  constructor(options?: RandAugmentOptions) {
    const { numOps, interpolation, ...read } = readOptions('randAugment', options, readers);
    super(read);
    this.numOps = numOps;
    this.interpolation = interpolation;
    const { factor, valueRange, dataFormat, name } = this;
    this.policy = new Policy({ factor, valueRange, interpolation, dataFormat, name, light: true });
    for (const part of [...this.policy.moves, ...this.policy.steps]) this.adopt(part);
  }

  override get className(): string {
    return 'RandAugment';
  }

  protected override augment(x: Tensor): Tensor {
    let images = x;
    for (let i = 0; i < this.numOps; i++) images = this.policy.apply(images, ops.floor(this.draw(x, 0, this.policy.size)));
    return images;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), numOps: this.numOps, interpolation: this.interpolation };
  }
}

registerLayer('RandAugment', RandAugment);

/**
 * Changes each image in `numOps` ways while training, each time by one of shear, translation, rotation, posterization, solarization, contrast
 * spread or equalized, brightness, colour, contrast and sharpness, no stronger than `factor`: RandAugment of Cubuk et al., 2019. Each image
 * has changes of its own (one choice for the batch in Keras 3.15). Source: Keras 3, keras.layers.RandAugment.
 *
 * Shapes: [batch, height, width, 3], kept; a ShapeError for other than three channels.
 *
 * @example
 * layers.randAugment({ valueRange: [0, 1], numOps: 2, factor: 0.3 });
 */
export function randAugment<const F extends DataFormat = 'channelsLast'>(
  options?: RandAugmentOptions<F>,
): RandAugment<ImageShape<'randAugment', F>> {
  return new RandAugment(options);
}
