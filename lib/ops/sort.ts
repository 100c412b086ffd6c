/** Order: sorting, the largest, where a value belongs. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, floorDivide, minimum } from './binary.js';
import { reshaped } from './broadcast.js';
import { asTensor, castTo, filled, normalizeAxis, operands, shapeText, type TensorLike, wholeNumber } from './common.js';
import { less, lessEqual, logicalAnd, where } from './compare.js';
import { defineOp, runOp } from './define.js';
import { scatteredAlong, taken } from './gather.js';
import { permuted } from './transpose.js';

const sortOp = defineOp('sort', ['descending']);
const topKOp = defineOp('topK');

/** @internal Values in order along the last axis, and where they stood. Stable; NaN counts as the greatest. */
export function sorted(x: Tensor, descending: boolean): { values: Tensor; indices: Tensor } {
  const spec = [
    { shape: x.shape, dtype: x.dtype },
    { shape: x.shape, dtype: 'int32' as const },
  ];
  const [values, indices] = runOp(sortOp, [x], spec, [Number(descending)], ([, order]) => (dy) => [
    dy ? () => scatteredAlong(order!, dy, x.shape, x.shape.length - 1) : null,
  ]) as [Tensor, Tensor];
  return { values, indices };
}

/** Applies `fn` with an axis at the end, and puts it back. */
function onLast(name: string, x: TensorLike, axis: number | null | undefined, fn: (x: Tensor) => Tensor): Tensor {
  const t = asTensor(name, x);
  const flat = axis === null || axis === undefined || t.shape.length === 0;
  if (flat) return fn(reshaped(t, [t.size]));
  const rank = t.shape.length;
  const along = normalizeAxis(name, axis, rank);
  const to = t.shape.map((_, i) => i).filter((i) => i !== along);
  to.push(along);
  return permuted(
    fn(permuted(t, to)),
    to.map((_, i) => to.indexOf(i)),
  );
}

/** Options of sort and argsort. */
export interface SortOptions {
  /** Default -1; null for the flat tensor. */
  axis?: number | null;
  /** The greatest first. Default false. */
  descending?: boolean;
}

function sortArguments(options: number | null | SortOptions): { axis: number | null; descending: boolean } {
  if (options === null || typeof options === 'number') return { axis: options, descending: false };
  return { axis: options.axis === undefined ? -1 : options.axis, descending: options.descending ?? false };
}

/**
 * Elements in ascending order along an axis. Stable; NaN comes last. Keras 3: `keras.ops.sort`.
 *
 * @example
 * ops.sort(tensor([3, 1, 2]));   // [1, 2, 3]
 */
export function sort(x: TensorLike, options: number | null | SortOptions = {}): Tensor {
  const { axis, descending } = sortArguments(options);
  return onLast('sort', x, axis, (t) => {
    if (t.dtype !== 'bool') return sorted(t, descending).values;
    return castTo(sorted(castTo(t, 'uint8'), descending).values, 'bool');
  });
}

/**
 * The indices that put elements in ascending order along an axis. Stable. Keras 3: `keras.ops.argsort`.
 *
 * @example
 * ops.argsort(tensor([3, 1, 2]));   // [1, 2, 0]
 */
export function argsort(x: TensorLike, options: number | null | SortOptions = {}): Tensor {
  const { axis, descending } = sortArguments(options);
  return onLast('argsort', x, axis, (t) => sorted(t.dtype === 'bool' ? castTo(t, 'uint8') : t, descending).indices);
}

/**
 * The k largest elements of the last axis, largest first, and their indices; of equal ones the lower index first. Keras 3:
 * `keras.ops.top_k`.
 *
 * @example
 * const { values, indices } = ops.topK(tensor([1, 9, 5]), 2);   // [9, 5] and [1, 2]
 */
export function topK(
  x: TensorLike,
  k: number,
  _options: { /** False: any order will do; it is the same here. Default true. */ sorted?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const t = asTensor('topK', x);
  const last = t.shape.length - 1;
  const size = t.shape[last];
  if (size === undefined) throw new ShapeError({ where: 'topK', expected: 'at least one axis', received: shapeText(t.shape) });
  if (wholeNumber('topK', 'k', k) > size) {
    throw new ArgumentError({ where: 'topK', expected: `k of at most ${size}, the size of the last axis`, received: String(k) });
  }
  const shape = [...t.shape.slice(0, -1), k];
  const from = t.dtype === 'bool' ? castTo(t, 'uint8') : t;
  const spec = [
    { shape, dtype: from.dtype },
    { shape, dtype: 'int32' as const },
  ];
  const [values, indices] = runOp(topKOp, [from], spec, [], ([, order]) => (dy) => [
    dy ? () => scatteredAlong(order!, dy, t.shape, last) : null,
  ]) as [Tensor, Tensor];
  return { values: castTo(values, t.dtype), indices };
}

/**
 * Where in an ascending vector each value belongs: before equal ones ('left') or after them ('right'). Keras 3: `keras.ops.searchsorted`.
 *
 * @example
 * ops.searchsorted(tensor([1, 2, 4]), tensor([2, 3]));   // [1, 2]
 */
export function searchsorted(
  sortedSequence: TensorLike,
  values: TensorLike,
  options: 'left' | 'right' | { side?: 'left' | 'right' } = {},
): Tensor {
  const side = typeof options === 'string' ? options : (options.side ?? 'left');
  if (side !== 'left' && side !== 'right') {
    throw new ArgumentError({ where: 'searchsorted', expected: "side 'left' or 'right'", received: `'${String(side)}'` });
  }
  const [sequence, v] = operands('searchsorted', sortedSequence, values);
  if (sequence.shape.length !== 1) {
    throw new ShapeError({ where: 'searchsorted', expected: 'a vector to search in', received: shapeText(sequence.shape) });
  }
  // Bisection of all values at once: after enough halvings low is the answer everywhere.
  const size = sequence.shape[0]!;
  let low = filled(v.shape, 0, 'int32', v);
  let high = filled(v.shape, size, 'int32', v);
  for (let width = size; width > 0; width = Math.floor(width / 2)) {
    const middle = floorDivide(add(low, high), 2);
    const at = taken(sequence, minimum(middle, size - 1), 0);
    const open = less(low, high);
    const below = side === 'left' ? less(at, v) : lessEqual(at, v);
    const right = logicalAnd(open, below);
    high = where(right, high, where(open, middle, high));
    low = where(right, add(middle, 1), low);
  }
  return low;
}

/**
 * The number of the bin that each element lies in, between ascending edges: 0 before the first. Keras 3: `keras.ops.digitize`.
 *
 * @example
 * ops.digitize(tensor([0.5, 1, 9]), tensor([1, 2]));   // [0, 1, 2]
 */
export function digitize(x: TensorLike, bins: TensorLike): Tensor {
  return searchsorted(bins, x, 'right');
}
