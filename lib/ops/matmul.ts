/** Matrix products. Transposes are attributes of the one kernel, so no gradient ever moves a matrix. */
import { ArgumentError, ShapeError } from '../errors.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { MatMul, Shape } from '../types/index.js';
import { isTaping } from '../autodiff/tape.js';
import { geluTanhGrad, reluGrad } from './activation.js';
import { add, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumTo } from './broadcast.js';
import { broadcastShapes, castTo, normalizeAxis, operands, sameShape, shapeText, sizeOf, type TensorLike } from './common.js';
import { defineOp, runOp } from './define.js';
import { once } from './derive.js';
import { stack } from './join.js';
import { part } from './slice.js';
import { permuted } from './transpose.js';

const matmulOp = defineOp('matmul', ['transposeA', 'transposeB', 'activation']);
const withSumsOp = defineOp('matmulWithSums', ['transposeA', 'transposeB']);
const activations = { relu: 1, geluTanh: 2 };

interface Product {
  transposeA?: boolean;
  transposeB?: boolean;
  bias?: Tensor;
  activation?: 'relu' | 'geluTanh';
}

/**
 * @internal The kernel: floats of one dtype, rank 2 at least, batch axes equal or absent on one side, a bias of [n]. Shapes were
 * checked.
 */
export function product(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, bias, activation }: Product = {}): Tensor {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra > 2 && rb === 2 && !transposeA) {
    // One large product instead of a batch of small ones, also in the gradient of b.
    const k = a.shape[ra - 1]!;
    const rows = reshaped(a, [sizeOf(a.shape.slice(0, -1)), k]);
    const y = product(rows, b, { transposeB, bias, activation });
    return reshaped(y, [...a.shape.slice(0, -1), y.shape[1]!]);
  }
  const batch = ra >= rb ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const m = a.shape[ra - (transposeA ? 1 : 2)]!;
  const n = b.shape[rb - (transposeB ? 2 : 1)]!;
  const spec = { shape: [...batch, m, n], dtype: a.dtype };
  // A gelu's gradient is one of what it was applied to.
  const withBefore = activation === 'geluTanh' && isTaping();
  const attrs = [Number(transposeA), Number(transposeB), activation ? activations[activation] : 0];
  const outputs = runOp(
    matmulOp,
    bias ? [a, b, bias] : [a, b],
    withBefore ? [spec, spec] : [spec],
    attrs,
    ([y, before]) =>
      (dy, dBefore) => {
        const g = once(() => {
          const through = dy && (activation === 'relu' ? reluGrad(y!, dy) : before ? geluTanhGrad(before, dy) : dy);
          return through && dBefore ? add(through, dBefore) : (through ?? dBefore)!;
        });
        // One pass over the gradient serves a dense layer's kernel and bias.
        const dense = bias && ra === 2 && rb === 2 && !transposeA && !transposeB ? once(() => productWithSums(a, g())) : undefined;
        return [
          () => {
            const da = transposeA
              ? product(b, g(), { transposeA: transposeB, transposeB: true })
              : product(g(), b, { transposeB: !transposeB });
            return sumTo(da, a.shape);
          },
          () => {
            if (dense) return dense()[0];
            const db = transposeB
              ? product(g(), a, { transposeA: true, transposeB: transposeA })
              : product(a, g(), { transposeA: !transposeA });
            return sumTo(db, b.shape);
          },
          ...(bias ? [() => (dense ? dense()[1] : sumTo(g(), bias.shape))] : []),
        ];
      },
  );
  return outputs[0]!;
}

/** The product of a, transposed, and b, with the sums of b's columns: [k, m] and [k, n] to [m, n] and [n]. */
function productWithSums(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const n = b.shape[1]!;
  const specs = [
    { shape: [a.shape[1]!, n], dtype: a.dtype },
    { shape: [n], dtype: a.dtype },
  ];
  const [c, sums] = runOp(withSumsOp, [a, b], specs, [1, 0], () => (dc, dSums) => [
    dc ? () => product(b, dc, { transposeB: true }) : null,
    () => {
      const ofProduct = dc && product(a, dc);
      const ofSums = dSums && expandTo(dSums, b.shape);
      return ofProduct && ofSums ? add(ofProduct, ofSums) : (ofProduct ?? ofSums)!;
    },
  ]);
  return [c!, sums!];
}

