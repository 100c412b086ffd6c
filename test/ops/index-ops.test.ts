import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { assignRows, gatherRows } from '../../lib/ops/gather.js';
import { tensor } from '../../lib/tensor/create.js';
import { variable } from '../../lib/tensor/variable.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor } from '../support/close.js';

const ints = (values: number[], shape: number[] = [values.length]): Tensor => tensor(Int32Array.from(values), shape);
const x = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe('ops with indices', () => {
  it('take replaces an axis by the axes of the indices', () => {
    assertTensor(ops.take(x(), ints([1, 0, -1]), 0), [
      [4, 5, 6],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assertTensor(ops.take(x(), ints([2, 0], [1, 2]), 1), [[[3, 1]], [[6, 4]]]);
    assertTensor(ops.take(x(), ints([5])), [6]);
    assertTensor(ops.take(x(), 1, -1), [2, 5]);
    assertTensor(ops.take(x(), [[0], [1]], { axis: 0 }), [[[1, 2, 3]], [[4, 5, 6]]]);
    assertTensor(ops.take(tensor([true, false]), tensor(Uint8Array.of(1)), 0), [false], { dtype: 'bool' });
    assert.deepEqual([...ops.take(x(), ints([]), 0).shape], [0, 3]);
  });

  it('takeAlongAxis picks by place', () => {
    assertTensor(ops.takeAlongAxis(x(), ints([2, 0], [2, 1]), 1), [[3], [4]]);
    assertTensor(ops.takeAlongAxis(x(), ints([1, 0, -1], [1, 3]), 0), [[4, 2, 6]]);
    assertTensor(ops.takeAlongAxis(x(), ints([1], [1, 1]), 1), [[2], [5]]);
    assertTensor(ops.takeAlongAxis(x(), ints([5, 0], [2, 1])), [6, 1]);
  });

  it('an index outside is an error that names it', () => {
    assert.throws(() => ops.take(x(), ints([2]), 0).dataSync(), /ShapeError|gather.*2/);
    assert.throws(() => ops.take(x(), ints([-3]), 0).dataSync(), /gather.*-3/);
    assertTensor(ops.take(x(), ints([0]), 0), [[1, 2, 3]]);
  });

  it('oneHot and multiHot', () => {
    assertTensor(ops.oneHot(ints([0, 2, 5, -1]), 3), [
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assertTensor(
      ops.oneHot(ints([0, 1]), 2, { axis: 0, dtype: 'int32' }),
      [
        [1, 0],
        [0, 1],
      ],
      { dtype: 'int32' },
    );
    assertTensor(ops.oneHot(ints([1], []), 2), [0, 1]);
    assertTensor(ops.multiHot(ints([0, 2, 1, 1], [2, 2]), 3), [
      [1, 0, 1],
      [0, 1, 0],
    ]);
    assertTensor(ops.multiHot(ints([1], []), 3), [0, 1, 0]);
  });

  it('scatters, adding up; scatterUpdate lets the last win', () => {
    assertTensor(ops.scatter(ints([0, 2, 0], [3, 1]), tensor([1, 2, 4]), [4]), [5, 0, 2, 0]);
    assertTensor(ops.scatter(ints([0, 1, 1, 0], [2, 2]), tensor([7, 8]), [2, 2]), [
      [0, 7],
      [8, 0],
    ]);
    assertTensor(ops.scatterUpdate(tensor([1, 2, 3]), ints([1, 1], [2, 1]), tensor([8, 9])), [1, 9, 3]);
    assertTensor(ops.scatterUpdate(x(), ints([0, 2], [1, 2]), tensor([9])), [
      [1, 2, 9],
      [4, 5, 6],
    ]);
    assertTensor(ops.scatterUpdate(x(), ints([1], [1, 1]), tensor([[7, NaN, 9]])), [
      [1, 2, 3],
      [7, NaN, 9],
    ]);
    assertTensor(ops.scatterUpdate(tensor(Int32Array.of(1, 2)), ints([0], [1, 1]), ints([5])), [5, 2], { dtype: 'int32' });
    assertTensor(ops.scatterUpdate(tensor([1]), ints([], [0, 1]), tensor([], [0])), [1]);
  });

  it('segments', () => {
    const rows = tensor([
      [1, 9],
      [2, 8],
      [3, 7],
    ]);
    assertTensor(ops.segmentSum(rows, ints([1, 0, 1]), 3), [
      [2, 8],
      [4, 16],
      [0, 0],
    ]);
    assertTensor(ops.segmentMax(rows, ints([1, 0, 1]), { numSegments: 3 }), [
      [2, 8],
      [3, 9],
      [-Infinity, -Infinity],
    ]);
    assertTensor(ops.segmentMax(ints([4, 5]), ints([0, 0]), 2), [5, -2147483648], { dtype: 'int32' });
    assertTensor(ops.bincount(ints([0, 2, 2]), { minlength: 4 }), [1, 0, 2, 0], { dtype: 'int32' });
    assertTensor(ops.bincount(ints([0, 1]), { minlength: 2, weights: tensor([0.5, 2]) }), [0.5, 2]);
    assertTensor(
      ops.bincount(ints([0, 1, 1, 1], [2, 2]), { minlength: 2 }),
      [
        [1, 1],
        [0, 2],
      ],
      { dtype: 'int32' },
    );
  });

  it('sorts stably, NaN last', () => {
    assertTensor(ops.sort(tensor([3, NaN, 1, 2])), [1, 2, 3, NaN]);
    assertTensor(ops.sort(x(), { axis: 0, descending: true }), [
      [4, 5, 6],
      [1, 2, 3],
    ]);
    assertTensor(ops.sort(x(), null), [1, 2, 3, 4, 5, 6]);
    assertTensor(ops.sort(tensor([true, false, true])), [false, true, true], { dtype: 'bool' });
    assertTensor(ops.argsort(tensor([1, 0, 1, 0])), [1, 3, 0, 2], { dtype: 'int32' });
    assertTensor(
      ops.argsort(
        tensor([
          [2, 1],
          [1, 2],
        ]),
        { axis: 0 },
      ),
      [
        [1, 0],
        [0, 1],
      ],
      { dtype: 'int32' },
    );
    const { values, indices } = ops.topK(tensor([[1, 9, 9, 3]]), 3);
    assertTensor(values, [[9, 9, 3]]);
    assertTensor(indices, [[1, 2, 3]], { dtype: 'int32' });
    assertTensor(
      ops.inTopK(
        ints([0, 1]),
        tensor([
          [3, 3, 1],
          [5, 1, 2],
        ]),
        2,
      ),
      [true, false],
      { dtype: 'bool' },
    );
  });

  it('finds where values belong', () => {
    const sequence = tensor([1, 2, 2, 4]);
    assertTensor(ops.searchsorted(sequence, tensor([0, 1, 2, 3, 4, 5])), [0, 0, 1, 3, 3, 4], { dtype: 'int32' });
    assertTensor(
      ops.searchsorted(
        sequence,
        tensor([
          [0, 1],
          [2, 5],
        ]),
        'right',
      ),
      [
        [0, 1],
        [3, 4],
      ],
      { dtype: 'int32' },
    );
    assertTensor(ops.searchsorted(tensor([], [0]), tensor([1])), [0], { dtype: 'int32' });
    const long = Float64Array.from({ length: 1000 }, (_, i) => i * 3);
    const probes = Float64Array.from({ length: 500 }, (_, i) => i * 7 - 5);
    const want = Array.from(probes, (probe) => long.findIndex((value) => value >= probe)).map((at) => (at < 0 ? 1000 : at));
    assertClose(ops.searchsorted(tensor(long), tensor(probes)), want);
    assertTensor(ops.digitize(tensor([-1, 1, 1.5, 9]), tensor([1, 2])), [0, 1, 1, 2], { dtype: 'int32' });
  });

  it('reads and writes batches of rows at a place that is a tensor', () => {
    const order = ints([2, 0, 1]);
    const data = tensor(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 2]) as Tensor;
    assertTensor(
      gatherRows(data, order, ints([1], []), 2),
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'uint8' },
    );
    const target = variable(new Float32Array(6));
    assignRows(target, tensor([5, 6]), ints([2], []));
    assertTensor(target, [0, 0, 5, 6, 0, 0]);
    target.dispose();
  });
});
