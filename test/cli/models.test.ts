/** Files of models on the command line: what is in them, into other kinds, images, data sets. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layers, loadModel, type Model, sequential, utils } from '../../lib/index.js';
import { transfers } from '../../lib/cli/transfers.js';
import { Img } from '../../lib/data/images/image.js';
import { runCli } from './spawn.js';

interface Predicted {
  image: string;
  classes: { class: number; label?: string; probability: number }[];
}

describe('node-cudnn inspect, convert, predict, evaluate', function () {
  this.timeout(120_000);
  let folder: string;
  const at = (name: string): string => path.join(folder, name);
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    const model = sequential([8, 8, 1])
      .add(layers.flatten())
      .add(layers.dense(10, { name: 'out', activation: 'softmax' })) as Model;
    // the class is that of the brightest pixel of the first ten
    const kernel = Float32Array.from({ length: 640 }, (_, i) => (Math.floor(i / 10) === i % 10 ? 1 : 0));
    model.getLayer('out').setWeights([kernel, new Float32Array(10)]);
    await model.save(at('web'));
    model.dispose();
    const pixels = new Uint8Array(64);
    pixels[3] = 255;
    pixels[7] = 128;
    await utils.saveImg(at('three.png'), new Img(pixels, 8, 8, 1));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('inspect shows layers and parameters, and the arrays of weights', async () => {
    const converted = await runCli(['convert', at('web'), at('m.safetensors')]);
    assert.deepEqual([converted.code, converted.err], [0, '']);
    const [model, weights, text] = await Promise.all([
      runCli(['inspect', at('web'), '--json']),
      runCli(['inspect', at('m.safetensors'), '--json']),
      runCli(['inspect', at('web')]),
    ]);
    const found = JSON.parse(model.out) as { kind: string; parameters: number; layers: { name: string }[] };
    assert.deepEqual([found.kind, found.parameters, found.layers.at(-1)!.name], ['tfjs', 650, 'out']);
    assert.deepEqual((JSON.parse(weights.out) as { arrays: unknown }).arrays, [
      { name: 'out/kernel', shape: [64, 10], dtype: 'F32' },
      { name: 'out/bias', shape: [10], dtype: 'F32' },
    ]);
    assert.match(text.out, /tfjs, \d+ bytes\n(.|\n)*out \(Dense\)/);
  });

  it('inspect says what wrote a file, and lists what is in files of weights', async () => {
    const files = path.resolve(__dirname, '..', 'saving', 'python', 'files');
    const seen = async (file: string): Promise<{ kind: string; metadata: Record<string, string>; arrays?: unknown[] }> => {
      const { code, out, err } = await runCli(['inspect', file, '--json']);
      assert.deepEqual([code, err], [0, ''], file);
      return JSON.parse(out) as never;
    };
    const [keras, h5, weights, onnx, web] = [
      await seen(path.join(files, 'first-cnn.keras')),
      await seen(path.join(files, 'first-cnn.h5')),
      await seen(path.join(files, 'first-cnn.weights.h5')),
      await seen(path.resolve(files, '..', '..', 'files', 'pytorch', 'res.onnx')),
      await seen(at('web')),
    ];
    assert.equal(keras.metadata['keras_version'], '3.15.1');
    assert.match(keras.metadata['date_saved']!, /^\d{4}-\d\d-\d\d@/);
    assert.deepEqual(h5.metadata, { keras_version: '3.15.1', backend: 'jax' });
    assert.deepEqual([onnx.metadata['opset'], onnx.metadata['ir_version']], ['17', '8']);
    assert.match(onnx.metadata['producer']!, /^pytorch /);
    assert.equal(web.metadata['generatedBy'], 'node-cudnn');
    assert.match(weights.kind, /weights/);
    assert.deepEqual(weights.arrays!.slice(0, 2), [
      { name: 'layers/conv2d/vars/0', shape: [3, 3, 1, 4], dtype: 'float32' },
      { name: 'layers/conv2d/vars/1', shape: [4], dtype: 'float32' },
    ]);
  });

  it('Ctrl+C leaves the old file and nothing else, then does what it would have done', async () => {
    const model = await loadModel(at('web'));
    await model.saveWeights(at('kept.safetensors'));
    const old = readFileSync(at('kept.safetensors'));
    const kill = process.kill.bind(process);
    const sent: unknown[] = [];
    process.kill = (...args) => {
      sent.push(args);
      return true;
    };
    const listeners = process.listenerCount('SIGINT');
    try {
      const run = transfers(true, async (options) => {
        assert.equal(options.verbose, 0);
        process.emit('SIGINT', 'SIGINT');
        await model.saveWeights(at('kept.safetensors'), options);
      });
      await assert.rejects(run, { name: 'AbortError' });
      assert.deepEqual(sent, [[process.pid, 'SIGINT']]);
      assert.equal(process.listenerCount('SIGINT'), listeners);
    } finally {
      process.kill = kill;
      model.dispose();
    }
    assert.deepEqual(readFileSync(at('kept.safetensors')), old);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('kept')),
      ['kept.safetensors'],
    );
  });

  it('convert keeps what the model computes, through every kind', async () => {
    const kinds = ['m.keras', 'm.onnx', 'm.h5', 'again'];
    for (const [i, name] of kinds.entries()) {
      const { code, err, out } = await runCli(['convert', i === 3 ? at('m.keras') : at('web'), at(name), '--json']);
      assert.deepEqual([code, err], [0, ''], name);
      assert.ok((JSON.parse(out) as { bytes: number }).bytes > 2600);
    }
    const args = ['--json', '--top', '2', '--rescale', '0.01'];
    const outcomes = await Promise.all(['web', ...kinds].map((name) => runCli(['predict', at(name), at('three.png'), ...args])));
    for (const { code, err, out } of outcomes) {
      assert.deepEqual([code, err], [0, '']);
      const { classes } = JSON.parse(out) as Predicted;
      assert.deepEqual(
        classes.map((one) => one.class),
        [3, 7],
      );
      const [three, seven] = [Math.exp(2.55), Math.exp(1.28)];
      assert.ok(Math.abs(classes[0]!.probability - three / (three + seven + 8)) < 1e-5);
    }
  });

  it('predict has names for classes, and refuses a list of another length', async () => {
    writeFileSync(at('names.txt'), 'zero one two three four five six seven eight nine'.split(' ').join('\n') + '\n');
    writeFileSync(at('few.txt'), 'a\nb\n');
    const [named, few] = await Promise.all(
      ['names.txt', 'few.txt'].map((name) => runCli(['predict', at('web'), at('three.png'), '--labels', at(name), '--top', '1'])),
    );
    assert.match(named!.out, /three\.png\n {2}1\.0000 {2}3 three\n$/);
    assert.deepEqual([few!.code, few!.err], [2, 'node-cudnn: --labels: expected 10 lines, one a class, got 2\n']);
  });

  it('evaluate counts the first images of a data set', async () => {
    const { code, err, out } = await runCli(['evaluate', at('web'), '--limit', '100', '--batch-size', '32', '--json']);
    assert.deepEqual([code, err], [0, '']);
    const { images, accuracy, misclassified } = JSON.parse(out) as Record<string, number>;
    assert.equal(images, 100);
    assert.equal(accuracy, (100 - misclassified!) / 100);
  });

  it('what cannot be done is one sentence', async () => {
    writeFileSync(at('broken.keras'), 'no zip');
    const outcomes = await Promise.all([
      runCli(['inspect']),
      runCli(['inspect', at('broken.keras')]),
      runCli(['inspect', 'x.pkl']),
      runCli(['predict', at('web'), at('none.png')]),
      runCli(['convert', at('web')]),
    ]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [2, 1, 2, 1, 2],
    );
    for (const { err, out } of outcomes) {
      assert.equal(out, '');
      assert.match(err, /^node-cudnn: .*expected .*\n$/);
    }
  });
});
