/** Tensors joined, taken apart and laid out anew under NumPy's other names. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, floorDivide, mod, multiply, power, subtract } from './binary.js';
import { reshaped, sumAxes, view } from './broadcast.js';
import {
  type Axis,
  asIndices,
  asTensor,
  castTo,
  constantArray,
  filled,
  normalizeAxis,
  operands,
  promoteAll,
  shapeText,
  sizeOf,
  type TensorLike,
  wholeNumber,
} from './common.js';
import { equal, less, where } from './compare.js';
import { concatenate, split } from './join.js';
import { any, max, min, type ReduceOptions, reduceArguments } from './reduce.js';
import { flip } from './shape.js';
import { part } from './slice.js';
import { argsort, type SortOptions } from './sort.js';
import { permuted } from './transpose.js';
import { diag } from './triangle.js';
import { logicalNot } from './unary.js';

/**
 * One tensor after the other along an axis; without one, both flat. Keras 3: `keras.ops.append`.
 *
 * @example
 * ops.append(tensor([1, 2]), tensor([3]));   // [1, 2, 3]
 */
export function append(x1: TensorLike, x2: TensorLike, { axis = null }: { axis?: number | null } = {}): Tensor {
  const [x, y] = promoteAll([asTensor('append', x1), asTensor('append', x2)]) as [Tensor, Tensor];
  if (axis === null) return concatenate([reshaped(x, [x.size]), reshaped(y, [y.size])], 0);
  return concatenate([x, y], axis);
}

/**
 * Parts along an axis, the first ones longer by one where the number of parts does not divide it. Keras 3: `keras.ops.array_split`.
 *
 * @example
 * ops.arraySplit(ops.arange(5), 2);   // [0, 1, 2] and [3, 4]
 */
export function arraySplit(x: TensorLike, indicesOrSections: number | readonly number[], { axis = 0 }: { axis?: number } = {}): Tensor[] {
  const t = asTensor('arraySplit', x);
  const along = normalizeAxis('arraySplit', axis, t.shape.length);
  if (typeof indicesOrSections !== 'number') return split(t, indicesOrSections, along);
  const sections = wholeNumber('arraySplit', 'the number of parts', indicesOrSections, 1);
  const [size, longer] = [Math.floor(t.shape[along]! / sections), t.shape[along]! % sections];
  const bounds = Array.from({ length: sections - 1 }, (_, i) => (i + 1) * size + Math.min(i + 1, longer));
  return split(t, bounds, along);
}

/**
 * Parts along the second axis (of vectors the first). Keras 3: `keras.ops.hsplit`.
 *
 * @example
 * const [left, right] = ops.hsplit(ops.ones([2, 4]), 2);
 */
export function hsplit(x: TensorLike, indicesOrSections: number | readonly number[]): Tensor[] {
  const t = asTensor('hsplit', x);
  return split(t, indicesOrSections, t.shape.length === 1 ? 0 : 1);
}

/**
 * Parts along the first axis. Keras 3: `keras.ops.vsplit`.
 *
 * @example
 * const [upper, lower] = ops.vsplit(ops.ones([4, 2]), 2);
 */
export function vsplit(x: TensorLike, indicesOrSections: number | readonly number[]): Tensor[] {
  return split(x, indicesOrSections, 0);
}

/**
 * Parts along the third axis. Keras 3: `keras.ops.dsplit`.
 *
 * @example
 * const [red, green, blue] = ops.dsplit(ops.ones([8, 8, 3]), 3);
 */
export function dsplit(x: TensorLike, indicesOrSections: number | readonly number[]): Tensor[] {
  return split(x, indicesOrSections, 2);
}

/**
 * Tensors joined along the third axis, which vectors and matrices get. Keras 3: `keras.ops.dstack`.
 *
 * @example
 * ops.dstack([tensor([1, 2]), tensor([3, 4])]);   // [[[1, 3], [2, 4]]]
 */
export function dstack(xs: readonly TensorLike[]): Tensor {
  const deep = xs.map((x) => {
    const t = asTensor('dstack', x);
    if (t.shape.length >= 3) return t;
    return reshaped(t, t.shape.length === 2 ? [...t.shape, 1] : [1, t.size, 1]);
  });
  return concatenate(deep, 2);
}

/**
 * The second axis the other way round. Keras 3: `keras.ops.fliplr`.
 *
 * @example
 * ops.fliplr(tensor([[1, 2], [3, 4]]));   // [[2, 1], [4, 3]]
 */
export function fliplr(x: TensorLike): Tensor {
  return flip(x, 1);
}

