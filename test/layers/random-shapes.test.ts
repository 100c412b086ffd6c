import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const plain = { input: [4, 5, 2], output: [4, 5, 2], low: 0.1, high: 0.9 } as const;
const random = { ...plain, random: true } as const;
const valueRange = [0, 1] as const;
conforms('randomShear', { make: () => layers.randomShear(0.4, { yFactor: [0.1, 0.2] }), ...random });
conforms('randomShear, channels first', { make: () => layers.randomShear({ yFactor: 0.3, dataFormat: 'channelsFirst' }), ...random });
conforms('solarization', { make: () => layers.solarization({ additionFactor: 0.3, thresholdFactor: [0.4, 0.6], valueRange }), ...random });
conforms('autoContrast', { make: () => layers.autoContrast({ valueRange }), ...plain });
conforms('equalization', { make: () => layers.equalization({ valueRange, bins: 8 }), ...plain });
conforms('randomErasing', { make: () => layers.randomErasing([1, 1], { scale: [0.5, 0.6], valueRange }), ...random });

/** One image of 4 by 5 pixels, counted in tens. */
const image = (): Tensor => ops.reshape(ops.multiply(ops.arange(0, 20, 1, 'float32'), 10), [1, 4, 5, 1]);
const trained = (layer: layers.Layer, x: Tensor = image()): number[] => numbers(layer.apply<Tensor>(x, { training: true }));

describe('slanted, solarized, spread and erased images', () => {
  it('are slanted to either side, the upper left corner in its place', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 8; seed++) {
      const y = trained(layers.randomShear([1, 1], { fillMode: 'constant', fillValue: -1, interpolation: 'nearest', seed }));
      seen.add(y.join(' '));
    }
    assert.deepEqual(
      [...seen].sort(),
      [
        '0 10 20 30 40 -1 50 60 70 80 -1 -1 100 110 120 -1 -1 -1 150 160',
        '0 10 20 30 40 60 70 80 90 -1 120 130 140 -1 -1 180 190 -1 -1 -1',
      ].sort(),
    );
  });

  it('are inverted from the threshold on', () => {
    const wanted = numbers(image()).map((value) => (value + 25.5 < 127.5 ? value + 25.5 : 255 - (value + 25.5)));
    assertClose(trained(layers.solarization({ additionFactor: [0.1, 0.1], thresholdFactor: [0.5, 0.5] })), wanted, { atol: 1e-3 });
    assertClose(layers.solarization({ thresholdFactor: 0.5 }).apply(image()), numbers(image()));
  });

  it('are spread, each image and channel by itself, and flat ones stay', () => {
    const flat = ops.full([1, 4, 5, 1], 70, 'float32');
    const batch = ops.concatenate([image(), flat, ops.multiply(image(), 0.5)], { axis: 0 });
    for (const layer of [layers.autoContrast(), layers.equalization()]) {
      const y = numbers(layer.apply<Tensor>(batch));
      assert.deepEqual(y.slice(20, 40), new Array<number>(20).fill(70));
      assertClose(y.slice(40), y.slice(0, 20), { atol: 1e-3 });
      assert.equal(Math.min(...y.slice(0, 20)), 0);
      assertClose([Math.max(...y.slice(0, 20))], [255], { atol: 1e-3 });
      const Class = layer.constructor as typeof layers.AutoContrast;
      const first = ops.transpose(ops.concatenate([image(), flat], { axis: 3 }), { axes: [0, 3, 1, 2] });
      assertClose(new Class({ dataFormat: 'channelsFirst' }).apply<Tensor>(first), y.slice(0, 40), { atol: 1e-3 });
    }
  });

  it('make shades as frequent as Keras 3.15 does', () => {
    // round(255 · (pixels up to the shade - darkest ones) / (all - darkest ones)), with 5 pixels of 0, 10 of 100 and 5 of 200.
    const shades = ops.reshape(ops.concatenate([ops.zeros([5]), ops.full([10], 100), ops.full([5], 200)]), [1, 4, 5, 1]);
    const y = numbers(layers.equalization().apply<Tensor>(shades));
    assert.deepEqual(y, [...new Array<number>(5).fill(0), ...new Array<number>(10).fill(170), ...new Array<number>(5).fill(255)]);
  });

  it('lose one rectangle of the given size, some of them', () => {
    const batch = ops.full([200, 8, 8, 3], 100, 'float32');
    const y = layers.randomErasing([0.5, 0.5], { scale: [0.25, 0.25], fillValue: [0, 50, 300], seed: 2 }).apply(batch, { training: true });
    const erased = numbers(ops.sum(ops.cast(ops.less(ops.slice(y, [0, 0, 0, 0], [200, 8, 8, 1]), 100), 'float32'), [1, 2, 3]));
    assert.ok(erased.every((count) => count === 0 || count === 16));
    const count = erased.filter((one) => one === 16).length;
    assert.ok(count > 70 && count < 130, `${count} of 200 are erased`);
    assert.equal(Math.max(...numbers(y)), 255);
    const noisy = trained(layers.randomErasing([1, 1], { scale: [1, 1] }));
    assert.ok(noisy.every((value) => value >= 0 && value <= 255) && new Set(noisy).size > 5);
  });

  refuses([
    [
      'a slant beyond the bounds',
      () => layers.randomShear(2),
      'ArgumentError',
      'randomShear xFactor: expected a number, or [lowest, highest], from -1 to 1, got 2',
    ],
    [
      'fill values for other channels',
      () => layers.randomErasing([1, 1], { fillValue: [1, 2, 3] }).apply(image(), { training: true }),
      'ArgumentError',
      'randomErasing fillValue: expected 1 numbers, one for each channel, got 3',
    ],
    [
      'one shade',
      () => layers.equalization({ bins: 1 }),
      'ArgumentError',
      'equalization bins: expected a whole number of at least 2, got 1',
    ],
  ]);
});
