/** Two-dimensional convolution with filters [out, height, width, in / groups], and its mirror image. Bias and relu are part of the kernel. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { relu, reluGrad } from './activation.js';
import { add } from './binary.js';
import { expandTo } from './broadcast.js';
import { floatOperands, sameShape, shapeText, type TensorLike, wholeNumber } from './common.js';
import { defineOp, runOp, runOp1 } from './define.js';
import { once } from './derive.js';
import {
  checkImages,
  type DataFormat,
  type Padding2d,
  type Pair,
  place,
  readDataFormat,
  readPadding,
  readPair,
  toChannelsFirst,
  toChannelsLast,
} from './window.js';

const geometry = ['strideH', 'strideW', 'padTop', 'padLeft', 'padBottom', 'padRight', 'dilationH', 'dilationW', 'groups'];
const conv2dOp = defineOp('conv2d', [...geometry, 'activation']);
const backwardInputOp = defineOp('conv2dBackwardInput', geometry);
const backwardFilterOp = defineOp('conv2dBackwardFilter', geometry);

/** The words of `geometry`. */
type Geometry = readonly number[];

/** Options of conv2d. */
export interface Conv2dOptions {
  /** Default 1. */
  strides?: Pair;
  /** Default 'valid'. */
  padding?: Padding2d;
  /** Distance of the filter's elements. Default 1. */
  dilationRate?: Pair;
  /** Groups of channels that see only filters of their own. Default 1. */
  groups?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
  /** [out], added to every pixel. */
  bias?: Tensor | null;
  /** Of the result's shape, added before the activation: the shortcut of a residual network. */
  residual?: Tensor | null;
  activation?: 'relu';
}

function forward(
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  size: readonly [number, number],
  g: Geometry,
  withRelu: boolean,
  residual?: Tensor,
): Tensor {
  const shape = [x.shape[0]!, ...size, filter.shape[0]!];
  const inputs = [x, filter, ...(bias ? [bias, ...(residual ? [residual] : [])] : [])];
  return runOp1(conv2dOp, inputs, { shape, dtype: x.dtype }, [...g, Number(withRelu)], (y) => (dy) => {
    const above = once(() => (withRelu ? reluGrad(y, dy!) : dy!));
    // One pass over dy serves the filter and the bias.
    const weights = once(() => backwardFilter(x, above(), filter.shape, g, bias !== undefined));
    return [
      () => backwardInput(above(), filter, x.shape, g),
      () => weights()[0]!,
      ...(bias ? [() => weights()[1]!] : []),
      ...(residual ? [above] : []),
    ];
  });
}

function backwardInput(dy: Tensor, filter: Tensor, shape: readonly number[], g: Geometry): Tensor {
  return runOp1(backwardInputOp, [dy, filter], { shape, dtype: dy.dtype }, g, () => (dx) => [
    () => forward(dx!, filter, undefined, [dy.shape[1]!, dy.shape[2]!], g, false),
    () => backwardFilter(dx!, dy, filter.shape, g, false)[0]!,
  ]);
}

function backwardFilter(x: Tensor, dy: Tensor, shape: readonly number[], g: Geometry, withBias: boolean): Tensor[] {
  const specs = [{ shape, dtype: x.dtype }];
  if (withBias) specs.push({ shape: [shape[0]!], dtype: x.dtype });
  return runOp(backwardFilterOp, [x, dy], specs, g, () => (dFilter, dBias) => [
    dFilter ? () => backwardInput(dy, dFilter, x.shape, g) : null,
    () => {
      const ofFilter = dFilter && forward(x, dFilter, undefined, [dy.shape[1]!, dy.shape[2]!], g, false);
      const ofBias = dBias && expandTo(dBias, dy.shape);
      return ofFilter && ofBias ? add(ofFilter, ofBias) : (ofFilter ?? ofBias)!;
    },
  ]);
}

