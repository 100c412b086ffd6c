/** Mathematics on each element. Integers and booleans become float32 first, but for the ops that keep every number as it is. */
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, multiply, subtract } from './binary.js';
import { asBool, asFloat, asNumber, type DType, type FloatOf, type Shape, type TensorLike } from './common.js';
import { defineOp, type OpDefinition, runOp1 } from './define.js';
import { isFloat } from '../tensor/dtype.js';
import { view } from './broadcast.js';

/** An op that gives floats. */
export interface FloatUnary {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, FloatOf<D>>;
  (x: TensorLike): Tensor;
}

/** An op that keeps the dtype of numbers. */
export interface NumberUnary {
  <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D extends 'bool' ? 'int32' : D>;
  (x: TensorLike): Tensor;
}

/** An op that tells something of each element. */
export interface TestUnary {
  <S extends Shape>(x: Tensor<S>): Tensor<S, 'bool'>;
  (x: TensorLike): Tensor<Shape, 'bool'>;
}

/** The gradient of the input from that of the output, the output and the input. */
type Slope = (dy: Tensor, y: Tensor, x: Tensor) => Tensor;

function run(op: OpDefinition, x: Tensor, slope: Slope | null): Tensor {
  const spec = { shape: x.shape, dtype: x.dtype };
  if (!slope) return runOp1(op, [x], spec);
  return runOp1(op, [x], spec, [], (y) => (dy) => [() => slope(dy!, y, x)]);
}

function floatUnary(name: string, slope: Slope | null): FloatUnary {
  const op = defineOp(name);
  return ((x: TensorLike) => run(op, asFloat(name, x), slope)) as FloatUnary;
}

function numberUnary(name: string, slope: Slope | null): NumberUnary {
  const op = defineOp(name);
  return (x: TensorLike) => {
    const t = asNumber(name, x);
    return run(op, t, isFloat(t.dtype) ? slope : null);
  };
}

/** Rounding ops leave integers as they are. */
function rounding(name: string): NumberUnary {
  const op = defineOp(name);
  return (x: TensorLike) => {
    const t = asNumber(name, x);
    return isFloat(t.dtype) ? run(op, t, null) : view(t);
  };
}

function test(name: string): TestUnary {
  const op = defineOp(name);
  return ((x: TensorLike) => {
    const t = asFloat(name, x);
    return runOp1(op, [t], { shape: t.shape, dtype: 'bool' });
  }) as TestUnary;
}

/**
 * Square root. Keras 3: `keras.ops.sqrt`.
 *
 * @example
 * ops.sqrt(tensor([1, 4]));   // [1, 2]
 */
export const sqrt = floatUnary('sqrt', (dy, y) => divide(dy, multiply(y, 2)));

/**
 * One over the square root. Keras 3: `keras.ops.rsqrt`.
 *
 * @example
 * ops.rsqrt(tensor([4]));   // [0.5]
 */
export const rsqrt = floatUnary('rsqrt', (dy, y) => multiply(multiply(dy, -0.5), multiply(y, square(y))));

/**
 * One over x. Keras 3: `keras.ops.reciprocal`.
 *
 * @example
 * ops.reciprocal(tensor([2, 4]));   // [0.5, 0.25]
 */
export const reciprocal = floatUnary('reciprocal', (dy, y) => negative(multiply(dy, square(y))));

/**
 * e to the power of x. Keras 3: `keras.ops.exp`.
 *
 * @example
 * ops.exp(tensor([0, 1]));   // [1, 2.7183]
 */
export const exp = floatUnary('exp', (dy, y) => multiply(dy, y));

/**
 * 2 to the power of x. Keras 3: `keras.ops.exp2`.
 *
 * @example
 * ops.exp2(tensor([3]));   // [8]
 */
export const exp2 = floatUnary('exp2', (dy, y) => multiply(dy, multiply(y, Math.LN2)));

/**
 * e to the power of x, minus 1, exact near 0. Keras 3: `keras.ops.expm1`.
 *
 * @example
 * ops.expm1(tensor([1e-6]));   // [1e-6]
 */
export const expm1 = floatUnary('expm1', (dy, y) => multiply(dy, add(y, 1)));

/**
 * Natural logarithm; -Infinity at 0, NaN below. Keras 3: `keras.ops.log`.
 *
 * @example
 * ops.log(tensor([1, Math.E]));   // [0, 1]
 */
export const log = floatUnary('log', (dy, _, x) => divide(dy, x));

/**
 * Logarithm to base 2. Keras 3: `keras.ops.log2`.
 *
 * @example
 * ops.log2(tensor([8]));   // [3]
 */
export const log2 = floatUnary('log2', (dy, _, x) => divide(dy, multiply(x, Math.LN2)));

