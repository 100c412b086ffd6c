/**
 * Reads files of the fuzzer, in a process that may die of it: `child.ts FORMAT SEED FROM TO FOLDER`, or `child.ts FORMAT --file FILE` for one.
 * Says over IPC which file it reads, and how that went.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FormatError, NodeCudnnError } from '../../lib/errors.js';
import type { FuzzFormat } from './format.js';
import { failedPath, fileOf, readPath, seedsOf } from './files.js';
import { formatNamed } from './formats/index.js';

export type Report =
  | { kind: 'ready' }
  | { kind: 'begin'; index: number; cpu: number }
  | { kind: 'end'; index: number; outcome: string; problem?: string; milliseconds: number; growth: number; size: number };

/** Time of the processor that a file may take. */
export const CPU_LIMIT_MS = 1000;

/** Beside ten times the file: what the heap of V8 grows by between two collections. */
const ALLOWANCE = 96 * 2 ** 20;

function residentPeak(): number {
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

/** Sets the peak back to what is resident now. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function readOne(format: FuzzFormat, file: string): Promise<{ outcome: string; problem?: string }> {
  try {
    await format.read(file);
    return { outcome: 'read' };
  } catch (error) {
    if (error instanceof FormatError) return { outcome: 'FormatError' };
    if (error instanceof NodeCudnnError && error.name !== 'LoadError') return { outcome: error.name };
    return { outcome: 'crash', problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function measured(format: FuzzFormat, file: string, index: number, size: number): Promise<void> {
  forgetPeak();
  const before = { peak: residentPeak(), time: cpuMilliseconds() };
  send({ kind: 'begin', index, cpu: before.time });
  let { outcome, problem } = await readOne(format, file);
  const milliseconds = cpuMilliseconds() - before.time;
  const growth = residentPeak() - before.peak;
  if (outcome !== 'crash' && growth > 10 * size + ALLOWANCE) {
    problem = `memory grew by ${growth} bytes for a file of ${size}`;
    outcome = 'memory';
  }
  if (outcome === 'crash' || outcome === 'memory' || milliseconds > CPU_LIMIT_MS)
    copyFileSync(file, failedPath(path.dirname(file), format, index));
  send({ kind: 'end', index, outcome, problem, milliseconds, growth, size });
}

function send(report: Report): void {
  process.send?.(report);
}

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  const format = formatNamed(name!);
  let failed: unknown;
  process.on('unhandledRejection', (error) => {
    failed = error;
    throw error;
  });
  if (rest[0] === '--file') {
    await format.prepare?.(path.dirname(rest[1]!));
    send({ kind: 'ready' });
    await measured(format, rest[1]!, 0, readFileSync(rest[1]!).length);
  } else {
    const [seed, from, to] = rest.map(Number) as [number, number, number];
    const folder = rest[3]!;
    const seeds = await seedsOf(format);
    await format.prepare?.(folder);
    const file = readPath(folder, format);
    // What is loaded once, and warmed up, is not counted.
    for (const bytes of seeds) {
      writeFileSync(file, bytes);
      const { outcome, problem } = await readOne(format, file);
      if (outcome !== 'read') throw new Error(`fuzz ${name}: a seed was not read: ${problem ?? outcome}`);
    }
    send({ kind: 'ready' });
    for (let index = from; index < to && failed === undefined; index++) {
      const bytes = fileOf(format, seeds, seed, index);
      writeFileSync(file, bytes);
      await measured(format, file, index, bytes.length);
    }
  }
  process.disconnect?.();
  // threads of readers may still be there
  process.exit(0);
}

if (require.main === module) void main();
