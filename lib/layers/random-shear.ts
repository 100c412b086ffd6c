/** Images slanted by chance. */
import * as ops from '../ops/index.js';
import { type Config, optional, type Read, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { bounds, MovedImage, type MovedImageOptions, movedImageReaders, type Range, range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomShear`. */
export interface RandomShearOptions<F extends DataFormat = DataFormat> extends MovedImageOptions<F> {
  /** Pixels to the side for each row further down: f for from -f to f, or [lowest, highest], then to either side; 0. */
  xFactor?: Range;
  /** Pixels down for each column further right; 0. */
  yFactor?: Range;
}

const readers = { ...movedImageReaders, xFactor: optional(range(-1, 1), 0), yFactor: optional(range(-1, 1), 0) };

/** Each image slanted about its upper left corner. */
export class RandomShear<F extends ShapeFn = AnyShape> extends MovedImage<F> {
  private readonly factors: Pick<Read<typeof readers>, 'xFactor' | 'yFactor'>;

  constructor(options?: RandomShearOptions) {
    const { xFactor, yFactor, ...read } = readOptions('randomShear', options, readers);
    super(read);
    this.factors = { xFactor, yFactor };
  }

  override get className(): string {
    return 'RandomShear';
  }

  protected override transform(x: Tensor): readonly (Tensor | number)[] {
    const side = ops.where(ops.less(this.draw(x, 0, 1), 0.5), 1, -1);
    const slant = (factor: Range): Tensor => ops.multiply(this.draw(x, ...bounds(factor)), ops.cast(side, x.dtype));
    return [1, slant(this.factors.xFactor), 0, slant(this.factors.yFactor), 1, 0];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.factors };
  }
}

registerLayer('RandomShear', RandomShear);

/**
 * Slants each image while training. Source: Keras 3, keras.layers.RandomShear.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomShear(0.2);
 * layers.randomShear({ xFactor: 0.2, yFactor: 0.1 });
 */
export function randomShear<const F extends DataFormat = 'channelsLast'>(
  xFactor?: Range,
  options?: Omit<RandomShearOptions<F>, 'xFactor'>,
): RandomShear<ImageShape<'randomShear', F>>;
export function randomShear<const F extends DataFormat = 'channelsLast'>(
  options: RandomShearOptions<F>,
): RandomShear<ImageShape<'randomShear', F>>;
export function randomShear(xFactor?: Range | RandomShearOptions, options?: object): RandomShear {
  return new RandomShear(shortForm<RandomShearOptions>(xFactor, 'xFactor', options));
}
