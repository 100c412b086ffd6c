import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const random = { input: [4, 5, 3], output: [4, 5, 3], random: true, low: 0.1, high: 0.9 } as const;
const valueRange = [0, 1] as const;
conforms('randomGaussianBlur', { make: () => layers.randomGaussianBlur([1, 1], { kernelSize: [3, 5], valueRange }), ...random });
conforms('randomColorJitter', {
  make: () => layers.randomColorJitter({ brightnessFactor: 0.1, contrastFactor: 0.2, saturationFactor: 0.7, hueFactor: 0.2, valueRange }),
  ...random,
});

/** One image of 2 by 2 pixels. */
const image = (): Tensor => ops.reshape(tensor([200, 100, 40, 10, 250, 30, 90, 90, 90, 0, 60, 255]), [1, 2, 2, 3]);
const trained = (layer: layers.Layer, x: Tensor = image()): number[] => numbers(layer.apply<Tensor>(x, { training: true }));

describe('blurred images and jittered colours', () => {
  // A range of one number leaves nothing to chance: what Keras 3.15 makes of the same image.
  it('do as Keras does', () => {
    assertClose(
      trained(layers.randomGaussianBlur([1, 1], { kernelSize: 3, sigma: [0.8, 0.8] })),
      [66.9749, 73.0943, 40.4359, 32.8172, 93.2258, 50.1191, 50.0473, 58.7654, 63.0417, 23.8995, 64.4792, 86.742],
      { atol: 1e-2 },
    );
    assertClose(
      trained(layers.randomColorJitter({ brightnessFactor: [0.1, 0.1] })),
      [225.5, 125.5, 65.5, 35.5, 255, 55.5, 115.5, 115.5, 115.5, 25.5, 85.5, 255],
      { atol: 1e-2 },
    );
  });

  it('are blurred by their own deviation, along the axes of the format', () => {
    const dot = ops.reshape(tensor([0, 0, 0, 0, 100, 0, 0, 0, 0]), [1, 3, 3, 1]);
    const y = trained(layers.randomGaussianBlur([1, 1], { kernelSize: [1, 3], sigma: [1, 1] }), dot);
    const side = (100 * Math.exp(-0.5)) / (1 + 2 * Math.exp(-0.5));
    assertClose(y, [0, 0, 0, side, 100 - 2 * side, side, 0, 0, 0], { atol: 1e-3 });
    const first = layers.randomGaussianBlur([1, 1], { kernelSize: [1, 3], sigma: [1, 1], dataFormat: 'channelsFirst' });
    assertClose(trained(first, ops.reshape(dot, [1, 1, 3, 3])), y, { atol: 1e-3 });
    const batch = ops.broadcastTo(dot, [8, 3, 3, 1]);
    const middles = numbers(
      ops.slice(layers.randomGaussianBlur([1, 1], { seed: 1 }).apply(batch, { training: true }), [0, 1, 1, 0], [8, 1, 1, 1]),
    );
    assert.equal(new Set(middles).size, 8);
    assertClose(trained(layers.randomGaussianBlur([0, 0]), dot), numbers(dot));
  });

  it('change only what is given, in one order', () => {
    assertClose(trained(layers.randomColorJitter()), numbers(image()));
    const parts = [layers.randomContrast([0.5, 0.5], { seed: 4 }), layers.randomSaturation([0.3, 0.3])];
    const wanted = parts.reduce((x, part) => part.apply<Tensor>(x, { training: true }), image());
    assertClose(trained(layers.randomColorJitter({ contrastFactor: [0.5, 0.5], saturationFactor: [0.3, 0.3], seed: 4 })), numbers(wanted), {
      atol: 1e-3,
    });
  });

  refuses([
    [
      'an even kernel',
      () => layers.randomGaussianBlur(1, { kernelSize: 4 }),
      'ArgumentError',
      'randomGaussianBlur kernelSize: expected one odd number or two, got 4; so that there is a middle',
    ],
    [
      'a factor beyond the bounds',
      () => layers.randomColorJitter({ hueFactor: 2 }),
      'ArgumentError',
      'randomColorJitter hueFactor: expected a number, or [lowest, highest], from 0 to 1, got 2',
    ],
  ]);
});
