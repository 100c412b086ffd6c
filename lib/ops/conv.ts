/** Convolutions as `keras.ops` has them: kernels end in [in, out], sequences (rank 3) as well as images (rank 4). */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { floatOperands, shapeText, type TensorLike } from './common.js';
import { conv2d, conv2dTranspose } from './conv2d.js';
import { permuted } from './transpose.js';
import { type DataFormat, type Padding2d, type Pair, readDataFormat, readPair, toChannelsFirst, toChannelsLast } from './window.js';

/** Options of conv and its kin. */
export interface ConvOptions {
  /** Default 1. */
  strides?: number | readonly number[];
  /** 'causal' (sequences only) lets no output see a later input. Default 'valid'. */
  padding?: 'valid' | 'same' | 'causal';
  /** Default 1. */
  dilationRate?: number | readonly number[];
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/** Sequences are images one pixel wide. */
interface Flat {
  sequence: boolean;
  images: Tensor;
  kernel: Tensor;
  strides: [number, number];
  dilation: [number, number];
  back: (y: Tensor) => Tensor;
}

function first(value: number | readonly number[] | undefined): number {
  return (typeof value === 'number' ? value : value?.[0]) ?? 1;
}

function flatten(where: string, inputs: TensorLike, kernel: TensorLike, options: ConvOptions): Flat {
  const format = readDataFormat(where, options.dataFormat);
  const [x, w] = floatOperands(where, inputs, kernel);
  const rank = x.shape.length;
  if (rank < 3 || rank > 4) {
    throw new ShapeError({ where, expected: 'a batch of sequences (rank 3) or images (rank 4)', received: shapeText(x.shape) });
  }
  if (w.shape.length !== rank) {
    throw new ShapeError({ where, expected: `a kernel of rank ${rank} for input ${shapeText(x.shape)}`, received: shapeText(w.shape) });
  }
  const images = toChannelsLast(x, format);
  const back = (y: Tensor) => toChannelsFirst(y, format);
  if (rank === 4) {
    return {
      sequence: false,
      images,
      kernel: w,
      strides: readPair(where, 'strides', options.strides, 1),
      dilation: readPair(where, 'dilationRate', options.dilationRate, 1),
      back,
    };
  }
  const [n, length, channels] = images.shape as readonly [number, number, number];
  return {
    sequence: true,
    images: reshaped(images, [n, length, 1, channels]),
    kernel: reshaped(w, [w.shape[0]!, 1, w.shape[1]!, w.shape[2]!]),
    strides: readPair(where, 'strides', [first(options.strides), 1], 1),
    dilation: readPair(where, 'dilationRate', [first(options.dilationRate), 1], 1),
    back: (y) => back(reshaped(y, [y.shape[0]!, y.shape[1]!, y.shape[3]!])),
  };
}

function paddingOf(where: string, padding: ConvOptions['padding'], sequence: boolean, kernel: number, dilation: number): Padding2d {
  if (padding !== 'causal') return padding ?? 'valid';
  if (sequence)
    return [
      [(kernel - 1) * dilation, 0],
      [0, 0],
    ];
  throw new ArgumentError({ where, expected: "padding 'valid' or 'same' for images", received: "'causal'" });
}

/**
 * Convolution with a kernel [size..., in / groups, out]; the number of groups follows from the channels. Keras 3: `keras.ops.conv`.
 *
 * @example
 * ops.conv(images, kernel, { strides: 2, padding: 'same' });
 */
export function conv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const { sequence, images, kernel: w, strides, dilation, back } = flatten('conv', inputs, kernel, options);
  const [channels, each] = [images.shape[3]!, w.shape[2]!];
  if (each === 0 || channels % each !== 0) {
    throw new ShapeError({ where: 'conv', expected: `a kernel for ${channels} channels`, received: shapeText(w.shape) });
  }
  const padding = paddingOf('conv', options.padding, sequence, w.shape[0]!, dilation[0]);
  return back(conv2d(images, permuted(w, [3, 0, 1, 2]), { strides, padding, dilationRate: dilation, groups: channels / each }, 'conv'));
}

/** [size, size, in, multiplier] as the filters of one group a channel. */
function depthwiseFilters(w: Tensor): Tensor {
  const [h, v, channels, multiplier] = w.shape as readonly [number, number, number, number];
  return reshaped(permuted(w, [2, 3, 0, 1]), [channels * multiplier, h, v, 1]);
}

/**
 * Convolution of each channel on its own, with a kernel [size..., in, multiplier]. Keras 3: `keras.ops.depthwise_conv`.
 *
 * @example
 * ops.depthwiseConv(images, kernel);
 */
export function depthwiseConv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const { sequence, images, kernel: w, strides, dilation, back } = flatten('depthwiseConv', inputs, kernel, options);
  const channels = images.shape[3]!;
  if (w.shape[2] !== channels) {
    throw new ShapeError({ where: 'depthwiseConv', expected: `a kernel for ${channels} channels`, received: shapeText(w.shape) });
  }
  const padding = paddingOf('depthwiseConv', options.padding, sequence, w.shape[0]!, dilation[0]);
  return back(conv2d(images, depthwiseFilters(w), { strides, padding, dilationRate: dilation, groups: channels }, 'depthwiseConv'));
}

/**
 * A depthwise convolution, then a mix of the channels by a kernel [1..., in · multiplier, out]. Keras 3: `keras.ops.separable_conv`.
 *
 * @example
 * ops.separableConv(images, depthwiseKernel, pointwiseKernel);
 */
export function separableConv(
  inputs: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  options: ConvOptions = {},
): Tensor {
  return conv(depthwiseConv(inputs, depthwiseKernel, options), pointwiseKernel, { dataFormat: options.dataFormat });
}

/** Options of convTranspose. */
export interface ConvTransposeOptions extends ConvOptions {
  padding?: 'valid' | 'same';
  /** By default what makes the result `strides` times as large. */
  outputPadding?: number | readonly number[] | null;
}

/**
 * Transposed convolution with a kernel [size..., out, in]. Keras 3: `keras.ops.conv_transpose`.
 *
 * @example
 * ops.convTranspose(images, kernel, { strides: 2, padding: 'same' });
 */
export function convTranspose(inputs: TensorLike, kernel: TensorLike, options: ConvTransposeOptions = {}): Tensor {
  const { sequence, images, kernel: w, strides, dilation, back } = flatten('convTranspose', inputs, kernel, options);
  let outputPadding = options.outputPadding ?? null;
  if (outputPadding !== null && sequence) outputPadding = [first(outputPadding), 0];
  const filter = permuted(w, [3, 0, 1, 2]);
  return back(
    conv2dTranspose(
      images,
      filter,
      { strides, padding: options.padding, dilationRate: dilation, outputPadding: outputPadding as Pair | null },
      'convTranspose',
    ),
  );
}
