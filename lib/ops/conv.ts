/** Convolutions as `keras.ops` has them: kernels end in [in, out], of sequences (rank 3), images (rank 4) and volumes (rank 5). */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { floatOperands, shapeText, type TensorLike } from './common.js';
import { convolve, convolveBack } from './conv-any.js';
import { permuted } from './transpose.js';
import { type DataFormat, readDataFormat } from './window.js';

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

interface Operands {
  x: Tensor;
  kernel: Tensor;
  channels: number;
  sliding: Omit<ConvOptions, 'dataFormat'> & { dataFormat: DataFormat };
}

function read(where: string, inputs: TensorLike, kernel: TensorLike, options: ConvOptions): Operands {
  const dataFormat = readDataFormat(where, options.dataFormat);
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
  const channels = x.shape[dataFormat === 'channelsFirst' ? 1 : rank - 1]!;
  return { x, kernel: w, channels, sliding: { ...options, dataFormat } };
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
  const { x, kernel: w, channels, sliding } = read('conv', inputs, kernel, options);
  const each = w.shape.at(-2)!;
  if (each === 0 || channels % each !== 0) {
    throw new ShapeError({ where: 'conv', expected: `a kernel for ${channels} channels`, received: shapeText(w.shape) });
  }
  return convolve('conv', x, outFirst(w), { ...sliding, groups: channels / each });
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
  const { x, kernel: w, channels, sliding } = read('depthwiseConv', inputs, kernel, options);
  if (w.shape.at(-2) !== channels) {
    throw new ShapeError({ where: 'depthwiseConv', expected: `a kernel for ${channels} channels`, received: shapeText(w.shape) });
  }
  return convolve('depthwiseConv', x, depthwiseFilters(w), { ...sliding, groups: channels });
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
  const { x, kernel: w, sliding } = read('convTranspose', inputs, kernel, options);
  return convolveBack('convTranspose', x, outFirst(w), {
    ...sliding,
    padding: options.padding,
    outputPadding: options.outputPadding,
  });
}
