import assert from 'node:assert/strict';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';

const ints = (...values: number[]): Tensor => tensor(Int32Array.from(values));

describe('softmax', () => {
  it('sums to 1 along its axis, whatever the axis and the size of the numbers', () => {
    const x = tensor(
      randoms(60, 2).map((value) => value * 50),
      [3, 4, 5],
    );
    for (const axis of [0, 1, 2, -1]) assertClose(ops.sum(ops.softmax(x, axis), axis), numbersOf(ops.ones(ops.sum(x, axis).shape)));
    assertClose(ops.sum(ops.softmax(x, [1, 2]), [1, 2]), [1, 1, 1]);
    assertTensor(ops.softmax(tensor([1000, 1000, -1000])), [0.5, 0.5, 0]);
    assertTensor(ops.logSoftmax(tensor([1000, 0])), [0, -1000]);
    assertTensor(ops.softmax(tensor(3)), 1);
  });

  const numbersOf = (t: Tensor): number[] => Array.from(t.dataSync());

  it('remembers what went in', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]) as Tensor;
    assert.deepEqual({ ...ops.softmax(x, 0).provenance }, { op: 'softmax', input: x, axis: 0 });
    assert.equal(ops.sigmoid(x).provenance?.input, x);
    assert.equal(ops.logSoftmax(x).provenance?.op, 'logSoftmax');
    assert.equal(ops.add(ops.softmax(x), 0).provenance, undefined);
  });
});

describe('cross-entropies', () => {
  const logits = (): Tensor =>
    tensor([
      [100, 0, -100],
      [1, 2, 3],
    ]);

  it('see the logits under a softmax or sigmoid', () => {
    const labels = tensor([
      [0, 0, 1],
      [0, 1, 0],
    ]);
    const want = [200, Math.log(Math.exp(-1) + 1 + Math.exp(1))];
    assertTensor(ops.categoricalCrossentropy(labels, ops.softmax(logits())), want);
    assertTensor(ops.categoricalCrossentropy(labels, logits(), { fromLogits: true }), want);
    assertTensor(ops.sparseCategoricalCrossentropy(ints(2, 1), ops.softmax(logits())), want);
    assertTensor(ops.sparseCategoricalCrossentropy(tensor([[2], [1]]), logits(), { fromLogits: true }), want);
    assertTensor(ops.binaryCrossentropy(tensor([1, 0]), ops.sigmoid(tensor([-200, 1]))), [200, Math.log1p(Math.exp(1))]);
    // by another axis than that of the softmax the logits are not what is meant
    const across = ops.categoricalCrossentropy(ops.transpose(labels), ops.transpose(ops.add(ops.softmax(logits()), 0)), { axis: 0 });
    assertTensor(across, [-Math.log(1e-7), want[1]!]);
  });

  it('fall back on the probabilities where the logits are gone', () => {
    const p = tidy(() => ops.softmax(ops.add(logits(), 0)));
    assertClose(ops.sparseCategoricalCrossentropy(ints(2, 1), p), [-Math.log(1e-7), 1.40760596]);
  });

  it('clip other probabilities to 1e-7 and 1 - 1e-7', () => {
    const certain = ops.add(ops.softmax(logits()), 0);
    assertClose(ops.sparseCategoricalCrossentropy(ints(2, 1), certain), [-Math.log(1e-7), 1.40760596]);
    assertClose(ops.binaryCrossentropy(tensor([1, 0]), tensor([0, 0.5])), [-Math.log(1e-7), Math.log(2)]);
    assertClose(ops.categoricalCrossentropy(tensor([[1, 0]]), tensor([[2, 6]])), [Math.log(4)]);
  });

  it('agree with each other', () => {
    const x = tensor(randoms(20, 3), [4, 5]);
    const labels = ints(1, 0, 4, 2);
    assertClose(ops.softmaxCrossEntropy(x, ops.oneHot(labels, 5, { dtype: 'float64' })), ops.sparseSoftmaxCrossEntropy(x, labels));
    assertClose(
      ops.sparseSoftmaxCrossEntropy(x, labels),
      ops.negative(ops.squeeze(ops.takeAlongAxis(ops.logSoftmax(x), ops.expandDims(labels, -1), 1))),
    );
  });

  it('give NaN for a label that is no class, and only there', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]) as Tensor;
    const { value, gradients } = valueAndGrad(
      () => ops.sum(ops.multiply(ops.sparseSoftmaxCrossEntropy(x, ints(0, 2, 1)), [1, 0.5, 1])),
      [x],
    );
    assertClose(value, [NaN]);
    const got = Array.from(gradients[0]!.dataSync());
    assert.deepEqual(got.map(Number.isNaN), [false, false, true, true, false, false]);
    assertClose(ops.sparseSoftmaxCrossEntropy(x, ints(-1, 0, 1)), [NaN, Math.log1p(Math.exp(1)), Math.log1p(Math.exp(-1))]);
  });

  it('count any number of axes as samples', () => {
    const x = tensor(randoms(24, 3), [2, 3, 4]);
    assert.deepEqual([...ops.softmaxCrossEntropy(x, ops.softmax(x)).shape], [2, 3]);
    assert.deepEqual([...ops.sparseCategoricalCrossentropy(ops.zeros([2, 4], 'int32'), ops.softmax(x, 1), { axis: 1 }).shape], [2, 4]);
  });
});
