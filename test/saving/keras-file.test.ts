/** `.keras` files: whole models there and back, training that goes on with the same numbers, damage. */
import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  FormatError,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model as functional,
  type Model,
  ops,
  optimizers,
  schedules,
  sequential,
  tensor,
  type Tensor,
} from '../../lib/index.js';
import { writeFileWhole } from '../../lib/io/files.js';
import { ZipReader, ZipWriter } from '../../lib/io/zip/index.js';
import { randoms } from '../support/gradcheck.js';

const x = () => tensor(randoms(24 * 4, 1, -1, 1), [24, 4]);
const y = () => tensor(randoms(24 * 2, 2, -1, 1), [24, 2]);

async function values(model: Model): Promise<number[]> {
  const prediction = (await model.predict(x() as never)) as unknown as ReturnType<typeof x>;
  return [...(await prediction.data())];
}

async function train(model: Model, steps: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < steps; i++) seen.push((await model.trainOnBatch(x(), y())).loss);
  return seen;
}

function mixed(): Model {
  const start = input([4], { name: 'x' });
  const twice = layers.dense(4, { activation: 'tanh', name: 'twice' });
  const h = layers.batchNormalization({ name: 'bn' }).apply(twice.apply(twice.apply(start)));
  const inner = sequential([4], [layers.dense(3, { name: 'a' }), layers.dense(4, { name: 'b' })], { name: 'inner' });
  const sum = layers.add({ name: 'sum' }).apply([inner.apply(h), h]);
  return functional(start, layers.dense(2, { name: 'out' }).apply(sum), { name: 'mixed' });
}

