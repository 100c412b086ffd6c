import assert from 'node:assert/strict';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor, numbers } from '../support/close.js';
import { randoms } from '../support/gradcheck.js';
import { conv2d as convolved, dense, pool2d, sizeOf } from '../support/naive.js';

/** What 'same' adds before and after, spelled out: the odd one after. */
function same(size: number, extent: number, stride: number): [number, number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

interface Convolution {
  image: [number, number, number, number];
  /** [out, height, width, in / groups] */
  filter: [number, number, number, number];
  strides?: [number, number];
  padding?: 'valid' | 'same' | [[number, number], [number, number]];
  dilationRate?: [number, number];
  groups?: number;
}

const convolutions: Convolution[] = [
  { image: [1, 3, 3, 1], filter: [1, 1, 1, 1] },
  { image: [2, 5, 6, 3], filter: [4, 3, 3, 3] },
  { image: [2, 5, 6, 3], filter: [4, 3, 3, 3], padding: 'same' },
  { image: [2, 5, 6, 3], filter: [4, 2, 4, 3], padding: 'same' },
  { image: [2, 7, 6, 2], filter: [3, 3, 2, 2], strides: [2, 3], padding: 'same' },
  { image: [2, 7, 6, 2], filter: [3, 3, 2, 2], strides: [2, 1] },
  { image: [1, 9, 8, 2], filter: [3, 3, 3, 2], dilationRate: [2, 3] },
  { image: [1, 9, 8, 2], filter: [3, 3, 3, 2], dilationRate: [2, 1], padding: 'same' },
  { image: [2, 4, 4, 6], filter: [4, 3, 3, 3], groups: 2, padding: 'same' },
  { image: [2, 4, 4, 5], filter: [10, 3, 3, 1], groups: 5 },
  {
    image: [1, 4, 5, 2],
    filter: [3, 3, 3, 2],
    padding: [
      [2, 0],
      [1, 3],
    ],
  },
  { image: [3, 28, 28, 1], filter: [8, 5, 5, 1] },
  { image: [2, 12, 12, 16], filter: [20, 3, 3, 16], padding: 'same' },
  { image: [0, 5, 5, 2], filter: [3, 3, 3, 2] },
];

function padsOf({
  image,
  filter,
  strides = [1, 1],
  padding = 'valid',
  dilationRate = [1, 1],
}: Convolution): [number, number, number, number] {
  if (padding === 'valid') return [0, 0, 0, 0];
  const [h, w] =
    padding === 'same' ? [0, 1].map((i) => same(image[i + 1]!, (filter[i + 1]! - 1) * dilationRate[i]! + 1, strides[i]!)) : padding;
  return [h![0], w![0], h![1], w![1]];
}

describe('conv2d', () => {
  for (const one of convolutions) {
    it(`${one.image.join('x')} by ${one.filter.join('x')} ${JSON.stringify({ ...one, image: undefined, filter: undefined })}`, () => {
      const { image, filter, strides = [1, 1], padding, dilationRate = [1, 1], groups = 1 } = one;
      const [x, w] = [randoms(sizeOf(image), 1), randoms(sizeOf(filter), 2)];
      const want = convolved(dense(image, x), dense(filter, w), { strides, pads: padsOf(one), dilation: dilationRate, groups });
      for (const type of [Float32Array, Float64Array]) {
        const y = ops.conv2d(tensor(type.from(x), image), tensor(type.from(w), filter), { strides, padding, dilationRate, groups });
        assert.deepEqual([...y.shape], want.shape);
        assertClose(y, want.data, {}, type.name);
      }
      const b = randoms(filter[0], 3);
      const fused = ops.conv2d(tensor(Float32Array.from(x), image), tensor(Float32Array.from(w), filter), {
        strides,
        padding,
        dilationRate,
        groups,
        bias: tensor(Float32Array.from(b)),
        activation: 'relu',
      });
      assertClose(
        fused,
        want.data.map((value, i) => Math.max(0, value + b[i % filter[0]]!)),
        {},
        'with bias and relu',
      );
    });
  }

  it('takes channels first', () => {
    const [x, w] = [tensor(randoms(2 * 5 * 4 * 3, 1), [2, 5, 4, 3]), tensor(randoms(4 * 9 * 3, 2), [4, 3, 3, 3])];
    const y = ops.conv2d(ops.transpose(x, [0, 3, 1, 2]), w, { dataFormat: 'channelsFirst' });
    assertClose(y, ops.transpose(ops.conv2d(x, w), [0, 3, 1, 2]));
  });

  it('is what Keras calls conv, with kernels [height, width, in, out]', () => {
    const [x, w] = [tensor(randoms(2 * 5 * 4 * 4, 1), [2, 5, 4, 4]), tensor(randoms(6 * 9 * 2, 2), [6, 3, 3, 2])];
    const kernel = ops.transpose(w, [1, 2, 3, 0]);
    assertClose(ops.conv(x, kernel, { padding: 'same', strides: 2 }), ops.conv2d(x, w, { groups: 2, padding: 'same', strides: 2 }));
  });

  it('convolves sequences, causally as well', () => {
    const x = tensor([1, 2, 3, 4], [1, 4, 1]);
    const kernel = tensor([1, 10], [2, 1, 1]);
    assertClose(ops.conv(x, kernel), [21, 32, 43]);
    assertClose(ops.conv(x, kernel, { padding: 'same' }), [21, 32, 43, 4]);
    assertClose(ops.conv(x, kernel, { padding: 'causal' }), [10, 21, 32, 43]);
    assertClose(ops.conv(x, kernel, { padding: 'causal', dilationRate: 2 }), [10, 20, 31, 42]);
    assert.deepEqual([...ops.conv(ops.ones([2, 3, 8]), ops.ones([2, 3, 5]), { dataFormat: 'channelsFirst' }).shape], [2, 5, 7]);
  });

  it('depthwise and separable convolutions are grouped ones', () => {
    const [x, d] = [tensor(randoms(5 * 4 * 2, 1), [1, 5, 4, 2]), tensor(randoms(2 * 3 * 2 * 2, 2), [2, 3, 2, 2])];
    const y = ops.depthwiseConv(x, d);
    const filters = ops.reshape(ops.transpose(d, [2, 3, 0, 1]), [4, 2, 3, 1]);
    assertClose(y, ops.conv2d(x, filters, { groups: 2 }));
    const point = tensor(randoms(4 * 3, 3), [1, 1, 4, 3]);
    assertClose(ops.separableConv(x, d, point), ops.matmul(y, ops.reshape(point, [4, 3])));
  });
});

describe('transposed convolution', () => {
  const cases: [number, number, number, 'valid' | 'same', number | undefined, number][] = [
    // size, kernel, stride, padding, outputPadding, wanted size
    [4, 3, 1, 'valid', undefined, 6],
    [4, 3, 2, 'valid', undefined, 9],
    [4, 2, 3, 'valid', undefined, 12],
    [4, 3, 2, 'same', undefined, 8],
    [4, 3, 2, 'same', 0, 7],
    [4, 3, 2, 'same', 1, 8],
    [4, 3, 2, 'valid', 1, 10],
    [3, 5, 1, 'same', undefined, 3],
  ];
  for (const [size, kernel, stride, padding, outputPadding, wanted] of cases) {
    it(`of ${size} by ${kernel}, stride ${stride}, ${padding}${outputPadding === undefined ? '' : `, outputPadding ${outputPadding}`}`, () => {
      const w = tensor(randoms(2 * kernel * kernel * 3, 2), [2, kernel, kernel, 3]) as Tensor;
      const x = tensor(randoms(size * size * 2, 1), [1, size, size, 2]) as Tensor;
      const y = ops.conv2dTranspose(x, w, { strides: stride, padding, outputPadding });
      assert.deepEqual([...y.shape], [1, wanted, wanted, 3]);
      // <conv(z), x> = <z, transposed(x)> for every z is what makes it the mirror image.
      const z = tensor(randoms(wanted * wanted * 3, 3), [1, wanted, wanted, 3]) as Tensor;
      const total = Math.max(0, (size - 1) * stride + kernel - wanted);
      const sides = [Math.floor(total / 2), Math.ceil(total / 2)] as const;
      const there = ops.conv2d(z, w, { strides: stride, padding: [sides, sides] });
      assertClose(ops.vdot(there, x), [ops.vdot(z, y).item()], { rtol: 1e-10 });
    });
  }
});

interface Pool {
  image: [number, number, number, number];
  pool: [number, number];
  strides: [number, number];
  padding: 'valid' | 'same';
}

const pools: Pool[] = [
  { image: [2, 4, 6, 3], pool: [2, 2], strides: [2, 2], padding: 'valid' },
  { image: [2, 5, 7, 3], pool: [2, 2], strides: [2, 2], padding: 'valid' },
  { image: [2, 5, 7, 3], pool: [2, 2], strides: [2, 2], padding: 'same' },
  { image: [1, 6, 6, 2], pool: [3, 2], strides: [1, 2], padding: 'same' },
  { image: [1, 6, 6, 2], pool: [3, 3], strides: [2, 2], padding: 'same' },
  { image: [1, 20, 20, 1], pool: [17, 18], strides: [1, 1], padding: 'valid' },
  { image: [3, 1, 1, 4], pool: [1, 1], strides: [1, 1], padding: 'valid' },
  { image: [0, 4, 4, 2], pool: [2, 2], strides: [2, 2], padding: 'valid' },
];

describe('pooling', () => {
  for (const { image, pool, strides, padding } of pools) {
    it(`${image.join('x')}, ${pool.join('x')} every ${strides.join('x')}, ${padding}`, () => {
      const data = randoms(sizeOf(image), 4);
      const size = [0, 1].map((i) =>
        padding === 'same' ? Math.ceil(image[i + 1]! / strides[i]!) : Math.floor((image[i + 1]! - pool[i]!) / strides[i]!) + 1,
      ) as [number, number];
      const pads = [0, 1].map((i) => (padding === 'same' ? same(image[i + 1]!, pool[i]!, strides[i]!)[0] : 0)) as [number, number];
      const options = { poolSize: pool, strides, padding };
      for (const type of [Float32Array, Float64Array]) {
        const values = type.from(data);
        const x = dense(image, values);
        const most = pool2d(x, { pool, strides, pads, size }, (inside) => Math.max(...inside));
        const mean = pool2d(x, { pool, strides, pads, size }, (inside) => inside.reduce((a, b) => a + b, 0) / inside.length);
        const all = pool2d(x, { pool, strides, pads, size }, (inside) => inside.reduce((a, b) => a + b, 0) / (pool[0] * pool[1]));
        const t = tensor(values, image);
        assert.deepEqual([...ops.maxPool2d(t, options).shape], most.shape);
        assertClose(ops.maxPool2d(t, options), most.data);
        assertClose(ops.avgPool2d(t, options), mean.data);
        assertClose(ops.avgPool2d(t, { ...options, includePadding: true }), all.data);
      }
    });
  }

  it('has defaults, channels first and sequences', () => {
    const x = tensor(randoms(2 * 4 * 6 * 3, 1), [2, 4, 6, 3]);
    const first = ops.transpose(x, [0, 3, 1, 2]);
    assertClose(ops.maxPool2d(first, { dataFormat: 'channelsFirst' }), ops.transpose(ops.maxPool2d(x), [0, 3, 1, 2]));
    const rows = tensor([1, 3, 2, 8], [1, 4, 1]);
    assertClose(ops.maxPool(rows, 2), [3, 8]);
    assertClose(ops.maxPool(rows, { poolSize: 2, strides: 1 }), [3, 3, 8]);
    assertClose(
      ops.averagePool(rows, 3, { padding: 'same', strides: 2 }),
      [2, 13 / 3].map((_, i) => [(1 + 3 + 2) / 3, (2 + 8) / 2][i]!),
    );
    assert.deepEqual([...ops.adaptiveAveragePool(x, 1).shape], [2, 1, 1, 3]);
    assertClose(ops.adaptiveAveragePool(x, 1), numbers(ops.mean(x, [1, 2])));
    assertClose(ops.adaptiveMaxPool(tensor([1, 5, 2, 3, 4], [1, 5, 1]), 2), [5, 4]);
  });

  it('gives the maximum even where all is negative or padding could win', () => {
    const x = ops.full([1, 2, 2, 1], -5);
    assertTensor(ops.maxPool2d(x, { poolSize: 3, strides: 1, padding: 'same' }), ops.full([1, 2, 2, 1], -5), { shape: [1, 2, 2, 1] });
  });
});

describe('batch normalization', () => {
  it('uses the statistics of the batch over all axes but the last', () => {
    const x = tensor([
      [1, 10],
      [3, 30],
    ]) as Tensor;
    const { y, mean, variance } = ops.batchNorm(x, tensor([1, 2]), tensor([0, 5]), 0);
    assertTensor(mean, [2, 20]);
    assertTensor(variance, [1, 100]);
    assertTensor(y, [
      [-1, 3],
      [1, 7],
    ]);
  });

  it('uses given statistics, along any axis', () => {
    const x = tensor([
      [1, 10],
      [3, 30],
    ]);
    assertTensor(ops.batchNormalization(x, [2, 20], [1, 100], { epsilon: 0 }), [
      [-1, -1],
      [1, 1],
    ]);
    assertTensor(ops.batchNormalization(x, [1, 3], [1, 1], { axis: 0, epsilon: 0, scale: [2, 1], offset: [0, 1] }), [
      [0, 18],
      [1, 28],
    ]);
  });

  it('normalizes samples', () => {
    const x = tensor([
      [1, 3],
      [10, 30],
    ]);
    assertTensor(ops.layerNormalization(x, { epsilon: 0 }), [
      [-1, 1],
      [-1, 1],
    ]);
    assertTensor(ops.layerNormalization(x, { gamma: [1, 2], beta: [5, 6], epsilon: 0 }), [
      [4, 8],
      [4, 8],
    ]);
    assertTensor(ops.rmsNormalization(tensor([3, 4]), { epsilon: 0, scale: [1, 2] }), [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
  });
});
