/** Tensors joined and taken apart. */
import { noteOp, withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Concat, ShapesOf, Stack } from '../types/index.js';
import { expandTo, reshaped, view } from './broadcast.js';
import { asTensor, filled, normalizeAxis, promoteAll, sameShape, shapeText, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';
import { part } from './slice.js';

const concatOp = defineOp('concat', ['axis']);

/** @internal */
export function joined(tensors: readonly Tensor[], axis: number): Tensor {
  if (tensors.length === 1) return tensors[0]!;
  const first = tensors[0]!;
  let total = 0;
  const begins = tensors.map((tensor) => (total += tensor.shape[axis]!) - tensor.shape[axis]!);
  const shape = first.shape.map((dim, i) => (i === axis ? total : dim));
  return runOp1(
    concatOp,
    tensors,
    { shape, dtype: first.dtype },
    [axis],
    () => (dy) => tensors.map((tensor, i) => () => part(dy!, axis, begins[i]!, tensor.shape[axis]!)),
  );
}

function readAll(where: string, xs: readonly TensorLike[]): Tensor[] {
  if (!Array.isArray(xs) || xs.length === 0) {
    throw new ArgumentError({
      where,
      expected: 'an array with at least one tensor',
      received: Array.isArray(xs) ? 'an empty one' : typeof xs,
    });
  }
  return promoteAll(xs.map((x) => asTensor(where, x as TensorLike)));
}

function axisOption(axis: number | { axis?: number | null } | undefined, otherwise: number): number {
  return (typeof axis === 'object' ? axis.axis : axis) ?? otherwise;
}

/**
 * Tensors one after the other along an existing axis, the first by default. Keras 3: `keras.ops.concatenate`.
 *
 * @example
 * ops.concatenate([tensor([[1, 2]]), tensor([[3, 4]])]);       // [[1, 2], [3, 4]]
 * ops.concatenate([tensor([[1, 2]]), tensor([[3, 4]])], -1);   // [[1, 2, 3, 4]]
 */
export function concatenate<const L extends readonly Tensor[], const A extends number = 0>(xs: L, axis?: A): Tensor<Concat<ShapesOf<L>, A>>;
export function concatenate(xs: readonly TensorLike[], axis?: number | { axis?: number }): Tensor;
export function concatenate(xs: readonly TensorLike[], axis?: number | { axis?: number }): Tensor {
  const tensors = readAll('concatenate', xs);
  const first = tensors[0]!;
  const along = normalizeAxis('concatenate', axisOption(axis, 0), first.shape.length);
  for (const tensor of tensors) {
    const fits = tensor.shape.length === first.shape.length && tensor.shape.every((dim, i) => i === along || dim === first.shape[i]);
    if (!fits) {
      throw new ShapeError({
        where: 'concatenate',
        expected: `tensors of one shape but for axis ${along}`,
        received: tensors.map((one) => shapeText(one.shape)).join(' and '),
      });
    }
  }
  const y = joined(tensors, along);
  return tensors.length === 1 ? view(y) : y;
}

/**
 * Tensors of one shape along a new axis. Keras 3: `keras.ops.stack`.
 *
 * @example
 * ops.stack([tensor([1, 2]), tensor([3, 4])], 1);   // [[1, 3], [2, 4]]
 */
export function stack<const L extends readonly Tensor[], const A extends number = 0>(xs: L, axis?: A): Tensor<Stack<ShapesOf<L>, A>>;
export function stack(xs: readonly TensorLike[], axis?: number | { axis?: number }): Tensor;
export function stack(xs: readonly TensorLike[], axis?: number | { axis?: number }): Tensor {
  const tensors = readAll('stack', xs);
  const first = tensors[0]!;
  const along = normalizeAxis('stack', axisOption(axis, 0), first.shape.length + 1);
  for (const tensor of tensors) {
    if (sameShape(tensor.shape, first.shape)) continue;
    throw new ShapeError({ where: 'stack', expected: `tensors of shape ${shapeText(first.shape)}`, received: shapeText(tensor.shape) });
  }
  const shape = [...first.shape.slice(0, along), 1, ...first.shape.slice(along)];
  return joined(
    tensors.map((tensor) => reshaped(tensor, shape)),
    along,
  );
}

/**
 * Equal parts (a number of them), or the parts between indices. Keras 3: `keras.ops.split`.
 *
 * @example
 * ops.split(tensor([1, 2, 3, 4, 5, 6]), 3);        // [1, 2], [3, 4], [5, 6]
 * ops.split(tensor([1, 2, 3, 4, 5, 6]), [1, 4]);   // [1], [2, 3, 4], [5, 6]
 */
export function split(x: TensorLike, indicesOrSections: number | readonly number[], axis?: number | { axis?: number }): Tensor[] {
  const t = asTensor('split', x);
  const along = normalizeAxis('split', axisOption(axis, 0), t.shape.length);
  const size = t.shape[along]!;
  let bounds: number[];
  if (typeof indicesOrSections === 'number') {
    const sections = indicesOrSections;
    if (!Number.isInteger(sections) || sections < 1 || size % sections !== 0) {
      throw new ShapeError({
        where: 'split',
        expected: `a number of parts that divides ${size}, the size of axis ${along}`,
        received: String(sections),
        hint: 'give the indices to split at where parts differ',
      });
    }
    bounds = Array.from({ length: sections + 1 }, (_, i) => (i * size) / sections);
  } else {
    bounds = [0, ...indicesOrSections.map((at) => Math.min(size, Math.max(0, at < 0 ? at + size : at))), size];
    if (bounds.some((at, i) => !Number.isInteger(at) || (i > 0 && at < bounds[i - 1]!))) {
      throw new ArgumentError({ where: 'split', expected: 'whole indices in ascending order', received: shapeText(indicesOrSections) });
    }
  }
  return cut(t, along, bounds);
}

/** The parts between bounds that cover an axis. All of them have one gradient together: they are joined again, in one op whatever their number. */
function cut(x: Tensor, axis: number, bounds: readonly number[]): Tensor[] {
  const parts = withoutTape(() =>
    bounds.slice(1).map((end, i) => {
      const y = part(x, axis, bounds[i]!, end - bounds[i]!);
      return y === x ? view(x) : y;
    }),
  );
  if (isFloat(x.dtype)) {
    const whole = (dys: readonly (Tensor | undefined)[]): Tensor => {
      if (parts.length === 1) return dys[0]!;
      return joined(
        parts.map(({ shape, dtype }, i) => dys[i] ?? filled(shape, 0, dtype)),
        axis,
      );
    };
    noteOp([x], parts, (...dys) => [() => whole(dys)]);
  }
  return parts;
}

/**
 * The tensors along an axis, without it. Keras 3: `keras.ops.unstack`.
 *
 * @example
 * ops.unstack(tensor([[1, 2], [3, 4]]));   // [1, 2], [3, 4]
 */
export function unstack(x: TensorLike, options: number | { num?: number | null; axis?: number } = {}): Tensor[] {
  const t = asTensor('unstack', x);
  const axis = normalizeAxis('unstack', axisOption(options, 0), t.shape.length);
  const num = typeof options === 'object' ? options.num : undefined;
  if (num !== undefined && num !== null && num !== t.shape[axis]) {
    throw new ShapeError({ where: 'unstack', expected: `${num} tensors along axis ${axis}`, received: shapeText(t.shape) });
  }
  const shape = t.shape.filter((_, i) => i !== axis);
  const length = t.shape[axis]!;
  if (length === 0) return [];
  const bounds = Array.from({ length: length + 1 }, (_, i) => i);
  return cut(t, axis, bounds).map((one) => reshaped(one, shape));
}

/**
 * Tensors side by side: along the second axis, vectors along their only one. Keras 3: `keras.ops.hstack`.
 *
 * @example
 * ops.hstack([tensor([1, 2]), tensor([3])]);   // [1, 2, 3]
 */
export function hstack(xs: readonly TensorLike[]): Tensor {
  const tensors = readAll('hstack', xs).map((x) => (x.shape.length === 0 ? reshaped(x, [1]) : x));
  return concatenate(tensors, tensors[0]!.shape.length === 1 ? 0 : 1);
}

/**
 * Tensors below each other: along the first axis, vectors as rows. Keras 3: `keras.ops.vstack`.
 *
 * @example
 * ops.vstack([tensor([1, 2]), tensor([3, 4])]);   // [[1, 2], [3, 4]]
 */
export function vstack(xs: readonly TensorLike[]): Tensor {
  return concatenate(readAll('vstack', xs).map((x) => (x.shape.length < 2 ? reshaped(x, [1, x.size]) : x)));
}

/**
 * Coordinate grids of vectors. 'xy' (the default) exchanges the first two axes, 'ij' does not. Keras 3: `keras.ops.meshgrid`.
 *
 * @example
 * const [x, y] = ops.meshgrid([tensor([1, 2, 3]), tensor([10, 20])]);   // both [2, 3]
 */
export function meshgrid(xs: readonly TensorLike[], { indexing = 'xy' }: { indexing?: 'xy' | 'ij' } = {}): Tensor[] {
  if (indexing !== 'xy' && indexing !== 'ij') {
    throw new ArgumentError({ where: 'meshgrid', expected: "indexing 'xy' or 'ij'", received: `'${String(indexing)}'` });
  }
  const tensors = xs.map((x) => asTensor('meshgrid', x));
  const rank = tensors.length;
  const place = (i: number) => (indexing === 'xy' && rank > 1 && i < 2 ? 1 - i : i);
  const full = new Array<number>(rank);
  tensors.forEach((tensor, i) => (full[place(i)] = tensor.size));
  return tensors.map((tensor, i) => {
    const shape = full.map((_, axis) => (axis === place(i) ? tensor.size : 1));
    const y = expandTo(reshaped(tensor, shape), full);
    return y === tensor ? view(y) : y;
  });
}
