/** Helpers around data, beyond the golden cases. */
import assert from 'node:assert/strict';
import { data, utils } from '../../lib/index.js';
import type { NodeCudnnError } from '../../lib/errors.js';
import { ArgumentError, DataError, ShapeError } from '../../lib/errors.js';

function failure(kind: typeof NodeCudnnError, sentence: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.message.slice(0, sentence.length), sentence);
    return true;
  };
}

describe('utils of data', () => {
  it('normalize divides by the norm that is asked for, and leaves zeros alone', async () => {
    const rows = [
      [3, -4],
      [0, 0],
    ];
    for (const [order, first] of [
      [1, [3 / 7, -4 / 7]],
      [2, [0.6, -0.8]],
      [3, [3 / Math.cbrt(91), -4 / Math.cbrt(91)]],
      [Infinity, [0.75, -1]],
    ] as const) {
      using made = utils.normalize(rows, -1, order);
      const [one, zeros] = (await made.array()) as number[][];
      assert.deepEqual(zeros, [0, 0]);
      first.forEach((value, i) => assert.ok(Math.abs(value - one![i]!) < 1e-6, `order ${order}: ${one!.join()}`));
    }
    assert.throws(
      () => utils.normalize(rows, -1, 0),
      failure(ArgumentError, 'normalize order: expected a number above 0, got 0; use 1 or 2'),
    );
  });

  it('toCategorical takes whole numbers of any dtype, and refuses fractions and NaN', async () => {
    using made = utils.toCategorical(Float32Array.of(1, 0));
    assert.deepEqual(await made.array(), [
      [0, 1],
      [1, 0],
    ]);
    for (const odd of [0.5, NaN]) {
      assert.throws(
        () => utils.toCategorical([odd, 1], 2),
        failure(DataError, 'toCategorical: expected whole class numbers, got fractions or NaN among them'),
      );
    }
  });

  it('setRandomSeed says what it takes', () => {
    assert.throws(
      () => utils.setRandomSeed('7' as never),
      failure(ArgumentError, "setRandomSeed: expected a whole number from 0 to 2^53 - 1, got '7'"),
    );
  });

  it('padSequences takes typed arrays, and gives the dtype that is asked for', async () => {
    const padded = utils.padSequences([Int32Array.of(1, 2), [3]], { dtype: 'float32', padding: 'post', maxlen: 3 });
    assert.equal(String(padded), 'Tensor<[2, 3], float32>');
    assert.deepEqual(await padded.array(), [
      [1, 2, 0],
      [3, 0, 0],
    ]);
    padded.dispose();
  });

  it('padSequences refuses what is no sequence, and steps of different shapes', () => {
    assert.throws(
      () => utils.padSequences([1, 2] as never),
      failure(DataError, 'padSequences [0]: expected a sequence, got 1; wrap a single one in a list'),
    );
    assert.throws(
      () => utils.padSequences([[[1, 2]], [[1]]]),
      failure(ShapeError, 'padSequences [1]: expected steps of shape [2], got [1]'),
    );
  });

  it('splitDataset splits pairs, shuffled by a seed', async () => {
    const split = async (): Promise<unknown[][]> => {
      const [left, right] = await utils.splitDataset([Float32Array.of(0, 1, 2, 3, 4), Int32Array.of(0, 1, 2, 3, 4)], {
        leftSize: 0.6,
        shuffle: true,
        seed: 4,
      });
      return [await left.toArray(), await right.toArray()];
    };
    const [left, right] = await split();
    assert.deepEqual([left!.length, right!.length], [3, 2]);
    assert.deepEqual([...left!, ...right!].map((pair) => (pair as number[])[0]).sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual(await split(), [left, right]);
  });

  it('splitDataset refuses sizes that do not fit', async () => {
    const five = data.fromArray([1, 2, 3, 4, 5]);
    await assert.rejects(utils.splitDataset(five, {}), failure(ArgumentError, 'splitDataset: expected leftSize or rightSize, got neither'));
    await assert.rejects(
      utils.splitDataset(five, { leftSize: 5 }),
      failure(ArgumentError, 'splitDataset leftSize: expected a share between 0 and 1, or a whole number below 5, got 5'),
    );
    await assert.rejects(
      utils.splitDataset(five, { leftSize: 3, rightSize: 3 }),
      failure(DataError, 'splitDataset: expected two parts within 5 samples, none empty, got 3 and 3'),
    );
    await assert.rejects(utils.splitDataset(five.repeat(), { leftSize: 1 }), failure(DataError, 'splitDataset: expected data with an end'));
  });

  it('windows over a series are drawn in another order each pass, the same for a seed', async () => {
    const series = Float32Array.from({ length: 30 }, (_, i) => i);
    const windows = (): data.Dataset<utils.TimeseriesBatch> =>
      utils.timeseriesDatasetFromArray(series, series, { sequenceLength: 3, batchSize: null, shuffle: true, seed: 2 });
    const first = windows();
    const [a, b] = [await first.toArray(), await first.toArray()];
    assert.equal(a.length, 28);
    assert.equal(first.length, 28);
    assert.notDeepEqual(a, b);
    for (const [x, y] of a) assert.deepEqual([...x.data], [y!.data[0]!, y!.data[0]! + 1, y!.data[0]! + 2]);
    const again = windows();
    assert.deepEqual([await again.toArray(), await again.toArray()], [a, b]);
  });

  it('windows refuse a series that is too short', async () => {
    const windows = utils.timeseriesDatasetFromArray([1, 2, 3], null, { sequenceLength: 4 });
    await assert.rejects(
      windows.toArray(),
      failure(DataError, 'timeseriesDatasetFromArray: expected a series of at least 4 steps, got 3 steps; use a shorter'),
    );
    assert.throws(
      () => utils.timeseriesDatasetFromArray([1], null, { sequenceLength: 1, startIndex: 2, endIndex: 2 }),
      failure(ArgumentError, 'timeseriesDatasetFromArray endIndex: expected more than startIndex, 2, got 2'),
    );
  });
});
