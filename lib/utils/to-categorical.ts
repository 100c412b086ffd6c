/** Class numbers as one-hot rows. Source: Keras 3, `keras.utils.to_categorical`. */
import { ArgumentError, DataError, DTypeError } from '../errors.js';
import { defineOp, runOp1 } from '../ops/define.js';
import * as ops from '../ops/index.js';
import { type NestedArray, toTensor } from '../tensor/create.js';
import type { TypedArray } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';
import type { Shape } from '../types/shape.js';

const oneHotOp = defineOp('oneHot', ['onValue:f', 'offValue:f']);

/** The shape of labels with a last axis of classes instead of one of one element. */
type OneHot<S extends Shape, C extends number> = S extends readonly [...infer Rest extends number[], 1] ? [...Rest, C] : [...S, C];

/**
 * One-hot rows (float32) for class numbers of any integer or float dtype. Without `numClasses` there are as many as the largest label needs,
 * which is read from the device. Labels outside 0 to `numClasses - 1` are a DataError.
 *
 * @example
 * utils.toCategorical(tensor([0, 2]), 3);   // [[1, 0, 0], [0, 0, 1]]
 */
export function toCategorical<const S extends Shape, const C extends number>(
  labels: Tensor<S>,
  numClasses: C,
): Tensor<OneHot<S, C>, 'float32'>;
export function toCategorical(labels: Tensor | TypedArray | NestedArray, numClasses?: number): Tensor<number[], 'float32'>;
export function toCategorical(labels: Tensor | TypedArray | NestedArray, numClasses?: number): Tensor {
  const where = 'toCategorical';
  if (numClasses !== undefined && (!Number.isSafeInteger(numClasses) || numClasses < 1)) {
    throw new ArgumentError({ where, expected: 'a whole number of classes', received: String(numClasses) });
  }
  return tidy(() => {
    const given = labels instanceof Tensor ? labels : toTensor(where, labels);
    if (given.dtype === 'bool') throw new DTypeError({ where, expected: 'class numbers', received: 'bool', hint: 'cast them to int32' });
    const whole = ops.cast(given, 'int32');
    // NaN is unequal to what it is cast to as well
    if (given.dtype.startsWith('float') && given.size > 0 && ops.any(ops.notEqual(ops.cast(whole, given.dtype), given)).item()) {
      throw new DataError({
        where,
        expected: 'whole class numbers',
        received: 'fractions or NaN among them',
        hint: 'number the classes from 0',
      });
    }
    const numbers = whole.rank > 1 && whole.shape[whole.rank - 1] === 1 ? ops.squeeze(whole, -1) : whole;
    if (numbers.size > 0) {
      const low = ops.min(numbers).item();
      const high = ops.max(numbers).item();
      const classes = numClasses ?? high + 1;
      if (low < 0 || high >= classes) {
        throw new DataError({
          where,
          expected: `labels from 0 to ${classes - 1}`,
          received: `labels from ${low} to ${high}`,
          hint: low < 0 ? 'number the classes from 0' : `use ${high + 1} classes`,
        });
      }
      numClasses = classes;
    }
    return runOp1(oneHotOp, [numbers], { shape: [...numbers.shape, numClasses ?? 0], dtype: 'float32' }, [1, 0]);
  });
}
