/** Weights in safetensors files: there and back, and files that are not what they seem. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError, layers, type Model, sequential } from '../../lib/index.js';
import { decodeSafetensors, encodeSafetensors } from '../../lib/io/safetensors.js';
import { randoms } from '../support/gradcheck.js';

function make(units = 3): Model {
  return sequential([6, 6, 2])
    .add(layers.conv2d(4, 3, { name: 'conv' }))
    .add(layers.batchNormalization({ name: 'norm' }))
    .add(layers.flatten())
    .add(layers.dense(units, { name: 'head' })) as Model;
}

describe('safetensors', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('weights come back bit for bit, in Keras names and layout', async () => {
    const file = path.join(folder, 'weights.safetensors');
    using one = make() as Model & Disposable;
    using other = make() as Model & Disposable;
    await one.saveWeights(file);
    await other.loadWeights(file);
    assert.deepEqual(await other.getWeights(), await one.getWeights());
    const arrays = decodeSafetensors(readFileSync(file), file);
    assert.deepEqual(arrays.map(({ name, shape }) => `${name} ${shape.join('x')}`).slice(0, 3), [
      'conv/kernel 3x3x2x4',
      'conv/bias 4',
      'norm/gamma 4',
    ]);
  });

  it('layers of other names take the weights in order', async () => {
    const file = path.join(folder, 'order.safetensors');
    const net = (...names: string[]) =>
      sequential([3])
        .add(layers.dense(2, { name: names[0]! }))
        .add(layers.dense(2, { name: names[1]! })) as Model & Disposable;
    using first = net('a', 'b');
    using second = net('b', 'c');
    await first.saveWeights(file);
    await second.loadWeights(file);
    const values = async (model: Model) => (await model.getWeights()).map(({ data }) => Array.from(data));
    assert.deepEqual(await values(second), await values(first));
  });

  it('a model with other layers or shapes is refused and stays as it was', async () => {
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
    await assert.rejects(other.saveWeights(path.join(folder, 'weights.txt')), /expected a path that ends in .*\.safetensors/);
  });

  it('damaged files are a FormatError, whatever is wrong with them', () => {
    const good = encodeSafetensors([{ name: 'a', shape: [2, 3], dtype: 'float32', data: new Float32Array(6) }]);
    const random = randoms(2000 * 3, 7, 0, 1);
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      const bytes = good.slice(0, i % 5 === 0 ? Math.floor(random[3 * i]! * good.length) : good.length);
      if (bytes.length > 0) bytes[Math.floor(random[3 * i + 1]! * bytes.length)] = Math.floor(random[3 * i + 2]! * 256);
      try {
        for (const { shape, data } of decodeSafetensors(bytes, 'damaged'))
          assert.equal(
            shape.reduce((x, y) => x * y, 1),
            data.length,
          );
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 500, `${refused} refused`);
    writeFileSync(path.join(folder, 'short.safetensors'), 'abc');
    assert.throws(() => decodeSafetensors(Buffer.from('abc'), 'short'), /short: expected at least 8 bytes, got 3/);
  });
});