/** Options of matmul. */
export interface MatmulOptions {
  /** Uses a with its last two axes exchanged. */
  transposeA?: boolean;
  /** Uses b with its last two axes exchanged. */
  transposeB?: boolean;
}

function innerMismatch(where: string, a: Tensor, b: Tensor, k: number | undefined, other: number | undefined): ShapeError {
  return new ShapeError({
    where,
    expected: `inner dimensions that agree (${k} and ${other} do not)`,
    received: `${shapeText(a.shape)} and ${shapeText(b.shape)}`,
  });
}

/**
 * The matrix product over the last two axes; axes before them broadcast. A vector is a row on the left and a column on the right, without
 * that axis in the result. Keras 3: `keras.ops.matmul`.
 *
 * Throws a ShapeError where the inner dimensions differ.
 *
 * @example
 * ops.matmul(tensor([[1, 2]]), tensor([[3], [4]]));   // [[11]]
 */
export function matmul<A extends Shape, B extends Shape, D extends DType>(a: Tensor<A, D>, b: Tensor<B, D>): Tensor<MatMul<A, B>, D>;
export function matmul(a: TensorLike, b: TensorLike, options?: MatmulOptions): Tensor;
export function matmul(a: TensorLike, b: TensorLike, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  let [x, y] = operands('matmul', a, b);
  if (x.shape.length === 0 || y.shape.length === 0) {
    throw new ShapeError({
      where: 'matmul',
      expected: 'operands with at least one axis',
      received: `${shapeText(x.shape)} and ${shapeText(y.shape)}`,
      hint: 'use ops.multiply for scalars',
    });
  }
  if (!isFloat(x.dtype)) {
    // Exact below 2^53, which float32 would not be.
    return castTo(matmul(castTo(x, 'float64'), castTo(y, 'float64'), { transposeA, transposeB }), 'int32');
  }
  const [row, column] = [x.shape.length === 1, y.shape.length === 1];
  const k = x.shape[transposeA && !row ? x.shape.length - 2 : x.shape.length - 1]!;
  const other = y.shape[transposeB || column ? y.shape.length - 1 : y.shape.length - 2]!;
  if (k !== other) throw innerMismatch('matmul', x, y, k, other);
  if (row) x = reshaped(x, transposeA ? [k, 1] : [1, k]);
  if (column) y = reshaped(y, transposeB ? [1, k] : [k, 1]);
  const [ba, bb] = [x.shape.slice(0, -2), y.shape.slice(0, -2)];
  if (ba.length > 0 && bb.length > 0 && !sameShape(ba, bb)) {
    const batch = broadcastShapes('matmul', ba, bb);
    x = expandTo(x, [...batch, ...x.shape.slice(-2)]);
    y = expandTo(y, [...batch, ...y.shape.slice(-2)]);
  }
  const c = product(x, y, { transposeA, transposeB });
  const shape = [...c.shape];
  if (column) shape.pop();
  if (row) shape.splice(column ? shape.length - 1 : shape.length - 2, 1);
  return reshaped(c, shape);
}

/** What a dense layer adds to its product. */
export interface DenseOptions {
  bias?: Tensor;
  /** 'geluTanh' is gelu by tanh, as `ops.gelu(x, true)`. */
  activation?: 'relu' | 'geluTanh';
}

/**
 * `x · kernel + bias`, with a relu or a gelu by tanh if asked for, in one kernel: x [..., k], kernel [k, n], bias [n].
 *
 * @example
 * ops.dense(x, kernel, { bias, activation: 'relu' });
 */
