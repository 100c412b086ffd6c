/** The tutorials, shortened to one epoch: they run from the data to the last picture. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
    it(name, function () {
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
      const ran = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      assert.equal(ran.status, 0, ran.stderr.slice(-2000));
      assert.match(ran.stdout, /(test accuracy|Large CNN Error:?) ?[\d.]+ ?%/);
      if (name.startsWith('cifar10')) assert.match(ran.stdout, /test loss of cifar10.keras ([\d.]+), of cifar10.h5 \1\n/);
      for (const file of files) assert.ok(statSync(join(out, `${file}.png`)).size > 2000, `${file} of ${readdirSync(out).join(', ')}`);
    });
  }
});
