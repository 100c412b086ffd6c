/** `node-cudnn train`: from the command to the files. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSafetensors } from '../../lib/io/safetensors.js';
import { bytesSource } from '../../lib/io/source.js';
import { runCli } from './spawn.js';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe('node-cudnn train', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('--json is one line that says everything; pictures and weights are written', async () => {
    const [plot, save] = [path.join(folder, 'new', 'digits.svg'), path.join(folder, 'digits.safetensors')];
    const args = ['train', '--dataset', 'digits', '--epochs', '2', '--seed', '3', '--plot', plot, '--save', save, '--json'];
    const { code, out, err } = await runCli(args);
    assert.deepEqual([code, err], [0, '']);
    assert.equal(out.split('\n').length, 2);
    const { seconds, testLoss, testAccuracy, misclassified, peakMemory, ...rest } = JSON.parse(out) as Record<string, number>;
    const png = plot.replace('.svg', '.png');
    assert.deepEqual(rest, {
      dataset: 'digits',
      model: 'cnn',
      epochs: 2,
      batchSize: 32,
      seed: 3,
      device: 'cpu',
      pictures: [png, plot],
      saved: save,
    });
    // two epochs are enough for nine of ten
    assert.ok(testAccuracy! > 0.85 && testAccuracy! < 1, `accuracy ${testAccuracy}`);
    assert.equal(misclassified, Math.round((1 - testAccuracy!) * 360));
    assert.ok(testLoss! > 0 && testLoss! < 1 && seconds! > 0 && peakMemory! > 1e6);
    assert.ok(readFileSync(png).subarray(0, 8).equals(PNG));
    const svg = readFileSync(plot, 'utf8');
    assert.match(svg, /^<svg /);
    for (const word of ['loss', 'accuracy', 'training', 'validation', 'epoch', `misclassified: ${misclassified} of 360`])
      assert.ok(svg.includes(`>${word}`), word);
    const { arrays: weights } = await readSafetensors(bytesSource(save, readFileSync(save)));
    assert.equal(weights.length, 8);
    assert.deepEqual(weights[0]!.shape, [3, 3, 1, 32]);
    assert.deepEqual(readdirSync(folder).sort(), ['digits.safetensors', 'new']);
  });

  it('without --json it shows data, layers, epochs and the accuracy', async () => {
    const plot = path.join(folder, 'linear.png');
    const { code, out, err } = await runCli([
      'train',
      '--model',
      'linear',
      '--epochs',
      '2',
      '--batch-size',
      '64',
      '--learning-rate',
      '0.01',
      '--plot',
      plot,
    ]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^device cpu: /);
    assert.match(out, /flatten \(Flatten\)/);
    assert.match(
      out,
      /\nEpoch 2\/2\n23\/23 - \d+s - \d+[mu]?s\/step - accuracy: 0\.\d{4} - loss: \d\.\d{4} - val_accuracy: 0\.\d{4} - val_loss: \d\.\d{4}\n/,
    );
    assert.match(out, /\ntest accuracy: \d\d\.\d\d % \(\d+ of 360 images misclassified\)\n$/);
    assert.ok(!out.includes('\r'), 'no moving bar where it is not a terminal');
    assert.ok(existsSync(plot) && existsSync(path.join(folder, 'linear.svg')));
  });

  it('the same seed trains the same model, another seed another', async () => {
    const train = async (seed: string): Promise<unknown> => {
      const args = ['train', '--model', 'linear', '--epochs', '1', '--seed', seed, '--json', '--plot', path.join(folder, 'x.png')];
      return (JSON.parse((await runCli(args)).out) as { testLoss: number }).testLoss;
    };
    const [first, again, other] = await Promise.all([train('1'), train('1'), train('2')]);
    assert.equal(again, first);
    assert.notEqual(other, first);
  });

  it('a data set that is not there is one sentence and code 1', async () => {
    // a cache that cannot be made: nothing is asked of the network
    const { code, out, err } = await runCli(['train', '--dataset', 'mnist', '--json'], {
      NODE_CUDNN_DATA: folder,
      NODE_CUDNN_CACHE: '/dev/null/cache',
    });
    assert.match(
      err,
      /^node-cudnn: datasets mnist: expected train-images-idx3-ubyte\.gz, .* use datasets\.digits\(\), which needs no download\n$/,
    );
    assert.deepEqual([code, out], [1, '']);
  });
});

describe('node-cudnn doctor', () => {
  it('tells what works, in lines and as JSON, and ends with 0', async () => {
    const [lines, json] = await Promise.all([runCli(['doctor']), runCli(['doctor', '--json'])]);
    assert.deepEqual([lines.code, json.code, lines.err, json.err], [0, 0, '', '']);
    assert.match(lines.out, /^node +v\d+.*\nplatform +linux-x64.*\npackage .*\naddon +\S+\ncpu +works: /);
    const report = JSON.parse(json.out) as { node: string; addon: string; devices: { name: string; works: boolean; detail: string }[] };
    assert.equal(report.node, process.version);
    assert.deepEqual(
      report.devices.slice(0, 2).map(({ name }) => name),
      ['cpu', 'cuda:0'],
    );
    assert.equal(report.devices[0]!.works, true);
    assert.match(lines.out, /^CUDA backend \S+node_cudnn_cuda\.so: \S/m);
    assert.match(report.devices[0]!.detail, /threads/);
  });
});
