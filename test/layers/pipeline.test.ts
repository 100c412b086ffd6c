import assert from 'node:assert/strict';
import { layers, ops, sequential, type Tensor, tensor } from '../../lib/index.js';
import { conforms } from '../support/layer-conformance.js';
import { numbers } from '../support/close.js';

describe('pipeline', () => {
  conforms('pipeline', {
    make: () => layers.pipeline([layers.rescaling(0.5), layers.centerCrop(2, 2)]),
    input: [4, 4, 3],
    output: [2, 2, 3],
  });

  it('applies its layers in order, random ones in training only, and takes their weights', () => {
    const pipe = layers.pipeline([layers.rescaling(2, { offset: 1 }), layers.dropout(0.5, { seed: 1 }), layers.dense(2)]);
    const x = ops.ones([8, 3]);
    const [still, moving] = [false, true].map((training) => numbers(pipe.apply(x as never, { training }) as unknown as Tensor));
    assert.notDeepEqual(still, moving);
    assert.deepEqual([pipe.weights.length, pipe.countParams()], [2, 8]);
    const net = sequential([3]).add(pipe).add(layers.dense(1));
    assert.equal(net.countParams(), 11);
  });

  it('refuses what is no list of layers', () => {
    assert.throws(() => layers.pipeline([]), /pipeline layers: expected a list of layers, got/);
    assert.throws(() => layers.pipeline([tensor([1])] as never), /pipeline layers: expected a list of layers/);
  });
});
