/** The data sets themselves: digits, which comes with the package, and MNIST where its files are. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, datasets, type Tensor } from '../../lib/index.js';

/** How many of each class there are. */
async function classCounts(labels: Tensor): Promise<number[]> {
  const counts = new Array<number>(10).fill(0);
  for (const label of await labels.data()) counts[label]!++;
  return counts;
}

interface Loaded {
  train: { x: Tensor; y: Tensor };
  test: { x: Tensor; y: Tensor };
}

function release({ train, test }: Loaded): void {
  for (const part of [train.x, train.y, test.x, test.y]) part.dispose();
}

describe('digits', () => {
  it('1,437 and 360 images of 8x8 with values from 0 to 16', async () => {
    const digits = (await datasets.digits()) as unknown as Loaded;
    const { train, test } = digits;
    assert.deepEqual([train.x, train.y, test.x, test.y].map(String), [
      'Tensor<[1437, 8, 8], uint8>',
      'Tensor<[1437], uint8>',
      'Tensor<[360, 8, 8], uint8>',
      'Tensor<[360], uint8>',
    ]);
    for (const part of [train, test]) {
      const values = new Set(await part.x.data());
      assert.deepEqual(
        [...values].sort((a, b) => a - b),
        [...Array(17).keys()],
      );
    }
    release(digits);
  });

  it('the same share of every class is for testing', async () => {
    const digits = (await datasets.digits()) as unknown as Loaded;
    const [train, test] = [await classCounts(digits.train.y), await classCounts(digits.test.y)];
    // the published counts of the 1,797 samples
    assert.deepEqual(
      train.map((count, c) => count + test[c]!),
      [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
    );
    test.forEach((count, c) => assert.ok(Math.abs(count - ((count + train[c]!) * 360) / 1797) < 1, `class ${c}: ${count}`));
    release(digits);
  });

  it('no sample is on both sides, and labels go with their images, whatever the split', async () => {
    const pairs = async (seed: number): Promise<string[]> => {
      const digits = (await datasets.digits({ seed })) as unknown as Loaded;
      const found: string[] = [];
      for (const { x, y } of [digits.train, digits.test]) {
        const [pixels, labels] = [await x.data(), await y.data()];
        labels.forEach((label, i) => found.push(`${label}:${pixels.slice(64 * i, 64 * i + 64).join()}`));
      }
      release(digits);
      return found;
    };
    const [one, same, other] = [await pairs(1), await pairs(1), await pairs(2)];
    assert.deepEqual(same, one);
    assert.notDeepEqual(other, one);
    // every split holds the same 1,797 labelled images
    assert.deepEqual([...other].sort(), [...one].sort());
    assert.equal(one.length, 1797);
  });

  it('refuses seeds and options that are none', async () => {
    await assert.rejects(datasets.digits({ seed: -1 }), /^ArgumentError: digits seed: expected a whole number of at least 0, got -1/);
    await assert.rejects(datasets.digits({ sede: 1 } as never), (error: unknown) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, /^digits: expected known options only, got 'sede'; did you mean seed\?/);
      return true;
    });
  });
});

/** A folder that holds the files of MNIST: the one that is named, or that beside the repository. */
function folderOf(set: string): string | undefined {
  const named = process.env['NODE_CUDNN_DATA'];
  const folders = [...(named ? [named] : []), path.resolve(__dirname, '..', '..', '..', 'shared', 'datasets')];
  const first = 'train-images-idx3-ubyte';
  return folders.find((folder) => [set, ''].some((sub) => ['', '.gz'].some((end) => existsSync(path.join(folder, sub, first + end)))));
}

describe('MNIST and Fashion-MNIST', () => {
  for (const [name, load, firstLabels, mean] of [
    ['mnist', datasets.mnist, [5, 0, 4, 1, 9], 33.318],
    ['fashion-mnist', datasets.fashionMnist, [9, 0, 0, 3, 0], 72.94],
  ] as const) {
    it(`${name} is what its authors published`, async function () {
      const directory = folderOf(name);
      if (directory === undefined) {
        console.log(`      skipped: no files of ${name}; name a folder that holds them in NODE_CUDNN_DATA`);
        this.skip();
      }
      const set = (await load({ directory })) as unknown as Loaded;
      assert.deepEqual([set.train.x, set.train.y, set.test.x, set.test.y].map(String), [
        'Tensor<[60000, 28, 28], uint8>',
        'Tensor<[60000], uint8>',
        'Tensor<[10000, 28, 28], uint8>',
        'Tensor<[10000], uint8>',
      ]);
      assert.deepEqual(Array.from((await set.train.y.data()).slice(0, 5)), [...firstLabels]);
      const pixels = await set.train.x.data();
      let sum = 0;
      for (const value of pixels) sum += value;
      assert.ok(Math.abs(sum / pixels.length - mean) < 0.01, `mean ${sum / pixels.length}`);
      assert.deepEqual(
        await classCounts(set.test.y),
        name === 'mnist' ? [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009] : new Array(10).fill(1000),
      );
      release(set);
    });
  }

  it('the classes of Fashion-MNIST have names', () => {
    assert.equal(datasets.fashionMnistClasses.length, 10);
    assert.equal(datasets.fashionMnistClasses[9], 'Ankle boot');
  });
});
