/** The weights of models in safetensors files: by name, by order, and refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layers, type Model, sequential } from '../../lib/index.js';
import { writeFileWhole } from '../../lib/io/files.js';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { bytesSource } from '../../lib/io/source.js';
import { Transfer } from '../../lib/io/transfer.js';
import { loadWeights, saveWeights } from '../../lib/saving/safetensors.js';

function make(units = 3): Model {
  return sequential([6, 6, 2])
    .add(layers.conv2d(4, 3, { name: 'conv' }))
    .add(layers.batchNormalization({ name: 'norm' }))
    .add(layers.flatten())
    .add(layers.dense(units, { name: 'head' })) as Model;
}

const dense = (...names: string[]) =>
  sequential([3])
    .add(layers.dense(3, { name: names[0]! }))
    .add(layers.dense(3, { name: names[1]! })) as Model & Disposable;

describe('weights in safetensors files', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  const values = async (model: Model, ...names: string[]): Promise<number[][]> => {
    const chosen = names.length === 0 ? model.layers : names.map((name) => model.getLayer(name));
    const all = await Promise.all(chosen.map((layer) => layer.getWeights()));
    return all.flat().map(({ data }) => Array.from(data));
  };

  it('come back bit for bit, in Keras names and layout', async () => {
    const file = path.join(folder, 'weights.safetensors');
    using one = make() as Model & Disposable;
    using other = make() as Model & Disposable;
    await one.saveWeights(file);
    await other.loadWeights(file);
    assert.deepEqual(await other.getWeights(), await one.getWeights());
    const { arrays } = await readSafetensors(bytesSource(file, readFileSync(file)));
    assert.deepEqual(arrays.map(({ name, shape }) => `${name} ${shape.join('x')}`).slice(0, 3), [
      'conv/kernel 3x3x2x4',
      'conv/bias 4',
      'norm/gamma 4',
    ]);
  });

  it('go in pieces of at most 16 MB where they are larger', async () => {
    const file = path.join(folder, 'large.safetensors');
    using one = sequential([2200]).add(layers.dense(2000, { name: 'large' })) as Model & Disposable;
    const transfer = Transfer.silent();
    const seen: number[] = [];
    transfer.add = (bytes) => void seen.push(bytes);
    await saveWeights(one, file, transfer);
    const whole = 4 * 2200 * 2000;
    assert.deepEqual(seen, [16_776_000, whole - 16_776_000, 8000]);
    const source = bytesSource(file, readFileSync(file));
    const kernel = (await readSafetensors(source)).arrays.find(({ name }) => name === 'large/kernel')!;
    assert.deepEqual(await kernel.read(), (await one.getWeights())[0]!.data);
    using other = sequential([2200]).add(layers.dense(2000, { name: 'large' })) as Model & Disposable;
    seen.length = 0;
    await loadWeights(other, file, {}, transfer);
    assert.equal(seen.length, 3);
    assert.deepEqual(await other.getWeights(), await one.getWeights());
  });

  it('go to layers of other names in order', async () => {
    const file = path.join(folder, 'order.safetensors');
    using first = dense('a', 'b');
    using second = dense('b', 'c');
    await saveWeights(first, file);
    await loadWeights(second, file);
    assert.deepEqual(await values(second), await values(first));
  });

  it('byName takes what has a name, and leaves the rest', async () => {
    const file = path.join(folder, 'names.safetensors');
    using first = dense('a', 'b');
    using second = dense('b', 'c');
    const before = await values(second, 'c');
    await saveWeights(first, file);
    await loadWeights(second, file, { byName: true });
    assert.deepEqual(await values(second, 'b'), await values(first, 'b'));
    assert.deepEqual(await values(second, 'c'), before);
  });

  it('skipMismatch leaves layers of other shapes, byName alone refuses them', async () => {
    const file = path.join(folder, 'skip.safetensors');
    using one = make(5) as Model & Disposable;
    using other = make(3) as Model & Disposable;
    await saveWeights(one, file);
    const head = await values(other, 'head');
    for (const options of [{}, { byName: true }])
      await assert.rejects(loadWeights(other, file, options), /head\/kernel of shape \[64, 3\], got \[64, 5\]; .* skipMismatch: true/);
    assert.notDeepEqual(await values(other, 'conv'), await values(one, 'conv'));
    for (const byName of [false, true]) {
      using fresh = make(3) as Model & Disposable;
      await loadWeights(fresh, file, { byName, skipMismatch: true });
      assert.deepEqual(await values(fresh, 'conv', 'norm'), await values(one, 'conv', 'norm'));
    }
    assert.deepEqual(await values(other, 'head'), head);
  });

  it('half a layer is refused by name, and skipped where that is wanted', async () => {
    const file = path.join(folder, 'half.safetensors');
    const kernel = new Float32Array(9).fill(5);
    const array = { name: 'a/kernel', shape: [3, 3], dtype: 'float32', read: () => Promise.resolve(kernel) } as const;
    await writeFileWhole('test', file, (sink) => writeSafetensors(sink, [array]));
    using model = dense('a', 'b');
    const before = await values(model);
    await assert.rejects(loadWeights(model, file, { byName: true }), /all weights of the layer a, got none for a\/bias/);
    await loadWeights(model, file, { byName: true, skipMismatch: true });
    assert.deepEqual(await values(model), before);
  });

  it('of other types are converted to those of the model', async () => {
    const file = path.join(folder, 'types.safetensors');
    const array = (name: string, shape: number[], data: Float64Array | Int32Array) =>
      ({ name, shape, dtype: data instanceof Int32Array ? 'int32' : 'float64', read: () => Promise.resolve(data) }) as const;
    const arrays = [array('d/kernel', [1, 2], Float64Array.of(0.1, -2)), array('d/bias', [2], Int32Array.of(3, -4))];
    await writeFileWhole('test', file, (sink) => writeSafetensors(sink, arrays));
    using model = sequential([1]).add(layers.dense(2, { name: 'd' })) as Model & Disposable;
    await loadWeights(model, file);
    assert.deepEqual(await values(model), [
      [Math.fround(0.1), -2],
      [3, -4],
    ]);
  });

  it('of a model with other layers or shapes are refused and the model stays as it was', async () => {
    const file = path.join(folder, 'other.safetensors');
    using one = make(5) as Model & Disposable;
    using other = make(3) as Model & Disposable;
    await one.saveWeights(file);
    const before = await other.getWeights();
    await assert.rejects(other.loadWeights(file), /expected head\/kernel of shape \[64, 3\], got \[64, 5\]/);
    using plain = sequential([4]).add(layers.dense(2, { name: 'head' })) as Model & Disposable;
    await assert.rejects(plain.loadWeights(file), /expected the weights head\/kernel, head\/bias, got conv\/kernel/);
    assert.deepEqual(await other.getWeights(), before);
    await assert.rejects(other.loadWeights(path.join(folder, 'none.safetensors')), /got none of that name; check the path/);
  });
});
