/** Zeros around images. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, optional, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Padding2d, ZeroPadding2dShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Dim, Shapes } from './symbolic.js';
import { dataFormatReader, imageOf, imageShape } from './window.js';

/** Options of `layers.zeroPadding2d`. */
export interface ZeroPadding2dOptions<P extends Padding2d = Padding2d, F extends DataFormat = DataFormat> extends LayerOptions {
  /** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]; 1. */
  padding?: P;
  dataFormat?: F;
}

type Sides = readonly [readonly [number, number], readonly [number, number]];

const amount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const sides: Reader<Sides> = (value, where) => {
  const both: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const pairs = both.map((side): readonly unknown[] => (Array.isArray(side) ? side : [side, side]));
  if (pairs.length === 2 && pairs.every((pair) => pair.length === 2 && pair.every(amount))) return pairs as unknown as Sides;
  throw new ArgumentError({
    where,
    expected: 'a whole number of at least 0, [vertical, horizontal], or [[top, bottom], [left, right]]',
    received: describe(value),
  });
};

const readers = {
  ...layerReaders,
  padding: optional(sides, [
    [1, 1],
    [1, 1],
  ] as const),
  dataFormat: dataFormatReader,
};

/** A frame of zeros. */
export class ZeroPadding2D<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly padding: Sides;
  private readonly dataFormat: DataFormat;

  constructor(options?: ZeroPadding2dOptions) {
    const read = readOptions('zeroPadding2d', options, readers);
    super(common(read));
    this.padding = read.padding;
    this.dataFormat = read.dataFormat;
  }

  override get className(): string {
    return 'ZeroPadding2D';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const image = imageOf('zeroPadding2d', inputShape, this.dataFormat);
    const grown = (side: Dim, [before, after]: readonly [number, number]): Dim => (side === null ? null : side + before + after);
    return imageShape(
      { ...image, height: grown(image.height, this.padding[0]), width: grown(image.width, this.padding[1]) },
      this.dataFormat,
    );
  }

  override call(x: Tensor): Tensor {
    const none = [0, 0] as const;
    return ops.pad(x, this.dataFormat === 'channelsFirst' ? [none, none, ...this.padding] : [none, ...this.padding, none]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), padding: this.padding, dataFormat: this.dataFormat };
  }
}

registerLayer('ZeroPadding2D', ZeroPadding2D);

/**
 * Puts zeros around images: one on each side by default. Source: Keras 3, keras.layers.ZeroPadding2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, height + top + bottom, width + left + right, channels].
 *
 * @example
 * layers.zeroPadding2d();
 * layers.zeroPadding2d([[1, 0], [0, 2]]);
 */
export function zeroPadding2d<const P extends Padding2d = 1, const F extends DataFormat = 'channelsLast'>(
  padding?: P,
  options?: Omit<ZeroPadding2dOptions<P, F>, 'padding'>,
): ZeroPadding2D<ZeroPadding2dShape<P, F>>;
export function zeroPadding2d<const P extends Padding2d = 1, const F extends DataFormat = 'channelsLast'>(
  options: ZeroPadding2dOptions<P, F>,
): ZeroPadding2D<ZeroPadding2dShape<P, F>>;
export function zeroPadding2d(padding?: Padding2d | ZeroPadding2dOptions, options?: object): ZeroPadding2D {
  return new ZeroPadding2D(shortForm<ZeroPadding2dOptions>(padding, 'padding', options));
}
