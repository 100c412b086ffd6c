/** CIFAR: the binary format, whole and damaged, and the images themselves where their files are. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readCifar } from '../../lib/datasets/cifar.js';
import { ArgumentError, FormatError } from '../../lib/errors.js';
import { datasets, type Tensor } from '../../lib/index.js';

/** One record: labels, then a plane of each colour whose values tell place and colour. */
function record(labels: readonly number[], seed: number): Buffer {
  return Buffer.from([...labels, ...Array.from({ length: 3072 }, (_, i) => (i * 31 + seed) & 255)]);
}

describe('cifar', () => {
  it('brings planes side by side, and picks a label', () => {
    const { x, y } = readCifar('f', Buffer.concat([record([3, 42], 5), record([9, 7], 6)]), 2, 1);
    assert.deepEqual([...y], [42, 7]);
    for (const [image, seed] of [
      [0, 5],
      [1, 6],
    ] as const)
      for (const p of [0, 1, 500, 1023])
        for (const c of [0, 1, 2]) assert.equal(x[image * 3072 + 3 * p + c], ((c * 1024 + p) * 31 + seed) & 255);
    assert.deepEqual([...readCifar('f', Buffer.concat([record([3], 5)]), 1, 0).y], [3]);
  });

  it('refuses files that are cut short', () => {
    for (const bytes of [Buffer.alloc(0), record([1], 1).subarray(1)]) {
      assert.throws(
        () => readCifar('f', bytes, 1, 0),
        (error: unknown) =>
          error instanceof FormatError &&
          /^f: expected records of 3073 bytes, got \d+ bytes; the file is not in the binary version/.test(error.message),
      );
    }
  });

  it('has a name for every class, and refuses an unknown set of labels', () => {
    assert.deepEqual([datasets.cifar10Classes.length, datasets.cifar100Classes.length, datasets.cifar100Groups.length], [10, 100, 20]);
    assert.equal(new Set(datasets.cifar100Classes).size, 100);
    assert.throws(() => datasets.cifar100({ labelMode: 'all' as never }), ArgumentError);
  });

  it('cifar10 is the published data set', async function () {
    const folder = process.env['NODE_CUDNN_DATA'];
    const known = folder !== undefined && existsSync(path.join(folder, 'cifar-10'));
    const cached = existsSync(path.join(datasets.cacheDirectory(), 'cifar-10', 'test_batch.bin'));
    if (!known && !cached) this.skip();
    this.timeout(300_000);
    const { train, test } = (await datasets.cifar10()) as unknown as Record<'train' | 'test', { x: Tensor; y: Tensor }>;
    assert.deepEqual([train.x, train.y, test.x, test.y].map(String), [
      'Tensor<[50000, 32, 32, 3], uint8>',
      'Tensor<[50000], uint8>',
      'Tensor<[10000, 32, 32, 3], uint8>',
      'Tensor<[10000], uint8>',
    ]);
    const pixels = await train.x.data();
    const sums = [0, 0, 0];
    for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
    // the published means of the channels
    [0.4914, 0.48216, 0.44653].forEach((mean, c) => assert.ok(Math.abs(sums[c]! / (pixels.length / 3) / 255 - mean) < 1e-5));
    const counts = new Array<number>(10).fill(0);
    for (const label of await test.y.data()) counts[label]!++;
    assert.deepEqual(counts, new Array(10).fill(1000));
    for (const part of [train.x, train.y, test.x, test.y]) part.dispose();
  });
});
