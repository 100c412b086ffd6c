/** Choosing and placing elements by index tensors. Indices are data: one that is outside fails when it is met, by name. */
import { ArgumentError, ShapeError } from '../errors.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { OneHot, Shape } from '../types/index.js';
import { add, maximum, minimum, multiply } from './binary.js';
import { expandTo, reshaped, sumAxes, view } from './broadcast.js';
import {
  asFloat,
  asIndices,
  asTensor,
  broadcastShapes,
  castTo,
  constantArray,
  filled,
  normalizeAxis,
  sameShape,
  shapeText,
  sizeOf,
  type TensorLike,
  wholeNumber,
} from './common.js';
import { greater, less, logicalAnd, notEqual, where } from './compare.js';
import { defineOp, runOp1 } from './define.js';
import { scatterAdded, taken, takenAlong } from './gather.js';
import { joined } from './join.js';
import { max, min, prod } from './reduce.js';
import { part } from './slice.js';
import { sorted } from './sort.js';
import { permuted } from './transpose.js';
import { isfinite } from './unary.js';

const oneHotOp = defineOp('oneHot', ['onValue:f', 'offValue:f']);

type AxisArgument = number | null | undefined | { axis?: number | null };

function axisOf(axis: AxisArgument): number | null {
  return (typeof axis === 'object' && axis !== null ? axis.axis : axis) ?? null;
}

/**
 * Elements of an axis at indices (of the flat tensor where no axis is given): the axis is replaced by the axes of the indices. Negative
 * indices count from the end. Keras 3: `keras.ops.take`.
 *
 * @example
 * ops.take(tensor([[1, 2], [3, 4]]), tensor(new Int32Array([1, 0, 1])), 0);   // [[3, 4], [1, 2], [3, 4]]
 */
export function take(x: TensorLike, indices: TensorLike, axis?: AxisArgument): Tensor {
  const t = asTensor('take', x);
  const at = asIndices('take', indices, 'indices', t);
  const given = axisOf(axis);
  if (given === null) return taken(reshaped(t, [t.size]), at, 0);
  return taken(t, at, normalizeAxis('take', given, t.shape.length));
}

/**
 * For each place of the indices the element there along an axis; other axes are those of x. Keras 3: `keras.ops.take_along_axis`.
 *
 * @example
 * ops.takeAlongAxis(x, ops.argsort(x, -1), -1);
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis?: AxisArgument): Tensor {
  let t = asTensor('takeAlongAxis', x);
  let at = asIndices('takeAlongAxis', indices, 'indices', t);
  const given = axisOf(axis);
  if (given === null) [t, at] = [reshaped(t, [t.size]), reshaped(at, [at.size])];
  if (t.shape.length !== at.shape.length) {
    throw new ShapeError({
      where: 'takeAlongAxis',
      expected: 'indices of as many axes as x',
      received: `${shapeText(at.shape)} and ${shapeText(t.shape)}`,
    });
  }
  const along = normalizeAxis('takeAlongAxis', given ?? 0, t.shape.length);
  const others = (shape: readonly number[]) => shape.map((dim, i) => (i === along ? 1 : dim));
  const common = broadcastShapes('takeAlongAxis', others(t.shape), others(at.shape));
  const filledIn = (shape: readonly number[]) => common.map((dim, i) => (i === along ? shape[i]! : dim));
  return takenAlong(expandTo(t, filledIn(t.shape)), expandTo(at, filledIn(at.shape)), along);
}

/** Options of oneHot and multiHot. */
export interface OneHotOptions {
  /** Where the new axis goes. Default -1, the end. */
  axis?: number;
  /** Default 'float32'. */
  dtype?: DType;
}

/**
 * Ones at the indices along a new axis; an index outside gives zeros. Keras 3: `keras.ops.one_hot`.
 *
 * @example
 * ops.oneHot(tensor(new Int32Array([0, 2])), 3);   // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot<S extends Shape, const N extends number>(x: Tensor<S>, numClasses: N): Tensor<OneHot<S, N>, 'float32'>;
export function oneHot(x: TensorLike, numClasses: number, options?: OneHotOptions): Tensor;
export function oneHot(x: TensorLike, numClasses: number, { axis = -1, dtype = 'float32' }: OneHotOptions = {}): Tensor {
  const at = asIndices('oneHot', x);
  const depth = wholeNumber('oneHot', 'numClasses', numClasses, 1);
  const y = runOp1(oneHotOp, [at], { shape: [...at.shape, depth], dtype }, [1, 0]);
  const to = normalizeAxis('oneHot', axis, y.shape.length);
  return moved(y, y.shape.length - 1, to);
}

function moved(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, i) => i).filter((i) => i !== from);
  order.splice(to, 0, from);
  return permuted(x, order);
}

/**
 * Ones at all indices of the last axis, which the classes replace. Keras 3: `keras.ops.multi_hot`.
 *
 * @example
 * ops.multiHot(tensor(new Int32Array([0, 2])), 4);   // [1, 0, 1, 0]
 */