/** @internal Whether relu is wanted. */
export function readActivation(where: string, activation: string | null | undefined): boolean {
  if (activation === undefined || activation === null) return false;
  if (activation === 'relu') return true;
  throw new ArgumentError({ where, expected: "the activation 'relu' or none", received: activation });
}

/** @internal Refuses a bias of another shape. */
export function checkBias(where: string, bias: Tensor | null | undefined, channels: number): void {
  if (!bias || sameShape(bias.shape, [channels])) return;
  throw new ShapeError({ where, expected: `a bias of shape [${channels}]`, received: shapeText(bias.shape) });
}

/**
 * Convolves images [batch, height, width, in] with filters [out, height, width, in / groups]. Padding 'same' puts the odd element after.
 * Keras 3: `keras.ops.conv`, whose kernels are [height, width, in, out]: that is `ops.conv`.
 *
 * Throws a ShapeError where the filter is larger than the image or the channels do not fit.
 *
 * @example
 * ops.conv2d(images, filters, { padding: 'same', strides: 2, bias, activation: 'relu' });
 */
export function conv2d(x: TensorLike, filter: TensorLike, options: Conv2dOptions = {}, where = 'conv2d'): Tensor {
  const format = readDataFormat(where, options.dataFormat);
  const [input, w] = floatOperands(where, x, filter);
  checkImages(where, input, format);
  const images = toChannelsLast(input, format);
  const strides = readPair(where, 'strides', options.strides, 1);
  const dilation = readPair(where, 'dilationRate', options.dilationRate, 1);
  const groups = wholeNumber(where, 'groups', options.groups ?? 1, 1);
  const channels = images.shape[3]!;
  if (w.shape.length !== 4 || w.shape[3]! * groups !== channels || w.shape[0]! % groups !== 0) {
    throw new ShapeError({
      where,
      expected: `filters [out, height, width, ${channels / groups}] with ${groups === 1 ? 'any number out' : `out divided by ${groups}`}`,
      received: shapeText(w.shape),
    });
  }
  checkBias(where, options.bias, w.shape[0]!);
  const extent = [(w.shape[1]! - 1) * dilation[0] + 1, (w.shape[2]! - 1) * dilation[1] + 1] as const;
  const [h, v] = place(where, 'kernel', images.shape, extent, strides, readPadding(where, options.padding ?? 'valid'));
  const g = [...strides, h.before, v.before, h.after, v.after, ...dilation, groups];
  const withRelu = readActivation(where, options.activation);
  const residual = options.residual ? toChannelsLast(options.residual, format) : undefined;
  const shape = [images.shape[0]!, h.count, v.count, w.shape[0]!];
  if (residual && !sameShape(residual.shape, shape)) {
    throw new ShapeError({
      where,
      expected: `a residual of the result's shape ${shapeText(format === 'channelsFirst' ? [shape[0]!, shape[3]!, h.count, v.count] : shape)}`,
      received: shapeText(options.residual!.shape),
    });
  }
  const run = (inKernel: boolean, bias?: Tensor | null) =>
    forward(images, w, bias ?? undefined, [h.count, v.count], g, withRelu && inKernel, inKernel ? residual : undefined);
  if (!residual || options.bias) return toChannelsFirst(run(true, options.bias), format);
  const y = add(run(false), residual);
  return toChannelsFirst(withRelu ? relu(y) : y, format);
}

/** Options of conv2dTranspose. */
export interface Conv2dTransposeOptions {
  strides?: Pair;
  padding?: 'valid' | 'same';
  /** Rows and columns added at the end of the result; by default what makes it `strides` times the input. */
  outputPadding?: Pair | readonly [number, number] | null;
  dilationRate?: Pair;
  groups?: number;
  dataFormat?: DataFormat;
  bias?: Tensor | null;
  activation?: 'relu';
}

