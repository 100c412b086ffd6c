/** What convolutions of sequences, images and volumes share. */
import { ArgumentError, ShapeError } from '../errors.js';
import { convolve } from '../ops/conv-any.js';
import { type Config, optional, type Read, readOptions, sizes, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { groupedFilters, groupedInput } from '../types/messages.js';
import { activated, biasWeight, kernelConfig, type KernelOptions, kernelReaders, kernelWeight } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';
import type { DataFormat } from './defaults.js';
import type { Weight } from './weight.js';
import {
  channelAxis,
  dataFormatReader,
  gridOf,
  gridShape,
  knownChannels,
  type Padding,
  paddingReader,
  refuseStridedDilation,
  slide,
  type Spatial,
} from './window.js';

/** Options of `layers.conv1d`, `conv2d` and `conv3d`. */
export interface ConvOptions extends LayerOptions, KernelOptions {
  /** Number of filters: channels of the output. */
  filters: number;
  /** Lengths of the filters. */
  kernelSize: number | readonly number[];
  /** Steps of the filters; 1. */
  strides?: number | readonly number[];
  /** 'valid' keeps the filters inside, 'same' keeps the size (at strides of 1), 'causal' (sequences) lets no step see a later one. */
  padding?: Padding | 'causal';
  /** Channels last, or right after the batch. */
  dataFormat?: DataFormat;
  /** Distance of the filters' cells; 1. */
  dilationRate?: number | readonly number[];
  /** Groups of channels that are convolved apart; 1. */
  groups?: number;
}

function readersOf(spatial: Spatial) {
  return {
    ...layerReaders,
    ...kernelReaders,
    filters: whole(),
    kernelSize: sizes(spatial),
    strides: optional(sizes(spatial), Array<number>(spatial).fill(1)),
    padding: paddingReader(spatial),
    dataFormat: dataFormatReader,
    dilationRate: optional(sizes(spatial), Array<number>(spatial).fill(1)),
    groups: optional(whole(), 1),
  };
}

/** Filters that slide. The device keeps the kernel as [out, size..., in], weights are seen as Keras has them. */
export abstract class Conv<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<ReturnType<typeof readersOf>>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(
    kind: string,
    private readonly spatial: Spatial,
    options: ConvOptions,
  ) {
    const read = readOptions(kind, options, readersOf(spatial));
    super(common(read));
    this.options = read;
    const { filters, groups, strides, dilationRate } = read;
    if (filters % groups !== 0) throw new ArgumentError(groupedFilters(kind, groups, filters));
    refuseStridedDilation(kind, strides, dilationRate);
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options, spatial } = this;
    const channels = knownChannels(this.kind, gridOf(this.kind, inputShape, options.dataFormat, spatial));
    this.kernel = this.addWeight(
      kernelWeight(
        options,
        [...options.kernelSize, channels / options.groups, options.filters],
        [spatial + 1, ...Array.from({ length: spatial + 1 }, (_, i) => i)],
      ),
    );
    if (options.useBias) {
      this.bias = this.addWeight(biasWeight(options, [options.filters]));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { filters, kernelSize, strides, padding, dilationRate, dataFormat, groups } = this.options;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, this.spatial);
    if (grid.channels !== null && grid.channels % groups !== 0) throw new ShapeError(groupedInput(this.kind, groups, withoutBatch(shape)));
    this.expectAxis(shape, channelAxis(dataFormat), this.kernel && this.kernel.kerasShape[this.spatial]! * groups, 'channels');
    const sides = slide(this.kind, 'kernel', shape, grid, { size: kernelSize, strides, padding, dilation: dilationRate });
    return gridShape({ batch: grid.batch, sides, channels: filters }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, dilationRate, dataFormat, groups, activation } = this.options;
    const sliding = { strides, padding, dilationRate, dataFormat, groups, bias: this.bias };
    return activated(activation, (fused) => convolve(this.kind, x, this.kernel, { ...sliding, ...fused }));
  }

  override getConfig(): Config {
    const { filters, kernelSize, strides, padding, dataFormat, dilationRate, groups } = this.options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      ...{ filters, kernelSize, strides, padding, dataFormat, dilationRate, groups },
      ...kernelConfig(this.options),
    };
  }
}
