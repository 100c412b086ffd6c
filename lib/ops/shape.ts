/** The same elements in other shapes, orders and numbers. */
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { withoutTape } from '../autodiff/tape.js';
import { type DType, isDType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ExpandDims, Reshape, Squeeze } from '../types/index.js';
import { expandTo, reshaped, sumAxes, view } from './broadcast.js';
import {
  asTensor,
  type Axis,
  axisMask,
  castTo,
  constantArray,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  shapeText,
  sizeOf,
  type TensorLike,
} from './common.js';
import { defineOp, runOp1 } from './define.js';
import { taken } from './gather.js';
import { joined } from './join.js';
import { part } from './slice.js';
import { permuted } from './transpose.js';

const copyOp = defineOp('copy');
const tileOp = defineOp('tile', ['repeats...']);
const reverseOp = defineOp('reverse', ['axes']);

/** The option of that name, or the bare value. */
function axisOf<A>(axis: A | { axis?: A }): A | undefined {
  return axis !== null && typeof axis === 'object' && !Array.isArray(axis) ? (axis as { axis?: A }).axis : axis;
}

/**
 * The same elements in another shape; -1 for one dimension that follows from the others. Shares the memory. Keras 3: `keras.ops.reshape`.
 *
 * @example
 * ops.reshape(tensor([1, 2, 3, 4]), [2, -1]);   // [[1, 2], [3, 4]]
 */
export function reshape<X extends Shape, D extends DType, const S extends Shape>(x: Tensor<X, D>, shape: S): Tensor<Reshape<X, S>, D>;
export function reshape<const S extends Shape>(
  x: TensorLike,
  shape: S,
): Tensor<{ -readonly [K in keyof S]: S[K] extends -1 ? number : S[K] }>;
export function reshape<const S extends Shape>(
  x: TensorLike,
  shape: S,
): Tensor<{ -readonly [K in keyof S]: S[K] extends -1 ? number : S[K] }> {
  const t = asTensor('reshape', x);
  const open = shape.indexOf(-1);
  const rest = sizeOf(shape.filter((_, i) => i !== open));
  const target = shape.map((dim, i) => (i === open ? (rest === 0 ? 0 : t.size / rest) : dim));
  if (target.some((dim) => !Number.isInteger(dim) || dim < 0) || sizeOf(target) !== t.size) {
    throw new ShapeError({
      where: 'reshape',
      expected: `a shape of ${t.size} elements, as ${shapeText(t.shape)} has`,
      received: shapeText(shape),
      hint: 'use -1 for one dimension to have it computed',
    });
  }
  return viewAs(t, target) as never;
}

/** A view that is a tensor of its own. */
function viewAs(x: Tensor, shape: readonly number[]): Tensor {
  const y = reshaped(x, shape);
  return y === x ? view(x) : y;
}

/**
 * All elements in one axis. Keras 3: `keras.ops.ravel`.
 *
 * @example
 * ops.ravel(tensor([[1, 2], [3, 4]]));   // [1, 2, 3, 4]
 */
export function ravel(x: TensorLike): Tensor<readonly [number]> {
  const t = asTensor('ravel', x);
  return viewAs(t, [t.size]) as Tensor<readonly [number]>;
}

/**
 * New axes of size 1 at the given places of the result. Keras 3: `keras.ops.expand_dims`.
 *
 * @example
 * ops.expandDims(images, -1);   // [60000, 28, 28] becomes [60000, 28, 28, 1]
 */
