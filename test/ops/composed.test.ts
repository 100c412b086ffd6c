/** Ops whose results are not compared with Keras' because they have a choice, or are no tensors: loops, matrices taken apart, what is told. */
import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { input } from '../support/gradcheck.js';

function matrix(shape: readonly number[], seed = 1): Tensor {
  return tensor(input(shape, seed).data, shape);
}

function identityOf(x: Tensor): Tensor {
  return ops.matmul(x, x, { transposeA: true });
}

const tight = { rtol: 1e-10, atol: 1e-10 };

describe('matrices taken apart', () => {
  it('eigh gives vectors that the matrix only stretches', () => {
    for (const n of [1, 2, 3, 6, 9]) {
      const half = matrix([2, n, n]);
      const a = ops.add(half, ops.transpose(half, [0, 2, 1]));
      const [w, v] = ops.linalg.eigh(a);
      assertClose(ops.matmul(a, v), numbers(ops.multiply(v, ops.expandDims(w, 1))), tight);
      assertClose(identityOf(v), numbers(ops.tile(ops.eye(n, n, { dtype: 'float64' }), [2, 1, 1])), tight);
      const values = numbers(w);
      for (let i = 1; i < n; i++) assert.ok(values[i]! >= values[i - 1]!, `ascending: ${values.join()}`);
    }
  });

  it('svd multiplies out to the matrix, with square and with thin factors, and where singular values are 0', () => {
    const deficient = ops.matmul(matrix([5, 2]), matrix([2, 4], 2));
    for (const a of [matrix([4, 4]), matrix([5, 3]), matrix([2, 6]), deficient, ops.zeros([3, 2], 'float64') as Tensor]) {
      const [m, n] = a.shape as [number, number];
      const k = Math.min(m, n);
      for (const fullMatrices of [true, false]) {
        const [u, s, vt] = ops.linalg.svd(a, { fullMatrices });
        assert.deepEqual([u.shape, s.shape, vt.shape], fullMatrices ? [[m, m], [k], [n, n]] : [[m, k], [k], [k, n]]);
        const product = ops.matmul(ops.multiply(ops.slice(u, [0, 0], [m, k]), s), ops.slice(vt, [0, 0], [k, n]));
        assertClose(product, numbers(a), tight);
        if (!fullMatrices) continue;
        assertClose(identityOf(u), numbers(ops.eye(m, m, { dtype: 'float64' })), tight);
        assertClose(identityOf(vt), numbers(ops.eye(n, n, { dtype: 'float64' })), tight);
      }
    }
  });

  it('lu and its pivots give the matrix back, batches included', () => {
    const a = matrix([2, 4, 4]);
    const [lu, pivots] = ops.linalg.luFactor(a);
    const lower = ops.add(ops.tril(lu, -1), ops.eye(4, 4, { dtype: 'float64' }));
    const rows = ops.unstack(a).map((one, i) => {
      const order = [0, 1, 2, 3];
      const exchanges = numbers(ops.getItem(pivots, i));
      exchanges.forEach((with_, k) => ([order[k], order[with_]] = [order[with_]!, order[k]!]));
      return ops.take(one, tensor(Int32Array.from(order)), 0);
    });
    assertClose(ops.matmul(lower, ops.triu(lu)), numbers(ops.stack(rows)), tight);
  });

  it('refuse what is no matrix, or not square', () => {
    assert.throws(() => ops.linalg.svd(tensor([1, 2])), /svd: expected matrices, got \[2\]/);
    assert.throws(() => ops.linalg.eigh(ops.ones([2, 3])), /eigh: expected square matrices, got \[2, 3\]/);
    assert.throws(() => ops.linalg.qr(ops.ones([2, 3]), { mode: 'full' as never }), /mode 'reduced' or 'complete'/);
    assert.throws(() => ops.linalg.lstsq(ops.ones([2, 3]), ops.ones([3])), /lstsq: expected a matrix and right sides \[2\]/);
  });
});

