import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import { fromTensors } from '../../lib/data/index.js';
import * as layers from '../../lib/layers/index.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { setRandomSeed } from '../../lib/random/state.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const image = { input: [4, 5, 3], output: [4, 5, 3], random: true, low: 0.1, high: 0.9 } as const;
const valueRange = [0, 1] as const;
conforms('mixUp', { make: () => layers.mixUp(0.7, { seed: 1 }), ...image });
conforms('mixUp, channels first', { make: () => layers.mixUp({ dataFormat: 'channelsFirst', seed: 2 }), ...image });
conforms('cutMix', { make: () => layers.cutMix([0.5, 1], { seed: 2 }), ...image });
conforms('randAugment', {
  make: () => layers.randAugment({ valueRange, seed: 1, numOps: 3, factor: 0.3, interpolation: 'nearest' }),
  ...image,
});
conforms('augMix', {
  make: () => layers.augMix({ valueRange, seed: 1, numChains: 2, chainDepth: 2, alpha: 0.5, factor: [0.1, 0.4] }),
  ...image,
});
conforms('augMix of grey images, channels first', {
  make: () => layers.augMix({ valueRange, allOps: false, dataFormat: 'channelsFirst', seed: 3 }),
  ...image,
  input: [1, 4, 5],
  output: [1, 4, 5],
});

const BATCH = 64;

/** Images of one colour each, their own number, and that number as a class. */
function samples(batch = BATCH, [h, w] = [6, 8]): { x: Tensor; y: Tensor } {
  const number = ops.reshape(ops.arange(0, batch, 1, 'float32'), [batch, 1, 1, 1]);
  return { x: ops.broadcastTo(number, [batch, h, w, 3]), y: ops.oneHot(ops.arange(0, batch, 1, 'int32'), batch) };
}

/** The rows of a matrix. */
function rowsOf(y: Tensor): number[][] {
  const flat = numbers(y);
  const width = y.size / y.shape[0]!;
  return Array.from({ length: y.shape[0]! }, (_, i) => flat.slice(i * width, (i + 1) * width));
}

