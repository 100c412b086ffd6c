/** Images turned by chance. */
import * as ops from '../ops/index.js';
import { type Config, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { bounds, MovedImage, type MovedImageOptions, movedImageReaders, type Range, range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomRotation`. */
export interface RandomRotationOptions<F extends DataFormat = DataFormat> extends MovedImageOptions<F> {
  /** Part of a whole turn: f for from -f to f, or [lowest, highest]; positive ones are counter-clockwise. */
  factor: Range;
}

const readers = { ...movedImageReaders, factor: range(-1, 1) };

/** Each image turned by an angle of its own. */
export class RandomRotation<F extends ShapeFn = AnyShape> extends MovedImage<F> {
  private readonly factor: Range;

  constructor(options: RandomRotationOptions) {
    const { factor, ...read } = readOptions('randomRotation', options, readers);
    super(read);
    this.factor = factor;
  }

  override get className(): string {
    return 'RandomRotation';
  }

  protected override transform(x: Tensor, h: number, w: number): readonly Tensor[] {
    const [low, high] = bounds(this.factor);
    const angle = this.draw(x, low * 2 * Math.PI, high * 2 * Math.PI);
    const [cos, sin] = [ops.cos(angle), ops.sin(angle)];
    // The middle of the image stays where it is.
    const [right, down] = [(w - 1) / 2, (h - 1) / 2];
    const across = ops.add(ops.subtract(right, ops.multiply(cos, right)), ops.multiply(sin, down));
    const along = ops.subtract(ops.subtract(down, ops.multiply(sin, right)), ops.multiply(cos, down));
    return [cos, ops.negative(sin), across, sin, cos, along];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}

registerLayer('RandomRotation', RandomRotation);

/**
 * Turns each image about its middle while training, by an angle of its own. Source: Keras 3, keras.layers.RandomRotation.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomRotation(0.1);   // up to 36 degrees to either side
 */
export function randomRotation<const F extends DataFormat = 'channelsLast'>(
  factor: Range,
  options?: Omit<RandomRotationOptions<F>, 'factor'>,
): RandomRotation<ImageShape<'randomRotation', F>>;
export function randomRotation<const F extends DataFormat = 'channelsLast'>(
  options: RandomRotationOptions<F>,
): RandomRotation<ImageShape<'randomRotation', F>>;
export function randomRotation(factor: Range | RandomRotationOptions, options?: object): RandomRotation {
  const named = typeof factor === 'object' && !Array.isArray(factor);
  return new RandomRotation(named ? (factor as RandomRotationOptions) : { ...options, factor: factor as Range });
}