describe('loops and choices', () => {
  it('cond calls one side for a boolean and selects for a tensor, also in a captured step', () => {
    const x = tensor([3]);
    let calls = 0;
    const choose = (yes: boolean | Tensor): number[] =>
      numbers(
        ops.cond(
          yes,
          () => (calls++, ops.square(x)),
          () => (calls++, ops.negative(x)),
        ),
      );
    assert.deepEqual([choose(true), choose(false), calls], [[9], [-3], 2]);
    assert.deepEqual([choose(tensor(true as never)), choose(ops.less(x, 0)), calls], [[9], [-3], 6]);
    const step = capture((t: Tensor) =>
      ops.cond(
        ops.greater(ops.sum(t), 0),
        () => t,
        () => ops.negative(t),
      ),
    );
    assert.deepEqual(
      [numbers(step(tensor([-2, 1]))), numbers(step(tensor([2, 1])))],
      [
        [2, -1],
        [2, 1],
      ],
    );
  });

  it('switch takes the nearest branch of an index outside', () => {
    const branches = [(t: Tensor) => t, (t: Tensor) => ops.square(t), (t: Tensor) => ops.negative(t)];
    const at = (index: number | Tensor): number => numbers(ops.switch(index, branches, tensor([3])))[0]!;
    assert.deepEqual([at(0), at(1), at(7), at(-1)], [3, 9, -3, 3]);
    assert.deepEqual([at(tensor(Int32Array.of(1), [])), at(tensor(Int32Array.of(9), []))], [9, -3]);
  });

  it('whileLoop reads its condition, within a bound', () => {
    const double = (n: Tensor): [Tensor] => [ops.multiply(n, 2)];
    const below = (n: Tensor): Tensor => ops.less(n, 100);
    assert.deepEqual(numbers(ops.whileLoop(below, double, [tensor(3) as Tensor])[0]), [192]);
    assert.deepEqual(numbers(ops.whileLoop(below, double, [tensor(3) as Tensor], { maximumIterations: 2 })[0]), [12]);
    const step = capture((t: Tensor) => ops.whileLoop(below, double, [t])[0]);
    assert.throws(() => step(tensor(3)), /whileLoop: expected a condition that is known while a step is captured/);
  });

  it('scan carries on and stacks, from either end, over records as well', () => {
    const xs = { a: tensor([1, 2, 3]), b: tensor([[1], [10], [100]]) };
    const run = (reverse: boolean): number[][] => {
      const [carry, ys] = ops.scan(
        (sum: Tensor, { a, b }) => {
          const next = ops.add(sum, ops.multiply(a, ops.sum(b)));
          return [next, { next }] as const;
        },
        tensor(0),
        xs,
        { reverse },
      );
      return [numbers(carry), numbers(ys.next)];
    };
    assert.deepEqual(run(false), [[321], [1, 21, 321]]);
    assert.deepEqual(run(true), [[321], [321, 320, 300]]);
  });

  it('associativeScan keeps the order of its operands, along any axis and from the end', () => {
    // Of two affine maps x -> a·x + b, one after the other.
    const join = ([a1, b1]: [Tensor, Tensor], [a2, b2]: [Tensor, Tensor]): [Tensor, Tensor] => [
      ops.multiply(a2, a1),
      ops.add(ops.multiply(a2, b1), b2),
    ];
    const [, b] = ops.associativeScan(join, [tensor([2, 3, 1, 2, 5]), tensor([1, 1, 1, 1, 1])] as [Tensor, Tensor]);
    assert.deepEqual(numbers(b), [1, 4, 5, 11, 56]);
    const sums = ops.associativeScan((p, q) => ops.add(p, q), tensor([[1, 2, 3]]), { axis: 1, reverse: true });
    assert.deepEqual(numbers(sums), [6, 5, 3]);
  });

  it('map calls with each row and says when rows differ', () => {
    assert.deepEqual(numbers(ops.map((row: Tensor) => ops.sum(row), ops.ones([3, 2]) as Tensor)), [2, 2, 2]);
    assert.throws(() => ops.map((rows: readonly Tensor[]) => rows[0]!, [ops.ones([2]), ops.ones([3])]), /a first axis of one length/);
  });

  it('jvp is the change in a direction', () => {
    const f = (a: Tensor, b: Tensor): Tensor => ops.multiply(ops.square(a), b);
    const [value, change] = ops.jvp(f, [tensor([3]), tensor([2])], [tensor([1]), tensor([10])]);
    assert.deepEqual([numbers(value), numbers(change)], [[18], [102]]);
    assert.throws(() => ops.jvp(f, [tensor([3])], []), /jvp: expected a direction of its shape for each argument/);
  });
});

