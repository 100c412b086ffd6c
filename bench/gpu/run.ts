/**
 * How fast this library trains on a GPU, beside PyTorch and JAX on the same one, in one run; and its single ops beside what the memory and
 * the arithmetic of the device allow.
 *
 *     npm run bench:gpu -- [--workload W1,W2] [--peers torch,jax] [--rounds 7] [--device cuda] [--json FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Duel, figure, type WorkloadResult } from '../duel.js';
import { describeMachine, type Machine } from '../machine.js';
import { ask } from '../side.js';
import { type BenchDevice, ours, peers } from '../sides.js';
import { specFor, type Workload, workloads } from '../workloads.js';

/** An epoch long enough to be timed on a GPU: the CPU's have a few hundred steps at most. */
const imagesOf: Record<string, number> = { W1: 60000, W2: 51200, W3: 12800, W4: 50000, W5: 12800 };

interface OpResult {
  op: string;
  microseconds: number;
  /** What is moved and computed, and the share of the device's measured best that this is. */
  gigabytesPerSecond: number;
  gigaflops: number;
}

interface KernelShare {
  step: number;
  /** The host's time to submit one step. */
  submit: number;
  kernels: { name: string; operands: string; microseconds: number }[];
  sum: number;
}

export interface GpuReport {
  date: string;
  machine: Machine;
  device: Record<string, unknown>;
  workloads: Record<string, WorkloadResult>;
  ops: OpResult[];
  /** By workload: microseconds of a step as fit runs it, of its kernels one by one, and of the call that submits it. */
  steps: Record<string, KernelShare>;
}

const root = resolve(__dirname, '..', '..');

export function workloadLine(name: string, result: WorkloadResult): string {
  const [first, ...others] = Object.entries(result.sides);
  const label = (id: string) => peers.find((peer) => peer.id === id)?.label ?? id;
  const beside = others.map(([id, side]) => `${label(id)} ${(side.millisecondsPerStep * 1000).toFixed(1)} µs (${side.oursIsFasterBy}x)`);
  const step = `${(first![1].millisecondsPerStep * 1000).toFixed(1)} µs a step, ${figure(first![1].imagesPerSecond)} img/s`;
  return `${name} ${result.title}, batch ${result.batch}: ${step}${beside.length > 0 ? `; ${beside.join(', ')}` : ''}`;
}

async function opsOf(device: BenchDevice, quick: boolean): Promise<OpResult[]> {
  const command = {
    program: process.execPath,
    args: [resolve(__dirname, '..', 'ours', 'ops.mjs'), ...(quick ? ['--quick'] : [])],
    env: { NODE_CUDNN_DEVICE: device },
  };
  return (await ask(command, root))['ops'] as OpResult[];
}

async function stepsOf(workload: Workload, device: BenchDevice): Promise<KernelShare> {
  const spec = JSON.stringify(specFor(workload, ours.id, workload.batch * 20));
  const args = [resolve(__dirname, '..', 'ours', 'profile.mjs'), spec];
  return (await ask({ program: process.execPath, args, env: { NODE_CUDNN_DEVICE: device } }, root)) as unknown as KernelShare;
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      workload: text,
      peers: text,
      rounds: text,
      device: text,
      json: text,
      images: text,
      quick: { type: 'boolean', default: false },
    },
  });
  const device = (values.device ?? 'cuda') as BenchDevice;
  const names = values.workload?.split(',') ?? workloads.map((workload) => workload.name);
  const wanted = values.peers === 'none' ? [] : (values.peers?.split(',') ?? ['torch', 'torch-compile', 'jax']);
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 7));
  const limit = values.images === undefined ? Infinity : Number(values.images);
  const probe = await ask(
    {
      program: process.execPath,
      args: ['-e', `const { device } = require('node-cudnn'); console.log('bench ' + JSON.stringify(device()));`],
      env: { NODE_CUDNN_DEVICE: device },
    },
    root,
  ).catch((error: unknown) => error as Error);
  if (probe instanceof Error) {
    console.log(`bench:gpu: skipped, since ${device} cannot work here: ${probe.message}`);
    return;
  }
  const report: GpuReport = {
    date: new Date().toISOString(),
    machine: describeMachine(root),
    device: probe,
    workloads: {},
    ops: [],
    steps: {},
  };
  const contenders = [ours, ...peers.filter((peer) => wanted.includes(peer.id))];
  for (const workload of workloads.filter(({ name }) => names.includes(name))) {
    const longer = { ...workload, images: imagesOf[workload.name] ?? workload.images };
    report.workloads[workload.name] = await new Duel(longer, rounds, limit, root, device).run(contenders);
    report.steps[workload.name] = await stepsOf(workload, device);
  }
  report.ops = await opsOf(device, values.quick);
  if (values.json !== undefined) {
    mkdirSync(dirname(resolve(values.json)), { recursive: true });
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  for (const { op, microseconds, gigabytesPerSecond, gigaflops } of report.ops) {
    console.log(`${op}: ${microseconds.toFixed(1)} µs, ${figure(gigabytesPerSecond)} GB/s, ${figure(gigaflops)} GFLOP/s`);
  }
  for (const [name, { step, submit, sum, kernels }] of Object.entries(report.steps)) {
    console.log(
      `${name}: a step ${step.toFixed(1)} µs (${submit.toFixed(1)} µs to submit), its ${kernels.length} kernels one by one ${sum.toFixed(1)} µs`,
    );
  }
  for (const [name, result] of Object.entries(report.workloads)) console.log(workloadLine(name, result));
  const parts = Object.entries(report.workloads).map(([name, { sides }]) => {
    const [first, ...others] = Object.values(sides);
    const least = Math.min(...others.map((side) => side.oursIsFasterBy));
    return `${name} ${(first!.millisecondsPerStep * 1000).toFixed(1)} µs${others.length > 0 ? ` (${least}x the fastest peer)` : ''}`;
  });
  console.log(`bench:gpu: ${parts.join(', ')}`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