describe('images mixed with others', () => {
  it('mixUp blends images and labels by one share', () => {
    const { x, y } = samples();
    const [mixed, labels] = layers.mixUp(0.8, { seed: 5 }).apply([x, y], { training: true });
    const [pictures, rows] = [rowsOf(mixed), rowsOf(labels)];
    rows.forEach((row, i) => {
      assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
      const expected = row.reduce((sum, share, j) => sum + share * j, 0);
      for (const pixel of pictures[i]!) assert.ok(Math.abs(pixel - expected) < 1e-3, `${pixel} of ${expected}`);
    });
    const partners = rows.map((row, i) => row.findIndex((share, j) => share > 0 && j !== i)).filter((j) => j >= 0);
    assert.equal(new Set(partners).size, partners.length);
    assert.ok(partners.length > BATCH - 8);
  });

  it('mixUp draws its shares from the beta distribution', () => {
    const { x, y } = samples(2000, [1, 1]);
    const own = ops.reshape(ops.arange(0, 2000, 1, 'int32'), [2000, 1]);
    for (const alpha of [0.2, 1]) {
      const [, labels] = layers.mixUp(alpha, { seed: 1 }).apply([x, y], { training: true });
      const shares = numbers(ops.takeAlongAxis(labels, own, 1));
      const mean = shares.reduce((a, b) => a + b) / 2000;
      const variance = shares.reduce((a, b) => a + (b - mean) ** 2, 0) / 2000;
      assert.ok(Math.abs(mean - 0.5) < 0.05, `mean ${mean}`);
      assert.ok(Math.abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.02, `variance ${variance}`);
    }
  });

  it('cutMix puts one rectangle of another image in, and counts its pixels', () => {
    const { x, y } = samples();
    const [mixed, labels] = layers.cutMix([1, 1], { seed: 5 }).apply([x, y], { training: true });
    const [pictures, rows] = [rowsOf(mixed), rowsOf(labels)];
    let cut = 0;
    pictures.forEach((pixels, i) => {
      const others = new Set(pixels.filter((pixel) => pixel !== i));
      assert.ok(others.size <= 1);
      const places = pixels.flatMap((pixel, at) => (pixel === i || at % 3 > 0 ? [] : [at / 3]));
      const [down, across] = [new Set(places.map((at) => Math.floor(at / 8))), new Set(places.map((at) => at % 8))];
      assert.equal(places.length, down.size * across.size);
      assert.ok(Math.abs(rows[i]![i]! - (1 - places.length / 48)) < 1e-6);
      for (const other of others) assert.ok(Math.abs(rows[i]![other]! - places.length / 48) < 1e-6);
      cut += others.size;
    });
    assert.ok(cut > BATCH / 2, `${cut} were cut`);
  });

  it('both cast what they are given, and change nothing without training', () => {
    const { x, y } = samples(4);
    for (const layer of [layers.mixUp(), layers.cutMix()]) {
      const [same, labels] = layer.apply([ops.cast(x, 'uint8'), ops.cast(y, 'int32')]);
      assert.deepEqual([same.dtype, labels.dtype], ['float32', 'float32']);
      assert.deepEqual([numbers(same), numbers(labels)], [numbers(x), numbers(y)]);
      assert.deepEqual(
        layer.computeOutputShape([
          [null, 6, 8, 3],
          [null, 10],
        ] as never),
        [
          [null, 6, 8, 3],
          [null, 10],
        ],
      );
    }
  });

  it('train a model through a pipeline', async () => {
    const { x, y } = samples(32);
    const mix = layers.cutMix(1, { seed: 1 });
    const batches = fromTensors([x, y] as const)
      .batch(8)
      .map(([images, labels]) => mix.apply([tensor(images.data, images.shape), tensor(labels.data, labels.shape)], { training: true }));
    const model = sequential([6, 8, 3], [layers.flatten(), layers.dense(32, { activation: 'softmax' })]);
    model.compile({ loss: 'categoricalCrossentropy' });
    const { history } = await model.fit(batches as never, { epochs: 2, verbose: 0 });
    assert.ok(history['loss']!.every(Number.isFinite));
    model.dispose();
  });

  refuses([
    [
      'class numbers',
      () => layers.mixUp().apply([ops.zeros([2, 4, 4, 3]), ops.zeros([2])] as never),
      'ShapeError',
      'mixUp: expected labels that can be mixed, such as a probability of each class, got [] a sample; make class numbers into rows with ops.oneHot or utils.toCategorical',
    ],
    [
      'class numbers in a column',
      () => layers.cutMix().apply([ops.zeros([2, 4, 4, 3]), ops.zeros([2, 1], 'int32')]),
      'ShapeError',
      'cutMix: expected labels that can be mixed, such as a probability of each class, got int32 [1] a sample; make class numbers into rows with ops.oneHot or utils.toCategorical',
    ],
    [
      'three tensors',
      () => layers.mixUp().apply([ops.zeros([2, 4, 4, 3]), ops.zeros([2, 3]), ops.zeros([2, 3])] as never),
      'ShapeError',
      'mixUp: expected images, or a list of images and labels, got a list of 3; pass apply([images, labels])',
    ],
    ['an alpha of 0', () => layers.mixUp(0), 'ArgumentError', 'mixUp alpha: expected a number above 0, got 0'],
    [
      'a factor above 1',
      () => layers.cutMix(2),
      'ArgumentError',
      'cutMix factor: expected a number, or [lowest, highest], from 0 to 1, got 2',
    ],
  ]);
});

/** As many small pictures, different from one another. */
function pictures(batch: number): Tensor {
  return ops.random.uniform([batch, 8, 8, 3], { maxval: 255, seed: 9 });
}

