/** What a user notices beside the speed of training: the cost of an op, the wait for the first step, and memory. */
import { join } from 'node:path';
import { median } from './duel.js';
import { ask, type Command } from './side.js';
import { specFor, workloads } from './workloads.js';

export interface BoundaryResult {
  encodeNs: number;
  opsPerSecond: number;
  roundTripUs: number;
  syncRoundTripUs: number;
  fitStepUs: number;
}

export interface StartupResult {
  /** From the start of the process to its answer, as whoever waits sees it. */
  wallMs: number[];
  medianMs: number;
  /** Where the time goes by the process' own clock; the median of each part. */
  parts: Record<string, number>;
}

export interface MemoryResult {
  images: { train: number; validation: number };
  megabytes: { rss: number; nativePeak: number; nativeLive: number };
}

/** The image data generator by itself, in images a second, and an epoch of W5 with batches that lie ready or are made on the way. */
export interface AugmentFigures {
  oneWorker: number;
  twoWorkers: number;
  plainMs: number;
  augmentedMs: number;
}
export type AugmentResult = Record<'shiftAndFlip' | 'rotationAndZoom', AugmentFigures>;

const round = (value: number) => Number(value.toPrecision(4));
const script = (name: string, ...args: string[]): Command => ({
  program: process.execPath,
  args: [join(__dirname, 'ours', name), ...args],
});

function describeW2(): string {
  return JSON.stringify(
    specFor(
      workloads.find((w) => w.name === 'W2')!,
      'node-cudnn',
      Infinity,
    ),
  );
}

function checkLoss(where: string, loss: unknown): void {
  if (!Number.isFinite(loss)) throw new Error(`${where}: expected a finite loss, got ${loss}`);
}

export async function boundary(root: string, repeats: number): Promise<BoundaryResult> {
  const result = (await ask(script('boundary.mjs', String(repeats)), root)) as unknown as BoundaryResult;
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, round(value as number)])) as unknown as BoundaryResult;
}

export async function startup(root: string, runs: number): Promise<StartupResult> {
  const command = script('first-step.mjs', describeW2());
  const wallMs: number[] = [];
  const parts: Record<string, number[]> = {};
  // the first run reads the files from the disk, and is not counted
  for (let i = 0; i <= runs; i++) {
    const start = performance.now();
    const { loss, ...times } = await ask(command, root);
    const wall = performance.now() - start;
    checkLoss('startup', loss);
    if (i === 0) continue;
    wallMs.push(round(wall));
    for (const [name, ms] of Object.entries(times)) (parts[name] ??= []).push(ms as number);
  }
  const medians = Object.fromEntries(Object.entries(parts).map(([name, values]) => [name, round(median(values))]));
  return { wallMs, medianMs: round(median(wallMs)), parts: medians };
}

export async function peakMemory(root: string, limit: number): Promise<MemoryResult> {
  const images = { train: Math.min(20000, limit), validation: Math.min(10000, limit) };
  const answer = await ask(script('memory.mjs', describeW2(), String(images.train), String(images.validation)), root);
  checkLoss('memory', answer['loss']);
  const megabytes = answer['megabytes'] as MemoryResult['megabytes'];
  return {
    images,
    megabytes: { rss: round(megabytes.rss), nativePeak: round(megabytes.nativePeak), nativeLive: round(megabytes.nativeLive) },
  };
}

export async function augment(root: string, limit: number, rounds: number): Promise<AugmentResult> {
  const w5 = workloads.find((w) => w.name === 'W5')!;
  const command = script(
    'augment.mjs',
    JSON.stringify(specFor(w5, 'node-cudnn', Infinity)),
    String(Math.min(10000, limit)),
    String(rounds),
  );
  const answer = (await ask(command, root)) as unknown as AugmentResult;
  const rounded = (figures: AugmentFigures): AugmentFigures => ({
    oneWorker: round(figures.oneWorker),
    twoWorkers: round(figures.twoWorkers),
    plainMs: round(figures.plainMs),
    augmentedMs: round(figures.augmentedMs),
  });
  return { shiftAndFlip: rounded(answer.shiftAndFlip), rotationAndZoom: rounded(answer.rotationAndZoom) };
}
