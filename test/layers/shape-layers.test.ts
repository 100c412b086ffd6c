import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertTensor } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('flatten', { make: () => layers.flatten(), input: [2, 3, 2], output: [12] });
conforms('flatten, channels first', { make: () => layers.flatten({ dataFormat: 'channelsFirst' }), input: [2, 2, 3], output: [12] });
conforms('reshape', { make: () => layers.reshape([3, 4]), input: [2, 6], output: [3, 4] });
conforms('reshape with a free dimension', { make: () => layers.reshape({ targetShape: [2, -1, 1] }), input: [4, 3], output: [2, 6, 1] });
conforms('permute', { make: () => layers.permute([3, 1, 2]), input: [2, 3, 4], output: [4, 2, 3] });
conforms('zeroPadding2d', { make: () => layers.zeroPadding2d(), input: [2, 3, 1], output: [4, 5, 1] });
conforms('zeroPadding2d, four sides, channels first', {
  make: () =>
    layers.zeroPadding2d(
      [
        [1, 0],
        [0, 2],
      ],
      { dataFormat: 'channelsFirst' },
    ),
  input: [2, 2, 2],
  output: [2, 3, 4],
});
conforms('identity', { make: () => layers.identity(), input: [3], output: [3] });

describe('flatten', () => {
  it('gives the order of channels last for both formats', () => {
    const x = tensor([1, 2, 3, 4], [1, 2, 1, 2]) as Tensor;
    assertTensor(layers.flatten().apply(x), [[1, 2, 3, 4]]);
    assertTensor(layers.flatten({ dataFormat: 'channelsFirst' }).apply(x), [[1, 3, 2, 4]]);
  });

  it('makes an axis for samples without one, keeps integers, and does not know what is unknown', () => {
    assertTensor(layers.flatten().apply(tensor([1, 2], [2], 'int32')), [[1], [2]], { dtype: 'int32' });
    assert.deepEqual(layers.flatten().computeOutputShape([null, null, 3]), [null, null]);
  });
});

describe('reshape', () => {
  refuses([
    [
      'another number of elements',
      () => layers.reshape([5]).computeOutputShape([null, 2, 3]),
      'ShapeError',
      'reshape: expected a target of 6 elements, got [5]; use -1 for one dimension, or dimensions that make 6',
    ],
    [
      'a rest that does not divide',
      () => layers.reshape([-1, 4]).computeOutputShape([null, 2, 3]),
      'ShapeError',
      'reshape: expected a target of 6 elements, got [-1, 4]',
    ],
    [
      'two free dimensions',
      () => layers.reshape([-1, -1]),
      'ArgumentError',
      'reshape targetShape: expected a list of whole numbers of at least 1, one of them perhaps -1, got [-1, -1]',
    ],
    ['a fraction', () => layers.reshape([2.5]), 'ArgumentError', 'reshape targetShape: expected a list of whole numbers'],
    ['no shape', () => layers.reshape(undefined as never), 'ArgumentError', 'reshape targetShape: expected a list of whole numbers'],
  ]);

  it('leaves the free dimension unknown where the input is', () => {
    assert.deepEqual(layers.reshape([-1, 2]).computeOutputShape([null, null, 4]), [null, null, 2]);
  });
});

describe('permute', () => {
  it('moves axes', () => {
    assertTensor(
      layers.permute([2, 1]).apply(
        tensor([
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ]),
      ),
      [
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
      ],
    );
  });

  refuses([
    ['axis 0', () => layers.permute([0, 1]), 'ArgumentError', 'permute dims: expected a list of axes, counted from 1, got [0, 1]'],
    [
      'an axis twice',
      () => layers.permute([1, 1]),
      'ArgumentError',
      'permute dims: expected each axis from 1 on once, got [1, 1]; axis 0 is the batch and stays where it is',
    ],
    [
      'an input of another rank',
      () => layers.permute([2, 1]).computeOutputShape([null, 2, 3, 4]),
      'ShapeError',
      'permute: expected each axis of 1 to 3 once, got [2, 1]',
    ],
  ]);
});

describe('zeroPadding2d', () => {
  it('puts zeros around', () => {
    assertTensor(
      layers
        .zeroPadding2d([
          [1, 0],
          [0, 1],
        ])
        .apply(tensor([5], [1, 1, 1, 1])),
      [
        [
          [[0], [0]],
          [[5], [0]],
        ],
      ],
    );
  });

  refuses([
    [
      'negative padding',
      () => layers.zeroPadding2d(-1),
      'ArgumentError',
      'zeroPadding2d padding: expected a whole number of at least 0, [vertical, horizontal], or [[top, bottom], [left, right]], got -1',
    ],
    [
      'three sides',
      () => layers.zeroPadding2d([[1, 1], [1]] as never),
      'ArgumentError',
      'zeroPadding2d padding: expected a whole number of at least 0',
    ],
    [
      'what is no image',
      () => layers.zeroPadding2d().computeOutputShape([null, 3]),
      'ShapeError',
      'zeroPadding2d: expected [height, width, channels], got [3]',
    ],
  ]);
});
