/** Normalization of activations and norms of vectors and matrices. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, maximum, minimum, multiply, power, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes } from './broadcast.js';
import { asFloat, type Axis, castTo, normalizeAxes, normalizeAxis, sameShape, shapeText, type TensorLike } from './common.js';
import { notEqual } from './compare.js';
import { defineOp, runOp } from './define.js';
import { derive, once } from './derive.js';
import { max, mean, min, moments, type ReduceOptions, reduceArguments, sum, sumSquares } from './reduce.js';
import { abs, rsqrt, sqrt, square } from './unary.js';

const batchNormOp = defineOp('batchNorm', ['epsilon:f']);
const batchNormBackwardOp = defineOp('batchNormBackward', ['epsilon:f']);

/** dx, dgamma and dbeta. */
function batchNormBackward(x: Tensor, dy: Tensor, gamma: Tensor, average: Tensor, spread: Tensor, epsilon: number): Tensor[] {
  const inputs = [x, dy, gamma, average, spread];
  const lead = x.shape.map((_, i) => i).slice(0, -1);
  const formula = (a: Tensor, d: Tensor, g: Tensor, m: Tensor, v: Tensor) => {
    const inverse = rsqrt(add(v, epsilon));
    const centred = multiply(subtract(a, m), inverse);
    const dBeta = sumAxes(d, lead);
    const dGamma = sumAxes(multiply(d, centred), lead);
    const count = Math.max(1, x.size / x.shape.at(-1)!);
    const shared = multiply(add(dBeta, multiply(centred, dGamma)), 1 / count);
    return [multiply(subtract(d, shared), multiply(g, inverse)), dGamma, dBeta];
  };
  const channel = { shape: gamma.shape, dtype: x.dtype };
  return runOp(batchNormBackwardOp, inputs, [{ shape: x.shape, dtype: x.dtype }, channel, channel], [epsilon], () => (...weights) => {
    // The statistics are inputs as well: what they change reaches x through the outputs of the forward op.
    const parts = once(() => derive(formula, inputs, weights));
    return inputs.map((_, i) => () => parts()[i]!);
  });
}

/** What batchNorm gives back. */
export interface BatchNormResult {
  y: Tensor;
  mean: Tensor;
  /** Without Bessel's correction. */
  variance: Tensor;
}

/**
 * Normalizes over all axes but the last with the statistics of the batch itself: `gamma · (x - mean) / sqrt(variance + epsilon) + beta`.
 * What training uses; `batchNormalization` takes given statistics.
 *
 * @example
 * const { y, mean, variance } = ops.batchNorm(x, gamma, beta, 1e-3);
 */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-3): BatchNormResult {
  const a = asFloat('batchNorm', x);
  const channels = a.shape.at(-1);
  for (const factor of [gamma, beta]) {
    if (channels !== undefined && sameShape(factor.shape, [channels])) continue;
    throw new ShapeError({
      where: 'batchNorm',
      expected: `gamma and beta of shape [${channels ?? ''}]`,
      received: shapeText(factor.shape),
    });
  }
  const g = castTo(gamma, a.dtype);
  const b = castTo(beta, a.dtype);
  const channel = { shape: g.shape, dtype: a.dtype };
  const specs = [{ shape: a.shape, dtype: a.dtype }, channel, channel];
  const outputs = runOp(batchNormOp, [a, g, b], specs, [epsilon], ([, average, spread]) => (dy, dMean, dVariance) => {
    const parts = once(() => (dy ? batchNormBackward(a, dy, g, average!, spread!, epsilon) : undefined));
    const count = Math.max(1, a.size / channels!);
    return [
      () => {
        let dx = parts()?.[0];
        const also = (more: Tensor) => (dx = dx ? add(dx, more) : expandTo(more, a.shape));
        if (dMean) also(multiply(dMean, 1 / count));
        if (dVariance) also(multiply(subtract(a, average!), multiply(dVariance, 2 / count)));
        return dx!;
      },
      dy ? () => parts()![1]! : null,
      dy ? () => parts()![2]! : null,
    ];
  });
  const [y, average, spread] = outputs as [Tensor, Tensor, Tensor];
  return { y, mean: average, variance: spread };
}

