/** Linear algebra for small matrices, composed of ops, so that it runs on any device, in captured steps and on batches alike. */
import { customGradient } from '../autodiff/grad.js';
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes } from './broadcast.js';
import { asFloat, castTo, filled, floatOperands, shapeText, sizeOf, type TensorLike } from './common.js';
import { equal, greater, notEqual, where } from './compare.js';
import { takenAlong } from './gather.js';
import { joined } from './join.js';
import { matrices, significant, singular, smallest } from './decompose.js';
import { onDeviceOf } from './define.js';
import { arange, eye } from './make.js';
import { product } from './matmul.js';
import { padded } from './pad.js';
import { argmax, prod } from './reduce.js';
import { part, strided } from './slice.js';
import { permuted } from './transpose.js';
import { diagonal, tril, triu } from './triangle.js';
import { abs, log, negative, sign, sqrt } from './unary.js';

export { jvp } from './control.js';
export { eigh, luFactor, qr, type QrOptions, svd, type SvdOptions } from './decompose.js';
export { norm } from './norm.js';

/** A batch of square matrices [b, n, n]. */
function squares(where: string, x: TensorLike): { a: Tensor; lead: readonly number[]; n: number } {
  const t = asFloat(where, x);
  const [rows, columns] = t.shape.slice(-2);
  if (t.shape.length < 2 || rows !== columns) {
    throw new ShapeError({ where, expected: 'square matrices', received: shapeText(t.shape) });
  }
  const lead = t.shape.slice(0, -2);
  return { a: reshaped(t, [sizeOf(lead), rows!, rows!]), lead, n: rows! };
}

function swapped(x: Tensor): Tensor {
  return permuted(x, [0, 2, 1]);
}

interface Eliminated {
  /** [b, n, m]; the first n columns are upper triangular (or the unit matrix). */
  rows: Tensor;
  /** 1 or -1 for each matrix, by the exchanges of rows. */
  sign: Tensor;
}

/**
 * Gaussian elimination of [b, n, m] with the largest pivot of each column; with `full` up to the unit matrix. The choice of a pivot is an
 * index tensor, so nothing is read back.
 */
function eliminate(matrix: Tensor, full: boolean): Eliminated {
  const [b, n, m] = matrix.shape as readonly [number, number, number];
  let rows = matrix;
  let sign = filled([b], 1, matrix.dtype, matrix);
  const line = reshaped(
    onDeviceOf(matrix, () => arange(0, n, 1, 'int32')),
    [1, n],
  );
  for (let k = 0; k < n; k++) {
    const candidates = reshaped(part(part(rows, 2, k, 1), 1, k, n - k), [b, n - k]);
    const pivot = add(argmax(abs(candidates), 1, true), k);
    const order = where(equal(line, k), pivot, where(equal(line, pivot), k, line));
    rows = takenAlong(rows, expandTo(reshaped(order, [b, n, 1]), [b, n, m]), 1);
    sign = where(notEqual(reshaped(pivot, [b]), k), negative(sign), sign);
    const head = part(rows, 1, k, 1);
    const unit = divide(head, part(head, 2, k, 1));
    const others = reshaped(full ? notEqual(line, k) : greater(line, k), [1, n, 1]);
    const factor = where(others, part(rows, 2, k, 1), 0);
    rows = subtract(rows, multiply(factor, unit));
    if (full) rows = where(reshaped(equal(line, k), [1, n, 1]), unit, rows);
  }
  return { rows, sign };
}

const solveBatch = customGradient((a, b) => {
  const [n, m] = [a.shape[1]!, b.shape[2]!];
  const x = part(eliminate(joined([a, b], 2), true).rows, 2, n, m);
  return {
    value: x,
    gradient: (dx) => {
      const db = solveBatch(swapped(a), dx);
      return [negative(product(db, x, { transposeB: true })), db];
    },
  };
});

