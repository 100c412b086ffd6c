/** Order and running sums that leave NaN out, and percentiles. */
import { ArgumentError, ShapeError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, maximum, minimum, multiply, subtract } from './binary.js';
import { expandTo, reshaped } from './broadcast.js';
import { asFloat, asTensor, type Axis, castTo, shapeText, sizeOf, type TensorLike } from './common.js';
import { equal, where } from './compare.js';
import { takenAlong } from './gather.js';
import { all, argmax, argmin, type ReduceOptions, reduceArguments, sum } from './reduce.js';
import { cumprod, cumsum } from './scan.js';
import { sorted } from './sort.js';
import { quantile, type QuantileMethod, type QuantileOptions } from './stats.js';
import { permuted } from './transpose.js';
import { ceil, floor, isnan, logicalNot, round } from './unary.js';

function readOptions(options: Axis | QuantileOptions): QuantileOptions {
  const bare = options === null || typeof options !== 'object' || Array.isArray(options);
  return bare ? { axis: options as Axis } : (options as QuantileOptions);
}

/**
 * Values below which q percent of the elements lie. Keras 3: `keras.ops.percentile`.
 *
 * @example
 * ops.percentile(tensor([1, 2, 3, 4]), 50);   // 2.5
 */
export function percentile(x: TensorLike, q: TensorLike, options: Axis | QuantileOptions = {}): Tensor {
  return quantile(x, hundredth('percentile', q, x), options);
}

function hundredth(where_: string, q: TensorLike, x: TensorLike): TensorLike {
  return typeof q === 'number' ? q / 100 : divide(castTo(asTensor(where_, q), asFloat(where_, x).dtype), 100);
}

/** The place in a row of so many numbers, and what stands there, by the method. */
function at(rows: Tensor, place: Tensor, last: Tensor, method: QuantileMethod): Tensor {
  const pick = (index: Tensor): Tensor => takenAlong(rows, castTo(maximum(minimum(index, last), 0), 'int32'), rows.shape.length - 1);
  if (method === 'nearest') return pick(round(place));
  if (method === 'lower') return pick(floor(place));
  if (method === 'higher') return pick(ceil(place));
  const below = floor(place);
  const [low, high] = [pick(below), pick(add(below, 1))];
  const weight = method === 'linear' ? subtract(place, below) : multiply(subtract(ceil(place), below), 0.5);
  return add(low, multiply(subtract(high, low), weight));
}

function nanQuantiles(where_: string, x: Tensor, q: TensorLike, { axis, method = 'linear', keepdims = false }: QuantileOptions): Tensor {
  if (!['linear', 'lower', 'higher', 'midpoint', 'nearest'].includes(method)) {
    const expected = "method 'linear', 'lower', 'higher', 'midpoint' or 'nearest'";
    throw new ArgumentError({ where: where_, expected, received: `'${String(method)}'` });
  }
  const { axes } = reduceArguments(where_, x.shape.length, axis, false);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const lead = rest.map((i) => x.shape[i]!);
  const [count, size] = [sizeOf(lead), sizeOf(axes.map((i) => x.shape[i]!))];
  if (size === 0) throw new ShapeError({ where: where_, expected: 'at least one element', received: shapeText(x.shape) });
  const rows = reshaped(permuted(x, [...rest, ...axes]), [count, size]);
  // NaN come last in order, so that what counts of a row is its beginning.
  const order = sorted(rows, false).values;
  const last = subtract(castTo(sum(castTo(logicalNot(isnan(rows)), 'int32'), -1, true), x.dtype), 1);
  const share = castTo(asTensor(where_, q, x), x.dtype);
  const place = multiply(reshaped(share, [1, share.size]), last);
  const known = where(isnan(order), 0, order);
  const found = where(equal(last, -1), NaN, at(known, place, expandTo(last, [count, share.size]), method));
  const y = reshaped(permuted(found, [1, 0]), [...share.shape, ...lead]);
  return keepdims ? reshaped(y, [...share.shape, ...x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))]) : y;
}

