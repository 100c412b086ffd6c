/** Images of another size. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, flag, oneOf, optional, type Read, readOptions, real, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SizedImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape } from './window.js';

/** Options of `layers.resizing`. */
export interface ResizingOptions<
  H extends number = number,
  W extends number = number,
  F extends DataFormat = DataFormat,
> extends LayerOptions {
  height: H;
  width: W;
  /** How new pixels are made; 'bilinear'. */
  interpolation?: ops.image.Interpolation;
  /** Cuts off what does not fit the new proportions. */
  cropToAspectRatio?: boolean;
  /** Fills up what is missing for the new proportions, with `fillValue`. */
  padToAspectRatio?: boolean;
  fillMode?: 'constant';
  fillValue?: number;
  /** Spreads the interpolation when images become smaller. */
  antialias?: boolean;
  dataFormat?: F;
}

const readers = {
  ...layerReaders,
  height: whole(),
  width: whole(),
  interpolation: optional(oneOf('nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'), 'bilinear' as const),
  cropToAspectRatio: optional(flag, false),
  padToAspectRatio: optional(flag, false),
  fillMode: optional(oneOf('constant'), 'constant' as const),
  fillValue: optional(real(), 0),
  antialias: optional(flag, false),
  dataFormat: dataFormatReader,
};

/** Images in one size. */
export class Resizing<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;

  constructor(options: ResizingOptions) {
    const read = readOptions('resizing', options, readers);
    super(common(read));
    this.options = read;
    if (read.cropToAspectRatio && read.padToAspectRatio) {
      throw new ArgumentError({ where: 'resizing', expected: 'cropToAspectRatio or padToAspectRatio', received: 'both', hint: 'use one' });
    }
  }

  override get className(): string {
    return 'Resizing';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { height, width, dataFormat } = this.options;
    return gridShape({ ...gridOf('resizing', inputShape, dataFormat, 2), sides: [height, width] }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { height, width, interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue, dataFormat } = this.options;
    return ops.image.resize(x, [height, width], { interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue, dataFormat });
  }

  override getConfig(): Config {
    const { height, width, interpolation, cropToAspectRatio, padToAspectRatio, fillMode, fillValue, antialias, dataFormat } = this.options;
    return {
      ...super.getConfig(),
      ...{ height, width, interpolation, cropToAspectRatio, padToAspectRatio, fillMode, fillValue, antialias, dataFormat },
    };
  }
}

registerLayer('Resizing', Resizing);

/**
 * Brings images to one size. Source: Keras 3, keras.layers.Resizing.
 *
 * Shapes: [batch, any height, any width, channels] to [batch, height, width, channels]. A ShapeError for what is no image.
 *
 * @example
 * layers.resizing(224, 224, { interpolation: 'bicubic', antialias: true });
 */
export function resizing<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  height: H,
  width: W,
  options?: Omit<ResizingOptions<H, W, F>, 'height' | 'width'>,
): Resizing<SizedImageShape<'resizing', H, W, F>>;
export function resizing<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  options: ResizingOptions<H, W, F>,
): Resizing<SizedImageShape<'resizing', H, W, F>>;
export function resizing(height: number | ResizingOptions, width?: number, options?: object): Resizing {
  return new Resizing(shortForm(height, 'height', { ...options, width }));
}