/** The size of a transposed convolution's result in one direction, as Keras has it. */
export function transposedSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: 'valid' | 'same',
  outputPadding: number | null,
): number {
  const extent = (kernel - 1) * dilation + 1;
  if (outputPadding === null) return padding === 'same' ? size * stride : size * stride + Math.max(extent - stride, 0);
  const inside = (size - 1) * stride + extent + outputPadding;
  return padding === 'same' ? inside - 2 * Math.floor(extent / 2) : inside;
}

/** @internal The outputPadding of each direction; null where the size is the regular one. */
export function readOutputPadding(
  where: string,
  given: number | readonly number[] | null | undefined,
  strides: readonly number[],
): readonly (number | null)[] {
  const more = strides.map((_, i) => (typeof given === 'number' ? given : (given?.[i] ?? null)));
  const fits = !Array.isArray(given) || given.length === strides.length;
  if (fits && more.every((one, i) => one === null || (Number.isInteger(one) && one >= 0 && one < strides[i]!))) return more;
  throw new ArgumentError({ where, expected: 'outputPadding from 0 and below the strides', received: JSON.stringify(given) });
}

/** @internal What a transposed convolution takes off before and after in each direction. */
export function transposedPads(
  image: readonly number[],
  filter: readonly number[],
  strides: readonly number[],
  dilation: readonly number[],
  size: readonly number[],
): (readonly [number, number])[] {
  return strides.map((stride, i) => {
    const inside = (image[i + 1]! - 1) * stride + (filter[i + 1]! - 1) * dilation[i]! + 1;
    const total = Math.max(0, inside - size[i]!);
    return [Math.floor(total / 2), total - Math.floor(total / 2)] as const;
  });
}

/**
 * The mirror image of conv2d: images [batch, height, width, in] become larger ones, with filters [in, height, width, out / groups].
 * Keras 3: `keras.ops.conv_transpose`, whose kernels are [height, width, out, in]: that is `ops.convTranspose`.
 *
 * @example
 * ops.conv2dTranspose(images, filters, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  options: Conv2dTransposeOptions = {},
  where = 'conv2dTranspose',
): Tensor {
  const format = readDataFormat(where, options.dataFormat);
  const [input, w] = floatOperands(where, x, filter);
  checkImages(where, input, format);
  const images = toChannelsLast(input, format);
  const strides = readPair(where, 'strides', options.strides, 1);
  const dilation = readPair(where, 'dilationRate', options.dilationRate, 1);
  const groups = wholeNumber(where, 'groups', options.groups ?? 1, 1);
  const padding = readPadding(where, options.padding ?? 'valid');
  if (typeof padding !== 'string') {
    throw new ArgumentError({ where, expected: "padding 'valid' or 'same'", received: JSON.stringify(padding) });
  }
  if (w.shape.length !== 4 || w.shape[0] !== images.shape[3] || w.shape[0]! % groups !== 0) {
    throw new ShapeError({ where, expected: `filters [${images.shape[3]}, height, width, out]`, received: shapeText(w.shape) });
  }
  const more = readOutputPadding(where, options.outputPadding, strides);
  const size = [0, 1].map((i) => transposedSize(images.shape[i + 1]!, w.shape[i + 1]!, strides[i]!, dilation[i]!, padding, more[i]!));
  const pads = transposedPads(images.shape, w.shape, strides, dilation, size) as [readonly [number, number], readonly [number, number]];
  if (size.some((one) => one < 1)) {
    throw new ShapeError({ where, expected: 'an image and strides that give at least one pixel', received: shapeText(images.shape) });
  }
  const channels = w.shape[3]! * groups;
  checkBias(where, options.bias, channels);
  const g = [...strides, pads[0][0], pads[1][0], pads[0][1], pads[1][1], ...dilation, groups];
  let y = backwardInput(images, w, [images.shape[0]!, ...size, channels], g);
  if (options.bias) y = add(y, options.bias);
  if (readActivation(where, options.activation)) y = relu(y);
  return toChannelsFirst(y, format);
}
