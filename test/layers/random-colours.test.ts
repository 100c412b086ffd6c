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
conforms('randomHue', { make: () => layers.randomHue(0.4, { valueRange }), ...random });
conforms('randomSaturation', { make: () => layers.randomSaturation([0.2, 0.9], { valueRange }), ...random });
conforms('randomColorDegeneration', { make: () => layers.randomColorDegeneration(0.4, { valueRange }), ...random });
conforms('randomGrayscale, channels first', {
  make: () => layers.randomGrayscale(0, { dataFormat: 'channelsFirst' }),
  input: [3, 4, 5],
  output: [3, 4, 5],
});
conforms('randomInvert', { make: () => layers.randomInvert([0, 0], { valueRange }), input: [4, 5, 2], output: [4, 5, 2] });
conforms('randomPosterization', { make: () => layers.randomPosterization(8, { valueRange, seed: 1 }), ...random });
conforms('randomSharpness', { make: () => layers.randomSharpness(0.4, { valueRange }), ...random });

/** One image of 2 by 2 pixels. */
const image = (): Tensor =>
  tensor([
    [
      [
        [200, 100, 40],
        [10, 250, 30],
      ],
      [
        [90, 90, 90],
        [0, 60, 255],
      ],
    ],
  ]);
const trained = (layer: layers.Layer, x: Tensor = image()): number[] => numbers(layer.apply<Tensor>(x, { training: true }));

describe('random changes of colours', () => {
  // A range of one number leaves nothing to chance: what Keras 3.15 makes of the same image.
  it('do as Keras does', () => {
    assertClose(
      trained(layers.randomSaturation([0.3, 0.3], { valueRange: [0, 255] })),
      [200, 157.143, 131.429, 147.143, 250, 155.714, 90, 90, 90, 145.714, 171.429, 255],
      { atol: 1e-2 },
    );
    assertClose(
      trained(layers.randomColorDegeneration([0.3, 0.3])),
      [176.912, 106.912, 64.912, 52.9477, 220.948, 66.9477, 89.9973, 89.9973, 89.9973, 19.287, 61.287, 197.787],
      { atol: 1e-2 },
    );
    assertClose(trained(layers.randomInvert([1, 1])), [55, 155, 215, 245, 5, 225, 165, 165, 165, 255, 195, 0], { atol: 1e-2 });
    assertClose(trained(layers.randomPosterization([3, 3])), [192, 96, 32, 0, 224, 0, 64, 64, 64, 0, 32, 224], { atol: 1e-2 });
    assertClose(
      trained(layers.randomSharpness([0.2, 0.2])),
      [130.769, 81.5385, 42.5385, 19.6923, 169.231, 36.6923, 66.4615, 75.6923, 71.7692, 13.8462, 58.1538, 168.231],
      { atol: 1e-2 },
    );
    assertClose(
      trained(layers.randomSharpness([1, 1])),
      [255, 130.769, 35.7692, 0, 255, 18.8462, 129.231, 113.846, 120.385, 0, 63.0769, 255],
      { atol: 1e-2 },
    );
  });

  it('turn hues to either side, and grey stays grey', () => {
    for (const seed of [1, 2, 3]) {
      const turned = trained(layers.randomHue([0.5, 0.5], { seed }));
      assertClose(turned.slice(6, 9), [90, 90, 90], { atol: 1e-3 });
      assert.ok(Math.abs(turned[0]! - 200) > 1);
    }
  });

  it('are grey, or stay, by the given probability', () => {
    assertClose(trained(layers.randomGrayscale(0)), numbers(image()));
    const grey = numbers(ops.image.rgbToGrayscale(image())).flatMap((value) => [value, value, value]);
    assertClose(trained(layers.randomGrayscale(1)), grey, { atol: 1e-3 });
    const batch = ops.broadcastTo(image(), [400, 2, 2, 3]);
    const first = numbers(
      ops.slice(layers.randomInvert([0.25, 0.25], { seed: 1 }).apply(batch, { training: true }), [0, 0, 0, 0], [400, 1, 1, 1]),
    );
    const count = first.filter((value) => value === 55).length;
    assert.equal(first.filter((value) => value === 200).length, 400 - count);
    assert.ok(count > 65 && count < 140, `${count} of 400 are negatives`);
  });

  it('know the axis of the channels and the range of values', () => {
    const first = (x: Tensor): Tensor => ops.transpose(x, { axes: [0, 3, 1, 2] });
    for (const [Class, factor] of [
      [layers.RandomSaturation, [0.3, 0.3]],
      [layers.RandomColorDegeneration, [0.3, 0.3]],
      [layers.RandomSharpness, [0.3, 0.3]],
      [layers.RandomPosterization, [3, 3]],
    ] as const) {
      const wanted = new Class({ factor }).apply<Tensor>(image(), { training: true });
      const other = new Class({ factor, dataFormat: 'channelsFirst' }).apply<Tensor>(first(image()), { training: true });
      assertClose(other, numbers(first(wanted)), { atol: 1e-3 });
      const small = new Class({ factor, valueRange: [0, 1] }).apply<Tensor>(ops.divide(image(), 255), { training: true });
      assertClose(ops.multiply(small, 255), numbers(wanted), { atol: 1e-2 });
    }
  });

  refuses([
    [
      'a factor below 0',
      () => layers.randomHue(-0.5),
      'ArgumentError',
      'randomHue factor: expected a number, or [lowest, highest], from 0 to 1, got -0.5',
    ],
    [
      'more bits than there are',
      () => layers.randomPosterization(9),
      'ArgumentError',
      'randomPosterization factor: expected bits from 1 to 8, got 9',
    ],
    [
      'a probability above 1',
      () => layers.randomGrayscale(2),
      'ArgumentError',
      'randomGrayscale factor: expected a number from 0 to 1, got 2',
    ],
    [
      'images without three channels',
      () => layers.randomSaturation(0.5).apply(ops.zeros([1, 2, 2, 1]), { training: true }),
      'ShapeError',
      'rgbToHsv: expected 3 channels on axis 3, got [1, 2, 2, 1]',
    ],
  ]);
});
