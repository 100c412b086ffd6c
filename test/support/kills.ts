/** Kills a training at random instants, again and again, until it has come to its end often enough. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { keyedStream } from '../../lib/random/host.js';

export interface KillOptions {
  /** Kills in all. */
  kills: number;
  folder: string;
  epochs: number;
  data: 'digits' | 'mnist';
  seed: number;
  /** Milliseconds after which a training that has begun is killed, at most; half of what the unbroken one takes where it is not given. */
  within?: number;
  log?: (text: string) => void;
}

export interface KillCounts {
  kills: number;
  /** Trainings that came to their end, each killed several times. */
  completed: number;
  /** Kills that left a file half written. */
  halfWritten: number;
  /** Trainings that ended otherwise than the unbroken one. */
  different: number;
  /** Processes that ended by themselves, and not well. */
  failed: string[];
}

const child = path.join(__dirname, 'kill-child.ts');

/** Runs the training; with `after`, kills it so many milliseconds after it has begun. The answer is its exit code, null where it was killed. */
function run(folder: string, { epochs, data }: KillOptions, after?: number): Promise<{ code: number | null; stderr: string; ms: number }> {
  return new Promise((resolve, reject) => {
    const training = spawn(process.execPath, ['--require', 'tsx/cjs', child, folder, String(epochs), data], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    let began = 0;
    let timer: NodeJS.Timeout | undefined;
    training.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    training.stdout.once('data', () => {
      began = performance.now();
      if (after !== undefined) timer = setTimeout(() => training.kill('SIGKILL'), after);
    });
    training.once('error', reject);
    training.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stderr, ms: performance.now() - began });
    });
  });
}

export async function killAgainAndAgain(options: KillOptions): Promise<KillCounts> {
  const { kills, folder, seed, log } = options;
  const unbroken = path.join(folder, 'unbroken');
  mkdirSync(unbroken, { recursive: true });
  const { code, stderr, ms } = await run(unbroken, options);
  if (code !== 0) throw new Error(`the unbroken training ended with ${code}: ${stderr}`);
  const wanted = readFileSync(path.join(unbroken, 'result.json'), 'utf8');
  const within = options.within ?? ms * 0.5;
  const random = keyedStream(seed);
  const counts: KillCounts = { kills: 0, completed: 0, halfWritten: 0, different: 0, failed: [] };
  while (counts.kills < kills || existsSync(path.join(folder, 'broken'))) {
    const broken = path.join(folder, 'broken');
    mkdirSync(broken, { recursive: true });
    // At the end each training is let to its end.
    const ended = await run(broken, options, counts.kills < kills ? random() * within : undefined);
    if (ended.code === null) {
      counts.kills++;
      const checkpoints = path.join(broken, 'checkpoints');
      if (existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.part'))) counts.halfWritten++;
      continue;
    }
    if (ended.code !== 0 || ended.stderr.includes('damaged')) counts.failed.push(ended.stderr);
    else if (readFileSync(path.join(broken, 'result.json'), 'utf8') !== wanted) counts.different++;
    counts.completed++;
    rmSync(broken, { recursive: true });
    log?.(`${counts.kills} kills, ${counts.completed} trainings completed, ${counts.different} different, ${counts.failed.length} failed`);
  }
  return counts;
}
