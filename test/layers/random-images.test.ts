import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { setRandomSeed } from '../../lib/random/state.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

const random = { input: [4, 5, 2], output: [4, 5, 2], random: true } as const;
conforms('randomFlip', { make: () => layers.randomFlip('horizontal', { seed: 3 }), ...random });
conforms('randomFlip, channels first', { make: () => layers.randomFlip({ dataFormat: 'channelsFirst' }), ...random });
conforms('randomRotation', { make: () => layers.randomRotation(0.2, { fillMode: 'nearest' }), ...random });
conforms('randomTranslation', {
  make: () => layers.randomTranslation(0.2, [-0.1, 0.3], { interpolation: 'nearest' }),
  ...random,
  seed: 1,
} as never);
conforms('randomZoom', { make: () => layers.randomZoom(0.2, { widthFactor: [-0.3, 0] }), ...random });
conforms('randomZoom, channels first', { make: () => layers.randomZoom({ heightFactor: 0.3, dataFormat: 'channelsFirst' }), ...random });
conforms('randomBrightness', { make: () => layers.randomBrightness(0.2, { valueRange: [-1, 1] }), ...random });
conforms('randomContrast', { make: () => layers.randomContrast([0.5, 0.2], { valueRange: [-1, 1] }), ...random });
conforms('randomCrop', { make: () => layers.randomCrop(2, 3, { seed: 5 }), input: [4, 5, 2], output: [2, 3, 2], random: true });

/** One image of 4 by 5 pixels, counted. */
const image = (): Tensor => ops.reshape(ops.arange(0, 20, 1, 'float32'), [1, 4, 5, 1]);
const trained = (layer: layers.Layer, x: Tensor = image()): number[] => numbers(layer.apply<Tensor>(x, { training: true }));

