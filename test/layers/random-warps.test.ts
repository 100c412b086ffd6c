import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const image = { input: [6, 7, 2], output: [6, 7, 2], low: 0.1, high: 0.9 } as const;
const valueRange = [0, 1] as const;
conforms('randomPerspective', { make: () => layers.randomPerspective([1, 1], { scale: 0.5, seed: 1 }), ...image, random: true });
conforms('randomPerspective, channels first', {
  make: () => layers.randomPerspective({ dataFormat: 'channelsFirst', factor: [1, 1], interpolation: 'nearest', fillValue: 1, seed: 1 }),
  ...image,
  random: true,
});
conforms('randomElasticTransform', {
  make: () => layers.randomElasticTransform([1, 1], { scale: [0.5, 1], valueRange, fillMode: 'mirror', seed: 1 }),
  ...image,
  random: true,
});
conforms('randomElasticTransform, channels first', {
  make: () => layers.randomElasticTransform({ dataFormat: 'channelsFirst', factor: [1, 1], seed: 2 }),
  ...image,
  random: true,
});
conforms('contrastLimitedAdaptiveHistogramEqualization', {
  make: () => layers.contrastLimitedAdaptiveHistogramEqualization({ valueRange: [-20, 20], tileGridSize: [2, 3], clipLimit: 2 }),
  ...image,
});

/** A batch of images of 5 by 6 pixels whose value tells the place: 10 row + column. */
function places(batch = 1): Tensor {
  const rows = ops.reshape(ops.multiply(ops.arange(0, 5, 1, 'float32'), 10), [1, 5, 1, 1]);
  return ops.broadcastTo(ops.add(rows, ops.reshape(ops.arange(0, 6, 1, 'float32'), [1, 1, 6, 1])), [batch, 5, 6, 1]);
}

/** The first twelve pixels of an image of 7 by 10, by Keras 3.15. */
const CASES: readonly (readonly [{ tileGridSize: readonly [number, number]; clipLimit: number }, readonly number[]])[] = [
  [
    { tileGridSize: [3, 4], clipLimit: 1.5 },
    [0.0, 37.7101, 89.4205, 156.4504, 235.4868, 77.0817, 181.3648, 48.4587, 183.5501, 79.0587, 242.6153, 165.2897],
  ],
  [
    { tileGridSize: [2, 2], clipLimit: 0 },
    [0.0, 40.2632, 93.9474, 145.6184, 234.1302, 84.8882, 159.4421, 61.4013, 165.75, 102.0, 255.0, 161.0526],
  ],
  [
    { tileGridSize: [5, 3], clipLimit: 20 },
    [0.0, 37.0663, 101.4589, 158.2024, 206.8418, 83.9818, 147.8875, 61.6213, 177.4415, 107.3724, 249.7241, 196.4244],
  ],
];

const trained = (layer: layers.Layer, x: Tensor): number[] => numbers(layer.apply<Tensor>(x, { training: true }));

