/** The image data generator beyond the golden cases: splines, corrected semantics, determinism, statistics, refusals. */
import assert from 'node:assert/strict';
import { preprocessing, utils } from '../../lib/index.js';
import { TRANSFORM_WORDS, transformImages, whiteningMatrix } from '../../lib/native/images.js';
import { ArgumentError, NodeCudnnError, ShapeError } from '../../lib/errors.js';
import type { ArrayData } from '../../lib/data/array.js';

const { imageDataGenerator } = preprocessing;

function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

async function collect(flow: AsyncIterable<preprocessing.ImageBatch>): Promise<number[][]> {
  const out: number[][] = [];
  for await (const [x] of flow) out.push(Array.from((x as ArrayData).data));
  return out;
}

describe('imageDataGenerator', () => {
  describe('warps', () => {
    // scipy 1.17.1: ndimage.affine_transform(a, [[.8, .3], [-.4, 1.1]], [-1.2, 1.7], order, mode, cval=9)
    const cases: [order: number, mode: string, want: number[]][] = [
      [1, 'constant', [9, 9, 9, 9, 9, 9, 9, 9, 2.88, 4.8, 9, 9]],
      [1, 'nearest', [2.9, 6, 7, 7, 4.1, 4, 6.4, 5.5, 2.88, 4.8, 4, 3.4]],
      [1, 'reflect', [3.16, 6, 7, 2, 4.1, 4, 6.4, 4.6, 2.88, 4.8, 4, 4.1]],
      [1, 'wrap', [3.94, 4.3, 0.86, 8.1, 2.76, 6.1, 2.7, 3.4, 2.88, 4.8, 2.7, 1.62]],
      [1, 'grid-wrap', [6.12, 3.66, 5.08, 3.8, 3.82, 4.22, 3.9, 2.3, 2.88, 4.8, 3.9, 3.66]],
      [
        2,
        'nearest',
        [
          2.4408277501, 6.17047957, 7.2374890219, 7.2688138444, 4.7830628233, 3.3473614028, 6.9831408238, 5.6529348846, 3.0050180888,
          4.6952900398, 3.8431947701, 3.2732891241,
        ],
      ],
      [3, 'constant', [9, 9, 9, 9, 9, 9, 9, 9, 3.397368, 4.36425, 9, 9]],
      [
        3,
        'nearest',
        [
          2.5739214922, 6.0261268204, 7.3426846686, 7.2560109506, 4.6316158203, 3.3622827022, 7.061870966, 5.6616596837, 2.904572373,
          4.6112957453, 3.7978321856, 3.2987728981,
        ],
      ],
      [3, 'wrap', [3.762856, 4.0184788, -0.0261496, 8.68275, 2.1705456, 6.6137044, 2.743, 2.97415, 3.397368, 4.36425, 2.9016, 0.6834748]],
      [
        4,
        'wrap',
        [
          3.7419918566, 3.9689711209, -0.1038316218, 8.7115831579, 2.0860037667, 6.682378061, 2.7716335389, 2.9161112913, 3.4613916949,
          4.33048, 2.9176151205, 0.5656915114,
        ],
      ],
      [5, 'constant', [9, 9, 9, 9, 9, 9, 9, 9, 3.4564589157, 4.3143159375, 9, 9]],
    ];
    const modes = ['constant', 'nearest', 'reflect', 'wrap', 'grid-wrap'];
    for (const [order, mode, want] of cases) {
      it(`order ${order}, ${mode}, as scipy has it`, async () => {
        const words = new Float64Array(TRANSFORM_WORDS);
        words.set([1, 0.8, 0.3, -1.2, -0.4, 1.1, 1.7, 0, 0, NaN, NaN]);
        const out = new Float64Array(12);
        await transformImages([1, 3, 4, 1], Float64Array.of(1, 5, 2, 7, 3, 0, 6, 4, 8, 1, 9, 2), out, words, {
          channelsFirst: false,
          fillMode: modes.indexOf(mode),
          order,
          fillValue: 9,
          exactBrightness: false,
          standardize: false,
          rescale: 1,
          sampleCenter: false,
          sampleDeviation: false,
          mean: undefined,
          deviation: undefined,
          whitening: undefined,
        });
        want.forEach((value, i) => assert.ok(Math.abs(out[i]! - value) < 2e-9, `${i}: ${out[i]} for ${value}`));
      });
    }

    for (const order of [0, 1, 2, 3, 4, 5]) {
      it(`order ${order}: a whole shift moves pixels as they are`, async () => {
        const images = imageDataGenerator({ interpolationOrder: order, fillMode: 'reflect', dtype: 'float64' });
        const x: ArrayData = { data: noise(30), shape: [5, 6, 1] };
        const { data } = await images.applyTransform(x, { tx: 1 });
        for (let r = 0; r < 5; r++) for (let c = 0; c < 5; c++) assert.ok(Math.abs(data[r * 6 + c]! - x.data[r * 6 + c + 1]!) < 1e-9);
      });
    }

    it('the layout of channels does not matter', async () => {
      const data = noise(4 * 5 * 3);
      const turned = new Uint8Array(60);
      for (let i = 0; i < 20; i++) for (let c = 0; c < 3; c++) turned[c * 20 + i] = data[i * 3 + c]!;
      const parameters = { theta: 20, zx: 0.9, shear: 3, flipHorizontal: true, channelShiftIntensity: 9, brightness: 0.8 };
      for (const interpolationOrder of [1, 3]) {
        const last = await imageDataGenerator({ interpolationOrder }).applyTransform({ data, shape: [4, 5, 3] }, parameters);
        const first = await imageDataGenerator({ interpolationOrder, dataFormat: 'channelsFirst' }).applyTransform(
          { data: turned, shape: [3, 4, 5] },
          parameters,
        );
        for (let i = 0; i < 20; i++) for (let c = 0; c < 3; c++) assert.equal(first.data[c * 20 + i], last.data[i * 3 + c]);
      }
    });
  });

  describe('corrected', () => {
    const wide: ArrayData = { data: Uint8Array.from({ length: 8 }, (_, i) => i + 1), shape: [2, 4, 1] };

    it('a half turn of an image that is not square turns about its middle', async () => {
      const turned = await imageDataGenerator({ corrected: true, fillMode: 'constant', cval: 99 }).applyTransform(wide, { theta: 180 });
      assert.deepEqual(Array.from(turned.data, Math.round), [8, 7, 6, 5, 4, 3, 2, 1]);
      const asKeras = await imageDataGenerator({ fillMode: 'constant', cval: 99 }).applyTransform(wide, { theta: 180 });
      assert.notDeepEqual(Array.from(asKeras.data, Math.round), [8, 7, 6, 5, 4, 3, 2, 1]);
    });

    it('the width shift moves columns by shares of the width', () => {
      const corrected = imageDataGenerator({ corrected: true, widthShiftRange: 0.25 });
      const keras = imageDataGenerator({ widthShiftRange: 0.25 });
      const draws = Array.from({ length: 200 }, (_, seed) => ({
        ours: corrected.getRandomTransform([2, 40, 1], seed),
        theirs: keras.getRandomTransform([2, 40, 1], seed),
      }));
      assert.ok(draws.every(({ ours, theirs }) => ours.ty === 0 && theirs.tx === 0));
      const most = Math.max(...draws.map(({ ours }) => Math.abs(ours.tx)));
      assert.ok(most > 9 && most <= 10, String(most));
    });

    it('brightness changes images of small numbers without cutting them', async () => {
      const x = { data: Float32Array.of(0.1, 0.5, 0.9, 1), shape: [2, 2, 1] };
      assert.deepEqual(Array.from((await imageDataGenerator({ corrected: true }).applyTransform(x, { brightness: 0.5 })).data), [
        ...Float32Array.of(0.05, 0.25, 0.45, 0.5),
      ]);
      assert.deepEqual(Array.from((await imageDataGenerator().applyTransform(x, { brightness: 0.5 })).data), [0, 0, 0, 0]);
    });

    it('wrap repeats the image', async () => {
      const row = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 4, 1] };
      const moved = async (corrected: boolean): Promise<number[]> =>
        Array.from((await imageDataGenerator({ corrected, fillMode: 'wrap' }).applyTransform(row, { tx: 2 })).data);
      assert.deepEqual(await moved(true), [3, 4, 1, 2]);
      assert.deepEqual(await moved(false), [3, 4, 2, 3]);
    });
  });

  describe('flow', () => {
    const options = {
      rotationRange: 20,
      widthShiftRange: 0.2,
      heightShiftRange: 0.1,
      zoomRange: 0.2,
      horizontalFlip: true,
      brightnessRange: [0.5, 1.5] as const,
    };
    const x: ArrayData = { data: noise(23 * 8 * 8 * 3), shape: [23, 8, 8, 3] };
    const y = Int32Array.from({ length: 23 }, (_, i) => i);

    it('gives the same images whatever the number of workers and the length of the queue', async () => {
      const passes = async (workers: number, maxQueueSize: number): Promise<number[][][]> => {
        const flow = imageDataGenerator(options).flow(x, y, { seed: 3, batchSize: 4, workers, maxQueueSize });
        return [await collect(flow), await collect(flow)];
      };
      const [one, four, narrow] = [await passes(1, 10), await passes(4, 10), await passes(3, 1)];
      assert.deepEqual(four, one);
      assert.deepEqual(narrow, one);
      assert.notDeepEqual(one[0], one[1]);
    });

    it('an image is the same in whatever batch it comes', async () => {
      const images = imageDataGenerator(options);
      const bySample = async (batchSize: number): Promise<Map<number, string>> => {
        const seen = new Map<number, string>();
        for await (const [batch, labels] of images.flow(x, y, { seed: 5, batchSize })) {
          const { data } = batch as ArrayData;
          const numbers = (labels as ArrayData).data;
          numbers.forEach((label: number, i: number) => seen.set(label, data.slice(i * 192, (i + 1) * 192).join()));
        }
        return seen;
      };
      assert.deepEqual(await bySample(7), await bySample(23));
    });

    it('setRandomSeed makes it repeatable too', async () => {
      const run = async (): Promise<number[][]> => {
        utils.setRandomSeed(11);
        return collect(imageDataGenerator(options).flow(x, y, { batchSize: 23 }));
      };
      assert.deepEqual(await run(), await run());
    });

    it('a list of arrays keeps them together', async () => {
      const flow = imageDataGenerator().flow([x, y], y, { batchSize: 5, seed: 1 });
      for await (const [parts, labels] of flow) assert.deepEqual((parts as ArrayData[])[1]!.data, (labels as ArrayData).data);
    });

    it('reset begins with the first order again', async () => {
      const flow = imageDataGenerator(options).flow(x, y, { batchSize: 10, seed: 2 });
      const first = [await flow.next(), await flow.next(), await flow.next(), await flow.next()];
      flow.reset();
      assert.deepEqual(await flow.next(), first[0]);
    });

    it('leaves the event loop free', async () => {
      const large: ArrayData = { data: noise(16 * 64 * 64 * 3), shape: [16, 64, 64, 3] };
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      await collect(imageDataGenerator({ rotationRange: 10, interpolationOrder: 5 }).flow(large, undefined, { batchSize: 16 }));
      clearInterval(timer);
      assert.ok(ticks >= 5, String(ticks));
    });

    it('runs the preprocessing function between transformation and rescaling', async () => {
      const seen: number[] = [];
      const images = imageDataGenerator({
        rescale: 0.5,
        preprocessingFunction: (image) => {
          seen.push(image.data[0]!);
          image.data[0] = 10;
        },
      });
      const flow = images.flow({ data: Uint8Array.of(4, 6), shape: [2, 1, 1, 1] }, undefined, { shuffle: false });
      assert.deepEqual(await collect(flow), [[5, 5]]);
      assert.deepEqual(seen, [4, 6]);
    });
  });

  it('fit with rounds learns from augmented images', async () => {
    const images = imageDataGenerator({
      featurewiseCenter: true,
      verticalFlip: true,
      heightShiftRange: 0.5,
      fillMode: 'constant',
      cval: 0,
    });
    const x: ArrayData = { data: new Uint8Array(4 * 4 * 4).fill(100), shape: [4, 4, 4, 1] };
    await images.fit(x);
    assert.equal(images.mean!.data[0], 100);
    await images.fit(x, { augment: true, rounds: 3, seed: 1 });
    assert.ok(images.mean!.data[0] < 99, String(images.mean!.data[0]));
  });

  it('the whitening of more samples than values is that of the wide case where both apply', async () => {
    const samples = Float64Array.from(noise(36), (v) => v / 255 - 0.5);
    const tall = await whiteningMatrix(samples, 6, 6, 1e-3);
    for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) assert.ok(Math.abs(tall[i * 6 + j]! - tall[j * 6 + i]!) < 1e-9);
  });

  it('a list of shifts may have either sign, as in Keras', () => {
    const images = imageDataGenerator({ widthShiftRange: [-3, 3] });
    const shifts = Array.from({ length: 20 }, (_, seed) => images.getRandomTransform([8, 8, 1], seed).ty);
    assert.deepEqual([...new Set(shifts.map(Math.abs))], [3]);
    assert.equal(new Set(shifts).size, 2);
  });

  describe('refuses', () => {
    const sync: [string, () => unknown, string][] = [
      [
        'a mistyped option',
        () => imageDataGenerator({ rotation_range: 3 } as never),
        "imageDataGenerator: expected known options only, got 'rotation_range'; did you mean rotationRange?",
      ],
      [
        'a negative shift',
        () => imageDataGenerator({ widthShiftRange: -1 }),
        'imageDataGenerator widthShiftRange: expected a number of at least 0, or a list of numbers, got -1;',
      ],
      [
        'no images at all',
        () => imageDataGenerator().flow(undefined as never),
        'flow: expected images: a tensor, a typed array with a shape, or nested arrays, got undefined; flow(x, y)',
      ],
      [
        'a brightness range of one',
        () => imageDataGenerator({ brightnessRange: [1] as never }),
        'imageDataGenerator brightnessRange: expected [least, most] of at least 0, got [1];',
      ],
      [
        'a split of all',
        () => imageDataGenerator({ validationSplit: 1 }),
        'imageDataGenerator validationSplit: expected a number from 0 to below 1, got 1',
      ],
      [
        'order 6',
        () => imageDataGenerator({ interpolationOrder: 6 }),
        'imageDataGenerator interpolationOrder: expected a whole number from 0 to 5, got 6;',
      ],
      [
        'images without channels',
        () => imageDataGenerator().flow({ data: new Uint8Array(8), shape: [2, 2, 2] }),
        'flow: expected images of shape [samples, height, width, channels], got [2, 2, 2]; add the axis',
      ],
      [
        'a subset without a split',
        () => imageDataGenerator().flow({ data: new Uint8Array(4), shape: [4, 1, 1, 1] }, undefined, { subset: 'training' }),
        "flow: expected a generator with validationSplit, got subset 'training' and no split",
      ],
    ];
    for (const [what, call, sentence] of sync) {
      it(what, () => {
        assert.throws(call, (error: unknown) => {
          assert.ok(error instanceof NodeCudnnError);
          assert.equal(error.message.slice(0, sentence.length), sentence);
          return true;
        });
      });
    }

    it('labels of another number', async () => {
      const flow = imageDataGenerator().flow({ data: new Uint8Array(4), shape: [4, 1, 1, 1] }, Int32Array.of(1, 2));
      await assert.rejects(
        flow.next(),
        (error: unknown) => error instanceof ShapeError && error.message.startsWith('flow: expected as many rows as in x, 4, got 2'),
      );
    });

    it('a split that keeps a class from one side', async () => {
      const flow = imageDataGenerator({ validationSplit: 0.5 }).flow(
        { data: new Uint8Array(4), shape: [4, 1, 1, 1] },
        Int32Array.of(0, 0, 1, 1),
        { subset: 'training' },
      );
      await assert.rejects(
        flow.next(),
        /flow subset: expected the same classes in the training and the validation part, got 1 and 1 of them/,
      );
    });

    it('a preprocessing function that changes the shape', async () => {
      const images = imageDataGenerator({ preprocessingFunction: () => ({ data: new Float32Array(1), shape: [1, 1, 1] }) });
      await assert.rejects(
        images.standardize({ data: new Uint8Array(4), shape: [2, 2, 1] }),
        /preprocessingFunction: expected an image of shape \[2, 2, 1\], got \[1, 1, 1\]/,
      );
    });

    it('images of another size than those that fit has seen', async () => {
      const images = imageDataGenerator({ featurewiseCenter: true });
      await images.fit({ data: new Uint8Array(6), shape: [2, 1, 1, 3] });
      await assert.rejects(
        images.standardize({ data: new Uint8Array(1), shape: [1, 1, 1] }),
        /imageDataGenerator mean: expected 1 values .* got 3; call fit/,
      );
    });

    it('an unknown parameter of a transform', async () => {
      await assert.rejects(
        imageDataGenerator().applyTransform({ data: new Uint8Array(1), shape: [1, 1, 1] }, { angle: 3 } as never),
        ArgumentError,
      );
    });
  });
});