export function multiHot(x: TensorLike, numClasses: number, { axis = -1, dtype = 'float32' }: OneHotOptions = {}): Tensor {
  const at = asIndices('multiHot', x);
  const along = at.shape.length === 0 ? 0 : at.shape.length - 1;
  const each = oneHot(at.shape.length === 0 ? reshaped(at, [1]) : at, numClasses, { dtype: 'bool' });
  const y = castTo(max(each, along), dtype);
  return moved(y, y.shape.length - 1, normalizeAxis('multiHot', axis, y.shape.length));
}

/** Indices of the first axes of a shape as one index of them flattened; and the sizes of what they pick. */
function flatIndices(
  name: string,
  indices: Tensor,
  shape: readonly number[],
): { at: Tensor; rows: number; row: readonly number[]; lead: readonly number[] } {
  const depth = indices.shape.at(-1);
  if (depth === undefined || depth < 1 || depth > shape.length) {
    throw new ShapeError({
      where: name,
      expected: `indices whose last axis has 1 to ${shape.length} entries, one an axis of ${shapeText(shape)}`,
      received: shapeText(indices.shape),
    });
  }
  const lead = indices.shape.slice(0, -1);
  const strides = shape.slice(0, depth).map((_, i) => sizeOf(shape.slice(i + 1, depth)));
  const weighted = multiply(indices, constantArray(strides, [depth], 'int32', indices));
  return {
    at: reshaped(sumAxes(weighted, [indices.shape.length - 1]), [sizeOf(lead)]),
    rows: sizeOf(shape.slice(0, depth)),
    row: shape.slice(depth),
    lead,
  };
}

function checkValues(name: string, values: Tensor, lead: readonly number[], row: readonly number[]): void {
  if (sameShape(values.shape, [...lead, ...row])) return;
  throw new ShapeError({ where: name, expected: `values of shape ${shapeText([...lead, ...row])}`, received: shapeText(values.shape) });
}

/**
 * Zeros of a shape with values added at indices, whose last axis counts through the first axes of the shape. Keras 3: `keras.ops.scatter`.
 *
 * @example
 * ops.scatter(tensor(new Int32Array([0, 2]), [2, 1]), tensor([5, 6]), [4]);   // [5, 0, 6, 0]
 */
export function scatter(indices: TensorLike, values: TensorLike, shape: readonly number[]): Tensor {
  const v = asTensor('scatter', values);
  const { at, rows, row, lead } = flatIndices('scatter', asIndices('scatter', indices, 'indices', v), shape);
  checkValues('scatter', v, lead, row);
  const flat = reshaped(v, [sizeOf(lead), sizeOf(row)]);
  return reshaped(scatterAdded(at, flat, [rows, sizeOf(row)], 0), shape);
}

/** Options of scatterUpdate. */
export interface ScatterUpdateOptions {
  /** What an update does to what is there: null replaces it. */
  reduction?: 'add' | 'mul' | 'max' | 'min' | null;
}

/** Rows changed by updates at indices. */
function reduced(x: Tensor, at: Tensor, updates: Tensor, reduction: 'add' | 'mul' | 'max' | 'min'): Tensor {
  const [rows, width] = x.shape as readonly [number, number];
  if (reduction === 'add') return add(x, scatterAdded(at, updates, [rows, width], 0));
  if (reduction === 'mul') return multiply(x, segmentProd(updates, at, rows));
  if (reduction === 'max') return maximum(x, segmentMax(updates, at, rows));
  if (reduction === 'min') return minimum(x, segmentMin(updates, at, rows));
  throw new ArgumentError({
    where: 'scatterUpdate',
    expected: "reduction 'add', 'mul', 'max', 'min' or null",
    received: `'${String(reduction)}'`,
  });
}

/**
 * The tensor with elements (or rows) replaced at indices, whose last axis counts through the first axes; of equal indices the last wins.
 * Keras 3: `keras.ops.scatter_update`.
 *
 * @example
 * ops.scatterUpdate(ops.zeros([3]), tensor(new Int32Array([1]), [1, 1]), tensor([9]));   // [0, 9, 0]
 */
