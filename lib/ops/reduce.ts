/** Reductions over axes. All take `(x, axis, keepdims)` or `(x, { axis, keepdims })`; without an axis they reduce all. */
import { ShapeError } from '../errors.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ReduceAxis } from '../types/index.js';
import { divide, maximum, minimum, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes } from './broadcast.js';
import {
  asBool,
  asFloat,
  asNumber,
  asTensor,
  type Axis,
  axisMask,
  castTo,
  filled,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  type Shape,
  shapeText,
  sizeOf,
  type TensorLike,
} from './common.js';
import { equal, notEqual } from './compare.js';
import { defineOp, type OpDefinition, runOp1 } from './define.js';
import { cumprod } from './scan.js';
import { permuted } from './transpose.js';
import { exp, sqrt } from './unary.js';

/** The axes of a reduction, and whether they stay as axes of size 1. */
export interface ReduceOptions {
  axis?: Axis;
  keepdims?: boolean;
}

/** A reduction. */
export interface Reduction<D extends DType = DType> {
  (x: TensorLike): Tensor<readonly [], D>;
  <S extends Shape, const A extends Axis, const K extends boolean = false>(
    x: Tensor<S>,
    axis: A,
    keepdims?: K,
  ): Tensor<ReduceAxis<S, A, K>, D>;
  (x: TensorLike, axis: Axis | ReduceOptions, keepdims?: boolean): Tensor<Shape, D>;
}

/** @internal Reads `(axis, keepdims)` or `({ axis, keepdims })`. */
export function reduceArguments(
  where: string,
  rank: number,
  axis: Axis | ReduceOptions,
  keepdims = false,
): { axes: number[]; keepdims: boolean } {
  if (axis !== null && typeof axis === 'object' && !Array.isArray(axis)) {
    const options = axis as ReduceOptions;
    return { axes: normalizeAxes(where, options.axis, rank), keepdims: options.keepdims ?? false };
  }
  return { axes: normalizeAxes(where, axis as Axis, rank), keepdims };
}

/** The gradient of x: from that of the output and the output, both with the reduced axes kept at size 1, and x. */
type Slope = (dy: Tensor, y: Tensor, x: Tensor, axes: readonly number[]) => Tensor;

function run(op: OpDefinition, x: Tensor, axes: readonly number[], keepdims: boolean, slope: Slope | null): Tensor {
  const spec = { shape: reducedShape(x.shape, axes, keepdims), dtype: x.dtype };
  if (!slope || !isFloat(x.dtype)) return runOp1(op, [x], spec, [axisMask(axes)]);
  const kept = reducedShape(x.shape, axes, true);
  return runOp1(op, [x], spec, [axisMask(axes)], (y) => (dy) => [() => slope(reshaped(dy!, kept), reshaped(y, kept), x, axes)]);
}

type Reader = (where: string, x: TensorLike) => Tensor;

function reduction(name: string, read: Reader, slope: Slope | null, nonEmpty = false): Reduction {
  const op = defineOp(name, ['axes']);
  return ((x: TensorLike, axis?: Axis | ReduceOptions, keepdims?: boolean) => {
    const t = read(name, x);
    const given = reduceArguments(name, t.shape.length, axis, keepdims);
    if (nonEmpty) refuseEmpty(name, t, given.axes);
    return run(op, t, given.axes, given.keepdims, slope);
  }) as Reduction;
}

function refuseEmpty(where: string, x: Tensor, axes: readonly number[]): void {
  if (!axes.some((axis) => x.shape[axis] === 0)) return;
  throw new ShapeError({ where, expected: 'at least one element to choose from', received: shapeText(x.shape) });
}

