/** Axes in another order. */
import { ArgumentError } from '../errors.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Shape, Transpose } from '../types/index.js';
import { reshaped, view } from './broadcast.js';
import { asTensor, normalizeAxis, shapeText, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';

const transposeOp = defineOp('transpose', ['perm...']);

/** @internal Axis i of the result is axis `order[i]` of x; a view where only axes of size 1 move. */
export function permuted(x: Tensor, order: readonly number[]): Tensor {
  const shape = order.map((axis) => x.shape[axis]!);
  const long = order.filter((axis) => x.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return reshaped(x, shape);
  return runOp1(transposeOp, [x], { shape, dtype: x.dtype }, order, () => (dy) => [
    () =>
      permuted(
        dy!,
        order.map((_, i) => order.indexOf(i)),
      ),
  ]);
}

/** A tensor of its own in every case. */
function permutedCopy(x: Tensor, order: readonly number[]): Tensor {
  const y = permuted(x, order);
  return y === x ? view(x) : y;
}

/**
 * The axes in another order, reversed where none is given. Keras 3: `keras.ops.transpose`.
 *
 * @example
 * ops.transpose(tensor([[1, 2, 3]]));           // [[1], [2], [3]]
 * ops.transpose(images, [0, 3, 1, 2]);          // channels last to channels first
 */
export function transpose<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<Transpose<S>, D>;
export function transpose<S extends Shape, D extends DType, const P extends readonly number[]>(
  x: Tensor<S, D>,
  axes: P,
): Tensor<Transpose<S, P>, D>;
export function transpose(x: TensorLike, axes?: readonly number[] | { axes?: readonly number[] | null } | null): Tensor;
export function transpose(x: TensorLike, axes?: readonly number[] | { axes?: readonly number[] | null } | null): Tensor {
  const t = asTensor('transpose', x);
  const rank = t.shape.length;
  const given = Array.isArray(axes) ? (axes as readonly number[]) : (axes as { axes?: readonly number[] | null } | null | undefined)?.axes;
  const order = given ? given.map((axis) => normalizeAxis('transpose', axis, rank)) : t.shape.map((_, i) => rank - 1 - i);
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ArgumentError({ where: 'transpose', expected: `each of ${rank} axes once`, received: shapeText(given ?? []) });
  }
  return permutedCopy(t, order);
}

/**
 * Two axes exchanged. Keras 3: `keras.ops.swapaxes`.
 *
 * @example
 * ops.swapaxes(x, 0, 2);
 */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const t = asTensor('swapaxes', x);
  const order = t.shape.map((_, i) => i);
  const a = normalizeAxis('swapaxes', axis1, order.length);
  const b = normalizeAxis('swapaxes', axis2, order.length);
  order[a] = b;
  order[b] = a;
  return permutedCopy(t, order);
}

/**
 * Axes moved to other places; the others keep their order. Keras 3: `keras.ops.moveaxis`.
 *
 * @example
 * ops.moveaxis(x, 0, -1);   // [a, b, c] becomes [b, c, a]
 */
export function moveaxis(x: TensorLike, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const t = asTensor('moveaxis', x);
  const rank = t.shape.length;
  const from = [source].flat().map((axis) => normalizeAxis('moveaxis', axis, rank));
  const to = [destination].flat().map((axis) => normalizeAxis('moveaxis', axis, rank));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ArgumentError({
      where: 'moveaxis',
      expected: 'as many places as axes, each once',
      received: `${shapeText(from)} to ${shapeText(to)}`,
    });
  }
  const rest = t.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order: number[] = [];
  for (let i = 0; i < rank; i++) {
    const moved = to.indexOf(i);
    order.push(moved >= 0 ? from[moved]! : rest.shift()!);
  }
  return permutedCopy(t, order);
}
