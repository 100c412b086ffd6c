import assert from 'node:assert/strict';
import { setImageDataFormat } from '../../lib/layers/defaults.js';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { applied, conforms } from '../support/layer-conformance.js';
import { randoms } from '../support/gradcheck.js';
import { refuses } from '../support/refused.js';

conforms('conv2d', {
  make: () => layers.conv2d(3, [2, 3], { activation: 'relu', kernelRegularizer: 'l1' }),
  input: [4, 5, 2],
  output: [3, 3, 3],
  weights: { kernel: [2, 3, 2, 3], bias: [3] },
});
conforms('conv2d with strides and same padding', {
  make: () => layers.conv2d({ filters: 2, kernelSize: 3, strides: [2, 1], padding: 'same', useBias: false, activation: 'tanh' }),
  input: [5, 4, 1],
  output: [3, 4, 2],
  weights: { kernel: [3, 3, 1, 2] },
});
conforms('conv2d with groups, channels first', {
  make: () => layers.conv2d(4, 2, { groups: 2, dataFormat: 'channelsFirst' }),
  input: [2, 3, 3],
  output: [4, 2, 2],
  weights: { kernel: [2, 2, 1, 4], bias: [4] },
});
conforms('conv2d with dilation', {
  make: () => layers.conv2d(1, 2, { dilationRate: 2, activation: 'sigmoid' }),
  input: [4, 4, 1],
  output: [2, 2, 1],
  weights: { kernel: [2, 2, 1, 1], bias: [1] },
});

describe('conv2d', () => {
  it('has the kernel of Keras: [height, width, in, out]', async () => {
    const layer = layers.conv2d(2, [1, 2]);
    layer.build([null, 1, 2, 1]);
    // The first filter takes the left pixel, the second the right one twice.
    layer.setWeights([[[[[1, 0]], [[0, 2]]]], [0, 0]]);
    assertClose(layer.apply(tensor([5, 7], [1, 1, 2, 1])), [5, 14]);
    const [kernel] = await layer.getWeights();
    assert.deepEqual([kernel!.name, kernel!.shape, Array.from(kernel!.data)], ['kernel', [1, 2, 1, 2], [1, 0, 0, 2]]);
  });

  it('gives the same in both data formats', () => {
    const last = layers.conv2d(3, 3, { padding: 'same' });
    const first = layers.conv2d(3, 3, { padding: 'same', dataFormat: 'channelsFirst' });
    last.build([null, 4, 5, 2]);
    first.build([null, 2, 4, 5]);
    first.setWeights(last.weights.map((weight) => weight.toKeras()));
    const x = tensor(Float32Array.from(randoms(80, 3)), [2, 4, 5, 2]) as Tensor;
    const y = ops.transpose(first.apply(ops.transpose(x, [0, 3, 1, 2])), [0, 2, 3, 1]);
    assert.deepEqual(numbers(y), numbers(last.apply(x)));
  });

  it('takes the data format of setImageDataFormat', () => {
    setImageDataFormat('channelsFirst');
    try {
      assert.deepEqual(layers.conv2d(5, 3).computeOutputShape([null, 1, 28, 28]), [null, 5, 26, 26]);
    } finally {
      setImageDataFormat('channelsLast');
    }
    assert.deepEqual(layers.conv2d(5, 3).computeOutputShape([null, 28, 28, 1]), [null, 26, 26, 5]);
    assert.throws(() => setImageDataFormat('nchw' as never), /setImageDataFormat: expected 'channelsLast' or 'channelsFirst', got 'nchw'/);
  });

  it('casts pixels to floats', () => {
    const layer = layers.conv2d(1, 1, { kernelInitializer: 'ones' });
    assert.equal(layer.apply(tensor(new Uint8Array(4), [1, 2, 2, 1]) as Tensor).dtype, 'float32');
  });

  it('leaves unknown sides unknown', () => {
    assert.deepEqual(layers.conv2d(8, 3).computeOutputShape([null, null, 9, 3]), [null, null, 7, 8]);
  });

  refuses([
    [
      'no kernel size',
      () => layers.conv2d(3, undefined as never),
      'ArgumentError',
      'conv2d kernelSize: expected a whole number of at least 1 or a pair',
    ],
    [
      'three kernel sizes',
      () => layers.conv2d(3, [1, 2, 3] as never),
      'ArgumentError',
      'conv2d kernelSize: expected a whole number of at least 1 or a pair [height, width] of them, got [1, 2, 3]',
    ],
    ['negative filters', () => layers.conv2d(-3, 3), 'ArgumentError', 'conv2d filters: expected a whole number of at least 1, got -3'],
    [
      'another padding',
      () => layers.conv2d(3, 3, { padding: 'smae' as never }),
      'ArgumentError',
      "conv2d padding: expected 'valid' or 'same', got 'smae'; did you mean 'same'?",
    ],
    [
      'another data format',
      () => layers.conv2d(3, 3, { dataFormat: 'channels_first' as never }),
      'ArgumentError',
      "conv2d dataFormat: expected 'channelsLast' or 'channelsFirst', got 'channels_first'; did you mean 'channelsFirst'?",
    ],
    [
      'strides with dilation',
      () => layers.conv2d(3, 3, { strides: 2, dilationRate: 2 }),
      'ArgumentError',
      'conv2d: expected strides of 1 or a dilationRate of 1, got strides [2, 2] and dilationRate [2, 2]; use one of the two',
    ],
    [
      'filters that the groups do not divide',
      () => layers.conv2d(3, 3, { groups: 2 }),
      'ArgumentError',
      'conv2d: expected filters that 2 groups divide, got 3; change groups or filters',
    ],
    [
      'channels that the groups do not divide',
      () => layers.conv2d(4, 3, { groups: 2 }).build([null, 5, 5, 3]),
      'ShapeError',
      'conv2d: expected channels that 2 groups divide, got [5, 5, 3]',
    ],
    [
      'what is no image',
      () => layers.conv2d(4, 3).computeOutputShape([null, 28, 28]),
      'ShapeError',
      'conv2d: expected [height, width, channels], got [28, 28]; add reshape([28, 28, 1]) before it',
    ],
    [
      'an image smaller than the kernel',
      () => layers.conv2d(4, 5).computeOutputShape([null, 4, 9, 1]),
      'ShapeError',
      "conv2d: kernel 5x5 does not fit the input [4, 9, 1]; use padding 'same' or a smaller kernel",
    ],
    [
      'an unknown number of channels',
      () => layers.conv2d(4, 5).build([null, 9, 9, null]),
      'ShapeError',
      'conv2d: expected a known number of channels, got an unknown one',
    ],
  ]);

  it('refuses other channels than it was built for', () => {
    const layer = layers.conv2d(2, 1, { name: 'first' });
    layer.build([null, 2, 2, 3]);
    assert.throws(() => layer.apply(ops.ones([1, 2, 2, 1])), /conv2d: expected 3 channels, as first was built for, got \[2, 2, 1\]/);
  });

  it('works on an empty batch', () => {
    assert.deepEqual(applied(layers.conv2d(2, 1), [], [0, 2, 2, 3]), []);
  });
});