describe('what is told of tensors', () => {
  it('shape, ndim, size, isTensor, convertToTensor', () => {
    const x = ops.ones([2, 3]);
    assert.deepEqual([ops.shape(x), ops.ndim(x), ops.size(x), ops.isTensor(x), ops.isTensor([1])], [[2, 3], 2, 6, true, false]);
    assert.equal(ops.convertToTensor([1, 2], 'int32').dtype, 'int32');
    assert.notEqual(ops.convertToTensor(x), x);
  });

  it('nonzero and unique read values, and so are refused in a captured step', () => {
    assert.deepEqual(
      ops
        .nonzero(
          tensor([
            [0, 1],
            [2, 0],
          ]),
        )
        .map(numbers),
      [
        [0, 1],
        [1, 0],
      ],
    );
    const [values, index, inverse, counts] = ops.unique(tensor([3, 1, 3]), { returnIndex: true, returnInverse: true, returnCounts: true });
    assert.deepEqual(
      [values, index, inverse, counts].map((one) => numbers(one!)),
      [
        [1, 3],
        [1, 0],
        [1, 0, 1],
        [1, 2],
      ],
    );
    assert.deepEqual(numbers(ops.unique(tensor([2, 2]))), [2]);
    assert.throws(() => capture((x: Tensor) => ops.nonzero(x)[0]!)(tensor([1])), /nonzero: expected a result whose shape does not depend/);
  });

  it('shifts and bits agree with JavaScript on any numbers', () => {
    const a = Int32Array.from({ length: 50 }, (_, i) => Math.imul(i * 2654435761, 40503) | 0);
    const b = Int32Array.from({ length: 50 }, (_, i) => Math.imul(i * 40503 + 7, 2654435) | 0);
    const [x, y] = [tensor(a), tensor(b)];
    const check = (y_: Tensor, fn: (p: number, q: number) => number, q = b): void =>
      assert.deepEqual(
        numbers(y_),
        [...a].map((p, i) => fn(p, q[i]!)),
      );
    check(ops.bitwiseAnd(x, y), (p, q) => p & q);
    check(ops.bitwiseOr(x, y), (p, q) => p | q);
    check(ops.bitwiseXor(x, y), (p, q) => p ^ q);
    check(ops.bitwiseNot(x), (p) => ~p);
    const by = Int32Array.from({ length: 50 }, (_, i) => i % 32);
    check(ops.leftShift(x, tensor(by)), (p, q) => p << q, by);
    check(ops.rightShift(x, tensor(by)), (p, q) => p >> q, by);
    assert.deepEqual(numbers(ops.bitwiseNot(tensor(Uint8Array.of(5)))), [250]);
    assert.throws(() => ops.bitwiseAnd(tensor([1.5]), 1), /bitwiseAnd: expected int32, uint8 or bool, got float32/);
  });

  it('patterns of rearrange are checked', () => {
    assert.throws(() => ops.rearrange(ops.ones([2, 3]), 'a b -> a c'), /rearrange: expected a pattern with a place for each axis/);
    assert.throws(() => ops.rearrange(ops.ones([2, 3]), '(a c) b -> a b c'), /lengths of all but one/);
    assert.deepEqual(ops.rearrange(ops.ones([4, 3]), '(a two) b -> a (two b)', { two: 2 }).shape, [2, 6]);
  });
});
