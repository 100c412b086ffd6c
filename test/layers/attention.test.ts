import assert from 'node:assert/strict';
import { input, layers, model, ops, tensor, type Tensor } from '../../lib/index.js';
import { serialize } from '../../lib/options/index.js';
import { assertClose, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('attention', { make: () => layers.attention({ useScale: true }), input: [[3, 2], [4, 2]], output: [3, 2], weights: { scale: [] } }); // prettier-ignore
conforms('additiveAttention', { make: () => layers.additiveAttention(), input: [[3, 2], [4, 2]], output: [3, 2], weights: { scale: [2] } }); // prettier-ignore
conforms('multiHeadAttention', {
  make: () => layers.multiHeadAttention({ numHeads: 2, keyDim: 2, valueDim: 3, outputShape: 5 }),
  input: [
    [3, 4],
    [2, 4],
  ],
  output: [3, 5],
  weights: {
    query_kernel: [4, 2, 2],
    query_bias: [2, 2],
    key_kernel: [4, 2, 2],
    key_bias: [2, 2],
    value_kernel: [4, 2, 3],
    value_bias: [2, 3],
    attention_output_kernel: [2, 3, 5],
    attention_output_bias: [5],
  },
});

const data = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Float32Array.from(
      randoms(
        shape.reduce((a, b) => a * b, 1),
        seed,
        -1,
        1,
      ),
    ),
    shape,
  );

describe('attention layers', () => {
  it('keep flags of calls in models and their configs', () => {
    const x = input([4, 6]);
    const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, slidingWindow: 3 });
    const [y, scores] = layer.apply([x, x] as never, { useCausalMask: true, returnAttentionScores: true }) as unknown as [
      typeof x,
      typeof x,
    ];
    assert.deepEqual(scores.shape, [null, 2, 4, 4]);
    const net = model(x, [y, scores] as never);
    const given = data([2, 4, 6]);
    const [output, weights] = net.call(given) as unknown as [Tensor, Tensor];
    const upper = numbers(ops.triu(weights, { k: 1 }));
    assert.ok(upper.every((one) => one === 0));
    // Two steps back is as far as a window of three reaches.
    assert.ok(numbers(ops.tril(weights, { k: -3 })).every((one) => one === 0));
    const twin = layers.fromConfig(serialize(net)) as unknown as typeof net;
    twin.setWeights(net.weights.map((weight) => weight.toKeras()));
    assertClose((twin.call(given) as unknown as [Tensor])[0], numbers(output));
  });

  it('leave masked keys out', () => {
    const layer = layers.groupQueryAttention({ headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2 });
    const [q, v] = [data([2, 3, 4]), data([2, 5, 4], 2)];
    const mask = tensor([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0]], undefined, 'bool'); // prettier-ignore
    const masked = layer.apply([q, v] as never, { mask: [undefined, mask] }) as unknown as Tensor;
    const cut = layer.apply([q, ops.slice(v, [0, 0, 0], [2, 3, 4])] as never) as unknown as Tensor;
    assertClose(masked, numbers(cut));
  });

  it('drop weights while training only', () => {
    const layer = layers.attention({ dropout: 0.5, seed: 1 });
    const x = data([1, 6, 3]);
    const run = (training: boolean): number[] => numbers(layer.apply([x, x] as never, { training }));
    assert.notDeepEqual(run(true), run(true));
    assert.deepEqual(run(false), run(false));
  });

  refuses([
    ['one input', () => layers.attention().apply(data([2, 3, 4]) as never), 'ShapeError', 'attention: expected a list of inputs'],
    [
      'heads that do not divide',
      () => layers.groupQueryAttention({ headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2 }),
      'ShapeError',
      'groupQueryAttention numKeyValueHeads: expected a divisor of 3',
    ],
    [
      'inputs of other ranks',
      () => layers.multiHeadAttention({ numHeads: 1, keyDim: 1 }).apply([data([2, 3]), data([2, 3])] as never),
      'ShapeError',
      'multiHeadAttention: expected [query, value]',
    ],
  ]);
});
