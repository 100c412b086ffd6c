import { constraints, initializers, ops, regularizers, type Tensor, utils, valueAndGrad } from '../../../lib/index.js';
import { type GoldenArray, type GoldenCase, optionsOf, type Precision, same, sameNumbers, tensorOf, toleranceOf } from '../format.js';
import { implemented } from './made.js';
import type { Kind } from './index.js';

interface Distribution {
  mean: number;
  stddev: number;
  low?: number | null;
  high?: number | null;
}

export const initializer: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const read = initializers.initializer;
    const made = implemented(golden, () =>
      read({ className: golden['class'] as string, config: optionsOf(golden['config'] as Record<string, unknown>) }, 'golden'),
    );
    utils.setRandomSeed(1);
    const shape = golden['shape'] as number[];
    const values = made.call(shape, precision);
    const tolerance = toleranceOf(golden, precision);
    if (golden['values']) return same('values', values, golden['values'] as GoldenArray, tolerance);
    if (golden['distribution']) return facts(values, golden['distribution'] as Distribution);
    const { matrix_shape: matrix, gain, identity } = golden['orthogonal'] as { matrix_shape: number[]; gain: number; identity: string };
    const m = ops.div(ops.reshape(values, matrix), gain);
    const product = identity.startsWith('m.T') ? ops.matmul(ops.transpose(m), m) : ops.matmul(m, ops.transpose(m));
    const size = product.shape[0]!;
    sameNumbers('identity', product.dataSync(), Array.from(ops.eye(size).dataSync()), tolerance);
  },
};

function facts(values: Tensor, { mean, stddev, low, high }: Distribution): void {
  const data = Array.from(values.dataSync());
  const n = data.length;
  const found = data.reduce((a, b) => a + b, 0) / n;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - found) ** 2, 0) / n);
  const room = (6 * stddev) / Math.sqrt(n);
  if (Math.abs(found - mean) > room) throw new Error(`mean: expected ${mean}, got ${found}`);
  if (Math.abs(deviation - stddev) > room) throw new Error(`deviation: expected ${stddev}, got ${deviation}`);
  const slack = 1e-6 * stddev;
  if (typeof low === 'number' && Math.min(...data) < low - slack)
    throw new Error(`lowest: expected at least ${low}, got ${Math.min(...data)}`);
  if (typeof high === 'number' && Math.max(...data) > high + slack)
    throw new Error(`highest: expected at most ${high}, got ${Math.max(...data)}`);
}

export const regularizer: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const made = implemented(golden, () =>
      regularizers.regularizer(
        { className: golden['class'] as string, config: optionsOf(golden['config'] as Record<string, unknown>) },
        'golden',
      ),
    );
    const x = tensorOf(golden['x'] as GoldenArray, precision);
    const { value, gradients } = valueAndGrad(() => made.call(x), [x]);
    const tolerance = toleranceOf(golden, precision);
    same('value', value, golden['value'] as GoldenArray, tolerance);
    if (golden['x_gradient']) same('x_gradient', gradients[0]!, golden['x_gradient'] as GoldenArray, tolerance);
  },
};

export const constraint: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const made = implemented(golden, () =>
      constraints.constraint(
        { className: golden['class'] as string, config: optionsOf(golden['config'] as Record<string, unknown>) },
        'golden',
      ),
    );
    same('y', made.call(tensorOf(golden['x'] as GoldenArray, precision)), golden['y'] as GoldenArray, toleranceOf(golden, precision));
  },
};
