import * as layers from '../../lib/layers/index.js';
import { maskOf } from '../../lib/layers/context.js';
import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('maxPooling1d', { make: () => layers.maxPooling1d(), input: [4, 2], output: [2, 2] });
conforms('maxPooling1d, channels first', {
  make: () => layers.maxPooling1d(3, { strides: 1, padding: 'same', dataFormat: 'channelsFirst' }),
  input: [2, 4],
  output: [2, 4],
});
conforms('averagePooling1d', { make: () => layers.averagePooling1d([2], { strides: [1] }), input: [4, 2], output: [3, 2] });
conforms('maxPooling3d', { make: () => layers.maxPooling3d([1, 2, 2]), input: [2, 4, 2, 2], output: [2, 2, 1, 2] });
conforms('averagePooling3d', {
  make: () => layers.averagePooling3d(2, { strides: 1, padding: 'same', dataFormat: 'channelsFirst' }),
  input: [1, 2, 2, 3],
  output: [1, 2, 2, 3],
});
conforms('globalAveragePooling1d', { make: () => layers.globalAveragePooling1d(), input: [4, 3], output: [3] });
conforms('globalAveragePooling1d with keepdims, channels first', {
  make: () => layers.globalAveragePooling1d({ keepdims: true, dataFormat: 'channelsFirst' }),
  input: [3, 4],
  output: [3, 1],
});
conforms('globalMaxPooling1d', { make: () => layers.globalMaxPooling1d({ keepdims: true }), input: [4, 3], output: [1, 3] });
conforms('globalAveragePooling3d', {
  make: () => layers.globalAveragePooling3d({ dataFormat: 'channelsFirst' }),
  input: [3, 2, 2, 2],
  output: [3],
});
conforms('globalMaxPooling3d', { make: () => layers.globalMaxPooling3d({ keepdims: true }), input: [2, 1, 2, 3], output: [1, 1, 1, 3] });

conforms('adaptiveAveragePooling1d', { make: () => layers.adaptiveAveragePooling1d(3), input: [5, 2], output: [3, 2] });
conforms('adaptiveMaxPooling1d, channels first', {
  make: () => layers.adaptiveMaxPooling1d({ outputSize: [2], dataFormat: 'channelsFirst' }),
  input: [2, 5],
  output: [2, 2],
});
conforms('adaptiveAveragePooling2d', { make: () => layers.adaptiveAveragePooling2d([2, 3]), input: [3, 4, 2], output: [2, 3, 2] });
conforms('adaptiveMaxPooling2d', { make: () => layers.adaptiveMaxPooling2d(2), input: [3, 4, 2], output: [2, 2, 2] });
conforms('adaptiveAveragePooling3d', { make: () => layers.adaptiveAveragePooling3d([1, 2, 2]), input: [2, 3, 2, 1], output: [1, 2, 2, 1] });
conforms('adaptiveMaxPooling3d', {
  make: () => layers.adaptiveMaxPooling3d(2, { dataFormat: 'channelsFirst' }),
  input: [1, 3, 2, 3],
  output: [1, 2, 2, 2],
});

describe('pooling of sequences and volumes', () => {
  it('takes the greatest or the mean of each window', () => {
    const x = tensor([1, 5, 2, 4, 9], [1, 5, 1]);
    assertClose(layers.maxPooling1d().apply(x), [5, 4]);
    assertClose(layers.averagePooling1d(2, { padding: 'same' }).apply(x), [3, 3, 9]);
    assertClose(layers.maxPooling3d().apply(tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2, 1])), [8]);
  });

  it('leaves masked steps out of the mean, and ends the mask', () => {
    const x = tensor([
      [[2], [4], [100]],
      [[1], [100], [100]],
    ]);
    const mask = tensor([
      [true, true, false],
      [true, false, false],
    ]);
    const y = layers.globalAveragePooling1d().apply(x, { mask });
    assertClose(y, [3, 1]);
    assert.equal(maskOf(y), undefined);
    const first = layers
      .globalAveragePooling1d({ dataFormat: 'channelsFirst', keepdims: true })
      .apply(ops.transpose(x, [0, 2, 1]), { mask });
    assertClose(first, [3, 1]);
  });

  refuses([
    [
      'an image',
      () => layers.maxPooling1d().apply(ops.zeros([1, 2, 2, 1]) as never),
      'ShapeError',
      'maxPooling1d: expected [steps, channels], got [2, 2, 1]; add reshape([steps, channels]) before it',
    ],
    [
      'a window beyond the input',
      () => layers.averagePooling3d(3).apply(ops.zeros([1, 3, 2, 3, 1]) as never),
      'ShapeError',
      "averagePooling3d: pool 3x3x3 does not fit the input [3, 2, 3, 1]; use padding 'same' or a smaller pool",
    ],
    [
      'steps of 0',
      () => layers.maxPooling1d(2, { strides: 0 }),
      'ArgumentError',
      'maxPooling1d strides: expected a whole number of at least 1 or a list of one, got 0',
    ],
  ]);
});
