/** Triangles and diagonals of matrices. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { asTensor, normalizeAxis, shapeText, type TensorLike } from './common.js';
import { equal, greaterEqual, lessEqual, where } from './compare.js';
import { diagonals } from './make.js';
import { padded } from './pad.js';
import { sum } from './reduce.js';
import { strided } from './slice.js';
import { permuted } from './transpose.js';

function offsetOf(name: string, k: number | { k?: number; offset?: number }): number {
  const offset = typeof k === 'number' ? k : (k.k ?? k.offset ?? 0);
  if (!Number.isInteger(offset))
    throw new ArgumentError({ where: name, expected: 'a whole number of the diagonal', received: String(offset) });
  return offset;
}

function matrix(name: string, x: TensorLike): Tensor {
  const t = asTensor(name, x);
  if (t.shape.length >= 2) return t;
  throw new ShapeError({ where: name, expected: 'at least two axes', received: shapeText(t.shape) });
}

/**
 * The matrix with zeros above a diagonal. Keras 3: `keras.ops.tril`.
 *
 * @example
 * ops.tril(tensor([[1, 2], [3, 4]]));   // [[1, 0], [3, 4]]
 */
export function tril(x: TensorLike, k: number | { k?: number } = 0): Tensor {
  const t = matrix('tril', x);
  return where(lessEqual(diagonals(t.shape.at(-2)!, t.shape.at(-1)!, t), offsetOf('tril', k)), t, 0);
}

/**
 * The matrix with zeros below a diagonal. Keras 3: `keras.ops.triu`.
 *
 * @example
 * ops.triu(tensor([[1, 2], [3, 4]]));   // [[1, 2], [0, 4]]
 */
export function triu(x: TensorLike, k: number | { k?: number } = 0): Tensor {
  const t = matrix('triu', x);
  return where(greaterEqual(diagonals(t.shape.at(-2)!, t.shape.at(-1)!, t), offsetOf('triu', k)), t, 0);
}

/** Options of diagonal and trace. */
export interface DiagonalOptions {
  /** 0 the main diagonal, positive ones above it. */
  offset?: number;
  axis1?: number;
  axis2?: number;
}

/**
 * A diagonal of the planes of two axes, as a new last axis. Keras 3: `keras.ops.diagonal`.
 *
 * @example
 * ops.diagonal(tensor([[1, 2], [3, 4]]));   // [1, 4]
 */
export function diagonal(x: TensorLike, { offset = 0, axis1 = 0, axis2 = 1 }: DiagonalOptions = {}): Tensor {
  const t = matrix('diagonal', x);
  const rank = t.shape.length;
  const [a, b] = [normalizeAxis('diagonal', axis1, rank), normalizeAxis('diagonal', axis2, rank)];
  if (a === b) throw new ArgumentError({ where: 'diagonal', expected: 'two different axes', received: `${axis1} and ${axis2}` });
  const k = offsetOf('diagonal', offset);
  const rest = t.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const moved = permuted(t, [...rest, a, b]);
  const [rows, columns] = [t.shape[a]!, t.shape[b]!];
  const count = Math.max(0, Math.min(rows - Math.max(0, -k), columns - Math.max(0, k)));
  const begin = count === 0 ? 0 : k >= 0 ? k : -k * columns;
  const lead = moved.shape.slice(0, -2);
  const flat = reshaped(moved, [...lead, rows * columns]);
  return strided(flat, [...lead.map(() => 0), begin], [...lead, count], [...lead.map(() => 1), columns + 1]);
}

/**
 * A vector as a diagonal of a matrix, or the diagonal of a matrix as a vector. Keras 3: `keras.ops.diag`.
 *
 * @example
 * ops.diag(tensor([1, 2]));              // [[1, 0], [0, 2]]
 * ops.diag(tensor([[1, 2], [3, 4]]));    // [1, 4]
 */
export function diag(x: TensorLike, k: number | { k?: number } = 0): Tensor {
  const t = asTensor('diag', x);
  const offset = offsetOf('diag', k);
  if (t.shape.length === 2) return diagonal(t, { offset });
  if (t.shape.length !== 1) throw new ShapeError({ where: 'diag', expected: 'a vector or a matrix', received: shapeText(t.shape) });
  const size = t.shape[0]! + Math.abs(offset);
  const long = padded(t, [[0, Math.abs(offset)]]);
  const lines = reshaped(long, offset >= 0 ? [size, 1] : [1, size]);
  return where(equal(diagonals(size, size, lines), offset), lines, 0);
}

/**
 * The sum of a diagonal. Keras 3: `keras.ops.trace`.
 *
 * @example
 * ops.trace(tensor([[1, 2], [3, 4]]));   // 5
 */
export function trace(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  return sum(diagonal(x, options), -1);
}
