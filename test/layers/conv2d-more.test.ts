import * as layers from '../../lib/layers/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('conv2dTranspose', {
  make: () => layers.conv2dTranspose(2, 3, { strides: 2, activation: 'relu' }),
  input: [2, 3, 1],
  output: [5, 7, 2],
  weights: { kernel: [3, 3, 2, 1], bias: [2] },
});
conforms('conv2dTranspose with same padding, channels first', {
  make: () =>
    layers.conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2, padding: 'same', dataFormat: 'channelsFirst', useBias: false }),
  input: [2, 2, 2],
  output: [1, 4, 4],
  weights: { kernel: [2, 2, 1, 2] },
});
conforms('conv2dTranspose with outputPadding', {
  make: () => layers.conv2dTranspose(1, 2, { strides: 2, outputPadding: [0, 1] }),
  input: [2, 2, 1],
  output: [4, 5, 1],
  weights: { kernel: [2, 2, 1, 1], bias: [1] },
});
conforms('depthwiseConv2d', {
  make: () => layers.depthwiseConv2d(2, { depthMultiplier: 2, activation: 'tanh' }),
  input: [3, 3, 2],
  output: [2, 2, 4],
  weights: { kernel: [2, 2, 2, 2], bias: [4] },
});
conforms('depthwiseConv2d, channels first', {
  make: () => layers.depthwiseConv2d({ kernelSize: [1, 2], dataFormat: 'channelsFirst', padding: 'same', useBias: false }),
  input: [2, 2, 3],
  output: [2, 2, 3],
  weights: { kernel: [1, 2, 2, 1] },
});

describe('depthwiseConv2d', () => {
  it('gives the channels of an input channel one after the other', () => {
    const layer = layers.depthwiseConv2d(1, { depthMultiplier: 2, useBias: false });
    layer.build([null, 1, 1, 2]);
    layer.setWeights([
      [
        [
          [
            [1, 10],
            [100, 1000],
          ],
        ],
      ],
    ]);
    assertClose(layer.apply(tensor([2, 3], [1, 1, 1, 2])), [2, 20, 300, 3000]);
  });

  refuses([
    [
      'a fraction as depthMultiplier',
      () => layers.depthwiseConv2d(3, { depthMultiplier: 1.5 }),
      'ArgumentError',
      'depthwiseConv2d depthMultiplier: expected a whole number of at least 1, got 1.5; use 1 or 2',
    ],
    [
      'filters',
      () => layers.depthwiseConv2d({ kernelSize: 3, filters: 2 } as never),
      'ArgumentError',
      "depthwiseConv2d: expected known options only, got 'filters'",
    ],
    [
      'what is no image',
      () => layers.depthwiseConv2d(3).computeOutputShape([null, 9]),
      'ShapeError',
      'depthwiseConv2d: expected [height, width, channels], got [9]',
    ],
  ]);
});

describe('conv2dTranspose', () => {
  refuses([
    [
      'an outputPadding as large as the strides',
      () => layers.conv2dTranspose(1, 3, { strides: 2, outputPadding: 2 }),
      'ArgumentError',
      'conv2dTranspose outputPadding: expected less than the strides [2, 2], got [2, 2]',
    ],
    [
      'strides with dilation',
      () => layers.conv2dTranspose(1, 3, { strides: 2, dilationRate: 2 }),
      'ArgumentError',
      'conv2dTranspose: expected strides of 1 or a dilationRate of 1',
    ],
    [
      'what is no image',
      () => layers.conv2dTranspose(1, 3).computeOutputShape([null, 9, 9]),
      'ShapeError',
      'conv2dTranspose: expected [height, width, channels], got [9, 9]',
    ],
  ]);
});