export function expandDims<S extends Shape, D extends DType, const A extends number>(x: Tensor<S, D>, axis: A): Tensor<ExpandDims<S, A>, D>;
export function expandDims(x: TensorLike, axis: number | readonly number[] | { axis?: number | readonly number[] }): Tensor;
export function expandDims(x: TensorLike, axis: number | readonly number[] | { axis?: number | readonly number[] }): Tensor {
  const t = asTensor('expandDims', x);
  const given = [axisOf<number | readonly number[]>(axis) ?? 0].flat();
  const axes = normalizeAxes('expandDims', given, t.shape.length + given.length);
  const rest = [...t.shape];
  const shape = Array.from({ length: t.shape.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
  return viewAs(t, shape);
}

/**
 * Without axes of size 1: the given ones, or all. Keras 3: `keras.ops.squeeze`.
 *
 * @example
 * ops.squeeze(tensor([[[1], [2]]]), -1);   // [[1, 2]]
 */
export function squeeze<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Squeeze<S>, D>;
export function squeeze<S extends Shape, D extends DType, const A extends number>(x: Tensor<S, D>, axis: A): Tensor<Squeeze<S, A>, D>;
export function squeeze(x: TensorLike, axis?: Axis | { axis?: Axis }): Tensor;
export function squeeze(x: TensorLike, axis?: Axis | { axis?: Axis }): Tensor {
  const t = asTensor('squeeze', x);
  const given = axisOf<Axis>(axis);
  if (given === undefined || given === null)
    return viewAs(
      t,
      t.shape.filter((dim) => dim !== 1),
    );
  const axes = normalizeAxes('squeeze', given, t.shape.length);
  const long = axes.find((one) => t.shape[one] !== 1);
  if (long !== undefined) {
    throw new ShapeError({ where: 'squeeze', expected: `size 1 on axis ${long}`, received: shapeText(t.shape) });
  }
  return viewAs(
    t,
    t.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** @internal */
export function tiled(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.every((times) => times === 1)) return x;
  const shape = x.shape.map((dim, i) => dim * repeats[i]!);
  return runOp1(tileOp, [x], { shape, dtype: x.dtype }, repeats, () => (dy) => [
    () => {
      // Axis by axis, so that the rank stays small whatever that of x is.
      let sum = dy!;
      x.shape.forEach((dim, i) => {
        if (repeats[i] === 1) return;
        const [before, after] = [sum.shape.slice(0, i), sum.shape.slice(i + 1)];
        const apart = reshaped(sum, [sizeOf(before), repeats[i]!, dim, sizeOf(after)]);
        sum = reshaped(sumAxes(apart, [1]), [...before, dim, ...after]);
      });
      return sum;
    },
  ]);
}

/**
 * The whole tensor repeated along each axis. Keras 3: `keras.ops.tile`.
 *
 * @example
 * ops.tile(tensor([1, 2]), [2]);   // [1, 2, 1, 2]
 */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const t = asTensor('tile', x);
  const given = [repeats].flat();
  if (given.some((times) => !Number.isInteger(times) || times < 0)) {
    throw new ArgumentError({ where: 'tile', expected: 'whole repeats from 0', received: shapeText(given) });
  }
  const rank = Math.max(given.length, t.shape.length);
  const lead = (list: readonly number[]) => [...new Array<number>(rank - list.length).fill(1), ...list];
  const y = tiled(reshaped(t, lead(t.shape)), lead(given));
  return y === t ? view(t) : y;
}

/**
 * Each element repeated along an axis (all alike, or as often as a list says); of the flat tensor where no axis is given. Keras 3:
 * `keras.ops.repeat`.
 *
 * @example
 * ops.repeat(tensor([1, 2]), 2);   // [1, 1, 2, 2]
 */
export function repeat(x: TensorLike, repeats: number | readonly number[], axis?: number | null | { axis?: number | null }): Tensor {
  const given = axisOf<number | null>(axis ?? null);
  let t = asTensor('repeat', x);
  if (given === null || given === undefined) t = viewAs(t, [t.size]);
  const along = normalizeAxis('repeat', given ?? 0, t.shape.length);
  const size = t.shape[along]!;
  const list = [repeats].flat();
  if (list.some((times) => !Number.isInteger(times) || times < 0) || (list.length !== 1 && list.length !== size)) {
    throw new ArgumentError({ where: 'repeat', expected: `one number or ${size}, whole and from 0`, received: shapeText(list) });
  }
  if (list.length === 1) {
    const times = list[0]!;
    const [before, after] = [t.shape.slice(0, along), t.shape.slice(along + 1)];
    const flat = reshaped(t, [sizeOf(before), size, 1, sizeOf(after)]);
    const y = expandTo(flat, [sizeOf(before), size, times, sizeOf(after)]);
    return viewAs(y, [...before, size * times, ...after]);
  }
  const indices = list.flatMap((times, i) => new Array<number>(times).fill(i));
  return taken(t, constantArray(indices, [indices.length], 'int32', t), along);
}

/** @internal */
export function reversed(x: Tensor, axes: readonly number[]): Tensor {
  if (axes.every((axis) => x.shape[axis]! <= 1)) return x;
  return runOp1(reverseOp, [x], { shape: x.shape, dtype: x.dtype }, [axisMask(axes)], () => (dy) => [() => reversed(dy!, axes)]);
}

/**
 * Axes in reverse, all of them where none is given. Keras 3: `keras.ops.flip`.
 *
 * @example
 * ops.flip(tensor([[1, 2], [3, 4]]), 1);   // [[2, 1], [4, 3]]
 */
export function flip(x: TensorLike, axis?: Axis | { axis?: Axis }): Tensor {
  const t = asTensor('flip', x);
  const y = reversed(t, normalizeAxes('flip', axisOf<Axis>(axis), t.shape.length));
  return y === t ? view(t) : y;
}

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis]!;
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  if (by === 0) return x;
  return joined([part(x, axis, size - by, by), part(x, axis, 0, size - by)], axis);
}

