/** Matrices taken apart, composed of ops: by reflections (QR), by rotations of all pairs at once (eigenvalues, singular values), by rows (LU). */
import { noteOp, withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, divideNoNan, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes } from './broadcast.js';
import { asFloat, castTo, constantArray, filled, shapeText, sizeOf, type TensorLike } from './common.js';
import { equal, greater, greaterEqual, logicalAnd, where } from './compare.js';
import { onDeviceOf } from './define.js';
import { taken, takenAlong } from './gather.js';
import { joined } from './join.js';
import { arange, eye } from './make.js';
import { product } from './matmul.js';
import { padded } from './pad.js';
import { argmax, max } from './reduce.js';
import { part } from './slice.js';
import { sorted } from './sort.js';
import { permuted } from './transpose.js';
import { diagonal, triu } from './triangle.js';
import { abs, negative, sqrt, square } from './unary.js';

/** A batch of matrices [b, m, n]. */
export function matrices(where: string, x: TensorLike): { a: Tensor; lead: readonly number[]; m: number; n: number } {
  const t = asFloat(where, x);
  if (t.shape.length < 2) throw new ShapeError({ where, expected: 'matrices', received: shapeText(t.shape) });
  const [m, n] = t.shape.slice(-2) as [number, number];
  const lead = t.shape.slice(0, -2);
  return { a: reshaped(t, [sizeOf(lead), m, n]), lead, m, n };
}

function swapped(x: Tensor): Tensor {
  return permuted(x, [0, 2, 1]);
}

function unit(n: number, like: Tensor): Tensor {
  return reshaped(
    onDeviceOf(like, () => eye(n, n, { dtype: like.dtype })),
    [1, n, n],
  );
}

/** Q [b, m, m] and R [b, m, n] by Householder's reflections, with the signs that LAPACK gives. */
function reflected(a: Tensor): { q: Tensor; r: Tensor } {
  const [b, m, n] = a.shape as readonly [number, number, number];
  let r = a;
  let q = expandTo(unit(m, a), [b, m, m]);
  for (let k = 0; k < Math.min(m - 1, n); k++) {
    const column = part(part(r, 2, k, 1), 1, k, m - k);
    const head = part(column, 1, 0, 1);
    const tail = sumAxes(square(part(column, 1, 1, m - k - 1)), [1, 2]);
    // Nothing to reflect where the tail is 0; the root's slope is kept away from there.
    const flat = reshaped(equal(tail, 0), [b, 1, 1]);
    const length = sqrt(where(flat, 1, add(square(head), reshaped(tail, [b, 1, 1]))));
    const target = where(greaterEqual(head, 0), negative(length), length);
    const mirror = joined([subtract(head, target), part(column, 1, 1, m - k - 1)], 1);
    const v = padded(mirror, [
      [0, 0],
      [k, 0],
      [0, 0],
    ]);
    const size = where(flat, 1, reshaped(sumAxes(square(v), [1, 2]), [b, 1, 1]));
    const factor = where(flat, 0, divide(2, size));
    r = subtract(r, multiply(product(v, product(v, r, { transposeA: true })), factor));
    q = subtract(q, multiply(product(product(q, v), v, { transposeB: true }), factor));
  }
  return { q, r: triu(r) };
}

/** Options of qr. */
export interface QrOptions {
  /** Whether Q has as many columns as R has rows that are not 0 ('reduced'), or is square ('complete'). Default 'reduced'. */
  mode?: 'reduced' | 'complete';
}

/**
 * Q with orthonormal columns and an upper triangle R with Q · R = x. Keras 3: `keras.ops.linalg.qr`.
 *
 * @example
 * const [q, r] = ops.linalg.qr(tensor([[1, 2], [3, 4], [5, 6]]));   // [3, 2] and [2, 2]
 */
export function qr(x: TensorLike, { mode = 'reduced' }: QrOptions = {}): [Tensor, Tensor] {
  if (mode !== 'reduced' && mode !== 'complete') {
    throw new ArgumentError({ where: 'qr', expected: "mode 'reduced' or 'complete'", received: `'${String(mode)}'` });
  }
  const { a, lead, m, n } = matrices('qr', x);
  const { q, r } = reflected(a);
  const k = mode === 'complete' ? m : Math.min(m, n);
  return [reshaped(part(q, 2, 0, k), [...lead, m, k]), reshaped(part(r, 1, 0, k), [...lead, k, n])];
}

