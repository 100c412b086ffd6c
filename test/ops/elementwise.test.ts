import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { DType } from '../../lib/tensor/dtype.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { atBroadcast, dense, make } from '../support/naive.js';

const points = [-Infinity, -30, -2.5, -1.5, -1, -0.5, -1e-3, 0, 1e-3, 0.5, 1, 1.5, 2.5, 30, Infinity, NaN];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const half = (x: number) => {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
};

/** What each op is, in JavaScript. */
const unary: Record<string, (x: number) => number> = {
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  cbrt: Math.cbrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: half,
  negative: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  square: (x) => x * x,
  relu: (x) => (Number.isNaN(x) ? NaN : Math.max(x, 0)),
  relu6: (x) => (Number.isNaN(x) ? NaN : Math.min(Math.max(x, 0), 6)),
  sigmoid,
  softplus: (x) => (x === -Infinity ? 0 : x === Infinity ? Infinity : softplus(x)),
  logSigmoid: (x) => (x === Infinity ? 0 : x === -Infinity ? -Infinity : -softplus(-x)),
};

describe('element-wise ops of one tensor', () => {
  for (const [name, reference] of Object.entries(unary)) {
    for (const dtype of ['float32', 'float64'] as const) {
      it(`${name} ${dtype}`, () => {
        const x = tensor(points, undefined, dtype);
        const y = (ops[name as keyof typeof ops] as (x: Tensor) => Tensor)(x);
        const given = numbers(x);
        assert.equal(y.dtype, dtype);
        assertClose(y, given.map(reference), { atol: dtype === 'float32' ? 1e-6 : 1e-13 });
      });
    }
  }

  it('takes the nearest even number for halves, with decimals as well', () => {
    assertClose(ops.round(tensor([0.5, 1.5, 2.5, -0.5, -1.5])), [0, 2, 2, 0, -2]);
    assertClose(ops.round(tensor([1.25, 3.14159]), 2), [1.25, 3.14]);
  });

  it('tells what is not finite', () => {
    const x = tensor([NaN, Infinity, -Infinity, 1]);
    assertTensor(ops.isnan(x), [true, false, false, false], { dtype: 'bool' });
    assertTensor(ops.isinf(x), [false, true, true, false], { dtype: 'bool' });
    assertTensor(ops.isfinite(x), [false, false, false, true], { dtype: 'bool' });
  });

  it('works on integers where that makes sense', () => {
    const x = tensor(Int32Array.of(-3, 0, 4));
    assertTensor(ops.abs(x), [3, 0, 4], { dtype: 'int32' });
    assertTensor(ops.negative(x), [3, 0, -4], { dtype: 'int32' });
    assertTensor(ops.square(x), [9, 0, 16], { dtype: 'int32' });
    assertTensor(ops.sign(x), [-1, 0, 1], { dtype: 'int32' });
    assertTensor(ops.floor(x), [-3, 0, 4], { dtype: 'int32' });
    assertTensor(ops.relu(x), [0, 0, 4], { dtype: 'int32' });
    assertTensor(ops.exp(x), [Math.exp(-3), 1, Math.exp(4)]);
  });
});

const binary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  squaredDifference: (a, b) => (a - b) ** 2,
  floorDivide: (a, b) => Math.floor(a / b),
  mod: (a, b) => a - Math.floor(a / b) * b,
  arctan2: Math.atan2,
  hypot: Math.hypot,
  logaddexp: (a, b) => Math.log(Math.exp(a) + Math.exp(b)),
  power: (a, b) => Math.abs(a) ** b,
  equal: (a, b) => Number(a === b),
  notEqual: (a, b) => Number(a !== b),
  less: (a, b) => Number(a < b),
  lessEqual: (a, b) => Number(a <= b),
  greater: (a, b) => Number(a > b),
  greaterEqual: (a, b) => Number(a >= b),
};

const shapes: [number[], number[]][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [4]],
  [[4], []],
  [[], []],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[2, 0], [1]],
  [
    [5, 1, 2, 1],
    [3, 1, 4],
  ],
  [[257], [1]],
  [[33, 65], [65]],
  [
    [33, 65],
    [33, 1],
  ],
];