describe('images seen from another side and pulled about', () => {
  const corners = [
    [0, 0],
    [4, 0],
    [0, 3],
    [4, 3],
  ];
  const moved = [
    [0.5, 0.2],
    [3.5, 0.4],
    [-0.3, 2.6],
    [4.4, 3.5],
  ];

  // What Keras 3.15 makes of the same image and points.
  it('perspectiveTransform does as Keras does', () => {
    const x = ops.reshape(ops.arange(0, 20, 1, 'float32'), [1, 4, 5, 1]);
    const wanted = [
      0, 0.3714447, 0.9586115, 1.2235061, 0.2253857, 4.6295223, 6.8740692, 7.4001832, 7.897985, 5.2876945, 12.3191395, 12.6445885,
      12.9548054, 13.2508335, 13.0736256, 11.5481672, 14.5430594, 17.0294209, 17.2057915, 17.3752899,
    ];
    assertClose(ops.image.perspectiveTransform(x, corners, moved), wanted, { atol: 1e-4 });
    assertClose(
      ops.image.perspectiveTransform(x, corners, moved, { interpolation: 'nearest', fillValue: -1 }),
      [-1, 1, -1, -1, -1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    );
    const one = ops.image.perspectiveTransform(ops.reshape(x, [1, 4, 5]), corners, moved, { dataFormat: 'channelsFirst' });
    assert.deepEqual([...one.shape], [1, 4, 5]);
    assertClose(one, wanted, { atol: 1e-4 });
  });

  it('perspectiveTransform keeps what does not move, for each image by itself', () => {
    const x = places(2);
    const [start, end] = [
      [
        [0, 0],
        [5, 0],
        [0, 4],
        [5, 4],
      ],
      [
        [1, 0],
        [6, 0],
        [1, 4],
        [6, 4],
      ],
    ];
    const y = numbers(ops.image.perspectiveTransform(x, [start, start], [start, end], { fillValue: -1 }));
    assertClose(y.slice(0, 30), numbers(x).slice(0, 30), { atol: 1e-4 });
    // One to the right: the first column is new.
    const beside = numbers(x)
      .slice(0, 30)
      .map((value) => (value % 10 === 0 ? -1 : value - 1));
    assertClose(y.slice(30), beside, { atol: 1e-4 });
  });

  it('perspectiveTransform is finite where a horizon crosses the image', () => {
    const behind = [
      [0, 0],
      [6, 0],
      [0, 5],
      [2, 1.5],
    ];
    const start = [
      [0, 0],
      [5, 0],
      [0, 4],
      [5, 4],
    ];
    for (const interpolation of ['bilinear', 'nearest'] as const) {
      assert.ok(numbers(ops.image.perspectiveTransform(places(), start, behind, { interpolation })).every(Number.isFinite));
    }
    const infinite = ops.image.affineTransform(places(), [1, 0, 0, 0, 1, 0, -0.5, 0], { fillValue: -7 });
    assert.equal(numbers(infinite)[2], -7);
  });

  it('randomPerspective moves corners by shares of their places, and keeps the first', () => {
    const x = places(50);
    const y = trained(layers.randomPerspective([1, 1], { scale: 0.2, seed: 1, interpolation: 'nearest' }), x);
    const own = numbers(x);
    assert.ok(Array.from({ length: 50 }, (_, i) => y[i * 30]!).every((value) => Math.abs(value) < 1e-4));
    const smooth = trained(layers.randomPerspective([1, 1], { scale: 0.2, seed: 1 }), x);
    const changed = Array.from({ length: 50 }, (_, i) => smooth[i * 30 + 8]! !== own[i * 30 + 8]!).filter(Boolean).length;
    assert.ok(changed > 45, `${changed} of 50`);
    // Corners move by half a pixel at most: no pixel shows what is further away than its neighbours, but what lies beyond the border.
    y.forEach((value, i) => assert.ok(value === 0 || Math.abs(value - own[i]!) < 12, `${value} for ${own[i]}`));
    assertClose(trained(layers.randomPerspective([1, 1], { scale: 0 }), x), own, { atol: 1e-4 });
    assertClose(trained(layers.randomPerspective(0), x), own);
  });

  it('randomPerspective and randomElasticTransform change images by their probability', () => {
    const x = ops.broadcastTo(ops.random.uniform([1, 9, 9, 1], { seed: 3 }), [300, 9, 9, 1]);
    const own = numbers(x);
    for (const layer of [
      layers.randomPerspective([0.25, 0.25], { seed: 1 }),
      layers.randomElasticTransform([0.25, 0.25], { scale: [1, 1], seed: 1 }),
    ]) {
      const y = trained(layer, x);
      const changed = Array.from({ length: 300 }, (_, i) => y.slice(81 * i, 81 * i + 81).some((value, j) => value !== own[81 * i + j]));
      const count = changed.filter(Boolean).length;
      assert.ok(count > 45 && count < 105, `${count} of 300`);
    }
  });

  it('elasticTransform moves neighbours alike, by its deviation', () => {
    const [h, w] = [40, 50];
    const columns = ops.broadcastTo(ops.reshape(ops.arange(0, w, 1, 'float32'), [1, 1, w, 1]), [40, h, w, 1]);
    const [alpha, sigma] = [3, 2.5];
    const y = numbers(ops.image.elasticTransform(columns, { alpha, sigma, fillMode: 'nearest', seed: 5 }));
    // In the middle, far from the border, the image shows by how much it moved.
    const at = (i: number, row: number, column: number): number => y[(i * h + row) * w + column]! - column;
    const moves: number[] = [];
    const beside: number[] = [];
    for (let i = 0; i < 40; i++) {
      for (let row = 10; row < 30; row++) {
        for (let column = 15; column < 35; column++) {
          moves.push(at(i, row, column));
          beside.push(at(i, row, column + 1));
        }
      }
    }
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    const variance = mean(moves.map((move) => move * move));
    // The blur of sigma * noise: its weights' squares add up to 1 / (4 pi sigma^2).
    const wanted = (alpha * alpha * sigma * sigma) / (4 * Math.PI * sigma * sigma);
    assert.ok(Math.abs(variance / wanted - 1) < 0.15, `${variance} for ${wanted}`);
    const together = mean(moves.map((move, i) => move * beside[i]!)) / variance;
    assert.ok(Math.abs(together - Math.exp(-1 / (4 * sigma * sigma))) < 0.03, `correlation ${together}`);
    assert.ok(Math.abs(mean(moves)) < 0.1);
  });

  it('elasticTransform repeats with a seed and stays within the borders', () => {
    const x = places(2);
    const make = (options: object): number[] => numbers(ops.image.elasticTransform(x, { seed: 1, ...options }));
    assert.deepEqual(make({}), make({}));
    assert.notDeepEqual(make({}), make({ seed: 2 }));
    assertClose(make({ sigma: 0 }), numbers(x), { atol: 1e-4 });
    for (const fillMode of ['reflect', 'mirror', 'wrap', 'nearest'] as const) {
      assert.ok(make({ alpha: 100, fillMode }).every((value) => value >= 0 && value <= 45.001));
    }
    assert.ok(make({ alpha: 100, fillMode: 'constant', fillValue: -5, interpolation: 'nearest' }).includes(-5));
    const first = ops.image.elasticTransform(ops.transpose(x, { axes: [0, 3, 1, 2] }), { seed: 1, dataFormat: 'channelsFirst' });
    assertClose(first, make({}), { atol: 1e-5 });
  });

  it('randomElasticTransform cuts values off at the range and takes its strength from the scale', () => {
    const x = places(20);
    const far = (scale: readonly [number, number]): number => {
      const y = trained(layers.randomElasticTransform([1, 1], { scale, seed: 1 }), x);
      return numbers(x).reduce((sum, value, i) => sum + Math.abs(value - y[i]!), 0);
    };
    assert.equal(far([0, 0]), 0);
    assert.ok(far([0.9, 1]) > 2 * far([0.1, 0.2]));
    const cut = trained(layers.randomElasticTransform([1, 1], { valueRange: [0, 20] }), x);
    assert.ok(cut.every((value) => value <= 20));
  });

  // Keras 3.15 of the same image; its rows do not go into the tiles evenly.
  it('contrastLimitedAdaptiveHistogramEqualization does as Keras does', () => {
    const x = ops.reshape(tensor(Array.from({ length: 70 }, (_, i) => (i * i * 7 + i * 31) % 256)), [1, 7, 10, 1]);
    for (const [options, wanted] of CASES) {
      const y = numbers(layers.contrastLimitedAdaptiveHistogramEqualization(options).apply<Tensor>(x));
      assertClose(y.slice(0, 12), wanted, { atol: 1e-2 });
      const first = layers.contrastLimitedAdaptiveHistogramEqualization({ ...options, dataFormat: 'channelsFirst', valueRange: [0, 510] });
      assertClose(ops.divide(first.apply<Tensor>(ops.reshape(ops.multiply(x, 2), [1, 1, 7, 10])), 2), y, { atol: 1e-2 });
    }
  });

  it('contrastLimitedAdaptiveHistogramEqualization takes images one by one, and more tiles than pixels', () => {
    const x = ops.random.uniform([3, 6, 6, 2], { maxval: 255, seed: 1 });
    const layer = layers.contrastLimitedAdaptiveHistogramEqualization({ tileGridSize: 20 });
    const all = numbers(layer.apply<Tensor>(x));
    for (let i = 0; i < 3; i++) {
      assertClose(layer.apply<Tensor>(ops.slice(x, [i, 0, 0, 0], [1, 6, 6, 2])), all.slice(72 * i, 72 * i + 72), { atol: 1e-4 });
    }
    assert.ok(all.every((value) => value >= 0 && value <= 255));
  });

  refuses([
    [
      'a scale above 1',
      () => layers.randomPerspective(1, { scale: 2 }),
      'ArgumentError',
      'randomPerspective scale: expected a number from 0 to 1, got 2',
    ],
    [
      'three points',
      () => ops.image.perspectiveTransform(places(), corners.slice(1), corners),
      'ShapeError',
      'perspectiveTransform: expected startPoints [1, 4, 2] or [4, 2], got [3, 2]',
    ],
    [
      'a fill mode that there is not',
      () => layers.randomElasticTransform(1, { fillMode: 'zero' as never }),
      'ArgumentError',
      "randomElasticTransform fillMode: expected 'constant' or 'nearest' or 'wrap' or 'mirror' or 'reflect', got 'zero'",
    ],
    [
      'a deviation below 0',
      () => ops.image.elasticTransform(places(), { sigma: -1 }),
      'ArgumentError',
      'elasticTransform: expected a finite alpha, and sigma of at least 0, got 20 and -1',
    ],
    [
      'no tiles',
      () => layers.contrastLimitedAdaptiveHistogramEqualization({ tileGridSize: 0 }),
      'ArgumentError',
      'contrastLimitedAdaptiveHistogramEqualization tileGridSize: expected a whole number of at least 1 or a pair [height, width] of them, got 0',
    ],
  ]);
});
