/** capture(), grad() and their kin, as a user calls them. */
import assert from 'node:assert/strict';
import {
  ArgumentError,
  capture,
  CaptureError,
  customGradient,
  DisposedError,
  grad,
  memory,
  type NodeCudnnError,
  ops,
  scalar,
  ShapeError,
  tensor,
  type Tensor,
  valueAndGrad,
  variable,
} from '../../lib/index.js';
import { currentRuntime } from '../../lib/native/runtime.js';
import { assertClose } from '../support/close.js';

type AnyTensor = Tensor;

function isError(kind: typeof NodeCudnnError, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, message);
    return true;
  };
}

/** Replays that a function causes. */
async function replays(fn: () => void): Promise<number> {
  const runtime = currentRuntime()!;
  await runtime.sync();
  const before = runtime.native.counters().replays;
  fn();
  await runtime.sync();
  return runtime.native.counters().replays - before;
}

describe('capture', () => {
  it('gives what the function gives, fresh results at every call', async () => {
    const f = capture((x: AnyTensor) => ops.add(ops.mul(x, 2), 1));
    const inputs = [tensor([1, 2]), tensor([3, 4]), tensor([5, 6])] as AnyTensor[];
    const results = inputs.map((x) => f(x));
    assert.equal(new Set(results).size, 3);
    assert.deepEqual(await Promise.all(results.map((result) => result.data())), [
      Float32Array.of(3, 5),
      Float32Array.of(7, 9),
      Float32Array.of(11, 13),
    ]);
    results[0]!.dispose();
    assert.deepEqual(await results[1]!.data(), Float32Array.of(7, 9));
    for (const result of results) result.dispose();
  });

  it('runs the function once for each signature, and replays it after that', async () => {
    let runs = 0;
    const f = capture((x: AnyTensor) => {
      runs++;
      return ops.neg(x);
    });
    const [a, b] = [tensor([1, 2]), tensor([1, 2, 3])] as [AnyTensor, AnyTensor];
    for (const x of [a, a, b, a, b, ops.cast(a, 'int32'), ops.cast(a, 'int32')]) f(x).dispose();
    assert.equal(runs, 3);
    assert.equal(
      await replays(() => {
        for (let i = 0; i < 5; i++) f(a).dispose();
      }),
      5,
    );
  });

  it('results may be a tensor, a list or an object of tensors', async () => {
    const x = tensor([1, 2]) as AnyTensor;
    const list = capture((t: AnyTensor) => [ops.neg(t), ops.sum(t)] as const);
    const named = capture((t: AnyTensor) => ({ low: ops.min(t), high: ops.max(t) }));
    for (let i = 0; i < 2; i++) {
      const [negated, sum] = list(x);
      const { low, high } = named(x);
      assert.deepEqual(await Promise.all([negated.array(), sum.array(), low.array(), high.array()]), [[-1, -2], 3, 1, 2]);
      for (const t of [negated, sum, low, high]) t.dispose();
    }
    x.dispose();
  });

  it('variables are read and changed at every call', async () => {
    using w = variable([10]);
    const f = capture((x: AnyTensor) => {
      w.assign(ops.add(w, x));
      return ops.mul(w, 2);
    });
    using x = tensor([1]) as AnyTensor;
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) {
      using result = f(x);
      seen.push((await result.data())[0]!);
      if (i === 1) w.assign([100]);
    }
    assert.deepEqual(seen, [22, 24, 202]);
  });

  it('a value that varies is passed as a scalar; tensors from outside are kept alive', async () => {
    const outside = tensor([1, 2, 3]) as AnyTensor;
    const f = capture((factor: AnyTensor) => ops.mul(outside, factor));
    using one = scalar(1) as AnyTensor;
    using two = scalar(2) as AnyTensor;
    using first = f(one);
    using second = f(two);
    assert.deepEqual(await Promise.all([first.data(), second.data()]), [Float32Array.of(1, 2, 3), Float32Array.of(2, 4, 6)]);
    outside.dispose();
  });

  it('random numbers go on from call to call', async () => {
    const f = capture((x: AnyTensor) => ops.add(x, ops.random.uniform([2])));
    using zero = tensor([0, 0]) as AnyTensor;
    using first = f(zero);
    using second = f(zero);
    assert.notDeepEqual(await first.data(), await second.data());
  });

  it('leaves no tensors behind that the function made', () => {
    const f = capture((x: AnyTensor) => ops.sum(ops.add(ops.exp(x), tensor([1, 2]))));
    const x = tensor([1, 2]) as AnyTensor;
    f(x).dispose();
    const before = memory().tensors;
    for (let i = 0; i < 3; i++) f(x).dispose();
    assert.equal(memory().tensors, before);
  });

  describe('refuses', () => {
    const x = (): AnyTensor => tensor([1, 2]);
    const sentence = (fn: (t: AnyTensor) => unknown, message: RegExp): void => {
      assert.throws(() => capture(fn as (t: AnyTensor) => AnyTensor)(x()), isError(CaptureError, message));
      // what was refused leaves nothing open: the next capture works
      assert.equal(capture((t: AnyTensor) => ops.sum(t))(x()).item(), 3);
    };

    it('reading inside', () => {
      sentence(
        (t) => ops.mul(t, t.item()),
        /^dataSync: expected no reading inside a captured step, got a read of a tensor of shape \[2\]; return the tensor/,
      );
      sentence(
        (t) => ops.mul(t, ops.sum(t).dataSync()[0]!),
        /^dataSync: expected no reading inside a captured step, got a read of a tensor of shape \[\]/,
      );
    });

    it('a new variable inside', () => {
      sentence(
        () => variable([1], { name: 'w' }),
        /^w: expected nothing of the kind inside a captured step, got a new variable; create variables before/,
      );
    });

    it('a captured function inside another', () => {
      const inner = capture((t: AnyTensor) => ops.neg(t));
      inner(x()).dispose();
      sentence(
        (t) => inner(t),
        /^capture: expected nothing of the kind inside a captured step, got a captured function called while another is being/,
      );
    });

    it('a promise, and what is no tensor', () => {
      sentence(
        async (t) => ops.neg(t),
        /^capture: expected a function that returns a tensor or tensors, got a promise; a captured function is synchronous/,
      );
      sentence(() => 3, /^capture: expected a function that returns a tensor or tensors, got number/);
      sentence(() => undefined, /^capture: expected a function that returns a tensor or tensors, got undefined/);
      sentence((t) => [t, 3], /^capture: expected a function that returns a tensor or tensors, got number/);
    });

    it('an argument that varies without being a tensor', () => {
      const f = capture((t: AnyTensor, factor: number) => ops.mul(t, factor));
      f(x(), 2).dispose();
      f(x(), 2).dispose();
      assert.throws(
        () => f(x(), 3),
        isError(
          CaptureError,
          /^capture: expected the argument 2 that the step was recorded with, got 3; pass a value that changes as a tensor, for example scalar\(x\)$/,
        ),
      );
    });

    it('a tensor of the step used after it', () => {
      let kept: AnyTensor | undefined;
      const f = capture((t: AnyTensor) => {
        kept = ops.neg(t);
        return ops.sum(kept);
      });
      f(x()).dispose();
      assert.throws(
        () => ops.add(kept!, 1),
        isError(CaptureError, /expected a tensor that exists outside the captured step, got one of shape \[2\] that was made inside/),
      );
    });

    it('a disposed tensor', () => {
      const f = capture((t: AnyTensor) => ops.neg(t));
      const t = x();
      f(t).dispose();
      t.dispose();
      assert.throws(() => f(t), isError(DisposedError, /^capture: expected a live tensor, got a disposed one of shape \[2\]/));
    });

    it('what throws inside, with its own error', () => {
      assert.throws(
        () =>
          capture(() => {
            throw new RangeError('mine');
          })(),
        /^RangeError: mine$/,
      );
      assert.throws(() => capture((t: AnyTensor) => ops.add(t, tensor([1, 2, 3])))(x()), ShapeError);
      assert.equal(capture((t: AnyTensor) => ops.sum(t))(x()).item(), 3);
    });
  });

  it('a whole training step: gradients and an update in one native call', async () => {
    using w = variable([1, 1], { name: 'w' });
    const step = capture((x: AnyTensor, y: AnyTensor) => {
      const { value, gradients } = valueAndGrad(() => ops.mean(ops.square(ops.sub(ops.matmul(x, ops.expandDims(w, -1)), y))), [w]);
      w.assign(ops.sub(w, ops.mul(gradients[0]!, 0.1)));
      return value;
    });
    using x = tensor([
      [1, 0],
      [0, 1],
      [1, 1],
    ]) as AnyTensor;
    using y = tensor([[2], [-3], [-1]]) as AnyTensor;
    const losses: number[] = [];
    for (let i = 0; i < 200; i++) {
      using loss = step(x, y);
      if (i % 100 === 0 || i === 199) losses.push((await loss.data())[0]!);
    }
    assert.ok(losses[0]! > losses[1]! && losses[2]! < 1e-6, losses.join());
    assertClose(await w.data(), [2, -3], { rtol: 1e-3 });
  });
});

