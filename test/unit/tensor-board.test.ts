/** What the TensorBoard callback writes, read back by a small reader and by TensorBoard's own. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  callbacks,
  DataError,
  layers,
  type Model,
  optimizers,
  sequential,
  tensor,
  type Tensor,
  utils,
} from '../../lib/index.js';
import { histogramRows, weightPictures } from '../../lib/callbacks/weight-summaries.js';
import { readEvents } from '../support/event-reader.js';
import { randoms } from '../support/gradcheck.js';
import { itWithPython, runPython } from '../support/python.js';

const PROGRAM = `
import sys, json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

def read(folder):
    found = EventAccumulator(folder, size_guidance={'tensors': 0})
    found.Reload()
    out = {}
    for tag in found.Tags()['tensors']:
        plugin = found.SummaryMetadata(tag).plugin_data.plugin_name
        points = []
        for event in found.Tensors(tag):
            value = tensor_util.make_ndarray(event.tensor_proto)
            points.append([event.step, value.tolist() if value.dtype.kind == 'f' else [len(item) for item in value]])
        out[tag] = [plugin, points]
    return out

print(json.dumps([read(folder) for folder in sys.argv[1:]]))
`;

describe('tensorBoard', () => {
  let decode: (png: Uint8Array) => { data: ArrayLike<number> };
  let folder: string;
  before(async () => ({ decode } = await import('fast-png')));
  let model: Model & Disposable;
  let x: Tensor;
  let y: Tensor;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    utils.setRandomSeed(3);
    x = tensor(randoms(24, 1), [12, 2]);
    y = tensor(randoms(12, 2), [12, 1]);
    model = sequential([2])
      .add(layers.dense(3, { name: 'first' }))
      .add(layers.dense(1, { name: 'last' }));
    model.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    model.dispose();
    x.dispose();
    y.dispose();
  });

  const fit = (options: callbacks.TensorBoardOptions, epochs = 2) =>
    model.fit(x, y, {
      epochs,
      batchSize: 3,
      validationSplit: 0.25,
      shuffle: false,
      verbose: 0,
      callbacks: [callbacks.tensorBoard({ logDir: folder, ...options })],
    });
  const curve = (part: 'train' | 'validation', tag: string): [number, number][] =>
    readEvents(path.join(folder, part))
      .filter((point) => point.tag === tag)
      .map((point) => {
        assert.deepEqual([point.plugin, point.dataClass, point.dtype, point.shape], ['scalars', 1, 1, []]);
        return [point.step, point.content.readFloatLE()];
      });
  const points = (values: readonly number[], steps = values.map((_, i) => i)): [number, number][] =>
    values.map((value, i) => [steps[i]!, Math.fround(value)]);

  it('curves by epoch, training and validation apart', async () => {
    const { history } = await fit({});
    assert.deepEqual(curve('train', 'epoch_loss'), points(history['loss']!));
    assert.deepEqual(curve('train', 'epoch_learning_rate'), points([0.5, 0.5]));
    assert.deepEqual(curve('validation', 'epoch_loss'), points(history['val_loss']!));
    assert.deepEqual(curve('validation', 'evaluation_loss_vs_iterations'), points(history['val_loss']!, [3, 6]));
    const tags = readEvents(path.join(folder, 'train')).map(({ tag }) => tag);
    assert.deepEqual([...new Set(tags)], ['epoch_loss', 'epoch_learning_rate']);
  });

  it('curves by batch, every one or some, with the speed', async () => {
    const losses: number[] = [];
    await model.fit(x, y, {
      epochs: 2,
      batchSize: 3,
      verbose: 0,
      callbacks: [
        callbacks.tensorBoard({ logDir: folder, updateFreq: 3, writeStepsPerSecond: true }),
        callbacks.lambdaCallback({ onTrainBatchEnd: (_, logs) => void losses.push(logs['loss']!) }),
      ],
    });
    assert.equal(losses.length, 8);
    assert.deepEqual(curve('train', 'batch_loss'), points([losses[2]!, losses[5]!], [3, 6]));
    for (const tag of ['batch_steps_per_second', 'epoch_steps_per_second']) {
      const speeds = curve('train', tag);
      assert.equal(speeds.length, 2);
      for (const [, speed] of speeds) assert.ok(speed > 0 && Number.isFinite(speed), String(speed));
    }
    assert.ok(!readdirSync(folder).includes('validation'));
  });

  it("a step's curve for 'batch' has every batch, and evaluate its figures", async () => {
    const board = callbacks.tensorBoard({ logDir: folder, updateFreq: 'batch' });
    await model.fit(x, y, { batchSize: 3, verbose: 0, callbacks: [board] });
    assert.deepEqual(
      curve('train', 'batch_loss').map(([step]) => step),
      [1, 2, 3, 4],
    );
    const { loss } = await model.evaluate(x, y, { verbose: 0, callbacks: [board] });
    assert.deepEqual(curve('validation', 'evaluation_loss_vs_iterations'), points([loss], [4]));
  });

  it('histograms and pictures of the weights', async () => {
    await fit({ histogramFreq: 2, writeImages: true }, 3);
    const events = readEvents(path.join(folder, 'train'));
    const [kernel] = await model.getWeights();
    const histograms = events.filter(({ tag }) => tag === 'first/kernel/histogram');
    assert.deepEqual(
      histograms.map(({ step, plugin, dataClass, dtype, shape }) => [step, plugin, dataClass, dtype, shape]),
      [0, 2].map((step) => [step, 'histograms', 2, 2, [30, 3]]),
    );
    const { content } = histograms[1]!;
    const rows = Array.from({ length: 30 }, (_, i) => [0, 8, 16].map((at) => content.readDoubleLE(24 * i + at)));
    assert.deepEqual(rows, histogramRows(kernel!.data));
    const picture = events.filter(({ tag }) => tag === 'first/kernel/image')[1]!;
    assert.deepEqual([picture.plugin, picture.dataClass, picture.dtype, picture.shape], ['images', 3, 7, [3]]);
    assert.deepEqual(picture.strings.slice(0, 2).map(String), ['3', '2']);
    const expected = Array.from(kernel!.data, (value) => Math.max(0, Math.min(255, Math.floor(Number(value) * 255.5))));
    assert.deepEqual(Array.from(decode(picture.strings[2]!).data), expected);
    const tags = new Set(events.map(({ tag }) => tag).filter((tag) => tag.includes('/')));
    const weights = ['first/kernel', 'first/bias', 'last/kernel', 'last/bias'];
    // A bias of one number is no picture.
    assert.deepEqual([...tags].sort(), [...weights.map((w) => `${w}/histogram`), ...weights.slice(0, 3).map((w) => `${w}/image`)].sort());
  });

  it('histograms count every finite value once', () => {
    const rows = histogramRows(Float32Array.of(0, 1, 2, 30, 30, NaN, Infinity));
    assert.deepEqual(
      [rows[0], rows[1], rows[29]],
      [
        [0, 1, 1],
        [1, 2, 1],
        [29, 30, 2],
      ],
    );
    assert.equal(
      rows.reduce((sum, row) => sum + row[2], 0),
      5,
    );
    assert.deepEqual(histogramRows(Float32Array.of(4, 4))[29], [4, 4, 2]);
    assert.equal(histogramRows(new Float32Array(0)).length, 30);
  });

  it('pictures: tall kernels are turned, filters are one each, and three at most', async () => {
    const tall = (await weightPictures([3, 2], Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1)))!;
    assert.deepEqual([tall.width, tall.height, Array.from(decode(tall.pictures[0]!).data)], [3, 2, [0, 102, 204, 51, 153, 255]]);
    const filters = (await weightPictures(
      [2, 1, 2, 4],
      Float32Array.from({ length: 16 }, (_, i) => i / 20),
    ))!;
    assert.deepEqual([filters.width, filters.height, filters.pictures.length], [2, 2, 3]);
    assert.deepEqual(
      Array.from(decode(filters.pictures[1]!).data),
      [1, 5, 9, 13].map((i) => Math.floor((i / 20) * 255.5)),
    );
    assert.equal(await weightPictures([2, 2, 2, 2], new Float32Array(16)), undefined);
  });

  itWithPython("TensorBoard's own reader finds the same", async function () {
    this.timeout(120_000);
    const { history } = await fit({ histogramFreq: 1, writeImages: true, updateFreq: 'batch' });
    type Tags = Record<string, [string, [number, unknown][]]>;
    const parts = ['train', 'validation'].map((part) => path.join(folder, part));
    const [train, validation] = JSON.parse(await runPython(['-c', PROGRAM, ...parts])) as [Tags, Tags];
    assert.deepEqual(train['epoch_loss'], ['scalars', points(history['loss']!)]);
    assert.deepEqual(train['batch_loss'], ['scalars', curve('train', 'batch_loss')]);
    assert.deepEqual(validation['epoch_loss'], ['scalars', points(history['val_loss']!)]);
    const [kernel] = await model.getWeights();
    assert.deepEqual(train['first/kernel/histogram']![1][1], [1, histogramRows(kernel!.data)]);
    assert.equal(train['first/kernel/histogram']![0], 'histograms');
    const [plugin, images] = train['first/kernel/image']!;
    assert.deepEqual([plugin, images.length, (images[0]![1] as number[]).slice(0, 2)], ['images', 2, [1, 1]]);
  });

  it('what cannot be written is refused', async () => {
    const refuses = (options: object, message: RegExp): void => {
      assert.throws(
        () => callbacks.tensorBoard(options),
        (error: unknown) => error instanceof ArgumentError && message.test(error.message),
      );
    };
    refuses({ profileBatch: 2 }, /^tensorBoard profileBatch: expected nothing, since it cannot be written here, got 2; measure with/);
    refuses({ writeGraph: true }, /^tensorBoard writeGraph: .*plot\.modelGraph/);
    refuses({ updateFreq: 'step' }, /^tensorBoard updateFreq: expected 'epoch', 'batch' or a number of batches, got 'step'/);
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await assert.rejects(fit({ logDir: file }), (error: unknown) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, /^tensorBoard: expected a folder .* that can be written, got .*; choose another logDir$/);
      return true;
    });
  });
});