function broadcastShape(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return x === 1 ? y : x;
  });
}

describe('element-wise ops of two tensors', () => {
  for (const [name, reference] of Object.entries(binary)) {
    it(`${name} broadcasts as NumPy does`, () => {
      const op = ops[name as keyof typeof ops] as (a: Tensor, b: Tensor) => Tensor;
      for (const [sa, sb] of shapes) {
        const count = (shape: number[]) => shape.reduce((p, q) => p * q, 1);
        // Steps of a quarter, so that some pairs are equal.
        const quarter = (values: Float64Array) => values.map((value) => Math.round(value * 4) / 4 + 0.125);
        let [da, db] = [quarter(randoms(count(sa), 5, -2, 2)), quarter(randoms(count(sb), 6, -2, 2))];
        if (name === 'power') [da, db] = [da.map(Math.abs), db];
        const [a, b] = [dense(sa, da), dense(sb, db)];
        const want = make(broadcastShape(sa, sb), (index) => reference(atBroadcast(a, index), atBroadcast(b, index)));
        const y = op(tensor(da, sa), tensor(db, sb));
        assert.deepEqual([...y.shape], want.shape);
        assertClose(y, want.data, {}, `${JSON.stringify(sa)} ${JSON.stringify(sb)}`);
        const single = op(tensor(Float32Array.from(da), sa), tensor(Float32Array.from(db), sb));
        assertClose(single, want.data, {}, `float32 ${JSON.stringify(sa)} ${JSON.stringify(sb)}`);
      }
    });
  }

  it('keeps integers whole, with the signs of Python', () => {
    const [a, b] = [tensor(Int32Array.of(-7, 7, -7, 7, 5)), tensor(Int32Array.of(2, -2, -2, 2, 0))];
    assertTensor(ops.floorDivide(a, b), [-4, -4, 3, 3, 0], { dtype: 'int32' });
    assertTensor(ops.mod(a, b), [1, -1, -1, 1, 0], { dtype: 'int32' });
    assertTensor(ops.add(a, b), [-5, 5, -9, 9, 5], { dtype: 'int32' });
    assertTensor(ops.power(tensor(Int32Array.of(-2, 3, 1, -1, 2)), tensor(Int32Array.of(3, 4, -1, -3, -1))), [-8, 81, 1, -1, 0], {
      dtype: 'int32',
    });
    assertTensor(ops.divide(a, b), [-3.5, -3.5, 3.5, 3.5, Infinity]);
  });

  it('carries NaN through maximum and minimum', () => {
    assertClose(ops.maximum(tensor([NaN, 1]), tensor([1, NaN])), [NaN, NaN]);
    assertClose(ops.minimum(tensor([NaN, 1]), tensor([1, NaN])), [NaN, NaN]);
  });

  it('divides by 0 as told', () => {
    assertClose(ops.divide(tensor([1, -1, 0]), 0), [Infinity, -Infinity, NaN]);
    assertClose(ops.divideNoNan(tensor([1, -1, 0]), 0), [0, 0, 0]);
  });

  it('combines truth values', () => {
    const [a, b] = [tensor([true, true, false, false]), tensor([true, false, true, false])];
    assertTensor(ops.logicalAnd(a, b), [true, false, false, false], { dtype: 'bool' });
    assertTensor(ops.logicalOr(a, b), [true, true, true, false], { dtype: 'bool' });
    assertTensor(ops.logicalXor(a, b), [false, true, true, false], { dtype: 'bool' });
    assertTensor(ops.logicalNot(tensor([0, 2])), [true, false], { dtype: 'bool' });
  });

  it('chooses by a condition', () => {
    assertTensor(ops.where(tensor([[true], [false]]), tensor([1, 2]), 0), [
      [1, 2],
      [0, 0],
    ]);
    assertTensor(ops.where(tensor([1, 0]), tensor(Int32Array.of(1, 2)), 5), [1, 5], { dtype: 'int32' });
  });

  it('tells what is close', () => {
    const [a, b] = [tensor([1, 1, Infinity, NaN, 1]), tensor([1 + 1e-6, 1.1, Infinity, NaN, Infinity])];
    assertTensor(ops.isclose(a, b), [true, false, true, false, false], { dtype: 'bool' });
    assertTensor(ops.isclose(a, b, { atol: 1, equalNan: true }), [true, true, true, true, false], { dtype: 'bool' });
  });

  it('has short names for the same functions', () => {
    assert.equal(ops.add, ops.add);
    assert.equal(ops.sub, ops.subtract);
    assert.equal(ops.mul, ops.multiply);
    assert.equal(ops.div, ops.divide);
    assert.equal(ops.pow, ops.power);
    assert.equal(ops.neg, ops.negative);
  });
});

