/** Samples with a piece of others. */
import * as ops from '../ops/index.js';
import { type Config, optional, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { MixedShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { MixedImages, type Mixture } from './mixed-images.js';
import { type Pair, upTo } from './random-factor.js';
import { type RandomImageOptions, randomImageReaders, type Range } from './random-image.js';
import { registerLayer } from './registry.js';

/** Options of `layers.cutMix`. */
export interface CutMixOptions<F extends DataFormat = DataFormat> extends RandomImageOptions<F> {
  /**
   * Both parameters of the beta distribution that the shares of the pieces come from, from 0 to 1: f for from 0 to f, or [lowest, highest];
   * each image gets its own. 1.
   */
  factor?: Range;
}

const readers = { ...randomImageReaders, factor: optional(upTo(1), [0, 1] as Pair) };

/** Each sample with a rectangle of another one of its batch. */
export class CutMix<F extends ShapeFn = AnyShape> extends MixedImages<F> {
  private readonly factor: Pair;

  constructor(options?: CutMixOptions) {
    const { factor, ...read } = readOptions('cutMix', options, readers);
    super(read);
    this.factor = factor;
  }

  override get className(): string {
    return 'CutMix';
  }

  protected override mix(x: Tensor): Mixture {
    const batch = x.shape[0]!;
    const { order, others } = this.partners(x);
    const each = [batch, 1, 1, 1];
    const alpha = ops.add(this.uniform(x, each, ...this.factor), 1e-6);
    const kept = ops.random.beta(each, alpha, alpha, { dtype: x.dtype as 'float32', ...this.source });
    const ratio = ops.sqrt(ops.subtract(1, kept));
    const within = (axis: number): Tensor => {
      const size = x.shape[axis]!;
      const length = ops.multiply(ratio, size);
      const start = ops.multiply(this.draw(x, 0, 1), ops.subtract(size, length));
      const shape = x.shape.map((_, i) => (i === axis ? size : 1));
      const places = ops.reshape(ops.arange(0, size, 1, x.dtype), shape);
      return ops.logicalAnd(ops.greaterEqual(places, start), ops.less(places, ops.add(start, length)));
    };
    const [rows, columns] = this.sides.map(within) as [Tensor, Tensor];
    const piece = ops.logicalAnd(rows, columns);
    // Of whole pixels, as they were taken.
    const share = ops.subtract(1, ops.reshape(ops.mean(ops.cast(piece, x.dtype), [1, 2, 3]), [batch]));
    return { images: ops.where(piece, others, x), share, order };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}

registerLayer('CutMix', CutMix);

/**
 * Puts a rectangle of another image of the batch into each image while training, and mixes labels by the pixels that were taken (Keras 3.15: by
 * the area before it becomes whole pixels): CutMix of Yun et al., 2019. Given `[images, labels]`, it answers with both; labels are
 * probabilities, one row a sample. Source: Keras 3, keras.layers.CutMix.
 *
 * Shapes: [batch, height, width, channels], kept; labels [batch, ...], kept.
 *
 * @example
 * const cut = layers.cutMix([1, 1]);
 * const [x, y] = cut.apply([images, ops.oneHot(classes, 10)], { training: true });
 */
export function cutMix<const F extends DataFormat = 'channelsLast'>(
  factor?: Range,
  options?: Omit<CutMixOptions<F>, 'factor'>,
): CutMix<MixedShape<'cutMix', F>>;
export function cutMix<const F extends DataFormat = 'channelsLast'>(options: CutMixOptions<F>): CutMix<MixedShape<'cutMix', F>>;
export function cutMix(factor?: Range | CutMixOptions, options?: object): CutMix {
  return new CutMix(shortForm<CutMixOptions>(factor, 'factor', options));
}