/**
 * The x of a · x = b, for a vector [n] or columns [n, m], also of batches. A singular matrix gives Infinity and NaN. Keras 3:
 * `keras.ops.linalg.solve`.
 *
 * @example
 * ops.linalg.solve(tensor([[2, 0], [0, 4]]), tensor([2, 4]));   // [1, 1]
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = floatOperands('solve', a, b);
  const { a: matrices, lead, n } = squares('solve', left);
  const vector = right.shape.length === left.shape.length - 1;
  const columns = vector ? reshaped(right, [...right.shape, 1]) : right;
  if (columns.shape.length !== left.shape.length || columns.shape.at(-2) !== n || sizeOf(columns.shape.slice(0, -2)) !== sizeOf(lead)) {
    throw new ShapeError({
      where: 'solve',
      expected: `right sides [..., ${n}] or [..., ${n}, m] for matrices ${shapeText(left.shape)}`,
      received: shapeText(right.shape),
    });
  }
  const x = solveBatch(matrices, reshaped(columns, [matrices.shape[0]!, n, columns.shape.at(-1)!]));
  return reshaped(x, right.shape);
}

/**
 * The inverse of square matrices. A singular one gives Infinity and NaN. Keras 3: `keras.ops.linalg.inv`.
 *
 * @example
 * ops.linalg.inv(tensor([[2, 0], [0, 4]]));   // [[0.5, 0], [0, 0.25]]
 */
export function inv(x: TensorLike): Tensor {
  const { a, lead, n } = squares('inv', x);
  const unit = expandTo(
    onDeviceOf(a, () => eye(n, n, { dtype: a.dtype })),
    a.shape,
  );
  return reshaped(solveBatch(a, unit), [...lead, n, n]);
}

const determinants = customGradient((a) => {
  const { rows, sign } = eliminate(a, false);
  const value = multiply(prod(diagonal(rows, { axis1: 1, axis2: 2 }), 1), sign);
  const gradient = (dy: Tensor) => {
    const factor = reshaped(multiply(dy, value), [value.size, 1, 1]);
    return multiply(swapped(inv(a)), factor);
  };
  return { value, gradient };
});

/**
 * The determinant of square matrices. Keras 3: `keras.ops.linalg.det`.
 *
 * @example
 * ops.linalg.det(tensor([[1, 2], [3, 4]]));   // -2
 */
export function det(x: TensorLike): Tensor {
  const { a, lead } = squares('det', x);
  return reshaped(determinants(a), lead);
}

/** Options of cholesky. */
export interface CholeskyOptions {
  /** The upper factor instead, its transpose. Default false. */
  upper?: boolean;
}

/**
 * The lower triangle L with L · Lᵀ = x for symmetric positive definite matrices; NaN for others. Keras 3: `keras.ops.linalg.cholesky`.
 *
 * @example
 * ops.linalg.cholesky(tensor([[4, 2], [2, 2]]));   // [[2, 0], [1, 1]]
 */
export function cholesky(x: TensorLike, { upper = false }: CholeskyOptions = {}): Tensor {
  const { a, lead, n } = squares('cholesky', x);
  const b = a.shape[0]!;
  let found: Tensor | undefined; // [b, n, k]: the columns so far
  for (let k = 0; k < n; k++) {
    let rest = strided(a, [0, k, k], [b, n - k, 1], [1, 1, 1]);
    if (found) {
      const below = part(found, 1, k, n - k);
      rest = subtract(rest, product(below, part(found, 1, k, 1), { transposeB: true }));
    }
    const column = padded(divide(rest, sqrt(part(rest, 1, 0, 1))), [
      [0, 0],
      [k, 0],
      [0, 0],
    ]);
    found = found ? joined([found, column], 2) : column;
  }
  const factor = found ?? a;
  return reshaped(upper ? swapped(factor) : factor, [...lead, n, n]);
}

/** Options of solveTriangular. */
export interface SolveTriangularOptions {
  /** Uses the lower triangle of a. Default false, the upper. */
  lower?: boolean;
}

/**
 * The x of a · x = b where only one triangle of a counts. Keras 3: `keras.ops.linalg.solve_triangular`.
 *
 * @example
 * ops.linalg.solveTriangular(factor, b, { lower: true });
 */
export function solveTriangular(a: TensorLike, b: TensorLike, { lower = false }: SolveTriangularOptions = {}): Tensor {
  const t = asFloat('solveTriangular', a);
  return solve(lower ? tril(t) : triu(t), b);
}

/**
 * The inverse of a matrix from its Cholesky factor. Keras 3: `keras.ops.linalg.cholesky_inverse`.
 *
 * @example
 * ops.linalg.choleskyInverse(ops.linalg.cholesky(a));   // the inverse of a
 */
export function choleskyInverse(x: TensorLike, { upper = false }: CholeskyOptions = {}): Tensor {
  const { a, lead, n } = squares('choleskyInverse', x);
  const inverse = inv(upper ? triu(a) : tril(a));
  const y = upper ? product(inverse, inverse, { transposeB: true }) : product(inverse, inverse, { transposeA: true });
  return reshaped(y, [...lead, n, n]);
}

