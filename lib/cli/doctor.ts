/** `node-cudnn doctor`: what was found, what was tried, what to do. */
import os from 'node:os';
import { loadAddon, packageRoot } from '../native/addon.js';
import { runtimeOf } from '../native/runtime.js';
import * as layers from '../layers/index.js';
import { sequential } from '../models/sequential.js';
import { tensor } from '../tensor/create.js';
import { helpText, parse } from './usage.js';

const specs = {
  json: { value: '', help: 'one object instead of lines' },
  help: { value: '', help: 'this text' },
};

const HEAD = `usage: node-cudnn doctor [options]

Tells which devices work. Ends with code 0 when something can train, else 1.`;

interface Report {
  node: string;
  platform: string;
  package: string;
  addon: string | null;
  devices: { name: string; works: boolean; detail: string }[];
}

/** Trains a tiny network for two steps: loading a library is not yet proof that it works. */
async function smokeTest(): Promise<void> {
  const model = sequential([8, 8, 1])
    .add(layers.conv2d(4, 3, { activation: 'relu' }))
    .add(layers.flatten())
    .add(layers.dense(2, { activation: 'softmax' }));
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  const x = tensor(new Float32Array(4 * 64).fill(0.5), [4, 8, 8, 1]);
  const y = tensor([0, 1, 0, 1], undefined, 'int32');
  const { history } = await model.fit(x as never, y as never, { epochs: 2, verbose: 0 });
  if (!history['loss']!.every(Number.isFinite)) throw new Error('a training step gave no finite loss');
}

async function examine(): Promise<Report> {
  const report: Report = {
    node: process.version,
    platform: `${process.platform}-${process.arch}, ${os.release()}`,
    package: packageRoot,
    addon: null,
    devices: [],
  };
  try {
    report.addon = loadAddon().version;
    const { description, ...details } = runtimeOf('cpu').describe();
    await smokeTest();
    report.devices.push({ name: 'cpu', works: true, detail: `${String(description)} ${JSON.stringify(details)}` });
  } catch (error) {
    report.devices.push({ name: 'cpu', works: false, detail: error instanceof Error ? error.message : String(error) });
  }
  report.devices.push({ name: 'cuda', works: false, detail: 'this version has no CUDA backend' });
  return report;
}

export async function run(args: string[]): Promise<number> {
  const given = parse(args, specs);
  if (given['help']) {
    process.stdout.write(helpText(HEAD, specs));
    return 0;
  }
  const report = await examine();
  if (given['json']) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    process.stdout.write(
      `node      ${report.node}\nplatform  ${report.platform}\npackage   ${report.package}\naddon     ${report.addon ?? 'could not be loaded'}\n`,
    );
    for (const { name, works, detail } of report.devices)
      process.stdout.write(`${name.padEnd(10)}${works ? 'works' : 'does not work'}: ${detail}\n`);
  }
  return report.devices.some(({ works }) => works) ? 0 : 1;
}
