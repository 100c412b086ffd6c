/** Layers models of TensorFlow.js: those that it wrote, ours and back, and folders that are not what they seem. Its predictions are in test/saving/tfjs. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError, layers, loadModel, type Model, sequential, type Tensor, tensor } from '../../lib/index.js';

interface Spec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; scale?: number; min?: number };
}

interface Json {
  format: string;
  modelTopology: { config: { layers: { config: Record<string, unknown> }[] } };
  weightsManifest: { paths: string[]; weights: Spec[] }[];
}

const size = (shape: readonly number[]): number => shape.reduce((one, two) => one * two, 1);
const wave = (shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: size(shape) }, (_, i) => Math.sin(1.7 * i + 0.3)),
    shape,
  );
const words = (): Tensor =>
  tensor(
    Int32Array.from({ length: 12 }, (_, i) => (7 * i + 3) % 20),
    [2, 6],
    'int32',
  );
const made = {
  images: () => wave([2, 8, 8, 3]),
  sequences: words,
  volumes: () => wave([2, 3, 4, 4, 4, 1]),
};

async function predicted(model: Model, x: Tensor): Promise<{ shape: readonly number[]; data: number[] }[]> {
  const outputs = [(await model.predict(x)) as Tensor | Tensor[]].flat();
  return Promise.all(outputs.map(async (one) => ({ shape: one.shape, data: Array.from(await one.data()) })));
}

function near(got: Awaited<ReturnType<typeof predicted>>, want: typeof got, tolerance: number): void {
  assert.deepEqual(
    got.map(({ shape }) => shape),
    want.map(({ shape }) => shape),
  );
  got.forEach(({ data }, i) =>
    data.forEach((value, k) => {
      const other = want[i]!.data[k]!;
      assert.ok(Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other)), `output ${i} [${k}]: ${value} for ${other}`);
    }),
  );
}

describe('TensorFlow.js layers models', () => {
  const data = path.join(__dirname, 'tfjs');
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const json = (at = folder): Json => JSON.parse(readFileSync(path.join(at, 'model.json'), 'utf8')) as Json;
  /** A copy of a model's folder with something changed. */
  function changed(name: string, change: (json: Json) => void): string {
    cpSync(path.join(data, name), folder, { recursive: true });
    const text = json();
    change(text);
    writeFileSync(path.join(folder, 'model.json'), JSON.stringify(text));
    return folder;
  }

  for (const name of ['images', 'sequences', 'volumes'] as const) {
    it('a place below a file is refused with a sentence', async () => {
      writeFileSync(path.join(folder, 'file'), 'x');
      const model = sequential([2], [layers.dense(1)]);
      await assert.rejects(model.save(path.join(folder, 'file', 'web')), /expected a place to write .*got a file where a folder should be/);
      model.dispose();
    });

    it(`${name}: predicts what TensorFlow.js predicts, and so does what is written of it`, async () => {
      const want = JSON.parse(readFileSync(path.join(data, name, 'predicted.json'), 'utf8')) as Awaited<ReturnType<typeof predicted>>;
      const model = await loadModel(path.join(data, name, 'model.json'));
      near(await predicted(model, made[name]()), want, 1e-5);
      if (name === 'sequences') {
        // a hard sigmoid that only TensorFlow.js has
        await assert.rejects(model.save(folder), /recurrent_activation: expected an activation of the library, got one of your own/);
      } else {
        await model.save(path.join(folder, 'again'));
        const again = await loadModel(path.join(folder, 'again'));
        near(await predicted(again, made[name]()), want, 1e-5);
        again.dispose();
      }
      model.dispose();
    });
  }

  it('weights go to shards of 4 MB, and come back bit for bit', async () => {
    const model = sequential([1200])
      .add(layers.dense(1000, { name: 'one' }))
      .add(layers.dense(3, { name: 'two' })) as Model;
    await model.save(path.join(folder, 'model.json'));
    const { paths, weights } = json().weightsManifest[0]!;
    assert.deepEqual(
      weights.map(({ name, shape }) => [name, shape]),
      [
        ['one/kernel', [1200, 1000]],
        ['one/bias', [1000]],
        ['two/kernel', [1000, 3]],
        ['two/bias', [3]],
      ],
    );
    assert.deepEqual(
      paths.map((name) => statSync(path.join(folder, name)).size),
      [4 * 2 ** 20, 4816012 - 4 * 2 ** 20],
    );
    const back = await loadModel(folder);
    assert.deepEqual(await back.getWeights(), await model.getWeights());
    back.dispose();
    model.dispose();
  });

  it('has the names that TensorFlow.js gives the weights of wrappers', async () => {
    const model = sequential([4, 3])
      .add(layers.bidirectional(layers.lstm(2, { name: 'inside', returnSequences: true }), { name: 'both' }))
      .add(layers.timeDistributed(layers.dense(2, { name: 'dense' }), { name: 'each' })) as Model;
    await model.save(folder);
    const inner = json().modelTopology.config.layers[1]!.config['layer'] as { config: { name: string } };
    assert.equal(inner.config.name, 'inside');
    assert.deepEqual(
      json().weightsManifest[0]!.weights.map(({ name }) => name),
      [
        ...['forward', 'backward'].flatMap((way) => ['kernel', 'recurrent_kernel', 'bias'].map((name) => `both/${way}_inside/${name}`)),
        'each/kernel',
        'each/bias',
      ],
    );
    model.dispose();
  });

  it('a model that is written over another one leaves nothing of that behind', async () => {
    const model = sequential([2]).add(layers.dense(1, { name: 'd' })) as Model;
    await model.save(folder);
    const before = readdirSync(folder);
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    await model.save(folder);
    const after = readdirSync(folder);
    assert.equal(after.length, 3);
    assert.deepEqual(
      after.filter((name) => before.includes(name)),
      ['model.json'],
    );
    model.dispose();
  });

  it('reads weights of 8 and 16 bits', async () => {
    const kernel = [-1, -0.5, 0, 1];
    const cases: [Spec['quantization'], Buffer, number][] = [
      [{ dtype: 'uint8', scale: 2 / 255, min: -1 }, Buffer.from(kernel.map((v) => Math.round(((v + 1) * 255) / 2))), 0.005],
      [
        { dtype: 'uint16', scale: 2 / 65535, min: -1 },
        Buffer.from(Uint16Array.from(kernel, (v) => Math.round(((v + 1) * 65535) / 2)).buffer),
        2e-5,
      ],
      [{ dtype: 'float16' }, Buffer.from(Uint16Array.of(0xbc00, 0xb800, 0, 0x3c00).buffer), 0],
    ];
    const model = sequential([4]).add(layers.dense(1, { name: 'd', useBias: false })) as Model;
    await model.save(folder);
    for (const [quantization, bytes, tolerance] of cases) {
      const text = json();
      Object.assign(text.weightsManifest[0]!.weights[0]!, { quantization });
      writeFileSync(path.join(folder, 'model.json'), JSON.stringify(text));
      writeFileSync(path.join(folder, text.weightsManifest[0]!.paths[0]!), bytes);
      const back = await loadModel(folder);
      const [found] = await back.getWeights();
      kernel.forEach((value, i) =>
        assert.ok(Math.abs(found!.data[i]! - value) <= tolerance, `${quantization!.dtype} ${found!.data[i]} ${value}`),
      );
      back.dispose();
    }
    model.dispose();
  });

  const refusals: [string, (json: Json) => void, RegExp][] = [
    [
      'a shard outside of the folder',
      (one) => (one.weightsManifest[0]!.paths = ['../weights.bin']),
      /the name of a file in the folder of model\.json, got "\.\.\/weights\.bin"/,
    ],
    ['an absolute shard', (one) => (one.weightsManifest[0]!.paths = ['/etc/passwd']), /got "\/etc\/passwd"/],
    ['a shard of the net', (one) => (one.weightsManifest[0]!.paths = ['https://example.org/weights.bin']), /the name of a file/],
    ['a shard by a detour', (one) => (one.weightsManifest[0]!.paths = ['a/../../weights.bin']), /the name of a file/],
    ['a shard twice', (one) => (one.weightsManifest[0]!.paths = ['weights.bin', './weights.bin']), /expected each file once/],
    [
      'a shape of another size',
      (one) => (one.weightsManifest[0]!.weights[0]!.shape = [3, 3, 3, 5]),
      /expected \d+ bytes of weights in its files, got \d+/,
    ],
    ['a shape that overflows', (one) => (one.weightsManifest[0]!.weights[0]!.shape = [2 ** 50, 2 ** 50]), /shape: expected whole numbers/],
    [
      'an unknown type',
      (one) => (one.weightsManifest[0]!.weights[0]!.dtype = 'string'),
      /dtype: expected one of float32, .*, got "string"/,
    ],
    [
      'a weight twice',
      (one) => (one.weightsManifest[0]!.weights[1]!.name = one.weightsManifest[0]!.weights[0]!.name),
      /expected each weight once/,
    ],
    [
      'weights of another model',
      (one) => (one.weightsManifest[0]!.weights[1]!.name = 'other/bias'),
      /expected weights of its layers, got 'other\/bias'/,
    ],
    [
      'a layer larger than the file',
      (one) => (one.modelTopology.config.layers[1]!.config['filters'] = 2 ** 28),
      /weights of at most \d+ bytes, going by the size of the file/,
    ],
    ['a graph model', (one) => (one.format = 'graph-model'), /expected a layers model, got a graph model/],
    ['no topology', (one) => (one.modelTopology = null as never), /expected the config of a model/],
    ['no manifest', (one) => (one.weightsManifest = 5 as never), /weightsManifest: expected a list, got 5/],
  ];
  for (const [what, change, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(loadModel(changed('images', change)), (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('refuses to write what TensorFlow.js would compute in another way, and writes nothing', async () => {
    const target = path.join(folder, 'out');
    const cases: [Model, RegExp][] = [
      [
        sequential([4, 3]).add(layers.gru(2, { name: 'g' })) as Model,
        /expected reset_after false in g, as TensorFlow\.js has nothing else, got true/,
      ],
      [
        sequential([4]).add(layers.dense(2, { activation: 'hardSigmoid' })) as Model,
        /got hard_sigmoid; its own hard_sigmoid is another function/,
      ],
      [
        sequential([4]).add(layers.unitNormalization({ name: 'u' })) as Model,
        /expected layers that TensorFlow\.js has, got u, of class UnitNormalization/,
      ],
      [sequential([4, 3]).add(layers.conv1d(2, 2, { name: 'c', padding: 'causal' })) as Model, /expected another padding than causal in c/],
    ];
    for (const [model, message] of cases) {
      await assert.rejects(model.save(target), message);
      model.dispose();
    }
    assert.ok(!existsSync(target));
  });
});
