/** Transposed convolution of images. */
import { ArgumentError, ShapeError } from '../errors.js';
import { transposedSize } from '../ops/conv2d.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, oneOf, optional, type Read, readOptions, whole } from '../options/index.js';
import { pair } from '../options/readers.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Conv2dTransposeShape } from '../types/window.js';
import type { DataFormat } from './defaults.js';
import { kernelConfig, type KernelOptions, kernelReaders } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';
import { dataFormatReader, imageOf, imageShape, knownChannels, type Padding, type PairLike, refuseStridedDilation } from './window.js';

/** Options of `layers.conv2dTranspose`. */
export interface Conv2dTransposeOptions<
  N extends number = number,
  K extends PairLike = PairLike,
  S extends PairLike = PairLike,
  P extends Padding = Padding,
  E extends PairLike | null = PairLike | null,
  D extends PairLike = PairLike,
  F extends DataFormat = DataFormat,
>
  extends LayerOptions, KernelOptions {
  /** Number of filters: channels of the output. */
  filters: N;
  kernelSize: K;
  /** How much larger the image becomes; 1. */
  strides?: S;
  padding?: P;
  /** Rows and columns added at the end, fewer than the strides; by itself what makes the size regular. */
  outputPadding?: E;
  dataFormat?: F;
  dilationRate?: D;
}

const readers = {
  ...layerReaders,
  ...kernelReaders,
  filters: whole(),
  kernelSize: pair(),
  strides: optional(pair(), [1, 1]),
  padding: optional(oneOf('valid', 'same'), 'valid' as const),
  outputPadding: nullable(pair(0)),
  dataFormat: dataFormatReader,
  dilationRate: optional(pair(), [1, 1]),
};

/** A convolution run backwards: images become larger. */
export class Conv2DTranspose<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private kernel!: Weight;
  private bias: Weight | undefined;

  constructor(options: Conv2dTransposeOptions) {
    const read = readOptions('conv2dTranspose', options, readers);
    super(common(read));
    this.options = read;
    const { strides, outputPadding, dilationRate } = read;
    refuseStridedDilation('conv2dTranspose', strides, dilationRate);
    if (outputPadding?.some((added, i) => added >= strides[i]!)) {
      throw new ArgumentError({
        where: 'conv2dTranspose outputPadding',
        expected: `less than the strides [${strides.join(', ')}]`,
        received: `[${outputPadding.join(', ')}]`,
        hint: 'leave it out, or use larger strides',
      });
    }
  }

  override get className(): string {
    return 'Conv2DTranspose';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override build(inputShape: Shapes): void {
    this.computeOutputShape(inputShape);
    const { options } = this;
    const channels = knownChannels('conv2dTranspose', imageOf('conv2dTranspose', inputShape, options.dataFormat));
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...options.kernelSize, options.filters, channels],
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
    const { filters, kernelSize, strides, padding, outputPadding, dilationRate, dataFormat } = this.options;
    const shape = inputShape as BatchShape;
    const image = imageOf('conv2dTranspose', shape, dataFormat);
    this.expectAxis(shape, dataFormat === 'channelsFirst' ? 1 : 3, this.kernel?.kerasShape[3], 'channels');
    const side = (size: Dim, i: 0 | 1): Dim =>
      size === null ? null : transposedSize(size, kernelSize[i], strides[i], dilationRate[i], padding, outputPadding && outputPadding[i]);
    const [height, width] = [side(image.height, 0), side(image.width, 1)];
    if ((height !== null && height < 1) || (width !== null && width < 1)) {
      throw new ShapeError({
        where: 'conv2dTranspose',
        expected: 'an image that leaves something after padding is taken off',
        received: `[${withoutBatch(shape).join(', ')}]`,
        hint: "use padding 'valid' or a smaller kernel",
      });
    }
    return imageShape({ batch: image.batch, height, width, channels: filters }, dataFormat);
  }

  override call(x: Tensor): Tensor {
    const { strides, padding, outputPadding, dilationRate, dataFormat, activation } = this.options;
    const fused = activation.name === 'relu';
    const y = ops.conv2dTranspose(
      x,
      this.kernel,
      { strides, padding, outputPadding, dilationRate, dataFormat, bias: this.bias, ...(fused && { activation: 'relu' }) },
      'conv2dTranspose',
    );
    return fused ? y : activation.call(y);
  }

  override getConfig(): Config {
    const { filters, kernelSize, strides, padding, outputPadding, dataFormat, dilationRate } = this.options;
    return {
      activityRegularizer: null,
      ...super.getConfig(),
      filters,
      kernelSize,
      strides,
      padding,
      outputPadding,
      dataFormat,
      dilationRate,
      ...kernelConfig(this.options),
    };
  }
}

registerLayer('Conv2DTranspose', Conv2DTranspose);

/**
 * Transposed convolution: the way back from a convolution's output to the size of its input. Source: Keras 3, keras.layers.Conv2DTranspose.
 *
 * Shapes: [batch, height, width, channels] to [batch, newHeight, newWidth, filters]; with padding 'same' the sides are multiplied by the
 * strides. Weights: kernel [height, width, filters, channels], bias [filters].
 *
 * @example
 * layers.conv2dTranspose(16, 3, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv2dTranspose<
  const N extends number,
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const E extends PairLike | null = null,
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
>(
  filters: N,
  kernelSize: K,
  options?: Omit<Conv2dTransposeOptions<N, K, S, P, E, D, F>, 'filters' | 'kernelSize'>,
): Conv2DTranspose<Conv2dTransposeShape<N, K, S, P, E, D, F>>;
export function conv2dTranspose<
  const N extends number,
  const K extends PairLike,
  const S extends PairLike = 1,
  const P extends Padding = 'valid',
  const E extends PairLike | null = null,
  const D extends PairLike = 1,
  const F extends DataFormat = 'channelsLast',
>(options: Conv2dTransposeOptions<N, K, S, P, E, D, F>): Conv2DTranspose<Conv2dTransposeShape<N, K, S, P, E, D, F>>;
export function conv2dTranspose(filters: number | Conv2dTransposeOptions, kernelSize?: PairLike, options?: object): Conv2DTranspose {
  const all = typeof filters === 'object' ? filters : ({ ...options, filters, kernelSize } as Conv2dTransposeOptions);
  return new Conv2DTranspose(all);
}
