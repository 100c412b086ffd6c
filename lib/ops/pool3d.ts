/** Pooling of volumes [batch, depth, height, width, channels]. The places of maxima are kept only where a gradient may want them. */
import { isTaping } from '../autodiff/tape.js';
import { ArgumentError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, floorDivide, mod, multiply } from './binary.js';
import { reshaped } from './broadcast.js';
import { asFloat, castTo, constantArray, type TensorLike } from './common.js';
import type { Triple } from './conv3d.js';
import { defineOp, runOp, runOp1 } from './define.js';
import { takenAlong } from './gather.js';
import { checkImages, type DataFormat, placeAll, readDataFormat, readSizes, toChannelsFirst, toChannelsLast } from './window.js';

const geometry = [
  ...['poolD', 'poolH', 'poolW', 'strideD', 'strideH', 'strideW'],
  ...['padFront', 'padTop', 'padLeft', 'padBack', 'padBottom', 'padRight'],
];
const maxPoolOp = defineOp('maxPool3d', geometry);
const maxPoolBackwardOp = defineOp('maxPool3dBackward', geometry);
const avgPoolOp = defineOp('avgPool3d', [...geometry, 'includePadding']);
const avgPoolBackwardOp = defineOp('avgPool3dBackward', [...geometry, 'includePadding']);

/** Options of the pools. */
export interface Pool3dOptions {
  /** Default 2. */
  poolSize?: Triple;
  /** Default: the pool size. */
  strides?: Triple | null;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

interface Pool {
  volumes: Tensor;
  format: DataFormat;
  attrs: number[];
  shape: number[];
}

function read(where: string, x: TensorLike, options: Pool3dOptions): Pool {
  const format = readDataFormat(where, options.dataFormat);
  const input = asFloat(where, x);
  checkImages(where, input, format, 5);
  const volumes = toChannelsLast(input, format);
  const pool = readSizes(where, 'poolSize', options.poolSize, 2, 3);
  const strides = readSizes(where, 'strides', options.strides ?? undefined, pool, 3);
  const padding = options.padding ?? 'valid';
  if (padding !== 'valid' && padding !== 'same') {
    throw new ArgumentError({ where, expected: "padding 'valid' or 'same'", received: JSON.stringify(padding) });
  }
  const lines = placeAll(where, 'pool', volumes.shape, pool, strides, padding);
  return {
    volumes,
    format,
    attrs: [...pool, ...strides, ...lines.map((line) => line.before), ...lines.map((line) => line.after)],
    shape: [volumes.shape[0]!, ...lines.map((line) => line.count), volumes.shape[4]!],
  };
}

function maxPoolBackward(dy: Tensor, index: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(maxPoolBackwardOp, [dy, index], { shape, dtype: dy.dtype }, attrs, () => (g) => [() => atMaxima(g!, index, attrs), null]);
}

/** The elements of x where the maxima stood: the mirror image of maxPoolBackward. */
function atMaxima(x: Tensor, index: Tensor, attrs: readonly number[]): Tensor {
  const [pool, strides, before] = [attrs.slice(0, 3), attrs.slice(3, 6), attrs.slice(6, 9)];
  const [n, channels] = [x.shape[0]!, x.shape[4]!];
  let at = castTo(index, 'int32');
  // From the last axis to the first: the place in the window, plus the window's corner, in elements of the volume.
  const inside: Tensor[] = [];
  for (let axis = 2; axis >= 0; axis--) {
    inside[axis] = axis === 0 ? at : mod(at, pool[axis]!);
    if (axis > 0) at = floorDivide(at, pool[axis]!);
  }
  const place = inside.map((one, axis) => {
    const count = index.shape[axis + 1]!;
    const corner = Array.from({ length: count }, (_, i) => i * strides[axis]! - before[axis]!);
    const shape = [count, ...new Array<number>(3 - axis).fill(1)];
    return add(one, constantArray(corner, shape, 'int32', x));
  }) as [Tensor, Tensor, Tensor];
  const flat = add(multiply(add(multiply(place[0], x.shape[2]!), place[1]), x.shape[3]!), place[2]);
  const size = x.shape[1]! * x.shape[2]! * x.shape[3]!;
  const count = index.shape[1]! * index.shape[2]! * index.shape[3]!;
  const found = takenAlong(reshaped(x, [n, size, channels]), reshaped(flat, [n, count, channels]), 1);
  return reshaped(found, index.shape);
}

/**
 * The greatest element of each window; of equal ones the first gets the gradient. Keras 3: `keras.ops.max_pool`.
 *
 * Throws a ShapeError where the window is larger than the volume.
 *
 * @example
 * ops.maxPool3d(volumes, { poolSize: 2 });   // [n, d, h, w, c] becomes [n, d / 2, h / 2, w / 2, c]
 */
export function maxPool3d(x: TensorLike, options: Pool3dOptions = {}, where = 'maxPool3d'): Tensor {
  const { volumes, format, attrs, shape } = read(where, x, options);
  const spec = { shape, dtype: volumes.dtype };
  if (!isTaping()) return toChannelsFirst(runOp1(maxPoolOp, [volumes], spec, attrs), format);
  const index = { shape, dtype: attrs[0]! * attrs[1]! * attrs[2]! <= 256 ? ('uint8' as const) : ('int32' as const) };
  const [y] = runOp(maxPoolOp, [volumes], [spec, index], attrs, ([, at]) => (dy) => [
    dy ? () => maxPoolBackward(dy, at!, volumes.shape, attrs) : null,
  ]);
  return toChannelsFirst(y!, format);
}

function avgPool(x: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(avgPoolOp, [x], { shape, dtype: x.dtype }, attrs, () => (dy) => [() => avgPoolBackward(dy!, x.shape, attrs)]);
}

function avgPoolBackward(dy: Tensor, shape: readonly number[], attrs: readonly number[]): Tensor {
  return runOp1(avgPoolBackwardOp, [dy], { shape, dtype: dy.dtype }, attrs, () => (g) => [() => avgPool(g!, dy.shape, attrs)]);
}

/** Options of avgPool3d. */
export interface AvgPool3dOptions extends Pool3dOptions {
  /** Whether padding counts as zeros. Default false, as in Keras. */
  includePadding?: boolean;
}

/**
 * The mean of each window, of its elements inside the volume. Keras 3: `keras.ops.average_pool`.
 *
 * @example
 * ops.avgPool3d(volumes, { poolSize: 2, padding: 'same' });
 */
export function avgPool3d(x: TensorLike, options: AvgPool3dOptions = {}, where = 'avgPool3d'): Tensor {
  const { volumes, format, attrs, shape } = read(where, x, options);
  return toChannelsFirst(avgPool(volumes, shape, [...attrs, Number(options.includePadding ?? false)]), format);
}
