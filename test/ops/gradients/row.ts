/** What the tables of checked gradients are made of. */
import { tensor } from '../../../lib/tensor/create.js';
import type { Tensor } from '../../../lib/tensor/tensor.js';
import { type CheckedInput, type GradCheckOptions, input } from '../../support/gradcheck.js';

export interface Row extends GradCheckOptions {
  /** The op's name in the namespace, then what is special. */
  name: string;
  fn: (...inputs: Tensor[]) => Tensor;
  at: CheckedInput[];
}

export const x = input([2, 3, 2], 1);
export const positive = input([2, 3], 2, 0.3, 2);
export const m = input([3, 4], 3);
export const ints = (values: number[], shape = [values.length]): Tensor => tensor(Int32Array.from(values), shape);
