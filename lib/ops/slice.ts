/** Parts of tensors: slices, indexing as in NumPy, and putting a part back. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { subtract } from './binary.js';
import { reshaped, view } from './broadcast.js';
import { asTensor, castTo, filled, normalizeAxis, sameShape, shapeText, type TensorLike, wholeNumber } from './common.js';
import { notEqual, where } from './compare.js';
import { defineOp, runOp1 } from './define.js';
import { padded } from './pad.js';

const sliceOp = defineOp('slice', ['spec...']);
const sliceGradOp = defineOp('sliceGrad', ['spec...']);

/** @internal Elements begin, begin + stride, ... of every axis; all inside. */
export function strided(x: Tensor, begin: readonly number[], count: readonly number[], stride: readonly number[]): Tensor {
  if (sameShape(count, x.shape) && stride.every((step, i) => step === 1 || x.shape[i]! <= 1)) return x;
  return runOp1(sliceOp, [x], { shape: count, dtype: x.dtype }, [...begin, ...stride], () => (dy) => [
    () => placed(dy!, x.shape, begin, stride),
  ]);
}

/** @internal The mirror image of `strided`: dy at its places among zeros. */
export function placed(dy: Tensor, shape: readonly number[], begin: readonly number[], stride: readonly number[]): Tensor {
  return runOp1(sliceGradOp, [dy], { shape, dtype: dy.dtype }, [...begin, ...stride], () => (g) => [
    () => strided(g!, begin, dy.shape, stride),
  ]);
}

/** @internal `count` elements of one axis from `begin` on. */
export function part(x: Tensor, axis: number, begin: number, count: number): Tensor {
  return strided(
    x,
    x.shape.map((_, i) => (i === axis ? begin : 0)),
    x.shape.map((dim, i) => (i === axis ? count : dim)),
    x.shape.map(() => 1),
  );
}

function startsInside(name: string, x: Tensor, start: readonly number[], shape: readonly number[]): number[] {
  const rank = x.shape.length;
  if (start.length !== rank || shape.length !== rank) {
    throw new ShapeError({
      where: name,
      expected: `a start and a size for each axis of ${shapeText(x.shape)}`,
      received: `start ${shapeText(start)} and size ${shapeText(shape)}`,
    });
  }
  return start.map((at, i) => {
    if (Number.isInteger(at) && at >= 0 && at + shape[i]! <= x.shape[i]!) return at;
    throw new ShapeError({
      where: name,
      expected: `a part inside ${shapeText(x.shape)}`,
      received: `start ${shapeText(start)} and size ${shapeText(shape)}`,
    });
  });
}

/**
 * A part with a start and a size (-1: to the end) for every axis. Keras 3: `keras.ops.slice`.
 *
 * @example
 * ops.slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]);   // [[2, 3], [5, 6]]
 */
export function slice(x: TensorLike, startIndices: readonly number[], shape: readonly number[]): Tensor {
  const t = asTensor('slice', x);
  const size = shape.map((dim, i) => (dim === -1 ? (t.shape[i] ?? 0) - (startIndices[i] ?? 0) : dim));
  const begin = startsInside('slice', t, startIndices, size);
  const y = strided(
    t,
    begin,
    size,
    size.map(() => 1),
  );
  return y === t ? view(t) : y;
}

/**
 * The tensor with a part replaced. Keras 3: `keras.ops.slice_update`.
 *
 * @example
 * ops.sliceUpdate(ops.zeros([3]), [1], tensor([5, 6]));   // [0, 5, 6]
 */
export function sliceUpdate(inputs: TensorLike, startIndices: readonly number[], updates: TensorLike): Tensor {
  const x = asTensor('sliceUpdate', inputs);
  const u = castTo(asTensor('sliceUpdate', updates, x), x.dtype);
  const begin = startsInside('sliceUpdate', x, startIndices, u.shape);
  const amounts = begin.map((at, i): [number, number] => [at, x.shape[i]! - at - u.shape[i]!]);
  return where(padded(filled(u.shape, 1, 'bool', u), amounts), padded(u, amounts), x);
}

/** One entry of an index: a position, [start, stop, step], '...' for all axes between, or null for a new axis. */
export type IndexKey = number | null | '...' | readonly [start?: number | null, stop?: number | null, step?: number | null];