/**
 * Logarithm to base 10. Keras 3: `keras.ops.log10`.
 *
 * @example
 * ops.log10(tensor([1000]));   // [3]
 */
export const log10 = floatUnary('log10', (dy, _, x) => divide(dy, multiply(x, Math.LN10)));

/**
 * log(1 + x), exact near 0. Keras 3: `keras.ops.log1p`.
 *
 * @example
 * ops.log1p(tensor([1e-6]));   // [1e-6]
 */
export const log1p = floatUnary('log1p', (dy, _, x) => divide(dy, add(x, 1)));

/**
 * Sine of radians. Keras 3: `keras.ops.sin`.
 *
 * @example
 * ops.sin(tensor([0, Math.PI / 2]));   // [0, 1]
 */
export const sin = floatUnary('sin', (dy, _, x) => multiply(dy, cos(x)));

/**
 * Cosine of radians. Keras 3: `keras.ops.cos`.
 *
 * @example
 * ops.cos(tensor([0, Math.PI]));   // [1, -1]
 */
export const cos = floatUnary('cos', (dy, _, x) => negative(multiply(dy, sin(x))));

/**
 * Tangent of radians. Keras 3: `keras.ops.tan`.
 *
 * @example
 * ops.tan(tensor([Math.PI / 4]));   // [1]
 */
export const tan = floatUnary('tan', (dy, y) => multiply(dy, add(square(y), 1)));

/**
 * Inverse sine. Keras 3: `keras.ops.arcsin`.
 *
 * @example
 * ops.arcsin(tensor([1]));   // [1.5708]
 */
export const arcsin = floatUnary('arcsin', (dy, _, x) => multiply(dy, rsqrt(subtract(1, square(x)))));

/**
 * Inverse cosine. Keras 3: `keras.ops.arccos`.
 *
 * @example
 * ops.arccos(tensor([1]));   // [0]
 */
export const arccos = floatUnary('arccos', (dy, _, x) => negative(multiply(dy, rsqrt(subtract(1, square(x))))));

/**
 * Inverse tangent. Keras 3: `keras.ops.arctan`.
 *
 * @example
 * ops.arctan(tensor([1]));   // [0.7854]
 */
export const arctan = floatUnary('arctan', (dy, _, x) => divide(dy, add(square(x), 1)));

/**
 * Hyperbolic sine. Keras 3: `keras.ops.sinh`.
 *
 * @example
 * ops.sinh(tensor([0]));   // [0]
 */
export const sinh = floatUnary('sinh', (dy, _, x) => multiply(dy, cosh(x)));

/**
 * Hyperbolic cosine. Keras 3: `keras.ops.cosh`.
 *
 * @example
 * ops.cosh(tensor([0]));   // [1]
 */
export const cosh = floatUnary('cosh', (dy, _, x) => multiply(dy, sinh(x)));

/**
 * Inverse hyperbolic sine. Keras 3: `keras.ops.arcsinh`.
 *
 * @example
 * ops.arcsinh(tensor([0]));   // [0]
 */
export const arcsinh = floatUnary('arcsinh', (dy, _, x) => multiply(dy, rsqrt(add(square(x), 1))));

/**
 * Inverse hyperbolic cosine. Keras 3: `keras.ops.arccosh`.
 *
 * @example
 * ops.arccosh(tensor([1]));   // [0]
 */
export const arccosh = floatUnary('arccosh', (dy, y) => divide(dy, sinh(y)));

/**
 * Inverse hyperbolic tangent. Keras 3: `keras.ops.arctanh`.
 *
 * @example
 * ops.arctanh(tensor([0.5]));   // [0.5493]
 */
export const arctanh = floatUnary('arctanh', (dy, _, x) => divide(dy, subtract(1, square(x))));

/**
 * The error function. Keras 3: `keras.ops.erf`.
 *
 * @example
 * ops.erf(tensor([1]));   // [0.8427]
 */
export const erf = floatUnary('erf', (dy, _, x) => multiply(dy, multiply(exp(negative(square(x))), 2 / Math.sqrt(Math.PI))));

/**
 * 1 - erf(x), exact for large x. Keras 3: `keras.ops.erfc`.
 *
 * @example
 * ops.erfc(tensor([1]));   // [0.1573]
 */
export const erfc = floatUnary('erfc', (dy, _, x) => multiply(dy, multiply(exp(negative(square(x))), -2 / Math.sqrt(Math.PI))));

/**
 * The inverse of erf. Keras 3: `keras.ops.erfinv`.
 *
 * @example
 * ops.erfinv(tensor([0.8427]));   // [1]
 */
export const erfinv = floatUnary('erfinv', (dy, y) => multiply(dy, multiply(exp(square(y)), Math.sqrt(Math.PI) / 2)));

