import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import { input } from '../../lib/models/input.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const factories = {
  add: layers.add,
  subtract: layers.subtract,
  multiply: layers.multiply,
  average: layers.average,
  maximum: layers.maximum,
  minimum: layers.minimum,
} as const;

for (const [name, make] of Object.entries(factories)) {
  conforms(name, {
    make,
    input: [
      [2, 3],
      [2, 3],
    ],
    output: [2, 3],
  });
  conforms(`${name} of shapes that broadcast`, { make, input: [[2, 3], [3]], output: [2, 3] });

  describe(name, () => {
    refuses([
      [
        'one input',
        () => make().apply(input([3]) as never),
        'ShapeError',
        `${name}: expected a list of inputs, got one input; pass a list: apply([a, b])`,
      ],
      [
        'a list of one',
        () => make().apply([input([3])] as never),
        'ShapeError',
        `${name}: expected ${name === 'subtract' ? 'two' : 'at least two'} inputs, got 1`,
      ],
    ]);
  });
}
conforms('add of three', { make: () => layers.add(), input: [[3], [3], [1]], output: [3] });
conforms('concatenate', {
  make: () => layers.concatenate(),
  input: [
    [2, 3],
    [2, 1],
  ],
  output: [2, 4],
});
conforms('concatenate along another axis', {
  make: () => layers.concatenate({ axis: 1 }),
  input: [
    [2, 3],
    [1, 3],
  ],
  output: [3, 3],
});

describe('merge layers', () => {
  it('compute what their names say', () => {
    const of = (layer: layers.Merge) => layer.apply([tensor([[1, -2]]) as Tensor, tensor([[3, -4]]) as Tensor]);
    assertClose(of(layers.add()), [4, -6]);
    assertClose(of(layers.subtract()), [-2, 2]);
    assertClose(of(layers.multiply()), [3, 8]);
    assertClose(of(layers.average()), [2, -3]);
    assertClose(of(layers.maximum()), [3, -2]);
    assertClose(of(layers.minimum()), [1, -4]);
  });

  it('keep the batch in front when ranks differ', () => {
    const y = layers.add().apply([ops.zeros([2, 2, 1]) as Tensor, tensor([[1], [2]]) as Tensor]);
    assert.deepEqual([...y.shape], [2, 2, 1]);
    assertClose(y, [1, 1, 2, 2]);
  });

  it('keep integers', () => {
    const y = layers.add().apply([tensor([1], [1, 1], 'int32') as Tensor, tensor([2], [1, 1], 'int32') as Tensor]);
    assert.equal(y.dtype, 'int32');
  });

  const place = (...shape: number[]) => input(shape);
  refuses([
    [
      'shapes that do not go together',
      () => layers.add().apply([place(2, 3), place(2, 4)] as never),
      'ShapeError',
      'add: expected inputs of one shape, got [2, 3] and [2, 4]; make their dimensions equal or 1',
    ],
    [
      'three inputs to subtract',
      () => layers.subtract().apply([place(2), place(2), place(2)] as never),
      'ShapeError',
      'subtract: expected two inputs, got 3',
    ],
    [
      'other dimensions that differ',
      () => layers.concatenate().apply([place(2, 3), place(4, 3)] as never),
      'ShapeError',
      'concatenate: expected inputs that differ in axis -1 only, got [2, 3] and [4, 3]; make the other dimensions equal',
    ],
    [
      'an axis that is not there',
      () => layers.concatenate({ axis: 4 }).apply([place(2, 3), place(4, 3)] as never),
      'ShapeError',
      'concatenate: expected an axis of the input [2, 3], got 4',
    ],
    ['a fraction as axis', () => layers.concatenate({ axis: 0.5 }), 'ArgumentError', 'concatenate axis: expected a whole number, got 0.5'],
  ]);
});
