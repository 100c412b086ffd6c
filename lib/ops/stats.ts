/** Statistics composed of reductions and sorting. */
import { ArgumentError, ShapeError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, maximum, minimum, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes, view } from './broadcast.js';
import {
  asFloat,
  asNumber,
  asTensor,
  type Axis,
  castTo,
  operands,
  sameShape,
  type Shape,
  shapeText,
  sizeOf,
  type TensorLike,
  wholeNumber,
} from './common.js';
import { equal, greaterEqual, lessEqual, logicalAnd, where } from './compare.js';
import { taken } from './gather.js';
import { onDeviceOf } from './define.js';
import { arange } from './make.js';
import { matmul } from './matmul.js';
import { any, max, mean, min, prod, type ReduceOptions, reduceArguments, sum } from './reduce.js';
import { sorted } from './sort.js';
import { permuted } from './transpose.js';
import { diagonal } from './triangle.js';
import { ceil, floor, isnan, logicalNot, round, sqrt, square } from './unary.js';

/**
 * The mean with weights, of the shape of x or of its one axis. Keras 3: `keras.ops.average`.
 *
 * @example
 * ops.average(tensor([1, 3]), 0, tensor([3, 1]));   // 1.5
 */
export function average(x: TensorLike, axis?: Axis | { axis?: Axis; weights?: TensorLike | null }, weights?: TensorLike | null): Tensor {
  const options = axis !== null && typeof axis === 'object' && !Array.isArray(axis);
  const given = options ? (axis as { axis?: Axis; weights?: TensorLike | null }) : { axis: axis as Axis, weights };
  const t = asFloat('average', x);
  const { axes } = reduceArguments('average', t.shape.length, given.axis, false);
  if (given.weights === undefined || given.weights === null) return mean(t, axes);
  const [a, w] = operands('average', t, given.weights);
  let factors = w;
  if (!sameShape(w.shape, a.shape)) {
    if (w.shape.length !== 1 || axes.length !== 1 || w.shape[0] !== a.shape[axes[0]!]) {
      throw new ShapeError({
        where: 'average',
        expected: `weights of shape ${shapeText(a.shape)}, or of the one axis that is averaged`,
        received: shapeText(w.shape),
      });
    }
    factors = expandTo(
      reshaped(
        w,
        a.shape.map((dim, i) => (i === axes[0] ? dim : 1)),
      ),
      a.shape,
    );
  }
  return divide(sum(multiply(a, factors), axes), sum(factors, axes));
}

/** How a quantile between two elements is found. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

/** Options of quantile. */
export interface QuantileOptions {
  axis?: Axis;
  method?: QuantileMethod;
  keepdims?: boolean;
}

/**
 * Values below which the shares q of the elements lie. The axes of q come first. NaN where there is one. Keras 3: `keras.ops.quantile`.
 *
 * @example
 * ops.quantile(tensor([1, 2, 3, 4]), 0.5);   // 2.5
 */
export function quantile(x: TensorLike, q: TensorLike, options: Axis | QuantileOptions = {}): Tensor {
  const bare = options === null || typeof options !== 'object' || Array.isArray(options);
  const { axis, method = 'linear', keepdims = false } = bare ? { axis: options as Axis } : (options as QuantileOptions);
  return quantiles('quantile', asFloat('quantile', x), q, axis, method, keepdims);
}

function quantiles(name: string, x: Tensor, q: TensorLike, axis: Axis, method: QuantileMethod, keepdims: boolean): Tensor {
  const { axes } = reduceArguments(name, x.shape.length, axis, false);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const lead = rest.map((i) => x.shape[i]!);
  const size = sizeOf(axes.map((i) => x.shape[i]!));
  if (size === 0) throw new ShapeError({ where: name, expected: 'at least one element', received: shapeText(x.shape) });
  if (typeof q === 'number' && !(q >= 0 && q <= 1))
    throw new ArgumentError({ where: name, expected: 'q from 0 to 1', received: String(q) });
  const rows = reshaped(permuted(x, [...rest, ...axes]), [...lead, size]);
  const order = sorted(rows, false).values;
  const share = castTo(asTensor(name, q, x), x.dtype);
  const place = multiply(share, size - 1);
  const at = (index: Tensor) => taken(order, castTo(index, 'int32'), lead.length);
  let found: Tensor;
  if (method === 'nearest') found = at(round(place));
  else if (method === 'lower') found = at(floor(place));
  else if (method === 'higher') found = at(ceil(place));
  else if (method === 'linear' || method === 'midpoint') {
    const below = floor(place);
    const weight = method === 'linear' ? subtract(place, below) : multiply(subtract(ceil(place), below), 0.5);
    const [low, high] = [at(below), at(minimum(add(below, 1), size - 1))];
    found = add(low, multiply(subtract(high, low), weight));
  } else {
    throw new ArgumentError({
      where: name,
      expected: "method 'linear', 'lower', 'higher', 'midpoint' or 'nearest'",
      received: `'${String(method)}'`,
    });
  }
  const spoilt = reshaped(any(isnan(rows), -1), [...lead, ...share.shape.map(() => 1)]);
  found = where(spoilt, NaN, found);
  const qRank = share.shape.length;
  const y = permuted(found, [...share.shape.map((_, i) => lead.length + i), ...lead.map((_, i) => i)]);
  if (!keepdims) return y;
  return reshaped(y, [...y.shape.slice(0, qRank), ...x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))]);
}