/**
 * Cube root, of negative numbers as well. Keras 3: `keras.ops.cbrt`.
 *
 * @example
 * ops.cbrt(tensor([-8]));   // [-2]
 */
export const cbrt = floatUnary('cbrt', (dy, y) => divide(dy, multiply(square(y), 3)));

/**
 * The greatest whole number that is not greater. Keras 3: `keras.ops.floor`. No gradient.
 *
 * @example
 * ops.floor(tensor([-1.5, 1.5]));   // [-2, 1]
 */
export const floor = rounding('floor');

/**
 * The least whole number that is not less. Keras 3: `keras.ops.ceil`. No gradient.
 *
 * @example
 * ops.ceil(tensor([-1.5, 1.5]));   // [-1, 2]
 */
export const ceil = rounding('ceil');

/**
 * The part before the point. Keras 3: `keras.ops.trunc`. No gradient.
 *
 * @example
 * ops.trunc(tensor([-1.5, 1.5]));   // [-1, 1]
 */
export const trunc = rounding('trunc');

const roundWhole = rounding('round');

/**
 * The nearest whole number, halves to the even one; with `decimals`, the nearest number of so many decimal places. Keras 3:
 * `keras.ops.round`. No gradient.
 *
 * @example
 * ops.round(tensor([0.5, 1.5, 2.25]));      // [0, 2, 2]
 * ops.round(tensor([2.25]), 1);             // [2.2]
 */
export function round<S extends Shape, D extends DType>(x: Tensor<S, D>, decimals?: number): Tensor<S, D extends 'bool' ? 'int32' : D>;
export function round(x: TensorLike, decimals?: number): Tensor;
export function round(x: TensorLike, decimals = 0): Tensor {
  if (decimals === 0) return roundWhole(x);
  const factor = 10 ** decimals;
  return divide(roundWhole(multiply(x, factor)), factor);
}

/**
 * -x. Keras 3: `keras.ops.negative`.
 *
 * @example
 * ops.negative(tensor([1, -2]));   // [-1, 2]
 */
export const negative = numberUnary('negative', (dy) => negative(dy));

/**
 * |x|. The gradient at 0 is 0. Keras 3: `keras.ops.abs`.
 *
 * @example
 * ops.abs(tensor([1, -2]));   // [1, 2]
 */
export const abs = numberUnary('abs', (dy, _, x) => multiply(dy, sign(x)));

/**
 * -1, 0 or 1. Keras 3: `keras.ops.sign`.
 *
 * @example
 * ops.sign(tensor([-3, 0, 5]));   // [-1, 0, 1]
 */
export const sign = numberUnary('sign', null);

/**
 * x². Keras 3: `keras.ops.square`.
 *
 * @example
 * ops.square(tensor([3]));   // [9]
 */
export const square = numberUnary('square', (dy, _, x) => multiply(dy, multiply(x, 2)));

/**
 * Whether an element is NaN. Keras 3: `keras.ops.isnan`.
 *
 * @example
 * ops.isnan(tensor([NaN, 1]));   // [true, false]
 */
export const isnan = test('isnan');

/**
 * Whether an element is infinite. Keras 3: `keras.ops.isinf`.
 *
 * @example
 * ops.isinf(tensor([Infinity, 1]));   // [true, false]
 */
export const isinf = test('isinf');

/**
 * Whether an element is neither infinite nor NaN. Keras 3: `keras.ops.isfinite`.
 *
 * @example
 * ops.isfinite(tensor([Infinity, 1]));   // [false, true]
 */
export const isfinite = test('isfinite');

const notOp = defineOp('logicalNot');

/**
 * Whether an element is 0 or false. Keras 3: `keras.ops.logical_not`.
 *
 * @example
 * ops.logicalNot(tensor([true, false]));   // [false, true]
 */
export function logicalNot<S extends Shape>(x: Tensor<S>): Tensor<S, 'bool'>;
export function logicalNot(x: TensorLike): Tensor<Shape, 'bool'>;
export function logicalNot(x: TensorLike): Tensor<Shape, 'bool'> {
  const t = asBool('logicalNot', x);
  return runOp1(notOp, [t], { shape: t.shape, dtype: 'bool' }) as Tensor<Shape, 'bool'>;
}

/**
 * Degrees as radians. Keras 3: `keras.ops.deg2rad`.
 *
 * @example
 * ops.deg2rad(tensor([180]));   // [3.1416]
 */
export function deg2rad(x: TensorLike): Tensor {
  return multiply(asFloat('deg2rad', x), Math.PI / 180);
}

/**
 * Radians as degrees. Keras 3: `keras.ops.rad2deg`.
 *
 * @example
 * ops.rad2deg(tensor([Math.PI]));   // [180]
 */
export function rad2deg(x: TensorLike): Tensor {
  return multiply(asFloat('rad2deg', x), 180 / Math.PI);
}
