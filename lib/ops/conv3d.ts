/** Three-dimensional convolution with filters [out, depth, height, width, in / groups], and its mirror image. Bias and relu are part of the kernel. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { relu, reluGrad } from './activation.js';
import { add } from './binary.js';
import { expandTo } from './broadcast.js';
import { floatOperands, shapeText, type TensorLike, wholeNumber } from './common.js';
import { checkBias, readActivation, readOutputPadding, transposedPads, transposedSize } from './conv2d.js';
import { defineOp, runOp, runOp1 } from './define.js';
import { once } from './derive.js';
import { checkImages, type DataFormat, placeAll, readDataFormat, readSizes, toChannelsFirst, toChannelsLast } from './window.js';

const geometry = [
  ...['strideD', 'strideH', 'strideW', 'padFront', 'padTop', 'padLeft', 'padBack', 'padBottom', 'padRight'],
  ...['dilationD', 'dilationH', 'dilationW', 'groups'],
];
const conv3dOp = defineOp('conv3d', [...geometry, 'activation']);
const backwardInputOp = defineOp('conv3dBackwardInput', geometry);
const backwardFilterOp = defineOp('conv3dBackwardFilter', geometry);

/** One number for all directions, or [depth, height, width]. */
export type Triple = number | readonly [number, number, number];

/** The words of `geometry`. */
type Geometry = readonly number[];

/** Options of conv3d. */
export interface Conv3dOptions {
  /** Default 1. */
  strides?: Triple;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Distance of the filter's elements. Default 1. */
  dilationRate?: Triple;
  /** Groups of channels that see only filters of their own. Default 1. */
  groups?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
  /** [out], added to every voxel. */
  bias?: Tensor | null;
  activation?: 'relu';
}

function sides(x: Tensor): number[] {
  return x.shape.slice(1, 4);
}

function forward(x: Tensor, filter: Tensor, bias: Tensor | undefined, size: readonly number[], g: Geometry, withRelu: boolean): Tensor {
  const shape = [x.shape[0]!, ...size, filter.shape[0]!];
  return runOp1(conv3dOp, bias ? [x, filter, bias] : [x, filter], { shape, dtype: x.dtype }, [...g, Number(withRelu)], (y) => (dy) => {
    const above = once(() => (withRelu ? reluGrad(y, dy!) : dy!));
    // One pass over dy serves the filter and the bias.
    const weights = once(() => backwardFilter(x, above(), filter.shape, g, bias !== undefined));
    return [() => backwardInput(above(), filter, x.shape, g), () => weights()[0]!, ...(bias ? [() => weights()[1]!] : [])];
  });
}

function backwardInput(dy: Tensor, filter: Tensor, shape: readonly number[], g: Geometry): Tensor {
  return runOp1(backwardInputOp, [dy, filter], { shape, dtype: dy.dtype }, g, () => (dx) => [
    () => forward(dx!, filter, undefined, sides(dy), g, false),
    () => backwardFilter(dx!, dy, filter.shape, g, false)[0]!,
  ]);
}

function backwardFilter(x: Tensor, dy: Tensor, shape: readonly number[], g: Geometry, withBias: boolean): Tensor[] {
  const specs = [{ shape, dtype: x.dtype }];
  if (withBias) specs.push({ shape: [shape[0]!], dtype: x.dtype });
  return runOp(backwardFilterOp, [x, dy], specs, g, () => (dFilter, dBias) => [
    dFilter ? () => backwardInput(dy, dFilter, x.shape, g) : null,
    () => {
      const ofFilter = dFilter && forward(x, dFilter, undefined, sides(dy), g, false);
      const ofBias = dBias && expandTo(dBias, dy.shape);
      return ofFilter && ofBias ? add(ofFilter, ofBias) : (ofFilter ?? ofBias)!;
    },
  ]);
}

function readPadding(where: string, padding: unknown): 'valid' | 'same' {
  if (padding === undefined || padding === 'valid' || padding === 'same') return padding ?? 'valid';
  throw new ArgumentError({ where, expected: "padding 'valid' or 'same'", received: JSON.stringify(padding) });
}

/**
 * Convolves volumes [batch, depth, height, width, in] with filters [out, depth, height, width, in / groups]. Padding 'same' puts the odd
 * element after. Keras 3: `keras.ops.conv`, whose kernels are [depth, height, width, in, out]: that is `ops.conv`.
 *
 * Throws a ShapeError where the filter is larger than the volume or the channels do not fit.
 *
 * @example
 * ops.conv3d(volumes, filters, { padding: 'same', strides: 2, bias, activation: 'relu' });
 */
