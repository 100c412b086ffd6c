/** Which format a path means, and what is said where none does. */
import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layers, loadModel, modelFromJSON, ops, sequential } from '../../lib/index.js';
import { ArgumentError, DataError } from '../../lib/errors.js';

describe('Formats of saved models', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'saving-'))));
  after(() => rm(folder, { recursive: true }));

  const small = () => sequential([3], [layers.dense(2, { name: 'first' }), layers.dense(1, { name: 'second' })]);

  it('refuses a path of no known ending, with those that there are', async () => {
    const net = small();
    await assert.rejects(net.save(path.join(folder, 'model.pkl')), (error: Error) => {
      assert.ok(error instanceof ArgumentError);
      return /\.save: expected a path that ends in .*, got '.*model\.pkl'/.test(error.message);
    });
    await assert.rejects(net.saveWeights(path.join(folder, 'w.safetensor')), /did you mean '\.safetensors'\?/);
    await assert.rejects(loadModel(path.join(folder, 'none.bin')), DataError);
  });

  it('names formats that can be written where it writes, and those that can be read where it reads', async () => {
    const net = small();
    await assert.rejects(
      net.saveWeights('w.keras'),
      /expected a path that ends in \.weights\.h5 or \.h5 or \.hdf5 or \.safetensors, got 'w\.keras'/,
    );
    await assert.rejects(
      net.loadWeights('w.bin'),
      /expected a path that ends in \.weights\.h5 or \.h5 or \.hdf5 or \.keras or \.safetensors, got/,
    );
    for (const name of ['digits.tflite', 'digits', '']) {
      await assert.rejects(net.export(name), new RegExp(`\\.export: expected a path that ends in \\.onnx, got '${name}'`));
    }
  });

  it('takes weights and the state of the optimizer out of whole models', async () => {
    const made = () => {
      const net = small();
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      return net;
    };
    const [x, y] = [ops.random.normal([8, 3], { seed: 1 }), ops.random.normal([8, 1], { seed: 2 })];
    const net = made();
    await net.fit(x, y, { verbose: 0, shuffle: false });
    const next = async (model: typeof net): Promise<unknown> => (await model.fit(x, y, { verbose: 0, shuffle: false })).history;
    const files = ['whole.keras', 'whole.h5'].map((name) => path.join(folder, name));
    for (const file of files) await net.save(file);
    const values = await net.getWeights();
    const want = [await next(net), await next(net)];
    for (const file of files) {
      const other = made();
      await other.loadWeights(file);
      assert.deepEqual(await other.getWeights(), values);
      // of .h5 Keras takes weights alone
      if (file.endsWith('.keras')) assert.deepEqual([await next(other), await next(other)], want);
    }
    const longer = sequential([3], [layers.dense(2), layers.dense(5)]);
    await assert.rejects(longer.loadWeights(files[0]!), /expected kernel of dense.* of shape \[2, 5\] .*, got \[2, 1\]/);
    await assert.rejects(longer.loadWeights(files[0]!, { byName: true }), /byName: expected a \.h5 or \.safetensors file/);
    await longer.loadWeights(files[0]!, { skipMismatch: true });
    assert.deepEqual((await longer.layers[0]!.getWeights())[0], values[0]);
  });

  it('keeps a file where overwrite is false', async () => {
    const file = path.join(folder, 'kept.safetensors');
    await writeFile(file, 'old');
    await assert.rejects(small().saveWeights(file, { overwrite: false }), /overwrite is false, got one/);
    await small().saveWeights(file);
    await small().loadWeights(file);
  });

  it('loads weights by name, and passes over other shapes', async () => {
    const file = path.join(folder, 'partly.safetensors');
    const net = small();
    await net.saveWeights(file);
    const other = sequential([3], [layers.dense(2, { name: 'first' }), layers.dense(5, { name: 'second' }), layers.dense(1)]);
    await assert.rejects(other.loadWeights(file), /none for/);
    await assert.rejects(other.loadWeights(file, { byName: true }), /second\/kernel of shape \[2, 5\], got \[2, 1\]/);
    const before = (await other.layers[1]!.getWeights())[0]!.data;
    await other.loadWeights(file, { byName: true, skipMismatch: true });
    assert.deepEqual((await other.layers[0]!.getWeights())[0]!.data, (await net.layers[0]!.getWeights())[0]!.data);
    assert.deepEqual((await other.layers[1]!.getWeights())[0]!.data, before);
  });

  it('makes a model from JSON', () => {
    const net = small();
    const again = modelFromJSON(JSON.stringify(net));
    assert.deepEqual(again.toJSON(), net.toJSON());
    assert.throws(() => modelFromJSON('{'), /modelFromJSON: expected JSON/);
  });
});
