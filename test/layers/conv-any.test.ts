import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('conv1d', {
  make: () => layers.conv1d(2, 3, { strides: 2, activation: 'relu', kernelRegularizer: 'l2' }),
  input: [6, 2],
  output: [2, 2],
  weights: { kernel: [3, 2, 2], bias: [2] },
});
conforms('conv1d, causal in groups', {
  make: () => layers.conv1d({ filters: 4, kernelSize: [2], padding: 'causal', dilationRate: 2, groups: 2, useBias: false }),
  input: [4, 2],
  output: [4, 4],
  weights: { kernel: [2, 1, 4] },
});
conforms('conv1d, channels first', {
  make: () => layers.conv1d(3, 2, { padding: 'same', dataFormat: 'channelsFirst' }),
  input: [2, 4],
  output: [3, 4],
  weights: { kernel: [2, 2, 3], bias: [3] },
});
conforms('conv3d', {
  make: () => layers.conv3d(2, [1, 2, 2], { strides: [1, 2, 1], padding: 'same', activation: 'tanh' }),
  input: [2, 3, 2, 2],
  output: [2, 2, 2, 2],
  weights: { kernel: [1, 2, 2, 2, 2], bias: [2] },
});
conforms('conv3d, channels first', {
  make: () => layers.conv3d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst', groups: 2, useBias: false }),
  input: [2, 2, 2, 3],
  output: [2, 1, 1, 2],
  weights: { kernel: [2, 2, 2, 1, 2] },
});
conforms('conv1dTranspose', {
  make: () => layers.conv1dTranspose(2, 3, { strides: 2, padding: 'same', activation: 'relu' }),
  input: [3, 2],
  output: [6, 2],
  weights: { kernel: [3, 2, 2], bias: [2] },
});
conforms('conv1dTranspose, channels first with outputPadding', {
  make: () => layers.conv1dTranspose({ filters: 1, kernelSize: 2, strides: 3, outputPadding: 1, dataFormat: 'channelsFirst' }),
  input: [2, 3],
  output: [1, 9],
  weights: { kernel: [2, 1, 2], bias: [1] },
});
conforms('conv3dTranspose', {
  make: () => layers.conv3dTranspose(1, 2, { strides: [1, 2, 1] }),
  input: [2, 1, 2, 2],
  output: [3, 2, 3, 1],
  weights: { kernel: [2, 2, 2, 1, 2], bias: [1] },
});
conforms('depthwiseConv1d', {
  make: () => layers.depthwiseConv1d(2, { depthMultiplier: 2, padding: 'causal', activation: 'relu' }),
  input: [4, 2],
  output: [4, 4],
  weights: { kernel: [2, 2, 2], bias: [4] },
});
conforms('separableConv1d', {
  make: () => layers.separableConv1d(3, 2, { depthMultiplier: 2, strides: 2, pointwiseRegularizer: 'l1' }),
  input: [4, 2],
  output: [2, 3],
  weights: { depthwise_kernel: [2, 2, 2], pointwise_kernel: [1, 4, 3], bias: [3] },
});
conforms('separableConv2d', {
  make: () => layers.separableConv2d({ filters: 2, kernelSize: [2, 1], padding: 'same', activation: 'relu' }),
  input: [2, 3, 2],
  output: [2, 3, 2],
  weights: { depthwise_kernel: [2, 1, 2, 1], pointwise_kernel: [1, 1, 2, 2], bias: [2] },
});
conforms('separableConv2d, channels first', {
  make: () => layers.separableConv2d(3, 2, { dataFormat: 'channelsFirst', useBias: false, dilationRate: [1, 2] }),
  input: [2, 3, 4],
  output: [3, 2, 2],
  weights: { depthwise_kernel: [2, 2, 2, 1], pointwise_kernel: [1, 1, 2, 3] },
});