/** Start, count and step of a Python slice over `size` elements. */
function pythonSlice(size: number, [start, stop, step]: readonly (number | null | undefined)[]): [number, number, number] {
  const by = step ?? 1;
  if (!Number.isInteger(by) || by === 0)
    throw new ArgumentError({ where: 'getItem', expected: 'a step other than 0', received: String(step) });
  const clamp = (at: number) => (by > 0 ? Math.min(Math.max(at, 0), size) : Math.min(Math.max(at, -1), size - 1));
  const place = (at: number | null | undefined, otherwise: number) => {
    if (at === null || at === undefined) return otherwise;
    if (!Number.isInteger(at)) throw new ArgumentError({ where: 'getItem', expected: 'whole numbers', received: String(at) });
    return clamp(at < 0 ? at + size : at);
  };
  const from = place(start, by > 0 ? 0 : size - 1);
  const to = place(stop, by > 0 ? size : -1);
  return [from, Math.max(0, Math.ceil((to - from) / by)), by];
}

/**
 * Indexing as `x[...]` in Python: numbers pick and drop an axis, [start, stop, step] slices it (null for an open end), '...' stands for all
 * axes between and null makes a new one.
 *
 * @example
 * ops.getItem(x, 0);                          // x[0]
 * ops.getItem(x, '...', [1, null]);           // x[..., 1:]
 * ops.getItem(x, [null, null, -1], null);     // x[::-1, None]
 */
export function getItem(x: TensorLike, ...keys: readonly IndexKey[]): Tensor {
  const t = asTensor('getItem', x);
  const used = keys.filter((key) => key !== null && key !== '...').length;
  const dots = keys.filter((key) => key === '...').length;
  if (dots > 1 || used > t.shape.length) {
    throw new ShapeError({ where: 'getItem', expected: `an index for ${shapeText(t.shape)}`, received: JSON.stringify(keys) });
  }
  const full = dots === 0 ? [...keys, '...' as const] : keys;
  const spec: [number, number, number][] = [];
  const shape: number[] = [];
  for (const key of full) {
    const axis = spec.length;
    const size = t.shape[axis]!;
    if (key === null) shape.push(1);
    else if (key === '...') {
      for (let i = 0; i < t.shape.length - used; i++) {
        shape.push(t.shape[spec.length]!);
        spec.push([0, t.shape[spec.length]!, 1]);
      }
    } else if (typeof key === 'number') {
      const at = key < 0 ? key + size : key;
      if (!Number.isInteger(key) || at < 0 || at >= size) {
        throw new ShapeError({
          where: 'getItem',
          expected: `an index from ${-size} to ${size - 1} on axis ${axis}`,
          received: String(key),
        });
      }
      spec.push([at, 1, 1]);
    } else {
      const one = pythonSlice(size, key);
      shape.push(one[1]);
      spec.push(one);
    }
  }
  // An empty slice may begin anywhere, so it begins at 0.
  const picked = strided(
    t,
    spec.map(([at, count]) => (count === 0 ? 0 : at)),
    spec.map(([, count]) => count),
    spec.map(([, , step]) => step),
  );
  const y = reshaped(picked, shape);
  return y === t ? view(t) : y;
}

/**
 * Differences of neighbours along an axis, `n` times. Keras 3: `keras.ops.diff`.
 *
 * @example
 * ops.diff(tensor([1, 4, 9]));   // [3, 5]
 */
export function diff(x: TensorLike, options: number | { n?: number; axis?: number } = {}, axis = -1): Tensor {
  const t = asTensor('diff', x);
  const given = typeof options === 'number' ? { n: options, axis } : options;
  const along = normalizeAxis('diff', given.axis ?? -1, t.shape.length);
  let y = t;
  for (let i = 0; i < wholeNumber('diff', 'n', given.n ?? 1); i++) {
    const rest = Math.max(0, y.shape[along]! - 1);
    const first = Math.min(1, y.shape[along]!);
    const [later, earlier] = [part(y, along, first, rest), part(y, along, 0, rest)];
    y = t.dtype === 'bool' ? notEqual(later, earlier) : subtract(later, earlier);
  }
  return y === t ? view(t) : y;
}
