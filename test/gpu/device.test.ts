/** What only a device shows: its random bits beside the CPU's, its memory, its errors. Runs on the device of NODE_CUDNN_DEVICE. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import {
  device,
  DeviceError,
  layers,
  memory,
  ops,
  sequential,
  setDevice,
  setMemoryLimit,
  tensor,
  type Tensor,
  utils,
} from '../../lib/index.js';
import type { DeviceName } from '../../lib/index.js';
import { assertClose, numbers } from '../support/close.js';
import { type Problem, problems } from '../support/models.js';
import { randoms } from '../support/gradcheck.js';

const name = (process.env['NODE_CUDNN_DEVICE'] ?? 'cpu') as DeviceName;

/** The same work on the device under test and on the CPU. */
function onBoth<T>(work: () => T): { here: T; cpu: T } {
  setDevice('cpu');
  const cpu = work();
  setDevice(name);
  return { here: work(), cpu };
}

async function trained(problem: Problem, epochs: number): Promise<{ weights: number[]; loss: number }> {
  utils.setRandomSeed(11);
  const model = problem.make();
  model.compile({ optimizer: 'adam', loss: problem.loss });
  const [x, y] = [problem.x(), problem.y()];
  const { history } = await model.fit(x as never, y as never, { batchSize: 16, epochs, verbose: 0 });
  const weights = (await model.getWeights()).flatMap(({ data }) => Array.from(data, Number));
  model.dispose();
  x.dispose();
  y.dispose();
  return { weights, loss: history['loss']!.at(-1)! };
}

describe(`the device ${name}`, () => {
  beforeEach(() => setDevice(name));
  afterEach(() => setMemoryLimit(0));

  const draws: Record<string, () => Tensor> = {
    uniform: () => ops.random.uniform([1001]),
    normal: () => ops.random.normal([1001]),
    truncatedNormal: () => ops.random.truncatedNormal([1001]),
    beta: () => ops.random.beta([1001], 0.2, 0.4),
    binomial: () => ops.random.binomial([1001], 40, 0.4),
    randint: () => ops.random.randint([1001], 0, 1000),
    dropout: () => ops.random.dropout(ops.ones([1001]), 0.3),
    'a later draw': () => {
      ops.random.uniform([7]).dispose();
      return ops.random.uniform([1001]);
    },
  };
  for (const [what, draw] of Object.entries(draws)) {
    it(`draws the CPU's bits: ${what}`, () => {
      const { here, cpu } = onBoth(() => {
        utils.setRandomSeed(42);
        return numbers(draw());
      });
      assert.deepEqual(here, cpu);
    });
  }

  for (const [what, problem] of Object.entries(problems)) {
    it(`trains as the CPU does: ${what}`, async () => {
      setDevice('cpu');
      const cpu = await trained(problem, 3);
      setDevice(name);
      const here = await trained(problem, 3);
      assertClose(here.weights, cpu.weights, { rtol: 2e-3, atol: 2e-4 });
      assert.ok(Math.abs(here.loss - cpu.loss) <= 1e-3 * Math.max(1, Math.abs(cpu.loss)), `${here.loss} against ${cpu.loss}`);
    });

    it(`gives the same bits twice: ${what}`, async () => {
      assert.deepEqual(await trained(problem, 2), await trained(problem, 2));
    });
  }

  it('keeps its memory over a thousand steps', async () => {
    const { make, x, y, loss } = problems['convolutional']!;
    const model = make();
    model.compile({ optimizer: 'adam', loss });
    const [images, labels] = [x(), y()];
    const run = (epochs: number) => model.fit(images as never, labels as never, { batchSize: 8, epochs, verbose: 0 });
    await run(2);
    const before = memory();
    await run(200);
    const after = memory();
    assert.ok(after.live - before.live < 4096, `${after.live - before.live} bytes more`);
    assert.ok(after.cached + after.live <= before.cached + before.live + (8 << 20), 'the cache grew');
    model.dispose();
  });

  it('says what it is', () => {
    const info = device();
    assert.ok(info.name === name || (name === 'cuda' && info.name === 'cuda:0'), info.name);
    assert.ok(info.description.length > 0);
    assert.ok(info.why.length > 0);
  });

  it('goes on after memory ran out', async () => {
    const kept = tensor(new Float32Array(1 << 18).fill(3));
    setMemoryLimit(memory().live + (8 << 20));
    const refused = await ops
      .tile(kept, [64])
      .data()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    assert.ok(refused instanceof DeviceError);
    assert.match(refused.message, /largest tensors: .*use a smaller batch/);
    setMemoryLimit(0);
    assert.equal(numbers(ops.sum(kept))[0], 3 * (1 << 18));
  });

  it('reports an index outside, and goes on', async () => {
    const table = tensor(randoms(20, 1), [5, 4]);
    const taken = ops.take(table, tensor(Int32Array.of(0, 7)), 0);
    await assert.rejects(taken.data(), /7/);
    assertClose(ops.take(table, tensor(Int32Array.of(4)), 0), numbers(table).slice(16));
  });

  it('refuses a device that is not there', () => {
    assert.throws(() => setDevice('cuda:99'), DeviceError);
    assert.equal(numbers(ops.add(tensor([1]), 1))[0], 2);
  });

  it('lets the event loop live while it trains', async () => {
    const model = sequential([256])
      .add(layers.dense(512, { activation: 'relu' }))
      .add(layers.dense(10));
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = tensor(randoms(256 * 512, 1), [512, 256], 'float32');
    const y = tensor(randoms(10 * 512, 2), [512, 10], 'float32');
    await model.fit(x, y, { batchSize: 32, epochs: 1, verbose: 0 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await model.fit(x, y, { batchSize: 32, epochs: 20, verbose: 0 });
    delay.disable();
    assert.ok(delay.max < 500e6, `${(delay.max / 1e6).toFixed(0)} ms`);
    model.dispose();
  });

  it('works in a worker', async () => {
    const typescript = __filename.endsWith('.ts');
    const lib = path.join(__dirname, '..', '..', 'lib', typescript ? 'index.ts' : 'index.js');
    const worker = new Worker(
      `${typescript ? "require('tsx/cjs');" : ''}
       const { ops, tensor } = require(${JSON.stringify(lib)});
       require('node:worker_threads').parentPort.postMessage(ops.add(tensor([1, 2]), 1).dataSync()[1]);`,
      { eval: true },
    );
    const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    assert.equal(answer, 3);
    await worker.terminate();
  });
});
