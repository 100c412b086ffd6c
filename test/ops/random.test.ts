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
      (seed) => random.gamma([9], 0.3, { seed }),
      (seed) => random.beta([9], 2, 0.5, { seed }),
      (seed) => random.dirichlet([9, 3], 1, { seed }),
      (seed) => random.binomial([9], 1e6, 0.5, { seed }),
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

  /** Mean and variance against what they are to be, within five standard errors of the mean. */
  function hasMoments(x: Tensor, mean: number, variance: number, tolerance = 0.05): void {
    const found = statistics(x);
    assert.ok(Math.abs(found.mean - mean) < 5 * Math.sqrt(variance / x.size), `mean ${found.mean} for ${mean}`);
    assert.ok(Math.abs(found.deviation ** 2 / variance - 1) < tolerance, `variance ${found.deviation ** 2} for ${variance}`);
  }

  /** The share of numbers below each point. */
  function hasQuantiles(x: Tensor, points: readonly (readonly [point: number, share: number])[]): void {
    const values = numbers(x);
    for (const [point, share] of points) {
      const got = values.filter((value) => value < point).length / values.length;
      assert.ok(Math.abs(got - share) < 5 * Math.sqrt((share * (1 - share)) / values.length), `${got} below ${point}, not ${share}`);
    }
  }

  it('gamma and beta have their moments and quantiles', () => {
    for (const alpha of [0.3, 1, 4]) hasMoments(random.gamma([n], alpha, { seed: 1 }), alpha, alpha, 0.1);
    hasQuantiles(
      random.gamma([n], 1, { seed: 2 }),
      [0.01, 0.2, 1, 3].map((x) => [x, 1 - Math.exp(-x)]),
    );
    for (const [a, b] of [
      [0.2, 0.2],
      [2, 5],
      [1e-6, 1e-6],
    ] as const) {
      hasMoments(random.beta([n], a, b, { seed: 3 }), a / (a + b), (a * b) / ((a + b) ** 2 * (a + b + 1)));
    }
    // beta(1, b) has the distribution 1 - (1 - x)^b, and beta(1/2, 1/2) the arc sine
    hasQuantiles(
      random.beta([n], 1, 3, { seed: 4 }),
      [0.05, 0.3, 0.7].map((x) => [x, 1 - (1 - x) ** 3]),
    );
    hasQuantiles(
      random.beta([n], 0.5, 0.5, { seed: 5 }),
      [0.001, 0.1, 0.5, 0.99].map((x) => [x, (2 / Math.PI) * Math.asin(Math.sqrt(x))]),
    );
    const whole = statistics(random.beta([n], 1e-3, 1e-3, { seed: 6 }));
    assert.deepEqual([whole.low, whole.high], [0, 1]);
  });

  it('dirichlet gives shares of one', () => {
    const x = random.dirichlet([n, 3], [1, 2, 5], { seed: 1 });
    assertClose(ops.sum(x, 1), new Array<number>(n).fill(1), { atol: 1e-5 });
    [1, 2, 5].forEach((alpha, i) => {
      const share = alpha / 8;
      hasMoments(ops.slice(x, [0, i], [n, 1]), share, (share * (1 - share)) / 9);
    });
  });

  it('binomial counts successes', () => {
    for (const [count, p] of [
      [1, 0.3],
      [12, 0.75],
      [300, 0.2],
      [1e6, 0.5],
    ] as const) {
      const x = random.binomial([n], count, p, { seed: 1 });
      hasMoments(x, count * p, count * p * (1 - p));
      assert.ok(numbers(x).every((value) => Number.isInteger(value) && value >= 0 && value <= count));
    }
    assert.equal(random.binomial([2], 3, 0.5, { dtype: 'float64' }).dtype, 'float64');
  });

  it('take a parameter for each element, and say which are none', () => {
    const x = random.gamma([n, 2], [0.5, 9], { seed: 1 });
    hasMoments(ops.slice(x, [0, 0], [n, 1]), 0.5, 0.5, 0.1);
    hasMoments(ops.slice(x, [0, 1], [n, 1]), 9, 9);
    assert.deepEqual(numbers(random.binomial([2, 2], [[0], [7]], [0.5, 1], { seed: 1 })).slice(0, 2), [0, 0]);
    assert.deepEqual(numbers(random.gamma([2], [-1, NaN])), [NaN, NaN]);
    for (const [wrong, sentence] of [
      [() => random.gamma([2], 0), 'gamma: expected a finite alpha above 0, got 0'],
      [() => random.beta([2], 1, Infinity), 'beta: expected a finite beta above 0, got Infinity'],
      [() => random.binomial([2], 1.5, 0.5), 'binomial: expected whole counts from 0 to 2^53, got 1.5'],
      [() => random.binomial([2], 1, 2), 'binomial: expected probabilities from 0 to 1, got 2'],
      [() => random.gamma([3], ops.ones([2, 3])), 'gamma: expected alpha that broadcasts to [3], got [2, 3]'],
      [() => random.dirichlet([], 1), 'dirichlet: expected a shape with a last axis, got []'],
    ] as const) {
      assert.throws(wrong, (error: Error) => {
        assert.equal(error.message, sentence);
        return true;
      });
    }
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