/** Options of batchNormalization. */
export interface BatchNormalizationOptions {
  /** The axis of the channels. Default -1. */
  axis?: number;
  /** Added after. */
  offset?: TensorLike | null;
  /** Multiplied with before. */
  scale?: TensorLike | null;
  /** Default 0.001. */
  epsilon?: number;
}

/**
 * Normalizes with given statistics, as inference does. Keras 3: `keras.ops.batch_normalization`.
 *
 * @example
 * ops.batchNormalization(x, movingMean, movingVariance, { scale: gamma, offset: beta });
 */
export function batchNormalization(
  x: TensorLike,
  average: TensorLike,
  spread: TensorLike,
  { axis = -1, offset = null, scale = null, epsilon = 1e-3 }: BatchNormalizationOptions = {},
): Tensor {
  const t = asFloat('batchNormalization', x);
  const along = normalizeAxis('batchNormalization', axis, t.shape.length);
  const channel = (value: TensorLike): Tensor => {
    const v = castTo(asFloat('batchNormalization', value), t.dtype);
    if (!sameShape(v.shape, [t.shape[along]!])) {
      throw new ShapeError({
        where: 'batchNormalization',
        expected: `[${t.shape[along]}], one number a channel`,
        received: shapeText(v.shape),
      });
    }
    return along === t.shape.length - 1
      ? v
      : reshaped(
          v,
          t.shape.map((dim, i) => (i === along ? dim : 1)),
        );
  };
  // One factor and one summand a channel, so that x is passed over once.
  let factor = rsqrt(add(channel(spread), epsilon)) as Tensor;
  if (scale !== null) factor = multiply(factor, channel(scale));
  let summand = multiply(channel(average), factor);
  summand = offset === null ? multiply(summand, -1) : subtract(channel(offset), summand);
  return add(multiply(t, factor), summand);
}

/** Options of layerNormalization and rmsNormalization. */
export interface LayerNormalizationOptions {
  /** Multiplied with after normalization; of the shape of the normalized axes. */
  gamma?: TensorLike | null;
  /** Added at the end. */
  beta?: TensorLike | null;
  /** The axes that are normalized. Default -1. */
  axis?: number | readonly number[];
  /** Default 1e-7 (the layer's is 0.001). */
  epsilon?: number;
}

/** A factor over the normalized axes, in a shape that broadcasts to x. */
function overAxes(where: string, value: TensorLike, x: Tensor, axes: readonly number[]): Tensor {
  const v = castTo(asFloat(where, value), x.dtype);
  const dims = axes.map((axis) => x.shape[axis]!);
  if (v.shape.length !== 0 && !sameShape(v.shape, dims)) {
    throw new ShapeError({ where, expected: `${shapeText(dims)}, the shape of the normalized axes`, received: shapeText(v.shape) });
  }
  return v.shape.length === 0
    ? v
    : reshaped(
        v,
        x.shape.map((dim, i) => (axes.includes(i) ? dim : 1)),
      );
}

/**
 * Each sample to mean 0 and variance 1 over some axes. Keras 3: `keras.ops.layer_normalization`.
 *
 * @example
 * ops.layerNormalization(x, { gamma, beta });
 */
export function layerNormalization(
  x: TensorLike,
  { gamma = null, beta = null, axis = -1, epsilon = 1e-7 }: LayerNormalizationOptions = {},
): Tensor {
  const t = asFloat('layerNormalization', x);
  const axes = normalizeAxes('layerNormalization', axis, t.shape.length);
  const { mean: average, variance: spread } = moments(t, axes, true);
  let factor: Tensor = rsqrt(add(spread, epsilon));
  if (gamma !== null) factor = multiply(factor, overAxes('layerNormalization', gamma, t, axes));
  const y = multiply(subtract(t, average), factor);
  return beta === null ? y : add(y, overAxes('layerNormalization', beta, t, axes));
}

/** Options of rmsNormalization. */
export interface RmsNormalizationOptions {
  scale?: TensorLike | null;
  /** Default -1. */
  axis?: number | readonly number[];
  /** Default 1e-7. */
  epsilon?: number;
}

/**
 * x divided by the root of its mean square over some axes. Keras 3: `keras.ops.rms_normalization`.
 *
 * @example
 * ops.rmsNormalization(x, { scale });
 */