export function dense(x: Tensor, kernel: Tensor, { bias, activation }: DenseOptions = {}): Tensor {
  const k = x.shape[x.shape.length - 1];
  if (x.shape.length < 1 || kernel.shape.length !== 2 || k !== kernel.shape[0]) throw innerMismatch('dense', x, kernel, k, kernel.shape[0]);
  if (bias && !sameShape(bias.shape, [kernel.shape[1]!])) {
    throw new ShapeError({ where: 'dense', expected: `a bias of shape [${kernel.shape[1]}]`, received: shapeText(bias.shape) });
  }
  if (activation !== undefined && !(activation in activations)) {
    throw new ArgumentError({ where: 'dense', expected: "the activation 'relu', 'geluTanh' or none", received: String(activation) });
  }
  const rows = x.shape.length === 1 ? reshaped(x, [1, k!]) : x;
  const y = product(rows, kernel, { bias, activation });
  return x.shape.length === 1 ? reshaped(y, [kernel.shape[1]!]) : y;
}

/** The axes of a contraction: how many at the end of a and the beginning of b, or which of both. */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]];

function contract(where: string, a: Tensor, b: Tensor, axesA: readonly number[], axesB: readonly number[]): Tensor {
  const dimsA = axesA.map((axis) => a.shape[axis]!);
  const dimsB = axesB.map((axis) => b.shape[axis]!);
  if (!sameShape(dimsA, dimsB)) {
    throw new ShapeError({
      where,
      expected: 'axes of equal dimensions',
      received: `${shapeText(a.shape)} along ${shapeText(axesA)} and ${shapeText(b.shape)} along ${shapeText(axesB)}`,
    });
  }
  const freeA = a.shape.map((_, i) => i).filter((i) => !axesA.includes(i));
  const freeB = b.shape.map((_, i) => i).filter((i) => !axesB.includes(i));
  const shapeA = freeA.map((i) => a.shape[i]!);
  const shapeB = freeB.map((i) => b.shape[i]!);
  const k = sizeOf(dimsA);
  const left = reshaped(permuted(a, [...freeA, ...axesA]), [sizeOf(shapeA), k]);
  const right = reshaped(permuted(b, [...axesB, ...freeB]), [k, sizeOf(shapeB)]);
  return reshaped(isFloat(left.dtype) ? product(left, right) : matmul(left, right), [...shapeA, ...shapeB]);
}

/**
 * The sum of products over chosen axes of both. Keras 3: `keras.ops.tensordot`.
 *
 * @example
 * ops.tensordot(a, b, [[1, 2], [1, 0]]);
 */
export function tensordot(a: TensorLike, b: TensorLike, axes: TensordotAxes | { axes?: TensordotAxes } = 2): Tensor {
  const [x, y] = operands('tensordot', a, b);
  const given = (typeof axes === 'object' && 'axes' in axes ? (axes.axes ?? 2) : axes) as TensordotAxes;
  if (typeof given === 'number') {
    const [ra, rb] = [x.shape.length, y.shape.length];
    if (!Number.isInteger(given) || given < 0 || given > Math.min(ra, rb)) {
      throw new ArgumentError({ where: 'tensordot', expected: `0 to ${Math.min(ra, rb)} axes`, received: String(given) });
    }
    const count = Array.from({ length: given }, (_, i) => i);
    return contract(
      'tensordot',
      x,
      y,
      count.map((i) => ra - given + i),
      count,
    );
  }
  const axesA = [given[0]].flat().map((axis) => normalizeAxis('tensordot', axis, x.shape.length));
  const axesB = [given[1]].flat().map((axis) => normalizeAxis('tensordot', axis, y.shape.length));
  return contract('tensordot', x, y, axesA, axesB);
}

/**
 * The dot product of vectors, the product of matrices; in general the sum over the last axis of a and the last but one of b. Keras 3:
 * `keras.ops.dot`.
 *
 * @example
 * ops.dot(tensor([1, 2]), tensor([3, 4]));   // 11
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('dot', a, b);
  if (x.shape.length === 0 || y.shape.length === 0) return multiply(x, y);
  return contract('dot', x, y, [x.shape.length - 1], [Math.max(0, y.shape.length - 2)]);
}

/**
 * The sum of products over the last axes of both. Keras 3: `keras.ops.inner`.
 *
 * @example
 * ops.inner(tensor([1, 2]), tensor([3, 4]));   // 11
 */
export function inner(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('inner', a, b);
  if (x.shape.length === 0 || y.shape.length === 0) return multiply(x, y);
  return contract('inner', x, y, [x.shape.length - 1], [y.shape.length - 1]);
}

