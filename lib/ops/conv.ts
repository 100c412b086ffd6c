/** Convolutions as `keras.ops` has them: kernels end in [in, out], of sequences (rank 3), images (rank 4) and volumes (rank 5). */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { floatOperands, shapeText, type TensorLike } from './common.js';
import { conv2d, conv2dTranspose } from './conv2d.js';
import { conv3d, conv3dTranspose } from './conv3d.js';
import { permuted } from './transpose.js';
import { type DataFormat, type Padding2d, readDataFormat, readSizes, toChannelsFirst, toChannelsLast } from './window.js';

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

/** Sequences are images one pixel high. */
interface Flat {
  /** Axes between the batch and the channels: 1, 2 or 3. */
  spatial: number;
  images: Tensor;
  kernel: Tensor;
  strides: number[];
  dilation: number[];
  back: (y: Tensor) => Tensor;
}

function flatten(where: string, inputs: TensorLike, kernel: TensorLike, options: ConvOptions): Flat {
  const format = readDataFormat(where, options.dataFormat);
  const [x, w] = floatOperands(where, inputs, kernel);
  const rank = x.shape.length;
  if (rank < 3 || rank > 5) {
    throw new ShapeError({
      where,
      expected: 'a batch of sequences (rank 3), images (rank 4) or volumes (rank 5)',
      received: shapeText(x.shape),
    });
  }
  if (w.shape.length !== rank) {
    throw new ShapeError({ where, expected: `a kernel of rank ${rank} for input ${shapeText(x.shape)}`, received: shapeText(w.shape) });
  }
  const images = toChannelsLast(x, format);
  const back = (y: Tensor) => toChannelsFirst(y, format);
  const strides = readSizes(where, 'strides', options.strides, 1, rank - 2);
  const dilation = readSizes(where, 'dilationRate', options.dilationRate, 1, rank - 2);
  if (rank > 3) return { spatial: rank - 2, images, kernel: w, strides, dilation, back };
  const [n, length, channels] = images.shape as readonly [number, number, number];
  return {
    spatial: 1,
    images: reshaped(images, [n, 1, length, channels]),
    kernel: reshaped(w, [1, ...w.shape]),
    strides: [1, ...strides],
    dilation: [1, ...dilation],
    back: (y) => back(reshaped(y, [y.shape[0]!, y.shape[2]!, y.shape[3]!])),
  };
}

function run(where: string, flat: Flat, filters: Tensor, padding: ConvOptions['padding'], groups: number): Tensor {
  const { spatial, images, strides, dilation } = flat;
  if (padding === 'causal' && spatial > 1) {
    throw new ArgumentError({ where, expected: "padding 'valid' or 'same' for images", received: "'causal'" });
  }
  const common = { dilationRate: dilation as never, strides: strides as never, groups };
  if (spatial === 3) return conv3d(images, filters, { ...common, padding: padding as 'valid' | 'same' | undefined }, where);
  const before = (filters.shape[2]! - 1) * dilation[1]!;
  const causal: Padding2d = [
    [0, 0],
    [before, 0],
  ];
  return conv2d(images, filters, { ...common, padding: padding === 'causal' ? causal : padding }, where);
}

/** The kernel's axes in the order of the memory: [out, size..., in]. */
function outFirst(w: Tensor): Tensor {
  const rank = w.shape.length;
  return permuted(w, [rank - 1, ...Array.from({ length: rank - 1 }, (_, i) => i)]);
}

/**
 * Convolution with a kernel [size..., in / groups, out]; the number of groups follows from the channels. Keras 3: `keras.ops.conv`.
 *
 * @example
 * ops.conv(images, kernel, { strides: 2, padding: 'same' });
 */
export function conv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const flat = flatten('conv', inputs, kernel, options);
  const [channels, each] = [flat.images.shape.at(-1)!, flat.kernel.shape.at(-2)!];
  if (each === 0 || channels % each !== 0) {
    throw new ShapeError({ where: 'conv', expected: `a kernel for ${channels} channels`, received: shapeText(flat.kernel.shape) });
  }
  return flat.back(run('conv', flat, outFirst(flat.kernel), options.padding, channels / each));
}

/** [size..., in, multiplier] as the filters of one group a channel. */
function depthwiseFilters(w: Tensor): Tensor {
  const rank = w.shape.length;
  const sizes = Array.from({ length: rank - 2 }, (_, i) => i);
  const channels = w.shape[rank - 2]! * w.shape[rank - 1]!;
  return reshaped(permuted(w, [rank - 2, rank - 1, ...sizes]), [channels, ...w.shape.slice(0, rank - 2), 1]);
}

/**
 * Convolution of each channel on its own, with a kernel [size..., in, multiplier]. Keras 3: `keras.ops.depthwise_conv`.
 *
 * @example
 * ops.depthwiseConv(images, kernel);
 */
export function depthwiseConv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const flat = flatten('depthwiseConv', inputs, kernel, options);
  const channels = flat.images.shape.at(-1)!;
  if (flat.kernel.shape.at(-2) !== channels) {
    throw new ShapeError({ where: 'depthwiseConv', expected: `a kernel for ${channels} channels`, received: shapeText(flat.kernel.shape) });
  }
  return flat.back(run('depthwiseConv', flat, depthwiseFilters(flat.kernel), options.padding, channels));
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
  const { spatial, images, kernel: w, strides, dilation, back } = flatten('convTranspose', inputs, kernel, options);
  const given = options.outputPadding ?? null;
  const outputPadding = given !== null && spatial === 1 ? [0, ...(typeof given === 'number' ? [given] : given)] : given;
  const common = { padding: options.padding, strides, dilationRate: dilation, outputPadding };
  const transpose = spatial === 3 ? conv3dTranspose : conv2dTranspose;
  return back(transpose(images, outFirst(w), common as never, 'convTranspose'));
}
