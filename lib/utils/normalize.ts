/** Rows of unit length. Source: Keras 3, `keras.utils.normalize`. */
import * as ops from '../ops/index.js';
import { type NestedArray, toTensor } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';

/**
 * Divides by the norm along an axis; rows of zeros stay zeros.
 *
 * @param order 1: sum of absolute values, 2: length (default)
 * @example
 * utils.normalize(tensor([[3, 4]]));   // [[0.6, 0.8]]
 */
export function normalize(x: Tensor | TypedArray | NestedArray, axis = -1, order: 1 | 2 = 2): Tensor {
  return tidy(() => {
    const given = x instanceof Tensor ? x : toTensor('normalize', x);
    const values = given.dtype === 'float64' ? given : ops.cast(given, 'float32');
    const norm =
      order === 1 ? ops.sum(ops.abs(values), { axis, keepdims: true }) : ops.sqrt(ops.sum(ops.square(values), { axis, keepdims: true }));
    return ops.div(values, ops.where(ops.equal(norm, 0), ops.onesLike(norm), norm));
  });
}
