/** Arithmetic on two operands that broadcast to one shape. Plain numbers take the other operand's dtype where that can hold them. */
import type { Tensor } from '../tensor/tensor.js';
import type { Broadcast } from '../types/index.js';
import { isFloat } from '../tensor/dtype.js';
import { sumTo } from './broadcast.js';
import {
  asNumber,
  asTensor,
  broadcastShapes,
  castTo,
  type DType,
  floatOperands,
  type FloatOf,
  operands,
  sameShape,
  type Shape,
  type TensorLike,
} from './common.js';
import { greater, greaterEqual, lessEqual, notEqual, where } from './compare.js';
import { defineOp, type OpDefinition, runOp1 } from './define.js';
import { log, negative, square } from './unary.js';

/** An op on two numbers; the result has a literal shape where the operands have. */
export interface Binary {
  <A extends Shape, B extends Shape, D extends DType>(a: Tensor<A, D>, b: Tensor<B, D>): Tensor<Broadcast<A, B>, D>;
  <S extends Shape, D extends 'float32' | 'float64'>(a: Tensor<S, D>, b: number): Tensor<S, D>;
  <S extends Shape, D extends 'float32' | 'float64'>(a: number, b: Tensor<S, D>): Tensor<S, D>;
  (a: TensorLike, b: TensorLike): Tensor;
}

/** An op on two numbers that gives floats. */
export interface FloatBinary {
  <A extends Shape, B extends Shape, D extends DType>(a: Tensor<A, D>, b: Tensor<B, D>): Tensor<Broadcast<A, B>, FloatOf<D>>;
  <S extends Shape, D extends DType>(a: Tensor<S, D>, b: number): Tensor<S, FloatOf<D>>;
  <S extends Shape, D extends DType>(a: number, b: Tensor<S, D>): Tensor<S, FloatOf<D>>;
  (a: TensorLike, b: TensorLike): Tensor;
}

