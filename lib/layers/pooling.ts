/** What pooling of sequences, images and volumes shares: the greatest or the mean of each window. */
import { pooled } from '../ops/pool.js';
import { type Config, nullable, oneOf, optional, type Read, readOptions, sizes } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape, type Padding, slide, type Spatial } from './window.js';

/** Options of the pooling layers. */
export interface PoolingOptions {
  poolSize?: number | readonly number[];
  strides?: number | readonly number[] | null;
  padding?: Padding;
  dataFormat?: DataFormat;
}

function readersOf(spatial: Spatial) {
  return {
    ...layerReaders,
    poolSize: optional(sizes(spatial), Array<number>(spatial).fill(2)),
    strides: nullable(sizes(spatial)),
    padding: optional(oneOf('valid', 'same'), 'valid' as const),
    dataFormat: dataFormatReader,
  };
}

/** A window that slides, and leaves one number of each channel at each place. */
export abstract class Pooling<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof readersOf>> & { strides: readonly number[] };

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    private readonly take: 'max' | 'mean',
    options: (LayerOptions & PoolingOptions) | undefined,
  ) {
    const read = readOptions(kind, options, readersOf(spatial));
    super(common(read));
    this.options = { ...read, strides: read.strides ?? read.poolSize };
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { poolSize, strides, padding, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, this.spatial);
    const sides = slide(this.kind, 'pool', shape, grid, { size: poolSize, strides, padding });
    return gridShape({ ...grid, sides }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { poolSize, strides, padding, dataFormat } = this.options;
    return pooled(this.kind, x, this.take, { poolSize, strides, padding, dataFormat });
  }

  override getConfig(): Config {
    const { poolSize, strides, padding, dataFormat } = this.options;
    return { ...super.getConfig(), poolSize, padding, strides, dataFormat };
  }
}
