/** One number for each channel of an image. */
import * as ops from '../ops/index.js';
import { type Config, flag, optional, type Read, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { GlobalPool2dShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, imageOf, imageShape } from './window.js';

/** Options of `layers.globalAveragePooling2d` and `layers.globalMaxPooling2d`. */
export interface GlobalPooling2dOptions<F extends DataFormat = DataFormat, K extends boolean = boolean> extends LayerOptions {
  dataFormat?: F;
  /** Whether height and width stay as axes of 1. */
  keepdims?: K;
}

const readers = { ...layerReaders, dataFormat: dataFormatReader, keepdims: optional(flag, false) };

/** What both share. */
abstract class GlobalPooling2D<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly options: Read<typeof readers>;

  constructor(kind: string, options?: GlobalPooling2dOptions) {
    const read = readOptions(kind, options, readers);
    super(common(read));
    this.options = read;
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  /** The axes of height and width. */
  protected get sides(): readonly [number, number] {
    return this.options.dataFormat === 'channelsFirst' ? [2, 3] : [1, 2];
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { dataFormat, keepdims } = this.options;
    const image = imageOf(this.kind, inputShape, dataFormat);
    return keepdims ? imageShape({ ...image, height: 1, width: 1 }, dataFormat) : [image.batch, image.channels];
  }

  override getConfig(): Config {
    const { dataFormat, keepdims } = this.options;
    return { ...super.getConfig(), dataFormat, keepdims };
  }
}

/** The mean of each channel. */
export class GlobalAveragePooling2D<F extends ShapeFn = AnyShape> extends GlobalPooling2D<F> {
  constructor(options?: GlobalPooling2dOptions) {
    super('globalAveragePooling2d', options);
  }

  override get className(): string {
    return 'GlobalAveragePooling2D';
  }

  override call(x: Tensor): Tensor {
    return ops.mean(x, this.sides, this.options.keepdims);
  }
}

/** The greatest of each channel. */
export class GlobalMaxPooling2D<F extends ShapeFn = AnyShape> extends GlobalPooling2D<F> {
  constructor(options?: GlobalPooling2dOptions) {
    super('globalMaxPooling2d', options);
  }

  override get className(): string {
    return 'GlobalMaxPooling2D';
  }

  override call(x: Tensor): Tensor {
    return ops.max(x, this.sides, this.options.keepdims);
  }
}

registerLayer('GlobalAveragePooling2D', GlobalAveragePooling2D);
registerLayer('GlobalMaxPooling2D', GlobalMaxPooling2D);

/**
 * The mean of each channel over the whole image. Source: Keras 3, keras.layers.GlobalAveragePooling2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, channels], or [batch, 1, 1, channels] with `keepdims`.
 *
 * @example
 * layers.globalAveragePooling2d();
 */
export function globalAveragePooling2d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPooling2dOptions<F, K>,
): GlobalAveragePooling2D<GlobalPool2dShape<'globalAveragePooling2d', F, K>> {
  return new GlobalAveragePooling2D(options);
}

/**
 * The greatest number of each channel over the whole image. Source: Keras 3, keras.layers.GlobalMaxPooling2D.
 *
 * Shapes: as for `globalAveragePooling2d`.
 *
 * @example
 * layers.globalMaxPooling2d();
 */
export function globalMaxPooling2d<const F extends DataFormat = 'channelsLast', const K extends boolean = false>(
  options?: GlobalPooling2dOptions<F, K>,
): GlobalMaxPooling2D<GlobalPool2dShape<'globalMaxPooling2d', F, K>> {
  return new GlobalMaxPooling2D(options);
}
