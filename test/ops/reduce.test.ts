import assert from 'node:assert/strict';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { dense, reduce, sizeOf } from '../support/naive.js';

const total = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => total(values) / values.length;
const variance = (values: number[]) => mean(values.map((x) => (x - mean(values)) ** 2));

const references: Record<string, (values: number[]) => number> = {
  sum: total,
  mean,
  prod: (values) => values.reduce((a, b) => a * b, 1),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  variance,
  std: (values) => Math.sqrt(variance(values)),
  logsumexp: (values) => Math.log(total(values.map(Math.exp))),
  sumSquares: (values) => total(values.map((x) => x * x)),
  any: (values) => Number(values.some((x) => x !== 0)),
  all: (values) => Number(values.every((x) => x !== 0)),
  countNonzero: (values) => values.filter((x) => x !== 0).length,
};

const shapes: [number[], (number | number[] | undefined)[]][] = [
  [
    [2, 3, 4],
    [undefined, 0, 1, 2, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2], [-1, 0], []],
  ],
  [[7], [undefined, 0]],
  [[], [undefined, []]],
  [
    [1, 1],
    [undefined, 1],
  ],
  [
    [3, 70],
    [0, 1],
  ],
  [
    [130, 5],
    [0, 1],
  ],
  [
    [2, 33, 9],
    [1, [0, 2]],
  ],
];

function normal(axis: number | number[] | undefined, rank: number): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  return [axis].flat().map((one) => (one < 0 ? one + rank : one));
}

