/** Pooling of images [batch, height, width, channels]. The places of maxima are kept only where a gradient may want them. */
import { isTaping } from '../autodiff/tape.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, floorDivide, mod, multiply } from './binary.js';
import { reshaped } from './broadcast.js';
import { asFloat, castTo, constantArray, type TensorLike } from './common.js';
import { defineOp, runOp, runOp1 } from './define.js';
import { takenAlong } from './gather.js';
import {
  checkImages,
  type DataFormat,
  type Line,
  type Padding2d,
  type Pair,
  place,
  readDataFormat,
  readPadding,
  readPair,
  toChannelsFirst,
  toChannelsLast,
} from './window.js';

const geometry = ['poolH', 'poolW', 'strideH', 'strideW', 'padTop', 'padLeft', 'padBottom', 'padRight'];
const maxPoolOp = defineOp('maxPool2d', geometry);
const maxPoolBackwardOp = defineOp('maxPool2dBackward', geometry);
const avgPoolOp = defineOp('avgPool2d', [...geometry, 'includePadding']);
const avgPoolBackwardOp = defineOp('avgPool2dBackward', [...geometry, 'includePadding']);

/** Options of the pools. */
export interface Pool2dOptions {
  /** Default 2. */
  poolSize?: Pair;
  /** Default: the pool size. */
  strides?: Pair | null;
  /** Default 'valid'. */
  padding?: Padding2d;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

interface Pool {
  images: Tensor;
  format: DataFormat;
  attrs: number[];
  shape: number[];
}

function read(where: string, x: TensorLike, options: Pool2dOptions): Pool {
  const format = readDataFormat(where, options.dataFormat);
  const input = asFloat(where, x);
  checkImages(where, input, format);
  const images = toChannelsLast(input, format);
  const pool = readPair(where, 'poolSize', options.poolSize, 2);
  const strides = readPair(where, 'strides', options.strides ?? undefined, pool);
  const [h, w]: [Line, Line] = place(where, 'pool', images.shape, pool, strides, readPadding(where, options.padding ?? 'valid'));
  return {
    images,
    format,
    attrs: [...pool, ...strides, h.before, w.before, h.after, w.after],
    shape: [images.shape[0]!, h.count, w.count, images.shape[3]!],
  };
}

function maxPoolBackward(dy: Tensor, index: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(maxPoolBackwardOp, [dy, index], { shape, dtype: dy.dtype }, attrs, () => (g) => [() => atMaxima(g!, index, attrs), null]);
}

/** The elements of x where the maxima stood: the mirror image of maxPoolBackward. */
function atMaxima(x: Tensor, index: Tensor, attrs: readonly number[]): Tensor {
  const [, poolW, strideH, strideW, padTop, padLeft] = attrs as [number, number, number, number, number, number];
  const [n, height, width, channels] = x.shape as readonly [number, number, number, number];
  const [, rows, columns] = index.shape as readonly [number, number, number];
  const at = castTo(index, 'int32');
  const corner = (count: number, stride: number, pad: number) => Array.from({ length: count }, (_, i) => i * stride - pad);
  const top = constantArray(corner(rows, strideH, padTop), [rows, 1, 1], 'int32', x);
  const left = constantArray(corner(columns, strideW, padLeft), [columns, 1], 'int32', x);
  const place = add(multiply(add(floorDivide(at, poolW), top), width), add(mod(at, poolW), left));
  const flat = takenAlong(reshaped(x, [n, height * width, channels]), reshaped(place, [n, rows * columns, channels]), 1);
  return reshaped(flat, index.shape);
}

/**
 * The greatest element of each window; of equal ones the first gets the gradient. Keras 3: `keras.ops.max_pool`.
 *
 * Throws a ShapeError where the window is larger than the image.
 *
 * @example
 * ops.maxPool2d(images, { poolSize: 2 });   // [n, h, w, c] becomes [n, h / 2, w / 2, c]
 */
export function maxPool2d(x: TensorLike, options: Pool2dOptions = {}, where = 'maxPool2d'): Tensor {
  const { images, format, attrs, shape } = read(where, x, options);
  const spec = { shape, dtype: images.dtype };
  if (!isTaping()) return toChannelsFirst(runOp1(maxPoolOp, [images], spec, attrs), format);
  const index = { shape, dtype: attrs[0]! * attrs[1]! <= 256 ? ('uint8' as const) : ('int32' as const) };
  const [y] = runOp(maxPoolOp, [images], [spec, index], attrs, ([, at]) => (dy) => [
    dy ? () => maxPoolBackward(dy, at!, images.shape, attrs) : null,
  ]);
  return toChannelsFirst(y!, format);
}

function avgPool(x: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(avgPoolOp, [x], { shape, dtype: x.dtype }, attrs, () => (dy) => [() => avgPoolBackward(dy!, x.shape, attrs)]);
}

function avgPoolBackward(dy: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(avgPoolBackwardOp, [dy], { shape, dtype: dy.dtype }, attrs, () => (g) => [() => avgPool(g!, dy.shape, attrs)]);
}

/** Options of avgPool2d. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether padding counts as zeros. Default false, as in Keras. */
  includePadding?: boolean;
}

/**
 * The mean of each window, of its elements inside the image. Keras 3: `keras.ops.average_pool`.
 *
 * @example
 * ops.avgPool2d(images, { poolSize: 2, padding: 'same' });
 */
export function avgPool2d(x: TensorLike, options: AvgPool2dOptions = {}, where = 'avgPool2d'): Tensor {
  const { images, format, attrs, shape } = read(where, x, options);
  return toChannelsFirst(avgPool(images, shape, [...attrs, Number(options.includePadding ?? false)]), format);
}
