/** Functions element by element that others give: NumPy's less common ones. */
import { customGradient } from '../autodiff/grad.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Shape } from '../types/index.js';
import { divide, logaddexp, maximum, minimum, mod, multiply, power, subtract } from './binary.js';
import { reshaped, sumAxes, view } from './broadcast.js';
import {
  asFloat,
  asNumber,
  asTensor,
  castTo,
  constantArray,
  type DType,
  filled,
  floatOperands,
  operands,
  type TensorLike,
} from './common.js';
import { equal, isclose, less, logicalOr, where } from './compare.js';
import { clip } from './clip.js';
import { all } from './reduce.js';
import { abs, cos, cosh, isnan, reciprocal, sign, sin } from './unary.js';

/** The slope of sin(t) / t, and its slope in turn; its own formula is 0/0 at 0, where the slope is 0. */
const sincSlope = (t: Tensor): Tensor => {
  const zero = equal(t, 0);
  const at = where(zero, 1, t);
  return where(zero, 0, divide(subtract(cos(at), divide(sin(at), at)), at));
};

const sincOf = customGradient((t) => {
  const zero = equal(t, 0);
  const at = where(zero, 1, t);
  return { value: where(zero, 1, divide(sin(at), at)), gradient: (dy) => multiply(dy, sincSlope(t)) };
});

/**
 * sin(πx) / (πx), and 1 at 0. Keras 3: `keras.ops.sinc`.
 *
 * @example
 * ops.sinc(tensor([0, 0.5]));   // [1, 0.6366]
 */
export function sinc(x: TensorLike): Tensor {
  return sincOf(multiply(asFloat('sinc', x), Math.PI));
}

/** Half of the circle in 128 steps, of which a quarter says all: cosines of the angles, and how often each counts. */
const QUARTER = Array.from({ length: 65 }, (_, k) => Math.cos((2 * Math.PI * k) / 256));
const COUNTS = QUARTER.map((_, k) => (k === 0 || k === 64 ? 2 : 4) / 256);

/**
 * The modified Bessel function of the first kind and order 0: the mean of exp(x · cos θ) over the circle, which 256 angles give to the last
 * digit. Keras 3: `keras.ops.i0`.
 *
 * @example
 * ops.i0(tensor([0, 1]));   // [1, 1.2661]
 */
export function i0(x: TensorLike): Tensor {
  const t = asFloat('i0', x);
  const angles = constantArray(QUARTER, [65], t.dtype, t);
  const values = multiply(cosh(multiply(reshaped(t, [...t.shape, 1]), angles)), constantArray(COUNTS, [65], t.dtype, t));
  return sumAxes(values, [t.shape.length]);
}

/**
 * 0 below 0, 1 above, and x2 at 0. Keras 3: `keras.ops.heaviside`.
 *
 * @example
 * ops.heaviside(tensor([-1, 0, 2]), 0.5);   // [0, 0.5, 1]
 */
export function heaviside(x1: TensorLike, x2: TensorLike): Tensor {
  const [x, y] = floatOperands('heaviside', x1, x2);
  return where(isnan(x), x, where(equal(x, 0), y, where(less(x, 0), 0, 1)));
}

/**
 * The remainder with the sign of x1. Keras 3: `keras.ops.fmod`.
 *
 * @example
 * ops.fmod(tensor([-7, 7]), 3);   // [-1, 1]
 */
export function fmod(x1: TensorLike, x2: TensorLike): Tensor {
  const [x, y] = operands('fmod', x1, x2);
  return multiply(mod(abs(asNumber('fmod', x)), abs(asNumber('fmod', y))), sign(asNumber('fmod', x)));
}

function withoutNaN(name: string, x1: TensorLike, x2: TensorLike, choose: (x: Tensor, y: Tensor) => Tensor): Tensor {
  const [x, y] = operands(name, x1, x2);
  if (!isFloat(x.dtype)) return choose(x, y);
  return where(isnan(x), y, where(isnan(y), x, choose(x, y)));
}

/**
 * The greater of both; where one is NaN the other. Keras 3: `keras.ops.fmax`.
 *
 * @example
 * ops.fmax(tensor([1, NaN]), tensor([2, 3]));   // [2, 3]
 */
export function fmax(x1: TensorLike, x2: TensorLike): Tensor {
  return withoutNaN('fmax', x1, x2, maximum);
}

/**
 * The lesser of both; where one is NaN the other. Keras 3: `keras.ops.fmin`.
 *
 * @example
 * ops.fmin(tensor([1, NaN]), tensor([2, 3]));   // [1, 3]
 */
export function fmin(x1: TensorLike, x2: TensorLike): Tensor {
  return withoutNaN('fmin', x1, x2, minimum);
}

/**
 * x1 · 2 to the power of x2. Keras 3: `keras.ops.ldexp`.
 *
 * @example
 * ops.ldexp(tensor([3]), tensor(new Int32Array([2])));   // [12]
 */
export function ldexp(x1: TensorLike, x2: TensorLike): Tensor {
  const x = asFloat('ldexp', x1);
  return multiply(x, power(filled([], 2, x.dtype, x), castTo(asTensor('ldexp', x2, x), x.dtype)));
}

/**
 * log2(2^x1 + 2^x2) without overflow. Keras 3: `keras.ops.logaddexp2`.
 *
 * @example
 * ops.logaddexp2(tensor([3]), tensor([3]));   // [4]
 */
export function logaddexp2(x1: TensorLike, x2: TensorLike): Tensor {
  const [x, y] = floatOperands('logaddexp2', x1, x2);
  return divide(logaddexp(multiply(x, Math.LN2), multiply(y, Math.LN2)), Math.LN2);
}

