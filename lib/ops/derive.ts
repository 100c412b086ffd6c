/** Gradients of gradients: a fused kernel's own derivative is that of the formula it computes, spelled out in plain ops. */
import { Tape, withTape } from '../autodiff/tape.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, multiply } from './binary.js';
import { constant, filled, sizeOf } from './common.js';
import { reshaped, sumAxes } from './broadcast.js';

/**
 * The gradients of sum(formula(inputs) · weights) over all outputs, with respect to the inputs; zeros where there is no dependence. Outputs
 * without a weight do not count. The formula is run again, on the tapes that listen, so the result can be differentiated as well.
 */
export function derive(
  formula: (...inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  weights: readonly (Tensor | undefined)[],
): Tensor[] {
  const tape = new Tape();
  for (const input of inputs) tape.watch(input);
  const total = withTape(tape, () => {
    const outputs = formula(...inputs);
    let sum: Tensor | undefined;
    outputs.forEach((output, i) => {
      const weight = weights[i];
      if (!weight) return;
      const product = multiply(output, weight);
      const part = sumAxes(reshaped(product, [sizeOf(product.shape)]), [0]);
      sum = sum ? add(sum, part) : part;
    });
    return sum;
  });
  const zeros = (input: Tensor) => filled(input.shape, 0, input.dtype, input);
  if (!total) return inputs.map(zeros);
  const found = tape.gradients(total, constant(1, total.dtype, total.runtime), inputs, add);
  return found.map((gradient, i) => gradient ?? zeros(inputs[i]!));
}

/** A function computed once, at its first call: for what several gradients of one op share. */
export function once<T>(fn: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: fn() }).value;
}