function countOf(x: Tensor, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

/** uint8 and bool are summed as int32, so that a sum does not wrap at 256. */
const summable: Reader = (where, x) => {
  const t = asNumber(where, x);
  return t.dtype === 'uint8' ? castTo(t, 'int32') : t;
};

/**
 * The sum. Booleans count as 0 and 1; they and uint8 give int32. Keras 3: `keras.ops.sum`.
 *
 * @example
 * ops.sum(tensor([[1, 2], [3, 4]]), 0);   // [4, 6]
 */
export const sum: Reduction = ((x: TensorLike, axis?: Axis | ReduceOptions, keepdims?: boolean) => {
  const t = summable('sum', x);
  const given = reduceArguments('sum', t.shape.length, axis, keepdims);
  return sumAxes(t, given.axes, given.keepdims);
}) as Reduction;

/**
 * The mean, of floats; integers become float32. NaN where there is nothing to average. Keras 3: `keras.ops.mean`.
 *
 * @example
 * ops.mean(tensor([[1, 2], [3, 4]]), -1);   // [1.5, 3.5]
 */
export const mean = reduction('mean', asFloat, (dy, _, x, axes) => expandTo(multiply(dy, 1 / countOf(x, axes)), x.shape));

/**
 * The product. Exact gradients, zeros included. Keras 3: `keras.ops.prod`.
 *
 * @example
 * ops.prod(tensor([2, 3, 4]));   // 24
 */
export const prod = reduction('prod', summable, (dy, _, x, axes) => multiply(dy, productOfOthers(x, axes)));

/** Of each element the product of all others in its group: what comes before it times what comes after, so that nothing is divided. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const order = [...Array.from({ length: x.shape.length }, (_, i) => i).filter((i) => !axes.includes(i)), ...axes];
  const moved = permuted(x, order);
  const flat = reshaped(moved, [sizeOf(x.shape) / Math.max(1, countOf(x, axes)), countOf(x, axes)]);
  const others = multiply(cumprod(flat, 1, { exclusive: true }), cumprod(flat, 1, { exclusive: true, reverse: true }));
  const back = order.map((_, i) => order.indexOf(i));
  return permuted(reshaped(others, moved.shape), back);
}

/** Equal extremes share the gradient. */
const shareTies: Slope = (dy, y, x, axes) => {
  const chosen = castTo(equal(x, y), x.dtype);
  return multiply(chosen, divide(dy, sumAxes(chosen, axes, true)));
};

/** Options of max and min. */
export interface ExtremeOptions extends ReduceOptions {
  /** A value among those that are chosen from; what is left of an axis without elements. */
  initial?: number | null;
}

/** As a `Reduction`, with `initial`. */
export interface Extreme extends Reduction {
  (x: TensorLike): Tensor<readonly []>;
  <S extends Shape, const A extends Axis, const K extends boolean = false>(
    x: Tensor<S>,
    axis: A,
    keepdims?: K,
  ): Tensor<ReduceAxis<S, A, K>>;
  (x: TensorLike, axis: Axis | ExtremeOptions, keepdims?: boolean): Tensor<Shape>;
}

function fromInitial(
  where: string,
  x: Tensor,
  axis: Axis | ExtremeOptions,
  keepdims: boolean | undefined,
  reduce: Reduction,
  choose: (a: Tensor, b: number) => Tensor,
): Tensor {
  const options = axis !== null && typeof axis === 'object' && !Array.isArray(axis) ? (axis as ExtremeOptions) : undefined;
  const initial = options?.initial ?? null;
  if (initial === null) return reduce(x, axis, keepdims);
  const given = reduceArguments(where, x.shape.length, axis, keepdims);
  const empty = given.axes.some((one) => x.shape[one] === 0);
  if (empty) return filled(reducedShape(x.shape, given.axes, given.keepdims), initial, x.dtype, x);
  return choose(reduce(x, given.axes, given.keepdims), initial);
}

const maxNumbers = reduction('max', asTensor, shareTies, true);
const minNumbers = reduction('min', asTensor, shareTies, true);

/**
 * The greatest element; NaN where there is one. Equal ones share the gradient. Keras 3: `keras.ops.max`.
 *
 * @example
 * ops.max(tensor([[1, 2], [3, 4]]), 1, true);   // [[2], [4]]
 */
export const max: Extreme = ((x: TensorLike, axis?: Axis | ExtremeOptions, keepdims?: boolean) => {
  const t = asTensor('max', x);
  if (t.dtype === 'bool') return any(t, axis, keepdims);
  return fromInitial('max', t, axis, keepdims, maxNumbers, maximum);
}) as Extreme;

/**
 * The least element; NaN where there is one. Equal ones share the gradient. Keras 3: `keras.ops.min`.
 *
 * @example
 * ops.min(tensor([[1, 2], [3, 4]]), 0);   // [1, 2]
 */
export const min: Extreme = ((x: TensorLike, axis?: Axis | ExtremeOptions, keepdims?: boolean) => {
  const t = asTensor('min', x);
  if (t.dtype === 'bool') return all(t, axis, keepdims);
  return fromInitial('min', t, axis, keepdims, minNumbers, minimum);
}) as Extreme;

/**
 * The mean of the squared distances from the mean (no Bessel correction). Keras 3: `keras.ops.var`.
 *
 * @example
 * ops.variance(tensor([1, 2, 3, 4]));   // 1.25
 */
export const variance = reduction('variance', asFloat, (dy, _, x, axes) =>
  multiply(multiply(dy, 2 / countOf(x, axes)), subtract(x, mean(x, axes, true))),
);

/**
 * The square root of the variance. Keras 3: `keras.ops.std`.
 *
 * @example
 * ops.std(tensor([1, 2, 3, 4]));   // 1.118
 */
export const std: Reduction = ((x: TensorLike, axis?: Axis | ReduceOptions, keepdims?: boolean) =>
  sqrt(variance(asFloat('std', x), axis, keepdims))) as Reduction;

/**
 * log(sum(exp(x))) without overflow. Keras 3: `keras.ops.logsumexp`.
 *
 * @example
 * ops.logsumexp(tensor([1000, 1000]));   // 1000.6931
 */
export const logsumexp = reduction('logsumexp', asFloat, (dy, y, x) => multiply(dy, exp(subtract(x, y))));

/**
 * The sum of squares, in one pass. TensorFlow: 2 · `tf.nn.l2_loss`.
 *
 * @example
 * ops.sumSquares(tensor([3, 4]));   // 25
 */
export const sumSquares = reduction('sumSquares', asFloat, (dy, _, x) => multiply(dy, multiply(x, 2)));

/**
 * Whether any element is true (not 0). Keras 3: `keras.ops.any`.
 *
 * @example
 * ops.any(tensor([false, true]));   // true
 */
export const any = reduction('any', asBool, null) as Reduction<'bool'>;

/**
 * Whether all elements are true (not 0). Keras 3: `keras.ops.all`.
 *
 * @example
 * ops.all(tensor([false, true]));   // false
 */
export const all = reduction('all', asBool, null) as Reduction<'bool'>;

/**
 * How many elements are not 0. Keras 3: `keras.ops.count_nonzero`.
 *
 * @example
 * ops.countNonzero(tensor([[1, 0], [2, 3]]), 0);   // [2, 1]
 */
export const countNonzero = ((x: TensorLike, axis?: Axis | ReduceOptions, keepdims?: boolean) =>
  sum(notEqual(asTensor('countNonzero', x), 0), axis, keepdims)) as Reduction<'int32'>;

/**
 * Mean and variance along axes. Keras 3: `keras.ops.moments`.
 *
 * @example
 * const { mean, variance } = ops.moments(x, [0, 1, 2]);
 */
export function moments(x: TensorLike, axis?: Axis | ReduceOptions, keepdims = false): { mean: Tensor; variance: Tensor } {
  const t = asFloat('moments', x);
  return { mean: mean(t, axis, keepdims), variance: variance(t, axis, keepdims) };
}

/** An index along one axis. */
export interface ArgReduction {
  (x: TensorLike): Tensor<readonly [], 'int32'>;
  <S extends Shape, const A extends number, const K extends boolean = false>(
    x: Tensor<S>,
    axis: A,
    keepdims?: K,
  ): Tensor<ReduceAxis<S, A, K>, 'int32'>;
  (
    x: TensorLike,
    axis: number | null | undefined | { axis?: number | null; keepdims?: boolean },
    keepdims?: boolean,
  ): Tensor<Shape, 'int32'>;
}

function argReduction(name: string): ArgReduction {
  const op = defineOp(name, ['axis']);
  return ((x: TensorLike, axis?: number | null | { axis?: number | null; keepdims?: boolean }, keepdims?: boolean) => {
    const t = asNumber(name, x);
    const given = axis !== null && typeof axis === 'object' ? axis : { axis, keepdims };
    const flat = given.axis === undefined || given.axis === null;
    const from = flat ? reshaped(t, [t.size]) : t;
    const along = flat ? 0 : normalizeAxis(name, given.axis as number, t.shape.length);
    refuseEmpty(name, from, [along]);
    let shape = reducedShape(from.shape, [along], given.keepdims ?? false);
    if (flat && given.keepdims) shape = t.shape.map(() => 1);
    return runOp1(op, [from], { shape, dtype: 'int32' }, [along]);
  }) as ArgReduction;
}

/**
 * The index of the greatest element along an axis, the first of equal ones; without an axis of the flat tensor. NaN counts as the greatest.
 * Keras 3: `keras.ops.argmax`.
 *
 * @example
 * ops.argmax(tensor([[1, 3, 2]]), -1);   // [1]
 */
export const argmax = argReduction('argmax');

/**
 * The index of the least element along an axis, the first of equal ones; without an axis of the flat tensor. Keras 3: `keras.ops.argmin`.
 *
 * @example
 * ops.argmin(tensor([[1, 3, 2]]), -1);   // [0]
 */
export const argmin = argReduction('argmin');

export { variance as var };
