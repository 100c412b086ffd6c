/** What depthwise and separable convolutions of sequences and images share: filters for each channel by itself. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { convolve } from '../ops/conv-any.js';
import { type Config, nullable, optional, type Read, readOptions, sizes, whole } from '../options/index.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DataFormat } from './defaults.js';
import { activated, biasConfig, type BiasOptions, biasReaders, biasWeight, named, serialized } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import type { BatchShape, Dim, Shapes } from './symbolic.js';
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

/** Options of `layers.depthwiseConv1d` and `depthwiseConv2d`. */
export interface DepthwiseConvOptions extends LayerOptions, BiasOptions {
  kernelSize: number | readonly number[];
  strides?: number | readonly number[];
  padding?: Padding | 'causal';
  /** Filters for each channel; 1. */
  depthMultiplier?: number;
  dataFormat?: DataFormat;
  dilationRate?: number | readonly number[];
  depthwiseInitializer?: InitializerLike;
  depthwiseRegularizer?: RegularizerLike | null;
  depthwiseConstraint?: ConstraintLike | null;
}

export function depthwiseReaders(spatial: Spatial) {
  return {
    ...layerReaders,
    ...biasReaders,
    kernelSize: sizes(spatial),
    strides: optional(sizes(spatial), Array<number>(spatial).fill(1)),
    padding: paddingReader(spatial),
    depthMultiplier: optional(whole(), 1),
    dataFormat: dataFormatReader,
    dilationRate: optional(sizes(spatial), Array<number>(spatial).fill(1)),
    depthwiseInitializer: optional(initializer, named(initializer, 'glorotUniform')),
    depthwiseRegularizer: nullable(regularizer),
    depthwiseConstraint: nullable(constraint),
  };
}

type ReadOptions = Read<ReturnType<typeof depthwiseReaders>>;

/** Filters for each channel, perhaps with a mix of the results behind them. */
export abstract class ChannelwiseConv<F extends ShapeFn = AnyShape> extends Layer<F> {
  private depthwiseKernel!: Weight;

  constructor(
    kind: string,
    protected readonly spatial: Spatial,
    private readonly depthwise: ReadOptions,
  ) {
    super(common(depthwise));
    refuseStridedDilation(kind, depthwise.strides, depthwise.dilationRate);
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  /** The number of input channels, where it is known. */
  protected channelsOf(inputShape: Shapes): number {
    return knownChannels(this.kind, gridOf(this.kind, inputShape, this.depthwise.dataFormat, this.spatial));
  }

  protected addDepthwise(name: string, channels: number): void {
    const { kernelSize, depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.depthwise;
    this.depthwiseKernel = this.addWeight({
      name,
      shape: [...kernelSize, channels, depthMultiplier],
      // A grouped convolution's [channels * multiplier, size..., 1] is the same memory.
      layout: [this.spatial, this.spatial + 1, ...Array.from({ length: this.spatial }, (_, i) => i)],
      initializer: depthwiseInitializer,
      regularizer: depthwiseRegularizer,
      constraint: depthwiseConstraint,
    });
  }

  /** The shape for a given number of output channels. */
  protected shapeFor(inputShape: Shapes, channels: (input: Dim) => Dim): BatchShape {
    const { kernelSize, strides, padding, dilationRate, dataFormat } = this.depthwise;
    const shape = inputShape as BatchShape;
    const grid = gridOf(this.kind, shape, dataFormat, this.spatial);
    this.expectAxis(shape, channelAxis(dataFormat), this.depthwiseKernel?.kerasShape[this.spatial], 'channels');
    const sides = slide(this.kind, 'kernel', shape, grid, { size: kernelSize, strides, padding, dilation: dilationRate });
    return gridShape({ batch: grid.batch, sides, channels: channels(grid.channels) }, dataFormat);
  }

  /** The convolution of each channel. */
  protected convolveChannels(x: Tensor, after: { bias?: Weight | undefined; activation?: 'relu' } = {}): Tensor {
    const { strides, padding, dilationRate, dataFormat } = this.depthwise;
    const [channels, multiplier, ...size] = this.depthwiseKernel.shape as readonly [number, number, ...number[]];
    const filters = ops.reshape(this.depthwiseKernel, [channels * multiplier, ...size, 1]);
    return convolve(this.kind, x, filters, { strides, padding, dilationRate, dataFormat, groups: channels, ...after });
  }

  override getConfig(): Config {
    const options = this.depthwise;
    const { depthMultiplier, kernelSize, strides, padding, dataFormat, dilationRate } = options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      ...{ depthMultiplier, kernelSize, strides, padding, dataFormat, dilationRate },
      ...biasConfig(options),
      depthwiseInitializer: serialized(options.depthwiseInitializer),
      depthwiseRegularizer: serialized(options.depthwiseRegularizer),
      depthwiseConstraint: serialized(options.depthwiseConstraint),
    };
  }
}

/** One or more filters for each channel. */
export abstract class DepthwiseConv<F extends ShapeFn = AnyShape> extends ChannelwiseConv<F> {
  private readonly options: ReadOptions;
  private bias: Weight | undefined;

  constructor(kind: string, spatial: Spatial, options: DepthwiseConvOptions) {
    const read = readOptions(kind, options, depthwiseReaders(spatial));
    super(kind, spatial, read);
    this.options = read;
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options } = this;
    const channels = this.channelsOf(inputShape);
    this.addDepthwise('kernel', channels);
    if (options.useBias) {
      this.bias = this.addWeight(biasWeight(options, [channels * options.depthMultiplier]));
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    return this.shapeFor(inputShape, (channels) => (channels === null ? null : channels * this.options.depthMultiplier));
  }

  override call(x: Tensor): Tensor {
    return activated(this.options.activation, (fused) => this.convolveChannels(x, { bias: this.bias, ...fused }));
  }
}
