/** Convolution of images. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, type Read, readOptions, whole } from '../options/index.js';
import { pair } from '../options/readers.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { groupedFilters, groupedInput } from '../types/messages.js';
import type { Conv2dShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { kernelConfig, type KernelOptions, kernelReaders } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';
import {
  dataFormatReader,
  imageOf,
  imageShape,
  knownChannels,
  type Padding,
  type PairLike,
  refuseStridedDilation,
  slide,
} from './window.js';

/** Options of `layers.conv2d`. */
export interface Conv2dOptions<
  N extends number = number,
  K extends PairLike = PairLike,
  S extends PairLike = PairLike,
  P extends Padding = Padding,
  D extends PairLike = PairLike,
  F extends DataFormat = DataFormat,
  G extends number = number,
>
  extends LayerOptions, KernelOptions {
  /** Number of filters: channels of the output. */
  filters: N;
  /** Height and width of the filters. */
  kernelSize: K;
  /** Steps of the filters; 1. */
  strides?: S;
  /** 'valid' keeps the filters inside the image, 'same' keeps the size (at strides of 1). */
  padding?: P;
  /** [height, width, channels] or [channels, height, width]. */
  dataFormat?: F;
  /** Distance of the filters' cells; 1. */
  dilationRate?: D;
  /** Groups of channels that are convolved apart; 1. */
  groups?: G;
}

const readers = {
  ...layerReaders,
  ...kernelReaders,
  filters: whole(),
  kernelSize: pair(),
  strides: optional(pair(), [1, 1]),
  padding: optional(oneOf('valid', 'same'), 'valid' as const),
  dataFormat: dataFormatReader,
  dilationRate: optional(pair(), [1, 1]),
  groups: optional(whole(), 1),
};

/** Filters that slide over images. The device keeps the kernel as [out, height, width, in], weights are seen as Keras has them. */
export class Conv2D<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(options: Conv2dOptions) {
    const read = readOptions('conv2d', options, readers);
    super(common(read));
    this.options = read;
    const { filters, groups, strides, dilationRate } = read;
    if (filters % groups !== 0) throw new ArgumentError(groupedFilters('conv2d', groups, filters));
    refuseStridedDilation('conv2d', strides, dilationRate);
  }

  override get className(): string {
    return 'Conv2D';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options } = this;
    const channels = knownChannels('conv2d', imageOf('conv2d', inputShape, options.dataFormat));
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...options.kernelSize, channels / options.groups, options.filters],
      layout: [3, 0, 1, 2],
      initializer: options.kernelInitializer,
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    });
    if (options.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: [options.filters],
        initializer: options.biasInitializer,
        regularizer: options.biasRegularizer,
        constraint: options.biasConstraint,
      });
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { filters, kernelSize, strides, padding, dilationRate, dataFormat, groups } = this.options;
    const shape = inputShape as BatchShape;
    const image = imageOf('conv2d', shape, dataFormat);
    if (image.channels !== null && image.channels % groups !== 0) throw new ShapeError(groupedInput('conv2d', groups, withoutBatch(shape)));
    this.expectAxis(shape, dataFormat === 'channelsFirst' ? 1 : 3, this.kernel && this.kernel.kerasShape[2]! * groups, 'channels');
    const sides = slide('conv2d', 'kernel', shape, image, { size: kernelSize, strides, padding, dilation: dilationRate });
    return imageShape({ batch: image.batch, ...sides, channels: filters }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, dilationRate, dataFormat, groups, activation } = this.options;
    const fused = activation.name === 'relu';
    const y = ops.conv2d(
      x,
      this.kernel,
      { strides, padding, dilationRate, dataFormat, groups, bias: this.bias, ...(fused && { activation: 'relu' }) },
      'conv2d',
    );
    return fused ? y : activation.call(y);
  }

  override getConfig(): Config {
    const { filters, kernelSize, strides, padding, dataFormat, dilationRate, groups } = this.options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      filters,
      kernelSize,
      strides,
      padding,
      dataFormat,
      dilationRate,
      groups,
      ...kernelConfig(this.options),
    };
  }
}

registerLayer('Conv2D', Conv2D);

type Rest<O> = Omit<O, 'filters' | 'kernelSize'>;

/**
 * Convolution: each filter slides over the image and gives one channel of the output. Source: Keras 3, keras.layers.Conv2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, filters] (channelsFirst accordingly). Weights: kernel
 * [height, width, channels / groups, filters], bias [filters]. A ShapeError for what is no image, or smaller than the kernel.
 *
 * @example
 * layers.conv2d(32, 3, { activation: 'relu' });
 * layers.conv2d({ filters: 64, kernelSize: [3, 5], strides: 2, padding: 'same' });
 */
export function conv2d<
  const N extends number,
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(filters: N, kernelSize: K, options?: Rest<Conv2dOptions<N, K, S, P, D, F, G>>): Conv2D<Conv2dShape<N, K, S, P, D, F, G>>;
export function conv2d<
  const N extends number,
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
  const G extends number = 1,
>(options: Conv2dOptions<N, K, S, P, D, F, G>): Conv2D<Conv2dShape<N, K, S, P, D, F, G>>;
export function conv2d(filters: number | Conv2dOptions, kernelSize?: PairLike, options?: object): Conv2D {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv2dOptions);
  return new Conv2D(all);
}
