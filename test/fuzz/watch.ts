/** Watches over the process that reads: it is ended when a file takes too long, and started again behind that file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CPU_LIMIT_MS, type Report } from './child.js';
import { failedPath, readPath } from './files.js';
import { formatNamed } from './formats/index.js';

/** Of the clock: nothing of ours waits for anything. */
const WALL_LIMIT_MS = 10_000;
/** A process that reads more than this is begun anew, so that what a reader keeps does not add up unseen. */
const FILES_A_CHILD = 5000;

export interface Failure {
  readonly index: number;
  readonly kind: 'crash' | 'hang' | 'memory';
  readonly problem: string;
}

export interface Outcomes {
  files: number;
  /** How many were read, and how many refused, by the error. */
  readonly counts: Record<string, number>;
  readonly failures: Failure[];
  slowest: number;
}

function start(args: readonly string[]): ChildProcess {
  const child = path.join(__dirname, 'child.ts');
  return spawn(process.execPath, ['--max-old-space-size=1024', '--require', 'tsx/cjs', child, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
}

/** What a process has used of the processor, all its threads together. */
function cpuMilliseconds(pid: number): number {
  try {
    // behind the name, which may hold anything: state, 10 fields, user and system time in hundredths
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0; // it has just ended
  }
}

/** Runs one child to its end, or to the file that ends it. Resolves to where to go on. */
function watch(args: readonly string[], from: number, to: number, outcomes: Outcomes): Promise<number> {
  const child = start(args);
  let reading: number | undefined;
  let next = from;
  let ready = false;
  let hung: string | undefined;
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  child.stderr!.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
  child.on('message', (report: Report) => {
    clearInterval(timer);
    if (report.kind === 'ready') {
      ready = true;
    } else if (report.kind === 'begin') {
      reading = report.index;
      const begun = Date.now();
      timer = setInterval(() => {
        const used = cpuMilliseconds(child.pid!) - report.cpu;
        if (used < 1.5 * CPU_LIMIT_MS && Date.now() - begun < WALL_LIMIT_MS) return;
        hung = `still reading after ${used} ms`;
        child.kill('SIGKILL');
      }, CPU_LIMIT_MS / 4);
    } else {
      reading = undefined;
      next = report.index + 1;
      record(report, outcomes);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (!ready) return reject(new Error(`fuzz: the reader did not start:\n${said}`));
      if (reading === undefined && next === to) return resolve(to);
      const index = reading ?? next;
      outcomes.files++;
      outcomes.failures.push({
        index,
        kind: hung ? 'hang' : 'crash',
        problem: hung ?? `the process ended with ${signal ?? code}\n${said}`,
      });
      const [format, folder] = [formatNamed(args[0]!), args[4]];
      if (folder !== undefined) copyFileSync(readPath(folder, format), failedPath(folder, format, index));
      resolve(index + 1);
    });
  });
}

function record(report: Extract<Report, { kind: 'end' }>, outcomes: Outcomes): void {
  const { index, outcome, problem = '', milliseconds } = report;
  outcomes.files++;
  outcomes.slowest = Math.max(outcomes.slowest, milliseconds);
  if (outcome === 'crash' || outcome === 'memory') outcomes.failures.push({ index, kind: outcome, problem });
  else if (milliseconds > CPU_LIMIT_MS) outcomes.failures.push({ index, kind: 'hang', problem: `${milliseconds} ms` });
  else outcomes.counts[outcome] = (outcomes.counts[outcome] ?? 0) + 1;
}

export function noOutcomes(): Outcomes {
  return { files: 0, counts: {}, failures: [], slowest: 0 };
}

/** Reads the files `from` to `to` of a format. Gives up after ten failures. */
export async function fuzz(format: string, seed: number, count: number, folder: string, first = 0): Promise<Outcomes> {
  const outcomes = noOutcomes();
  for (let at = first; at < first + count && outcomes.failures.length < 10;) {
    const to = Math.min(first + count, at + FILES_A_CHILD);
    at = await watch([format, String(seed), String(at), String(to), folder], at, to, outcomes);
  }
  return outcomes;
}

/** Whether one file fails, and how. */
export async function tryFile(format: string, file: string): Promise<Failure | undefined> {
  const outcomes = noOutcomes();
  await watch([format, '--file', file], 0, 1, outcomes);
  return outcomes.failures[0];
}
