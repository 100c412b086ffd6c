/** Activation functions with kernels of their own, forward and backward. */
import { ArgumentError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, minimum, multiply, subtract } from './binary.js';
import { asFloat, asNumber, type DType, type Shape, type TensorLike } from './common.js';
import { greater, lessEqual, where } from './compare.js';
import { defineOp, type OpDefinition, runOp1 } from './define.js';
import { derive } from './derive.js';
import { clip } from './clip.js';
import { abs, exp, type FloatUnary, negative, sqrt, square } from './unary.js';

/** Runs an op of shape and dtype of x. */
function like(
  op: OpDefinition,
  inputs: readonly Tensor[],
  attrs: readonly number[],
  slope?: (y: Tensor) => (dy: Tensor) => (() => Tensor)[],
): Tensor {
  const x = inputs[0]!;
  return runOp1(op, inputs, { shape: x.shape, dtype: x.dtype }, attrs, slope && ((y) => (dy) => slope(y)(dy!)));
}

/**
 * A backward kernel (saved, dy) -> dx = dy · f'(saved). `slope` spells f' out in plain ops for derivatives of higher order; null where f' is
 * constant in pieces.
 */
type GradientOp = (saved: Tensor, dy: Tensor, attrs?: readonly number[]) => Tensor;

function gradientOp(
  name: string,
  attrNames: readonly string[],
  slope: ((saved: Tensor, attrs: readonly number[]) => Tensor) | null,
): GradientOp {
  const op = defineOp(name, attrNames);
  const run: GradientOp = (saved, dy, attrs = []) =>
    runOp1(op, [saved, dy], { shape: saved.shape, dtype: saved.dtype }, attrs, () => (g) => [
      slope && (() => derive((s) => [slope(s, attrs)], [saved], [multiply(g!, dy)])[0]!),
      () => run(saved, g!, attrs),
    ]);
  return run;
}