export function rmsNormalization(x: TensorLike, { scale = null, axis = -1, epsilon = 1e-7 }: RmsNormalizationOptions = {}): Tensor {
  const t = asFloat('rmsNormalization', x);
  const axes = normalizeAxes('rmsNormalization', axis, t.shape.length);
  const y = multiply(t, rsqrt(add(mean(square(t), axes, true), epsilon)));
  return scale === null ? y : multiply(y, overAxes('rmsNormalization', scale, t, axes));
}

/** Which norm: a number p, ±Infinity, 'fro', or null for the square root of the sum of squares. */
export type NormOrder = number | 'fro' | null;

/** Options of norm. */
export interface NormOptions extends ReduceOptions {
  ord?: NormOrder;
}

/**
 * A norm of vectors (one axis), of matrices (two), or without an order of everything. Keras 3: `keras.ops.norm`. The spectral and the
 * nuclear norm of matrices are not offered.
 *
 * @example
 * ops.norm(tensor([3, 4]));                      // 5
 * ops.norm(x, { ord: 1, axis: -1 });
 */
export function norm(x: TensorLike, options: NormOrder | NormOptions = {}): Tensor {
  const t = asFloat('norm', x);
  const { ord = null, axis, keepdims = false } = options !== null && typeof options === 'object' ? options : { ord: options };
  const { axes } = reduceArguments('norm', t.shape.length, axis, keepdims);
  if (ord === null) return sqrt(sumSquares(t, axes, keepdims));
  if (axes.length === 1) {
    if (ord === Infinity) return max(abs(t), axes, keepdims);
    if (ord === -Infinity) return min(abs(t), axes, keepdims);
    if (ord === 0) return castTo(sum(notEqual(t, 0), axes, keepdims), t.dtype);
    if (ord === 1) return sum(abs(t), axes, keepdims);
    if (ord === 2) return sqrt(sumSquares(t, axes, keepdims));
    if (typeof ord === 'number' && !Number.isNaN(ord)) return power(sum(power(abs(t), ord), axes, keepdims), 1 / ord);
  } else if (axes.length === 2) {
    const order =
      axis !== undefined && axis !== null ? (axis as readonly number[]).map((one) => normalizeAxis('norm', one, t.shape.length)) : axes;
    const [rows, columns] = order as [number, number];
    // The inner sum keeps its axis, so that the outer one still counts axes as x does.
    const lines = (over: number, then: number, outer: typeof max) => outer(sum(abs(t), over, true), [then], true);
    let y: Tensor | undefined;
    if (ord === 'fro') y = sqrt(sumSquares(t, axes, true));
    if (ord === 1) y = lines(rows, columns, max);
    if (ord === -1) y = lines(rows, columns, min);
    if (ord === Infinity) y = lines(columns, rows, max);
    if (ord === -Infinity) y = lines(columns, rows, min);
    if (y)
      return keepdims
        ? y
        : reshaped(
            y,
            t.shape.filter((_, i) => !axes.includes(i)),
          );
  }
  throw new ArgumentError({
    where: 'norm',
    expected: axes.length === 1 ? 'a number for the order of a vector norm' : "order 'fro', 1, -1, Infinity or -Infinity over two axes",
    received: `${String(ord)} over ${axes.length} axes`,
  });
}

/** Options of normalize. */
export interface NormalizeOptions {
  /** Default -1. */
  axis?: Axis;
  /** Default 2. */
  order?: number;
  /** Norms below it count as this much. Default 1e-7. */
  epsilon?: number | null;
}

/**
 * x divided by its norm along an axis. Keras 3: `keras.ops.normalize`.
 *
 * @example
 * ops.normalize(tensor([3, 4]));   // [0.6, 0.8]
 */
export function normalize(x: TensorLike, { axis = -1, order = 2, epsilon = null }: NormalizeOptions = {}): Tensor {
  const t = asFloat('normalize', x);
  const least = epsilon ?? 1e-7;
  if (order === 2) return multiply(t, minimum(rsqrt(sumSquares(t, axis, true)), 1 / least));
  return divide(t, maximum(norm(t, { ord: order, axis, keepdims: true }), least));
}