/** The gradients of both operands, before the sum over broadcast axes; null where there is none. */
interface Slopes {
  a: ((dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor) | null;
  b: ((dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor) | null;
}

function run(where_: string, op: OpDefinition, a: Tensor, b: Tensor, slopes: Slopes): Tensor {
  const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShapes(where_, a.shape, b.shape);
  const spec = { shape, dtype: a.dtype };
  if (!isFloat(a.dtype)) return runOp1(op, [a, b], spec);
  return runOp1(op, [a, b], spec, [], (y) => (dy) => [
    slopes.a && (() => sumTo(slopes.a!(dy!, a, b, y), a.shape)),
    slopes.b && (() => sumTo(slopes.b!(dy!, a, b, y), b.shape)),
  ]);
}

function binary(name: string, slopes: Slopes): Binary {
  const op = defineOp(name);
  return (a: TensorLike, b: TensorLike) => {
    let [x, y] = operands(name, a, b);
    if (x.dtype === 'bool') [x, y] = [castTo(x, 'int32'), castTo(y, 'int32')];
    return run(name, op, x, y, slopes);
  };
}

function floatBinary(name: string, slopes: Slopes): FloatBinary {
  const op = defineOp(name);
  return ((a: TensorLike, b: TensorLike) => {
    const [x, y] = floatOperands(name, a, b);
    return run(name, op, x, y, slopes);
  }) as FloatBinary;
}

/**
 * a + b. Keras 3: `keras.ops.add`.
 *
 * @example
 * ops.add(tensor([1, 2]), 1);   // [2, 3]
 */
export const add = binary('add', { a: (dy) => dy, b: (dy) => dy });

/**
 * a - b. Keras 3: `keras.ops.subtract`.
 *
 * @example
 * ops.subtract(1, tensor([1, 2]));   // [0, -1]
 */
export const subtract = binary('subtract', { a: (dy) => dy, b: (dy) => negative(dy) });

/**
 * a · b, element by element. Keras 3: `keras.ops.multiply`.
 *
 * @example
 * ops.multiply(tensor([1, 2]), tensor([3, 4]));   // [3, 8]
 */
export const multiply = binary('multiply', { a: (dy, _, b) => multiply(dy, b), b: (dy, a) => multiply(dy, a) });

/**
 * a / b; of integers as float32. Keras 3: `keras.ops.divide`.
 *
 * @example
 * ops.divide(tensor([1, 2]), 2);   // [0.5, 1]
 */
export const divide = floatBinary('divide', {
  a: (dy, _, b) => divide(dy, b),
  b: (dy, _, b, y) => negative(multiply(dy, divide(y, b))),
});

/**
 * The greater of a and b; NaN where one is NaN. Where they are equal the gradient goes to a. Keras 3: `keras.ops.maximum`.
 *
 * @example
 * ops.maximum(tensor([1, 5]), 3);   // [3, 5]
 */
export const maximum = binary('maximum', {
  a: (dy, a, b) => where(greaterEqual(a, b), dy, 0),
  b: (dy, a, b) => where(greaterEqual(a, b), 0, dy),
});

/**
 * The lesser of a and b; NaN where one is NaN. Where they are equal the gradient goes to a. Keras 3: `keras.ops.minimum`.
 *
 * @example
 * ops.minimum(tensor([1, 5]), 3);   // [1, 3]
 */
export const minimum = binary('minimum', {
  a: (dy, a, b) => where(lessEqual(a, b), dy, 0),
  b: (dy, a, b) => where(lessEqual(a, b), 0, dy),
});

/**
 * (a - b)². TensorFlow: `tf.math.squared_difference`.
 *
 * @example
 * ops.squaredDifference(tensor([1, 5]), 3);   // [4, 4]
 */
export const squaredDifference = binary('squaredDifference', {
  a: (dy, a, b) => multiply(dy, multiply(subtract(a, b), 2)),
  b: (dy, a, b) => multiply(dy, multiply(subtract(b, a), 2)),
});

/**
 * The quotient rounded down; 0 where an integer is divided by 0. Keras 3: `keras.ops.floor_divide`. No gradient.
 *
 * @example
 * ops.floorDivide(tensor([-7, 7]), 2);   // [-4, 3]
 */
export const floorDivide = binary('floorDivide', { a: null, b: null });

/**
 * The remainder of floorDivide, with the sign of b. Keras 3: `keras.ops.mod`.
 *
 * @example
 * ops.mod(tensor([-7, 7]), 3);   // [2, 1]
 */
export const mod = binary('mod', { a: (dy) => dy, b: (dy, a, b) => negative(multiply(dy, floorDivide(a, b))) });

/**
 * The angle of the point (x2, x1), in radians. Keras 3: `keras.ops.arctan2`.
 *
 * @example
 * ops.arctan2(tensor([1]), tensor([1]));   // [0.7854]
 */
export const arctan2 = floatBinary('arctan2', {
  a: (dy, a, b) => multiply(dy, divide(b, add(square(a), square(b)))),
  b: (dy, a, b) => negative(multiply(dy, divide(a, add(square(a), square(b))))),
});

/**
 * sqrt(a² + b²) without overflow. Keras 3: `keras.ops.hypot`.
 *
 * @example
 * ops.hypot(tensor([3]), tensor([4]));   // [5]
 */
export const hypot = floatBinary('hypot', {
  a: (dy, a, _, y) => multiply(dy, divideNoNan(a, y)),
  b: (dy, _, b, y) => multiply(dy, divideNoNan(b, y)),
});

/**
 * log(exp(a) + exp(b)) without overflow. Keras 3: `keras.ops.logaddexp`.
 *
 * @example
 * ops.logaddexp(tensor([0]), tensor([0]));   // [0.6931]
 */
export const logaddexp = floatBinary('logaddexp', {
  a: (dy, a, b) => multiply(dy, sigmoidOf(subtract(a, b))),
  b: (dy, a, b) => multiply(dy, sigmoidOf(subtract(b, a))),
});

const sigmoidOp = defineOp('sigmoid');

/** The share of one of two summands; its own gradient is spelled out, so that this file needs no activation. */
function sigmoidOf(x: Tensor): Tensor {
  return runOp1(sigmoidOp, [x], { shape: x.shape, dtype: x.dtype }, [], (y) => (dy) => [() => multiply(dy!, multiply(y, subtract(1, y)))]);
}

const powerTensors = binary('power', {
  // b·a^(b-1), and 0 where b is 0, also at a = 0; log(a) only where it exists.
  a: (dy, a, b) => multiply(dy, where(notEqual(b, 0), multiply(b, power(a, subtract(b, 1))), 0)),
  b: (dy, a, _, y) => multiply(dy, multiply(y, where(greater(a, 0), log(where(greater(a, 0), a, 1)), 0))),
});

/**
 * a to the power of b. Integers wrap on overflow. The gradient is 0 where b is 0, and that of b is 0 where a is not positive. Keras 3:
 * `keras.ops.power`.
 *
 * @example
 * ops.power(tensor([2, 3]), 2);   // [4, 9]
 */
export const power: Binary = (a: TensorLike, b: TensorLike): Tensor => {
  if (typeof b !== 'number') return powerTensors(a, b);
  const x = asNumber('power', a);
  if (b === 2) return square(x);
  return powerNumber(x, b);
};

const powerOp = defineOp('power');

/** The exponent is known here, so its gradient needs no test of each element. */
function powerNumber(x: Tensor, exponent: number): Tensor {
  const [base, by] = operands('power', x, exponent);
  if (!isFloat(base.dtype)) return runOp1(powerOp, [base, by], { shape: base.shape, dtype: base.dtype });
  return runOp1(powerOp, [base, by], { shape: base.shape, dtype: base.dtype }, [], () => (dy) => [
    () => multiply(dy!, exponent === 0 ? asTensor('power', 0, base) : multiply(powerNumber(base, exponent - 1), exponent)),
    null,
  ]);
}

/**
 * a / b, and 0 where b is 0. Keras 3: `keras.ops.divide_no_nan`.
 *
 * @example
 * ops.divideNoNan(tensor([1, 1]), tensor([0, 2]));   // [0, 0.5]
 */
export function divideNoNan(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = floatOperands('divideNoNan', a, b);
  const divisible = notEqual(y, 0);
  return where(divisible, divide(x, where(divisible, y, 1)), 0);
}

export { divide as div, divideNoNan as divNoNan, multiply as mul, negative as neg, power as pow, subtract as sub };
