/** Augmented image files: folders, rows of a table, files that cannot be read, images saved on the way. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layers, preprocessing, sequential, utils } from '../../lib/index.js';
import type { NodeCudnnError } from '../../lib/errors.js';
import { ArgumentError, DataError, FormatError } from '../../lib/errors.js';
import type { ArrayData } from '../../lib/data/array.js';

const { imageDataGenerator } = preprocessing;

function failure(kind: typeof NodeCudnnError, pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

/** First pixels and labels of a pass. */
async function pass(flow: AsyncIterable<preprocessing.ImageBatch>): Promise<{ pixels: number[]; labels: number[][] }> {
  const pixels: number[] = [];
  const labels: number[][] = [];
  for await (const [x, y] of flow) {
    const { data, shape } = x as ArrayData;
    const size = data.length / shape[0]!;
    for (let i = 0; i < shape[0]!; i++) pixels.push(data[i * size]!);
    if (y) labels.push(Array.from((y as ArrayData).data));
  }
  return { pixels, labels };
}

describe('augmented image files', () => {
  let folder: string;
  const values: Record<string, number> = { 'cat/1.png': 10, 'cat/2.png': 20, 'dog/3.png': 30, 'dog/deep/4.png': 40, 'dog/5.png': 50 };
  const options = { targetSize: [2, 2] as const, shuffle: false, batchSize: 2 };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flow-'));
    for (const [name, value] of Object.entries(values)) {
      await utils.saveImg(path.join(folder, 'photos', name), new utils.Img(new Uint8Array(27).fill(value), 3, 3, 3));
    }
    mkdirSync(path.join(folder, 'broken', 'a'), { recursive: true });
    writeFileSync(path.join(folder, 'broken', 'a', 'bad.png'), 'no image');
    await utils.saveImg(path.join(folder, 'broken', 'a', 'good.png'), new utils.Img(new Uint8Array(27).fill(9), 3, 3, 3));
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('flowFromDirectory', () => {
    it('reads, resizes and labels', async () => {
      const flow = await imageDataGenerator({ rescale: 0.5 }).flowFromDirectory(path.join(folder, 'photos'), {
        ...options,
        classMode: 'sparse',
      });
      assert.deepEqual(flow.classIndices, { cat: 0, dog: 1 });
      assert.deepEqual(await pass(flow), { pixels: [5, 10, 15, 25, 20], labels: [[0, 0], [1, 1], [1]] });
    });

    it('gives one-hot rows, the images themselves, or no labels', async () => {
      const photos = path.join(folder, 'photos');
      const first = async (classMode: 'categorical' | 'input' | null): Promise<preprocessing.ImageBatch> =>
        (await imageDataGenerator().flowFromDirectory(photos, { ...options, classMode })).next();
      assert.deepEqual((await first('categorical'))[1], { data: Float32Array.of(1, 0, 1, 0), shape: [2, 2] });
      const [x, y] = await first('input');
      assert.deepEqual(y, x);
      assert.equal((await first(null)).length, 1);
    });

    it('trains a model', async () => {
      const flow = await imageDataGenerator({ horizontalFlip: true, rescale: 1 / 255 }).flowFromDirectory(path.join(folder, 'photos'), {
        targetSize: [4, 4],
        classMode: 'binary',
        seed: 1,
        workers: 2,
      });
      using model = sequential([4, 4, 3])
        .add(layers.flatten())
        .add(layers.dense(1, { activation: 'sigmoid' }));
      model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
      const history = await model.fit(flow, { epochs: 2, verbose: 0 });
      assert.ok(history.history['loss']!.every(Number.isFinite));
    });

    it('names a file that cannot be read, or passes over it', async () => {
      const broken = path.join(folder, 'broken');
      const flow = await imageDataGenerator().flowFromDirectory(broken, { ...options, classMode: 'sparse' });
      await assert.rejects(pass(flow), failure(FormatError, /bad\.png: expected a whole image/));
      const skipping = await imageDataGenerator().flowFromDirectory(broken, {
        ...options,
        classMode: 'sparse',
        onError: 'skip',
        batchSize: 1,
      });
      assert.deepEqual(await pass(skipping), { pixels: [9], labels: [[0]] });
      assert.deepEqual(await pass(skipping), { pixels: [9], labels: [[0]] });
    });

    it('saves what it gives', async () => {
      const target = path.join(folder, 'saved');
      const flow = await imageDataGenerator({ rotationRange: 30 }).flowFromDirectory(path.join(folder, 'photos'), {
        ...options,
        saveToDir: target,
        savePrefix: 'aug',
        saveFormat: 'jpeg',
        seed: 3,
      });
      await pass(flow);
      const names = readdirSync(target).sort();
      assert.equal(names.length, 5);
      assert.ok(
        names.every((name, i) => new RegExp(`^aug_${i}_\\d+\\.jpeg$`).test(name)),
        names.join(),
      );
      assert.equal((await utils.loadImg(path.join(target, names[0]!))).width, 2);
    });

    it('refuses what does not fit', async () => {
      const images = imageDataGenerator();
      await assert.rejects(
        images.flowFromDirectory(path.join(folder, 'none')),
        failure(DataError, /flowFromDirectory: expected a folder .*none, got none of that name/),
      );
      await assert.rejects(
        images.flowFromDirectory(path.join(folder, 'photos'), { classes: ['cat', 'bird'] }),
        failure(DataError, /expected a folder .*bird, got cat, dog/),
      );
      await assert.rejects(
        images.flowFromDirectory(path.join(folder, 'broken'), { classMode: 'binary' }),
        failure(DataError, /expected two classes with classMode binary, got 1 \(a\)/),
      );
      await assert.rejects(
        images.flowFromDirectory(path.join(folder, 'photos', 'cat')),
        failure(DataError, /expected images .* got no folders; make one folder a class/),
      );
      await assert.rejects(
        images.flowFromDirectory(path.join(folder, 'photos'), { subset: 'training' }),
        failure(ArgumentError, /a generator with validationSplit/),
      );
    });
  });

  describe('flowFromDataFrame', () => {
    const rows = [
      { filename: 'cat/1.png', class: 'cat', size: 1.5, weight: 1 },
      { filename: 'dog/3.png', class: 'dog', size: 2.5, weight: 2 },
      { filename: 'dog/5.png', class: 'dog', size: 3.5, weight: 3 },
      { filename: 'gone.png', class: 'cat', size: 0, weight: 4 },
    ];
    const frame = (more: preprocessing.FrameFlowOptions = {}, split = 0): Promise<preprocessing.FileIterator> =>
      imageDataGenerator({ validationSplit: split }).flowFromDataFrame(rows, {
        ...options,
        directory: path.join(folder, 'photos'),
        ...more,
      });

    it('takes files and classes from rows, and leaves out rows without a file', async () => {
      const flow = await frame({ classMode: 'sparse', weightCol: 'weight' });
      assert.deepEqual(flow.filenames, ['cat/1.png', 'dog/3.png', 'dog/5.png']);
      assert.deepEqual(await pass(flow), { pixels: [10, 30, 50], labels: [[0, 1], [1]] });
      assert.deepEqual((await flow.next())[2], { data: Float32Array.of(1, 2), shape: [2] });
    });

    it('gives raw numbers, several outputs, and classes in the order that is asked for', async () => {
      assert.deepEqual((await (await frame({ classMode: 'raw', yCol: 'size' })).next())[1], {
        data: Float32Array.of(1.5, 2.5),
        shape: [2],
      });
      assert.deepEqual((await (await frame({ classMode: 'raw', yCol: ['size', 'weight'] })).next())[1], {
        data: Float32Array.of(1.5, 1, 2.5, 2),
        shape: [2, 2],
      });
      const several = (await (await frame({ classMode: 'multiOutput', yCol: ['size', 'weight'] })).next())[1] as ArrayData[];
      assert.deepEqual(
        several.map(({ data }) => [...data]),
        [
          [1.5, 2.5],
          [1, 2],
        ],
      );
      assert.deepEqual((await frame({ classes: ['dog', 'cat'] })).classIndices, { dog: 0, cat: 1 });
      assert.deepEqual((await frame({ classes: ['dog'] })).filenames, ['dog/3.png', 'dog/5.png']);
      assert.deepEqual((await frame({ subset: 'validation' }, 0.4)).filenames, ['cat/1.png']);
    });

    it('refuses columns that are not what they should be', async () => {
      await assert.rejects(
        frame({ xCol: 'file' }),
        failure(DataError, /flowFromDataFrame: expected file names in column file, got undefined in row 0/),
      );
      await assert.rejects(
        imageDataGenerator().flowFromDataFrame('rows.csv' as never),
        failure(ArgumentError, /flowFromDataFrame: expected rows, .*, got 'rows.csv'; data.csv\('rows.csv'\) reads rows from a file/),
      );
      await assert.rejects(
        imageDataGenerator().flowFromDataFrame({ filename: ['a.png'], class: ['a'] } as never),
        failure(
          ArgumentError,
          /flowFromDataFrame: expected rows, a list of objects or the result of data\.csv, got an object with filename, class/,
        ),
      );
      await assert.rejects(
        imageDataGenerator().flowFromDataFrame(['a.png'] as never),
        failure(DataError, /expected file names in column filename, got 'a\.png' as row 0/),
      );
      await assert.rejects(
        frame({ yCol: 'size' }),
        failure(DataError, /expected texts in column size, got 1\.5 in row 0; turn class numbers to texts, or use classMode 'raw'/),
      );
      await assert.rejects(frame({ classMode: 'raw' }), failure(DataError, /expected numbers in column class, got 'cat' in row 0/));
      await assert.rejects(frame({ classMode: 'multiOutput' }), failure(ArgumentError, /expected a list of columns as yCol/));
      await assert.rejects(frame({ directory: folder }), failure(DataError, /expected at least one row with an image file, got none/));
    });
  });
});