describe('grad', () => {
  it('of one argument, and of several', async () => {
    const x = tensor([1, 2, 3]);
    assertClose(grad((t) => ops.sum(ops.square(t)))(x), [2, 4, 6]);
    const [da, db] = grad((a: AnyTensor, b: AnyTensor) => ops.sum(ops.mul(a, ops.square(b))))(tensor([1, 2]), tensor([3, 4]));
    assertClose(da!, [9, 16]);
    assertClose(db!, [6, 16]);
  });

  it('of a gradient, three times over', () => {
    const f = (t: AnyTensor): AnyTensor => ops.sum(ops.pow(t, 4));
    const first = grad(f);
    const second = grad((t) => ops.sum(first(t)));
    const third = grad((t) => ops.sum(second(t)));
    const x = tensor([1, -2]);
    assertClose(first(x), [4, -32]);
    assertClose(second(x), [12, 48]);
    assertClose(third(x), [24, -48]);
  });

  it('valueAndGrad gives zeros for what the value does not depend on', () => {
    const [w, unused] = [tensor([2]), tensor([[1, 2]])];
    const { value, gradients } = valueAndGrad(() => ops.sum(ops.mul(w, w)), [w, unused]);
    assert.equal(value.item(), 4);
    assertClose(gradients[0]!, [4]);
    assert.deepEqual(gradients[1]!.shape, [1, 2]);
    assertClose(gradients[1]!, [0, 0]);
  });

  it('a value used twice adds up its gradients; ops.stopGradient passes none on', () => {
    const x = tensor([3]);
    assertClose(grad((t) => ops.sum(ops.add(ops.mul(t, t), t)))(x), [7]);
    assertClose(grad((t) => ops.sum(ops.mul(t, ops.stopGradient(t))))(x), [3]);
  });

  it('refuses what is no scalar', () => {
    const x = tensor([1, 2]);
    assert.throws(() => grad((t) => ops.square(t))(x), isError(ShapeError, /^grad: expected a scalar, shape \[\], got \[2\]; reduce it/));
    assert.throws(
      () => valueAndGrad(() => 3 as never, [x]),
      isError(ArgumentError, /^valueAndGrad: expected a function that returns a tensor, got number; return the loss/),
    );
  });
});

