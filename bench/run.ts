/**
 * How fast this library trains, beside its peers, in one run on one machine.
 *
 *     npm run bench -- [--workload W1,W2] [--peers keras] [--rounds 5] [--json FILE]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Duel, figure, type WorkloadResult } from './duel.js';
import { describeMachine, libraryIsCurrent, load, type Machine } from './machine.js';
import { saving, savingLines, type SavingResult } from './saving.js';
import { type Options, readOptions, smallBenches, usage, UsageError } from './options.js';
import { ours, peers } from './sides.js';
import {
  augment,
  type AugmentResult,
  boundary,
  type BoundaryResult,
  type MemoryResult,
  peakMemory,
  startup,
  type StartupResult,
} from './small.js';
import { workloads } from './workloads.js';

interface Report {
  date: string;
  machine: Machine;
  /** False when dist/ was compiled from other sources than those of the commit. */
  libraryIsCurrent: boolean;
  load: { before: number; after: number };
  /** Present when the epochs were shortened: such figures are for trying the benchmark out. */
  imagesLimitedTo?: number;
  workloads: Record<string, WorkloadResult>;
  boundary?: BoundaryResult;
  startup?: StartupResult;
  memory?: MemoryResult;
  augment?: AugmentResult;
  saving?: SavingResult;
}

const root = resolve(__dirname, '..');

function workloadLine(name: string, result: WorkloadResult): string {
  const [first, ...others] = Object.entries(result.sides);
  const label = (id: string) => peers.find((peer) => peer.id === id)?.label ?? id;
  const versus = others.map(([id, side]) => `${label(id)} ${figure(side.imagesPerSecond)} (${side.oursIsFasterBy}x)`);
  const beside = versus.length > 0 ? `; ${versus.join(', ')}` : '';
  return `${name} ${result.title}, batch ${result.batch}: ${figure(first![1].imagesPerSecond)} img/s${beside}`;
}

function closingLine(report: Report): string {
  const parts = Object.entries(report.workloads).map(([name, { sides }]) => {
    const keras = sides['keras'] ? ` (${sides['keras'].oursIsFasterBy}x Keras)` : '';
    return `${name} ${figure(sides[ours.id]!.imagesPerSecond)} img/s${keras}`;
  });
  if (report.boundary) parts.push(`${figure(report.boundary.opsPerSecond)} eager ops/s`);
  if (report.startup) parts.push(`first step after ${figure(report.startup.medianMs)} ms`);
  if (report.memory) parts.push(`W2 in ${figure(report.memory.megabytes.rss)} MB`);
  const keras = report.saving?.sides['node-cudnn']?.['.keras'];
  if (keras) parts.push(`VGG16 saved in ${keras.save.medianSeconds} s, loaded in ${keras.load.medianSeconds} s`);
  if (report.augment) parts.push(`${figure(report.augment.shiftAndFlip.oneWorker)} augmented img/s`);
  const note =
    report.imagesLimitedTo === undefined ? '' : ` (epochs of at most ${figure(report.imagesLimitedTo)} images: not for comparing)`;
  return `bench: ${parts.join(', ')}${note}`;
}

async function runSmall(report: Report, name: (typeof smallBenches)[number], { images: limit, rounds, peers }: Options): Promise<string> {
  if (name === 'boundary') {
    const b = (report.boundary = await boundary(root, Math.min(20000, limit)));
    return (
      `boundary: an eager op takes JavaScript ${figure(b.encodeNs)} ns, ${figure(b.opsPerSecond)} ops/s all in; op and result ` +
      `${b.roundTripUs} µs (${b.syncRoundTripUs} µs synchronously); a step of fit without arithmetic ${b.fitStepUs} µs`
    );
  }
  if (name === 'startup') {
    const { medianMs, parts } = (report.startup = await startup(root, 5));
    const list = Object.entries(parts).map(([part, ms]) => `${part.replace('Ms', '')} ${figure(ms)}`);
    return `startup: first training step ${figure(medianMs)} ms after the start of node (${list.join(', ')} ms)`;
  }
  if (name === 'saving') {
    report.saving = await saving(root, rounds, peers.includes('keras'));
    return savingLines(report.saving).join('\n');
  }
  if (name === 'augment') {
    const result = (report.augment = await augment(root, limit, rounds));
    const parts = Object.entries({ 'shift and flip': result.shiftAndFlip, 'rotation and zoom': result.rotationAndZoom }).map(
      ([what, { oneWorker, twoWorkers, plainMs, augmentedMs }]) =>
        `${what} ${figure(oneWorker)} img/s (${figure(twoWorkers)} with two workers), W5 ${((augmentedMs / plainMs - 1) * 100).toFixed(1)} % slower`,
    );
    return `augment: ${parts.join('; ')}`;
  }
  const { images, megabytes } = (report.memory = await peakMemory(root, limit));
  return `memory: W2 with ${figure(images.train)} + ${figure(images.validation)} images peaks at ${figure(megabytes.rss)} MB of resident memory`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), join(root, 'bench', 'results', 'latest.json'));
  if (options.help) {
    console.log(usage);
    return;
  }
  if (!existsSync(join(root, 'dist', 'index.js')))
    throw new UsageError('bench: expected the compiled library in dist/, found none; run npm run build');
  const current = await libraryIsCurrent(root);
  if (!current) console.log('note: dist/ was compiled from other sources than those in lib/; npm run build renews it');

  const machine = describeMachine(root);
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, commit ${machine.commit}, load ${load()}`);
  const report: Report = {
    date: new Date().toISOString(),
    machine,
    libraryIsCurrent: current,
    load: { before: load(), after: 0 },
    workloads: {},
  };
  if (options.images !== Infinity) report.imagesLimitedTo = options.images;

  const contenders = [ours, ...peers.filter((peer) => options.peers.includes(peer.id))];
  const lines: string[] = [];
  for (const workload of workloads.filter((w) => options.names.includes(w.name))) {
    const result = await new Duel(workload, options.rounds, options.images, root).run(contenders);
    report.workloads[workload.name] = result;
    lines.push(workloadLine(workload.name, result));
  }
  for (const name of smallBenches.filter((bench) => options.names.includes(bench))) lines.push(await runSmall(report, name, options));
  report.load.after = load();

  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  for (const line of lines) console.log(line);
  console.log(`results in ${relative(process.cwd(), options.json) || options.json}`);
  console.log(closingLine(report));
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(error.message);
    process.exitCode = 2;
    return;
  }
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