/** Of each round of a tournament of n who plays whom; oneself where there is nobody left. */
function tournament(n: number): number[][] {
  const seats = n % 2 === 0 ? n : n + 1;
  return Array.from({ length: seats - 1 }, (_, round) => {
    const others = new Array<number>(n);
    for (let i = 0; i < seats / 2; i++) {
      const one = i === 0 ? seats - 1 : (round + i) % (seats - 1);
      const two = (round + seats - 1 - i) % (seats - 1);
      if (one < n && two < n) [others[one], others[two]] = [two, one];
      else others[Math.min(one, two)] = Math.min(one, two);
    }
    return others;
  });
}

/** The rotation [b, n, n] that makes the elements of symmetric matrices between all pairs 0. */
function rotation(g: Tensor, others: readonly number[]): Tensor {
  const n = others.length;
  const orientation = constantArray(
    others.map((other, i) => Math.sign(other - i)),
    [n],
    g.dtype,
    g,
  );
  const whom = constantArray(others, [n], 'int32', g);
  const between = constantArray(
    Array.from({ length: n * n }, (_, i) => Number(others[Math.floor(i / n)] === i % n && Math.floor(i / n) !== i % n)),
    [n, n],
    g.dtype,
    g,
  );
  const own = diagonal(g, { axis1: 1, axis2: 2 });
  const shared = sumAxes(multiply(g, between), [2]);
  const none = equal(shared, 0);
  const slant = divide(multiply(subtract(taken(own, whom, 1), own), orientation), where(none, 1, multiply(shared, 2)));
  const size = divide(1, add(abs(slant), sqrt(add(square(slant), 1))));
  const tangent = where(none, 0, where(greaterEqual(slant, 0), size, negative(size)));
  const cosine = divide(1, sqrt(add(square(tangent), 1)));
  const sine = multiply(multiply(tangent, cosine), orientation);
  const [b] = g.shape as readonly [number];
  return add(multiply(unit(n, g), reshaped(cosine, [b, n, 1])), multiply(between, reshaped(sine, [b, n, 1])));
}

/** Rounds after which rotations change nothing any more: they converge quadratically. */
function sweeps(n: number): number {
  return n < 2 ? 0 : 6 + Math.ceil(Math.log2(n));
}

/** 1 / (b - a) for each pair of a vector [b, n], 0 for an element and itself (and for equal ones). */
function gaps(values: Tensor): Tensor {
  const [b, n] = values.shape as readonly [number, number];
  return divideNoNan(1, subtract(reshaped(values, [b, 1, n]), reshaped(values, [b, n, 1])));
}

function onDiagonal(values: Tensor): Tensor {
  const [b, n] = values.shape as readonly [number, number];
  return multiply(reshaped(values, [b, n, 1]), unit(n, values));
}

/**
 * Eigenvalues of symmetric matrices in ascending order, and their vectors in columns, of length 1 and either sign. Keras 3:
 * `keras.ops.linalg.eigh`.
 *
 * @example
 * const [values, vectors] = ops.linalg.eigh(tensor([[2, 1], [1, 2]]));   // [1, 3]
 */
export function eigh(x: TensorLike): [Tensor, Tensor] {
  const { a, lead, m, n } = matrices('eigh', x);
  if (m !== n) throw new ShapeError({ where: 'eigh', expected: 'square matrices', received: shapeText([m, n]) });
  // The mean of both triangles, so that the gradient is symmetric as well.
  const symmetric = multiply(add(a, swapped(a)), 0.5);
  const [w, v] = withoutTape(() => rotated(symmetric));
  noteOp([symmetric], [w, v], (dw, dv) => [
    () => {
      let inner = dw ? onDiagonal(dw) : undefined;
      if (dv) {
        const turning = multiply(gaps(w), product(v, dv, { transposeA: true }));
        inner = inner ? add(inner, turning) : turning;
      }
      return product(product(v, inner!), v, { transposeB: true });
    },
  ]);
  return [reshaped(w, [...lead, n]), reshaped(v, [...lead, n, n])];
}

