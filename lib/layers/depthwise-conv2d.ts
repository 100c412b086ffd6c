/** Convolution of each channel by itself. */
import { constraint, type ConstraintLike } from '../constraints/index.js';
import { initializer, type InitializerLike } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, oneOf, optional, type Read, readOptions, whole } from '../options/index.js';
import { pair } from '../options/readers.js';
import { regularizer, type RegularizerLike } from '../regularizers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DepthwiseConv2dShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { biasConfig, type BiasOptions, biasReaders, named, serialized, shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import type { BatchShape, Shapes } from './symbolic.js';
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

/** Options of `layers.depthwiseConv2d`. */
export interface DepthwiseConv2dOptions<
  K extends PairLike = PairLike,
  S extends PairLike = PairLike,
  P extends Padding = Padding,
  D extends PairLike = PairLike,
  F extends DataFormat = DataFormat,
  M extends number = number,
>
  extends LayerOptions, BiasOptions {
  kernelSize: K;
  strides?: S;
  padding?: P;
  /** Filters for each channel; 1. */
  depthMultiplier?: M;
  dataFormat?: F;
  dilationRate?: D;
  depthwiseInitializer?: InitializerLike;
  depthwiseRegularizer?: RegularizerLike | null;
  depthwiseConstraint?: ConstraintLike | null;
}

const readers = {
  ...layerReaders,
  ...biasReaders,
  kernelSize: pair(),
  strides: optional(pair(), [1, 1]),
  padding: optional(oneOf('valid', 'same'), 'valid' as const),
  depthMultiplier: optional(whole(), 1),
  dataFormat: dataFormatReader,
  dilationRate: optional(pair(), [1, 1]),
  depthwiseInitializer: optional(initializer, named(initializer, 'glorotUniform')),
  depthwiseRegularizer: nullable(regularizer),
  depthwiseConstraint: nullable(constraint),
};

/** One or more filters for each channel. */
export class DepthwiseConv2D<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(options: DepthwiseConv2dOptions) {
    const read = readOptions('depthwiseConv2d', options, readers);
    super(common(read));
    this.options = read;
    refuseStridedDilation('depthwiseConv2d', read.strides, read.dilationRate);
  }

  override get className(): string {
    return 'DepthwiseConv2D';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options } = this;
    const channels = knownChannels('depthwiseConv2d', imageOf('depthwiseConv2d', inputShape, options.dataFormat));
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...options.kernelSize, channels, options.depthMultiplier],
      // A grouped convolution's [channels * multiplier, height, width, 1] is the same memory.
      layout: [2, 3, 0, 1],
      initializer: options.depthwiseInitializer,
      regularizer: options.depthwiseRegularizer,
      constraint: options.depthwiseConstraint,
    });
    if (options.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: [channels * options.depthMultiplier],
        initializer: options.biasInitializer,
        regularizer: options.biasRegularizer,
        constraint: options.biasConstraint,
      });
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const { kernelSize, strides, padding, dilationRate, dataFormat, depthMultiplier } = this.options;
    const shape = inputShape as BatchShape;
    const image = imageOf('depthwiseConv2d', shape, dataFormat);
    this.expectAxis(shape, dataFormat === 'channelsFirst' ? 1 : 3, this.kernel?.kerasShape[2], 'channels');
    const sides = slide('depthwiseConv2d', 'kernel', shape, image, { size: kernelSize, strides, padding, dilation: dilationRate });
    const channels = image.channels === null ? null : image.channels * depthMultiplier;
    return imageShape({ batch: image.batch, ...sides, channels }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, dilationRate, dataFormat, activation } = this.options;
    const [channels, multiplier, height, width] = this.kernel.shape as readonly [number, number, number, number];
    const filters = ops.reshape(this.kernel, [channels * multiplier, height, width, 1]);
    const fused = activation.name === 'relu';
    const y = ops.conv2d(
      x,
      filters,
      { strides, padding, dilationRate, dataFormat, groups: channels, bias: this.bias, ...(fused && { activation: 'relu' }) },
      'depthwiseConv2d',
    );
    return fused ? y : activation.call(y);
  }

  override getConfig(): Config {
    const { options } = this;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      depthMultiplier: options.depthMultiplier,
      kernelSize: options.kernelSize,
      strides: options.strides,
      padding: options.padding,
      dataFormat: options.dataFormat,
      dilationRate: options.dilationRate,
      ...biasConfig(options),
      depthwiseInitializer: serialized(options.depthwiseInitializer),
      depthwiseRegularizer: serialized(options.depthwiseRegularizer),
      depthwiseConstraint: serialized(options.depthwiseConstraint),
    };
  }
}

registerLayer('DepthwiseConv2D', DepthwiseConv2D);

/**
 * Convolves each channel with filters of its own. Source: Keras 3, keras.layers.DepthwiseConv2D.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, channels * depthMultiplier]. Weights: kernel
 * [height, width, channels, depthMultiplier], bias [channels * depthMultiplier].
 *
 * @example
 * layers.depthwiseConv2d(3, { padding: 'same', depthMultiplier: 2 });
 */
export function depthwiseConv2d<
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(
  kernelSize: K,
  options?: Omit<DepthwiseConv2dOptions<K, S, P, D, F, M>, 'kernelSize'>,
): DepthwiseConv2D<DepthwiseConv2dShape<K, S, P, D, F, M>>;
export function depthwiseConv2d<
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
  const M extends number = 1,
>(options: DepthwiseConv2dOptions<K, S, P, D, F, M>): DepthwiseConv2D<DepthwiseConv2dShape<K, S, P, D, F, M>>;
export function depthwiseConv2d(kernelSize: PairLike | DepthwiseConv2dOptions, options?: object): DepthwiseConv2D {
  return new DepthwiseConv2D(shortForm(kernelSize, 'kernelSize', options));
}
