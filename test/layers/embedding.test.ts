import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import { maskOf } from '../../lib/layers/context.js';
import { sequential } from '../../lib/models/sequential.js';
import { tensor } from '../../lib/tensor/create.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('embedding', {
  make: () => layers.embedding(5, 3, { embeddingsRegularizer: 'l2' }),
  input: [4],
  output: [4, 3],
  weights: { embeddings: [5, 3] },
  dtype: 'int32',
  low: 0,
  high: 5,
});

describe('embedding', () => {
  it('looks vectors up', () => {
    const layer = layers.embedding(3, 2);
    layer.build([null, 2]);
    layer.setWeights([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]);
    assertClose(layer.apply(tensor([2, 0], [1, 2], 'int32')), [5, 6, 1, 2]);
  });

  it('takes the floats that models make of indices', () => {
    const net = sequential([2]).add(layers.embedding(3, 2, { embeddingsInitializer: 'ones' }));
    assertClose(net.call(tensor([2, 0], [1, 2], 'int32')), [1, 1, 1, 1]);
  });

  it('gives a mask for index 0, which goes on to layers that know masks', () => {
    const layer = layers.embedding(3, 2, { maskZero: true });
    const y = layer.apply(tensor([[2, 0]], undefined, 'int32'));
    const after = layers.identity().apply(layers.activation('relu').apply(y));
    assert.deepEqual(numbers(maskOf(after)!), [1, 0]);
    assert.equal(maskOf(layers.flatten().apply(after)), undefined);
  });

  it('reports an index outside, and goes on', async () => {
    const layer = layers.embedding(3, 2, { embeddingsInitializer: 'ones' });
    await assert.rejects(layer.apply(tensor([3], [1, 1], 'int32')).data(), /expected indices from -3 to 2/);
    tidy(() => assertClose(layer.apply(tensor([2], [1, 1], 'int32') as Tensor), [1, 1]));
  });

  refuses([
    [
      'no outputDim',
      () => layers.embedding(3, undefined as never),
      'ArgumentError',
      'embedding outputDim: expected a whole number of at least 1, got undefined; it has no default',
    ],
    [
      'a fraction as inputDim',
      () => layers.embedding(3.5, 1),
      'ArgumentError',
      'embedding inputDim: expected a whole number of at least 1, got 3.5; use 3 or 4',
    ],
    ['booleans', () => layers.embedding(3, 1).apply(tensor([[true]])), 'DTypeError', 'embedding: expected indices of int32, got bool'],
  ]);
});