/** Euclid's algorithm on all pairs at once; neighbours of Fibonacci's sequence need most steps. */
function divisor(x: Tensor, y: Tensor): Tensor {
  let a: Tensor = abs(x);
  let b: Tensor = abs(y);
  for (let step = 0; step < (x.dtype === 'uint8' ? 13 : 46); step++) {
    const done = equal(b, 0);
    [a, b] = [where(done, a, b), where(done, 0, mod(a, where(done, 1, b)))];
  }
  return a;
}

function wholes(name: string, x1: TensorLike, x2: TensorLike): [Tensor, Tensor] {
  const whole = (value: TensorLike): Tensor => {
    const t = asNumber(name, value);
    return isFloat(t.dtype) ? castTo(t, 'int32') : t;
  };
  return operands(name, whole(x1), whole(x2));
}

/**
 * The greatest common divisor of whole numbers. Keras 3: `keras.ops.gcd`.
 *
 * @example
 * ops.gcd(tensor(new Int32Array([12, 18])), 8);   // [4, 2]
 */
export function gcd(x1: TensorLike, x2: TensorLike): Tensor {
  return divisor(...wholes('gcd', x1, x2));
}

/**
 * The least common multiple of whole numbers. Keras 3: `keras.ops.lcm`.
 *
 * @example
 * ops.lcm(tensor(new Int32Array([4, 6])), 6);   // [12, 6]
 */
export function lcm(x1: TensorLike, x2: TensorLike): Tensor {
  const [x, y] = wholes('lcm', x1, x2);
  const common = divisor(x, y);
  const safe = where(equal(common, 0), 1, common);
  return multiply(castTo(divide(castTo(abs(x), 'float64'), castTo(safe, 'float64')), x.dtype), abs(y));
}

/**
 * Whether the sign is minus, that of -0 included. Keras 3: `keras.ops.signbit`.
 *
 * @example
 * ops.signbit(tensor([-1, -0, 2]));   // [true, true, false]
 */
export function signbit(x: TensorLike): Tensor<Shape, 'bool'> {
  const t = asNumber('signbit', x);
  if (!isFloat(t.dtype)) return less(t, 0);
  return logicalOr(less(t, 0), equal(reciprocal(t), -Infinity));
}

/**
 * Whether an element is -Infinity. Keras 3: `keras.ops.isneginf`.
 *
 * @example
 * ops.isneginf(tensor([-Infinity, 1]));   // [true, false]
 */
export function isneginf(x: TensorLike): Tensor<Shape, 'bool'> {
  return equal(asFloat('isneginf', x), -Infinity);
}

/**
 * Whether an element is Infinity. Keras 3: `keras.ops.isposinf`.
 *
 * @example
 * ops.isposinf(tensor([Infinity, 1]));   // [true, false]
 */
export function isposinf(x: TensorLike): Tensor<Shape, 'bool'> {
  return equal(asFloat('isposinf', x), Infinity);
}

/**
 * Whether all of a is close to b, one truth value; see `isclose`. Keras 3: `keras.ops.allclose`.
 *
 * @example
 * ops.allclose(tensor([1, 2]), tensor([1, 2.0000001]));   // true
 */
export function allclose(
  x1: TensorLike,
  x2: TensorLike,
  options: { rtol?: number; atol?: number; equalNan?: boolean } = {},
): Tensor<Shape, 'bool'> {
  return all(isclose(x1, x2, options));
}

/**
 * The tensor in another dtype, what is out of its range as the nearest number in it. Keras 3: `keras.ops.saturate_cast`.
 *
 * @example
 * ops.saturateCast(tensor([-5, 300]), 'uint8');   // [0, 255]
 */
export function saturateCast(x: TensorLike, dtype: DType): Tensor {
  const t = asTensor('saturateCast', x);
  if (dtype === 'uint8' && t.dtype === 'int32') return castTo(clip(t, 0, 255), dtype);
  const y = castTo(t, dtype);
  return y === t ? view(t) : y;
}

// Every tensor is real; what NumPy has for complex numbers is as simple as that.

/**
 * The tensor itself: all numbers are real. Keras 3: `keras.ops.real`.
 *
 * @example
 * ops.real(tensor([1, 2]));   // [1, 2]
 */
export function real(x: TensorLike): Tensor {
  return view(asTensor('real', x));
}

/**
 * Zeros: all numbers are real. Keras 3: `keras.ops.imag`.
 *
 * @example
 * ops.imag(tensor([1, 2]));   // [0, 0]
 */
export function imag(x: TensorLike): Tensor {
  const t = asTensor('imag', x);
  return filled(t.shape, 0, t.dtype, t);
}

/**
 * The angle of a number in the plane: 0, and π where it is negative. Keras 3: `keras.ops.angle`.
 *
 * @example
 * ops.angle(tensor([1, -1]));   // [0, 3.1416]
 */
export function angle(x: TensorLike): Tensor {
  const t = asFloat('angle', x);
  return where(isnan(t), t, multiply(castTo(signbit(t), t.dtype), Math.PI));
}

/**
 * True everywhere: all numbers are real. Keras 3: `keras.ops.isreal`.
 *
 * @example
 * ops.isreal(tensor([1, NaN]));   // [true, true]
 */
export function isreal(x: TensorLike): Tensor<Shape, 'bool'> {
  const t = asTensor('isreal', x);
  return filled(t.shape, 1, 'bool', t) as Tensor<Shape, 'bool'>;
}

export { real as conj, real as conjugate };
