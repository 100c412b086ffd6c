import assert from 'node:assert/strict';
import { capture, input, layers, model, ops, sequential, tensor, type Tensor, utils, valueAndGrad } from '../../lib/index.js';
import { assertClose, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const kernels = (features: number, units: number, gates: number, bias = [gates * units]): [string, number[]][] => [
  ['kernel', [features, gates * units]],
  ['recurrent_kernel', [units, gates * units]],
  ['bias', bias],
];

conforms('simpleRnn', { make: () => layers.simpleRnn(3), input: [4, 2], output: [3], weights: kernels(2, 3, 1) });
conforms('lstm', { make: () => layers.lstm(3, { returnSequences: true }), input: [4, 2], output: [4, 3], weights: kernels(2, 3, 4) });
conforms('gru', {
  make: () => layers.gru(2, { resetAfter: false, goBackwards: true }),
  input: [3, 2],
  output: [2],
  weights: kernels(2, 2, 3),
});
conforms('rnn of several cells', {
  make: () => layers.rnn([layers.gruCell(2, { name: 'a' }), layers.simpleRnnCell(3, { name: 'b' })], { returnSequences: true }),
  input: [3, 2],
  output: [3, 3],
  weights: [...kernels(2, 2, 3, [2, 6]), ...kernels(2, 3, 1)],
});
conforms('bidirectional', {
  make: () => layers.bidirectional(layers.lstm(2), { mergeMode: 'mul' }),
  input: [3, 2],
  output: [2],
  weights: [...kernels(2, 2, 4), ...kernels(2, 2, 4)],
});
conforms('timeDistributed', {
  make: () => layers.timeDistributed(layers.dense(3)),
  input: [4, 2],
  output: [4, 3],
  weights: { kernel: [2, 3], bias: [3] },
});
const data = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    randoms(
      shape.reduce((a, b) => a * b, 1),
      seed,
      -1,
      1,
    ),
    shape,
  );

class Decay extends layers.RNNCell {
  readonly stateSizes = [2];

  override call(inputs: Tensor | readonly Tensor[]): readonly Tensor[] {
    const [x, state] = inputs as readonly Tensor[];
    const next = ops.add(ops.mul(state!, 0.5), x!);
    return [next, next];
  }
}