describe('policies of changes', () => {
  it('randAugment chooses for each image by itself, among all changes and none of its own', () => {
    const one = ops.slice(pictures(1), [0, 0, 0, 0], [1, 8, 8, 3]);
    const batch = ops.broadcastTo(one, [256, 8, 8, 3]);
    const changed = rowsOf(layers.randAugment({ numOps: 1, seed: 2 }).apply(batch, { training: true }));
    const kinds = new Map<string, number>();
    for (const row of changed)
      kinds.set(row.map((value) => value.toFixed(3)).join(), (kinds.get(row.map((value) => value.toFixed(3)).join()) ?? 0) + 1);
    // The two changes without chance, contrast and equalization, come each for about one in eleven.
    const counts = [...kinds.values()].sort((a, b) => b - a);
    const wanted = [layers.autoContrast(), layers.equalization()].map((layer) => rowsOf(layer.apply(one))[0]!);
    for (const row of wanted) {
      const found = changed.filter((other) => other.every((value, i) => Math.abs(value - row[i]!) < 1e-2)).length;
      assert.ok(found > 8 && found < 45, `${found} of 256`);
    }
    assert.ok(counts.length > 100, `${counts.length} different ones`);
  });

  it('randAugment of no strength leaves moved images where they are', () => {
    const x = pictures(64);
    const y = rowsOf(layers.randAugment({ numOps: 1, factor: 0, seed: 1 }).apply(x, { training: true }));
    const same = rowsOf(x).filter((row, i) => row.every((value, j) => Math.abs(value - y[i]![j]!) < 1e-3)).length;
    // shear, translation, rotation, brightness, colour, contrast: six of eleven
    assert.ok(same > 20 && same < 50, `${same} of 64`);
  });

  it('augMix stays within the range and keeps what all chains keep', () => {
    const flat = ops.full([16, 8, 8, 3], 0.25);
    const y = layers.augMix({ valueRange, allOps: false, factor: 0, seed: 1 }).apply(flat, { training: true });
    assert.ok(numbers(y).every((value) => value >= 0 && value <= 1));
    const x = ops.divide(pictures(16), 255);
    const strong = numbers(layers.augMix({ valueRange, factor: 1, seed: 1 }).apply(x, { training: true }));
    assert.ok(strong.every((value) => value >= 0 && value <= 1));
    // Images of one value, moved and mirrored at the border, stay that value; only the others change it.
    const moved = layers.augMix({ chainDepth: 1, allOps: false, valueRange, seed: 4 }).apply(flat, { training: true });
    assert.ok(numbers(moved).some((value) => Math.abs(value - 0.25) < 1e-6));
  });

  it('repeat with a seed, and in captured steps draw what uncaptured ones do', () => {
    const x = pictures(6);
    const { y } = samples(6);
    const makers: (() => (images: Tensor) => Tensor)[] = [
      () => (images) => layer(() => layers.randAugment({ seed: 3 }), images),
      () => (images) => layer(() => layers.augMix({ seed: 3, numChains: 2 }), images),
      () => (images) => layer(() => layers.randomPerspective(1, { seed: 3 }), images),
      () => (images) => layer(() => layers.randomElasticTransform(1, { seed: 3 }), images),
    ];
    const made = new Map<string, layers.Layer>();
    const layer = (make: () => layers.Layer, images: Tensor): Tensor => {
      const one = make();
      const kept = made.get(one.className) ?? one;
      made.set(one.className, kept);
      return kept.apply<Tensor>(images, { training: true });
    };
    for (const make of makers) {
      made.clear();
      const eager = [0, 1].map(() => numbers(make()(x)));
      assert.notDeepEqual(eager[0], eager[1]);
      made.clear();
      const step = capture(make());
      for (const want of eager) assertClose(step(x), want, { rtol: 0, atol: 0 });
    }
    for (const make of [() => layers.mixUp(0.4, { seed: 3 }), () => layers.cutMix(1, { seed: 3 })]) {
      const [own, twin] = [make(), make()];
      const step = capture((images: Tensor, labels: Tensor) => [...twin.apply([images, labels], { training: true })]);
      for (let i = 0; i < 2; i++) {
        const want = own.apply([x, y], { training: true });
        const got = step(x, y);
        want.forEach((one, part) => assertClose(got[part]!, one, { rtol: 0, atol: 0 }));
      }
    }
    setRandomSeed(4);
    const first = numbers(layers.augMix().apply(x, { training: true }));
    setRandomSeed(4);
    assert.deepEqual(numbers(layers.augMix().apply(x, { training: true })), first);
  });

  it('parts of a seeded layer draw different numbers', () => {
    // One number for all would tie brightness to contrast.
    const x = ops.broadcastTo(ops.reshape(tensor([100, 140]), [1, 1, 2, 1]), [200, 1, 2, 1]);
    const y = rowsOf(
      layers.randomColorJitter({ brightnessFactor: [0, 0.2], contrastFactor: [0, 0.9], seed: 1 }).apply(x, { training: true }),
    );
    const light = y.map(([a, b]) => (a! + b!) / 2);
    const range = y.map(([a, b]) => b! - a!);
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b) / list.length;
    const spread = (list: readonly number[]): number => Math.sqrt(mean(list.map((one) => (one - mean(list)) ** 2)));
    const together = mean(light.map((one, i) => (one - mean(light)) * (range[i]! - mean(range)))) / (spread(light) * spread(range));
    assert.ok(Math.abs(together) < 0.25, `correlation ${together}`);
  });

  refuses([
    [
      'grey images for changes of colour',
      () => layers.randAugment().apply(ops.zeros([1, 4, 4, 1]), { training: true }),
      'ShapeError',
      'rgbToGrayscale: expected 3 channels on axis 3, got [1, 4, 4, 1]',
    ],
    [
      'no changes',
      () => layers.randAugment({ numOps: 0 }),
      'ArgumentError',
      'randAugment numOps: expected a whole number of at least 1, got 0',
    ],
    ['an alpha below 0', () => layers.augMix({ alpha: -1 }), 'ArgumentError', 'augMix alpha: expected a number above 0, got -1'],
  ]);
});
