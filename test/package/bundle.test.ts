/** The bundle for a machine with a GPU: laid out in an empty folder and run there on the CPU, with an empty environment. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

describe('the bundle', function () {
  this.timeout(300_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'node-cudnn-bundle-'));
    const made = spawnSync(process.execPath, [join(root, 'scripts', 'bundle.mjs'), '--folder', join(folder, 'bundle'), '--no-data'], {
      encoding: 'utf8',
    });
    assert.equal(made.status, 0, made.stderr);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('runs suite and benchmark on the CPU and writes both reports', () => {
    const out = join(folder, 'out');
    const args = ['--device', 'cpu', '--quick', '--parts', 'golden,shadow,device', '--out', out];
    const ran = spawnSync(join(folder, 'bundle', 'run'), args, { cwd: folder, env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stdout.slice(-3000) + ran.stderr.slice(-3000));
    assert.match(ran.stdout, /^test:gpu: \d+ passed, 0 failed/m);
    assert.match(ran.stdout, /^bench:gpu: W1 [\d.]+ µs, W2 [\d.]+ µs$/m);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { suite: { total: { passed: number } } };
    assert.ok(report.suite.total.passed > 500);
    assert.match(readFileSync(join(out, 'report.md'), 'utf8'), /## Training\n\n- W1 linear softmax/);
  });

  it('skips visibly where the device cannot work', () => {
    const suite = join(folder, 'bundle', 'app', 'test', 'gpu', 'suite.js');
    const ran = spawnSync(process.execPath, [suite, '--device', 'cuda:77'], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
    assert.match(ran.stdout, /^test:gpu: skipped, since cuda:77 cannot work here: DeviceError/m);
    assert.match(ran.stdout, /^test:gpu: 0 passed, 0 failed, 1 skipped$/m);
    assert.ok(existsSync(suite));
  });
});
