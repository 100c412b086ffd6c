/** Files of ONNX that are damaged, or hold what is not known here: an error that says so, in time. */
import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layers, loadModel, sequential } from '../../lib/index.js';
import { FormatError, NodeCudnnError } from '../../lib/errors.js';
import { exportOnnx } from '../../lib/saving/onnx/export.js';
import { type AttributeMessage, messageType, type ModelMessage, type NodeMessage } from '../../lib/saving/onnx/messages.js';
import { randoms } from '../support/gradcheck.js';
import { distance, ours, randomInput } from '../support/onnx.js';

describe('Damaged files of ONNX', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'onnx-'));
    file = path.join(folder, 'model.onnx');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const small = () =>
    sequential([6, 6, 2], [layers.conv2d(4, 3, { padding: 'same' }), layers.maxPooling2d(2), layers.flatten(), layers.dense(30)]);

  const node = (opType: string, inputs: string[], outputs: string[], attribute: AttributeMessage[] = [], domain = ''): NodeMessage => ({
    ...{ name: `the ${opType}`, opType, domain, input: inputs, output: outputs, attribute },
  });

  async function write(nodes: NodeMessage[], more: Partial<NonNullable<ModelMessage['graph']>> = {}, opset = 17): Promise<void> {
    const shape = { dim: [{ dimParam: 'batch' }, { dimValue: 4 }] };
    const x = { name: 'x', type: { tensorType: { elemType: 1, shape } } };
    const graph = { name: 'made', node: nodes, initializer: [], input: [x], output: [{ name: 'y' }], valueInfo: [], ...more };
    const message = { irVersion: 8, graph, opsetImport: [{ domain: '', version: opset }] };
    await writeFile(file, (await messageType('Model')).encode(message).finish());
  }

  async function refused(pattern: RegExp): Promise<void> {
    await assert.rejects(loadModel(file), (error: Error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, pattern);
      assert.ok(error.message.includes('model.onnx'));
      return true;
    });
  }

  it('names the operator that is not known, and its node', async () => {
    await write([node('Bernoulli', ['x'], ['y'])]);
    await refused(/node 'the Bernoulli' \(Bernoulli\): expected an operator that there is here, got Bernoulli/);
    await write([node('Relu', ['x'], ['y'], [], 'com.microsoft')]);
    await refused(/got com\.microsoft\.Relu/);
  });

  it('refuses operands that are not there, names twice, and outputs of nothing', async () => {
    await write([node('Relu', ['z'], ['y'])]);
    await refused(/expected operands that were made before, got 'z'/);
    await write([node('Relu', ['x'], ['y']), node('Tanh', ['x'], ['y'])]);
    await refused(/a name for each result of its own, got 'y' twice/);
    await write([node('Relu', ['x'], ['other'])]);
    await refused(/output 'y'/);
    await write([node('Relu', ['y'], ['y'])]);
    await refused(/made before/);
    await write([node('Relu', ['x'], ['y'])], {}, 5);
    await refused(/a set of operators from 7 on, got 5/);
  });

  it('refuses constants whose bytes and shapes differ, and shapes that no memory has', async () => {
    const constant = (dims: number[], bytes: number) => ({ name: 'w', dims, dataType: 1, rawData: new Uint8Array(bytes) });
    await write([node('MatMul', ['x', 'w'], ['y'])], { initializer: [constant([4, 2], 28)] });
    await refused(/constant 'w': expected 32 bytes for \[4, 2\], got 28/);
    await write([node('MatMul', ['x', 'w'], ['y'])], { initializer: [constant([4, 2 ** 40], 32)] });
    await refused(/constant 'w'/);
    await write([node('MatMul', ['x', 'w'], ['y'])], { initializer: [constant([3, 2], 24)] });
    await refused(/node 'the MatMul' \(MatMul\)/);
    const outside = { name: 'w', dims: [4, 2], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: '../secret' }] };
    await write([node('MatMul', ['x', 'w'], ['y'])], { initializer: [outside] });
    await refused(/the name of a file in the model's folder, got '\.\.\/secret'/);
  });

  it('reads weights from a file beside the model', async () => {
    const net = small();
    await exportOnnx(net, file, 17, { largest: 600 });
    const again = await loadModel(file);
    const given = [randomInput({ shape: [2, 6, 6, 2] }, 1)];
    const [want, got] = [ours(net, given), ours(again, given)];
    assert.ok(distance(got[0]!.dataSync(), want[0]!.dataSync()) < 1e-5);
    await writeFile(`${file}.data`, new Uint8Array(8));
    await refused(/a place within the 8 bytes/);
    for (const one of [...want, ...got, net, again]) one.dispose();
  });

  it('refuses a file of empty messages, and one of messages in messages', async () => {
    await writeFile(file, Buffer.concat([Buffer.from([0x3a, 0xc0, 0xa9, 0x07]), Buffer.alloc(120_000, Buffer.from([0x0a, 0x00]))]));
    await refused(/byte \d+: expected a model, got a file of nothing but empty messages/);
    let deep = Buffer.alloc(0);
    for (let i = 0; i < 200; i++) {
      // A graph in an attribute of a node of a graph, and so on.
      for (const tag of [0x32, 0x2a, 0x0a]) {
        const length: number[] = [];
        for (let rest = deep.byteLength; ; rest >>= 7) {
          length.push((rest & 127) | (rest > 127 ? 128 : 0));
          if (rest <= 127) break;
        }
        deep = Buffer.concat([Buffer.from([tag, ...length]), deep]);
      }
    }
    await writeFile(file, Buffer.concat([Buffer.from([0x3a, 128 | (deep.byteLength & 127), deep.byteLength >> 7]), deep]));
    await refused(/at most 32 messages in each other/);
  });

  it('600 files with bytes changed, cut off or put in: read or refused, each within a second', async () => {
    const net = small();
    await net.export(file);
    net.dispose();
    const whole = await readFile(file);
    const values = randoms(6000, 5, 0, 1);
    let [at, read, refusals] = [0, 0, 0];
    const random = (below: number): number => Math.floor(values[at++ % values.length]! * below);
    for (let i = 0; i < 600; i++) {
      const bytes = Buffer.from(whole);
      const kind = random(3);
      // Mostly in the structure: the weights are the larger part of the file.
      for (let n = 0; n <= random(3); n++) bytes[random(1200)] = random(256);
      const cut = random(bytes.length);
      const made =
        kind === 0
          ? bytes.subarray(0, cut)
          : kind === 1
            ? Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(3, random(256)), bytes.subarray(cut)])
            : bytes;
      await writeFile(file, made);
      const begin = performance.now();
      try {
        (await loadModel(file)).dispose();
        read++;
      } catch (error) {
        assert.ok(error instanceof NodeCudnnError, `mutation ${i}: ${(error as Error).stack}`);
        refusals++;
      }
      assert.ok(performance.now() - begin < 1000, `mutation ${i} took ${performance.now() - begin} ms`);
    }
    assert.ok(read > 0 && refusals > 100, `${read} read, ${refusals} refused`);
  });
});
