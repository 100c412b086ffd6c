import assert from 'node:assert/strict';
import { layers, losses, ops, sequential, tensor, type Tensor } from '../../lib/index.js';
import { serialize } from '../../lib/options/index.js';
import { assertClose } from '../support/close.js';
import { refuses } from '../support/refused.js';

class Quartic extends losses.Loss {
  readonly className = 'Quartic';

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return ops.mean(ops.pow(ops.sub(yTrue, yPred), 4), -1);
  }
}

describe('losses', () => {
  const names: losses.LossName[] = ['huber', 'logCosh', 'hinge', 'klDivergence', 'poisson', 'dice', 'tversky', 'mape', 'msle'];

  it('come from names, factories, configs and classes', () => {
    for (const name of names) {
      const made = losses.get(name);
      assert.deepEqual(serialize(losses.get(serialize(made))), serialize(made));
    }
    for (const factory of [losses.huber, losses.ctc, losses.circle, losses.categoricalFocalCrossentropy, losses.cosineSimilarity]) {
      assert.equal(losses.get(factory).className, factory().className);
    }
    assert.equal(losses.get((a: Tensor, b: Tensor) => ops.abs(ops.sub(a, b))).className, 'FunctionLoss');
    assertClose(new Quartic().compute(tensor([[1, 2]]), tensor([[1, 4]])), 8);
    assert.equal(new Quartic({ reduction: 'sum' }).getConfig()['reduction'], 'sum');
  });

  it('agree with their formulas', () => {
    const [a, b] = [tensor([[0, 2]]), tensor([[0.5, 5]])];
    assertClose(losses.huber()(a, b), (0.125 + 2.5) / 2);
    assertClose(losses.hinge()(tensor([[0, 1]]), tensor([[0.5, 2]])), 0.75);
    // A word that is as long as the steps has one path.
    const logits = tensor([
      [
        [0, 5, 0],
        [0, 0, 5],
      ],
    ]);
    const p = Math.exp(5) / (Math.exp(5) + 2);
    assertClose(losses.ctc()(tensor(new Int32Array([1, 2]), [1, 2]), logits), -2 * Math.log(p));
    assert.equal(
      losses
        .ctc()(tensor(new Int32Array([1, 1]), [1, 2]), logits)
        .dataSync()[0],
      Infinity,
    );
  });

  it('train a model, in a captured step as well, class numbers included', async () => {
    const x = tensor([[0], [1], [2], [3]]);
    const y = tensor(new Int32Array([0, 0, 1, 1]));
    for (const loss of [losses.categoricalGeneralizedCrossEntropy({ q: 0.4 }), 'sparseCategoricalCrossentropy'] as const) {
      const model = sequential([1]).add(layers.dense(2, { activation: 'softmax' }));
      model.compile({ optimizer: 'adam', loss: loss as never });
      const { history } = await model.fit(x, y as never, { epochs: 20, verbose: 0 });
      assert.ok(history['loss']!.at(-1)! < history['loss']![0]!);
      model.dispose();
    }
    const model = sequential([1]).add(layers.dense(1));
    model.compile({ optimizer: 'adam', loss: new Quartic() });
    assert.ok((await model.fit(x, tensor([[1], [2], [3], [4]]), { verbose: 0 })).history['loss']![0]! > 0);
    model.dispose();
  });

  refuses([
    ['a share outside', () => losses.tversky({ alpha: -1 }), 'ArgumentError', 'tversky alpha: expected a number of at least 0, got -1'],
    [
      'other shapes',
      () => losses.poisson()(tensor([[1, 2, 3]]), tensor([[1, 2]])),
      'ShapeError',
      'poisson: expected labels of shape [1, 2]',
    ],
    ['a wrong name', () => losses.get('hubber' as never), 'ArgumentError', 'loss: expected a loss'],
  ]);
});