/**
 * The element in the middle, or the mean of the two there. Keras 3: `keras.ops.median`.
 *
 * @example
 * ops.median(tensor([3, 1, 2]));   // 2
 */
export function median(x: TensorLike, axis?: Axis | ReduceOptions, keepdims = false): Tensor {
  const t = asFloat('median', x);
  const given = reduceArguments('median', t.shape.length, axis, keepdims);
  return quantiles('median', t, 0.5, given.axes, 'linear', given.keepdims);
}

/** Options of histogram. */
export interface HistogramOptions {
  /** Bins of equal width. Default 10. */
  bins?: number;
  /** The outer edges; by default the least and the greatest element. Elements outside do not count. */
  range?: readonly [number, number] | null;
}

/**
 * How many elements lie in bins of equal width, and the edges of those. The last bin includes its upper edge. Keras 3:
 * `keras.ops.histogram`.
 *
 * @example
 * const { counts, edges } = ops.histogram(x, { bins: 20 });
 */
export function histogram(x: TensorLike, options: number | HistogramOptions = {}): { counts: Tensor; edges: Tensor } {
  const { bins = 10, range = null } = typeof options === 'number' ? { bins: options } : options;
  const t = asFloat('histogram', x);
  const flat = reshaped(t, [t.size]);
  wholeNumber('histogram', 'bins', bins, 1);
  if (range !== null && !(range[0] < range[1])) {
    throw new ArgumentError({ where: 'histogram', expected: 'a range whose end is above its start', received: shapeText(range) });
  }
  const steps = divide(
    onDeviceOf(t, () => arange(0, bins + 1, 1, t.dtype)),
    bins,
  );
  let low: Tensor | number = range?.[0] ?? 0;
  let width: Tensor | number = range ? range[1] - range[0] : 1;
  if (!range && t.size > 0) {
    const [least, most] = [min(flat), max(flat)];
    const same = equal(least, most);
    low = where(same, subtract(least, 0.5), least);
    width = where(same, 1, subtract(most, least));
  }
  const edges = add(multiply(steps, width), low);
  // Compared with the edges themselves, so that counts and edges never contradict each other.
  const column = reshaped(flat, [t.size, 1]);
  const passed = sumAxes(castTo(greaterEqual(column, edges), 'int32'), [1]);
  const bin = minimum(subtract(passed, 1), bins - 1);
  const inside = range ? logicalAnd(greaterEqual(flat, range[0]), lessEqual(flat, range[1])) : equal(flat, flat);
  const numbers = onDeviceOf(t, () => arange(0, bins, 1, 'int32'));
  const member = logicalAnd(equal(reshaped(bin, [t.size, 1]), numbers), reshaped(inside, [t.size, 1]));
  return { counts: sumAxes(castTo(member, t.dtype), [0]), edges };
}

/** Options of nanToNum. */
export interface NanToNumOptions {
  nan?: number;
  /** Default: the greatest number of the dtype. */
  posinf?: number | null;
  /** Default: the least number of the dtype. */
  neginf?: number | null;
}

/**
 * Numbers in place of NaN and infinities. Keras 3: `keras.ops.nan_to_num`.
 *
 * @example
 * ops.nanToNum(tensor([NaN, 1]));   // [0, 1]
 */
export function nanToNum(x: TensorLike, { nan = 0, posinf = null, neginf = null }: NanToNumOptions = {}): Tensor {
  const t = asNumber('nanToNum', x);
  if (!isFloat(t.dtype)) return view(t);
  const largest = t.dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38;
  const finite = where(isnan(t), nan, t);
  return where(equal(finite, Infinity), posinf ?? largest, where(equal(finite, -Infinity), neginf ?? -largest, finite));
}

