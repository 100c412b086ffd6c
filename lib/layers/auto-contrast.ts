/** Values of images spread over the whole range. */
import * as ops from '../ops/index.js';
import { type Config, optional, type Read, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { type Pair, rescaled, valueRange } from './random-factor.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf } from './window.js';

/** Options of `layers.autoContrast`. */
export interface AutoContrastOptions<F extends DataFormat = DataFormat> extends LayerOptions {
  /** Black and white; [0, 255]. */
  valueRange?: Pair;
  dataFormat?: F;
}

/** Options of `layers.equalization`. */
export interface EqualizationOptions<F extends DataFormat = DataFormat> extends AutoContrastOptions<F> {
  /** Shades that are told apart; 256. */
  bins?: number;
}

export const spreadReaders = { ...layerReaders, valueRange: optional(valueRange, [0, 255] as Pair), dataFormat: dataFormatReader };
const equalizationReaders = { ...spreadReaders, bins: optional(whole(2), 256) };

/** Images of which each channel is spread over the range, while training or not. */
export abstract class SpreadImage<F extends ShapeFn> extends Layer<F> {
  protected readonly valueRange: Pair;
  protected readonly dataFormat: DataFormat;

  constructor(read: Read<typeof spreadReaders>) {
    super(common(read));
    this.valueRange = read.valueRange;
    this.dataFormat = read.dataFormat;
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    gridOf(this.kind, inputShape, this.dataFormat, 2);
    return inputShape as BatchShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), valueRange: this.valueRange, dataFormat: this.dataFormat };
  }
}

/** The darkest value of each channel made black, the lightest white. */
export class AutoContrast<F extends ShapeFn = AnyShape> extends SpreadImage<F> {
  constructor(options?: AutoContrastOptions) {
    super(readOptions('autoContrast', options, spreadReaders));
  }

  override get className(): string {
    return 'AutoContrast';
  }

  override call(x: Tensor): Tensor {
    const [black, white] = this.valueRange;
    const sides = this.dataFormat === 'channelsFirst' ? [2, 3] : [1, 2];
    const low = ops.min(x, sides, true);
    const range = ops.subtract(ops.max(x, sides, true), low);
    const lit = ops.greater(range, 0);
    const spread = ops.divide(ops.multiply(ops.subtract(x, low), white - black), ops.where(lit, range, 1));
    return ops.where(lit, ops.clip(ops.add(spread, black), black, white), x);
  }
}

/** Each channel's shades moved so that all of them are about as frequent. */
export class Equalization<F extends ShapeFn = AnyShape> extends SpreadImage<F> {
  private readonly bins: number;

  constructor(options?: EqualizationOptions) {
    const { bins, ...read } = readOptions('equalization', options, equalizationReaders);
    super(read);
    this.bins = bins;
  }

  override get className(): string {
    return 'Equalization';
  }

  override call(x: Tensor): Tensor {
    const { bins } = this;
    const planes = this.dataFormat === 'channelsFirst' ? ([0, 1] as const) : ([0, 3] as const);
    const [batch, channels] = planes.map((axis) => x.shape[axis]!) as [number, number];
    const shades = ops.cast(ops.clip(rescaled(x, this.valueRange, [0, bins - 1]), 0, bins - 1), 'int32');
    // Each channel of each image counts in bins of its own.
    const first = ops.reshape(
      ops.multiply(ops.arange(0, batch * channels, 1, 'int32'), bins),
      x.shape.map((dim, axis) => ((planes as readonly number[]).includes(axis) ? dim : 1)),
    );
    const at = ops.add(shades, first);
    const counts = ops.reshape(ops.bincount(ops.reshape(at, [-1]), { minlength: batch * channels * bins }), [batch * channels, bins]);
    const upTo = ops.cumsum(ops.cast(counts, x.dtype), 1);
    const all = ops.max(upTo, 1, true);
    const darkest = ops.min(ops.where(ops.greater(upTo, 0), upTo, all), 1, true);
    const rest = ops.subtract(all, darkest);
    const several = ops.greater(rest, 0);
    const share = ops.divide(ops.multiply(ops.subtract(upTo, darkest), 255), ops.where(several, rest, 1));
    const table = rescaled(ops.clip(ops.round(share), 0, 255), [0, 255], this.valueRange);
    const moved = ops.take(ops.reshape(table, [-1]), at);
    const flags = ops.greater(ops.reshape(ops.cast(several, x.dtype), first.shape), 0);
    return ops.where(flags, moved, x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), bins: this.bins };
  }
}

registerLayer('AutoContrast', AutoContrast);
registerLayer('Equalization', Equalization);

/**
 * Spreads the values of each channel of each image from black to white, in training and out of it. Source: Keras 3, keras.layers.AutoContrast.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.autoContrast({ valueRange: [0, 1] });
 */
export function autoContrast<const F extends DataFormat = 'channelsLast'>(
  options?: AutoContrastOptions<F>,
): AutoContrast<ImageShape<'autoContrast', F>> {
  return new AutoContrast(options);
}

/**
 * Moves the shades of each channel of each image so that all of them are about as frequent, in training and out of it (Keras 3.15 counts the
 * shades of all images of a batch together, and only while training). Source: Keras 3, keras.layers.Equalization.
 *
 * Shapes: [batch, height, width, channels], kept.
 *
 * @example
 * layers.equalization({ valueRange: [0, 1] });
 */
export function equalization<const F extends DataFormat = 'channelsLast'>(
  options?: EqualizationOptions<F>,
): Equalization<ImageShape<'equalization', F>> {
  return new Equalization(options);
}
