import assert from 'node:assert/strict';
import { capture, input, layers, model, ops, sequential, tensor, type Tensor, utils, valueAndGrad } from '../../lib/index.js';
import type { Layer } from '../../lib/layers/layer.js';
import { assertClose, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const kernels = (size: readonly number[], channels: number, filters: number): [string, number[]][] => [
  ['kernel', [...size, channels, 4 * filters]],
  ['recurrent_kernel', [...size, filters, 4 * filters]],
  ['bias', [4 * filters]],
];

conforms('convLstm1d', {
  make: () => layers.convLstm1d(2, 2, { returnSequences: true, dataFormat: 'channelsFirst', activation: 'relu' }),
  input: [2, 2, 4],
  output: [2, 2, 3],
  weights: kernels([2], 2, 2),
});
conforms('convLstm2d', {
  make: () => layers.convLstm2d(1, [2, 1], { strides: [1, 2], goBackwards: true, kernelRegularizer: 'l2' }),
  input: [2, 3, 3, 1],
  output: [2, 2, 1],
  weights: kernels([2, 1], 1, 1),
});
conforms('convLstm3d', {
  make: () => layers.convLstm3d(1, 2, { padding: 'same', useBias: false, unitForgetBias: false }),
  input: [2, 2, 1, 2, 1],
  output: [2, 1, 2, 1],
  weights: kernels([2, 2, 2], 1, 1).slice(0, 2),
});
conforms('bidirectional of convLstm1d', {
  make: () => layers.bidirectional(layers.convLstm1d(1, 2, { returnSequences: true })),
  input: [2, 3, 1],
  output: [2, 2, 2],
  weights: [...kernels([2], 1, 1), ...kernels([2], 1, 1)],
});
conforms('timeDistributed convLstm1d', {
  make: () => layers.timeDistributed(layers.convLstm1d(1, 2)),
  input: [2, 2, 3, 1],
  output: [2, 2, 1],
  weights: kernels([2], 1, 1),
});

function data(shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(randoms(size, seed, -1, 1), shape, 'float32');
}

/** Weights that are the same for layers with as many of the same sizes. */
function scrambled<L extends Layer>(layer: L, shape: readonly (number | null)[]): L {
  layer.build(shape);
  layer.setWeights(layer.weights.map((weight, i) => randoms(weight.size, 70 + i, -0.7, 0.7)));
  return layer;
}

const all = (value: unknown): readonly Tensor[] => value as readonly Tensor[];

describe('convolutional LSTMs', () => {
  it('are the plain one where a frame is one pixel', () => {
    const shape = [3, 5, 1, 1, 2];
    const x = data(shape);
    const [conv, plain] = [scrambled(layers.convLstm2d(3, 1), shape), scrambled(layers.lstm(3), [3, 5, 2])];
    assertClose(conv.apply(x), numbers(plain.apply(ops.reshape(x, [3, 5, 2]))));
  });

  it('take channels first as they take channels last', () => {
    const shape = [2, 3, 4, 5, 2];
    const x = data(shape);
    for (const returnSequences of [false, true]) {
      const options = { kernelSize: 3, filters: 2, padding: 'same', returnSequences, returnState: true } as const;
      const last = scrambled(layers.convLstm2d(options), shape);
      const first = scrambled(layers.convLstm2d({ ...options, dataFormat: 'channelsFirst' }), [2, 3, 2, 4, 5]);
      const wanted = all(last.apply(x));
      const found = all(first.apply(ops.transpose(x, [0, 1, 4, 2, 3])));
      assert.deepEqual(
        found.map((one) => [...one.shape]),
        [returnSequences ? [2, 3, 2, 4, 5] : [2, 2, 4, 5], [2, 2, 4, 5], [2, 2, 4, 5]],
      );
      assert.deepEqual(first.computeOutputShape([null, 3, 2, 4, null]), [
        returnSequences ? [null, 3, 2, 4, null] : [null, 2, 4, null],
        [null, 2, 4, null],
        [null, 2, 4, null],
      ]);
      found.forEach((one, i) => {
        const axes = one.rank === 5 ? [0, 1, 3, 4, 2] : [0, 2, 3, 1];
        assert.deepEqual(numbers(ops.transpose(one, axes)), numbers(wanted[i]!));
      });
    }
  });

  it('go on from states that are given, in models as well', () => {
    for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
      const shape = dataFormat === 'channelsLast' ? [2, 4, 5, 2] : [2, 4, 2, 5];
      const layer = scrambled(layers.convLstm1d(3, 2, { returnState: true, dataFormat, dilationRate: 2 }), shape);
      const x = data(shape);
      const [a, b] = [ops.slice(x, [0, 0, 0, 0], [2, 2, ...shape.slice(2)]), ops.slice(x, [0, 2, 0, 0], [2, 2, ...shape.slice(2)])];
      const [, h, c] = all(layer.apply(a));
      const [whole] = all(layer.apply(x));
      assertClose(all(layer.apply([b, h!, c!] as never))[0]!, numbers(whole!));
      const places = [input([2, ...shape.slice(2)]), input(h!.shape.slice(1)), input(c!.shape.slice(1))];
      const [y] = layer.apply(places as never) as unknown as typeof places;
      const net = model(places as never, y as never);
      assertClose(net.call([b, h!, c!] as never), numbers(whole!));
    }
  });

  it('leave masked steps out', () => {
    const shape = [1, 4, 3, 3, 1];
    const layer = scrambled(layers.convLstm2d(2, 2, { returnSequences: true }), shape);
    const x = data(shape);
    const mask = tensor([[1, 1, 0, 1]], undefined, 'bool') as Tensor;
    const [one, two, , last] = ops.unstack(layer.apply(x, { mask }), { axis: 1 });
    const without = ops.concatenate([ops.slice(x, [0, 0, 0, 0, 0], [1, 2, 3, 3, 1]), ops.slice(x, [0, 3, 0, 0, 0], [1, 1, 3, 3, 1])], {
      axis: 1,
    });
    assertClose(ops.stack([one!, two!, last!], { axis: 1 }), numbers(layer.apply(without)));
  });

  it('carry states from batch to batch where they are stateful', async () => {
    const net = sequential()
      .add(layers.inputLayer({ batchShape: [2, 3, 4, 1] }))
      .add(layers.convLstm1d({ filters: 2, kernelSize: 2, stateful: true, name: 'memory' }));
    const x = data([2, 3, 4, 1]);
    const memory = net.getLayer('memory') as layers.ConvLSTM1D;
    const first = numbers(await net.predict(x));
    const second = numbers(await net.predict(x));
    assert.notDeepEqual(first, second);
    memory.resetStates();
    assert.deepEqual(numbers((await net.predict(x)) as Tensor), first);
    memory.resetStates();
    assertClose(memory.apply(ops.concatenate([x, x], { axis: 1 })), second);
    assert.equal((await net.getWeights()).length, 3);
    net.dispose();
  });

  it('drop the same inputs and states of each gate at all steps while training, in captured steps as well', () => {
    const make = () => scrambled(layers.convLstm1d(2, 2, { dropout: 0.4, recurrentDropout: 0.3, seed: 4 }), [2, 3, 4, 2]);
    const x = data([2, 3, 4, 2]);
    const step = (layer: Layer) => (z: Tensor) => {
      const { value, gradients } = valueAndGrad(() => ops.sum(ops.square(layer.apply(z, { training: true }))), layer.weights);
      return [value, ...gradients];
    };
    const [eager, captured, plain] = [make(), make(), make()];
    const replayed = capture(step(captured));
    const rounds = [1, 2, 3].map(() => {
      const wanted = step(eager)(x).map(numbers);
      assert.deepEqual((replayed(x) as readonly Tensor[]).map(numbers), wanted);
      return wanted[0]![0];
    });
    assert.equal(new Set(rounds).size, 3);
    assert.deepEqual(numbers(plain.apply(x)), numbers(plain.apply(x)));
    // A dropped input is dropped at all steps: with kernels of one cell and no memory each place has one value or none.
    const only = layers.convLstm1d(1, 1, {
      ...{ dropout: 0.5, seed: 2, returnSequences: true, unitForgetBias: false },
      ...{ kernelInitializer: 'ones', recurrentInitializer: 'zeros', activation: 'linear', recurrentActivation: 'relu' },
    });
    const places = ops.transpose(only.apply(ops.ones([4, 5, 6, 1]), { training: true }), [0, 2, 1, 3]);
    const kept = numbers(ops.reshape(places, [24, 5])).reduce((rows, value, i) => {
      rows[Math.floor(i / 5)] = (rows[Math.floor(i / 5)] ?? 0) + (value === 0 ? 0 : 1);
      return rows;
    }, [] as number[]);
    assert.ok(kept.every((count) => count === 0 || count === 5));
    assert.equal(new Set(kept).size, 2);
  });

  it('learn which way a bright spot moves', async () => {
    utils.setRandomSeed(5);
    const films = Array.from({ length: 32 }, (_, i) =>
      Array.from({ length: 4 }, (_, t) => Array.from({ length: 6 }, (_, at) => [at === (i % 2 === 0 ? 1 + t : 4 - t) ? 1 : 0])),
    );
    const net = sequential([4, 6, 1])
      .add(layers.convLstm1d(4, 3, { padding: 'same' }))
      .add(layers.globalMaxPooling1d())
      .add(layers.dense(1, { activation: 'sigmoid' }));
    net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    net.optimizer.learningRate = 0.05;
    const labels = tensor(films.map((_, i) => [i % 2]));
    const { history } = await net.fit(tensor(films), labels, { epochs: 30, batchSize: 8, verbose: 0 });
    assert.ok(history['accuracy']!.at(-1)! > 0.95, String(history['accuracy']!.at(-1)));
    net.dispose();
  });

  it('say the shapes of their outputs in a model', () => {
    const net = sequential([10, 32, 32, 3])
      .add(layers.convLstm2d(8, 3, { strides: 2, returnSequences: true }))
      .add(layers.convLstm2d({ filters: 4, kernelSize: [3, 5], padding: 'same' }));
    assert.deepEqual(net.outputShape, [null, 15, 15, 4]);
  });

  refuses([
    [
      'what is no sequence of images',
      () => layers.convLstm2d(2, 3).apply(data([2, 4, 4, 1])),
      'ShapeError',
      'convLstm2d: expected [time, height, width, channels], got [4, 4, 1]; add reshape([time, height, width, channels]) before it',
    ],
    [
      'frames smaller than the kernel',
      () => layers.convLstm2d(2, 5).apply(data([2, 3, 4, 4, 1])),
      'ShapeError',
      "convLstm2d: kernel 5x5 does not fit the input [4, 4, 1]; use padding 'same' or a smaller kernel",
    ],
    [
      'strides and dilation together',
      () => layers.convLstm1d(2, 3, { strides: 2, dilationRate: 2 }),
      'ArgumentError',
      'convLstm1d: expected strides of 1 or a dilationRate of 1, got strides [2] and dilationRate [2]; use one of the two',
    ],
    [
      'other channels than it was built for',
      () => {
        const layer = layers.convLstm1d(2, 2);
        layer.build([null, 3, 4, 2]);
        layer.apply(data([1, 3, 4, 3]));
      },
      'ShapeError',
      'convLstm1d: expected 2 channels',
    ],
    [
      'states of unknown sides',
      () => layers.convLstm1d(2, 2, { stateful: true }).build([2, 3, null, 1]),
      'ShapeError',
      'convLstm1d: expected fixed sides where it is stateful, got [3, ?, 1]; give the sides of the input shape as numbers',
    ],
    [
      'padding causal',
      () => layers.convLstm1d(2, 2, { padding: 'causal' as never }),
      'ArgumentError',
      "convLstm1d padding: expected 'valid' or 'same', got 'causal'",
    ],
  ]);
});