/** A reduction that leaves NaN out, as `keras.ops.nanmean` and its kin. */
export interface NanReduction {
  (x: TensorLike): Tensor<readonly []>;
  (x: TensorLike, axis: Axis | ReduceOptions, keepdims?: boolean): Tensor<Shape>;
}

function nanReduction(name: string, fn: (x: Tensor, known: Tensor, axes: readonly number[], keepdims: boolean) => Tensor): NanReduction {
  return ((x: TensorLike, axis?: Axis | ReduceOptions, keepdims?: boolean) => {
    const t = asFloat(name, x);
    const given = reduceArguments(name, t.shape.length, axis, keepdims);
    return fn(t, logicalNot(isnan(t)), given.axes, given.keepdims);
  }) as NanReduction;
}

/**
 * The sum without NaN. Keras 3: `keras.ops.nansum`.
 *
 * @example
 * ops.nansum(tensor([1, NaN, 2]));   // 3
 */
export const nansum = nanReduction('nansum', (x, known, axes, keep) => sum(where(known, x, 0), axes, keep));

/**
 * The product without NaN. Keras 3: `keras.ops.nanprod`.
 *
 * @example
 * ops.nanprod(tensor([2, NaN, 3]));   // 6
 */
export const nanprod = nanReduction('nanprod', (x, known, axes, keep) => prod(where(known, x, 1), axes, keep));

function knownMean(x: Tensor, known: Tensor, axes: readonly number[], keep: boolean): Tensor {
  return divide(sum(where(known, x, 0), axes, keep), castTo(sum(known, axes, keep), x.dtype));
}

/**
 * The mean without NaN; NaN where nothing is left. Keras 3: `keras.ops.nanmean`.
 *
 * @example
 * ops.nanmean(tensor([1, NaN, 3]));   // 2
 */
export const nanmean = nanReduction('nanmean', knownMean);

function knownVariance(x: Tensor, known: Tensor, axes: readonly number[], keep: boolean): Tensor {
  const distance = subtract(where(known, x, 0), knownMean(x, known, axes, true));
  return knownMean(where(known, square(distance), 0), known, axes, keep);
}

/**
 * The variance without NaN. Keras 3: `keras.ops.nanvar`.
 *
 * @example
 * ops.nanvar(tensor([1, NaN, 3]));   // 1
 */
export const nanvar = nanReduction('nanvar', knownVariance);

/**
 * The standard deviation without NaN. Keras 3: `keras.ops.nanstd`.
 *
 * @example
 * ops.nanstd(tensor([1, NaN, 3]));   // 1
 */
export const nanstd = nanReduction('nanstd', (x, known, axes, keep) => sqrt(knownVariance(x, known, axes, keep)));

/**
 * The greatest element that is not NaN; NaN where there is none. Keras 3: `keras.ops.nanmax`.
 *
 * @example
 * ops.nanmax(tensor([1, NaN, 3]));   // 3
 */
export const nanmax = nanReduction('nanmax', (x, known, axes, keep) =>
  where(any(known, axes, keep), max(where(known, x, -Infinity), axes, keep), NaN),
);

/**
 * The least element that is not NaN; NaN where there is none. Keras 3: `keras.ops.nanmin`.
 *
 * @example
 * ops.nanmin(tensor([1, NaN, 3]));   // 1
 */
export const nanmin = nanReduction('nanmin', (x, known, axes, keep) =>
  where(any(known, axes, keep), min(where(known, x, Infinity), axes, keep), NaN),
);

/**
 * The correlations of the rows of a matrix. Keras 3: `keras.ops.corrcoef`.
 *
 * @example
 * ops.corrcoef(tensor([[1, 2, 3], [3, 2, 1]]));   // [[1, -1], [-1, 1]]
 */
export function corrcoef(x: TensorLike): Tensor {
  const t = asFloat('corrcoef', x);
  const rows = t.shape.length === 1 ? reshaped(t, [1, t.size]) : t;
  if (rows.shape.length !== 2) throw new ShapeError({ where: 'corrcoef', expected: 'a vector or a matrix', received: shapeText(t.shape) });
  const centred = subtract(rows, mean(rows, 1, true));
  const covariance = matmul(centred, centred, { transposeB: true });
  const deviation = sqrt(diagonal(covariance));
  const scaled = divide(divide(covariance, reshaped(deviation, [deviation.size, 1])), deviation);
  const y = maximum(minimum(scaled, 1), -1);
  return t.shape.length === 1 ? reshaped(y, []) : y;
}
