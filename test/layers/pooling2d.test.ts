import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

/** Without the literal types, which would make the two factories different. */
type Factory = (first?: unknown, options?: unknown) => layers.Layer;

for (const [name, make] of [
  ['maxPooling2d', layers.maxPooling2d as Factory],
  ['averagePooling2d', layers.averagePooling2d as Factory],
] as const) {
  conforms(name, { make: () => make(), input: [4, 5, 2], output: [2, 2, 2] });
  conforms(`${name} that overlaps, same padding`, {
    make: () => make(3, { strides: [1, 2], padding: 'same' }),
    input: [3, 4, 1],
    output: [3, 2, 1],
  });
  conforms(`${name}, channels first`, {
    make: () => make({ poolSize: [1, 2], dataFormat: 'channelsFirst' }),
    input: [2, 2, 4],
    output: [2, 2, 2],
  });

  describe(name, () => {
    refuses([
      [
        'a pool of 0',
        () => make(0),
        'ArgumentError',
        `${name} poolSize: expected a whole number of at least 1 or a pair [height, width] of them, got 0`,
      ],
      [
        'an image smaller than the pool',
        () => make(3).computeOutputShape([null, 2, 2, 1]),
        'ShapeError',
        `${name}: pool 3x3 does not fit the input [2, 2, 1]; use padding 'same' or a smaller pool`,
      ],
      [
        'what is no image',
        () => make(3).computeOutputShape([null, 9]),
        'ShapeError',
        `${name}: expected [height, width, channels], got [9]; add reshape([height, width, channels]) before it`,
      ],
      [
        'an unknown option',
        () => make({ pool_size: 2 }),
        'ArgumentError',
        `${name}: expected known options only, got 'pool_size'; did you mean poolSize?`,
      ],
    ]);
  });
}

for (const [name, make] of [
  ['globalMaxPooling2d', layers.globalMaxPooling2d as Factory],
  ['globalAveragePooling2d', layers.globalAveragePooling2d as Factory],
] as const) {
  conforms(name, { make: () => make(), input: [3, 2, 2], output: [2] });
  conforms(`${name} with keepdims, channels first`, {
    make: () => make({ keepdims: true, dataFormat: 'channelsFirst' }),
    input: [2, 2, 3],
    output: [2, 1, 1],
  });

  describe(name, () => {
    refuses([
      [
        'what is no image',
        () => make().computeOutputShape([null, 3, 4]),
        'ShapeError',
        `${name}: expected [height, width, channels], got [3, 4]`,
      ],
    ]);
  });
}

describe('pooling2d', () => {
  const image = () => tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]) as Tensor;

  it('takes the greatest or the mean of each window', () => {
    assertClose(layers.maxPooling2d(2, { strides: 1 }).apply(image()), [5, 6, 8, 9]);
    assertClose(layers.averagePooling2d(2, { strides: 1 }).apply(image()), [3, 4, 6, 7]);
    assertClose(layers.globalMaxPooling2d().apply(image()), [9]);
    assertClose(layers.globalAveragePooling2d().apply(image()), [5]);
  });

  it('never counts padding', () => {
    assertClose(layers.averagePooling2d(2, { padding: 'same' }).apply(image()), [3, 4.5, 7.5, 9]);
    const negative = tensor([-1, -2, -3], [1, 1, 3, 1]) as Tensor;
    assertClose(layers.maxPooling2d([1, 2], { padding: 'same' }).apply(negative), [-1, -3]);
  });

  it('steps by the pool size unless told otherwise', () => {
    assert.deepEqual(layers.maxPooling2d({ poolSize: 3 }).getConfig()['strides'], [3, 3]);
    assert.deepEqual(layers.maxPooling2d(3, { strides: null }).computeOutputShape([null, 7, 9, 1]), [null, 2, 3, 1]);
  });
});