export function scatterUpdate(
  inputs: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  { reduction = null }: ScatterUpdateOptions = {},
): Tensor {
  const x = asTensor('scatterUpdate', inputs);
  const u = castTo(asTensor('scatterUpdate', updates, x), x.dtype);
  const { at, rows, row, lead } = flatIndices('scatterUpdate', asIndices('scatterUpdate', indices, 'indices', x), x.shape);
  checkValues('scatterUpdate', u, lead, row);
  const [count, width] = [sizeOf(lead), sizeOf(row)];
  if (count === 0) return view(x);
  if (reduction !== null) return reshaped(reduced(reshaped(x, [rows, width]), at, reshaped(u, [count, width]), reduction), x.shape);
  // Sorted stably, the last of equal indices is the one that the next differs from.
  const { values: order, indices: from } = sorted(at, false);
  const next = joined([part(order, 0, 1, count - 1), filled([1], -(2 ** 31), 'int32', order)], 0);
  const last = reshaped(notEqual(order, next), [count, 1]);
  const placed = where(last, taken(reshaped(u, [count, width]), from, 0), 0);
  const chosen = scatterAdded(order, castTo(last, 'int32'), [rows, 1], 0);
  const values = scatterAdded(order, placed, [rows, width], 0);
  return reshaped(where(greater(chosen, 0), values, reshaped(x, [rows, width])), x.shape);
}

/**
 * Whether the target is among the k largest of its row of predictions. Keras 3: `keras.ops.in_top_k`.
 *
 * @example
 * ops.inTopK(tensor(new Int32Array([1])), tensor([[0.1, 0.7, 0.2]]), 1);   // [true]
 */
export function inTopK(targets: TensorLike, predictions: TensorLike, k: number): Tensor {
  const p = asFloat('inTopK', predictions);
  const t = asIndices('inTopK', targets, 'targets', p);
  if (p.shape.length !== 2 || !sameShape(t.shape, [p.shape[0]!])) {
    throw new ShapeError({
      where: 'inTopK',
      expected: 'targets [batch] and predictions [batch, classes]',
      received: `${shapeText(t.shape)} and ${shapeText(p.shape)}`,
    });
  }
  const own = takenAlong(p, reshaped(t, [t.size, 1]), 1);
  const above = sumAxes(castTo(greater(p, own), 'int32'), [1]);
  return logicalAnd(less(above, wholeNumber('inTopK', 'k', k, 1)), reshaped(isfinite(own), [t.size]));
}

/** Options of the segment ops. */
export interface SegmentOptions {
  /** How many segments; must be given, since a shape cannot depend on data. */
  numSegments?: number;
  /** Whether ids ascend; changes nothing here. */
  sorted?: boolean;
}

function segments(
  name: string,
  data: TensorLike,
  ids: TensorLike,
  options: number | SegmentOptions,
): { x: Tensor; at: Tensor; count: number } {
  const x = asTensor(name, data);
  const at = asIndices(name, ids, 'segment ids', x);
  if (at.shape.length !== 1 || at.shape[0] !== x.shape[0]) {
    throw new ShapeError({
      where: name,
      expected: 'one segment id for each row of the data',
      received: `ids ${shapeText(at.shape)} and data ${shapeText(x.shape)}`,
    });
  }
  const count = typeof options === 'number' ? options : options.numSegments;
  if (count === undefined) {
    throw new ArgumentError({ where: name, expected: 'numSegments', received: 'none', hint: 'a shape cannot depend on the values of ids' });
  }
  return { x, at, count: wholeNumber(name, 'numSegments', count) };
}

/**
 * Sums of the rows that have the same id. Keras 3: `keras.ops.segment_sum`.
 *
 * @example
 * ops.segmentSum(tensor([1, 2, 3]), tensor(new Int32Array([0, 1, 0])), 2);   // [4, 2]
 */
export function segmentSum(data: TensorLike, segmentIds: TensorLike, options: number | SegmentOptions = {}): Tensor {
  const { x, at, count } = segments('segmentSum', data, segmentIds, options);
  return scatterAdded(at, x, [count, ...x.shape.slice(1)], 0);
}

/**
 * The greatest of the rows that have the same id, element by element; -Infinity (or the least integer) for a segment without rows. Keras 3:
 * `keras.ops.segment_max`.
 *
 * @example
 * ops.segmentMax(tensor([1, 2, 3]), tensor(new Int32Array([0, 1, 0])), 2);   // [3, 2]
 */
