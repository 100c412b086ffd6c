/** The instruments of the other tests: that they find what they are to find. */
import assert from 'node:assert/strict';
import { customGradient } from '../../lib/autodiff/grad.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { keep } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, firstFar } from '../support/close.js';
import { gradCheck, input } from '../support/gradcheck.js';
import { withoutLeaks } from '../support/leaks.js';

describe('gradCheck', () => {
  const off = (factor: number) =>
    customGradient((x) => ({ value: ops.square(x), gradient: (dy) => ops.multiply(dy, ops.multiply(x, factor)) }));

  it('accepts a right gradient and finds one that is off by a millionth', () => {
    gradCheck(off(2), [input([3])]);
    assert.throws(() => gradCheck(off(2.00001), [input([3])]), /gradient of input 0 element/);
  });

  it('finds a wrong second derivative', () => {
    const frozen = customGradient((x) => ({
      value: ops.square(x),
      gradient: (dy) => ops.multiply(dy, ops.stopGradient(ops.multiply(x, 2))),
    }));
    gradCheck(frozen, [input([3])]);
    assert.throws(() => gradCheck(frozen, [input([3])], { order: 2 }), /gradient of input 0 element/);
  });
});

describe('firstFar', () => {
  const tolerance = { rtol: 1e-4, atol: 1e-5 };

  it('compares as the golden values say', () => {
    assert.equal(firstFar([1, 2], [1, 2.0001], tolerance), -1);
    assert.equal(firstFar([1, 2], [1, 2.01], tolerance), 1);
    assert.equal(firstFar([1000.05, 0.009], [1000, 0], tolerance), -1);
    assert.equal(firstFar([NaN, Infinity], [NaN, Infinity], tolerance), -1);
    assert.equal(firstFar([Infinity], [-Infinity], tolerance), 0);
    assert.equal(firstFar([1], [NaN], tolerance), 0);
    assert.throws(() => assertClose(tensor([1, 2]), [1, 3]), /element 1: expected 3, got 2/);
    assert.throws(() => assertClose(tensor([1, 2]), [1]), /number of elements/);
  });
});

describe('withoutLeaks', () => {
  const kept: Tensor[] = [];

  after(() => {
    for (const one of kept) one.dispose();
  });

  it('finds a tensor that outlives a test', async () => {
    await assert.rejects(
      withoutLeaks(() => {
        kept.push(keep(tensor([1, 2, 3]) as Tensor));
      }),
      /as before, got 1 tensors on cpu, \d+ native bytes on cpu more/,
    );
    kept.pop()!.dispose();
  });

  it('lets go what garbage collection frees', async () => {
    await withoutLeaks(async () => {
      await Promise.resolve();
      for (let i = 0; i < 50; i++) ops.add(tensor([1, 2, 3]), i);
    });
  });

  it('keeps what a test waits for', async () => {
    await withoutLeaks(async () => {
      const x = tensor([1, 2, 3]);
      await Promise.resolve();
      assertClose(ops.add(x, 1), [2, 3, 4]);
    });
  });
});
