/** What enlarging of sequences, images and volumes by whole factors shares. */
import * as ops from '../ops/index.js';
import { type Config, optional, type Read, readOptions, sizes } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Dim, Shapes } from './symbolic.js';
import { dataFormatReader, gridOf, gridShape, type Spatial } from './window.js';

export function upSamplingReaders(spatial: Spatial) {
  return {
    ...layerReaders,
    size: optional(sizes(spatial), Array<number>(spatial).fill(2)),
    dataFormat: dataFormatReader,
  };
}

/** Each element several times along each side. */
export abstract class UpSampling<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected readonly settings: Read<ReturnType<typeof upSamplingReaders>>;

  constructor(
    private readonly spatial: Spatial,
    settings: Read<ReturnType<typeof upSamplingReaders>>,
  ) {
    super(common(settings));
    this.settings = settings;
  }

  /** The options that all three have. */
  protected static read(kind: string, spatial: Spatial, options: (LayerOptions & { size?: unknown; dataFormat?: DataFormat }) | undefined) {
    return readOptions(kind, options, upSamplingReaders(spatial));
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { size, dataFormat } = this.settings;
    const grid = gridOf(this.kind, inputShape, dataFormat, this.spatial);
    const sides = grid.sides.map((side, i): Dim => (side === null ? null : side * size[i]!));
    return gridShape({ ...grid, sides }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { size, dataFormat } = this.settings;
    const first = dataFormat === 'channelsFirst' ? 2 : 1;
    // [n, h, w, c] as [n, h, 1, w, 1, c], spread to [n, h, a, w, b, c]: the gradient is a sum over the new axes.
    const factor = (axis: number): number | undefined => size[axis - first];
    const narrow = x.shape.flatMap((dim, axis) => (factor(axis) === undefined ? [dim] : [dim, 1]));
    const wide = x.shape.flatMap((dim, axis) => (factor(axis) === undefined ? [dim] : [dim, factor(axis)!]));
    const shape = x.shape.map((dim, axis) => dim * (factor(axis) ?? 1));
    return ops.reshape(ops.broadcastTo(ops.reshape(x, narrow), wide), shape);
  }

  override getConfig(): Config {
    const { size, dataFormat } = this.settings;
    // Keras' sequences are always channels last.
    return { ...super.getConfig(), size: this.spatial === 1 ? size[0]! : size, ...(this.spatial > 1 && { dataFormat }) };
  }
}
