/** Clipping, on its own since both arithmetic and activations want it. */
import { ArgumentError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { maximum, minimum } from './binary.js';
import { asNumber, castTo, type DType, type Shape, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';

const clipOp = defineOp('clip', ['low:f', 'high:f']);
const clipGradOp = defineOp('clipGrad', ['low:f', 'high:f']);

function clipGrad(x: Tensor, dy: Tensor, bounds: readonly number[]): Tensor {
  return runOp1(clipGradOp, [x, dy], { shape: x.shape, dtype: x.dtype }, bounds, () => (g) => [null, () => clipGrad(x, g!, bounds)]);
}

/**
 * x between two bounds, which are numbers or tensors. The gradient is that of x inside and 0 outside. Keras 3: `keras.ops.clip`.
 *
 * @example
 * ops.clip(tensor([-5, 0.5, 5]), -1, 1);   // [-1, 0.5, 1]
 */
export function clip<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  low: number,
  high: number,
): Tensor<S, D extends 'bool' ? 'int32' : D>;
export function clip(x: TensorLike, low: TensorLike, high: TensorLike): Tensor;
export function clip(x: TensorLike, low: TensorLike, high: TensorLike): Tensor {
  if (typeof low !== 'number' || typeof high !== 'number') return minimum(maximum(x, low), high);
  if (low > high) throw new ArgumentError({ where: 'clip', expected: 'a lower bound below the upper', received: `${low} and ${high}` });
  let t = asNumber('clip', x);
  const whole = (bound: number) => Number.isInteger(bound) || !Number.isFinite(bound);
  if (!isFloat(t.dtype) && !(whole(low) && whole(high))) t = castTo(t, 'float32');
  const spec = { shape: t.shape, dtype: t.dtype };
  if (!isFloat(t.dtype)) return runOp1(clipOp, [t], spec, [low, high]);
  return runOp1(clipOp, [t], spec, [low, high], () => (dy) => [() => clipGrad(t, dy!, [low, high])]);
}