describe('convolutions of sequences and volumes', () => {
  it('with causal padding see nothing that comes later', () => {
    const layer = layers.conv1d(1, 2, { padding: 'causal', dilationRate: 2, useBias: false });
    layer.build([null, 5, 1]);
    layer.setWeights([[[[10]], [[1]]]]);
    assertClose(layer.apply(tensor([1, 2, 3, 4, 5], [1, 5, 1])), [1, 2, 13, 24, 35]);
  });

  it('of one slice are those of images', () => {
    const image = ops.random.normal([2, 5, 6, 3], { seed: 1 });
    const flat = layers.conv2d(4, 3, { padding: 'same', useBias: false });
    const deep = layers.conv3d(4, [1, 3, 3], { padding: 'same', useBias: false });
    const expected = numbers(flat.apply(image));
    deep.build([null, 1, 5, 6, 3]);
    deep.setWeights([flat.weights[0]!.dataSync().slice()]);
    deep.setWeights([ops.reshape(flat.weights[0]!.toKeras(), [1, 3, 3, 3, 4])]);
    assertClose(deep.apply(ops.reshape(image, [2, 1, 5, 6, 3])), expected);
  });

  it('separable ones are a depthwise one and a mix of the channels', () => {
    const x = ops.random.normal([1, 5, 5, 2], { seed: 2 });
    const both = layers.separableConv2d(3, 3, { strides: 2, useBias: false });
    const y = numbers(both.apply(x));
    const [depthwise, pointwise] = both.weights.map((weight) => weight.toKeras());
    assertClose(ops.separableConv(x, depthwise!, pointwise!, { strides: 2 }), y);
  });

  it('refuse more or fewer weights than they have', () => {
    const layer = layers.separableConv1d(2, 2);
    layer.build([null, 4, 1]);
    assert.throws(() => layer.setWeights([]), /expected 3 arrays \(depthwise_kernel, pointwise_kernel, bias\), got 0/);
  });

  refuses([
    [
      'causal padding for images',
      () => layers.conv2d(1, 2, { padding: 'causal' as 'same' }),
      'ArgumentError',
      "conv2d padding: expected 'valid' or 'same', got 'causal'",
    ],
    [
      'two kernel sizes for sequences',
      () => layers.conv1d(1, [2, 2] as never),
      'ArgumentError',
      'conv1d kernelSize: expected a whole number of at least 1 or a list of one, got [2, 2]',
    ],
    [
      'a pair for volumes',
      () => layers.conv3d(1, [2, 2] as never),
      'ArgumentError',
      'conv3d kernelSize: expected a whole number of at least 1 or a list [depth, height, width] of them, got [2, 2]',
    ],
    [
      'an image for sequences',
      () => layers.conv1d(1, 2).apply(ops.zeros([1, 2, 2, 1]) as never),
      'ShapeError',
      'conv1d: expected [steps, channels], got [2, 2, 1]; add reshape([steps, channels]) before it',
    ],
    [
      'a sequence without channels',
      () => layers.conv1d(1, 2).apply(ops.zeros([1, 4]) as never),
      'ShapeError',
      'conv1d: expected [steps, channels], got [4]; add reshape([4, 1]) before it',
    ],
    [
      'a kernel longer than the sequence',
      () => layers.conv1d(1, 5).apply(ops.zeros([1, 4, 1]) as never),
      'ShapeError',
      "conv1d: kernel 5 does not fit the input [4, 1]; use padding 'same' or a smaller kernel",
    ],
    [
      'a kernel larger than the volume',
      () => layers.conv3d(1, 3).apply(ops.zeros([1, 4, 2, 4, 1]) as never),
      'ShapeError',
      "conv3d: kernel 3x3x3 does not fit the input [4, 2, 4, 1]; use padding 'same' or a smaller kernel",
    ],
    [
      'strides with dilation',
      () => layers.separableConv1d(1, 2, { strides: 2, dilationRate: 2 }),
      'ArgumentError',
      'separableConv1d: expected strides of 1 or a dilationRate of 1, got strides [2] and dilationRate [2]; use one of the two',
    ],
    [
      'too much outputPadding',
      () => layers.conv1dTranspose(1, 2, { strides: 2, outputPadding: 2 }),
      'ArgumentError',
      'conv1dTranspose outputPadding: expected less than the strides [2], got [2]; leave it out, or use larger strides',
    ],
  ]);
});
