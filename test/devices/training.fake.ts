/** Whole training runs on a device that works late, and what happens when it fails in the middle of one. */
import assert from 'node:assert/strict';
import { device, layers, type Model, ops, sequential, setDevice, tensor, type Tensor, utils } from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';
import { heal, tell, violations } from './fake.js';

const N = 40;

function network(): Model {
  utils.setRandomSeed(5);
  const model = sequential([6, 6, 1])
    .add(layers.conv2d(3, 3, { activation: 'relu' }))
    .add(layers.maxPooling2d())
    .add(layers.batchNormalization())
    .add(layers.flatten())
    .add(layers.dropout(0.3))
    .add(layers.dense(4, { activation: 'softmax' }));
  return (model as Model).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
}

function data(): { x: Tensor; y: Tensor } {
  return {
    x: tensor(Float32Array.from(randoms(N * 36, 2)), [N, 6, 6, 1]),
    y: tensor(Int32Array.from({ length: N }, (_, i) => i % 4)),
  };
}

async function trained(epochs = 3): Promise<{ loss: number[]; weights: number[] }> {
  const model = network();
  const { x, y } = data();
  try {
    const { history } = await model.fit(x as never, y as never, { epochs, batchSize: 12, verbose: 0 });
    const weights = (await model.getWeights()).flatMap(({ data: values }) => Array.from(values));
    return { loss: history['loss']!, weights };
  } finally {
    for (const one of [x, y, model]) one.dispose();
  }
}

describe('training on a device', () => {
  afterEach(() => {
    setDevice('cpu');
    assert.deepEqual(violations(), []);
  });

  it('gives the same bits as the CPU, whose arithmetic the fake has', async () => {
    setDevice('cpu');
    const want = await trained();
    setDevice('cuda');
    const got = await trained();
    assert.equal(device().name, 'cuda:0');
    assert.deepEqual(got, want);
  });

  it('predict and evaluate as well', async () => {
    const outcome = async (): Promise<number[]> => {
      const model = network();
      const { x, y } = data();
      const { loss } = await model.evaluate(x as never, y as never, { verbose: 0 });
      const predicted = (await model.predict(x as never)) as Tensor;
      const values = [loss, ...(await predicted.data())];
      for (const one of [x, y, model, predicted]) one.dispose();
      return values;
    };
    setDevice('cpu');
    const want = await outcome();
    setDevice('cuda:1');
    assert.deepEqual(await outcome(), want);
  });

  it('a failing kernel ends fit with its name and the words of the library, and the next fit works', async () => {
    setDevice('cuda');
    tell('cuda:0', 'failKernel', 'adamUpdate 1');
    await assert.rejects(trained(), /adamUpdate was told to fail/);
    assert.equal((await trained(1)).loss.length, 1);
  });

  it('a kernel that fails late, while the device works, ends fit as well', async () => {
    setDevice('cuda');
    tell('cuda:0', 'failKernel', 'conv2dBackwardFilter 1 late');
    await assert.rejects(trained(), /conv2dBackwardFilter was told to fail/);
    assert.equal((await trained(1)).loss.length, 1);
  });

  it('memory that runs out is told of, and what is smaller fits afterwards', async () => {
    setDevice('cuda');
    tell('cuda:0', 'failAlloc', '1 2');
    await assert.rejects(ops.add(tensor(new Float32Array(1 << 20)), 1).data(), /^DeviceError: .*the fake is full/);
    assert.equal((await trained(1)).loss.length, 1);
  });

  it('after a lost device every pending and later call fails, and training goes on on the CPU', async () => {
    setDevice('cuda:1');
    const model = network();
    const { x, y } = data();
    await x.data();
    tell('cuda:1', 'hold');
    const pending = [x.data(), ops.sum(x).data(), model.fit(x as never, y as never, { epochs: 2, verbose: 0 })].map((one) =>
      (one as Promise<unknown>).then(
        () => 'fine',
        (error: Error) => `${error.name} ${error.message}`,
      ),
    );
    tell('cuda:1', 'lose');
    tell('cuda:1', 'release');
    const outcomes = await Promise.all(pending);
    assert.match(outcomes[2]!, /^DeviceError .*the fake device is gone/);
    await assert.rejects(ops.add(y, y).data(), /DeviceError: .*(gone|lost)/);
    for (const one of [x, y, model]) one.dispose();
    setDevice('cpu');
    const { loss } = await trained();
    assert.ok(loss.every(Number.isFinite));
    heal('cuda:1');
  });
});
