/** Images moved by chance. */
import * as ops from '../ops/index.js';
import { type Config, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { bounds, MovedImage, type MovedImageOptions, movedImageReaders, type Range, range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomTranslation`. */
export interface RandomTranslationOptions<F extends DataFormat = DataFormat> extends MovedImageOptions<F> {
  /** Part of the height: f for from -f to f, or [lowest, highest]; positive ones move down. */
  heightFactor: Range;
  /** Part of the width; positive ones move to the right. */
  widthFactor: Range;
}

const readers = { ...movedImageReaders, heightFactor: range(-1, 1), widthFactor: range(-1, 1) };

/** Each image moved by a way of its own. */
export class RandomTranslation<F extends ShapeFn = AnyShape> extends MovedImage<F> {
  private readonly heightFactor: Range;
  private readonly widthFactor: Range;

  constructor(options: RandomTranslationOptions) {
    const { heightFactor, widthFactor, ...read } = readOptions('randomTranslation', options, readers);
    super(read);
    this.heightFactor = heightFactor;
    this.widthFactor = widthFactor;
  }

  override get className(): string {
    return 'RandomTranslation';
  }

  protected override transform(x: Tensor, h: number, w: number): readonly (Tensor | number)[] {
    const [down, right] = [bounds(this.heightFactor), bounds(this.widthFactor)];
    const y = this.draw(x, down[0] * h, down[1] * h);
    return [1, 0, ops.negative(this.draw(x, right[0] * w, right[1] * w)), 0, 1, ops.negative(y)];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor };
  }
}

registerLayer('RandomTranslation', RandomTranslation);

/**
 * Moves each image up or down and to the left or right while training. Source: Keras 3, keras.layers.RandomTranslation.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomTranslation(0.1, 0.1);
 * layers.randomTranslation([0, 0.2], 0.1, { fillMode: 'constant' });
 */
export function randomTranslation<const F extends DataFormat = 'channelsLast'>(
  heightFactor: Range,
  widthFactor: Range,
  options?: Omit<RandomTranslationOptions<F>, 'heightFactor' | 'widthFactor'>,
): RandomTranslation<ImageShape<'randomTranslation', F>>;
export function randomTranslation<const F extends DataFormat = 'channelsLast'>(
  options: RandomTranslationOptions<F>,
): RandomTranslation<ImageShape<'randomTranslation', F>>;
export function randomTranslation(
  heightFactor: Range | RandomTranslationOptions,
  widthFactor?: Range,
  options?: object,
): RandomTranslation {
  const named = typeof heightFactor === 'object' && !Array.isArray(heightFactor);
  return new RandomTranslation(
    named ? (heightFactor as RandomTranslationOptions) : { ...options, heightFactor: heightFactor as Range, widthFactor: widthFactor! },
  );
}