/**
 * The first axis the other way round. Keras 3: `keras.ops.flipud`.
 *
 * @example
 * ops.flipud(tensor([[1, 2], [3, 4]]));   // [[3, 4], [1, 2]]
 */
export function flipud(x: TensorLike): Tensor {
  return flip(x, 0);
}

/**
 * A matrix with the elements, flat, on a diagonal. Keras 3: `keras.ops.diagflat`.
 *
 * @example
 * ops.diagflat(tensor([[1, 2]]));   // [[1, 0], [0, 2]]
 */
export function diagflat(x: TensorLike, k: number | { k?: number } = 0): Tensor {
  const t = asTensor('diagflat', x);
  return diag(reshaped(t, [t.size]), k);
}

/**
 * The greatest less the least element. Keras 3: `keras.ops.ptp`.
 *
 * @example
 * ops.ptp(tensor([3, 1, 7]));   // 6
 */
export function ptp(x: TensorLike, axis?: Axis | ReduceOptions, keepdims = false): Tensor {
  const t = asTensor('ptp', x);
  const given = reduceArguments('ptp', t.shape.length, axis, keepdims);
  return subtract(max(t, given.axes, given.keepdims), min(t, given.axes, given.keepdims));
}

/**
 * Indices that put the element of rank kth in its place, the lesser before it and the greater after it: those of a full sort here. Keras 3:
 * `keras.ops.argpartition`.
 *
 * @example
 * ops.argpartition(tensor([3, 1, 2]), 1);   // [1, 2, 0]
 */
export function argpartition(x: TensorLike, kth: number, { axis = -1 }: Pick<SortOptions, 'axis'> = {}): Tensor {
  const t = asTensor('argpartition', x);
  const size = axis === null ? t.size : t.shape[normalizeAxis('argpartition', axis, t.shape.length)]!;
  if (!Number.isInteger(kth) || kth < -size || kth >= size) {
    throw new ArgumentError({ where: 'argpartition', expected: `kth from ${-size} to ${size - 1}`, received: String(kth) });
  }
  return argsort(t, { axis });
}

/**
 * Whether each element of x1 is among those of x2. Keras 3: `keras.ops.isin`.
 *
 * @example
 * ops.isin(tensor([1, 2, 3]), tensor([3, 1]));   // [true, false, true]
 */
export function isin(
  x1: TensorLike,
  x2: TensorLike,
  { invert = false }: { /** Changes nothing. */ assumeUnique?: boolean; /** Whether it is not. */ invert?: boolean } = {},
): Tensor {
  const [x, y] = operands('isin', x1, x2);
  const found =
    y.size === 0 ? filled(x.shape, 0, 'bool', x) : any(equal(reshaped(x, [...x.shape, 1]), reshaped(y, [y.size])), x.shape.length);
  return invert ? logicalNot(found) : found;
}

/**
 * Places in a flat tensor as places in one of a shape: an index for each axis. Keras 3: `keras.ops.unravel_index`.
 *
 * @example
 * const [row, column] = ops.unravelIndex(tensor(new Int32Array([5])), [2, 3]);   // [1] and [2]
 */
export function unravelIndex(indices: TensorLike, shape: readonly number[]): Tensor[] {
  const at = asIndices('unravelIndex', indices);
  const flat = where(less(at, 0), add(at, sizeOf(shape)), at);
  return shape.map((dim, i) => mod(floorDivide(flat, Math.max(1, sizeOf(shape.slice(i + 1)))), Math.max(1, dim)));
}

/**
 * For each element the choice of the first condition that holds, and `default` where none does. Keras 3: `keras.ops.select`.
 *
 * @example
 * ops.select([ops.less(x, 0), ops.greater(x, 1)], [ops.zerosLike(x), ops.onesLike(x)], x);
 */
export function select(condlist: readonly TensorLike[], choicelist: readonly TensorLike[], otherwise: TensorLike = 0): Tensor {
  if (condlist.length === 0 || condlist.length !== choicelist.length) {
    throw new ArgumentError({
      where: 'select',
      expected: 'as many conditions as choices, one at least',
      received: `${condlist.length} and ${choicelist.length}`,
    });
  }
  const choices = promoteAll(choicelist.map((choice) => asTensor('select', choice)));
  return choices.reduceRight<Tensor>(
    (rest, choice, i) => where(condlist[i]!, choice, rest),
    castTo(asTensor('select', otherwise, choices[0]), choices[0]!.dtype),
  );
}

/** Options of vander. */
export interface VanderOptions {
  /** Columns; by default as many as elements. */
  N?: number | null;
  /** Powers from left to right; false. */
  increasing?: boolean;
}

