/** Shades spread tile by tile. */
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { type Config, optional, pair, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { type AutoContrastOptions, SpreadImage, spreadReaders } from './auto-contrast.js';
import type { DataFormat } from './defaults.js';
import { type Pair, rescaled } from './random-factor.js';
import { registerLayer } from './registry.js';

/** Options of `layers.contrastLimitedAdaptiveHistogramEqualization`. */
export interface ContrastLimitedAdaptiveHistogramEqualizationOptions<F extends DataFormat = DataFormat> extends AutoContrastOptions<F> {
  /** How many times its even share one shade of a tile counts at most, which keeps noise down; 4. None where it is not above 0. */
  clipLimit?: number;
  /** Tiles down and across; [8, 8]. */
  tileGridSize?: number | Pair;
}

const readers = { ...spreadReaders, clipLimit: optional(real(), 4), tileGridSize: optional(pair(), [8, 8] as Pair) };

const SHADES = 256;

/** One side of an image cut into tiles. */
class Side {
  readonly length: number;
  /** Places of the tiles' pixels in the image; the last tiles go on in its mirror image. */
  readonly places: number[];

  constructor(
    readonly size: number,
    readonly tiles: number,
  ) {
    this.length = Math.ceil(size / tiles);
    this.places = Array.from({ length: this.length * tiles }, (_, i) => {
      const turn = i % (2 * size);
      return turn < size ? turn : 2 * size - 1 - turn;
    });
  }

  /** For each pixel of the image where it lies between the middles of tiles: the one before, the one after, and how far it is on its way. */
  between(): { before: number[]; after: number[]; share: number[] } {
    const at = Array.from({ length: this.size }, (_, i) => (i - this.length / 2) / this.length);
    const inside = (tile: number): number => Math.min(Math.max(tile, 0), this.tiles - 1);
    return {
      before: at.map((place) => inside(Math.floor(place))),
      after: at.map((place) => inside(Math.floor(place) + 1)),
      share: at.map((place) => place - Math.floor(place)),
    };
  }
}

/** Each tile's shades moved so that all of them are about as frequent, and tiles blended into one another. */
export class ContrastLimitedAdaptiveHistogramEqualization<F extends ShapeFn = AnyShape> extends SpreadImage<F> {
  private readonly clipLimit: number;
  private readonly tileGridSize: Pair;

  constructor(options?: ContrastLimitedAdaptiveHistogramEqualizationOptions) {
    const { clipLimit, tileGridSize, ...read } = readOptions('contrastLimitedAdaptiveHistogramEqualization', options, readers);
    super(read);
    this.clipLimit = clipLimit;
    this.tileGridSize = tileGridSize;
  }

  override get className(): string {
    return 'ContrastLimitedAdaptiveHistogramEqualization';
  }

  /** What each shade becomes, for each tile and channel: the share of the tile that is as dark, [..., shades] in one row. */
  private table(counts: Tensor, pixels: number): Tensor {
    const limit = (this.clipLimit * pixels) / SHADES;
    let even = counts;
    if (this.clipLimit > 0) {
      const cut = ops.minimum(counts, limit);
      even = ops.add(cut, ops.divide(ops.sum(ops.subtract(counts, cut), 1, true), SHADES));
    }
    const upTo = ops.cumsum(even, 1);
    const darkest = ops.min(upTo, 1, true);
    const rest = ops.subtract(pixels, darkest);
    const share = ops.divide(ops.multiply(ops.subtract(upTo, darkest), 255), ops.where(ops.equal(rest, 0), 1, rest));
    return ops.reshape(ops.clip(share, 0, 255), [-1]);
  }

  override call(x: Tensor): Tensor {
    const first = this.dataFormat === 'channelsFirst';
    const images = first ? ops.transpose(x, { axes: [0, 2, 3, 1] }) : x;
    const [batch, height, width, channels] = images.shape as readonly [number, number, number, number];
    const [down, across] = [new Side(height, this.tileGridSize[0]), new Side(width, this.tileGridSize[1])];
    const shades = ops.cast(ops.clip(rescaled(images, this.valueRange, [0, 255]), 0, 255), 'int32');

    // A row of the table is a channel of a tile of an image.
    const steps = [down.tiles * across.tiles * channels, across.tiles * channels, channels, 1].map((step) => step * SHADES);
    const along = (axis: number, values: readonly number[]): Tensor =>
      constantArray(
        values.map((value) => value * steps[axis]!),
        images.shape.map((_, i) => (i === axis ? values.length : 1)),
        'int32',
        x,
      );
    const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
    const each = ops.add(along(0, count(batch)), along(3, count(channels)));
    const own = (side: Side): number[] => side.places.map((_, i) => Math.floor(i / side.length));
    const whole = (indices: readonly number[]): Tensor => constantArray(indices, [indices.length], 'int32', x);
    const tiled = ops.take(ops.take(shades, whole(down.places), 1), whole(across.places), 2);
    const bins = ops.add(ops.add(tiled, each), ops.add(along(1, own(down)), along(2, own(across))));
    const rows = batch * down.tiles * across.tiles * channels;
    const counts = ops.bincount(ops.reshape(bins, [-1]), { minlength: rows * SHADES });
    const table = this.table(ops.reshape(ops.cast(counts, x.dtype), [rows, SHADES]), down.length * across.length);

    const [vertical, horizontal] = [down.between(), across.between()];
    const share = (values: readonly number[], shape: readonly number[]): Tensor => constantArray(values, shape, x.dtype, x);
    const wide = share(horizontal.share, [1, 1, width, 1]);
    const places = ops.add(shades, each);
    const line = (tiles: readonly number[]): Tensor => {
      const inLine = ops.add(places, along(1, tiles));
      const [left, right] = [horizontal.before, horizontal.after].map((one) => ops.take(table, ops.add(inLine, along(2, one))));
      return ops.add(left!, ops.multiply(ops.subtract(right!, left!), wide));
    };
    const [above, below] = [line(vertical.before), line(vertical.after)];
    const blended = ops.add(above, ops.multiply(ops.subtract(below, above), share(vertical.share, [1, height, 1, 1])));
    const result = rescaled(blended, [0, 255], this.valueRange);
    return first ? ops.transpose(result, { axes: [0, 3, 1, 2] }) : result;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), clipLimit: this.clipLimit, tileGridSize: this.tileGridSize };
  }
}

registerLayer('ContrastLimitedAdaptiveHistogramEqualization', ContrastLimitedAdaptiveHistogramEqualization);

/**
 * Brings out the contrast of every part of images, in training and out of it: shades are spread within tiles, no shade by more than
 * `clipLimit` allows, and every pixel is blended from the four tiles around it. Source: Keras 3,
 * keras.layers.ContrastLimitedAdaptiveHistogramEqualization.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.contrastLimitedAdaptiveHistogramEqualization({ valueRange: [0, 1], tileGridSize: 4 });
 */
export function contrastLimitedAdaptiveHistogramEqualization<const F extends DataFormat = 'channelsLast'>(
  options?: ContrastLimitedAdaptiveHistogramEqualizationOptions<F>,
): ContrastLimitedAdaptiveHistogramEqualization<ImageShape<'contrastLimitedAdaptiveHistogramEqualization', F>> {
  return new ContrastLimitedAdaptiveHistogramEqualization(options);
}