/**
 * Values below which the shares q of the elements lie, NaN left out. Keras 3: `keras.ops.nanquantile`.
 *
 * @example
 * ops.nanquantile(tensor([1, NaN, 3]), 0.5);   // 2
 */
export function nanquantile(x: TensorLike, q: TensorLike, options: Axis | QuantileOptions = {}): Tensor {
  return nanQuantiles('nanquantile', asFloat('nanquantile', x), q, readOptions(options));
}

/**
 * Values below which q percent of the elements lie, NaN left out. Keras 3: `keras.ops.nanpercentile`.
 *
 * @example
 * ops.nanpercentile(tensor([1, NaN, 3]), 50);   // 2
 */
export function nanpercentile(x: TensorLike, q: TensorLike, options: Axis | QuantileOptions = {}): Tensor {
  return nanQuantiles('nanpercentile', asFloat('nanpercentile', x), hundredth('nanpercentile', q, x), readOptions(options));
}

/**
 * The element in the middle, or the mean of the two there, NaN left out. Keras 3: `keras.ops.nanmedian`.
 *
 * @example
 * ops.nanmedian(tensor([3, NaN, 1]));   // 2
 */
export function nanmedian(x: TensorLike, axis?: Axis | ReduceOptions, keepdims = false): Tensor {
  const t = asFloat('nanmedian', x);
  const given = reduceArguments('nanmedian', t.shape.length, axis, keepdims);
  return nanQuantiles('nanmedian', t, 0.5, { axis: given.axes, keepdims: given.keepdims });
}

type ArgOptions = number | null | { axis?: number | null; keepdims?: boolean };

function nanArg(name: string, other: number, arg: typeof argmax, x: TensorLike, options: ArgOptions): Tensor {
  const t = asFloat(name, x);
  const { axis = null, keepdims = false } = options !== null && typeof options === 'object' ? options : { axis: options };
  const missing = isnan(t);
  // -1 where there is nothing but NaN, as JAX and TensorFlow have it.
  const nothing = axis === null ? all(missing, null, keepdims) : all(missing, axis, keepdims);
  return where(nothing, -1, arg(where(missing, other, t), { axis, keepdims }));
}

/**
 * The index of the greatest element that is not NaN; -1 where there is none. Keras 3: `keras.ops.nanargmax`.
 *
 * @example
 * ops.nanargmax(tensor([1, NaN, 3]));   // 2
 */
export function nanargmax(x: TensorLike, options: ArgOptions = null): Tensor {
  return nanArg('nanargmax', -Infinity, argmax, x, options);
}

/**
 * The index of the least element that is not NaN; -1 where there is none. Keras 3: `keras.ops.nanargmin`.
 *
 * @example
 * ops.nanargmin(tensor([3, NaN, 1]));   // 2
 */
export function nanargmin(x: TensorLike, options: ArgOptions = null): Tensor {
  return nanArg('nanargmin', Infinity, argmin, x, options);
}

function known(name: string, x: TensorLike, instead: number): Tensor {
  const t = asTensor(name, x);
  return isFloat(t.dtype) ? where(isnan(t), instead, t) : t;
}

/**
 * The sum of each element and all before it, NaN as 0. Keras 3: `keras.ops.nancumsum`.
 *
 * @example
 * ops.nancumsum(tensor([1, NaN, 2]));   // [1, 1, 3]
 */
export function nancumsum(x: TensorLike, axis?: number | { axis?: number } | null): Tensor {
  return cumsum(known('nancumsum', x, 0), axis);
}

/**
 * The product of each element and all before it, NaN as 1. Keras 3: `keras.ops.nancumprod`.
 *
 * @example
 * ops.nancumprod(tensor([2, NaN, 3]));   // [2, 2, 6]
 */
export function nancumprod(x: TensorLike, axis?: number | { axis?: number } | null): Tensor {
  return cumprod(known('nancumprod', x, 1), axis);
}