function rotated(symmetric: Tensor): [Tensor, Tensor] {
  const [b, n] = symmetric.shape as readonly [number, number];
  const rounds = tournament(n);
  let g = symmetric;
  let v = expandTo(unit(n, g), [b, n, n]);
  for (let sweep = 0; sweep < sweeps(n); sweep++) {
    for (const round of rounds) {
      const turn = rotation(g, round);
      g = product(turn, product(g, turn), { transposeA: true });
      v = product(v, turn);
    }
  }
  const { values, indices } = sorted(diagonal(g, { axis1: 1, axis2: 2 }), false);
  return [values, takenAlong(v, expandTo(reshaped(indices, [b, 1, n]), [b, n, n]), 2)];
}

/** Singular values, the greatest first, and their vectors, of matrices with m >= n, U [b, m, n]; columns of U for a 0 are 0. */
function thin(a: Tensor): [Tensor, Tensor, Tensor] {
  const [b, m, n] = a.shape as readonly [number, number, number];
  const rounds = tournament(n);
  let u = a;
  let v = expandTo(unit(n, a), [b, n, n]);
  for (let sweep = 0; sweep < sweeps(n); sweep++) {
    for (const round of rounds) {
      const turn = rotation(product(u, u, { transposeA: true }), round);
      [u, v] = [product(u, turn), product(v, turn)];
    }
  }
  const { values: s, indices } = sorted(sqrt(sumAxes(square(u), [1])), true);
  const column = (x: Tensor, rows: number): Tensor => takenAlong(x, expandTo(reshaped(indices, [b, 1, n]), [b, rows, n]), 2);
  return [divideNoNan(column(u, m), reshaped(s, [b, 1, n])), s, column(v, n)];
}

/** The gradient of matrices from those of their singular values and vectors. Source: Townsend 2016, "Differentiating the SVD". */
function thinSlope(u: Tensor, s: Tensor, v: Tensor, du?: Tensor, ds?: Tensor, dv?: Tensor): Tensor {
  const [b, n] = s.shape as readonly [number, number];
  const row = reshaped(s, [b, 1, n]);
  const apart = gaps(square(s));
  const turned = (x: Tensor, dx: Tensor): Tensor => {
    const t = multiply(apart, product(x, dx, { transposeA: true }));
    return add(t, swapped(t));
  };
  let inner = ds ? onDiagonal(ds) : filled([b, n, n], 0, s.dtype, s);
  if (du) inner = add(inner, multiply(turned(u, du), row));
  if (dv) inner = add(inner, multiply(reshaped(s, [b, n, 1]), turned(v, dv)));
  let da = product(product(u, inner), v, { transposeB: true });
  const outside = (x: Tensor, dx: Tensor): Tensor => subtract(dx, product(x, product(x, dx, { transposeA: true })));
  if (du) da = add(da, product(divideNoNan(outside(u, du), row), v, { transposeB: true }));
  if (dv) da = add(da, product(u, divideNoNan(outside(v, dv), row), { transposeB: true }));
  return da;
}

/** As `thin`, for any shape and with its gradient: U [b, m, k], s [b, k], V [b, n, k]. */
export function singular(a: Tensor): [Tensor, Tensor, Tensor] {
  if (a.shape[1]! < a.shape[2]!) {
    const [v, s, u] = singular(swapped(a));
    return [u, s, v];
  }
  const [u, s, v] = withoutTape(() => thin(a));
  noteOp([a], [u, s, v], (du, ds, dv) => [() => thinSlope(u, s, v, du, ds, dv)]);
  return [u, s, v];
}

/** Columns, orthonormal or 0, with others beside them (and in the place of zeros), so that they are a square orthogonal matrix. */
function completed(u: Tensor): Tensor {
  const [b, m, k] = u.shape as readonly [number, number, number];
  const { q, r } = reflected(u);
  // Reflections may have turned a column round.
  const signs = where(greaterEqual(diagonal(part(r, 1, 0, k), { axis1: 1, axis2: 2 }), 0), 1, -1);
  const all = castTo(m === k ? signs : joined([castTo(signs, 'float32'), filled([b, m - k], 1, 'float32', u)], 1), u.dtype);
  return multiply(q, reshaped(all, [b, 1, m]));
}

