/** Comparisons, truth values and choice. */
import type { Tensor } from '../tensor/tensor.js';
import { isFloat } from '../tensor/dtype.js';
import { abs } from './unary.js';
import { add, multiply, subtract } from './binary.js';
import { sumTo } from './broadcast.js';
import { asBool, broadcastShapes, constant, floatOperands, operands, sameShape, type Shape, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';

/** An op on two operands that tells something of each pair. */
export interface Comparison {
  <S extends Shape>(a: Tensor<S>, b: Tensor<S> | number): Tensor<S, 'bool'>;
  (a: TensorLike, b: TensorLike): Tensor<Shape, 'bool'>;
}

function comparison(name: string): Comparison {
  const op = defineOp(name);
  return ((a: TensorLike, b: TensorLike) => {
    const [x, y] = operands(name, a, b);
    const shape = sameShape(x.shape, y.shape) ? x.shape : broadcastShapes(name, x.shape, y.shape);
    return runOp1(op, [x, y], { shape, dtype: 'bool' });
  }) as Comparison;
}

function logical(name: string): Comparison {
  const op = defineOp(name);
  return ((a: TensorLike, b: TensorLike) => {
    const x = asBool(name, a);
    const y = asBool(name, b);
    return runOp1(op, [x, y], { shape: broadcastShapes(name, x.shape, y.shape), dtype: 'bool' });
  }) as Comparison;
}

/**
 * Whether a = b. Keras 3: `keras.ops.equal`.
 *
 * @example
 * ops.equal(tensor([1, 2]), 2);   // [false, true]
 */
export const equal = comparison('equal');

/**
 * Whether a ≠ b. Keras 3: `keras.ops.not_equal`.
 *
 * @example
 * ops.notEqual(tensor([1, 2]), 2);   // [true, false]
 */
export const notEqual = comparison('notEqual');

/**
 * Whether a < b. Keras 3: `keras.ops.less`.
 *
 * @example
 * ops.less(tensor([1, 2]), 2);   // [true, false]
 */
export const less = comparison('less');

/**
 * Whether a ≤ b. Keras 3: `keras.ops.less_equal`.
 *
 * @example
 * ops.lessEqual(tensor([1, 2]), 1);   // [true, false]
 */
export const lessEqual = comparison('lessEqual');

/**
 * Whether a > b. Keras 3: `keras.ops.greater`.
 *
 * @example
 * ops.greater(tensor([1, 2]), 1);   // [false, true]
 */
export const greater = comparison('greater');

/**
 * Whether a ≥ b. Keras 3: `keras.ops.greater_equal`.
 *
 * @example
 * ops.greaterEqual(tensor([1, 2]), 2);   // [false, true]
 */
export const greaterEqual = comparison('greaterEqual');

/**
 * Whether both are true (not 0). Keras 3: `keras.ops.logical_and`.
 *
 * @example
 * ops.logicalAnd(tensor([true, true]), tensor([true, false]));   // [true, false]
 */
export const logicalAnd = logical('logicalAnd');

/**
 * Whether one at least is true. Keras 3: `keras.ops.logical_or`.
 *
 * @example
 * ops.logicalOr(tensor([true, false]), tensor([false, false]));   // [true, false]
 */
export const logicalOr = logical('logicalOr');

/**
 * Whether exactly one is true. Keras 3: `keras.ops.logical_xor`.
 *
 * @example
 * ops.logicalXor(tensor([true, true]), tensor([true, false]));   // [false, true]
 */
export const logicalXor = logical('logicalXor');

const whereOp = defineOp('where');

/**
 * Elements of `a` where the condition holds, of `b` elsewhere; all three broadcast. Keras 3: `keras.ops.where`.
 *
 * @example
 * ops.where(ops.greater(x, 0), x, 0);
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const choice = asBool('where', condition);
  const [x, y] = operands('where', a, b);
  let shape = sameShape(x.shape, y.shape) ? x.shape : broadcastShapes('where', x.shape, y.shape);
  if (!sameShape(shape, choice.shape)) shape = broadcastShapes('where', shape, choice.shape);
  const spec = { shape, dtype: x.dtype };
  if (!isFloat(x.dtype)) return runOp1(whereOp, [choice, x, y], spec);
  return runOp1(whereOp, [choice, x, y], spec, [], () => (dy) => {
    const zero = () => constant(0, x.dtype, x.runtime);
    return [null, () => sumTo(where(choice, dy!, zero()), x.shape), () => sumTo(where(choice, zero(), dy!), y.shape)];
  });
}

/**
 * Whether |a - b| ≤ atol + rtol·|b|. Keras 3: `keras.ops.isclose`. Infinities of one sign are close; NaN is close to NaN only with `equalNan`.
 *
 * @example
 * ops.isclose(tensor([1, 2]), tensor([1 + 1e-9, 2.1]));   // [true, false]
 */
export function isclose(
  a: TensorLike,
  b: TensorLike,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): Tensor<Shape, 'bool'> {
  const [x, y] = floatOperands('isclose', a, b);
  const near = lessEqual(abs(subtract(x, y)), add(multiply(abs(y), rtol), atol));
  // An infinite b would make any a close.
  const finite = less(abs(y), Infinity);
  const close = logicalOr(equal(x, y), logicalAnd(near, finite));
  return equalNan ? logicalOr(close, logicalAnd(notEqual(x, x), notEqual(y, y))) : close;
}
