/** What an op makes for itself, constants and random states, is made where its operands are, whatever device is the current one. */
import assert from 'node:assert/strict';
import { grad, ops, setDevice, tensor, type Tensor } from '../../lib/index.js';
import { violations } from './fake.js';

const cases: Record<string, (x: Tensor) => unknown> = {
  'numbers beside tensors': (x) => ops.add(ops.mul(x, 2), 1),
  'arrays beside tensors': (x) => ops.add(x, [1, 2, 3]),
  zerosLike: (x) => [ops.zerosLike(x), ops.onesLike(x), ops.fullLike(x, 3)],
  dropout: (x) => [ops.random.dropout(x, 0.5), ops.random.dropout(x, 0.5, { seed: 3 }), ops.random.dropout(x, 0.5, { noiseShape: [3, 1] })],
  shuffle: (x) => ops.random.shuffle(x),
  categorical: (x) => ops.random.categorical(x, 2),
  take: (x) => [ops.take(x, [0, 2], 0), ops.takeAlongAxis(x, [[0, 1, 2]], 0)],
  scatterUpdate: (x) => ops.scatterUpdate(x, [[1]], [[7, 8, 9]]),
  segmentMax: (x) => ops.segmentMax(x, [0, 1, 0], 2),
  inTopK: (x) => ops.inTopK([0, 1, 2], x, 2),
  searchsorted: (x) => ops.searchsorted(ops.sort(ops.reshape(x, [9])), [1, 2]),
  histogram: (x) => ops.histogram(x, { bins: 4 }).counts,
  triangles: (x) => [ops.tril(x), ops.triu(x), ops.diag(ops.reshape(x, [9]))],
  linalg: (x) => [ops.linalg.inv(x), ops.linalg.det(x)],
  sparsemax: (x) => ops.sparsemax(x),
  sparseSoftmaxCrossEntropy: (x) => ops.sparseSoftmaxCrossEntropy(x, [0, 1, 2]),
  gradients: (x) => grad((t) => ops.sum(ops.prod(ops.square(t), { axis: 1 })))(x),
};

describe('an op off the current device', () => {
  afterEach(() => {
    setDevice('cpu');
    assert.deepEqual(violations(), []);
  });

  for (const [name, run] of Object.entries(cases)) {
    it(name, () => {
      setDevice('cuda:1');
      const x = tensor([
        [2, 1, 0],
        [1, 3, 1],
        [0, 1, 4],
      ]);
      setDevice('cpu');
      const results = [run(x)].flat() as Tensor[];
      assert.ok(results.length > 0);
      for (const result of results) {
        assert.equal(result.device, 'cuda:1');
        assert.equal(result.dataSync().length, result.size);
      }
    });
  }
});
