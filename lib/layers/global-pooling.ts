/** What global pooling of sequences, images and volumes shares: one number for each channel. */
import * as ops from '../ops/index.js';
import { type Config, flag, optional, type Read, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape, type Spatial } from './window.js';

/** Options of the global pooling layers. */
export interface GlobalPoolingOptions<F extends DataFormat = DataFormat, K extends boolean = boolean> extends LayerOptions {
  dataFormat?: F;
  /** Whether the sides stay as axes of 1. */
  keepdims?: K;
}

const readers = { ...layerReaders, dataFormat: dataFormatReader, keepdims: optional(flag, false) };

/** One number for each channel. */
export abstract class GlobalPooling<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly options: Read<typeof readers>;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    private readonly take: 'max' | 'mean',
    options: GlobalPoolingOptions | undefined,
  ) {
    const read = readOptions(kind, options, readers);
    super(common(read));
    this.options = read;
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  /** The axes between the batch and the channels. */
  protected get sides(): readonly number[] {
    const first = this.options.dataFormat === 'channelsFirst' ? 2 : 1;
    return Array.from({ length: this.spatial }, (_, i) => first + i);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { dataFormat, keepdims } = this.options;
    const grid = gridOf(this.kind, inputShape, dataFormat, this.spatial);
    return keepdims ? gridShape({ ...grid, sides: grid.sides.map(() => 1) }, dataFormat) : [grid.batch, grid.channels];
  }

  override call(x: Tensor, _options: CallOptions = {}): Tensor {
    const { keepdims } = this.options;
    return this.take === 'max' ? ops.max(x, this.sides, keepdims) : ops.mean(x, this.sides, keepdims);
  }

  override getConfig(): Config {
    const { dataFormat, keepdims } = this.options;
    return { ...super.getConfig(), dataFormat, keepdims };
  }
}