describe('customGradient', () => {
  it('replaces the gradient, not the value', () => {
    const clipped = customGradient((t) => ({ value: ops.mul(t, 5), gradient: (dy) => ops.clip(dy, -1, 1) }));
    const x = tensor([1, 2]);
    assertClose(clipped(x), [5, 10]);
    assertClose(grad((t) => ops.sum(ops.mul(clipped(t), 7)))(x), [1, 1]);
  });

  it('of several arguments, and of an argument that is the value', () => {
    const f = customGradient((a, b) => ({ value: ops.mul(a, b), gradient: (dy) => [ops.mul(dy, 10), ops.mul(dy, 20)] }));
    const [da, db] = grad((a: AnyTensor, b: AnyTensor) => ops.sum(f(a, b)))(tensor([1, 2]), tensor([3, 4]));
    assertClose(da!, [10, 10]);
    assertClose(db!, [20, 20]);
    const same = customGradient((t) => ({ value: t, gradient: (dy) => ops.neg(dy) }));
    assertClose(grad((t) => ops.sum(same(t)))(tensor([1, 2])), [-1, -1]);
  });

  it('inside a captured step', () => {
    const reversed = customGradient((t) => ({ value: ops.mul(t, 1), gradient: (dy) => ops.neg(dy) }));
    const f = capture((t: AnyTensor) => grad((u) => ops.sum(ops.square(reversed(u))))(t));
    assertClose(f(tensor([1, 2])), [-2, -4]);
    assertClose(f(tensor([3, 4])), [-6, -8]);
  });

  it('refuses another number of gradients', () => {
    const f = customGradient((a, b) => ({ value: ops.add(a, b), gradient: (dy) => dy }));
    assert.throws(
      () => grad((a: AnyTensor, b: AnyTensor) => ops.sum(f(a, b)))(tensor([1]), tensor([2])),
      isError(ArgumentError, /^customGradient: expected 2 gradients, one an argument, got 1$/),
    );
  });
});