/** @internal dy where the output y of a relu is positive. */
export const reluGrad = gradientOp('reluGrad', [], null);
/** @internal */
export const sigmoidGrad = gradientOp('sigmoidGrad', [], (y) => multiply(y, subtract(1, y)));
/** @internal */
export const tanhGrad = gradientOp('tanhGrad', [], (y) => subtract(1, square(y)));
const softplusGrad = gradientOp('softplusGrad', [], (x) => sigmoid(x));
const siluGrad = gradientOp('siluGrad', [], (x) => {
  const s = sigmoid(x);
  return multiply(s, add(1, multiply(x, subtract(1, s))));
});
const geluGrad = gradientOp('geluGrad', [], (x) => {
  const density = multiply(exp(multiply(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(multiply(add(erfOf(multiply(x, Math.SQRT1_2)), 1), 0.5), multiply(x, density));
});
/** @internal */
export const geluTanhGrad = gradientOp('geluTanhGrad', [], (x) => {
  const c = Math.sqrt(2 / Math.PI);
  const t = tanh(multiply(add(x, multiply(multiply(square(x), x), 0.044715)), c));
  const inner = add(multiply(square(x), 3 * 0.044715 * c), c);
  return multiply(add(add(t, 1), multiply(multiply(x, inner), subtract(1, square(t)))), 0.5);
});
const seluGrad = gradientOp('seluGrad', [], (x) => where(greater(x, 0), SELU_SCALE, multiply(exp(minimum(x, 0)), SELU_SCALE * SELU_ALPHA)));
const eluGrad = gradientOp('eluGrad', ['alpha:f'], (x, [alpha]) => where(greater(x, 0), 1, multiply(exp(minimum(x, 0)), alpha!)));
const celuGrad = gradientOp('celuGrad', ['alpha:f'], (x, [alpha]) => where(greater(x, 0), 1, exp(multiply(minimum(x, 0), 1 / alpha!))));
const leakyReluGrad = gradientOp('leakyReluGrad', ['slope:f'], null);
const mishGrad = gradientOp('mishGrad', [], (x) => {
  const t = tanh(softplus(x));
  return add(t, multiply(multiply(x, sigmoid(x)), subtract(1, square(t))));
});
const hardSigmoidGrad = gradientOp('hardSigmoidGrad', [], null);
const hardSiluGrad = gradientOp('hardSiluGrad', [], (x) =>
  where(greater(abs(x), 3), where(greater(x, 0), 1, 0), add(multiply(x, 1 / 3), 0.5)),
);
const relu6Grad = gradientOp('relu6Grad', [], null);

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** An activation whose backward kernel wants the input. */
function ofInput(name: string, gradient: GradientOp): FloatUnary {
  const op = defineOp(name);
  return ((input: TensorLike) => {
    const x = asFloat(name, input);
    return like(op, [x], [], () => (dy) => [() => gradient(x, dy)]);
  }) as FloatUnary;
}

/** An activation whose backward kernel wants the output. */
function ofOutput(name: string, gradient: GradientOp): FloatUnary {
  const op = defineOp(name);
  return ((input: TensorLike) => like(op, [asFloat(name, input)], [], (y) => (dy) => [() => gradient(y, dy)])) as FloatUnary;
}

/** An activation whose derivative takes a few plain ops. */
function composed(
  name: string,
  attrNames: readonly string[],
  slope: (dy: Tensor, x: Tensor, y: Tensor, attrs: readonly number[]) => Tensor,
) {
  const op = defineOp(name, attrNames);
  return (input: TensorLike, attrs: readonly number[] = []): Tensor => {
    const x = asFloat(name, input);
    return like(op, [x], attrs, (y) => (dy) => [() => slope(dy, x, y, attrs)]);
  };
}

const reluOp = defineOp('relu');
const erfOf = composed('erf', [], (dy, x) => multiply(dy, multiply(exp(negative(square(x))), 2 / Math.sqrt(Math.PI))));
const sigmoidPlain = ofOutput('sigmoid', sigmoidGrad);

/** Options of relu. */
export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number;
  /** Largest output. Default: none. */
  maxValue?: number | null;
  /** Inputs up to it are on the slope. Default 0. */
  threshold?: number;
}

/**
 * max(x, 0); with options, `negativeSlope · (x - threshold)` up to the threshold, x above it and at most `maxValue`. Keras 3:
 * `keras.activations.relu`.
 *
 * @example
 * ops.relu(tensor([-1, 2]));                      // [0, 2]
 * ops.relu(tensor([-1, 9]), { maxValue: 6 });     // [0, 6]
 */
export function relu<S extends Shape, D extends DType>(x: Tensor<S, D>, options?: ReluOptions): Tensor<S, D extends 'bool' ? 'int32' : D>;
export function relu(x: TensorLike, options?: ReluOptions): Tensor;
export function relu(x: TensorLike, { negativeSlope = 0, maxValue = null, threshold = 0 }: ReluOptions = {}): Tensor {
  if (maxValue !== null && maxValue < 0) {
    throw new ArgumentError({ where: 'relu', expected: 'maxValue of at least 0', received: String(maxValue) });
  }
  if (negativeSlope === 0 && threshold === 0) {
    if (maxValue === 6) return relu6(x);
    const t = asNumber('relu', x);
    const y = isFloat(t.dtype) ? like(reluOp, [t], [], (out) => (dy) => [() => reluGrad(out, dy)]) : like(reluOp, [t], []);
    return maxValue === null ? y : minimum(y, maxValue);
  }
  const t = asFloat('relu', x);
  if (maxValue === null && threshold === 0) return leakyRelu(t, negativeSlope);
  const upper = maxValue === null ? t : minimum(t, maxValue);
  const lower = negativeSlope === 0 ? 0 : multiply(subtract(t, threshold), negativeSlope);
  return where(lessEqual(t, threshold), lower, upper);
}

/**
 * x between 0 and 6. Keras 3: `keras.activations.relu6`.
 *
 * @example
 * ops.relu6(tensor([-1, 3, 9]));   // [0, 3, 6]
 */
export const relu6 = ofInput('relu6', relu6Grad);

/**
 * 1 / (1 + exp(-x)). Losses that follow see x. Keras 3: `keras.activations.sigmoid`.
 *
 * @example
 * ops.sigmoid(tensor([0]));   // [0.5]
 */
export const sigmoid: FloatUnary = ((x: TensorLike): Tensor => {
  const input = asFloat('sigmoid', x);
  const y: Tensor = sigmoidPlain(input);
  y.provenance = { op: 'sigmoid', input, axis: -1 };
  return y;
}) as FloatUnary;

/**
 * Hyperbolic tangent. Keras 3: `keras.ops.tanh`.
 *
 * @example
 * ops.tanh(tensor([0]));   // [0]
 */
export const tanh = ofOutput('tanh', tanhGrad);

/**
 * log(1 + exp(x)). Keras 3: `keras.activations.softplus`.
 *
 * @example
 * ops.softplus(tensor([0]));   // [0.6931]
 */
export const softplus = ofInput('softplus', softplusGrad);

/**
 * x · sigmoid(x), also known as swish. Keras 3: `keras.activations.silu`.
 *
 * @example
 * ops.silu(tensor([1]));   // [0.7311]
 */
export const silu = ofInput('silu', siluGrad);

/**
 * x · tanh(softplus(x)). Keras 3: `keras.activations.mish`.
 *
 * @example
 * ops.mish(tensor([1]));   // [0.8651]
 */
export const mish = ofInput('mish', mishGrad);

/**
 * Scaled exponential linear unit. Keras 3: `keras.activations.selu`.
 *
 * @example
 * ops.selu(tensor([1]));   // [1.0507]
 */
export const selu = ofInput('selu', seluGrad);

/**
 * x / 6 + 0.5 between 0 and 1. Keras 3: `keras.activations.hard_sigmoid`.
 *
 * @example
 * ops.hardSigmoid(tensor([0]));   // [0.5]
 */
export const hardSigmoid = ofInput('hardSigmoid', hardSigmoidGrad);

/**
 * x · hardSigmoid(x), also known as hardSwish. Keras 3: `keras.activations.hard_silu`.
 *
 * @example
 * ops.hardSilu(tensor([3]));   // [3]
 */
export const hardSilu = ofInput('hardSilu', hardSiluGrad);

const geluExact = ofInput('gelu', geluGrad);
const geluTanh = ofInput('geluTanh', geluTanhGrad);

/**
 * Gaussian error linear unit, x · P(X ≤ x). The op approximates with tanh unless told otherwise (the activation named 'gelu' does not).
 * Keras 3: `keras.ops.gelu`.
 *
 * @example
 * ops.gelu(tensor([1]), { approximate: false });   // [0.8413]
 */
export function gelu(x: TensorLike, options: boolean | { approximate?: boolean } = {}): Tensor {
  const approximate = typeof options === 'boolean' ? options : (options.approximate ?? true);
  return approximate ? geluTanh(x) : geluExact(x);
}

const leakyReluOp = defineOp('leakyRelu', ['slope:f']);
const eluOp = defineOp('elu', ['alpha:f']);
const celuOp = defineOp('celu', ['alpha:f']);

/**
 * x, and `negativeSlope · x` below 0. Keras 3: `keras.activations.leaky_relu`.
 *
 * @example
 * ops.leakyRelu(tensor([-1, 1]), 0.1);   // [-0.1, 1]
 */
export function leakyRelu(x: TensorLike, options: number | { negativeSlope?: number } = {}): Tensor {
  const slope = typeof options === 'number' ? options : (options.negativeSlope ?? 0.2);
  const t = asFloat('leakyRelu', x);
  return like(leakyReluOp, [t], [slope], () => (dy) => [() => leakyReluGrad(t, dy, [slope])]);
}

function alphaOf(options: number | { alpha?: number }): number {
  return typeof options === 'number' ? options : (options.alpha ?? 1);
}

/**
 * x, and `alpha · (exp(x) - 1)` below 0. Keras 3: `keras.activations.elu`.
 *
 * @example
 * ops.elu(tensor([-1, 1]));   // [-0.6321, 1]
 */
export function elu(x: TensorLike, options: number | { alpha?: number } = {}): Tensor {
  const alpha = alphaOf(options);
  const t = asFloat('elu', x);
  return like(eluOp, [t], [alpha], () => (dy) => [() => eluGrad(t, dy, [alpha])]);
}

/**
 * x, and `alpha · (exp(x / alpha) - 1)` below 0. Keras 3: `keras.activations.celu`.
 *
 * @example
 * ops.celu(tensor([-1, 1]), 2);   // [-0.7869, 1]
 */
export function celu(x: TensorLike, options: number | { alpha?: number } = {}): Tensor {
  const alpha = alphaOf(options);
  const t = asFloat('celu', x);
  return like(celuOp, [t], [alpha], () => (dy) => [() => celuGrad(t, dy, [alpha])]);
}

const logSigmoidOf = composed('logSigmoid', [], (dy, x) => multiply(dy, sigmoid(negative(x))));
const softsignOf = composed('softsign', [], (dy, _, y) => multiply(dy, square(subtract(1, abs(y)))));
const sparsePlusOf = composed('sparsePlus', [], (dy, x) => multiply(dy, clip(multiply(add(x, 1), 0.5), 0, 1)));
const hardShrinkOf = composed('hardShrink', ['threshold:f'], (dy, x, _, [t]) => where(greater(abs(x), t!), dy, 0));
const softShrinkOf = composed('softShrink', ['threshold:f'], (dy, x, _, [t]) => where(greater(abs(x), t!), dy, 0));
const thresholdOf = composed('threshold', ['threshold:f', 'value:f'], (dy, x, _, [t]) => where(greater(x, t!), dy, 0));

/**
 * log(sigmoid(x)) without underflow. Keras 3: `keras.activations.log_sigmoid`.
 *
 * @example
 * ops.logSigmoid(tensor([0]));   // [-0.6931]
 */
export const logSigmoid = logSigmoidOf as FloatUnary;

/**
 * x / (1 + |x|). Keras 3: `keras.activations.softsign`.
 *
 * @example
 * ops.softsign(tensor([1]));   // [0.5]
 */
export const softsign = softsignOf as FloatUnary;

/**
 * 0 up to -1, x from 1 on, (x + 1)² / 4 between. Keras 3: `keras.activations.sparse_plus`.
 *
 * @example
 * ops.sparsePlus(tensor([0]));   // [0.25]
 */
export const sparsePlus = sparsePlusOf as FloatUnary;

/**
 * x, and 0 where |x| is at most the threshold. Keras 3: `keras.activations.hard_shrink`.
 *
 * @example
 * ops.hardShrink(tensor([0.3, 1]));   // [0, 1]
 */
export function hardShrink(x: TensorLike, options: number | { threshold?: number } = {}): Tensor {
  return hardShrinkOf(x, [typeof options === 'number' ? options : (options.threshold ?? 0.5)]);
}

/**
 * x moved towards 0 by the threshold. Keras 3: `keras.activations.soft_shrink`.
 *
 * @example
 * ops.softShrink(tensor([0.3, 1]));   // [0, 0.5]
 */
export function softShrink(x: TensorLike, options: number | { threshold?: number } = {}): Tensor {
  return softShrinkOf(x, [typeof options === 'number' ? options : (options.threshold ?? 0.5)]);
}

/**
 * x where it is above the threshold, else a default value. Keras 3: `keras.activations.threshold`.
 *
 * @example
 * ops.threshold(tensor([0.1, 1]), 0.5, -1);   // [-1, 1]
 */
export function threshold(x: TensorLike, options: number | { threshold: number; defaultValue: number }, defaultValue = 0): Tensor {
  if (typeof options === 'number') return thresholdOf(x, [options, defaultValue]);
  return thresholdOf(x, [options.threshold, options.defaultValue]);
}

/**
 * (x + sqrt(x² + b)) / 2. Keras 3: `keras.activations.squareplus`.
 *
 * @example
 * ops.squareplus(tensor([0]));   // [1]
 */
export function squareplus(x: TensorLike, options: number | { b?: number } = {}): Tensor {
  const t = asFloat('squareplus', x);
  return multiply(add(t, sqrt(add(square(t), typeof options === 'number' ? options : (options.b ?? 4)))), 0.5);
}
