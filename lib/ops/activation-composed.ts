/** Activation functions made of other ops. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { relu, sigmoid, tanh } from './activation.js';
import { add, divide, multiply, subtract } from './binary.js';
import { sumAxes } from './broadcast.js';
import { asFloat, castTo, normalizeAxis, shapeText, type TensorLike } from './common.js';
import { clip } from './clip.js';
import { greater, where } from './compare.js';
import { part } from './slice.js';
import { onDeviceOf } from './define.js';
import { arange } from './make.js';
import { cumsum } from './scan.js';
import { sorted } from './sort.js';
import { permuted } from './transpose.js';

/** An axis as a number or an option. */
export type AxisOption = number | { axis?: number };

const axisOf = (option: AxisOption) => (typeof option === 'number' ? option : (option.axis ?? -1));

/**
 * The first half of an axis, times the sigmoid of the second. Keras 3: `keras.activations.glu`.
 *
 * @example
 * ops.glu(tensor([1, 2, 0, 0]));   // [0.5, 1]
 */
export function glu(x: TensorLike, axis: AxisOption = -1): Tensor {
  const t = asFloat('glu', x);
  const along = normalizeAxis('glu', axisOf(axis), t.shape.length);
  const size = t.shape[along]!;
  if (size % 2 !== 0) throw new ShapeError({ where: 'glu', expected: `an even size of axis ${along}`, received: shapeText(t.shape) });
  return multiply(part(t, along, 0, size / 2), sigmoid(part(t, along, size / 2, size / 2)));
}

/**
 * x between -1 and 1. Keras 3: `keras.activations.hard_tanh`.
 *
 * @example
 * ops.hardTanh(tensor([-3, 0.5]));   // [-1, 0.5]
 */
export function hardTanh(x: TensorLike): Tensor {
  return clip(asFloat('hardTanh', x), -1, 1);
}

/**
 * x - tanh(x). Keras 3: `keras.activations.tanh_shrink`.
 *
 * @example
 * ops.tanhShrink(tensor([1]));   // [0.2384]
 */
export function tanhShrink(x: TensorLike): Tensor {
  const t = asFloat('tanhShrink', x);
  return subtract(t, tanh(t));
}

/**
 * 0 up to -1, 1 from 1 on, a straight line between. Keras 3: `keras.activations.sparse_sigmoid`.
 *
 * @example
 * ops.sparseSigmoid(tensor([0]));   // [0.5]
 */
export function sparseSigmoid(x: TensorLike): Tensor {
  return clip(multiply(add(asFloat('sparseSigmoid', x), 1), 0.5), 0, 1);
}

/**
 * The nearest probabilities to x, many of them exactly 0, along an axis (Martins and Astudillo 2016). Keras 3:
 * `keras.activations.sparsemax`.
 *
 * @example
 * ops.sparsemax(tensor([2, 0]));   // [1, 0]
 */
export function sparsemax(x: TensorLike, axis: AxisOption = -1): Tensor {
  const t = asFloat('sparsemax', x);
  const along = normalizeAxis('sparsemax', axisOf(axis), t.shape.length);
  const order = [...t.shape.map((_, i) => i).filter((i) => i !== along), along];
  const rows = permuted(t, order);
  const last = rows.shape.length - 1;
  const { values } = sorted(rows, true);
  const rank = onDeviceOf(t, () => arange(1, rows.shape[last]! + 1, 1, t.dtype));
  const inside = greater(add(multiply(values, rank), 1), cumsum(values, last));
  const count = sumAxes(castTo(inside, t.dtype), [last], true);
  const threshold = divide(subtract(sumAxes(where(inside, values, 0), [last], true), 1), count);
  const y = relu(subtract(rows, threshold));
  return permuted(
    y,
    order.map((_, i) => order.indexOf(i)),
  );
}
