/** `.weights.h5` files of Keras 3: read with the same predictions and the same training afterwards, written with the same contents. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError, input, layers, Model, model, sequential, tensor, type Tensor } from '../../lib/index.js';
import { sizeOf } from '../../lib/io/hdf5/boxes.js';
import { Hdf5Reader } from '../../lib/io/hdf5/index.js';
import { placesOf } from '../../lib/saving/hdf5/places.js';
import { expected, folder, models } from './models.js';

function near(actual: readonly number[], wanted: readonly number[], tolerance: number): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((value, i) => {
    const allowed = tolerance * Math.max(1, Math.abs(wanted[i]!));
    assert.ok(Math.abs(value - wanted[i]!) <= allowed, `${i}: ${value} beside ${wanted[i]}`);
  });
}

describe('.weights.h5', function () {
  this.timeout(60_000);
  let own: string;
  before(() => (own = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(own, { recursive: true }));

  async function contents(file: string): Promise<Record<string, unknown>> {
    const reader = await Hdf5Reader.open('test', file);
    const found: Record<string, unknown> = {};
    for (const entry of reader.entries.values()) {
      if (entry.kind === 'dataset')
        found[entry.path] = [entry.type, entry.shape, sizeOf(entry.shape) > 0 && (await reader.read(entry.path)).data];
    }
    await reader.close();
    return found;
  }

  for (const [name, { make, x, y }] of Object.entries(models)) {
    const file = path.join(folder, `${name}.weights.h5`);

    it(`${name}: predicts and goes on training as in Keras`, async () => {
      using net = make() as Model & Disposable;
      await net.loadWeights(file);
      const given = x() as never;
      near([...(await ((await net.predict(given)) as Tensor).data())], expected[name]!.predictions.flat(), 1e-5);
      const losses: number[] = [];
      for (let step = 0; step < 3; step++) {
        net.resetMetrics();
        losses.push((await net.trainOnBatch(given, y())).loss);
      }
      // Keras' train_on_batch gives the mean since the last epoch began, which these losses are counted into
      near(losses, expected[name]!.losses, 1e-4);
    });

    it(`${name}: is written as Keras writes it`, async () => {
      using net = make() as Model & Disposable;
      await net.loadWeights(file);
      const copy = path.join(own, `${name}.weights.h5`);
      await net.saveWeights(copy);
      const [ours, theirs] = [await contents(copy), await contents(file)];
      if (name === 'nested') {
        // the product of Nadam's momenta, which Keras multiplies up in float32
        const product = 'optimizer/vars/18';
        near(
          [...(ours[product] as [string, number[], Float32Array])[2]],
          [...(theirs[product] as [string, number[], Float32Array])[2]],
          1e-6,
        );
        delete ours[product];
        delete theirs[product];
      }
      assert.deepEqual(ours, theirs);
      assert.deepEqual(
        readdirSync(own).filter((one) => one.endsWith('.part')),
        [],
      );
    });
  }

  it("layers of models of one's own go by the names of their properties", async () => {
    class Net extends Model {
      private readonly hiddenPart = layers.dense(3);
      private readonly blocks = [layers.dense(2), layers.flatten(), layers.dense(1)];
      override call(x: Tensor): Tensor {
        return this.blocks.reduce(
          (value: Tensor, layer) => layer.apply(value as never) as unknown as Tensor,
          this.hiddenPart.apply(x as never) as unknown as Tensor,
        );
      }
    }
    const x = tensor([[1, 2]]);
    using one = new Net() as Net & Disposable;
    using other = new Net() as Net & Disposable;
    one.call(x);
    other.call(x);
    assert.deepEqual(
      placesOf(one).map(({ path: way }) => way),
      ['', 'blocks/dense', 'blocks/flatten', 'blocks/dense_1', 'hidden_part'],
    );
    const file = path.join(own, 'own.weights.h5');
    await one.saveWeights(file);
    await other.loadWeights(file);
    assert.deepEqual(
      (await other.getWeights()).map(({ data }) => data),
      (await one.getWeights()).map(({ data }) => data),
    );
  });

  it('weights that come in pieces, in rows and with a layout of their own, come back bit for bit', async () => {
    const make = (): Model =>
      sequential([70, 70, 8], [layers.conv2d(1100, 24), layers.globalAveragePooling2d(), layers.dense(5000)] as never) as Model;
    using one = make() as Model & Disposable;
    using other = make() as Model & Disposable;
    assert.deepEqual(
      one.weights.map((weight) => weight.size > 4 << 20),
      [true, false, true, false],
    );
    const file = path.join(own, 'large.weights.h5');
    await one.saveWeights(file);
    await other.loadWeights(file);
    const [ours, theirs] = [await one.getWeights(), await other.getWeights()];
    ours.forEach(({ data }, i) => assert.ok(Buffer.from(data.buffer).equals(Buffer.from(theirs[i]!.data.buffer)), ours[i]!.name));
    rmSync(file);
  });

  it('what does not fit is refused with layer and shapes, and nothing is changed', async () => {
    const file = path.join(own, 'a.weights.h5');
    const make = (...units: number[]): Model =>
      sequential(
        [3],
        units.map((unit, i) => layers.dense(unit, { name: `layer${i}` })),
      ) as Model;
    using net = make(4, 2) as Model & Disposable;
    await net.saveWeights(file);
    const refused = async (other: Model, message: RegExp): Promise<void> => {
      const before = await other.getWeights();
      await assert.rejects(other.loadWeights(file), (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(await other.getWeights(), before);
      other.dispose();
    };
    await refused(make(4, 3), /a\.weights\.h5: expected kernel of layer1 of shape \[4, 3\] at \/layers\/dense_1\/vars\/0, got \[4, 2\]/);
    await refused(make(4, 2, 1), /expected 2 weights \(kernel, bias\) for layer2 at \/layers\/dense_2\/vars, got none/);
    const x = input([3]);
    await refused(
      model(x, layers.dense(4, { useBias: false, name: 'bare' }).apply(x)) as never,
      /expected 1 weights \(kernel\) for bare at \/layers\/dense\/vars, got 2/,
    );
    await assert.rejects(net.loadWeights(file, { byName: true }), /loadWeights byName: expected a \.h5 or \.safetensors file/);
    copyFileSync(path.join(folder, 'expected.json'), file);
    await refused(make(4, 2), /expected an HDF5 file/);
  });

  it('skipMismatch leaves out what does not fit, with a warning', async () => {
    const file = path.join(own, 'b.weights.h5');
    const make = (units: number): Model => sequential([3], [layers.dense(4), layers.dense(units)]) as Model;
    using net = make(2) as Model & Disposable;
    using other = make(3) as Model & Disposable;
    await net.saveWeights(file);
    const before = await other.getWeights();
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    await other.loadWeights(file, { skipMismatch: true });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    const [after, source] = [await other.getWeights(), await net.getWeights()];
    assert.deepEqual(
      after.slice(0, 2).map(({ data }) => data),
      source.slice(0, 2).map(({ data }) => data),
    );
    assert.deepEqual(after.slice(2), before.slice(2));
    assert.match(warnings.join(), /got \[4, 2\].*: the layer is left as it is/);
  });
});
