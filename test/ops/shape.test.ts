import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor, numbers } from '../support/close.js';
import { at, dense, make, sizeOf } from '../support/naive.js';

/** 0, 1, 2, ... in a shape, as float32. */
function counted(shape: number[]): Tensor {
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
    shape,
  );
}

function shapes(...tensors: Tensor[]): number[][] {
  return tensors.map((one) => [...one.shape]);
}

describe('ops on shapes', () => {
  it('reshape shares elements and fills in -1', () => {
    const x = counted([2, 6]);
    assert.deepEqual(shapes(ops.reshape(x, [3, -1]), ops.reshape(x, [-1]), ops.reshape(x, [1, 12, 1])), [[3, 4], [12], [1, 12, 1]]);
    assert.deepEqual(shapes(ops.reshape(ops.zeros([0, 3]), [-1, 3])), [[0, 3]]);
    assertClose(
      ops.reshape(x, [4, 3]),
      Array.from({ length: 12 }, (_, i) => i),
    );
    assert.deepEqual(shapes(ops.ravel(x)), [[12]]);
  });

  it('expandDims and squeeze count axes from both ends', () => {
    const x = counted([2, 3]);
    assert.deepEqual(shapes(ops.expandDims(x, 0), ops.expandDims(x, -1), ops.expandDims(x, 1)), [
      [1, 2, 3],
      [2, 3, 1],
      [2, 1, 3],
    ]);
    assert.deepEqual(shapes(ops.expandDims(x, [0, -1])), [[1, 2, 3, 1]]);
    const y = counted([1, 2, 1, 3]);
    assert.deepEqual(shapes(ops.squeeze(y), ops.squeeze(y, 0), ops.squeeze(y, -2), ops.squeeze(y, [0, 2])), [
      [2, 3],
      [2, 1, 3],
      [1, 2, 3],
      [2, 3],
    ]);
  });

  it('transposes any axes', () => {
    const shape = [2, 3, 4, 1];
    const x = counted(shape);
    const plain = dense(shape, numbers(x));
    for (const order of [
      [3, 2, 1, 0],
      [0, 1, 2, 3],
      [1, 0, 2, 3],
      [0, 2, 1, 3],
      [2, 3, 0, 1],
      [0, 3, 1, 2],
      [-1, 0, 1, 2],
    ]) {
      const positive = order.map((axis) => (axis + 4) % 4);
      const want = make(
        positive.map((axis) => shape[axis]!),
        (index) =>
          at(
            plain,
            positive.map((_, i) => index[positive.indexOf(i)]!),
          ),
      );
      const y = ops.transpose(x, order);
      assert.deepEqual([...y.shape], want.shape, `axes ${order}`);
      assertClose(y, want.data, {}, `axes ${order}`);
    }
    assert.deepEqual(shapes(ops.transpose(x), ops.moveaxis(x, 0, -1), ops.swapaxes(x, 1, -2)), [
      [1, 4, 3, 2],
      [3, 4, 1, 2],
      [2, 4, 3, 1],
    ]);
    assert.deepEqual(shapes(ops.moveaxis(x, [0, 1], [-1, -2])), [[4, 1, 3, 2]]);
  });

  it('joins and splits', () => {
    const [a, b] = [counted([2, 2]), counted([2, 1])];
    assertTensor(ops.concatenate([a, b], 1), [
      [0, 1, 0],
      [2, 3, 1],
    ]);
    assertTensor(ops.concatenate([a, a]), [
      [0, 1],
      [2, 3],
      [0, 1],
      [2, 3],
    ]);
    assertTensor(ops.concatenate([a, tensor(Int32Array.of(7, 8), [1, 2])]), [
      [0, 1],
      [2, 3],
      [7, 8],
    ]);
    assertTensor(ops.stack([a, a], -1), [
      [
        [0, 0],
        [1, 1],
      ],
      [
        [2, 2],
        [3, 3],
      ],
    ]);
    assert.deepEqual(shapes(...ops.split(counted([2, 6]), 3, 1)), [
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    assert.deepEqual(shapes(...ops.split(counted([2, 6]), [1, 4], 1)), [
      [2, 1],
      [2, 3],
      [2, 2],
    ]);
    assert.deepEqual(ops.unstack(counted([3, 2])).map(numbers), [
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    assertTensor(ops.hstack([tensor([1, 2]), tensor([3])]), [1, 2, 3]);
    assertTensor(ops.vstack([tensor([1, 2]), tensor([3, 4])]), [
      [1, 2],
      [3, 4],
    ]);
    assertTensor(ops.concatenate([ops.zeros([0, 2]), a]), [
      [0, 1],
      [2, 3],
    ]);
  });

  it('repeats', () => {
    const x = counted([2, 2]);
    assertTensor(ops.tile(x, [1, 2]), [
      [0, 1, 0, 1],
      [2, 3, 2, 3],
    ]);
    assertTensor(ops.tile(tensor([1, 2]), [2, 2]), [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    assert.deepEqual(shapes(ops.tile(x, 3), ops.tile(x, [0, 1])), [
      [2, 6],
      [0, 2],
    ]);
    assertTensor(ops.repeat(x, 2, 1), [
      [0, 0, 1, 1],
      [2, 2, 3, 3],
    ]);
    assertTensor(ops.repeat(x, [2, 1], 0), [
      [0, 1],
      [0, 1],
      [2, 3],
    ]);
    assertTensor(ops.repeat(x, 2), [0, 0, 1, 1, 2, 2, 3, 3]);
    assertTensor(ops.broadcastTo(tensor([[1], [2]]), [2, 2, 2]), [
      [
        [1, 1],
        [2, 2],
      ],
      [
        [1, 1],
        [2, 2],
      ],
    ]);
  });

  it('turns, shifts and mirrors', () => {
    const x = counted([2, 3]);
    assertTensor(ops.flip(x), [
      [5, 4, 3],
      [2, 1, 0],
    ]);
    assertTensor(ops.flip(x, 1), [
      [2, 1, 0],
      [5, 4, 3],
    ]);
    assertTensor(ops.roll(x, 1), [
      [5, 0, 1],
      [2, 3, 4],
    ]);
    assertTensor(ops.roll(x, -4, 1), [
      [1, 2, 0],
      [4, 5, 3],
    ]);
    assertTensor(ops.roll(x, [1, 1], [0, 1]), [
      [5, 3, 4],
      [2, 0, 1],
    ]);
    assertTensor(ops.rot90(x), [
      [2, 5],
      [1, 4],
      [0, 3],
    ]);
    assertTensor(ops.rot90(x, { k: 2 }), [
      [5, 4, 3],
      [2, 1, 0],
    ]);
    assertTensor(ops.rot90(x, { k: -1 }), [
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
    assertTensor(ops.rot90(x, { axes: [1, 0] }), [
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
  });

  it('pads in four ways', () => {
    const x = tensor([1, 2, 3]);
    assertTensor(ops.pad(x, [[2, 1]]), [0, 0, 1, 2, 3, 0]);
    assertTensor(ops.pad(x, 1, { constantValues: 9 }), [9, 1, 2, 3, 9]);
    assertTensor(ops.pad(x, [[2, 2]], 'reflect'), [3, 2, 1, 2, 3, 2, 1]);
    assertTensor(ops.pad(x, [[2, 2]], 'symmetric'), [2, 1, 1, 2, 3, 3, 2]);
    assertTensor(ops.pad(x, [[2, 2]], 'edge'), [1, 1, 1, 2, 3, 3, 3]);
    assertTensor(ops.pad(x, [[5, 0]], 'reflect'), [2, 1, 2, 3, 2, 1, 2, 3]);
    assertTensor(ops.pad(tensor([true]), [1, 0]), [false, true], { dtype: 'bool' });
  });

  it('indexes as Python does', () => {
    const x = counted([3, 4]);
    assertTensor(ops.getItem(x, 1), [4, 5, 6, 7]);
    assertTensor(ops.getItem(x, -1, -1), 11);
    assertTensor(ops.getItem(x, '...', 0), [0, 4, 8]);
    assertTensor(ops.getItem(x, [1, null], [null, null, 2]), [
      [4, 6],
      [8, 10],
    ]);
    assertTensor(ops.getItem(x, [null, null, -1], [3, 0, -2]), [
      [11, 9],
      [7, 5],
      [3, 1],
    ]);
    assert.deepEqual(shapes(ops.getItem(x, null, 0, null), ops.getItem(x, [5, 9]), ops.getItem(x, [2, 1])), [
      [1, 1, 4],
      [0, 4],
      [0, 4],
    ]);
    assertTensor(ops.slice(x, [1, 1], [2, -1]), [
      [5, 6, 7],
      [9, 10, 11],
    ]);
    assertTensor(ops.sliceUpdate(x, [0, 2], [[-1, -2]]), [
      [0, 1, -1, -2],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    assertTensor(ops.diff(tensor([1, 4, 9, 16])), [3, 5, 7]);
    assertTensor(ops.diff(tensor([1, 4, 9, 16]), 2), [2, 2]);
    assert.deepEqual(shapes(ops.diff(tensor([1]), 3)), [[0]]);
  });

  it('makes triangles and diagonals', () => {
    const x = counted([3, 3]);
    assertTensor(ops.tril(x), [
      [0, 0, 0],
      [3, 4, 0],
      [6, 7, 8],
    ]);
    assertTensor(ops.triu(x, 1), [
      [0, 1, 2],
      [0, 0, 5],
      [0, 0, 0],
    ]);
    assertTensor(ops.diagonal(x, { offset: -1 }), [3, 7]);
    assertTensor(ops.diagonal(x, { offset: 5 }), []);
    assertTensor(ops.diag(tensor([1, 2]), 1), [
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]);
    assertTensor(ops.diag(tensor([1, 2]), -1), [
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    assertTensor(ops.trace(x), 12);
    assertTensor(ops.eye(2, 3, { k: 1 }), [
      [0, 1, 0],
      [0, 0, 1],
    ]);
    assertTensor(
      ops.tri(2, 3, { dtype: 'bool' }),
      [
        [true, false, false],
        [true, true, false],
      ],
      { dtype: 'bool' },
    );
    assertTensor(ops.identity(1), [[1]]);
  });

  it('makes tensors from numbers', () => {
    assertTensor(ops.zeros(2), [0, 0]);
    assertTensor(ops.ones([1, 2], 'uint8'), [[1, 1]], { dtype: 'uint8' });
    assertTensor(ops.full([2], 1.5), [1.5, 1.5]);
    assertTensor(ops.full([2, 2], tensor([1, 2])), [
      [1, 2],
      [1, 2],
    ]);
    assertTensor(ops.zerosLike(tensor(Int32Array.of(1, 2))), [0, 0], { dtype: 'int32' });
    assertTensor(ops.onesLike(tensor([1, 2]), 'float64' as 'float32'), [1, 1], { dtype: 'float64' });
    assertTensor(ops.fullLike(tensor([[1]]), 3), [[3]]);
    assertTensor(ops.arange(3), [0, 1, 2], { dtype: 'int32' });
    assertTensor(ops.arange(5, 0, -2), [5, 3, 1], { dtype: 'int32' });
    assertTensor(ops.arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75]);
    assertTensor(ops.arange({ start: 2, stop: 4, dtype: 'float64' }), [2, 3], { dtype: 'float64' });
    assertTensor(ops.arange(3, 1), [], { dtype: 'int32', shape: [0] });
    assertTensor(ops.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]);
    assertTensor(ops.linspace(0, 4, { num: 4, endpoint: false, dtype: 'int32' }), [0, 1, 2, 3], { dtype: 'int32' });
    assertTensor(ops.linspace(3, 9, 1), [3]);
    assertTensor(ops.logspace(0, 2, { num: 3 }), [1, 10, 100]);
    const [rows, columns] = ops.meshgrid([tensor([1, 2, 3]), tensor([10, 20])]) as [Tensor, Tensor];
    assertTensor(rows, [
      [1, 2, 3],
      [1, 2, 3],
    ]);
    assertTensor(columns, [
      [10, 10, 10],
      [20, 20, 20],
    ]);
    assert.deepEqual(shapes(...ops.meshgrid([tensor([1, 2, 3]), tensor([10, 20])], { indexing: 'ij' })), [
      [3, 2],
      [3, 2],
    ]);
  });

  it('moves blocks of pixels to channels and back', () => {
    const x = counted([2, 4, 6, 3]);
    const deep = ops.spaceToDepth(x, 2);
    assert.deepEqual([...deep.shape], [2, 2, 3, 12]);
    assertClose(ops.depthToSpace(deep, 2), x);
    const first = ops.transpose(x, [0, 3, 1, 2]);
    assertClose(ops.spaceToDepth(first, { blockSize: 2, dataFormat: 'channelsFirst' }), ops.transpose(deep, [0, 3, 1, 2]));
  });
});

describe('a result that equals its argument', () => {
  const same: [string, (x: Tensor) => Tensor][] = [
    ['reshape', (x) => ops.reshape(x, [2, 2])],
    ['ravel of a vector', (x) => ops.ravel(ops.ravel(x))],
    ['squeeze', (x) => ops.squeeze(x)],
    ['transpose', (x) => ops.transpose(x, [0, 1])],
    ['broadcastTo', (x) => ops.broadcastTo(x, [2, 2])],
    ['concatenate', (x) => ops.concatenate([x])],
    ['split', (x) => ops.split(x, 1)[0]!],
    ['tile', (x) => ops.tile(x, 1)],
    ['repeat', (x) => ops.repeat(x, 1, 0)],
    ['flip of no axis', (x) => ops.flip(x, [])],
    ['roll by 0', (x) => ops.roll(x, 0, 0)],
    ['rot90 by 0', (x) => ops.rot90(x, { k: 0 })],
    ['pad by 0', (x) => ops.pad(x, 0)],
    ['slice', (x) => ops.slice(x, [0, 0], [2, 2])],
    ['getItem', (x) => ops.getItem(x)],
    ['diff of order 0', (x) => ops.diff(x, 0)],
    ['cast', (x) => ops.cast(x, 'float32')],
    ['stopGradient', (x) => ops.stopGradient(x)],
    ['full', (x) => ops.full([2, 2], x)],
    ['dropout of rate 0', (x) => ops.random.dropout(x, 0)],
    ['einsum', (x) => ops.einsum('ij->ij', x)],
    ['depthToSpace', (x) => ops.ravel(ops.depthToSpace(ops.reshape(x, [1, 2, 2, 1]), 1))],
    ['floor of integers', (x) => ops.floor(ops.cast(x, 'int32'))],
    [
      'padImages',
      (x) => ops.image.padImages(ops.reshape(x, [2, 2, 1]), { topPadding: 0, bottomPadding: 0, leftPadding: 0, rightPadding: 0 }),
    ],
  ];
  for (const [name, fn] of same) {
    it(`${name} is a tensor of its own`, () => {
      const x = tensor([
        [1, 2],
        [3, 4],
      ]) as Tensor;
      const y = fn(x);
      assert.notEqual(y, x);
      x.dispose();
      assertClose(y, [1, 2, 3, 4]);
    });
  }
});
