/**
 * The entry of the bundle (scripts/bundle.mjs): runs the parity suite and the benchmark on this machine and writes report.json and report.md.
 *
 *     ./run [--device cuda] [--out FOLDER] [--quick] [--only suite|bench] [--data FOLDER]
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type GpuReport, workloadLine } from './run.js';

interface SuiteReport {
  total: { passed: number; failed: number; skipped: number };
  parts: Record<string, { passed: number; failed: number; skipped: number; seconds: number; notes: string[] }>;
}

const root = resolve(__dirname, '..', '..');
const extension = extname(__filename);

/** What is asked of the machine; each line is left out where the program is not there. */
function ask(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** The Python whose packages hold PyTorch and JAX, and so cuDNN and cuBLAS too. */
function pythonOf(): string {
  return process.env['NODE_CUDNN_BENCH_PYTHON'] ?? ask('sh', '-c', 'command -v python3');
}

function start(script: string, args: readonly string[], env: Record<string, string>): Promise<number | null> {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
  return new Promise((done, fail) => child.on('error', fail).on('close', done));
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

function markdown(suite: SuiteReport | undefined, bench: GpuReport | undefined, machine: Record<string, string>): string {
  const lines = ['# node-cudnn on this machine', '', ...Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`), ''];
  if (suite) {
    const { passed, failed, skipped } = suite.total;
    lines.push(
      `## Parity: ${passed} passed, ${failed} failed, ${skipped} skipped`,
      '',
      '| part | passed | failed | skipped | s |',
      '| --- | --- | --- | --- | --- |',
    );
    for (const [name, part] of Object.entries(suite.parts)) {
      lines.push(`| ${name} | ${part.passed} | ${part.failed} | ${part.skipped} | ${part.seconds.toFixed(1)} |`);
    }
    lines.push(
      '',
      ...Object.entries(suite.parts).flatMap(([name, { notes }]) => notes.slice(0, 60).map((note) => `- ${name}: ${note}`)),
      '',
    );
  }
  if (bench) {
    lines.push('## Training', '', ...Object.entries(bench.workloads).map(([name, result]) => `- ${workloadLine(name, result)}`), '');
    lines.push('| workload | step µs | submit µs | kernels | kernels alone µs |', '| --- | --- | --- | --- | --- |');
    for (const [name, { step, submit, sum, kernels }] of Object.entries(bench.steps)) {
      lines.push(`| ${name} | ${step.toFixed(1)} | ${submit.toFixed(1)} | ${kernels.length} | ${sum.toFixed(1)} |`);
    }
    lines.push('', '## Ops', '', '| op | µs | GB/s | GFLOP/s |', '| --- | --- | --- | --- |');
    for (const { op, microseconds, gigabytesPerSecond, gigaflops } of bench.ops) {
      lines.push(`| ${op} | ${microseconds.toFixed(1)} | ${gigabytesPerSecond.toFixed(0)} | ${gigaflops.toFixed(0)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      device: { type: 'string', default: 'cuda' },
      out: { type: 'string', default: '.' },
      only: { type: 'string' },
      data: { type: 'string' },
      quick: { type: 'boolean', default: false },
      parts: { type: 'string' },
    },
  });
  const { device, quick, only } = values;
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const python = pythonOf();
  const env: Record<string, string> = { NODE_CUDNN_BENCH_PYTHON: python };
  const datasets = values.data ?? join(root, 'datasets');
  if (existsSync(datasets)) env['NODE_CUDNN_DATA'] = resolve(datasets);
  const [suiteFile, benchFile] = [join(out, 'suite.json'), join(out, 'bench.json')];
  const shortened = quick ? ['--quick'] : [];
  const parts = values.parts === undefined ? [] : ['--only', values.parts];
  let failed = false;
  if (only !== 'bench') {
    const code = await start(`test/gpu/suite${extension}`, ['--device', device, '--json', suiteFile, ...shortened, ...parts], env);
    failed ||= code !== 0;
  }
  if (only !== 'suite') {
    const images = quick ? ['--images', '256', '--workload', 'W1,W2', '--peers', 'none'] : [];
    const code = await start(`bench/gpu/run${extension}`, ['--device', device, '--json', benchFile, ...shortened, ...images], env);
    failed ||= code !== 0;
  }
  const suite = readJson<SuiteReport>(suiteFile);
  const bench = readJson<GpuReport>(benchFile);
  const machine: Record<string, string> = {
    date: new Date().toISOString(),
    gpu: ask('nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader') || 'none',
    node: process.version,
    device: JSON.stringify(bench?.device ?? (suite as unknown as { device?: unknown } | undefined)?.device ?? {}),
  };
  writeFileSync(join(out, 'report.json'), `${JSON.stringify({ machine, suite, bench }, null, 2)}\n`);
  writeFileSync(join(out, 'report.md'), markdown(suite, bench, machine));
  console.log(`report: ${join(out, 'report.json')}, ${join(out, 'report.md')}`);
  if (failed) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
