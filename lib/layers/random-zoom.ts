/** Images enlarged or made smaller by chance. */
import * as ops from '../ops/index.js';
import { type Config, nullable, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { bounds, MovedImage, type MovedImageOptions, movedImageReaders, type Range, range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.randomZoom`. */
export interface RandomZoomOptions<F extends DataFormat = DataFormat> extends MovedImageOptions<F> {
  /** f for from -f to f, or [lowest, highest]: 0.2 shows 20 % more, -0.2 as much less. */
  heightFactor: Range;
  /** Of the width; by itself that of the height, so that proportions stay. */
  widthFactor?: Range | null;
}

const readers = { ...movedImageReaders, heightFactor: range(-1, 1, true), widthFactor: nullable(range(-1, 1, true)) };

/** Each image zoomed about its middle. */
export class RandomZoom<F extends ShapeFn = AnyShape> extends MovedImage<F> {
  private readonly heightFactor: Range;
  private readonly widthFactor: Range | null;

  constructor(options: RandomZoomOptions) {
    const { heightFactor, widthFactor, ...read } = readOptions('randomZoom', options, readers);
    super(read);
    this.heightFactor = heightFactor;
    this.widthFactor = widthFactor;
  }

  override get className(): string {
    return 'RandomZoom';
  }

  protected override transform(x: Tensor, h: number, w: number): readonly (Tensor | number)[] {
    const zoom = (factor: Range): Tensor => {
      const [low, high] = bounds(factor);
      return this.draw(x, 1 + low, 1 + high);
    };
    const down = zoom(this.heightFactor);
    const right = this.widthFactor === null ? down : zoom(this.widthFactor);
    const middle = (side: number, factor: Tensor): Tensor => ops.multiply(ops.subtract(1, factor), (side - 1) / 2);
    return [right, 0, middle(w, right), 0, down, middle(h, down)];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor };
  }
}

registerLayer('RandomZoom', RandomZoom);

/**
 * Shows more or less of each image while training; positive factors make what is seen smaller. Source: Keras 3, keras.layers.RandomZoom.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.randomZoom(0.2);
 * layers.randomZoom([-0.2, 0], { widthFactor: 0 });
 */
export function randomZoom<const F extends DataFormat = 'channelsLast'>(
  heightFactor: Range,
  options?: Omit<RandomZoomOptions<F>, 'heightFactor'>,
): RandomZoom<ImageShape<'randomZoom', F>>;
export function randomZoom<const F extends DataFormat = 'channelsLast'>(
  options: RandomZoomOptions<F>,
): RandomZoom<ImageShape<'randomZoom', F>>;
export function randomZoom(heightFactor: Range | RandomZoomOptions, options?: object): RandomZoom {
  const named = typeof heightFactor === 'object' && !Array.isArray(heightFactor);
  return new RandomZoom(named ? (heightFactor as RandomZoomOptions) : { ...options, heightFactor: heightFactor as Range });
}
