/** Light values turned to their opposites. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { type Pair, rescaled, type RandomFactorOptions, upTo, valuedReaders, ValuedImage } from './random-factor.js';
import type { Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.solarization`. */
export interface SolarizationOptions<F extends DataFormat = DataFormat> extends Omit<RandomFactorOptions<F>, 'factor'> {
  /** What is added first, as a share of the range: f for from 0 to f, or [lowest, highest]; 0. */
  additionFactor?: Range;
  /** From where on values are turned, likewise; 0. */
  thresholdFactor?: Range;
}

const factor = optional(upTo(1), [0, 0] as Pair);
const readers = { ...valuedReaders, additionFactor: factor, thresholdFactor: factor };

/** Each image with its values above a threshold inverted. */
export class Solarization<F extends ShapeFn = AnyShape> extends ValuedImage<F> {
  private readonly factors: { additionFactor: Pair; thresholdFactor: Pair };

  constructor(options?: SolarizationOptions) {
    const { additionFactor, thresholdFactor, ...read } = readOptions('solarization', options, readers);
    super(read);
    this.factors = { additionFactor, thresholdFactor };
  }

  override get className(): string {
    return 'Solarization';
  }

  protected override augment(x: Tensor): Tensor {
    const { additionFactor, thresholdFactor } = this.factors;
    const light = ops.clip(ops.add(rescaled(x, this.valueRange, [0, 1]), this.draw(x, ...additionFactor)), 0, 1);
    const turned = ops.where(ops.less(light, this.draw(x, ...thresholdFactor)), light, ops.subtract(1, light));
    return rescaled(turned, [0, 1], this.valueRange);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.factors };
  }
}

registerLayer('Solarization', Solarization);

/**
 * Makes each image lighter while training, then turns values from a threshold on to their opposites. Both factors are shares of the whole range
 * (Keras 3.15 takes the lower end of a range as a number of 255). Source: Keras 3, keras.layers.Solarization.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.solarization({ additionFactor: 0.1, thresholdFactor: [0.5, 1] });
 */
export function solarization<const F extends DataFormat = 'channelsLast'>(
  options?: SolarizationOptions<F>,
): Solarization<ImageShape<'solarization', F>> {
  return new Solarization(options);
}
