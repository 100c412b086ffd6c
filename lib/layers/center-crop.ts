/** The middle of images. */
import * as ops from '../ops/index.js';
import { type Config, type Read, readOptions, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SizedImageShape } from '../types/grid.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape } from './window.js';

/** Options of `layers.centerCrop`. */
export interface CenterCropOptions<
  H extends number = number,
  W extends number = number,
  F extends DataFormat = DataFormat,
> extends LayerOptions {
  height: H;
  width: W;
  dataFormat?: F;
}

const readers = { ...layerReaders, height: whole(), width: whole(), dataFormat: dataFormatReader };

/** The middle of an image; one that is too small is enlarged until it is covered, then cut. */
export class CenterCrop<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;

  constructor(options: CenterCropOptions) {
    const read = readOptions('centerCrop', options, readers);
    super(common(read));
    this.options = read;
  }

  override get className(): string {
    return 'CenterCrop';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { height, width, dataFormat } = this.options;
    return gridShape({ ...gridOf('centerCrop', inputShape, dataFormat, 2), sides: [height, width] }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { height, width, dataFormat } = this.options;
    const first = dataFormat === 'channelsFirst' ? 2 : 1;
    const [rows, columns] = [x.shape[first]! - height, x.shape[first + 1]! - width];
    if (rows < 0 || columns < 0) return ops.image.resize(x, [height, width], { cropToAspectRatio: true, dataFormat });
    const begin = x.shape.map(() => 0);
    begin[first] = Math.floor(rows / 2);
    begin[first + 1] = Math.floor(columns / 2);
    return ops.slice(x, begin, this.computeOutputShape(x.shape) as number[]);
  }

  override getConfig(): Config {
    const { height, width, dataFormat } = this.options;
    return { ...super.getConfig(), height, width, dataFormat };
  }
}

registerLayer('CenterCrop', CenterCrop);

/**
 * Cuts the middle out of images. Images that are smaller are enlarged first, with their proportions kept.
 * Source: Keras 3, keras.layers.CenterCrop.
 *
 * Shapes: [batch, any height, any width, channels] to [batch, height, width, channels]. A ShapeError for what is no image.
 *
 * @example
 * layers.centerCrop(224, 224);
 */
export function centerCrop<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  height: H,
  width: W,
  options?: Omit<CenterCropOptions<H, W, F>, 'height' | 'width'>,
): CenterCrop<SizedImageShape<'centerCrop', H, W, F>>;
export function centerCrop<const H extends number, const W extends number, const F extends DataFormat = 'channelsLast'>(
  options: CenterCropOptions<H, W, F>,
): CenterCrop<SizedImageShape<'centerCrop', H, W, F>>;
export function centerCrop(height: number | CenterCropOptions, width?: number, options?: object): CenterCrop {
  return new CenterCrop(shortForm(height, 'height', { ...options, width }));
}