describe('recurrent layers', () => {
  it('run cells of your own', () => {
    const y = layers.rnn(new Decay()).apply(
      tensor([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ]),
    );
    assertClose(y, [1 / 4 + 3 / 2 + 5, 2 / 4 + 4 / 2 + 6]);
  });

  it('take and give states, in models as well', async () => {
    utils.setRandomSeed(1);
    const layer = layers.lstm(3, { returnState: true });
    const x = data([2, 4, 2]);
    const [, h, c] = layer.apply(ops.slice(x, [0, 0, 0], [2, 2, 2])) as unknown as readonly Tensor[];
    const [second] = layer.apply([ops.slice(x, [0, 2, 0], [2, 2, 2]), h!, c!] as never) as unknown as readonly Tensor[];
    const [whole] = layer.apply(x) as unknown as readonly Tensor[];
    assertClose(second!, numbers(whole!));
    const [a, s, t] = [input([4, 2]), input([3]), input([3])];
    const [y] = layer.apply([a, s, t] as never) as unknown as [typeof a];
    const net = model([a, s, t], y as never);
    assertClose(net.call([x, h!, c!]), numbers((layer.apply([x, h!, c!] as never) as unknown as Tensor[])[0]!));
  });

  it('leave masked steps out', () => {
    const layer = layers.gru(3);
    const x = data([1, 4, 2]);
    const mask = tensor([[1, 1, 0, 0]], undefined, 'bool') as Tensor;
    assertClose(layer.apply(x, { mask }), numbers(layer.apply(ops.slice(x, [0, 0, 0], [1, 2, 2]))));
  });

  it('carry states from batch to batch where they are stateful, in captured steps as well', async () => {
    const make = () =>
      sequential()
        .add(layers.inputLayer({ batchShape: [2, 3, 2] }))
        .add(layers.simpleRnn({ units: 2, stateful: true, kernelInitializer: 'ones', recurrentInitializer: 'ones', name: 'memory' }));
    const net = make();
    const x = data([2, 3, 2]);
    const first = numbers(await net.predict(x));
    const second = numbers(await net.predict(x));
    assert.notDeepEqual(first, second);
    (net.getLayer('memory') as layers.SimpleRNN).resetStates();
    assert.deepEqual(numbers((await net.predict(x)) as Tensor), first);
    assert.equal((await net.getWeights()).length, 3);
    net.dispose();
  });

  it('drop the same features and states at all steps while training', () => {
    for (const layer of [layers.gru(4, { recurrentDropout: 0.5, seed: 1 }), layers.lstm(4, { dropout: 0.5, seed: 1 })]) {
      const x = data([3, 5, 6]);
      const [a, b] = [layer.apply(x, { training: true }), layer.apply(x, { training: true })] as Tensor[];
      assert.notDeepEqual(numbers(a!), numbers(b!));
      assert.deepEqual(numbers(layer.apply(x)), numbers(layer.apply(x)));
    }
    const only = layers.simpleRnn(1, {
      dropout: 0.5,
      seed: 2,
      kernelInitializer: 'ones',
      recurrentInitializer: 'zeros',
      returnSequences: true,
      activation: 'linear',
    });
    const y = numbers(only.apply(ops.ones([4, 6, 1]), { training: true }));
    for (let row = 0; row < 4; row++) assert.equal(new Set(y.slice(row * 6, row * 6 + 6)).size, 1);
  });

  it('learn an order that only the first step tells', async () => {
    utils.setRandomSeed(3);
    const rows = Array.from({ length: 64 }, (_, i) => Array.from({ length: 6 }, (_, t) => [t === 0 ? i % 2 : Math.sin(i * 7 + t)]));
    const net = sequential([6, 1])
      .add(layers.lstm(8))
      .add(layers.dense(1, { activation: 'sigmoid' }));
    net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    net.optimizer.learningRate = 0.03;
    const labels = rows.map((row) => [row[0]![0]!]);
    const { history } = await net.fit(tensor(rows), tensor(labels), { epochs: 40, batchSize: 16, verbose: 0 });
    assert.ok(history['accuracy']!.at(-1)! > 0.95, String(history['accuracy']!.at(-1)));
    net.dispose();
  });

  it('have gradients whose work grows with the steps, not with their square', () => {
    const layer = layers.simpleRnn(4);
    const x = data([2, 50, 3]);
    layer.build([null, 50, 3]);
    const step = capture((z: Tensor) => valueAndGrad(() => ops.sum(layer.apply(z)), layer.weights).gradients);
    const gradients = step(x) as readonly Tensor[];
    const plain = valueAndGrad(() => ops.sum(layer.apply(x)), layer.weights).gradients;
    gradients.forEach((one, i) => assertClose(one, numbers(plain[i]!)));
  });

  it('have typed shapes', () => {
    const net = sequential([10, 8])
      .add(layers.lstm(32, { returnSequences: true }))
      .add(layers.gru(16));
    const shape: (typeof net)['outputShape'] = net.outputShape;
    assert.deepEqual(shape, [null, 16]);
  });

  refuses([
    [
      'what is no sequence',
      () => layers.lstm(3).apply(data([2, 3])),
      'ShapeError',
      'lstm: expected [steps, features], got [3]; add reshape([steps, features]) before it',
    ],
    [
      'a way back that goes forward',
      () => layers.bidirectional(layers.lstm(2), { backwardLayer: layers.lstm(2) }),
      'ArgumentError',
      'bidirectional backwardLayer: expected a layer that goes the other way, got goBackwards: false; give it goBackwards: true',
    ],
    [
      'states of an unknown batch',
      () => layers.gru(2, { stateful: true }).build([null, 3, 2]),
      'ShapeError',
      'gru: expected a fixed batch size where it is stateful, got an unknown one',
    ],
    ['no cell', () => layers.rnn(layers.dense(2) as never), 'ArgumentError', 'rnn'],
  ]);
});