describe('dtypes of ops', () => {
  const of = (dtype: DType): Tensor => tensor([1, 0], undefined, dtype);
  const order: DType[] = ['bool', 'uint8', 'int32', 'float32', 'float64'];

  it('promotes two tensors to the wider', () => {
    order.forEach((a, i) => {
      order.forEach((b, j) => {
        const wider = order[Math.max(i, j)]!;
        assert.equal(ops.add(of(a), of(b)).dtype, wider === 'bool' ? 'int32' : wider, `add ${a} ${b}`);
        assert.equal(ops.where(true, of(a), of(b)).dtype, wider, `where ${a} ${b}`);
        assert.equal(ops.divide(of(a), of(b)).dtype, wider === 'float64' ? 'float64' : 'float32', `divide ${a} ${b}`);
        assert.equal(ops.less(of(a), of(b)).dtype, 'bool', `less ${a} ${b}`);
      });
    });
  });

  it('gives a plain number the dtype of the tensor, where that can hold it', () => {
    const cases: [DType, number, DType][] = [
      ['float32', 2, 'float32'],
      ['float32', 0.5, 'float32'],
      ['float64', 0.5, 'float64'],
      ['int32', 2, 'int32'],
      ['int32', 0.5, 'float32'],
      ['int32', 2 ** 40, 'float32'],
      ['uint8', 200, 'uint8'],
      ['uint8', -1, 'int32'],
      ['uint8', 300, 'int32'],
      ['uint8', 0.5, 'float32'],
      ['bool', 1, 'int32'],
      ['bool', 0.5, 'float32'],
    ];
    for (const [dtype, number, want] of cases) {
      assert.equal(ops.add(of(dtype), number).dtype, want, `${dtype} + ${number}`);
      assert.equal(ops.multiply(number, of(dtype)).dtype, want, `${number} * ${dtype}`);
    }
  });

  it('reads nested arrays in the dtype of the tensor', () => {
    assertTensor(ops.add(tensor(Int32Array.of(1, 2)), [3, 4]), [4, 6], { dtype: 'int32' });
    assertTensor(ops.add(tensor(Int32Array.of(1, 2)), [0.5, 4]), [1.5, 6]);
    assertTensor(ops.add([[1], [2]], [1, 2]), [
      [2, 3],
      [3, 4],
    ]);
  });

  it('makes floats for mathematics, int32 for sums of small types', () => {
    assert.equal(ops.sqrt(of('int32')).dtype, 'float32');
    assert.equal(ops.mean(of('uint8')).dtype, 'float32');
    assert.equal(ops.mean(of('float64')).dtype, 'float64');
    assert.equal(ops.sum(of('bool')).dtype, 'int32');
    assert.equal(ops.sum(of('uint8')).dtype, 'int32');
    assert.equal(ops.argmax(of('float64')).dtype, 'int32');
    assert.equal(ops.max(of('bool')).dtype, 'bool');
  });

  it('casts as documented', () => {
    const x = tensor([1.7, -1.7, NaN, 3e9, -3e9, 300, 0]);
    assertTensor(ops.cast(x, 'int32'), [1, -1, 0, 2147483647, -2147483648, 300, 0], { dtype: 'int32' });
    assertTensor(ops.cast(x, 'uint8'), [1, 0, 0, 255, 0, 255, 0], { dtype: 'uint8' });
    assertTensor(ops.cast(x, 'bool'), [true, true, true, true, true, true, false], { dtype: 'bool' });
    assertTensor(ops.cast(tensor([true, false]), 'float64'), [1, 0], { dtype: 'float64' });
  });
});