export function segmentMax(data: TensorLike, segmentIds: TensorLike, options: number | SegmentOptions = {}): Tensor {
  const { x, at, count } = segments('segmentMax', data, segmentIds, options);
  const lowest = isFloat(x.dtype) ? -Infinity : x.dtype === 'int32' ? -(2 ** 31) : 0;
  if (at.size === 0) return filled([count, ...x.shape.slice(1)], lowest, x.dtype, x);
  return max(where(members(x, at, count), reshaped(x, [1, ...x.shape]), filled([], lowest, x.dtype, x)), 1);
}

/** Whether each row belongs to a segment, along a new first axis. */
function members(x: Tensor, at: Tensor, count: number): Tensor {
  return reshaped(oneHot(at, count, { axis: 0, dtype: 'bool' }), [count, at.size, ...x.shape.slice(1).map(() => 1)]);
}

/**
 * The least of the rows that have the same id, element by element; Infinity (or the greatest integer) for a segment without rows. Keras 3:
 * `keras.ops.segment_min`.
 *
 * @example
 * ops.segmentMin(tensor([1, 2, 3]), tensor(new Int32Array([0, 1, 0])), 2);   // [1, 2]
 */
export function segmentMin(data: TensorLike, segmentIds: TensorLike, options: number | SegmentOptions = {}): Tensor {
  const { x, at, count } = segments('segmentMin', data, segmentIds, options);
  const highest = isFloat(x.dtype) ? Infinity : x.dtype === 'int32' ? 2 ** 31 - 1 : 255;
  if (at.size === 0) return filled([count, ...x.shape.slice(1)], highest, x.dtype, x);
  return min(where(members(x, at, count), reshaped(x, [1, ...x.shape]), filled([], highest, x.dtype, x)), 1);
}

/**
 * The product of the rows that have the same id, element by element; 1 for a segment without rows. Keras 3: `keras.ops.segment_prod`.
 *
 * @example
 * ops.segmentProd(tensor([1, 2, 3]), tensor(new Int32Array([0, 1, 0])), 2);   // [3, 2]
 */
export function segmentProd(data: TensorLike, segmentIds: TensorLike, options: number | SegmentOptions = {}): Tensor {
  const { x, at, count } = segments('segmentProd', data, segmentIds, options);
  if (at.size === 0) return filled([count, ...x.shape.slice(1)], 1, x.dtype, x);
  return prod(where(members(x, at, count), reshaped(x, [1, ...x.shape]), filled([], 1, x.dtype, x)), 1);
}

/** Options of bincount. */
export interface BincountOptions {
  weights?: TensorLike | null;
  /** How many bins; must be given, since a shape cannot depend on data. A value beyond them is an error. */
  minlength?: number;
}

/**
 * How often each whole number from 0 occurs (or the sum of its weights), along the last axis. Keras 3: `keras.ops.bincount`, whose length
 * grows with the data; here `minlength` is the length.
 *
 * @example
 * ops.bincount(tensor(new Int32Array([0, 2, 2])), { minlength: 3 });   // [1, 0, 2]
 */
export function bincount(x: TensorLike, { weights = null, minlength }: BincountOptions = {}): Tensor {
  const at = asIndices('bincount', x, 'values');
  if (minlength === undefined || minlength < 1) {
    throw new ArgumentError({
      where: 'bincount',
      expected: 'minlength, the number of bins',
      received: String(minlength ?? 'none'),
      hint: 'a shape cannot depend on the values of x',
    });
  }
  if (at.shape.length < 1 || at.shape.length > 2) {
    throw new ShapeError({ where: 'bincount', expected: 'one or two axes', received: shapeText(at.shape) });
  }
  const w = weights === null ? filled(at.shape, 1, 'int32', at) : asTensor('bincount', weights, at);
  checkValues('bincount', w, at.shape, []);
  if (at.shape.length === 1) return scatterAdded(at, w, [minlength], 0);
  const [rows] = at.shape as readonly [number, number];
  const offsets = constantArray(
    Array.from({ length: rows }, (_, i) => i * minlength),
    [rows, 1],
    'int32',
    at,
  );
  const flat = reshaped(add(at, offsets), [at.size]);
  return reshaped(scatterAdded(flat, reshaped(w, [w.size]), [rows * minlength], 0), [rows, minlength]);
}
