/** Models with several outputs: losses, their weights, metrics and weights of samples and classes by output. */
import assert from 'node:assert/strict';
import { input, layers, losses, metrics, type Model, model, tensor, type Tensor, utils } from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';

const N = 12;

function twoHeads(): Model {
  utils.setRandomSeed(4);
  const x = input([3]);
  const both = layers.dense(4, { activation: 'tanh' }).apply(x);
  return model(x, [
    layers.dense(3, { activation: 'softmax', name: 'kind' }).apply(both),
    layers.dense(1, { name: 'size' }).apply(both),
  ]) as unknown as Model;
}

const loss = { kind: 'sparseCategoricalCrossentropy', size: 'mse' } as const;
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-5 * Math.max(1, Math.abs(b)), `${a} and ${b}`);

describe('models with several outputs', () => {
  let x: Tensor;
  let y: Tensor[];
  let net: Model;
  beforeEach(() => {
    x = tensor(Float32Array.from(randoms(N * 3, 1)), [N, 3]);
    y = [
      tensor(
        Int32Array.from({ length: N }, (_, i) => i % 3),
        [N],
      ),
      tensor(Float32Array.from(randoms(N, 2)), [N, 1]),
    ];
    net = twoHeads();
  });
  afterEach(() => {
    for (const one of [x, ...y]) one.dispose();
    net.dispose();
  });

  it('add their losses, each with its weight, and show each', async () => {
    net.compile({ loss, lossWeights: { size: 0.25 } });
    const figures = await net.evaluate(x, y, { verbose: 0 });
    assert.deepEqual(Object.keys(figures), ['loss', 'kind_loss', 'size_loss']);
    close(figures.loss, figures['kind_loss']! + 0.25 * figures['size_loss']!);
  });

  it('take losses, weights and metrics in lists, by name, and one loss for all', async () => {
    net.compile({ loss, lossWeights: { kind: 2, size: 0.5 }, metrics: { kind: ['accuracy'], size: 'mae' } });
    const named = await net.evaluate(x, y, { verbose: 0 });
    net.compile({ loss: [loss.kind, loss.size], lossWeights: [2, 0.5], metrics: [['accuracy'], 'mae'] });
    assert.deepEqual(await net.evaluate(x, y, { verbose: 0 }), named);
    assert.deepEqual(Object.keys(named), ['loss', 'kind_loss', 'size_loss', 'kind_accuracy', 'size_mae']);
    net.compile({ loss: 'mse' });
    const values = [tensor(Float32Array.from(randoms(N * 3, 3)), [N, 3]), y[1]!];
    const one = await net.evaluate(x, values, { verbose: 0 });
    close(one.loss, one['kind_loss']! + one['size_loss']!);
    values[0]!.dispose();
  });

  it('leave an output without a loss alone', async () => {
    const own = metrics.meanAbsoluteError();
    net.compile({ optimizer: 'sgd', loss: { size: losses.meanSquaredError() }, metrics: { size: [own] } });
    const before = await net.getLayer('kind').getWeights();
    const { history } = await net.fit(x, y, { verbose: 0, batchSize: 4 });
    assert.deepEqual(Object.keys(history), ['loss', 'size_loss', 'size_mean_absolute_error']);
    assert.deepEqual(await net.getLayer('kind').getWeights(), before);
    assert.equal(history['loss']![0], history['size_loss']![0]);
    own.dispose();
  });

  it('weigh samples by output, captured and op by op', async () => {
    const half = Float32Array.from({ length: N }, (_, i) => (i < N / 2 ? 1 : 0));
    const settings = { loss, weightedMetrics: { size: ['mae'] } } as const;
    net.compile(settings);
    const plain = await net.evaluate(x, y, { verbose: 0 });
    const sizes = await net.evaluate(x, y, { verbose: 0, sampleWeight: { size: half } });
    assert.equal(sizes['kind_loss'], plain['kind_loss']);
    assert.notEqual(sizes['size_loss'], plain['size_loss']);
    assert.notEqual(sizes['size_mae'], plain['size_mae']);
    const kinds = await net.evaluate(x, y, { verbose: 0, sampleWeight: [half, null] });
    assert.notEqual(kinds['kind_loss'], plain['kind_loss']);
    assert.equal(kinds['size_loss'], plain['size_loss']);
    const both = await net.evaluate(x, y, { verbose: 0, sampleWeight: half });
    assert.deepEqual([both['kind_loss'], both['size_loss']], [kinds['kind_loss'], sizes['size_loss']]);
    net.compile({ ...settings, runEagerly: true });
    assert.deepEqual(await net.evaluate(x, y, { verbose: 0, sampleWeight: { size: half } }), sizes);
    const stream = new Set([[x, y, { size: half }] as const]);
    assert.deepEqual(await net.evaluate(stream, { verbose: 0 }), sizes);
  });

  it('weigh classes by output, as weights of samples do', async () => {
    const run = async (options: object) => {
      const fresh = twoHeads().compile({ optimizer: 'sgd', loss });
      const { history } = await fresh.fit(x, y, { verbose: 0, shuffle: false, batchSize: 4, ...options });
      fresh.dispose();
      return history;
    };
    const weights = Float32Array.from({ length: N }, (_, i) => (i % 3 === 1 ? 3 : 1));
    assert.deepEqual(await run({ classWeight: { kind: { 1: 3 } } }), await run({ sampleWeight: { kind: weights } }));
    assert.notDeepEqual(await run({ classWeight: { kind: { 1: 3 } } }), await run({}));
  });

  it('refuse names and lists that do not fit', async () => {
    assert.throws(
      () => net.compile({ loss: { knd: 'mse' } }),
      /compile loss: expected the names of outputs \(kind, size\), got 'knd'; did you mean 'kind'\?/,
    );
    assert.throws(() => net.compile({ loss: ['mse'] as never }), /compile loss: expected one for each of 2 outputs \(kind, size\), got 1/);
    assert.throws(
      () => net.compile({ loss: 'mse', lossWeights: { kind: '1' as never } }),
      /compile lossWeights: expected finite numbers, got/,
    );
    assert.throws(() => net.compile({ loss: 'mse', metrics: ['mae'] }), /compile metrics: expected one for each of 2 outputs/);
    net.compile({ loss });
    await assert.rejects(
      net.fit(x, y, { verbose: 0, classWeight: { 0: 1 } }),
      /fit classWeight: expected weights by the names of the outputs/,
    );
    await assert.rejects(net.evaluate(x, y, { sampleWeight: { other: new Float32Array(N) } }), /evaluate sampleWeight: expected the names/);
  });
});
