/** Beginnings and ends: workers, exits with work pending, Ctrl+C, threads, memory. Each in a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');
const library = JSON.stringify(path.join(root, 'lib', 'index.ts'));

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

function start(source: string, env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Outcome> } {
  const script = `const nn = require(${library});\n(async () => {${source}})().catch((e) => { console.error(e); process.exitCode = 9; });`;
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '--expose-gc', '-e', script], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = new Promise<Outcome>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })));
  return { child, ended };
}

async function run(source: string, env?: Record<string, string>): Promise<Outcome> {
  return start(source, env).ended;
}

/** A model that can be trained for as long as one likes. */
const training = `
  nn.utils.setRandomSeed(1);
  const x = nn.ops.random.uniform([256, 16, 16, 1]);
  const y = nn.ops.cast(nn.ops.greater(nn.ops.random.uniform([256, 1]), 0.5), 'float32');
  const model = nn.sequential([16, 16, 1])
    .add(nn.layers.conv2d(8, 3, { activation: 'relu' })).add(nn.layers.maxPooling2d()).add(nn.layers.dropout(0.5))
    .add(nn.layers.flatten()).add(nn.layers.dense(1, { activation: 'sigmoid' }));
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
`;

describe('lifecycle', function () {
  this.timeout(120000);

  it('ends by itself when nothing is pending', async () => {
    const { code, out } = await run(`${training} await model.fit(x, y, { verbose: 0 }); console.log('done');`);
    assert.equal(out.trim(), 'done');
    assert.equal(code, 0);
  });

  it('process.exit() with work pending exits cleanly', async () => {
    for (const delay of [0, 30, 100, 300]) {
      const { code, signal, err } = await run(`${training}
        model.fit(x, y, { epochs: 100000, verbose: 0 });
        setTimeout(() => process.exit(5), ${delay});`);
      assert.deepEqual({ code, signal, err }, { code: 5, signal: null, err: '' });
    }
  });

  it('at the exit nothing is under way any more, and what is asked for then is done at once', async () => {
    const { code, signal, out, err } = await run(`${training}
      const [dense] = model.layers.slice(-1);
      const first = Array.from((await dense.getWeights())[1].data);
      process.on('exit', () => {
        console.log(JSON.stringify(Array.from(dense.weights[1].dataSync())) !== JSON.stringify(first));
        nn.ops.matmul(nn.ops.ones([400, 400]), nn.ops.ones([400, 400]));
      });
      model.fit(x, y, { epochs: 100000, verbose: 0 });
      setTimeout(() => process.exit(), 300);`);
    assert.deepEqual({ code, signal, out: out.trim(), err }, { code: 0, signal: null, out: 'true', err: '' });
  });

  it('an unread result does not keep the process', async () => {
    const { code } = await run(`nn.ops.add(nn.tensor([1, 2]), 1);`);
    assert.equal(code, 0);
  });

  it('Ctrl+C in fit stops the training, keeps it, and the program goes on', async () => {
    const { child, ended } = start(`${training}
      console.log('begin');
      const history = await model.fit(x, y, { epochs: 100000, verbose: 0 });
      console.log(history.interrupted, model.optimizer.iterations > 0);`);
    await new Promise<void>((resolve) => child.stdout!.once('data', () => resolve()));
    setTimeout(() => child.kill('SIGINT'), 500);
    const { code, out } = await ended;
    assert.match(out, /true true/);
    assert.equal(code, 0);
  });

  it('a second Ctrl+C ends the process', async () => {
    const { child, ended } = start(`${training}
      process.on('exit', () => console.log('never'));
      console.log('begin');
      await model.fit(x, y, { epochs: 1e6, verbose: 0, callbacks: [nn.callbacks.lambdaCallback({ onTrainEnd: () => new Promise((r) => setTimeout(r, 60000)) })] });`);
    await new Promise<void>((resolve) => child.stdout!.once('data', () => resolve()));
    setTimeout(() => child.kill('SIGINT'), 500);
    setTimeout(() => child.kill('SIGINT'), 1500);
    const { signal } = await ended;
    assert.equal(signal, 'SIGINT');
  });

  it('workers train beside each other and the main thread, and may be ended in the middle', async () => {
    const { code, out, err } = await run(`
      const { Worker } = require('node:worker_threads');
      const source = ${JSON.stringify(`
        require('tsx/cjs');
        const nn = require(${library});
        const { parentPort } = require('node:worker_threads');
        (async () => {${training}
          const { history } = await model.fit(x, y, { epochs: 2, verbose: 0 });
          parentPort.postMessage(history.loss);
          await model.fit(x, y, { epochs: 1e6, verbose: 0 });
        })();`)};
      ${training}
      const { history } = await model.fit(x, y, { epochs: 2, verbose: 0 });
      const workers = [1, 2].map(() => new Worker(source, { eval: true }));
      const losses = await Promise.all(workers.map((worker) => new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); })));
      await Promise.all(workers.map((worker) => worker.terminate()));
      const after = await model.fit(x, y, { verbose: 0 });
      console.log(JSON.stringify([...losses, history.loss].map((loss) => loss.join()).filter((loss, i, all) => loss === all[0]).length), after.epoch.length);`);
    assert.equal(err, '');
    assert.equal(out.trim(), '3 1');
    assert.equal(code, 0);
  });

  it('the same seed gives the same bits in two processes, with one thread and with two', async () => {
    const source = `${training}
      const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
      const weights = await model.getWeights();
      console.log(history.loss.join(), require('node:crypto').createHash('sha256').update(Buffer.concat(weights.map((w) => Buffer.from(w.data.buffer, w.data.byteOffset, w.data.byteLength)))).digest('hex'));`;
    for (const threads of ['1', '2']) {
      const first = await run(source, { NODE_CUDNN_THREADS: threads });
      const second = await run(source, { NODE_CUDNN_THREADS: threads });
      assert.equal(first.code, 0, first.err);
      assert.equal(first.out, second.out);
    }
  });

  it('tensors that nobody disposes of are freed by the garbage collector', async () => {
    const { out, err } = await run(`
      nn.tensor([1]);
      const before = nn.memory().live;
      for (let i = 0; i < 50; i++) {
        for (let k = 0; k < 100; k++) nn.ops.add(nn.tensor(new Float32Array(1000)), 1);
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await nn.tensor([1]).data();
      console.log(nn.memory().live - before < 100 * 4096, nn.memory().peak < 50 * 100 * 4096);`);
    assert.equal(err, '');
    assert.equal(out.trim(), 'true true');
  });

  it('memory stays flat over a thousand trainings', async () => {
    const { out } = await run(`${training}
      const few = [nn.ops.slice(x, [0, 0, 0, 0], [8, 16, 16, 1]), nn.ops.slice(y, [0, 0], [8, 1])];
      for (let i = 0; i < 50; i++) await model.fit(...few, { batchSize: 8, verbose: 0 });
      const [live, tensors] = [nn.memory().live, nn.memory().tensors];
      for (let i = 0; i < 1000; i++) await model.fit(...few, { batchSize: 8, verbose: 0 });
      console.log(nn.memory().live - live, nn.memory().tensors - tensors);`);
    // A leak is at least one allocation (256 bytes) a training. Less than a tenth of that is what the collector has not come by for.
    const [bytes = NaN, tensors = NaN] = out.trim().split(' ').map(Number);
    assert.ok(bytes < 25_600 && tensors < 100, `expected no growth, got ${bytes} bytes and ${tensors} tensors`);
  });

  it('what does not fit the memory limit is a DeviceError that names the largest tensors, and nothing is lost', async () => {
    const { out, err } = await run(`
      const kept = nn.tensor(new Float32Array(1 << 20).fill(2));
      nn.setMemoryLimit(16 << 20);
      let message = '';
      try { await nn.ops.tile(kept, [32]).data(); } catch (error) { message = error.constructor.name + ' ' + error.message; }
      console.log(message);
      console.log((await kept.data())[5], (await nn.ops.add(nn.tensor([1]), 1).data())[0]);`);
    assert.equal(err, '');
    assert.match(
      out,
      /^DeviceError tile: got expected 128\.0 MB of memory, got none: .* limit 16\.0 MB; largest tensors: 4\.0 MB.*use a smaller batch/,
    );
    assert.match(out, /\n2 2\n$/);
  });

  it('NODE_CUDNN_DEVICE chooses the device, and one that cannot work is an error', async () => {
    const { out, code } = await run(`try { nn.tensor([1]); } catch (error) { console.log(error.constructor.name, error.message); }`, {
      NODE_CUDNN_DEVICE: 'cuda',
    });
    assert.match(out, /^DeviceError NODE_CUDNN_DEVICE=cuda: expected a CUDA device that works/);
    assert.equal(code, 0);
    const other = await run(`console.log(nn.device().name, nn.device().why);`, { NODE_CUDNN_DEVICE: 'cpu' });
    assert.equal(other.out.trim(), 'cpu NODE_CUDNN_DEVICE=cpu');
  });
});
