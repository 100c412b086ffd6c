import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { dense, matmul as reference, sizeOf } from '../support/naive.js';

/** Shapes as they are without transposes. */
const shapes: [number[], number[]][] = [
  [
    [3, 4],
    [4, 5],
  ],
  [
    [1, 1],
    [1, 1],
  ],
  [
    [33, 17],
    [17, 29],
  ],
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  [
    [2, 3, 4],
    [4, 5],
  ],
  [
    [3, 4],
    [2, 4, 5],
  ],
  [
    [2, 1, 3, 4],
    [3, 4, 2],
  ],
  [
    [0, 4],
    [4, 5],
  ],
  [
    [3, 0],
    [0, 5],
  ],
  [
    [2, 0, 4],
    [4, 5],
  ],
];

function turned(shape: number[], transpose: boolean): number[] {
  return transpose ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
}

describe('matmul', () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      it(`against sums of products, transposeA ${transposeA}, transposeB ${transposeB}`, () => {
        for (const [sa, sb] of shapes) {
          const [ta, tb] = [turned(sa, transposeA), turned(sb, transposeB)];
          const [da, db] = [randoms(sizeOf(sa), 1), randoms(sizeOf(sb), 2)];
          const want = reference(dense(ta, da), dense(tb, db), transposeA, transposeB);
          for (const type of [Float64Array, Float32Array]) {
            const y = ops.matmul(tensor(type.from(da), ta), tensor(type.from(db), tb), { transposeA, transposeB });
            assert.deepEqual([...y.shape], want.shape);
            assertClose(y, want.data, {}, `${JSON.stringify(ta)} ${JSON.stringify(tb)}`);
          }
        }
      });
    }
  }

  it('takes vectors as rows and columns', () => {
    const m = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assertTensor(ops.matmul(m, tensor([1, 0, 1])), [4, 10]);
    assertTensor(ops.matmul(tensor([1, 2]), m), [9, 12, 15]);
    assertTensor(ops.matmul(tensor([1, 2]), tensor([3, 4])), 11);
    assert.deepEqual([...ops.matmul(ops.ones([5, 2, 3]), tensor([1, 0, 1])).shape], [5, 2]);
    assert.deepEqual([...ops.matmul(tensor([1, 0]), ops.ones([5, 2, 3])).shape], [5, 3]);
  });

  it('multiplies integers exactly', () => {
    const x = tensor(Int32Array.of(20000001, 3), [1, 2]);
    assertTensor(ops.matmul(x, tensor(Int32Array.of(3, 1), [2, 1])), [[60000006]], { dtype: 'int32' });
  });

  it('dense adds a bias and a relu', () => {
    const [x, w, b] = [
      tensor([[1, -1]]),
      tensor([
        [1, 2, 3],
        [4, 5, 2],
      ]),
      tensor([1, 1, 1]),
    ];
    assertTensor(ops.dense(x, w), [[-3, -3, 1]]);
    assertTensor(ops.dense(x, w, { bias: b }), [[-2, -2, 2]]);
    assertTensor(ops.dense(x, w, { bias: b, activation: 'relu' }), [[0, 0, 2]]);
    assertTensor(ops.dense(tensor([1, -1]), w), [-3, -3, 1]);
    assert.deepEqual([...ops.dense(ops.ones([2, 5, 2]), w).shape], [2, 5, 3]);
  });

  it('contracts axes by number and by name', () => {
    const [a, b] = [randoms(24, 3), randoms(24, 4)];
    const [x, y] = [tensor(a, [2, 3, 4]), tensor(b, [4, 3, 2])];
    const want = ops.einsum('ijk,kjl->il', x, y);
    assertClose(
      ops.tensordot(x, y, [
        [1, 2],
        [1, 0],
      ]),
      want,
    );
    assertClose(ops.tensordot(x, ops.transpose(y, [1, 0, 2]), 2), want);
    assertClose(ops.tensordot(x, y, { axes: [[2], [0]] }), ops.einsum('ijk,kml->ijml', x, y));
    assert.deepEqual([...ops.tensordot(x, y, 0).shape], [2, 3, 4, 4, 3, 2]);
    const z = ops.reshape(y, [2, 4, 3]);
    assertClose(ops.dot(x, z), ops.einsum('ijk,akl->ijal', x, z));
    assertClose(ops.inner(x, x), ops.einsum('ijk,abk->ijab', x, x));
  });

  it('einsum reads all kinds of subscripts', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    assertTensor(ops.einsum('ij->ji', x), [
      [1, 3],
      [2, 4],
    ]);
    assertTensor(ops.einsum('ii', x), 5);
    assertTensor(ops.einsum('ii->i', x), [1, 4]);
    assertTensor(ops.einsum('ij,ij->', x, x), 30);
    assertTensor(ops.einsum('ba', x), [
      [1, 3],
      [2, 4],
    ]);
    assertTensor(ops.einsum('...j->...', x), [3, 7]);
    assertTensor(ops.einsum('i...,i...->...', x, x), [10, 20]);
    assertTensor(ops.einsum('ij, jk', x, x), [
      [7, 10],
      [15, 22],
    ]);
    const [batch, one] = [ops.ones([3, 2, 2]), ops.ones([1, 2, 2])];
    assert.deepEqual([...ops.einsum('...ij,...jk->...ik', batch, one).shape], [3, 2, 2]);
    assertTensor(ops.einsum('i,j->ij', tensor([1, 2]), tensor([3, 4])), [
      [3, 4],
      [6, 8],
    ]);
  });

  it('products of vectors', () => {
    assertTensor(ops.outer(tensor([1, 2]), tensor([3, 4])), [
      [3, 4],
      [6, 8],
    ]);
    assertTensor(ops.cross(tensor([1, 0, 0]), tensor([0, 1, 0])), [0, 0, 1]);
    assertTensor(ops.cross(tensor([1, 2]), tensor([3, 4])), -2);
    assertTensor(ops.kron(tensor([[1, 2]]), tensor([[1], [3]])), [
      [1, 2],
      [3, 6],
    ]);
    assertTensor(ops.vdot(tensor([[1, 2]]), tensor([[3], [4]])), 11);
  });
});

