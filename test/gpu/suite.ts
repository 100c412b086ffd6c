/**
 * The parity suite of a device: every op, layer, loss, optimizer and golden case on it, each op held against the CPU's float64 reference.
 *
 *     npm run test:gpu -- [--device cuda] [--only shadow,golden,tests,device,tutorials] [--quick] [--json FILE]
 *
 * Parts: `golden` and `shadow` run the golden cases and the tests of ops, layers and models with every op repeated on the CPU (shadow.ts);
 * `tests` runs the same tests plainly, captured steps included; `device` what only a device shows; `tutorials` the five networks to their
 * bands. It is plain TypeScript, or the JavaScript that scripts/bundle.mjs makes of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadAddon } from '../../lib/native/addon.js';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Part extends Counts {
  seconds: number;
  notes: string[];
}

interface ShadowReport {
  seen: Record<string, number>;
  findings: { op: string; message: string }[];
}

const root = path.resolve(__dirname, '..', '..');
const extension = path.extname(__filename);
const isTypeScript = extension === '.ts';
const loader = isTypeScript ? ['--require', 'tsx/cjs'] : [];
const scratch = mkdtempSync(path.join(tmpdir(), 'node-cudnn-gpu-'));

/** Ops that no test calls on their own: a Program makes them, and captured steps hold it against eager ones. */
const madeByPrograms = new Set(['fusedElementwise']);
/** Tests of the test helpers, and of messages that name the CPU. */
const left = /(support|errors|lifecycle)\.test\./;

function testFiles(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.join(folder, String(name))))
    .filter((name) => name.endsWith(`.test${extension}`) && !left.test(name))
    .sort();
}

function run(args: readonly string[], env: Record<string, string>): { status: number | null; out: string } {
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status: result.status, out: result.stdout + result.stderr };
}

/** The end of an output, for a part that broke. */
const tail = (out: string): string[] => out.trim().split('\n').slice(-30);

function mocha(files: readonly string[], required: readonly string[], env: Record<string, string>): Part {
  const counts = path.join(scratch, 'counts.json');
  rmSync(counts, { force: true });
  const requires = required.flatMap((name) => ['--require', path.join('test', `${name}${extension}`)]);
  const script = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const options = ['--no-config', '--reporter', path.join('scripts', 'test', 'reporter.cjs'), '--timeout', '600000'];
  const { out } = run([script, ...options, ...loader, ...requires, ...files], { ...env, NODE_CUDNN_TEST_COUNTS: counts });
  if (!existsSync(counts)) return { passed: 0, failed: 1, skipped: 0, seconds: 0, notes: ['ended without a result', ...tail(out)] };
  const found = JSON.parse(readFileSync(counts, 'utf8')) as Counts;
  return {
    ...found,
    seconds: 0,
    notes:
      found.failed > 0
        ? out
            .split('\n')
            .filter((line) => !/: \d+ passed \(/.test(line))
            .slice(0, 400)
        : [],
  };
}

function golden(env: Record<string, string>, required: readonly string[]): Part {
  const requires = required.flatMap((name) => ['--require', path.join(root, 'test', `${name}${extension}`)]);
  const { out } = run([...loader, ...requires, path.join('test', 'golden', `run${extension}`)], env);
  const counts = /^golden: (\d+) passed, (\d+) failed, (\d+) not implemented$/m.exec(out);
  if (!counts) return { passed: 0, failed: 1, skipped: 0, seconds: 0, notes: ['ended without a result', ...tail(out)] };
  const [passed, failed, skipped] = counts.slice(1).map(Number) as [number, number, number];
  const notes =
    failed > 0
      ? out
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('not implemented'))
          .slice(0, 200)
      : [];
  return { passed, failed, skipped, seconds: 0, notes };
}

const shadowFile = path.join(scratch, 'shadow.jsonl');

/** Of all shadowed runs: each op is a check, and so is that every op was seen. */
function shadowed(everyOp: boolean): Part {
  const lines = existsSync(shadowFile) ? readFileSync(shadowFile, 'utf8').trim().split('\n') : [];
  const reports = lines.map((line) => JSON.parse(line) as ShadowReport);
  const seen = new Map<string, number>();
  const wrong = new Map<string, string[]>();
  for (const report of reports) {
    for (const [op, count] of Object.entries(report.seen)) seen.set(op, (seen.get(op) ?? 0) + count);
    for (const { op, message } of report.findings) wrong.set(op, [...(wrong.get(op) ?? []), message]);
  }
  const notes = [`${[...seen.values()].reduce((a, b) => a + b, 0)} runs of ${seen.size} ops held against the CPU`];
  let failed = wrong.size;
  for (const [op, messages] of wrong) notes.push(`${op}: ${messages.length} differ, as ${messages.slice(0, 3).join(' | ')}`);
  for (const { name } of loadAddon().ops()) {
    if (!everyOp || seen.has(name) || madeByPrograms.has(name)) continue;
    failed++;
    notes.push(`${name}: no test ran it`);
  }
  return { passed: [...seen.keys()].filter((op) => !wrong.has(op)).length, failed, skipped: 0, seconds: 0, notes };
}