describe('reductions', () => {
  for (const [name, reference] of Object.entries(references)) {
    it(name, () => {
      const op = ops[name as keyof typeof ops] as unknown as (x: Tensor, axis?: unknown, keepdims?: boolean) => Tensor;
      for (const [shape, axes] of shapes) {
        const data = randoms(sizeOf(shape), 3, 0.5, 1.5).map((x, i) => (i % 5 === 0 ? 0 : x));
        for (const axis of axes) {
          const reduced = normal(axis, shape.length);
          const want = reduce(dense(shape, data), reduced, reference);
          const where = `${JSON.stringify(shape)} over ${JSON.stringify(axis)}`;
          const y = op(tensor(data, shape), axis);
          assert.deepEqual([...y.shape], want.shape, where);
          assertClose(y, want.data, {}, where);
          const kept = op(tensor(Float32Array.from(data), shape), { axis, keepdims: true });
          assert.deepEqual(
            [...kept.shape],
            shape.map((dim, i) => (reduced.includes(i) ? 1 : dim)),
            where,
          );
          assertClose(kept, want.data, { rtol: 1e-4 }, where);
        }
      }
    });
  }

  it('argmax and argmin take the first of equal ones', () => {
    const x = tensor([
      [1, 3, 3],
      [2, 2, 0],
    ]);
    assertTensor(ops.argmax(x, -1), [1, 0], { dtype: 'int32' });
    assertTensor(ops.argmin(x, 1, true), [[0], [2]], { dtype: 'int32' });
    assertTensor(ops.argmax(x), 1, { dtype: 'int32' });
    assertTensor(ops.argmin(x, { axis: 0 }), [0, 1, 1], { dtype: 'int32' });
    assertTensor(ops.argmax(tensor([1, NaN, 2])), 1, { dtype: 'int32' });
    assert.deepEqual([...ops.argmax(x, { keepdims: true }).shape], [1, 1]);
  });

  it('carries NaN', () => {
    const x = tensor([1, NaN, 3]);
    for (const op of [ops.sum, ops.mean, ops.max, ops.min, ops.prod, ops.variance]) assertClose(op(x), [NaN]);
    assertClose(ops.nansum(x), [4]);
    assertClose(ops.nanmean(x), [2]);
    assertClose(ops.nanmax(x), [3]);
    assertClose(ops.nanmin(x), [1]);
    assertClose(ops.nanprod(x), [3]);
    assertClose(ops.nanvar(x), [1]);
    assertClose(ops.nanstd(x), [1]);
    assertClose(ops.nanmean(tensor([NaN])), [NaN]);
    assertClose(ops.nanmax(tensor([NaN])), [NaN]);
  });

  it('of nothing', () => {
    const none = ops.zeros([0, 3]);
    assertTensor(ops.sum(none), 0);
    assertTensor(ops.sum(none, 0), [0, 0, 0]);
    assertTensor(ops.prod(none, 0), [1, 1, 1]);
    assertTensor(ops.all(none), true, { dtype: 'bool' });
    assertTensor(ops.any(none), false, { dtype: 'bool' });
    assertClose(ops.mean(none, 0), [NaN, NaN, NaN]);
    assert.deepEqual([...ops.max(none, 1).shape], [0]);
  });

  it('sums long rows to the last digits of float32', () => {
    const n = 1 << 20;
    const values = Float32Array.from(randoms(n, 8, 0, 1));
    const exact = values.reduce((a, b) => a + b, 0);
    const got = ops.sum(tensor(values)).item();
    assert.ok(Math.abs(got - exact) / exact < 1e-6, `${got} against ${exact}`);
  });

  it('sums int32 and uint8 without wrapping at 256', () => {
    assertTensor(ops.sum(ops.full([1000], 255, 'uint8')), 255000, { dtype: 'int32', shape: [] });
    assertTensor(ops.mean(ops.full([1000], 255, 'uint8')), 255, { shape: [] });
    assertTensor(ops.max(tensor(Uint8Array.of(3, 200))), 200, { dtype: 'uint8' });
  });

  it('shares the gradient among equal maxima', () => {
    const x = tensor([
      [1, 3, 3],
      [2, 2, 2],
    ]) as Tensor;
    const { gradients } = valueAndGrad(() => ops.sum(ops.max(x, 1)), [x]);
    assertClose(gradients[0]!, [0, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 3]);
  });

  it('has exact gradients of products with zeros', () => {
    for (const [values, want] of [
      [
        [2, 0, 3],
        [0, 6, 0],
      ],
      [
        [0, 5, 0],
        [0, 0, 0],
      ],
      [
        [2, 3, 4],
        [12, 8, 6],
      ],
    ]) {
      const x = tensor(values!) as Tensor;
      assertClose(valueAndGrad(() => ops.prod(x), [x]).gradients[0]!, want);
    }
    // cumprod [2, 0, 0] and [0, 5·0, 0]: only the first zero, and what comes before it, matter
    const x = tensor([
      [2, 0, 3],
      [0, 5, 0],
    ]) as Tensor;
    assertClose(valueAndGrad(() => ops.sum(ops.cumprod(x, 1)), [x]).gradients[0]!, [1, 8, 0, 6, 0, 0]);
  });

  it('runs along an axis', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assertTensor(ops.cumsum(x, 1), [
      [1, 3, 6],
      [4, 9, 15],
    ]);
    assertTensor(ops.cumsum(x, 0, { reverse: true }), [
      [5, 7, 9],
      [4, 5, 6],
    ]);
    assertTensor(ops.cumsum(x, { axis: 1, exclusive: true }), [
      [0, 1, 3],
      [0, 4, 9],
    ]);
    assertTensor(ops.cumsum(x), [1, 3, 6, 10, 15, 21]);
    assertTensor(ops.cumprod(x, 1), [
      [1, 2, 6],
      [4, 20, 120],
    ]);
    assertTensor(ops.cumsum(tensor([true, true])), [1, 2], { dtype: 'int32' });
  });

  it('quantiles, medians and histograms', () => {
    const x = tensor([
      [3, 1, 2, 4],
      [10, 40, 20, 30],
    ]);
    assertTensor(ops.median(x, 1), [2.5, 25]);
    assertTensor(ops.median(x, 1, true), [[2.5], [25]]);
    assertTensor(ops.quantile(x, 0.25, { axis: 1 }), [1.75, 17.5]);
    assertTensor(ops.quantile(x, [0, 1], { axis: 1, keepdims: true }), [
      [[1], [10]],
      [[4], [40]],
    ]);
    for (const [method, want] of [
      ['lower', 1],
      ['higher', 2],
      ['midpoint', 1.5],
      ['nearest', 2],
    ] as const) {
      assertTensor(ops.quantile(tensor([1, 2, 3]), 0.3, { method }), want);
    }
    assertClose(ops.median(tensor([1, NaN])), [NaN]);
    const { counts, edges } = ops.histogram(tensor([0, 1, 1, 2, 4]), 4);
    assertTensor(counts, [1, 2, 1, 1]);
    assertTensor(edges, [0, 1, 2, 3, 4]);
    assertTensor(ops.histogram(tensor([-1, 0, 0.5, 1, 2]), { bins: 2, range: [0, 1] }).counts, [1, 2]);
    assertTensor(ops.histogram(tensor([5, 5]), 2).edges, [4.5, 5, 5.5]);
    assertTensor(
      ops.average(
        tensor([
          [1, 3],
          [5, 9],
        ]),
        1,
        [3, 1],
      ),
      [1.5, 6],
    );
    assertTensor(
      ops.corrcoef(
        tensor([
          [1, 2, 3],
          [3, 2, 1],
        ]),
      ),
      [
        [1, -1],
        [-1, 1],
      ],
    );
    assertTensor(ops.nanToNum(tensor([NaN, Infinity, -Infinity, 1])), [0, 3.4028234663852886e38, -3.4028234663852886e38, 1]);
  });
});
