/** Softmax and its logarithm, along any axes; losses that follow see what went in. */
import type { Tensor } from '../tensor/tensor.js';
import { exp } from './unary.js';
import { multiply, subtract } from './binary.js';
import { reshaped, sumAxes } from './broadcast.js';
import { asFloat, type DType, type FloatOf, normalizeAxes, type Shape, sizeOf, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';
import { derive } from './derive.js';
import { permuted } from './transpose.js';

const softmaxOp = defineOp('softmax');
const softmaxBackwardOp = defineOp('softmaxBackward');
const logSoftmaxOp = defineOp('logSoftmax');
const logSoftmaxBackwardOp = defineOp('logSoftmaxBackward');

const specOf = (x: Tensor) => ({ shape: x.shape, dtype: x.dtype });
const rowSums = (x: Tensor) => sumAxes(x, [x.shape.length - 1], true);

function softmaxBackward(y: Tensor, dy: Tensor): Tensor {
  const formula = (p: Tensor, g: Tensor) => [multiply(p, subtract(g, rowSums(multiply(p, g))))];
  return runOp1(softmaxBackwardOp, [y, dy], specOf(y), [], () => (g) => [
    () => derive(formula, [y, dy], [g!])[0]!,
    () => softmaxBackward(y, g!),
  ]);
}

function logSoftmaxBackward(y: Tensor, dy: Tensor): Tensor {
  const formula = (logs: Tensor, g: Tensor) => [subtract(g, multiply(exp(logs), rowSums(g)))];
  return runOp1(logSoftmaxBackwardOp, [y, dy], specOf(y), [], () => (g) => {
    return [() => derive(formula, [y, dy], [g!])[0]!, () => derive(formula, [y, dy], [g!])[1]!];
  });
}

/** @internal Along the last axis. */
export function softmaxRows(x: Tensor): Tensor {
  return runOp1(softmaxOp, [x], specOf(x), [], (y) => (dy) => [() => softmaxBackward(y, dy!)]);
}

/** @internal Along the last axis. */
export function logSoftmaxRows(x: Tensor): Tensor {
  return runOp1(logSoftmaxOp, [x], specOf(x), [], (y) => (dy) => [() => logSoftmaxBackward(y, dy!)]);
}

/** One axis, or several that are taken as one. */
export type SoftmaxAxis = number | readonly number[] | { axis?: number | readonly number[] };

function along(name: 'softmax' | 'logSoftmax', input: TensorLike, axis: SoftmaxAxis, rows: (x: Tensor) => Tensor): Tensor {
  const x = asFloat(name, input);
  const rank = x.shape.length;
  const given = typeof axis === 'object' && !Array.isArray(axis) ? ((axis as { axis?: number | readonly number[] }).axis ?? -1) : axis;
  if (rank === 0) return reshaped(rows(reshaped(x, [1])), []);
  const axes = normalizeAxes(name, given as number | readonly number[], rank);
  let y: Tensor;
  if (axes.length === 1 && axes[0] === rank - 1) y = rows(x);
  else {
    const order = [...x.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes];
    const turned = permuted(x, order);
    const lead = turned.shape.slice(0, rank - axes.length);
    const flat = reshaped(turned, [...lead, sizeOf(turned.shape.slice(rank - axes.length))]);
    y = permuted(
      reshaped(rows(flat), turned.shape),
      order.map((_, i) => order.indexOf(i)),
    );
  }
  if (axes.length === 1) y.provenance = { op: name, input: x, axis: axes[0]! };
  return y;
}

/**
 * exp(x) / sum(exp(x)) along an axis, the last by default. Cross-entropies that follow see x. Keras 3: `keras.activations.softmax`.
 *
 * @example
 * ops.softmax(tensor([0, 0]));   // [0.5, 0.5]
 */
export function softmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: SoftmaxAxis): Tensor<S, FloatOf<D>>;
export function softmax(x: TensorLike, axis?: SoftmaxAxis): Tensor;
export function softmax(x: TensorLike, axis: SoftmaxAxis = -1): Tensor {
  return along('softmax', x, axis, softmaxRows);
}

/**
 * The logarithm of softmax, without underflow. Keras 3: `keras.activations.log_softmax`.
 *
 * @example
 * ops.logSoftmax(tensor([0, 0]));   // [-0.6931, -0.6931]
 */
export function logSoftmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: SoftmaxAxis): Tensor<S, FloatOf<D>>;
export function logSoftmax(x: TensorLike, axis?: SoftmaxAxis): Tensor;
export function logSoftmax(x: TensorLike, axis: SoftmaxAxis = -1): Tensor {
  return along('logSoftmax', x, axis, logSoftmaxRows);
}
