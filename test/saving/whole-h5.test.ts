/** `.h5` files of Keras: whole models and weights, read with the same predictions and training, and written. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError, layers, loadModel, type Model, sequential, type Tensor } from '../../lib/index.js';
import { Hdf5Reader } from '../../lib/io/hdf5/index.js';
import { expected, folder, models } from './models.js';

function near(actual: readonly number[], wanted: readonly number[], tolerance: number): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((value, i) => {
    const allowed = tolerance * Math.max(1, Math.abs(wanted[i]!));
    assert.ok(Math.abs(value - wanted[i]!) <= allowed, `${i}: ${value} beside ${wanted[i]}`);
  });
}

describe('.h5', function () {
  this.timeout(60_000);
  let own: string;
  before(() => (own = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(own, { recursive: true }));

  async function check(net: Model, name: string): Promise<void> {
    const { x, y } = models[name]!;
    const given = x() as never;
    near([...(await ((await net.predict(given)) as Tensor).data())], expected[name]!.predictions.flat(), 1e-5);
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) {
      net.resetMetrics();
      losses.push((await net.trainOnBatch(given, y())).loss);
    }
    near(losses, expected[name]!.losses, 1e-4);
  }

  for (const name of Object.keys(models)) {
    it(`${name}: Keras' file predicts and goes on training here, and so does ours`, async () => {
      using net = (await loadModel(path.join(folder, `${name}.h5`))) as Model & Disposable;
      const copy = path.join(own, `${name}.h5`);
      await net.save(copy);
      await check(net, name);
      using again = (await loadModel(copy)) as Model & Disposable;
      await check(again, name);
      // by the order of the layers, whose names are others
      using fresh = models[name]!.make() as Model & Disposable;
      await fresh.loadWeights(copy);
      const given = models[name]!.x() as never;
      near([...(await ((await fresh.predict(given)) as Tensor).data())], expected[name]!.predictions.flat(), 1e-5);
    });
  }

  it('without the optimizer, and without compiling', async () => {
    const file = path.join(own, 'plain.h5');
    using net = (await loadModel(path.join(folder, 'cnn.h5'))) as Model & Disposable;
    await net.save(file, { includeOptimizer: false });
    using plain = (await loadModel(file)) as Model & Disposable;
    using left = (await loadModel(path.join(folder, 'cnn.h5'), { compile: false })) as Model & Disposable;
    assert.deepEqual([plain.isCompiled, left.isCompiled], [false, false]);
    const reader = await Hdf5Reader.open('test', file);
    assert.deepEqual([...reader.entries.get('')!.attributes].sort(), ['backend', 'keras_version', 'model_config']);
    assert.equal(reader.entries.has('optimizer_weights'), false);
    await reader.close();
  });

  it('weights alone, by order and by name, and what does not fit', async () => {
    const file = path.join(own, 'weights.hdf5');
    const make = (...names: string[]): Model =>
      sequential(
        [3],
        names.map((name, i) => layers.dense(i + 2, { name })),
      ) as Model;
    using one = make('a', 'b') as Model & Disposable;
    using other = make('c', 'd') as Model & Disposable;
    using named = make('x', 'b') as Model & Disposable;
    await one.saveWeights(file);
    await other.loadWeights(file);
    const values = async (net: Model): Promise<unknown[]> => (await net.getWeights()).map(({ data }) => data);
    assert.deepEqual(await values(other), await values(one));
    const before = await values(named);
    await named.loadWeights(file, { byName: true });
    assert.deepEqual(await values(named), [...before.slice(0, 2), ...(await values(one)).slice(2)]);

    const refused = async (net: Model, message: RegExp, options = {}): Promise<void> => {
      const untouched = await values(net);
      await assert.rejects(net.loadWeights(file, options), (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(await values(net), untouched);
    };
    using longer = make('a', 'b', 'c') as Model & Disposable;
    await refused(longer, /weights\.hdf5: expected the weights of 3 layers \(a, b, c\), got those of 2 \(a, b\)/);
    using wider = sequential([3], [layers.dense(2, { name: 'a' }), layers.dense(9, { name: 'b' })]) as Model & Disposable;
    await refused(wider as Model, /expected kernel of b of shape \[2, 9\] at \/b\/b\/kernel, got \[2, 3\]/);
    await refused(wider as Model, /expected kernel of b of shape/, { byName: true });
    await (wider as Model).loadWeights(file, { skipMismatch: true });
    assert.deepEqual((await values(wider as Model)).slice(0, 2), (await values(one)).slice(0, 2));
    await assert.rejects(loadModel(file), /weights\.hdf5: expected an attribute model_config, got none; the file holds weights only/);
  });

  it('names that are too many for one attribute are split and read again', async () => {
    const file = path.join(own, 'many.h5');
    const names = Array.from({ length: 301 }, (_, i) => `${'long'.repeat(60)}_${i}`);
    const make = (prefix: string): Model =>
      sequential(
        [1],
        names.map((name) => layers.dense(1, { name: prefix + name })),
      ) as Model;
    using one = make('') as Model & Disposable;
    using other = make('other') as Model & Disposable;
    await one.saveWeights(file);
    const reader = await Hdf5Reader.open('test', file);
    assert.deepEqual(
      reader.entries.get('')!.attributes.filter((name) => name.startsWith('layer_names')),
      ['layer_names0', 'layer_names1'],
    );
    assert.equal(((await reader.attribute('', 'layer_names0')) as string[]).length, 151);
    await reader.close();
    await other.loadWeights(file);
    assert.deepEqual(
      (await other.getWeights()).map(({ data }) => data),
      (await one.getWeights()).map(({ data }) => data),
    );
  });

  it('a file without an ending is known by its first bytes', async () => {
    const file = path.join(own, 'model');
    using net = (await loadModel(path.join(folder, 'cnn.h5'))) as Model & Disposable;
    await net.save(`${file}.h5`);
    copyFileSync(`${file}.h5`, file);
    using again = (await loadModel(file)) as Model & Disposable;
    assert.equal(again.name, 'cnn');
  });
});
