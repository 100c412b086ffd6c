import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import * as ops from '../../lib/ops/index.js';
import { RandomState, setRandomSeed } from '../../lib/random/state.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';

const { random } = ops;

function statistics(x: Tensor): { mean: number; deviation: number; low: number; high: number } {
  const values = numbers(x);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), low: Math.min(...values), high: Math.max(...values) };
}

const n = 40000;

describe('random ops', () => {
  it('give the same numbers for the same seed, others for another', () => {
    const makers: ((seed: number | RandomState) => Tensor)[] = [
      (seed) => random.uniform([9], { seed }),
      (seed) => random.normal([9], { seed }),
      (seed) => random.truncatedNormal([9], { seed }),
      (seed) => random.randint([9], 0, 1000, { seed }),
      (seed) => random.permutation(9, { seed }),
      (seed) => random.dropout(ops.ones([99]), 0.5, { seed }),
    ];
    for (const make of makers) {
      assert.deepEqual(numbers(make(5)), numbers(make(5)));
      assert.notDeepEqual(numbers(make(5)), numbers(make(6)));
      const state = new RandomState(5);
      assert.deepEqual(numbers(make(state)), numbers(make(5)));
      assert.notDeepEqual(numbers(make(state)), numbers(make(5)));
    }
  });

  it('draw from the global stream where no seed is given', () => {
    setRandomSeed(3);
    const first = numbers(random.uniform([5]));
    const second = numbers(random.uniform([5]));
    setRandomSeed(3);
    assert.deepEqual(numbers(random.uniform([5])), first);
    assert.notDeepEqual(second, first);
  });

  it('do not depend on how the elements are shaped', () => {
    assert.deepEqual(numbers(random.normal([4, 5], { seed: 1 })), numbers(random.normal([20], { seed: 1 })));
  });

  it('uniform fills its range evenly', () => {
    const { mean, deviation, low, high } = statistics(random.uniform([n], { minval: -2, maxval: 4, seed: 1 }));
    assert.ok(Math.abs(mean - 1) < 0.06 && Math.abs(deviation - 6 / Math.sqrt(12)) < 0.04, `${mean} ${deviation}`);
    assert.ok(low >= -2 && high < 4 && low < -1.99 && high > 3.99);
    const whole = random.uniform([100], { minval: 0, maxval: 3, dtype: 'int32', seed: 2 });
    assert.equal(whole.dtype, 'int32');
    assert.deepEqual([...new Set(numbers(whole))].sort(), [0, 1, 2]);
  });

  it('normal and truncatedNormal have their moments', () => {
    const normal = statistics(random.normal([n], { mean: 3, stddev: 2, seed: 1 }));
    assert.ok(Math.abs(normal.mean - 3) < 0.06 && Math.abs(normal.deviation - 2) < 0.05, JSON.stringify(normal));
    const cut = statistics(random.truncatedNormal([n], { mean: 3, stddev: 2, seed: 1 }));
    // of a standard normal cut at 2 the deviation is 0.8796
    assert.ok(Math.abs(cut.mean - 3) < 0.06 && Math.abs(cut.deviation - 2 * 0.8796) < 0.05, JSON.stringify(cut));
    assert.ok(cut.low >= -1 && cut.high <= 7);
    assert.equal(random.normal([3], { dtype: 'float64' }).dtype, 'float64');
  });

  it('randint covers its range', () => {
    const values = numbers(random.randint([n], -3, 3, { seed: 4 }));
    for (let i = -3; i < 3; i++) {
      const share = values.filter((value) => value === i).length / n;
      assert.ok(Math.abs(share - 1 / 6) < 0.01, `${i}: ${share}`);
    }
    assert.ok(values.every((value) => value >= -3 && value < 3));
  });

  it('dropout keeps the mean, and whole rows with a noise shape', () => {
    const y = numbers(random.dropout(ops.ones([n]), 0.3, { seed: 1 }));
    const kept = y.filter((value) => value !== 0);
    assert.ok(kept.every((value) => Math.abs(value - 1 / 0.7) < 1e-6));
    assert.ok(Math.abs(kept.length / n - 0.7) < 0.01);
    const rows = random.dropout(ops.ones([50, 4]), 0.5, { seed: 1, noiseShape: [null, 1] });
    const sums = numbers(ops.sum(rows, 1));
    assert.deepEqual([...new Set(sums)].sort(), [0, 8]);
  });

  it('permutation and shuffle lose nothing', () => {
    const order = numbers(random.permutation(100, { seed: 1 }));
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.notDeepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    const x = ops.reshape(ops.arange(0, 6, 1, 'float32'), [3, 2]);
    const rows = numbers(random.shuffle(x, { seed: 4 }));
    assert.deepEqual(
      [...rows].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5],
    );
    for (let i = 0; i < 6; i += 2) assert.equal(rows[i + 1], rows[i]! + 1);
    assert.deepEqual([...random.shuffle(x, { axis: 1, seed: 1 }).shape], [3, 2]);
  });

  it('categorical draws classes by their probabilities', () => {
    const logits = ops.log([
      [0.2, 0.5, 0.3],
      [1, 1e-12, 1e-12],
    ]);
    const y = random.categorical(logits, 10000, { seed: 2 });
    assert.deepEqual([...y.shape], [2, 10000]);
    const values = numbers(y);
    [0.2, 0.5, 0.3].forEach((share, i) => {
      const got = values.slice(0, 10000).filter((value) => value === i).length / 10000;
      assert.ok(Math.abs(got - share) < 0.02, `${i}: ${got}`);
    });
    assert.ok(values.slice(10000).every((value) => value === 0));
  });

  it('a captured step draws new numbers at every replay, those of the uncaptured one', () => {
    const state = new RandomState(8);
    const step = capture((x: Tensor) => ops.add(random.dropout(x, 0.5, { seed: state }), random.uniform([7], { seed: state })));
    const plain = new RandomState(8);
    for (let i = 0; i < 3; i++) {
      const want = ops.add(random.dropout(ops.ones([7]), 0.5, { seed: plain }), random.uniform([7], { seed: plain }));
      assertClose(step(ops.ones([7])), want, { rtol: 0, atol: 0 });
    }
  });
});
