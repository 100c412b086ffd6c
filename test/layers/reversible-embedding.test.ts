import assert from 'node:assert/strict';
import { capture, input, layers, model, ops, tensor, type Tensor, valueAndGrad } from '../../lib/index.js';
import { maskOf } from '../../lib/layers/context.js';
import { setFloatx } from '../../lib/layers/defaults.js';
import { fromKeras, type Json, toKeras } from '../../lib/keras/index.js';
import { serialize } from '../../lib/options/index.js';
import { assertClose, numbers } from '../support/close.js';
import { gradCheck, input as point, randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('reversibleEmbedding', {
  make: () => layers.reversibleEmbedding(5, 3, { embeddingsRegularizer: 'l2', logitSoftCap: 4, reverseDtype: 'float64' }),
  input: [4],
  output: [4, 3],
  weights: { embeddings: [5, 3] },
  dtype: 'int32',
  low: 0,
  high: 5,
});

const table = [
  [1, 2],
  [3, 4],
  [5, 6],
];

function made(options?: Partial<layers.ReversibleEmbeddingOptions>): layers.ReversibleEmbedding {
  const layer = layers.reversibleEmbedding(3, 2, options);
  layer.build([null, 2]);
  layer.setWeights(options?.tieWeights === false ? [table, [[1, 0, 2], [0, 1, 1]]] : [table]); // prettier-ignore
  return layer;
}

describe('reversibleEmbedding', () => {
  it('gives scores by the transposed table, or by a kernel of its own', () => {
    const x = tensor([[[1, -1]]]);
    assertClose(made().apply(x, { reverse: true }), [-1, -1, -1]);
    assertClose(made({ tieWeights: false }).apply(x, { reverse: true }), [1, -1, 1]);
    assert.deepEqual(
      made({ tieWeights: false }).weights.map(({ name, kerasShape }) => [name, [...kerasShape]]),
      [
        ['embeddings', [3, 2]],
        ['reverse_embeddings', [2, 3]],
      ],
    );
  });

  it('caps the scores softly', () => {
    const scores = made({ logitSoftCap: 2 }).apply(tensor([[1, 1]]), { reverse: true });
    assertClose(
      scores,
      [3, 7, 11].map((score) => 2 * Math.tanh(score / 2)),
    );
  });

  it('computes the way back in another dtype, and says so', () => {
    const layer = made({ reverseDtype: 'float64' });
    const y = layer.apply(tensor([[1, 1]]), { reverse: true });
    assert.equal(y.dtype, 'float64');
    const symbolic = layer.apply(input([7, 2]), { reverse: true });
    assert.equal(symbolic.dtype, 'float64');
    assert.deepEqual(symbolic.shape, [null, 7, 3]);
    assert.equal(layer.apply(input([7], { dtype: 'int32' })).dtype, 'float32');
  });

  it('masks index 0 on the way there only', () => {
    const layer = made({ maskZero: true });
    assert.deepEqual(numbers(maskOf(layer.apply(tensor([[2, 0]], undefined, 'int32')))!), [1, 0]);
    assert.equal(maskOf(layer.apply(tensor([[1, 1]]), { reverse: true })), undefined);
  });

  it('has the gradients of central differences in reverse', () => {
    setFloatx('float64');
    try {
      for (const tieWeights of [true, false]) {
        const layer = layers.reversibleEmbedding(4, 3, { tieWeights, logitSoftCap: 1.5 });
        layer.build([null, 2]);
        gradCheck((x) => layer.apply(x, { reverse: true }), [point([2, 2, 3])]);
        // The weights by the rule of the product: scores of one vector x are x · table.
        const x = tensor(randoms(6, 3), [2, 3]);
        const plain = layers.reversibleEmbedding(4, 3, { tieWeights });
        plain.build([null, 2]);
        const { gradients } = valueAndGrad(() => ops.sum(plain.apply(x, { reverse: true })), plain.weights);
        const columns = numbers(ops.sum(x, 0));
        const of = gradients.at(-1)!;
        assertClose(tieWeights ? of : ops.transpose(of), [columns, columns, columns, columns].flat());
        if (!tieWeights) assertClose(gradients[0]!, new Array<number>(12).fill(0));
      }
    } finally {
      setFloatx('float32');
    }
  });

  it('learns from both ways at once, the same in a captured step', () => {
    const both = (layer: layers.ReversibleEmbedding) => (tokens: Tensor) => {
      const loss = () => ops.sum(ops.square(layer.apply(layer.apply(tokens), { reverse: true })));
      const { value, gradients } = valueAndGrad(loss, layer.weights);
      return [value, ...gradients];
    };
    const tokens = tensor([[2, 0]], undefined, 'int32') as Tensor;
    const eager = both(made())(tokens).map(numbers);
    const captured = capture(both(made()));
    for (const _ of [1, 2]) assert.deepEqual((captured(tokens) as readonly Tensor[]).map(numbers), eager);
  });

  it('stands at both ends of a model, whose config keeps the way back', async () => {
    const layer = layers.reversibleEmbedding(3, 2, { name: 'table' });
    const tokens = input([4], { dtype: 'int32' });
    const net = model(tokens, layer.apply(layers.dense(2, { name: 'between' }).apply(layer.apply(tokens)), { reverse: true }));
    assert.deepEqual(net.outputShape, [null, 4, 3]);
    const x = tensor([[0, 1, 2, 1]], undefined, 'int32');
    const again = layers.fromConfig(fromKeras(JSON.parse(JSON.stringify(toKeras(serialize(net)))) as Json)) as typeof net;
    again.setWeights(await net.getWeights());
    assert.deepEqual(numbers(again.call(x)), numbers(net.call(x)));
    net.dispose();
    again.dispose();
  });

  refuses([
    [
      'vectors of another length in reverse',
      () => made().apply(tensor([[1, 2, 3]]), { reverse: true }),
      'ShapeError',
      'reversibleEmbedding: expected 2 features',
    ],
    [
      'booleans',
      () => layers.reversibleEmbedding(3, 1).apply(tensor([[true]])),
      'DTypeError',
      'reversibleEmbedding: expected indices of int32, got bool',
    ],
    [
      'a cap of zero',
      () => layers.reversibleEmbedding(3, 1, { logitSoftCap: 0 }),
      'ArgumentError',
      'reversibleEmbedding logitSoftCap: expected a number above 0, got 0',
    ],
    [
      'an option of another layer',
      () => layers.reversibleEmbedding(3, 1, { units: 3 } as never),
      'ArgumentError',
      'reversibleEmbedding: expected known options only',
    ],
  ]);
});