/** Runs the tutorials; each that reaches its band passes. */
function tutorials(device: string, quick: boolean): Part {
  const script = path.join(root, 'examples', `tutorials${isTypeScript ? '.ts' : '.mjs'}`);
  const report = path.join(scratch, 'tutorials.json');
  const options = ['--device', device, '--json', report, '--no-pictures', ...(quick ? ['--epochs', '1'] : [])];
  const runner = isTypeScript ? ['--import', 'tsx'] : [];
  const { out } = run([...runner, script, ...options], {});
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, seconds: 0, notes: ['ended without a result', ...tail(out)] };
  const results = JSON.parse(readFileSync(report, 'utf8')) as { name: string; figure: string; reached: boolean | null; seconds: number }[];
  return {
    passed: results.filter(({ reached }) => reached === true).length,
    failed: results.filter(({ reached }) => reached === false).length,
    skipped: results.filter(({ reached }) => reached === null).length,
    seconds: 0,
    notes: results.map(({ name, figure, reached, seconds }) => {
      const verdict = reached === null ? 'shortened' : reached ? 'in its band' : 'NOT in its band';
      return `${name}: ${figure} in ${seconds.toFixed(1)} s, ${verdict}`;
    }),
  };
}

const partNames = ['golden', 'shadow', 'tests', 'device', 'tutorials'] as const;
type PartName = (typeof partNames)[number];

function main(): void {
  const { values } = parseArgs({
    options: {
      device: { type: 'string', default: process.env['NODE_CUDNN_DEVICE'] ?? 'cuda' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { device, quick } = values;
  const chosen = (values.only?.split(',') ?? partNames) as PartName[];
  const unknown = chosen.find((name) => !partNames.includes(name));
  if (unknown !== undefined) {
    console.error(`test:gpu: expected --only of ${partNames.join(', ')}, got ${unknown}`);
    process.exitCode = 2;
    return;
  }
  // In a process of its own: a device that cannot work is a visible line and no failure.
  const probe = run(
    [...loader, '-e', `console.log(JSON.stringify(require(${JSON.stringify(path.join(root, 'lib', `index${extension}`))}).device()))`],
    { NODE_CUDNN_DEVICE: device },
  );
  const info = probe.out.split('\n').find((line) => line.startsWith('{'));
  if (info === undefined) {
    console.log(`test:gpu: skipped, since ${device} cannot work here: ${/(\w+Error: .*)/.exec(probe.out)?.[1] ?? probe.out.trim()}`);
    console.log('test:gpu: 0 passed, 0 failed, 1 skipped');
    return;
  }
  const env = { NODE_CUDNN_DEVICE: device };
  const shadowEnv = { ...env, NODE_CUDNN_SHADOW_REPORT: shadowFile };
  const folders = ['test/ops', 'test/layers', 'test/models'];
  const files = quick ? testFiles(['test/ops']).filter((name) => /elementwise|reduce|windows/.test(name)) : testFiles(folders);
  const parts: Record<PartName, () => Part> = {
    golden: () => golden(shadowEnv, ['gpu/shadow']),
    shadow: () => {
      // Timings and leaks are those of the plain run.
      const ran = mocha(files, ['gpu/shadow'], shadowEnv);
      const found = shadowed(!quick && chosen.includes('golden'));
      const broken = ran.failed > 0 && ran.notes[0] === 'ended without a result';
      return { ...found, failed: found.failed + (broken ? 1 : 0), notes: broken ? [...ran.notes, ...found.notes] : found.notes };
    },
    tests: () => mocha(files, ['support/leaks'], env),
    device: () => mocha([path.join('test', 'gpu', `device.test${extension}`)], ['support/leaks'], env),
    tutorials: () => tutorials(device, quick),
  };
  console.log(`device: ${info}`);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const results: Partial<Record<PartName, Part>> = {};
  for (const name of chosen) {
    const start = Date.now();
    const part = { ...parts[name](), seconds: (Date.now() - start) / 1000 };
    results[name] = part;
    for (const kind of ['passed', 'failed', 'skipped'] as const) total[kind] += part[kind];
    console.log(`${name}: ${part.passed} passed, ${part.failed} failed, ${part.skipped} skipped (${part.seconds.toFixed(1)} s)`);
    for (const note of part.notes) console.log(`  ${note}`);
  }
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ date: new Date().toISOString(), device: JSON.parse(info) as unknown, total, parts: results }, null, 2)}\n`,
    );
  }
  console.log(`test:gpu: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (total.failed > 0) process.exitCode = 1;
}

try {
  main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