/** Options of svd. */
export interface SvdOptions {
  /** Whether U and V are square. Default true; gradients of U and V need false. */
  fullMatrices?: boolean;
}

/**
 * Singular values, the greatest first, with U in front and the transposed V after them: U · diag(s) · Vᵀ = x. With `computeUv: false` the values
 * alone. Keras 3: `keras.ops.linalg.svd`.
 *
 * @example
 * const [u, s, vt] = ops.linalg.svd(matrix, { fullMatrices: false });
 * const values = ops.linalg.svd(matrix, { computeUv: false });
 */
export function svd(x: TensorLike, options: SvdOptions & { computeUv: false }): Tensor;
export function svd(x: TensorLike, options?: SvdOptions & { /** Default true. */ computeUv?: true }): [Tensor, Tensor, Tensor];
export function svd(
  x: TensorLike,
  { fullMatrices = true, computeUv = true }: SvdOptions & { computeUv?: boolean } = {},
): Tensor | [Tensor, Tensor, Tensor] {
  const { a, lead, m, n } = matrices('svd', x);
  const [u, s, v] = singular(a);
  const values = reshaped(s, [...lead, Math.min(m, n)]);
  if (!computeUv) return values;
  // Where a value is 0 its vectors are any that fit; the columns that are there say the rest.
  const [left, right] = fullMatrices ? [completed(u), completed(v)] : [u, v];
  return [reshaped(left, [...lead, m, left.shape[2]!]), values, reshaped(swapped(right), [...lead, right.shape[2]!, n])];
}

/**
 * The triangles of x with its rows exchanged, both in one matrix (the diagonal of the lower one is 1), and with which row each was exchanged.
 * Keras 3: `keras.ops.linalg.lu_factor`.
 *
 * @example
 * const [lu, pivots] = ops.linalg.luFactor(tensor([[1, 2], [3, 4]]));   // [[3, 4], [0.3333, 0.6667]] and [1, 1]
 */
export function luFactor(x: TensorLike): [Tensor, Tensor] {
  const { a, lead, m, n } = matrices('luFactor', x);
  const b = a.shape[0]!;
  const line = (size: number, shape: readonly number[]): Tensor =>
    reshaped(
      onDeviceOf(a, () => arange(0, size, 1, 'int32')),
      shape,
    );
  const [row, column] = [line(m, [1, m]), line(n, [1, 1, n])];
  const pivots: Tensor[] = [];
  let rows = a;
  for (let k = 0; k < Math.min(m, n); k++) {
    const candidates = reshaped(part(part(rows, 2, k, 1), 1, k, m - k), [b, m - k]);
    const pivot = add(argmax(abs(candidates), 1, true), k);
    pivots.push(pivot);
    const order = where(equal(row, k), pivot, where(equal(row, pivot), k, row));
    rows = takenAlong(rows, expandTo(reshaped(order, [b, m, 1]), [b, m, n]), 1);
    const head = part(rows, 1, k, 1);
    const below = reshaped(greater(row, k), [1, m, 1]);
    const factor = where(below, divide(part(rows, 2, k, 1), part(head, 2, k, 1)), 0);
    const reduced = subtract(rows, multiply(factor, where(greater(column, k), head, 0)));
    rows = where(logicalAnd(below, equal(column, k)), factor, reduced);
  }
  return [reshaped(rows, [...lead, m, n]), reshaped(joined(pivots, 1), [...lead, Math.min(m, n)])];
}

/** The share of the greatest singular value below which one counts as 0, for matrices of this shape. */
export function smallest(like: Tensor, m: number, n: number): number {
  return Math.max(m, n) * (like.dtype === 'float64' ? 2 ** -52 : 2 ** -23);
}

/** Whether each singular value is more than a share of the greatest. */
export function significant(s: Tensor, share: number): Tensor {
  return greater(s, multiply(max(s, -1, true), share));
}
