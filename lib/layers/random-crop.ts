/** Parts of images, chosen by chance. */
import * as ops from '../ops/index.js';
import { type Config, type Read, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SizedImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { CallOptions } from './layer.js';
import { RandomImage, type RandomImageOptions, randomImageReaders } from './random-image.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { gridOf, gridShape } from './window.js';

/** Options of `layers.randomCrop`. */
export interface RandomCropOptions<
  H extends number = number,
  W extends number = number,
  F extends DataFormat = DataFormat,
> extends RandomImageOptions<F> {
  height: H;
  width: W;
}

const readers = { ...randomImageReaders, height: whole(), width: whole() };

/** A part of each image, from a place of its own. */
export class RandomCrop<F extends ShapeFn = AnyShape> extends RandomImage<F> {
  private readonly size: Pick<Read<typeof readers>, 'height' | 'width'>;

  constructor(options: RandomCropOptions) {
    const { height, width, ...read } = readOptions('randomCrop', options, readers);
    super(read);
    this.size = { height, width };
  }

  override get className(): string {
    return 'RandomCrop';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { height, width } = this.size;
    return gridShape({ ...gridOf('randomCrop', inputShape, this.dataFormat, 2), sides: [height, width] }, this.dataFormat);
  }

  override call(x: Tensor, { training = false }: CallOptions): Tensor {
    const { height, width } = this.size;
    const [h, w] = this.sides.map((axis) => x.shape[axis]!) as [number, number];
    if (training && h >= height && w >= width) return this.augment(x);
    return ops.image.resize(x, [height, width], { cropToAspectRatio: true, dataFormat: this.dataFormat });
  }

  protected override augment(x: Tensor): Tensor {
    const { height, width } = this.size;
    const [rowAxis, columnAxis] = this.sides;
    // The first row of each image is a number from 0 to what is left over, and likewise its first column.
    const places = (axis: number, size: number): Tensor => {
      const first = ops.cast(ops.floor(this.draw(x, 0, x.shape[axis]! - size + 1)), 'int32');
      const shape = x.shape.map((_, i) => (i === axis ? size : 1));
      return ops.add(first, ops.reshape(ops.arange(0, size, 1, 'int32'), shape));
    };
    const [rows, columns] = [places(rowAxis, height), places(columnAxis, width)];
    const along = (images: Tensor, at: Tensor, axis: number): Tensor => {
      const shape = images.shape.map((dim, i) => (i === axis ? at.shape[axis]! : dim));
      return ops.takeAlongAxis(images, ops.broadcastTo(at, shape), axis);
    };
    return along(along(x, rows, rowAxis), columns, columnAxis);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.size };
  }
}

registerLayer('RandomCrop', RandomCrop);

/**
 * Cuts a part out of each image while training, from a place of its own (one place for the batch in Keras 3.15). Otherwise, and for images
 * that are smaller, the largest middle part of the same proportions is resized. Source: Keras 3, keras.layers.RandomCrop.
 *
 * Shapes: [batch, any height, any width, channels] to [batch, height, width, channels].
 *
 * @example
 * layers.randomCrop(24, 24);
 */
export function randomCrop<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  height: H,
  width: W,
  options?: Omit<RandomCropOptions<H, W, F>, 'height' | 'width'>,
): RandomCrop<SizedImageShape<'randomCrop', H, W, F>>;
export function randomCrop<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  options: RandomCropOptions<H, W, F>,
): RandomCrop<SizedImageShape<'randomCrop', H, W, F>>;
export function randomCrop(height: number | RandomCropOptions, width?: number, options?: object): RandomCrop {
  return new RandomCrop(shortForm(height, 'height', { ...options, width }));
}
