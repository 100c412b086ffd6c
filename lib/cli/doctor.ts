/** `node-cudnn doctor`: what was found, what was tried, what to do. */
import os from 'node:os';
import { loadAddon, packageRoot } from '../native/addon.js';
import { type CudaProbe, probeCuda } from '../native/cuda.js';
import { select } from '../native/select.js';
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
  cuda?: CudaProbe;
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

async function examineDevice(name: string): Promise<Report['devices'][number]> {
  try {
    const { description, ...details } = select(name, name).describe();
    await smokeTest();
    return { name, works: true, detail: `${String(description)} ${JSON.stringify(details)}` };
  } catch (error) {
    return { name, works: false, detail: error instanceof Error ? error.message : String(error) };
  }
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
  } catch (error) {
    report.devices.push({ name: 'cpu', works: false, detail: error instanceof Error ? error.message : String(error) });
    return report;
  }
  report.devices.push(await examineDevice('cpu'));
  const { count } = probeCuda();
  for (let index = 0; index < Math.max(count, 1); index++) report.devices.push(await examineDevice(`cuda:${index}`));
  // once more, since the devices' own libraries are looked for when they are first needed
  report.cuda = probeCuda();
  return report;
}

/** The CUDA backend's report in lines: every library, where it is or where it was looked for, and what the loader said. */
function cudaLines({ path, works, reason, libraries, facts }: CudaProbe): string[] {
  const lines = [`CUDA backend ${path}: ${works ? 'works' : reason}`];
  for (const library of libraries) {
    const found = library.path === null ? 'not found' : `${library.version} ${library.path}`.trim();
    lines.push(`  ${[`${library.name}: ${found}`, library.note, library.trouble].filter((part) => part !== '').join('; ')}`);
    if (library.path === null || library.trouble !== '')
      lines.push(...library.tried.map((place) => `    tried ${place.path}: ${place.message}`));
  }
  for (const [name, value] of Object.entries(facts)) lines.push(`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return lines;
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
    const lines = [
      `node      ${report.node}`,
      `platform  ${report.platform}`,
      `package   ${report.package}`,
      `addon     ${report.addon ?? 'could not be loaded'}`,
      ...report.devices.map(({ name, works, detail }) => `${name.padEnd(10)}${works ? 'works' : 'does not work'}: ${detail}`),
      ...(report.cuda ? cudaLines(report.cuda) : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return report.devices.some(({ works }) => works) ? 0 : 1;
}
