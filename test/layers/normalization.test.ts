import assert from 'node:assert/strict';
import { layers, ops, tensor, type Tensor } from '../../lib/index.js';
import { assertClose, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('layerNormalization', {
  make: () => layers.layerNormalization({ axis: [1, 2] }),
  input: [3, 4],
  output: [3, 4],
  weights: { gamma: [3, 4], beta: [3, 4] },
});
conforms('rmsNormalization', { make: () => layers.rmsNormalization(), input: [3, 4], output: [3, 4], weights: { scale: [4] } });
conforms('unitNormalization', { make: () => layers.unitNormalization(), input: [3, 4], output: [3, 4] });
conforms('groupNormalization', {
  make: () => layers.groupNormalization({ groups: 2, axis: 1 }),
  input: [4, 3, 2],
  output: [4, 3, 2],
  weights: { gamma: [4], beta: [4] },
});
for (const [name, make] of Object.entries({
  gaussianNoise: () => layers.gaussianNoise(0.01, { seed: 1 }),
  gaussianDropout: () => layers.gaussianDropout(0.01, { seed: 1 }),
  alphaDropout: () => layers.alphaDropout(0.3, { seed: 1 }),
  spatialDropout1d: () => layers.spatialDropout1d(0.3, { seed: 1 }),
})) {
  conforms(name, { make, input: [3, 4], output: [3, 4], random: true });
}

const image = (): Tensor => tensor(Float32Array.from(randoms(4 * 3 * 3 * 2, 4, -1, 1)), [4, 3, 3, 2]);

describe('normalisation and noise', () => {
  it('renormalises batches towards the moving averages', () => {
    const layer = layers.batchNormalization({ renorm: true, renormClipping: { rmin: 0.5, rmax: 2, dmax: 1 }, renormMomentum: 0.5 });
    const x = tensor([
      [1, 10],
      [3, 30],
      [5, 20],
      [7, 40],
    ]) as Tensor;
    const y = numbers(layer.apply(x, { training: true }));
    // Means 4 and 25, deviations sqrt(5) and sqrt(125): factors bounded to 2, offsets to 1.
    const want = [1, 3, 5, 7].flatMap((v, i) => [
      ((v - 4) / Math.sqrt(5.001)) * 2 + 1,
      (([10, 30, 20, 40][i]! - 25) / Math.sqrt(125.001)) * 2 + 1,
    ]);
    assertClose(y, want);
    const names = layer.weights.map(({ name }) => name);
    assert.deepEqual(names.slice(4), ['moving_stddev', 'renorm_mean', 'renorm_stddev']);
    assertClose(layer.weights[5]!, [2, 12.5]);
    assertClose(layer.weights[3]!, [(0.99 + 0.01 * Math.sqrt(5.001)) ** 2 - 1e-3, (0.99 + 0.01 * Math.sqrt(125.001)) ** 2 - 1e-3]);
  });

  it('drops whole channels of images', () => {
    for (const [layer, axes] of [
      [layers.spatialDropout2d(0.5, { seed: 2 }), [1, 2]],
      [layers.spatialDropout2d(0.5, { seed: 2, dataFormat: 'channelsFirst' }), [2, 3]],
    ] as const) {
      const y = layer.apply(ops.ones([6, 4, 4, 4]), { training: true });
      for (const mean of numbers(ops.mean(y as Tensor, { axis: axes }))) assert.ok(mean === 0 || mean === 2);
    }
  });

  it('keeps mean and variance under alphaDropout', () => {
    const x = ops.random.normal([20_000], { seed: 5 });
    const y = layers.alphaDropout(0.3, { seed: 9 }).apply(ops.reshape(x, [20_000, 1]), { training: true });
    assert.ok(Math.abs(numbers(ops.mean(y as Tensor))[0]!) < 0.05);
    assert.ok(Math.abs(numbers(ops.std(y as Tensor))[0]! - 1) < 0.05);
  });

  it('adds noise only while training', () => {
    const layer = layers.gaussianNoise(1, { seed: 1 });
    assert.deepEqual(numbers(layer.apply(image())), numbers(image()));
    assert.notDeepEqual(numbers(layer.apply(image(), { training: true })), numbers(image()));
  });

  refuses([
    [
      'groups that do not divide',
      () => layers.groupNormalization({ groups: 3 }).apply(image()),
      'ShapeError',
      'groupNormalization: expected a number of channels that 3 groups divide, got 2',
    ],
    ['an axis too many', () => layers.layerNormalization({ axis: 7 }).apply(image()), 'ShapeError', 'layerNormalization: expected an axis'],
    [
      'sequences for images',
      () => layers.spatialDropout2d(0.1).apply(ops.ones([2, 3, 4])),
      'ShapeError',
      'spatialDropout2d: expected an input of rank 3',
    ],
  ]);
});
