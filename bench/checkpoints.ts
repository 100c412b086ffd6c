/**
 * How long training waits for a checkpoint: `npx tsx bench/checkpoints.ts`. The network of examples/first-cnn.ts with a checkpoint every 20
 * steps and without, and the copying of states of other sizes, which is all that the device does for one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Checkpointer } from '../lib/checkpoints/checkpointer.js';
import { Snapshots } from '../lib/checkpoints/snapshot.js';
import { layers, ops, sequential, utils } from '../lib/index.js';

const ROUNDS = 5;
const SAMPLES = 12800;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function training(): Promise<void> {
  utils.setRandomSeed(1);
  const x = ops.random.uniform([SAMPLES, 28, 28, 1]);
  const y = utils.toCategorical(ops.random.randint([SAMPLES], 0, 10), 10);
  const model = sequential([28, 28, 1])
    .add(layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }))
    .add(layers.maxPooling2d({ poolSize: 2 }))
    .add(layers.dropout(0.25))
    .add(layers.flatten())
    .add(layers.dropout(0.5))
    .add(layers.dense({ units: 10, activation: 'softmax' }));
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const begun: number[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own object below
  const { begin } = Checkpointer.prototype;
  Checkpointer.prototype.begin = function timed(...args) {
    const start = performance.now();
    const result = begin.apply(this, args);
    begun.push(performance.now() - start);
    return result;
  };
  const times: Record<'plain' | 'kept', Record<1 | 4, number[]>> = { plain: { 1: [], 4: [] }, kept: { 1: [], 4: [] } };
  await model.fit(x, y, { batchSize: 128, verbose: 0 });
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ['plain', 'kept'] as const) {
      for (const epochs of [1, 4] as const) {
        const directory = mkdtempSync(path.join(tmpdir(), 'node-cudnn-bench-'));
        const start = performance.now();
        await model.fit(x, y, { epochs, batchSize: 128, verbose: 0, checkpoint: kind === 'plain' ? null : { directory, everySteps: 20 } });
        times[kind][epochs].push(performance.now() - start);
        rmSync(directory, { recursive: true });
      }
    }
  }
  // What opening the folder and the last checkpoint take is in both lengths.
  const epoch = (kind: 'plain' | 'kept'): number => (Math.min(...times[kind][4]) - Math.min(...times[kind][1])) / 3;
  const each = (epoch('kept') - epoch('plain')) / (SAMPLES / 128 / 20);
  console.log(
    `an epoch of ${SAMPLES / 128} steps: ${epoch('plain').toFixed(0)} ms, with a checkpoint every 20 steps ${epoch('kept').toFixed(0)} ms: ` +
      `${each.toFixed(1)} ms a checkpoint`,
  );
  console.log(
    `JavaScript begins a checkpoint in ${median(begun).toFixed(2)} ms (longest ${Math.max(...begun).toFixed(2)} ms of ${begun.length})`,
  );
  model.dispose();
  x.dispose();
  y.dispose();
}

/** Time that the device is kept from steps. */
async function copying(megabytes: number): Promise<void> {
  const tensor = ops.zeros([megabytes * 250000]);
  await tensor.runtime.sync();
  const snapshots = new Snapshots();
  const named = [{ name: 'state', tensor }];
  snapshots.prepare(named);
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    snapshots.take(named);
    await tensor.runtime.sync();
    times.push(performance.now() - start);
  }
  console.log(`a state of ${megabytes} MB: ${median(times).toFixed(2)} ms (best ${Math.min(...times).toFixed(2)} ms)`);
  tensor.dispose();
}

async function main(): Promise<void> {
  await training();
  for (const megabytes of [1, 10, 30, 100, 500]) await copying(megabytes);
}

void main();