/**
 * The powers of each element in a row, the highest first. Keras 3: `keras.ops.vander`.
 *
 * @example
 * ops.vander(tensor([2, 3]), { N: 3 });   // [[4, 2, 1], [9, 3, 1]]
 */
export function vander(x: TensorLike, { N = null, increasing = false }: VanderOptions = {}): Tensor {
  const t = asTensor('vander', x);
  if (t.shape.length !== 1) throw new ShapeError({ where: 'vander', expected: 'a vector', received: shapeText(t.shape) });
  const columns = wholeNumber('vander', 'N', N ?? t.size);
  const exponents = Array.from({ length: columns }, (_, i) => (increasing ? i : columns - 1 - i));
  return power(reshaped(t, [t.size, 1]), constantArray(exponents, [columns], t.dtype, t));
}

/** Options of trapezoid. */
export interface TrapezoidOptions {
  /** Places of the values; by default `dx` apart. */
  x?: TensorLike | null;
  /** Default 1. */
  dx?: number;
  /** Default -1. */
  axis?: number;
}

/**
 * The integral of values along an axis by the trapezoidal rule. Keras 3: `keras.ops.trapezoid`.
 *
 * @example
 * ops.trapezoid(tensor([1, 2, 3]));   // 4
 */
export function trapezoid(y: TensorLike, { x = null, dx = 1, axis = -1 }: TrapezoidOptions = {}): Tensor {
  const values = asTensor('trapezoid', y);
  const along = normalizeAxis('trapezoid', axis, values.shape.length);
  const size = values.shape[along]!;
  const [before, after] = [part(values, along, 0, size - 1), part(values, along, 1, size - 1)];
  const means = multiply(castTo(add(before, after), values.dtype === 'float64' ? 'float64' : 'float32'), 0.5);
  let widths: Tensor | number = dx;
  if (x !== null) {
    const places = castTo(asTensor('trapezoid', x), means.dtype);
    const own = places.shape.length === 1 ? 0 : along;
    const gaps = subtract(part(places, own, 1, size - 1), part(places, own, 0, size - 1));
    widths =
      places.shape.length === 1
        ? reshaped(
            gaps,
            values.shape.map((_, i) => (i === along ? size - 1 : 1)),
          )
        : gaps;
  }
  return sumAxes(multiply(means, widths), [along]);
}

/** Groups of names in a pattern such as 'b (h w) c'. */
function groups(pattern: string): string[][] {
  return [...pattern.matchAll(/\(([^)]*)\)|([\w.]+)/g)].map(([, inside, alone]) =>
    alone === undefined ? (inside!.match(/\w+/g) ?? []) : [alone],
  );
}

/**
 * The axes in another order, taken apart and joined, as a pattern says it. Keras 3: `keras.ops.rearrange`.
 *
 * @example
 * ops.rearrange(images, 'b h w c -> b (h w) c');
 * ops.rearrange(images, 'b (h two) w c -> b h w (two c)', { two: 2 });
 */
export function rearrange(x: TensorLike, pattern: string, axesLengths: Readonly<Record<string, number>> = {}): Tensor {
  const t = asTensor('rearrange', x);
  const [before, after, ...more] = pattern.split('->');
  const [from, to] = [groups(before ?? ''), groups(after ?? '')];
  const names = from.flat();
  const same = [...names].sort().join(' ') === to.flat().sort().join(' ') && new Set(names).size === names.length;
  if (after === undefined || more.length > 0 || !same || from.length !== t.shape.length) {
    throw new ArgumentError({
      where: 'rearrange',
      expected: `a pattern with a place for each axis of ${shapeText(t.shape)}, and every name once on either side of ->`,
      received: `'${pattern}'`,
    });
  }
  const lengths = new Map<string, number>();
  from.forEach((group, i) => {
    const open = group.filter((name) => axesLengths[name] === undefined);
    const known = group.reduce((product, name) => product * (axesLengths[name] ?? 1), 1);
    const size = t.shape[i]!;
    if (open.length > 1 || size % known !== 0 || (open.length === 0 && size !== known)) {
      throw new ShapeError({
        where: 'rearrange',
        expected: `lengths of all but one of (${group.join(' ')}) that divide ${size}`,
        received: JSON.stringify(axesLengths),
      });
    }
    for (const name of group) lengths.set(name, axesLengths[name] ?? size / known);
  });
  const apart = reshaped(
    t,
    names.map((name) => lengths.get(name)!),
  );
  const turned = permuted(
    apart,
    to.flat().map((name) => names.indexOf(name)),
  );
  const y = reshaped(
    turned,
    to.map((group) => group.reduce((size, name) => size * lengths.get(name)!, 1)),
  );
  return y === t ? view(t) : y;
}