/**
 * The sign of the determinant and the logarithm of its size. Keras 3: `keras.ops.slogdet`.
 *
 * @example
 * const [sign, logarithm] = ops.slogdet(tensor([[1, 2], [3, 4]]));   // -1 and 0.6931
 */
export function slogdet(x: TensorLike): [Tensor, Tensor] {
  const { a, lead } = squares('slogdet', x);
  const { rows, sign: exchanges } = eliminate(a, false);
  const pivots = diagonal(rows, { axis1: 1, axis2: 2 });
  return [reshaped(multiply(exchanges, prod(sign(pivots), 1)), lead), reshaped(sumAxes(log(abs(pivots)), [1]), lead)];
}

/**
 * The logarithm of the determinant of symmetric positive definite matrices; NaN for others. Keras 3: `keras.ops.logdet`.
 *
 * @example
 * ops.logdet(tensor([[2, 0], [0, 3]]));   // 1.7918
 */
export function logdet(x: TensorLike): Tensor {
  const { a, lead } = squares('logdet', x);
  // The mean of both triangles, so that the gradient is symmetric as well.
  const factor = cholesky(multiply(add(a, swapped(a)), 0.5));
  return reshaped(multiply(sumAxes(log(diagonal(factor, { axis1: 1, axis2: 2 })), [1]), 2), lead);
}

/** Options of pinv and lstsq. */
export interface RcondOptions {
  /** The share of the greatest singular value up to which one counts as 0; by default what the dtype cannot tell from 0. */
  rcond?: number | null;
}

function pseudo(a: Tensor, share: number): Tensor {
  const [u, s, v] = singular(a);
  const counts = significant(s, share);
  const inverse = where(counts, divide(1, where(counts, s, 1)), 0);
  return product(multiply(v, reshaped(inverse, [s.shape[0]!, 1, s.shape[1]!])), u, { transposeB: true });
}

/**
 * The pseudo-inverse: what is nearest to an inverse where there is none. Keras 3: `keras.ops.linalg.pinv`.
 *
 * @example
 * ops.linalg.pinv(tensor([[1, 0], [0, 2], [0, 0]]));   // [[1, 0, 0], [0, 0.5, 0]]
 */
export function pinv(x: TensorLike, { rcond = null }: RcondOptions = {}): Tensor {
  const { a, lead, m, n } = matrices('pinv', x);
  return reshaped(pseudo(a, rcond ?? 10 * smallest(a, m, n)), [...lead, n, m]);
}

/**
 * The x for which a · x is nearest to b, the shortest of several. Keras 3: `keras.ops.linalg.lstsq`.
 *
 * @example
 * ops.linalg.lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5]));   // [1, 2]
 */
export function lstsq(a: TensorLike, b: TensorLike, { rcond = null }: RcondOptions = {}): Tensor {
  const [left, right] = floatOperands('lstsq', a, b);
  const { a: rows, m, n } = matrices('lstsq', left);
  if (left.shape.length !== 2 || right.shape.length > 2 || right.shape[0] !== m) {
    throw new ShapeError({
      where: 'lstsq',
      expected: `a matrix and right sides [${m}] or [${m}, k]`,
      received: `${shapeText(left.shape)} and ${shapeText(right.shape)}`,
    });
  }
  const columns = reshaped(right, [1, m, right.shape[1] ?? 1]);
  return reshaped(product(pseudo(rows, rcond ?? smallest(rows, m, n)), columns), [n, ...right.shape.slice(1)]);
}

/** Options of matrixRank. */
export interface MatrixRankOptions {
  /** Singular values up to it count as 0; by default what the dtype cannot tell from 0. */
  tol?: number | null;
}

/**
 * How many rows of a matrix do not follow from the others. Keras 3: `keras.ops.linalg.matrix_rank`.
 *
 * @example
 * ops.linalg.matrixRank(tensor([[1, 2], [2, 4]]));   // 1
 */
export function matrixRank(x: TensorLike, { tol = null }: MatrixRankOptions = {}): Tensor {
  const { a, lead, m, n } = matrices('matrixRank', x);
  const s = singular(a)[1];
  return reshaped(sumAxes(castTo(tol === null ? significant(s, smallest(a, m, n)) : greater(s, tol), 'int32'), [1]), lead);
}
