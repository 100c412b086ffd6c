import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import * as layers from '../../lib/layers/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const all = (channels: number) => ({ gamma: [channels], beta: [channels], moving_mean: [channels], moving_variance: [channels] });

conforms('batchNormalization', {
  make: () => layers.batchNormalization({ gammaRegularizer: 'l2' }),
  input: [3, 2],
  output: [3, 2],
  weights: all(2),
});
conforms('batchNormalization along another axis', {
  make: () => layers.batchNormalization({ axis: 1, momentum: 0.5 }),
  input: [2, 3],
  output: [2, 3],
  weights: all(2),
});
conforms('batchNormalization without gamma and beta', {
  make: () => layers.batchNormalization({ center: false, scale: false, epsilon: 0.1 }),
  input: [3],
  output: [3],
  weights: { moving_mean: [3], moving_variance: [3] },
});

describe('batchNormalization', () => {
  const x = () =>
    tensor([
      [1, 10],
      [3, 30],
    ]) as Tensor;

  it('uses the batch while training, and moves the averages', () => {
    const layer = layers.batchNormalization({ momentum: 0.9, epsilon: 0 });
    assertClose(layer.apply(x(), { training: true }), [-1, -1, 1, 1]);
    const [, , mean, variance] = layer.weights;
    assertClose(mean!, [0.2, 2]);
    assertClose(variance!, [0.9 + 0.1 * 1, 0.9 + 0.1 * 100]);
  });

  it('uses the averages otherwise, and leaves them', () => {
    const layer = layers.batchNormalization({ epsilon: 0 });
    layer.build([null, 2]);
    layer.setWeights([
      [2, 1],
      [0, 5],
      [1, 10],
      [4, 100],
    ]);
    assertClose(layer.apply(x()), [0, 5, 2, 7]);
    assertClose(layer.weights[2]!, [1, 10]);
  });

  it('is inference where it is not trainable', () => {
    const layer = layers.batchNormalization({ trainable: false, epsilon: 0 });
    assertClose(layer.apply(x(), { training: true }), numbers(x()));
    assertClose(layer.weights[3]!, [1, 1]);
  });

  it('moves the averages at every replay of a captured step', () => {
    const [eager, captured] = [layers.batchNormalization({ momentum: 0.5 }), layers.batchNormalization({ momentum: 0.5 })];
    for (const layer of [eager, captured]) layer.build([null, 2]);
    const step = capture((t: Tensor) => captured.apply(t, { training: true }));
    for (let i = 0; i < 3; i++) {
      eager.apply(x(), { training: true });
      step(x());
    }
    assertClose(captured.weights[2]!, [2 * 0.875, 20 * 0.875]);
    eager.weights.forEach((weight, i) => assert.deepEqual(numbers(captured.weights[i]!), numbers(weight)));
  });

  it('counts the real steps only, where there is a mask', () => {
    const layer = layers.batchNormalization({ epsilon: 0, momentum: 0 });
    const steps = tensor([[[1], [3], [1000]]]) as Tensor;
    const mask = tensor([[true, true, false]]) as Tensor;
    assertClose(layer.apply(steps, { training: true, mask }), [-1, 1, 998], { rtol: 1e-4 });
    assertClose(layer.weights[2]!, [2], { rtol: 1e-4 });
  });

  it('has weights in the order of Keras, of which two learn', () => {
    const layer = layers.batchNormalization();
    layer.build([null, 4, 4, 3]);
    assert.deepEqual(
      layer.trainableWeights.map((weight) => weight.name),
      ['gamma', 'beta'],
    );
    assert.deepEqual(
      layer.nonTrainableWeights.map((weight) => weight.name),
      ['moving_mean', 'moving_variance'],
    );
  });

  refuses([
    [
      'a momentum above 1',
      () => layers.batchNormalization({ momentum: 1.5 }),
      'ArgumentError',
      'batchNormalization momentum: expected a number from 0 to 1, got 1.5',
    ],
    [
      'an axis that is not there',
      () => layers.batchNormalization({ axis: 2 }).computeOutputShape([null, 3]),
      'ShapeError',
      'batchNormalization: expected an axis of the input [3], got 2',
    ],
    [
      'unknown channels',
      () => layers.batchNormalization().build([null, null]),
      'ShapeError',
      'batchNormalization: expected a known number of channels, got an unknown one',
    ],
    [
      'a list of axes',
      () => layers.batchNormalization({ axis: [1] as never }),
      'ArgumentError',
      'batchNormalization axis: expected a whole number, got [1]',
    ],
  ]);
});
