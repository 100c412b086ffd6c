import assert from 'node:assert/strict';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import { capture } from '../../lib/autodiff/capture.js';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { setRandomSeed } from '../../lib/random/state.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('dropout', { make: () => layers.dropout(0.5), input: [50], output: [50], random: true });
conforms('dropout with a noiseShape', {
  make: () => layers.dropout({ rate: 0.5, noiseShape: [null, 1, 20] }),
  input: [3, 20],
  output: [3, 20],
  random: true,
});

describe('dropout', () => {
  it('drops the rate and scales up the rest, so that the mean stays', () => {
    const y = numbers(layers.dropout(0.25, { seed: 3 }).apply(ops.ones([100, 100]), { training: true }));
    const dropped = y.filter((value) => value === 0).length / y.length;
    assert.ok(Math.abs(dropped - 0.25) < 0.02, `dropped ${dropped}`);
    assertClose(
      y.filter((value) => value !== 0),
      Array(y.filter((value) => value !== 0).length).fill(1 / 0.75),
    );
  });

  it('passes its input outside of training and at a rate of 0', () => {
    const x = ops.ones([4]) as Tensor;
    assert.equal(layers.dropout(0.9).apply(x), x);
    assert.equal(layers.dropout(0).apply(x, { training: true }), x);
  });

  it('drops whole channels where the noiseShape says so', () => {
    const y = layers.dropout(0.5, { noiseShape: [null, 1, null], seed: 1 }).apply(ops.ones([8, 3, 4]), { training: true });
    const perChannel = numbers(ops.variance(y, 1));
    assert.ok(perChannel.every((value) => value === 0));
    assert.ok(numbers(y).includes(0) && numbers(y).includes(2));
  });

  it('repeats itself after setRandomSeed, eager and captured alike', () => {
    const layer = layers.dropout(0.5);
    const x = ops.ones([64]) as Tensor;
    const step = capture((t: Tensor) => layer.apply(t, { training: true }));
    setRandomSeed(5);
    const first = numbers(layer.apply(x, { training: true }));
    const second = numbers(layer.apply(x, { training: true }));
    setRandomSeed(5);
    assert.deepEqual(numbers(step(x)), first);
    assert.deepEqual(numbers(step(x)), second);
    assert.notDeepEqual(first, second);
  });

  it('has a stream of its own with a seed', () => {
    const x = ops.ones([64]) as Tensor;
    const draw = () => numbers(layers.dropout(0.5, { seed: 11 }).apply(x, { training: true }));
    assert.deepEqual(draw(), draw());
  });

  it('lets gradients through where it let numbers through', () => {
    const layer = layers.dropout(0.5);
    const x = ops.ones([64]) as Tensor;
    let y!: Tensor;
    const { gradients } = valueAndGrad(() => ops.sum((y = layer.apply(x, { training: true }))), [x]);
    assert.deepEqual(numbers(gradients[0]!), numbers(y));
  });

  refuses([
    ['a rate of 1', () => layers.dropout(1), 'ArgumentError', 'dropout rate: expected a number from 0 to below 1, got 1'],
    ['a negative rate', () => layers.dropout(-0.1), 'ArgumentError', 'dropout rate: expected a number from 0 to below 1, got -0.1'],
    [
      'no rate',
      () => layers.dropout(undefined as never),
      'ArgumentError',
      'dropout rate: expected a number from 0 to below 1, got undefined; it has no default',
    ],
    [
      'a fraction as seed',
      () => layers.dropout(0.5, { seed: 1.5 }),
      'ArgumentError',
      'dropout seed: expected a whole number from 0 to 2^53 - 1, got 1.5',
    ],
    [
      'a noiseShape that does not fit',
      () => layers.dropout(0.5, { noiseShape: [null, 2] }).computeOutputShape([null, 3]),
      'ShapeError',
      'dropout: expected a noiseShape that broadcasts to [?, 3], got [null, 2]',
    ],
  ]);
});