describe('random changes of images', () => {
  // A range of one number leaves nothing to chance: what Keras 3.15 makes of the same image.
  it('turn as Keras does', () => {
    assertClose(
      trained(layers.randomRotation([0.1, 0.1])),
      [
        1.26364, 2.07266, 4.31405, 8.06198, 11.31022, 0.67586, 4.02341, 7.77135, 11.51929, 15.26724, 3.73276, 7.48071, 11.22865, 14.97659,
        18.32414, 7.68978, 10.93801, 14.68595, 16.92734, 17.73636,
      ],
      { atol: 1e-4 },
    );
    assertClose(
      trained(layers.randomRotation([-0.3, -0.3], { fillMode: 'constant', fillValue: -1, interpolation: 'nearest' })),
      [-1, 16, 11, 5, 0, -1, 17, 12, 6, 1, 18, 13, 7, 2, -1, 19, 14, 8, 3, -1],
    );
  });

  it('move, repeating the border', () => {
    assertClose(
      trained(layers.randomTranslation([0.25, 0.25], [-0.3, -0.3], { fillMode: 'nearest' })),
      [1.5, 2.5, 3.5, 4, 4, 1.5, 2.5, 3.5, 4, 4, 6.5, 7.5, 8.5, 9, 9, 11.5, 12.5, 13.5, 14, 14],
      { atol: 1e-4 },
    );
  });

  it('zoom as Keras does', () => {
    assertClose(
      trained(layers.randomZoom([0.2, 0.2], { widthFactor: [-0.3, -0.3], fillMode: 'nearest' })),
      [0.6, 1.3, 2, 2.7, 3.4, 5.1, 5.8, 6.5, 7.2, 7.9, 11.1, 11.8, 12.5, 13.2, 13.9, 15.6, 16.3, 17, 17.7, 18.4],
      { atol: 1e-4 },
    );
  });

  it('lighten, and cut off at black and white', () => {
    assertClose(
      trained(layers.randomBrightness([0.05, 0.05], { valueRange: [0, 20] })),
      numbers(image()).map((value) => value + 1),
    );
    assertClose(trained(layers.randomBrightness([1, 1], { valueRange: [0, 20] })), new Array<number>(20).fill(20));
    assertClose(trained(layers.randomContrast([0, 0], { valueRange: [0, 20] })), numbers(image()));
    for (const seed of [1, 2, 3, 4]) {
      const [first, second] = trained(layers.randomContrast([0.5, 0.25], { valueRange: [-100, 100], seed })) as [number, number];
      const factor = second - first;
      assert.ok(factor >= 0.5 && factor <= 1.25, `factor ${factor}`);
      assert.ok(Math.abs(first - (9.5 - 9.5 * factor)) < 1e-4);
    }
  });

  it('flip half of the images, each by itself', () => {
    const batch = ops.broadcastTo(image(), [400, 4, 5, 1]);
    setRandomSeed(1);
    const flipped = layers.randomFlip('horizontal').apply(batch, { training: true });
    const first = numbers(ops.slice(flipped, [0, 0, 0, 0], [400, 1, 1, 1]));
    const count = first.filter((value) => value === 4).length;
    assert.equal(first.filter((value) => value === 0).length, 400 - count);
    assert.ok(count > 150 && count < 250, `${count} of 400 are flipped`);
    const both = layers.randomFlip().apply(batch, { training: true });
    const corners = new Set(numbers(ops.slice(both, [0, 0, 0, 0], [400, 1, 1, 1])));
    assert.deepEqual(
      [...corners].sort((a, b) => a - b),
      [0, 4, 15, 19],
    );
  });

  it('cut parts from all places, and resize what is too small', () => {
    const batch = ops.broadcastTo(image(), [300, 4, 5, 1]);
    const parts = layers.randomCrop(3, 4).apply(batch, { training: true });
    const corners = numbers(ops.slice(parts, [0, 0, 0, 0], [300, 1, 1, 1]));
    assert.deepEqual(
      [...new Set(corners)].sort((a, b) => a - b),
      [0, 1, 5, 6],
    );
    const last = numbers(ops.slice(parts, [0, 2, 3, 0], [300, 1, 1, 1]));
    last.forEach((value, i) => assert.equal(value, corners[i]! + 13));
    const small = layers.randomCrop(8, 10).apply(image(), { training: true });
    assertClose(small, numbers(ops.image.resize(image(), [8, 10])));
    assertClose(layers.randomCrop(2, 2).apply(image()), numbers(ops.image.resize(image(), [2, 2], { cropToAspectRatio: true })));
  });

  it('give the same images for the same seed, new ones at every call and every replay', () => {
    const make = () => layers.randomTranslation(0.3, 0.3, { seed: 4 });
    const [one, two] = [make(), make()];
    const first = trained(one);
    assert.deepEqual(trained(two), first);
    assert.notDeepEqual(trained(one), first);
    const captured = make();
    const step = capture((x: Tensor) => captured.apply(x, { training: true }));
    assert.deepEqual(numbers(step(image())), first);
    assert.deepEqual(numbers(step(image())), trained(two));
  });

  it('change each channel alike', () => {
    const twice = ops.concatenate([image(), image()], { axis: 3 });
    for (const layer of [layers.randomRotation(0.3), layers.randomBrightness(0.3, { valueRange: [0, 20] })]) {
      const y = layer.apply<Tensor>(twice, { training: true });
      const channel = (i: number) => numbers(ops.slice(y, [0, 0, 0, i], [1, 4, 5, 1]));
      assert.deepEqual(channel(0), channel(1));
    }
  });

  refuses([
    [
      'a sequence',
      () => layers.randomFlip().apply(ops.zeros([1, 4, 5]) as never),
      'ShapeError',
      'randomFlip: expected [height, width, channels], got [4, 5]; add reshape([4, 5, 1]) before it',
    ],
    [
      'a factor beyond the bounds',
      () => layers.randomRotation(2),
      'ArgumentError',
      'randomRotation factor: expected a number, or [lowest, highest], from -1 to 1, got 2',
    ],
    [
      'a zoom to nothing',
      () => layers.randomZoom(-1),
      'ArgumentError',
      'randomZoom heightFactor: expected a number, or [lowest, highest], above -1 and to 1, got -1',
    ],
    [
      'an unknown fill mode',
      () => layers.randomTranslation(0.1, 0.1, { fillMode: 'mirror' as never }),
      'ArgumentError',
      "randomTranslation fillMode: expected 'reflect' or 'wrap' or 'constant' or 'nearest', got 'mirror'",
    ],
    [
      'a value as range',
      () => layers.randomBrightness(0.1, { valueRange: 255 as never }),
      'ArgumentError',
      'randomBrightness valueRange: expected two numbers, [black, white], got 255; for example [0, 1]',
    ],
  ]);

  it('take images of a model with a known shape', () => {
    assertClose(tensor(trained(layers.randomZoom([0, 0]))), numbers(image()));
  });
});
