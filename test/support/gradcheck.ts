/** Gradients against central differences, in float64. */
import assert from 'node:assert/strict';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose } from './close.js';

/** Numbers that look random and are the same at every run (mulberry32). */
export function randoms(count: number, seed: number, low = -1, high = 1): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return low + (((z ^ (z >>> 14)) >>> 0) / 2 ** 32) * (high - low);
  });
}

/** Where a checked function is looked at. */
export interface CheckedInput {
  shape: readonly number[];
  data: Float64Array;
}

/** An input of that shape with numbers between two bounds. */
export function input(shape: readonly number[], seed = 1, low = -1, high = 1): CheckedInput {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: randoms(size, seed, low, high) };
}

export interface GradCheckOptions {
  /** Half the distance of the two points. */
  step?: number;
  rtol?: number;
  atol?: number;
  /** 2: the gradient's own gradient as well. */
  order?: 1 | 2;
}

type Checked = (...inputs: Tensor[]) => Tensor;

/** The sum of a result times fixed weights, so that every element counts and none cancels another. */
function weighted(fn: Checked): Checked {
  return (...inputs) => {
    const y = fn(...inputs);
    const weights = tensor(randoms(y.size, 99, 0.5, 1.5), y.shape);
    return ops.sum(ops.multiply(y, weights));
  };
}

function tensors(inputs: readonly CheckedInput[]): Tensor[] {
  return inputs.map(({ data, shape }) => tensor(data.slice(), shape));
}

function gradients(fn: Checked, inputs: readonly Tensor[]): Tensor[] {
  return valueAndGrad(() => fn(...inputs), inputs).gradients;
}

/** The derivative of a scalar function for every element of every input, by central differences. */
function differences(fn: Checked, inputs: readonly CheckedInput[], step: number): Float64Array[] {
  // All points first and one read at the end: a wait for the device for each would be most of the time.
  const values: Tensor[] = [];
  const at = (moved: readonly CheckedInput[]) => values.push(tidy(() => fn(...tensors(moved))));
  for (const [k, { data }] of inputs.entries()) {
    for (let i = 0; i < data.length; i++) {
      for (const by of [step, -step]) at(inputs.map((one, j) => (j === k ? { ...one, data: one.data.with(i, data[i]! + by) } : one)));
    }
  }
  const found = ops.concatenate(values.map((value) => ops.reshape(value, [1]))).dataSync();
  let next = 0;
  return inputs.map(({ data }) => data.map(() => (found[next++]! - found[next++]!) / (2 * step)));
}

/** Throws where the gradients of `fn` (any tensors to any tensor) differ from central differences. */
export function gradCheck(fn: Checked, inputs: readonly CheckedInput[], options: GradCheckOptions = {}): void {
  const { step = 1e-5, rtol = 1e-6, atol = 1e-7, order = 1 } = options;
  tidy(() => {
    const scalar = weighted(fn);
    const found = gradients(scalar, tensors(inputs));
    const wanted = differences(scalar, inputs, step);
    found.forEach((gradient, k) => {
      assert.deepEqual([...gradient.shape], [...inputs[k]!.shape], `gradient of input ${k}: shape`);
      assertClose(gradient, wanted[k]!, { rtol, atol }, `gradient of input ${k}`);
    });
  });
  if (order === 1) return;
  for (let k = 0; k < inputs.length; k++) {
    const slope: Checked = (...args) => gradients(weighted(fn), args)[k]!;
    gradCheck(slope, inputs, { step, rtol: rtol * 10, atol: atol * 10 });
  }
}
