/** The options of fit, evaluate and predict. */
import assert from 'node:assert/strict';
import { callbacks, layers, type Model, ops, sequential, tensor, type Tensor, utils } from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';

const N = 24;

function data(): { x: Tensor; y: Tensor } {
  const x = Float32Array.from(randoms(N * 3, 1));
  const y = Float32Array.from({ length: N }, (_, i) => x[3 * i]! - 2 * x[3 * i + 1]! + 0.5);
  return { x: tensor(x, [N, 3]), y: tensor(y, [N, 1]) };
}

function regression(seed = 3): Model {
  utils.setRandomSeed(seed);
  const model = sequential([3]).add(layers.dense(1)) as Model;
  return model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae'] });
}

async function weightsOf(model: Model): Promise<number[]> {
  return (await model.getWeights()).flatMap(({ data: values }) => Array.from(values));
}

describe('fit', () => {
  let x: Tensor;
  let y: Tensor;
  let model: Model;
  beforeEach(() => {
    ({ x, y } = data());
    model = regression();
  });
  afterEach(() => {
    for (const one of [x, y]) one.dispose();
    model.dispose();
  });

  it('learns a linear function and reports every epoch', async () => {
    const { history, epoch } = await model.fit(x, y, { epochs: 200, batchSize: 4, verbose: 0 });
    assert.equal(epoch.length, 200);
    assert.ok(history['loss']![199]! < 1e-3, `loss ${history['loss']![199]}`);
    assert.deepEqual(Object.keys(history).sort(), ['loss', 'mae']);
  });

  it('takes nested and typed arrays as well as tensors', async () => {
    const plain = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const { history } = await model.fit(plain, [[1], [2]], { verbose: 0 });
    assert.ok(Number.isFinite(history['loss']![0]));
    await model.fit({ data: new Float32Array(6), shape: [2, 3] } as never, { data: new Float32Array(2), shape: [2, 1] } as never, {
      verbose: 0,
    });
  });

  it('validationSplit takes the last samples, and validationData the same ones gives the same figures', async () => {
    const split = await model.fit(x, y, { validationSplit: 0.25, shuffle: false, verbose: 0 });
    using other = regression() as Model & Disposable;
    const [trainX, trainY] = [ops.slice(x, [0, 0], [18, 3]), ops.slice(y, [0, 0], [18, 1])];
    const [testX, testY] = [ops.slice(x, [18, 0], [6, 3]), ops.slice(y, [18, 0], [6, 1])];
    const given = await other.fit(trainX, trainY, { validationData: [testX, testY], shuffle: false, verbose: 0 });
    assert.deepEqual(given.history, split.history);
    assert.ok('val_loss' in given.history && 'val_mae' in given.history);
    for (const part of [trainX, trainY, testX, testY]) part.dispose();
  });

  it('validationFreq, initialEpoch and stepsPerEpoch', async () => {
    const { history, epoch } = await model.fit(x, y, {
      validationSplit: 0.25,
      validationFreq: 2,
      initialEpoch: 1,
      epochs: 5,
      stepsPerEpoch: 2,
      batchSize: 4,
      verbose: 0,
    });
    assert.deepEqual(epoch, [1, 2, 3, 4]);
    assert.equal(history['val_loss']!.length, 2);
    assert.equal(model.optimizer.iterations, 8);
  });

  it('sampleWeight of zero leaves samples out of the gradient', async () => {
    const weights = Float32Array.from({ length: N }, (_, i) => (i < 12 ? 2 : 0));
    await model.fit(x, y, { sampleWeight: tensor(weights, [N]) as Tensor, batchSize: N, shuffle: false, verbose: 0 });
    using half = regression() as Model & Disposable;
    const [halfX, halfY] = [ops.slice(x, [0, 0], [12, 3]), ops.slice(y, [0, 0], [12, 1])];
    await half.fit(halfX, halfY, { batchSize: 12, shuffle: false, verbose: 0 });
    // 2 of 24 a sample is 1 of 12
    const [a, b] = [await weightsOf(model), await weightsOf(half)];
    a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-6, `${value} and ${b[i]}`));
    for (const part of [halfX, halfY]) part.dispose();
  });

  it('classWeight weighs samples by their class', async () => {
    const classes = tensor(
      Int32Array.from({ length: N }, (_, i) => i % 2),
      [N],
    ) as Tensor;
    const make = (): Model => {
      utils.setRandomSeed(5);
      const made = sequential([3]).add(layers.dense(2, { activation: 'softmax' })) as Model;
      return made.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
    };
    using byClass = make() as Model & Disposable;
    using bySample = make() as Model & Disposable;
    const sampleWeight = Float32Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 1 : 3));
    await byClass.fit(x, classes, { classWeight: { 0: 1, 1: 3 }, shuffle: false, verbose: 0 });
    await bySample.fit(x, classes, { sampleWeight, shuffle: false, verbose: 0 });
    assert.deepEqual(await weightsOf(byClass), await weightsOf(bySample));
    classes.dispose();
  });

  it('batches from an async generator train as arrays do', async () => {
    async function* batches() {
      for (let i = 0; i < N; i += 6) {
        await Promise.resolve();
        yield [ops.slice(x, [i, 0], [6, 3]), ops.slice(y, [i, 0], [6, 1])] as const;
      }
    }
    const made: Tensor[] = [];
    const source = {
      async *[Symbol.asyncIterator]() {
        for await (const batch of batches()) {
          made.push(...batch);
          yield batch;
        }
      },
    };
    const streamed = await model.fit(source, { epochs: 3, verbose: 0 });
    using other = regression() as Model & Disposable;
    const arrays = await other.fit(x, y, { batchSize: 6, epochs: 3, shuffle: false, verbose: 0 });
    assert.deepEqual(streamed.history, arrays.history);
    assert.deepEqual(await weightsOf(model), await weightsOf(other));
    for (const tensor of made) tensor.dispose();
  });

  it('shuffles by default, by the seed', async () => {
    const order = async (seed: number, shuffle: boolean): Promise<number[]> => {
      using made = regression(seed) as Model & Disposable;
      await made.fit(x, y, { batchSize: 1, verbose: 0, shuffle });
      return weightsOf(made);
    };
    assert.deepEqual(await order(3, true), await order(3, true));
    assert.notDeepEqual(await order(3, true), await order(3, false));
  });

  it('an AbortSignal rejects with its reason and keeps what was trained', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const before = await weightsOf(model);
    await assert.rejects(
      model.fit(x, y, {
        epochs: 100000,
        verbose: 0,
        signal: controller.signal,
        callbacks: [callbacks.lambdaCallback({ onEpochEnd: (epoch) => void (epoch === 3 && controller.abort(reason)) })],
      }),
      reason,
    );
    assert.notDeepEqual(await weightsOf(model), before);
    assert.equal(model.optimizer.iterations, 4);
    await model.fit(x, y, { verbose: 0 }); // goes on
  });

  it('the event loop is free while it trains', async () => {
    let ticks = 0;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      ticks++;
    }, 1);
    await model.fit(x, y, { batchSize: 1, epochs: 300, verbose: 0 });
    clearInterval(timer);
    assert.ok(ticks > 3, `${ticks} ticks`);
    assert.ok(longest < 500, `${longest} ms without a tick`);
  });

  it('two trainings of one model at a time are refused', async () => {
    const first = model.fit(x, y, { verbose: 0 });
    await assert.rejects(model.fit(x, y, { verbose: 0 }), /fit: expected a model that is not busy/);
    await first;
  });

  it('an exception in a callback ends the training, and the model can go on', async () => {
    const bad = callbacks.lambdaCallback({
      onTrainBatchEnd: () => {
        throw new RangeError('mine');
      },
    });
    await assert.rejects(model.fit(x, y, { verbose: 0, callbacks: [bad] }), /mine/);
    await model.fit(x, y, { verbose: 0 });
  });

  it('evaluate, testOnBatch and predict agree', async () => {
    const figures = await model.evaluate(x, y, { batchSize: 7, verbose: 0 });
    model.resetMetrics();
    const whole = await model.testOnBatch(x, y);
    assert.ok(Math.abs(figures.loss - whole.loss) < 1e-6);
    using predicted = (await model.predict(x, { batchSize: 7 })) as Tensor;
    assert.deepEqual([...predicted.shape], [N, 1]);
    const [p, t] = [Array.from(await predicted.data()), Array.from(await y.data())];
    const mse = p.reduce((sum, value, i) => sum + (value - t[i]!) ** 2, 0) / N;
    assert.ok(Math.abs(mse - figures.loss) < 1e-5);
    using one = (await model.predictOnBatch(x)) as Tensor;
    assert.deepEqual(Array.from(await one.data()), Array.from(p));
  });

  it('trainOnBatch takes one step and tells the figures of its batch alone', async () => {
    const first = await model.trainOnBatch(x, y);
    const second = await model.trainOnBatch(x, y);
    assert.equal(model.optimizer.iterations, 2);
    assert.ok(second.loss < first.loss && second.loss > 0);
    const alone = await model.testOnBatch(x, y);
    assert.ok(alone.loss < second.loss, 'not the mean of the calls');
    assert.deepEqual(await model.testOnBatch(x, y), alone);
  });
});