/**
 * The sum of all products of two tensors of equal size, read as vectors. Keras 3: `keras.ops.vdot`.
 *
 * @example
 * ops.vdot(tensor([[1, 2]]), tensor([[3], [4]]));   // 11
 */
export function vdot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('vdot', a, b);
  return contract('vdot', reshaped(x, [x.size]), reshaped(y, [y.size]), [0], [0]);
}

/**
 * All products of an element of a and one of b, both read as vectors: [n, m]. Keras 3: `keras.ops.outer`.
 *
 * @example
 * ops.outer(tensor([1, 2]), tensor([3, 4]));   // [[3, 4], [6, 8]]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('outer', a, b);
  return multiply(reshaped(x, [x.size, 1]), reshaped(y, [1, y.size]));
}

/**
 * The Kronecker product: b, times each element of a. Keras 3: `keras.ops.kron`.
 *
 * @example
 * ops.kron(tensor([[1, 2]]), tensor([[1, 1]]));   // [[1, 1, 2, 2]]
 */
export function kron(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('kron', a, b);
  const rank = Math.max(x.shape.length, y.shape.length);
  const lead = (t: Tensor) => [...new Array<number>(rank - t.shape.length).fill(1), ...t.shape];
  const [da, db] = [lead(x), lead(y)];
  const left = reshaped(
    x,
    da.flatMap((dim) => [dim, 1]),
  );
  const right = reshaped(
    y,
    db.flatMap((dim) => [1, dim]),
  );
  return reshaped(
    multiply(left, right),
    da.map((dim, i) => dim * db[i]!),
  );
}

/** Where the vectors lie. */
export interface CrossOptions {
  /** In all three; it goes before the others. */
  axis?: number | null;
  /** In a. Default -1. */
  axisa?: number;
  /** In b. Default -1. */
  axisb?: number;
  /** In the result. Default -1. */
  axisc?: number;
}

/**
 * The cross product of vectors of 3 (or 2, where the third component is 0) along an axis. Keras 3: `keras.ops.cross`.
 *
 * @example
 * ops.cross(tensor([1, 0, 0]), tensor([0, 1, 0]));   // [0, 0, 1]
 */
export function cross(a: TensorLike, b: TensorLike, options: number | CrossOptions = {}): Tensor {
  const [x, y] = operands('cross', a, b);
  const { axis = null, axisa = -1, axisb = -1, axisc = -1 } = typeof options === 'number' ? { axis: options } : options;
  const last = (t: Tensor, along: number) => {
    const at = normalizeAxis('cross', axis ?? along, t.shape.length);
    return permuted(t, [...t.shape.map((_, i) => i).filter((i) => i !== at), at]);
  };
  const [u, v] = [last(x, axisa), last(y, axisb)];
  const [n, m] = [u.shape[u.shape.length - 1]!, v.shape[v.shape.length - 1]!];
  if (![2, 3].includes(n) || ![2, 3].includes(m)) {
    throw new ShapeError({ where: 'cross', expected: 'vectors of 2 or 3', received: `${shapeText(x.shape)} and ${shapeText(y.shape)}` });
  }
  const component = (t: Tensor, i: number) => part(t, t.shape.length - 1, i, 1);
  const of = (t: Tensor, size: number, i: number) => {
    const one = i < size ? component(t, i) : multiply(component(t, 0), 0);
    return reshaped(one, one.shape.slice(0, -1));
  };
  const [u0, u1, u2] = [0, 1, 2].map((i) => of(u, n, i)) as [Tensor, Tensor, Tensor];
  const [v0, v1, v2] = [0, 1, 2].map((i) => of(v, m, i)) as [Tensor, Tensor, Tensor];
  const third = subtract(multiply(u0, v1), multiply(u1, v0));
  if (n === 2 && m === 2) return third;
  const parts = [subtract(multiply(u1, v2), multiply(u2, v1)), subtract(multiply(u2, v0), multiply(u0, v2)), third];
  return stack(parts, normalizeAxis('cross', axis ?? axisc, third.shape.length + 1));
}