describe('linear algebra', () => {
  const n = 6;
  const a = (): Tensor => tensor(randoms(2 * n * n, 7), [2, n, n]);

  it('solves and inverts, with exchanges of rows', () => {
    const m = a();
    const unit = ops.matmul(m, ops.linalg.inv(m));
    assertClose(unit, ops.broadcastTo(ops.eye(n, n, { dtype: 'float64' }), [2, n, n]), { atol: 1e-10 });
    const b = tensor(randoms(2 * n * 3, 9), [2, n, 3]);
    assertClose(ops.matmul(m, ops.linalg.solve(m, b)), b, { atol: 1e-10 });
    assertTensor(
      ops.linalg.solve(
        tensor([
          [0, 1],
          [1, 0],
        ]),
        tensor([2, 3]),
      ),
      [3, 2],
    );
  });

  it('has determinants with their sign', () => {
    assertTensor(
      ops.linalg.det(
        tensor([
          [0, 1],
          [1, 0],
        ]),
      ),
      -1,
    );
    assertTensor(
      ops.linalg.det(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
      -2,
    );
    assertTensor(
      ops.linalg.det(
        tensor([
          [2, 0, 0],
          [0, 3, 0],
          [0, 0, 4],
        ]),
      ),
      24,
    );
    const m = a();
    assertClose(ops.linalg.det(ops.matmul(m, m)), ops.square(ops.linalg.det(m)), { rtol: 1e-9 });
  });

  it('factors positive definite matrices', () => {
    const m = a();
    const positive = ops.add(ops.matmul(m, m, { transposeB: true }), ops.eye(n, n, { dtype: 'float64' }));
    const lower = ops.linalg.cholesky(positive);
    assertClose(ops.matmul(lower, lower, { transposeB: true }), positive, { atol: 1e-12 });
    assertClose(ops.tril(lower), lower);
    assertClose(ops.linalg.cholesky(positive, { upper: true }), ops.swapaxes(lower, 1, 2));
    const b = tensor(randoms(2 * n, 9), [2, n, 1]);
    assertClose(ops.matmul(lower, ops.linalg.solveTriangular(lower, b, { lower: true })), b, { atol: 1e-10 });
    assertClose(ops.linalg.cholesky(tensor([[-1]])), [NaN]);
  });

  it('has norms of vectors and matrices', () => {
    const x = tensor([
      [3, -4],
      [0, 12],
    ]);
    assertTensor(ops.norm(x), 13);
    assertTensor(ops.norm(x, { axis: 0 }), [3, Math.sqrt(160)]);
    assertTensor(ops.norm(x, { ord: 1, axis: 1, keepdims: true }), [[7], [12]]);
    assertTensor(ops.norm(x, { ord: 0, axis: 1 }), [2, 1]);
    assertTensor(ops.norm(x, { ord: -Infinity, axis: 1 }), [3, 0]);
    assertTensor(ops.norm(x, 'fro'), 13);
    assertTensor(ops.norm(x, 1), 16);
    assertTensor(ops.norm(x, { ord: Infinity, axis: [0, 1] }), 12);
    assertTensor(ops.norm(x, { ord: Infinity, axis: [1, 0] }), 16);
    assertTensor(ops.norm(x, -1), 3);
    assertTensor(ops.norm(x, { ord: 3, axis: 0 }), [3, (64 + 1728) ** (1 / 3)]);
    assertTensor(ops.normalize(tensor([3, 4])), [0.6, 0.8]);
    assertTensor(ops.normalize(tensor([0, 0])), [0, 0]);
  });
});
