/** Rows of unit length. Source: Keras 3, `keras.utils.normalize`. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import * as ops from '../ops/index.js';
import { type NestedArray, toTensor } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';

function normOf(x: Tensor, axis: number, order: number): Tensor {
  const along = { axis, keepdims: true };
  if (order === 1) return ops.sum(ops.abs(x), along);
  if (order === 2) return ops.sqrt(ops.sum(ops.square(x), along));
  if (order === Infinity) return ops.max(ops.abs(x), along);
  return ops.pow(ops.sum(ops.pow(ops.abs(x), order), along), 1 / order);
}

/**
 * Divides by the norm along an axis; rows of zeros stay zeros.
 *
 * @param order of the norm, above 0. 1: sum of absolute values, 2: length (default), Infinity: the largest absolute value
 * @example
 * utils.normalize(tensor([[3, 4]]));   // [[0.6, 0.8]]
 */
export function normalize(x: Tensor | TypedArray | NestedArray, axis = -1, order = 2): Tensor {
  if (typeof order !== 'number' || !(order > 0)) {
    throw new ArgumentError({ where: 'normalize order', expected: 'a number above 0', received: describe(order), hint: 'use 1 or 2' });
  }
  return tidy(() => {
    const given = x instanceof Tensor ? x : toTensor('normalize', x);
    const values = given.dtype === 'float64' ? given : ops.cast(given, 'float32');
    const norm = normOf(values, axis, order);
    return ops.div(values, ops.where(ops.equal(norm, 0), ops.onesLike(norm), norm));
  });
}
