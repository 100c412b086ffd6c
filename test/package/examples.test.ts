/** The tutorials, shortened to one epoch: they run from the data to the last picture. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utils } from '../../lib/index.js';

const root = join(__dirname, '..', '..');
const data = process.env['NODE_CUDNN_DATA'] ?? join(root, '..', 'shared', 'datasets');

describe('the tutorials, shortened', function () {
  this.timeout(600_000);
  let out: string;
  before(() => (out = mkdtempSync(join(tmpdir(), 'node-cudnn-examples-'))));
  after(() => rmSync(out, { recursive: true, force: true }));

  const pictures: Record<string, readonly string[]> = {
    'linear-softmax': ['linear-softmax-digits', 'linear-softmax', 'linear-softmax-digit', 'linear-softmax-weights'],
    'first-cnn': ['convolutions', 'digit', 'wrong', 'confusion', 'confidence', 'filters', 'activations'].map((part) => `first-cnn-${part}`),
    'vgg-like': ['vgg-like-model', 'vgg-like'],
    'larger-cnn': ['larger-cnn'],
    'cifar10-augmented': ['cifar10-images', 'cifar10-augmented', 'cifar10-history', 'cifar10-confusion'],
  };
  for (const [name, files] of Object.entries(pictures)) {
    it(name, async function () {
      const set = name.startsWith('cifar10') ? 'cifar-10' : 'mnist';
      if (!existsSync(join(data, set))) this.skip();
      const args = [
        '--import',
        'tsx',
        join(root, 'examples', `${name}.ts`),
        '--images',
        '640',
        '--epochs',
        '1',
        '--out',
        out,
        '--data',
        data,
      ];
      let loads = 0;
      if (name === 'linear-softmax') {
        // a seven in ink on paper, larger than the model's images
        const paper = Uint8Array.from({ length: 56 * 56 }, (_, i) => (i % 56 > 12 && i % 56 < 44 && i / 56 > 8 && i / 56 < 14 ? 0 : 240));
        await utils.saveImg(join(out, 'mine.png'), new utils.Img(paper, 56, 56, 1));
        args.push('--image', join(out, 'mine.png'));
      }
      const ran = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      assert.equal(ran.status, 0, ran.stderr.slice(-2000));
      assert.match(ran.stdout, /(test accuracy|Large CNN Error:?) ?[\d.]+ ?%/);
      if (name === 'linear-softmax') assert.match(ran.stdout, /^.*mine\.png: 0: [\d.]+ %, 1: .*, 9: [\d.]+ %$/m);
      // the figures of what was loaded from a file are those that are told at the end
      const told = /test loss ([\d.]+), test accuracy ([\d.]+) %/.exec(ran.stdout);
      for (const [, loss, accuracy] of ran.stdout.matchAll(/^loaded from .*: loss ([\d.]+), accuracy ([\d.]+)$/gm)) {
        assert.equal(loss, told![1]);
        assert.equal((100 * Number(accuracy)).toFixed(2), told![2]);
        loads++;
      }
      assert.equal(loads, { 'first-cnn': 1, 'cifar10-augmented': 2 }[name] ?? 0);
      for (const file of files) assert.ok(statSync(join(out, `${file}.png`)).size > 2000, `${file} of ${readdirSync(out).join(', ')}`);
    });
  }
});
