// Runs every part of the tests, sums their counts and closes with one line. What it needs is built by scripts/bootstrap.mjs.
//   --only plans|native|unit|devices|golden   one part (may be given several times)
//   --grep TEXT                 only the tests whose names contain TEXT (a regular expression); leaves golden out
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildJobs } from './build-native.mjs';
import { capture, main, root, SetupError } from './setup/process.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

/** A part that ended without its counts has failed as a whole. */
function broken(name, result) {
  process.stdout.write(`${name}: ended without a result (${result.signal ?? `exit code ${result.status}`})\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

function native(grep) {
  const filter = grep === undefined ? [] : ['--tests-regex', grep];
  const result = capture('ctest', [
    '--test-dir',
    'build',
    '--output-on-failure',
    '--parallel',
    String(buildJobs()),
    '--timeout',
    '300',
    ...filter,
  ]);
  const all = result.out.match(/tests passed, (\d+) tests failed out of (\d+)/);
  if (!all) {
    if (grep !== undefined && /No tests were found/.test(result.out + result.err)) return { passed: 0, failed: 0, skipped: 0 };
    process.stdout.write(result.out + result.err);
    return broken('native', result);
  }
  const failed = Number(all[1]);
  const skipped = (result.out.match(/\*\*\*(Skipped|Not Run \(Disabled\))/g) ?? []).length;
  if (failed > 0) process.stdout.write(result.out.replace(/^\s*(Start\s+\d+:|\d+\/\d+ Test\s.*Passed).*\n/gm, ''));
  return { passed: Number(all[2]) - failed - skipped, failed, skipped };
}

function mocha(name, files, grep) {
  const folder = mkdtempSync(join(tmpdir(), 'node-cudnn-test-'));
  const counts = join(folder, 'counts.json');
  try {
    const filter = grep === undefined ? [] : ['--grep', grep];
    const env = { ...process.env, NODE_CUDNN_TEST_COUNTS: counts };
    const result = spawnSync(bin('mocha'), [files, ...filter], { cwd: root, stdio: 'inherit', env });
    try {
      return JSON.parse(readFileSync(counts, 'utf8'));
    } catch {
      return broken(name, result);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const unit = (grep) => mocha('unit', 'test/**/*.test.ts', grep);
/** On the fake backend, which takes the CUDA backend's place for the whole process. */
const devices = (grep) => mocha('devices', 'test/devices/**/*.fake.ts', grep);

function golden() {
  const result = capture(bin('tsx'), ['test/golden/run.ts']);
  const counts = result.out.match(/^golden: (\d+) passed, (\d+) failed, (\d+) not implemented$/m);
  if (!counts || (!result.ok && counts[2] === '0')) {
    process.stdout.write(result.out + result.err);
    return broken('golden', result);
  }
  process.stdout.write(counts[2] === '0' ? '' : result.out);
  return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: Number(counts[3]) };
}

/** What scripts/bootstrap.mjs could not build: in sight, and counted. */
function cuda() {
  const reason = process.env.NODE_CUDNN_TEST_WITHOUT_CUDA;
  if (!reason) return { passed: 0, failed: 0, skipped: 0 };
  process.stdout.write(`cuda: skipped, the CUDA backend was not built: ${reason}\n`);
  return { passed: 0, failed: 0, skipped: 1 };
}

/** Why there is no Python with Keras: in sight; the tests that need it count themselves as skipped. */
function python() {
  const { skipped } = JSON.parse(process.env.NODE_CUDNN_TEST_PYTHON || '{}');
  if (skipped) process.stdout.write(`python: skipped, no Keras to compare with: ${skipped}\n`);
  return { passed: 0, failed: 0, skipped: 0 };
}

/** cuDNN's plans for GPUs that are not here (scripts/plans.mjs); one count a device. */
function plans() {
  if (process.env.NODE_CUDNN_TEST_WITHOUT_CUDA) return { passed: 0, failed: 0, skipped: 1 };
  const result = capture(process.execPath, ['scripts/plans.mjs', '--summary']);
  const devices = result.out.match(/^\d+ graphs, (\d+) devices, \d+ rows$/m);
  if (!devices || !/^plans: \d+ of \d+$/m.test(result.out)) {
    process.stdout.write(result.out + result.err);
    return broken('plans', result);
  }
  process.stdout.write(result.out);
  const count = Number(devices[1]);
  const bad = new Set([...result.out.matchAll(/^\S+ +(\S+) +.*  failed: /gm)].map((match) => match[1])).size;
  if (!result.ok && bad === 0) return broken('plans', result);
  return { passed: count - bad, failed: bad, skipped: 0 };
}

const parts = { cuda, python, plans, native, unit, devices, golden };

function line(counts) {
  return `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`;
}

function options() {
  try {
    return parseArgs({ options: { only: { type: 'string', multiple: true }, grep: { type: 'string' } } }).values;
  } catch (error) {
    throw new SetupError(`test: ${error.message}`);
  }
}

await main(() => {
  const { only, grep } = options();
  const unknown = only?.find((name) => !(name in parts));
  if (unknown) throw new SetupError(`test: expected --only ${Object.keys(parts).join('|')}, got ${unknown}`);
  const chosen = Object.keys(parts).filter((name) =>
    only ? only.includes(name) : grep === undefined || ['native', 'unit', 'devices'].includes(name),
  );
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of chosen) {
    const start = Date.now();
    const counts = parts[name](grep);
    for (const kind of Object.keys(total)) total[kind] += counts[kind];
    if (name !== 'cuda' && name !== 'python')
      process.stdout.write(`${name}: ${line(counts)} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`);
  }
  if (total.passed + total.failed === 0) throw new SetupError('test: expected at least one test, got none; check --grep');
  process.stdout.write(`${line(total)}\n`);
  if (total.failed > 0) process.exitCode = 1;
});
