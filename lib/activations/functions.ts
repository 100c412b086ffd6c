/** Activations that no op stands for: made of ops. Their arguments and defaults are those of Keras 3, keras.activations. */
import * as ops from '../ops/index.js';
import type { TensorLike } from '../tensor/create.js';
import { toTensor } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';

/** x itself. */
export function linear(x: TensorLike): Tensor {
  return toTensor('linear', x);
}

/** x limited to -1 and 1. Source: Keras 3, keras.activations.hard_tanh. */
export function hardTanh(x: TensorLike): Tensor {
  return ops.clip(x, -1, 1);
}

/** x - tanh(x). Source: Keras 3, keras.activations.tanh_shrink. */
export function tanhShrink(x: TensorLike): Tensor {
  return ops.subtract(x, ops.tanh(x));
}

/** (x + 1) / 2 limited to 0 and 1. Source: Keras 3, keras.activations.sparse_sigmoid. */
export function sparseSigmoid(x: TensorLike): Tensor {
  return ops.clip(ops.multiply(ops.add(x, 1), 0.5), 0, 1);
}

/**
 * x * P(X <= x) for a normal X, exact; with `approximate` by tanh. Source: Keras 3, keras.activations.gelu.
 *
 * @example
 * activations.gelu(x, { approximate: true });
 */
export function gelu(x: TensorLike, options: boolean | { approximate?: boolean } = {}): Tensor {
  return ops.gelu(x, typeof options === 'boolean' ? options : (options.approximate ?? false));
}

/** The first half of an axis times the sigmoid of the second. Source: Keras 3, keras.activations.glu. */
export function glu(x: TensorLike, options: number | { axis?: number } = {}): Tensor {
  const axis = typeof options === 'number' ? options : (options.axis ?? -1);
  const [first, second] = ops.split(x, 2, axis);
  return ops.multiply(first!, ops.sigmoid(second!));
}
