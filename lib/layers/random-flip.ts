/** Images turned over by chance. */
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { RandomImage, type RandomImageOptions, randomImageReaders } from './random-image.js';
import { registerLayer } from './registry.js';

type Mode = 'horizontal' | 'vertical' | 'horizontalAndVertical';

/** Options of `layers.randomFlip`. */
export interface RandomFlipOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** Left and right, top and bottom, or both (the default), each by its own chance. */
  mode?: Mode;
}

const readers = {
  ...randomImageReaders,
  mode: optional(oneOf('horizontal', 'vertical', 'horizontalAndVertical'), 'horizontalAndVertical' as const),
};

/** Half of the images turned over. */
export class RandomFlip<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly mode: Mode;

  constructor(options?: RandomFlipOptions) {
    const { mode, ...read } = readOptions('randomFlip', options, readers);
    super(read);
    this.mode = mode;
  }

  override get className(): string {
    return 'RandomFlip';
  }

  protected override augment(x: Tensor): Tensor {
    const flipped = (images: Tensor, axis: number): Tensor => ops.where(ops.less(this.draw(x, 0, 1), 0.5), ops.flip(images, axis), images);
    const [height, width] = this.sides;
    const wide = this.mode === 'vertical' ? x : flipped(x, width);
    return this.mode === 'horizontal' ? wide : flipped(wide, height);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), mode: this.mode };
  }
}

registerLayer('RandomFlip', RandomFlip);

/**
 * Turns over half of the images while training: left and right, top and bottom, or both, each by a chance of its own (one for both in Keras
 * 3.15). Source: Keras 3, keras.layers.RandomFlip.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomFlip('horizontal');
 */
export function randomFlip<const F extends DataFormat = 'channelsLast'>(
  mode?: Mode,
  options?: Omit<RandomFlipOptions<F>, 'mode'>,
): RandomFlip<ImageShape<'randomFlip', F>>;
export function randomFlip<const F extends DataFormat = 'channelsLast'>(
  options: RandomFlipOptions<F>,
): RandomFlip<ImageShape<'randomFlip', F>>;
export function randomFlip(mode?: Mode | RandomFlipOptions, options?: object): RandomFlip {
  return new RandomFlip(shortForm<RandomFlipOptions>(mode, 'mode', options));
}
