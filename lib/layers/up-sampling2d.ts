/** Images enlarged by whole factors. */
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { UpSamplingShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Pair } from '../types/messages.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import type { LayerOptions } from './layer.js';
import { registerLayer } from './registry.js';
import { UpSampling, upSamplingReaders } from './up-sampling.js';

/** Options of `layers.upSampling2d`. */
export interface UpSampling2dOptions<Z extends Pair = Pair, F extends DataFormat = DataFormat> extends LayerOptions {
  /** How much larger both sides become, or [height, width]; 2. */
  size?: Z;
  dataFormat?: F;
  /** How the new pixels are made; 'nearest' repeats the old ones. */
  interpolation?: ops.image.Interpolation;
}

const readers = {
  ...upSamplingReaders(2),
  interpolation: optional(oneOf('nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'), 'nearest' as const),
};

/** Each pixel several times, or pixels in between. */
export class UpSampling2D<F extends ShapeFn = AnyShape> extends UpSampling<F> {
  private readonly interpolation: ops.image.Interpolation;

  constructor(options?: UpSampling2dOptions) {
    const { interpolation, ...read } = readOptions('upSampling2d', options, readers);
    super(2, read);
    this.interpolation = interpolation;
  }

  override get className(): string {
    return 'UpSampling2D';
  }

  override call(x: Tensor): Tensor {
    const { interpolation } = this;
    const { size, dataFormat } = this.settings;
    if (interpolation === 'nearest') return super.call(x);
    const first = dataFormat === 'channelsFirst' ? 2 : 1;
    const sides = [x.shape[first]! * size[0]!, x.shape[first + 1]! * size[1]!] as const;
    return ops.image.resize(x, sides, { interpolation, dataFormat });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), interpolation: this.interpolation };
  }
}

registerLayer('UpSampling2D', UpSampling2D);

/**
 * Makes images `size` times as large: each pixel is repeated, or new ones are made by `interpolation`.
 * Source: Keras 3, keras.layers.UpSampling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, height * size, width * size, channels].
 *
 * @example
 * layers.upSampling2d(2);
 * layers.upSampling2d([2, 3], { interpolation: 'bilinear' });
 */
export function upSampling2d<const Z extends Pair = 2, const F extends DataFormat = 'channelsLast'>(
  size?: Z,
  options?: Omit<UpSampling2dOptions<Z, F>, 'size'>,
): UpSampling2D<UpSamplingShape<'upSampling2d', 2, Z, F>>;
export function upSampling2d<const Z extends Pair = 2, const F extends DataFormat = 'channelsLast'>(
  options: UpSampling2dOptions<Z, F>,
): UpSampling2D<UpSamplingShape<'upSampling2d', 2, Z, F>>;
export function upSampling2d(size?: Pair | UpSampling2dOptions, options?: object): UpSampling2D {
  return new UpSampling2D(shortForm<UpSampling2dOptions>(size, 'size', options));
}
