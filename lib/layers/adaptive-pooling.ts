/** What adaptive pooling of sequences, images and volumes shares: as many windows as the output is to have. */
import * as ops from '../ops/index.js';
import { type Config, type Read, readOptions, sizes } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape, type Spatial } from './window.js';

function readersOf(spatial: Spatial) {
  return { ...layerReaders, outputSize: sizes(spatial), dataFormat: dataFormatReader };
}

/** Windows that cover the input evenly, whatever its size. */
export abstract class AdaptivePooling<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof readersOf>>;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    private readonly take: 'max' | 'mean',
    options: LayerOptions & { outputSize: number | readonly number[]; dataFormat?: DataFormat },
  ) {
    const read = readOptions(kind, options, readersOf(spatial));
    super(common(read));
    this.options = read;
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { outputSize, dataFormat } = this.options;
    return gridShape({ ...gridOf(this.kind, inputShape, dataFormat, this.spatial), sides: outputSize }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const pool = this.take === 'max' ? ops.adaptiveMaxPool : ops.adaptiveAveragePool;
    return pool(x, this.options.outputSize, { dataFormat: this.options.dataFormat });
  }

  override getConfig(): Config {
    const { outputSize, dataFormat } = this.options;
    return { ...super.getConfig(), outputSize, dataFormat };
  }
}
