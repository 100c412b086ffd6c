/** Every differentiable op with its gradient, recorded and replayed, gives the very bits of eager execution, with fusion and without. */
import assert from 'node:assert/strict';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import { Program } from '../../lib/autodiff/program.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { type CheckedInput, input } from '../support/gradcheck.js';
import { rows as arithmetic } from './gradients/arithmetic.js';
import { rows as more } from './gradients/more.js';
import { rows as structure } from './gradients/structure.js';
import { unary } from './gradients/unary.js';
import { rows as windows } from './gradients/windows.js';

interface Step {
  name: string;
  fn: (...inputs: Tensor[]) => Tensor;
  at: CheckedInput[];
}

const steps: Step[] = [
  ...unary.map(([name, low, high]) => ({ name, fn: ops[name] as (x: Tensor) => Tensor, at: [input([3, 5], 11, low, high)] })),
  ...arithmetic,
  ...structure,
  ...windows,
  ...more,
];

/** The value of each element of the result, and the gradients of their weighted sum. */
function run(fn: Step['fn'], inputs: Tensor[]): Tensor[] {
  let y: Tensor | undefined;
  const { value, gradients } = valueAndGrad(() => {
    y = fn(...inputs);
    return ops.sum(ops.multiply(y, ops.cos(y)));
  }, inputs);
  return [y!, value, ...gradients];
}

function bits(tensors: readonly Tensor[]): string[] {
  return tensors.map((one) => `${one.dtype}[${one.shape.join()}] ${Buffer.from(one.dataSync().buffer).toString('hex')}`);
}

describe('captured ops', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    for (const { name, fn, at } of steps) {
      it(`${name}, ${dtype}`, () => {
        const inputs = at.map(({ data, shape }) => tensor(data, shape, dtype) as Tensor);
        const eager = tidy(() => bits(run(fn, inputs)));
        for (const fuse of [true, false]) {
          const specs = inputs.map((one) => ({ shape: one.shape, dtype: one.dtype }));
          const program = new Program(inputs[0]!.runtime, specs, (given) => run(fn, given), { fuse });
          for (let replay = 0; replay < 2; replay++) {
            assert.deepEqual(bits(program.run(inputs).outputs), eager, `fuse ${fuse}, replay ${replay}`);
          }
          program.dispose();
        }
      });
    }
  }
});
