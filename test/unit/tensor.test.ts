/** Tensors: made from what, read as what, shown how, and gone when. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { DisposedError, DTypeError, memory, ops, scalar, ShapeError, tensor, type Tensor, tidy, variable } from '../../lib/index.js';
import { captureOutput } from '../support/output.js';
import { refuses } from '../support/refused.js';

describe('tensor()', () => {
  it('numbers are float32, booleans bool, typed arrays what they are', () => {
    const kinds = [
      tensor(1),
      tensor(true),
      tensor([1, 2]),
      tensor([true, false]),
      tensor([1, true] as never),
      tensor([]),
      tensor(new Float32Array(2)),
      tensor(new Float64Array(2)),
      tensor(new Int32Array(2)),
      tensor(new Uint8Array(2)),
      tensor(new Uint8ClampedArray(2) as never),
    ] as Tensor[];
    assert.deepEqual(kinds.map(String), [
      'Tensor<[], float32>',
      'Tensor<[], bool>',
      'Tensor<[2], float32>',
      'Tensor<[2], bool>',
      'Tensor<[2], float32>',
      'Tensor<[0], float32>',
      'Tensor<[2], float32>',
      'Tensor<[2], float64>',
      'Tensor<[2], int32>',
      'Tensor<[2], uint8>',
      'Tensor<[2], uint8>',
    ]);
  });

  it('the shape is that of the nesting, or the one that is given', () => {
    const shapes = [
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      tensor([[[1]], [[2]]]),
      tensor([[], []]),
      tensor([1, 2, 3, 4, 5, 6], [3, 2]),
      tensor(new Uint8Array(0), [0, 5]),
      tensor(7, [1, 1]),
    ] as Tensor[];
    assert.deepEqual(
      shapes.map(({ shape, rank, size }) => [shape, rank, size]),
      [
        [[2, 3], 2, 6],
        [[2, 1, 1], 3, 2],
        [[2, 0], 2, 0],
        [[3, 2], 2, 6],
        [[0, 5], 2, 0],
        [[1, 1], 2, 1],
      ],
    );
  });

  it('a dtype that is given converts as typed arrays do', async () => {
    assert.deepEqual(await tensor([1.7, -1.7, 300], undefined, 'int32').data(), Int32Array.of(1, -1, 300));
    assert.deepEqual(await tensor([1, 0, 5], undefined, 'bool').array(), [true, false, true]);
    assert.deepEqual(await tensor(Int32Array.of(1, 2), undefined, 'float64').data(), Float64Array.of(1, 2));
    assert.deepEqual(await tensor(new Uint8Array([0, 1]), undefined, 'bool').array(), [false, true]);
  });

  it('what is given is copied', async () => {
    const values = Float32Array.of(1, 2, 3);
    const t = tensor(values);
    values.fill(9);
    assert.deepEqual(await t.data(), Float32Array.of(1, 2, 3));
    t.dispose();
  });

  it('scalar() has rank 0', () => {
    assert.deepEqual([scalar(3), scalar(true), scalar(3, 'int32')].map(String), [
      'Tensor<[], float32>',
      'Tensor<[], bool>',
      'Tensor<[], int32>',
    ]);
  });

  refuses([
    [
      'ragged rows',
      () => tensor([[1, 2], [3]]),
      'ShapeError',
      'tensor: expected nested arrays of one shape, [2, 2], got an array of 1 where others have 2; pad or cut',
    ],
    ['a number beside rows', () => tensor([[1, 2], 3]), 'ShapeError', 'tensor: expected nested arrays of one shape, [2, 2], got number'],
    ['deeper parts', () => tensor([1, [2]]), 'DTypeError', 'tensor: expected numbers or booleans, got arrays of different depths'],
    ['texts', () => tensor(['1'] as never), 'DTypeError', 'tensor: expected numbers or booleans, got string "1"; convert the values'],
    ['null', () => tensor(null as never), 'DTypeError', 'tensor: expected a number, nested arrays of numbers, or a typed array, got null'],
    [
      'nothing',
      () => tensor(undefined as never),
      'DTypeError',
      'tensor: expected a number, nested arrays of numbers, or a typed array, got undefined',
    ],
    [
      'an object',
      () => tensor({} as never),
      'DTypeError',
      'tensor: expected a number, nested arrays of numbers, or a typed array, got object',
    ],
    [
      'big integers',
      () => tensor(new BigInt64Array(1) as never),
      'DTypeError',
      'tensor: expected a Float32Array, Float64Array, Int32Array or Uint8Array, got BigInt64Array',
    ],
    ['16-bit integers', () => tensor(new Int16Array(1) as never), 'DTypeError', 'tensor: expected a Float32Array'],
    [
      'another number of values',
      () => tensor([1, 2, 3], [2, 2] as never),
      'ShapeError',
      'tensor: expected 4 values for shape [2, 2], got 3; give a shape',
    ],
    [
      'an unknown dtype',
      () => tensor([1], undefined, 'float16' as never),
      'DTypeError',
      'tensor: expected float32, float64, int32, uint8 or bool, got float16',
    ],
    ['a negative dimension', () => tensor([1], [-1, -1] as never), 'ShapeError', 'tensor: expected'],
    ['a fraction of a dimension', () => tensor([1, 2, 3], [1.5, 2] as never), 'ShapeError', 'tensor: expected'],
    ['a scalar of a list', () => scalar([1] as never), 'ArgumentError', 'scalar: expected a number or boolean, got object'],
  ]);
});

describe('reading', () => {
  it('data, array, dataSync and item agree', async () => {
    const t = tensor([
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(t.dataSync(), Float32Array.of(1, 2, 3, 4));
    assert.deepEqual(ops.sum(t).item(), 10);
    const flags = tensor([[true], [false]]);
    const [empty, whole, one] = [tensor([[], []]), scalar(5), scalar(true)];
    assert.equal(one.item(), 1);
    const reads = [t.data(), t.array(), flags.array(), empty.array(), whole.array(), one.array()];
    assert.deepEqual(await Promise.all(reads), [
      Float32Array.of(1, 2, 3, 4),
      [
        [1, 2],
        [3, 4],
      ],
      [[true], [false]],
      [[], []],
      5,
      true,
    ]);
  });

  it('each dtype comes as its typed array', async () => {
    const kinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array } as const;
    for (const [dtype, kind] of Object.entries(kinds)) {
      using t = tensor([1, 0, 1], undefined, dtype as 'float32');
      assert.ok(((await t.data()) as unknown) instanceof kind, dtype);
      assert.equal(t.bytes, 3 * kind.BYTES_PER_ELEMENT);
    }
  });
});

describe('printing', () => {
  it('small tensors are shown whole', () => {
    assert.equal(
      inspect(
        tensor([
          [1, 2],
          [3, 4.5],
        ]),
      ),
      'Tensor<[2, 2], float32>\n[[1, 2],\n [3, 4.5]]',
    );
    assert.equal(inspect(tensor([1, NaN, -Infinity])), 'Tensor<[3], float32> [1, NaN, -Infinity]');
    assert.equal(inspect(scalar(3)), 'Tensor<[], float32> 3');
    assert.equal(inspect(tensor([true, false])), 'Tensor<[2], bool> [true, false]');
    assert.equal(inspect(tensor([])), 'Tensor<[0], float32> []');
    assert.equal(inspect(tensor([0.1, 1e-7, 1234567])), 'Tensor<[3], float32> [0.1, 1e-7, 1234600]');
    assert.equal(inspect(tensor(Float64Array.of(0.1, 1 / 3))), 'Tensor<[2], float64> [0.1, 0.33333333]');
    assert.equal(inspect(tensor([[[1], [2]]])), 'Tensor<[1, 2, 1], float32>\n[[[1],\n  [2]]]');
  });

  it('large ones without their middle', () => {
    const t = tensor(
      Int32Array.from({ length: 10_000 }, (_, i) => i),
      [100, 100],
    );
    assert.equal(
      inspect(t),
      'Tensor<[100, 100], int32>\n' +
        '[[0, 1, 2, ..., 97, 98, 99],\n [100, 101, 102, ..., 197, 198, 199],\n [200, 201, 202, ..., 297, 298, 299],\n ...,\n' +
        ' [9700, 9701, 9702, ..., 9797, 9798, 9799],\n [9800, 9801, 9802, ..., 9897, 9898, 9899],\n [9900, 9901, 9902, ..., 9997, 9998, 9999]]',
    );
  });

  it('one that was disposed of says so', () => {
    const t = tensor([1]);
    t.dispose();
    assert.equal(inspect(t), 'Tensor<[1], float32> (disposed)');
    assert.equal(String(t), 'Tensor<[1], float32>');
  });

  it('inside other values, and by print', async () => {
    assert.equal(inspect({ x: tensor([1, 2]) }), '{ x: Tensor<[2], float32> [1, 2] }');
    const t = tensor([1, 2]);
    assert.equal(await captureOutput(() => t.print()), 'Tensor<[2], float32> [1, 2]\n');
  });
});

describe('disposing', () => {
  it('frees at once; a second time is no error; using it afterwards is', async () => {
    const before = memory().tensors;
    const t = tensor([1, 2]);
    assert.equal(memory().tensors, before + 1);
    assert.equal(t.isDisposed, false);
    t.dispose();
    t.dispose();
    assert.equal(t.isDisposed, true);
    assert.equal(memory().tensors, before);
    const gone = (error: unknown): boolean => {
      assert.ok(error instanceof DisposedError);
      assert.match(
        error.message,
        /^\w+: expected a live tensor, got a disposed one of shape \[2\]; dispose of a tensor only after its last use$/,
      );
      return true;
    };
    await assert.rejects(t.data(), gone);
    await assert.rejects(t.array(), gone);
    assert.throws(() => t.dataSync(), gone);
    assert.throws(() => ops.add(t, 1), gone);
  });

  it('`using` disposes at the end of the block, an exception included', () => {
    let kept: Tensor | undefined;
    assert.throws(() => {
      using t = tensor([1]);
      kept = t;
      throw new RangeError('mine');
    }, RangeError);
    assert.ok(kept?.isDisposed);
  });

  it('what was read before it was disposed of arrives', async () => {
    const t = ops.mul(tensor([1, 2]), 3);
    const read = t.data();
    t.dispose();
    assert.deepEqual(await read, Float32Array.of(3, 6));
  });
});

describe('tidy', () => {
  it('keeps what is returned, in arrays and objects, and disposes of the rest', () => {
    const before = memory().tensors;
    const made: Tensor[] = [];
    const note = (t: Tensor): Tensor => {
      made.push(t);
      return t;
    };
    const result = tidy(() => {
      const a = note(tensor([1, 2]));
      const b = note(ops.add(a, 1));
      const c = note(ops.mul(b, 2));
      return { sum: b, list: [c, { deep: note(ops.neg(c)) }], n: 3, none: null };
    });
    assert.deepEqual(
      made.map(({ isDisposed }) => isDisposed),
      [true, false, false, false],
    );
    assert.equal(result.n, 3);
    assert.equal(memory().tensors, before + 3);
  });

  it('scopes may be nested; an exception disposes of everything; variables stay', () => {
    const before = memory().tensors;
    let inner: Tensor | undefined;
    const outer = tidy(() => {
      inner = tidy((): Tensor => ops.add(tensor([1]), 1));
      return ops.add(inner, 1);
    });
    assert.ok(inner!.isDisposed && !outer.isDisposed);
    outer.dispose();
    assert.throws(() => tidy(() => ops.add(tensor([1, 2]), tensor([1, 2, 3]) as never)), ShapeError);
    assert.equal(memory().tensors, before);
    let w: Tensor | undefined;
    tidy(() => {
      w = variable([1]);
    });
    assert.ok(!w!.isDisposed);
  });

  it('a promise is refused', () => {
    assert.throws(
      () => tidy(async () => tensor([1])),
      /^ArgumentError: tidy: expected a synchronous function, got one that returned a promise/,
    );
  });
});

describe('variables', () => {
  it('change in place, and refuse what does not fit', async () => {
    using w = variable([1, 2], { name: 'w' });
    const doubled = ops.mul(w, 2);
    w.assign([5, 6]);
    const later = ops.mul(w, 2);
    w.fill(7);
    assert.throws(() => w.assign([1, 2, 3]), /^ShapeError: w: expected \[2\], got \[3\]/);
    assert.throws(() => w.assign(tensor([1, 2], undefined, 'int32')), DTypeError);
    assert.deepEqual(await Promise.all([doubled.data(), later.data(), w.data()]), [
      Float32Array.of(2, 4),
      Float32Array.of(10, 12),
      Float32Array.of(7, 7),
    ]);
  });
});
