/** Samples blended with others. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { MixedShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { blend, MixedImages, type Mixture } from './mixed-images.js';
import { type RandomImageOptions, randomImageReaders } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.mixUp`. */
export interface MixUpOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /** Both parameters of the beta distribution that shares come from: the smaller, the less is mixed; 0.2. */
  alpha?: number;
}

const readers = { ...randomImageReaders, alpha: optional(real({ above: 0 }), 0.2) };

/** Each sample blended with another one of its batch. */
export class MixUp<F extends ShapeFn = AnyShape> extends MixedImages<F> {
  private readonly alpha: number;

  constructor(options?: MixUpOptions) {
    const { alpha, ...read } = readOptions('mixUp', options, readers);
    super(read);
    this.alpha = alpha;
  }

  override get className(): string {
    return 'MixUp';
  }

  protected override mix(x: Tensor): Mixture {
    const { order, others } = this.partners(x);
    const share = ops.random.beta([x.shape[0]!], this.alpha, this.alpha, { dtype: x.dtype as 'float32', ...this.source });
    return { images: blend(x, others, ops.reshape(share, [x.shape[0]!, 1, 1, 1])), share, order };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}

registerLayer('MixUp', MixUp);

/**
 * Blends each image with another one of its batch while training, and labels by the same share: mixup of Zhang et al., 2017. Given
 * `[images, labels]`, it answers with both; labels are probabilities, one row a sample. Source: Keras 3, keras.layers.MixUp.
 *
 * Shapes: [batch, height, width, channels], kept; labels [batch, ...], kept.
 *
 * @example
 * const mix = layers.mixUp(0.2);
 * const [x, y] = mix.apply([images, ops.oneHot(classes, 10)], { training: true });
 * const mixed = batches.map(([x, y]) => mix.apply([tensor(x.data, x.shape), tensor(y.data, y.shape)], { training: true }));
 */
export function mixUp<const F extends DataFormat = 'channelsLast'>(
  alpha?: number,
  options?: Omit<MixUpOptions<F>, 'alpha'>,
): MixUp<MixedShape<'mixUp', F>>;
export function mixUp<const F extends DataFormat = 'channelsLast'>(options: MixUpOptions<F>): MixUp<MixedShape<'mixUp', F>>;
export function mixUp(alpha?: number | MixUpOptions, options?: object): MixUp {
  return new MixUp(shortForm<MixUpOptions>(alpha, 'alpha', options));
}