export function conv3d(x: TensorLike, filter: TensorLike, options: Conv3dOptions = {}, where = 'conv3d'): Tensor {
  const format = readDataFormat(where, options.dataFormat);
  const [input, w] = floatOperands(where, x, filter);
  checkImages(where, input, format, 5);
  const volumes = toChannelsLast(input, format);
  const strides = readSizes(where, 'strides', options.strides, 1, 3);
  const dilation = readSizes(where, 'dilationRate', options.dilationRate, 1, 3);
  const groups = wholeNumber(where, 'groups', options.groups ?? 1, 1);
  const channels = volumes.shape[4]!;
  if (w.shape.length !== 5 || w.shape[4]! * groups !== channels || w.shape[0]! % groups !== 0) {
    throw new ShapeError({
      where,
      expected: `filters [out, depth, height, width, ${channels / groups}] with ${groups === 1 ? 'any number out' : `out divided by ${groups}`}`,
      received: shapeText(w.shape),
    });
  }
  checkBias(where, options.bias, w.shape[0]!);
  const extent = dilation.map((step, i) => (w.shape[i + 1]! - 1) * step + 1);
  const lines = placeAll(where, 'kernel', volumes.shape, extent, strides, readPadding(where, options.padding));
  const g = [...strides, ...lines.map((line) => line.before), ...lines.map((line) => line.after), ...dilation, groups];
  const size = lines.map((line) => line.count);
  return toChannelsFirst(forward(volumes, w, options.bias ?? undefined, size, g, readActivation(where, options.activation)), format);
}

/** Options of conv3dTranspose. */
export interface Conv3dTransposeOptions extends Conv3dOptions {
  /** Elements added at the end of the result; by default what makes it `strides` times the input. */
  outputPadding?: Triple | null;
}

/**
 * The mirror image of conv3d: volumes [batch, depth, height, width, in] become larger ones, with filters [in, depth, height, width,
 * out / groups]. Keras 3: `keras.ops.conv_transpose`, whose kernels are [depth, height, width, out, in]: that is `ops.convTranspose`.
 *
 * @example
 * ops.conv3dTranspose(volumes, filters, { strides: 2, padding: 'same' });   // twice the size
 */
export function conv3dTranspose(
  x: TensorLike,
  filter: TensorLike,
  options: Conv3dTransposeOptions = {},
  where = 'conv3dTranspose',
): Tensor {
  const format = readDataFormat(where, options.dataFormat);
  const [input, w] = floatOperands(where, x, filter);
  checkImages(where, input, format, 5);
  const volumes = toChannelsLast(input, format);
  const strides = readSizes(where, 'strides', options.strides, 1, 3);
  const dilation = readSizes(where, 'dilationRate', options.dilationRate, 1, 3);
  const groups = wholeNumber(where, 'groups', options.groups ?? 1, 1);
  const padding = readPadding(where, options.padding);
  if (w.shape.length !== 5 || w.shape[0] !== volumes.shape[4] || w.shape[0]! % groups !== 0) {
    throw new ShapeError({ where, expected: `filters [${volumes.shape[4]}, depth, height, width, out]`, received: shapeText(w.shape) });
  }
  const more = readOutputPadding(where, options.outputPadding, strides);
  const size = strides.map((stride, i) => transposedSize(volumes.shape[i + 1]!, w.shape[i + 1]!, stride, dilation[i]!, padding, more[i]!));
  if (size.some((one) => one < 1)) {
    throw new ShapeError({ where, expected: 'a volume and strides that give at least one voxel', received: shapeText(volumes.shape) });
  }
  const pads = transposedPads(volumes.shape, w.shape, strides, dilation, size);
  const channels = w.shape[4]! * groups;
  checkBias(where, options.bias, channels);
  const g = [...strides, ...pads.map(([before]) => before), ...pads.map(([, after]) => after), ...dilation, groups];
  let y = backwardInput(volumes, w, [volumes.shape[0]!, ...size, channels], g);
  if (options.bias) y = add(y, options.bias);
  if (readActivation(where, options.activation)) y = relu(y);
  return toChannelsFirst(y, format);
}