/**
 * Elements shifted along axes; what leaves at the end comes back at the beginning. Without an axis the flat tensor is shifted. Keras 3:
 * `keras.ops.roll`.
 *
 * @example
 * ops.roll(tensor([1, 2, 3]), 1);   // [3, 1, 2]
 */
export function roll(x: TensorLike, shift: number | readonly number[], axis?: Axis | { axis?: Axis }): Tensor {
  const t = asTensor('roll', x);
  const shifts = [shift].flat();
  if (shifts.some((by) => !Number.isInteger(by))) {
    throw new ArgumentError({ where: 'roll', expected: 'whole shifts', received: shapeText(shifts) });
  }
  const given = axisOf<Axis>(axis);
  if (given === undefined || given === null) {
    return viewAs(
      rolled(
        reshaped(t, [t.size]),
        shifts.reduce((a, b) => a + b, 0),
        0,
      ),
      t.shape,
    );
  }
  const axes = [given].flat().map((one) => normalizeAxis('roll', one, t.shape.length));
  if (shifts.length !== 1 && shifts.length !== axes.length) {
    throw new ArgumentError({ where: 'roll', expected: `one shift or ${axes.length}`, received: shapeText(shifts) });
  }
  let y = t;
  axes.forEach((one, i) => (y = rolled(y, shifts.length === 1 ? shifts[0]! : shifts[i]!, one)));
  return y === t ? view(t) : y;
}

/**
 * A plane of two axes turned by 90 degrees `k` times, from the first axis to the second. Keras 3: `keras.ops.rot90`.
 *
 * @example
 * ops.rot90(tensor([[1, 2], [3, 4]]));   // [[2, 4], [1, 3]]
 */
export function rot90(x: TensorLike, { k = 1, axes = [0, 1] }: { k?: number; axes?: readonly [number, number] } = {}): Tensor {
  const t = asTensor('rot90', x);
  const [a, b] = axes.map((axis) => normalizeAxis('rot90', axis, t.shape.length)) as [number, number];
  if (a === b) throw new ArgumentError({ where: 'rot90', expected: 'two different axes', received: shapeText(axes) });
  if (!Number.isInteger(k)) throw new ArgumentError({ where: 'rot90', expected: 'a whole number of turns', received: String(k) });
  const turns = ((k % 4) + 4) % 4;
  const order = t.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  let y = t;
  if (turns === 2) y = reversed(t, [a, b]);
  if (turns === 1) y = permuted(reversed(t, [b]), order);
  if (turns === 3) y = reversed(permuted(t, order), [b]);
  return y === t ? view(t) : y;
}

/**
 * The elements in memory of their own. Keras 3: `keras.ops.copy`.
 *
 * @example
 * const kept = ops.copy(weights);
 */
export function copy<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
export function copy(x: TensorLike): Tensor;
export function copy(x: TensorLike): Tensor {
  const t = asTensor('copy', x);
  return runOp1(copyOp, [t], { shape: t.shape, dtype: t.dtype }, [], () => (dy) => [() => dy!]);
}

/**
 * The elements in another dtype. Floats lose their fraction towards 0, NaN becomes 0, and what is out of range the nearest number in range;
 * as bool everything but 0 is true. Keras 3: `keras.ops.cast`.
 *
 * @example
 * ops.cast(tensor([1.7, -1.7]), 'int32');   // [1, -1]
 */
export function cast<S extends Shape, D extends DType>(x: Tensor<S>, dtype: D | { dtype: D }): Tensor<S, D>;
export function cast<D extends DType>(x: TensorLike, dtype: D | { dtype: D }): Tensor<Shape, D>;
export function cast(x: TensorLike, dtype: DType | { dtype: DType }): Tensor {
  const to = typeof dtype === 'object' && dtype !== null ? dtype.dtype : dtype;
  if (!isDType(to)) throw new DTypeError({ where: 'cast', expected: 'float32, float64, int32, uint8 or bool', received: String(to) });
  const t = asTensor('cast', x);
  return t.dtype === to ? view(t) : castTo(t, to);
}

/**
 * The tensor as it is, but a constant for gradients. Keras 3: `keras.ops.stop_gradient`.
 *
 * @example
 * const target = ops.stopGradient(model.call(x));
 */
export function stopGradient<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
export function stopGradient(x: TensorLike): Tensor;
export function stopGradient(x: TensorLike): Tensor {
  const t = asTensor('stopGradient', x);
  return withoutTape(() => view(t));
}
