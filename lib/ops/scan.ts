/** Running sums and products. */
import type { Tensor } from '../tensor/tensor.js';
import { isFloat } from '../tensor/dtype.js';
import { divideNoNan, multiply } from './binary.js';
import { reshaped } from './broadcast.js';
import { asNumber, castTo, normalizeAxis, type TensorLike } from './common.js';
import { equal, logicalAnd, where } from './compare.js';
import { defineOp, runOp1 } from './define.js';

const cumsumOp = defineOp('cumsum', ['axis', 'exclusive', 'reverse']);
const cumprodOp = defineOp('cumprod', ['axis', 'exclusive', 'reverse']);

/** How a running sum or product goes. */
export interface ScanOptions {
  /** Leaves the element itself out. Default false. */
  exclusive?: boolean;
  /** From the end to the beginning. Default false. */
  reverse?: boolean;
}

interface Scan {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

function read(
  name: string,
  x: TensorLike,
  axis: number | ({ axis?: number } & ScanOptions) | null | undefined,
  options: ScanOptions,
): [Tensor, Scan] {
  const given = axis !== null && typeof axis === 'object' ? axis : { ...options, axis: axis ?? undefined };
  const t = asNumber(name, x);
  const flat = given.axis === undefined;
  const from = flat ? reshaped(t, [t.size]) : t;
  const along = flat ? 0 : normalizeAxis(name, given.axis!, t.shape.length);
  return [from, { axis: along, exclusive: given.exclusive ?? false, reverse: given.reverse ?? false }];
}

function runningSum(x: Tensor, scan: Scan): Tensor {
  const attrs = [scan.axis, Number(scan.exclusive), Number(scan.reverse)];
  const spec = { shape: x.shape, dtype: x.dtype };
  if (!isFloat(x.dtype)) return runOp1(cumsumOp, [x], spec, attrs);
  return runOp1(cumsumOp, [x], spec, attrs, () => (dy) => [() => runningSum(dy!, { ...scan, reverse: !scan.reverse })]);
}

function runningProduct(x: Tensor, scan: Scan): Tensor {
  const attrs = [scan.axis, Number(scan.exclusive), Number(scan.reverse)];
  const spec = { shape: x.shape, dtype: x.dtype };
  if (!isFloat(x.dtype)) return runOp1(cumprodOp, [x], spec, attrs);
  return runOp1(cumprodOp, [x], spec, attrs, (y) => (dy) => [() => productSlope(x, y, dy!, scan)]);
}

/**
 * Each product that holds x_i, divided by it. A product ends at the first zero, so only that zero itself and what comes before it have
 * a gradient: before it division is safe, and at it the products are made again with that zero left out.
 */
function productSlope(x: Tensor, y: Tensor, dy: Tensor, scan: Scan): Tensor {
  const back = { ...scan, reverse: !scan.reverse };
  const zero = equal(x, 0);
  const before = runningSum(castTo(zero, 'int32'), { ...scan, exclusive: true });
  const first = logicalAnd(zero, equal(before, 0));
  const without = runningProduct(where(first, 1, x), scan);
  return where(first, runningSum(multiply(dy, without), back), divideNoNan(runningSum(multiply(dy, y), back), x));
}

/**
 * Running sums along an axis, of the flat tensor where none is given. Keras 3: `keras.ops.cumsum`.
 *
 * @example
 * ops.cumsum(tensor([1, 2, 3]));                         // [1, 3, 6]
 * ops.cumsum(tensor([1, 2, 3]), 0, { exclusive: true }); // [0, 1, 3]
 */
export function cumsum(x: TensorLike, axis?: number | ({ axis?: number } & ScanOptions) | null, options: ScanOptions = {}): Tensor {
  return runningSum(...read('cumsum', x, axis, options));
}

/**
 * Running products along an axis, of the flat tensor where none is given. Exact gradients, zeros included. Keras 3: `keras.ops.cumprod`.
 *
 * @example
 * ops.cumprod(tensor([1, 2, 3]));   // [1, 2, 6]
 */
export function cumprod(x: TensorLike, axis?: number | ({ axis?: number } & ScanOptions) | null, options: ScanOptions = {}): Tensor {
  return runningProduct(...read('cumprod', x, axis, options));
}