describe('.keras files', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'keras-'))));
  after(() => rm(folder, { recursive: true }));
  const at = (name: string): string => path.join(folder, name);

  // A loss that a factory makes is a function as well, and was once written as one.
  const made: Record<string, () => losses.Loss> = {
    huber: () => losses.huber({ delta: 0.1 }),
    categoricalCrossentropy: () => losses.categoricalCrossentropy({ labelSmoothing: 0.2, fromLogits: true }),
    binaryCrossentropy: () => losses.binaryCrossentropy({ labelSmoothing: 0.3, fromLogits: true }),
    'a class': () => new losses.Huber({ delta: 0.2 }),
    'with a reduction': () => losses.meanSquaredError({ reduction: 'sum', name: 'mine' }),
  };
  for (const [name, loss] of Object.entries(made)) {
    for (const ending of ['.keras', '.h5']) {
      it(`the options of a loss come back: ${name}, ${ending}`, async () => {
        const model = sequential([4], [layers.dense(2)]) as unknown as Model;
        model.compile({ optimizer: 'sgd', loss: loss(), metrics: [metrics.topKCategoricalAccuracy({ k: 1 })] });
        await model.save(at(`loss${ending}`));
        const again = await loadModel(at(`loss${ending}`));
        const [want, got] = [await train(model, 3), await train(again, 3)];
        assert.deepEqual(got, want);
        // with its defaults it would be another
        const plain = sequential([4], [layers.dense(2)]) as unknown as Model;
        plain.setWeights((await model.getWeights()).map(({ data }) => data));
        again.setWeights((await model.getWeights()).map(({ data }) => data));
        plain.compile({ optimizer: 'sgd', loss: loss().className.replace(/^./, (letter) => letter.toLowerCase()) as 'huber' });
        assert.notDeepEqual(await train(plain, 1), await train(again, 1));
        for (const one of [model, again, plain]) one.dispose();
      });
    }
  }

  it('a loss among the metrics comes back, with its options', async () => {
    for (const ending of ['.keras', '.h5']) {
      const model = sequential([4], [layers.dense(2)]) as unknown as Model;
      model.compile({ optimizer: 'sgd', loss: 'mse', metrics: [losses.huber({ delta: 0.05 })] });
      const want = await model.evaluate(x() as never, y() as never, { verbose: 0 });
      await model.save(at(`metric${ending}`));
      const again = await loadModel(at(`metric${ending}`));
      assert.deepEqual(await again.evaluate(x() as never, y() as never, { verbose: 0 }), want);
      assert.ok('huber' in want);
      model.dispose();
      again.dispose();
    }
  });

  it('an empty path is refused', async () => {
    const model = sequential([4], [layers.dense(2)]) as unknown as Model;
    await assert.rejects(model.save(''), /save: expected a path that ends in \.keras.*, got ''/);
    await assert.rejects(loadModel(''), /loadModel: expected the path of a file, got ''/);
    model.dispose();
  });

  const kinds: [string, () => optimizers.Optimizer][] = [
    ['sgd with momentum', () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
    [
      'adam with a schedule',
      () => optimizers.adam({ learningRate: schedules.exponentialDecay({ initialLearningRate: 0.05, decaySteps: 2, decayRate: 0.9 }) }),
    ],
    [
      'adam with amsgrad, averages and accumulation',
      () => optimizers.adam({ learningRate: 0.02, amsgrad: true, useEma: true, emaOverwriteFrequency: 3, gradientAccumulationSteps: 2 }),
    ],
    ['adamW', () => optimizers.adamW(0.02)],
    ['rmsprop, centered', () => optimizers.rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true })],
    ['nadam', () => optimizers.nadam(0.02)],
    ['adagrad', () => optimizers.adagrad(0.1)],
    ['adadelta', () => optimizers.adadelta(1)],
    ['adamax', () => optimizers.adamax(0.02)],
    ['ftrl', () => optimizers.ftrl(0.1)],
    ['lion', () => optimizers.lion(0.01)],
    ['lamb', () => optimizers.lamb(0.01)],
    ['adafactor', () => optimizers.adafactor(0.05)],
    ['muon', () => optimizers.muon(0.02)],
    [
      'lossScaleOptimizer',
      () => optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.adam(0.02), initialScale: 64, dynamicGrowthSteps: 2 }),
    ],
  ];
  for (const [name, optimizer] of kinds) {
    it(`training goes on with the same numbers: ${name}`, async () => {
      using model = mixed();
      model.compile({ optimizer: optimizer(), loss: 'mse' });
      await train(model, 5);
      await model.save(at('trained.keras'));
      const before = await values(model);
      using again = await loadModel(at('trained.keras'));
      assert.deepEqual(await values(again), before);
      assert.equal(again.optimizer.iterations, model.optimizer.iterations);
      assert.ok(Math.abs(again.optimizer.learningRate - model.optimizer.learningRate) < 1e-7);
      model.resetMetrics();
      const [wanted, got] = [await train(model, 5), await train(again, 5)];
      assert.deepEqual(got, wanted);
      assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(model)));
    });
  }

  it('without the optimizer, or not compiled', async () => {
    using model = mixed();
    model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
    await train(model, 2);
    await model.save(at('bare.keras'), { includeOptimizer: false });
    using bare = await loadModel(at('bare.keras'));
    assert.equal(bare.isCompiled, false);
    assert.deepEqual(await values(bare), await values(model));
    await model.save(at('whole.keras'));
    using whole = await loadModel(at('whole.keras'), { compile: false });
    assert.equal(whole.isCompiled, false);
    await assert.rejects(model.save(at('whole.keras'), { overwrite: false }), ArgumentError);
  });

  it('is known by its first bytes under another name', async () => {
    using model = mixed();
    await model.save(at('model.keras'));
    await writeFile(at('model.bin'), await readFile(at('model.keras')));
    using again = await loadModel(at('model.bin'));
    assert.deepEqual(await values(again), await values(model));
  });

  /** The archive with one of its entries changed. */
  async function changed(from: string, to: string, change: (name: string, bytes: Uint8Array) => Uint8Array | undefined): Promise<void> {
    const zip = await ZipReader.open('test', at(from));
    const parts: [string, Uint8Array][] = [];
    for (const name of ['metadata.json', 'config.json', 'model.weights.h5']) parts.push([name, await zip.read(name)]);
    await zip.close();
    await writeFileWhole('test', at(to), async (sink) => {
      const out = new ZipWriter(sink);
      for (const [name, bytes] of parts) {
        const made = change(name, bytes);
        if (made) await out.add(name, made);
      }
      await out.finish();
    });
  }
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

  it('damaged files are a FormatError that names the place', async () => {
    using model = mixed();
    await model.save(at('good.keras'));
    const config = (change: (json: string) => string) => (name: string, bytes: Uint8Array) =>
      name === 'config.json' ? Buffer.from(change(text(bytes))) : bytes;
    const cases: [string, (name: string, bytes: Uint8Array) => Uint8Array | undefined, RegExp][] = [
      ['no weights', (name, bytes) => (name === 'model.weights.h5' ? undefined : bytes), /model\.weights\.h5/],
      [
        'an older version',
        (name, bytes) => (name === 'metadata.json' ? Buffer.from('{"keras_version":"2.11.0"}') : bytes),
        /metadata\.json\.keras_version: expected a version 3 of Keras, got '2\.11\.0'/,
      ],
      [
        'units as text',
        config((json) => json.replace('"units":4', '"units":"four"')),
        /config\.json\.config\.layers\[1\]\.config\.units: expected .*, got 'four'/,
      ],
      ['JSON cut short', config((json) => json.slice(0, -20)), /config\.json: expected JSON/],
      [
        'a model of terabytes',
        config((json) => json.replace('"units":2', '"units":2000000000000')),
        /config\.json: expected weights of at most \d+ bytes, going by the size of the file/,
      ],
      [
        'other shapes than in the weights',
        config((json) => json.replace('"units":2', '"units":5')),
        /model\.weights\.h5.*\[4, 5\].*\[4, 2\]/,
      ],
    ];
    for (const [what, change, message] of cases) {
      await changed('good.keras', 'bad.keras', change);
      await assert.rejects(
        loadModel(at('bad.keras')),
        (error: Error) => {
          assert.ok(error instanceof FormatError, `${what}: ${error.stack}`);
          assert.match(error.message, message);
          return error.message.includes('bad.keras');
        },
        what,
      );
    }
    const whole = await readFile(at('good.keras'));
    await writeFile(at('cut.keras'), whole.subarray(0, whole.length / 2));
    await assert.rejects(loadModel(at('cut.keras')), FormatError);
  });

  it('writes what Keras wants with a point so: a momentum of nought, a learning rate of one', async () => {
    using net = sequential([2], [layers.dense(1)]) as Model & Disposable;
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: 'mse' });
    await net.save(at('floats.keras'));
    const zip = await ZipReader.open('test', at('floats.keras'));
    const text = Buffer.from(await zip.read('config.json')).toString();
    await zip.close();
    assert.match(text, /"learning_rate":1\.0,/);
    assert.match(text, /"momentum":0\.0,/);
  });

  it('names the function of a lambda layer, and takes the one of that name', async () => {
    const twice = (value: Tensor): Tensor => ops.multiply(value, 2);
    using net = sequential([2], [layers.lambda(twice)]) as Model & Disposable;
    await net.save(at('lambda.keras'));
    await assert.rejects(loadModel(at('lambda.keras')), /expected layers without code of their own, got the Lambda layer 'lambda/);
    using again = (await loadModel(at('lambda.keras'), { customObjects: { twice } })) as Model & Disposable;
    const answer = (await again.predict(tensor([[1, 2]]) as never)) as unknown as Tensor;
    assert.deepEqual([...(await answer.data())], [2, 4]);
    using nameless = sequential([2], [layers.lambda((value: Tensor) => ops.multiply(value, 2))]) as Model & Disposable;
    await assert.rejects(nameless.save(at('nameless.keras')), /expected a config that can be written, got a function; give it a name/);
  });
});
