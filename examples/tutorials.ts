/**
 * Runs the five tutorials one after the other and compares their figures with what Keras reaches.
 *
 *     npm run tutorials -- [--only W1,W2] [--epochs N] [--seed 7] [--device cpu] [--data FOLDER] [--out FOLDER] [--no-pictures] [--json FILE]
 *
 * With --epochs the runs are shortened, and nothing is compared.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Tutorial {
  name: string;
  script: string;
  published: string;
  keras: string;
  /** Whether the figure is as good as it has to be. */
  reached: (value: number) => boolean;
}

const tutorials: readonly Tutorial[] = [
  {
    name: 'W1',
    script: 'linear-softmax',
    published: '92 to 93 %',
    keras: '91.9 to 92.1 %',
    reached: (accuracy) => accuracy >= 0.9185 && accuracy < 0.9215,
  },
  { name: 'W2', script: 'first-cnn', published: '96.85 %', keras: '95.9 to 96.8 %', reached: (accuracy) => accuracy >= 0.96 },
  { name: 'W3', script: 'vgg-like', published: '98 to 99 %', keras: '98.8 %', reached: (accuracy) => accuracy >= 0.985 },
  { name: 'W4', script: 'larger-cnn', published: '0.78 %', keras: '0.74 to 0.85 %', reached: (error) => error <= 0.0095 },
  {
    name: 'W5',
    script: 'cifar10-augmented',
    published: '62.93 % (75 % after 25 epochs)',
    keras: '71.9 to 73.3 %',
    reached: (accuracy) => accuracy >= 0.72,
  },
];

const here = dirname(fileURLToPath(import.meta.url));
const extension = extname(fileURLToPath(import.meta.url));

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { only: text, epochs: text, seed: text, device: text, data: text, out: text, json: text, 'no-pictures': { type: 'boolean' } },
});
const chosen = values.only?.split(',') ?? tutorials.map(({ name }) => name);
const unknown = chosen.find((name) => !tutorials.some((tutorial) => tutorial.name === name));
if (unknown !== undefined) {
  console.error(`tutorials: expected --only of ${tutorials.map(({ name }) => name).join(', ')}, got ${unknown}`);
  process.exit(2);
}

const passed: string[] = [];
for (const name of ['epochs', 'seed', 'device', 'data', 'out'] as const) {
  const value = values[name];
  if (value !== undefined) passed.push(`--${name}`, value);
}
if (values['no-pictures']) passed.push('--no-pictures');

interface Outcome {
  name: string;
  figure: string;
  value: number | null;
  /** null where it was shortened. */
  reached: boolean | null;
  seconds: number;
}

function run(tutorial: Tutorial, folder: string): Outcome {
  const file = join(folder, `${tutorial.name}.json`);
  const loader = extension === '.ts' ? ['--import', 'tsx'] : [];
  const args = [...loader, join(here, `${tutorial.script}${extension}`), ...passed, '--result', file];
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0 || !existsSync(file)) {
    process.stderr.write(stderr);
    return { name: tutorial.name, figure: `failed: ${stderr.trim().split('\n').at(-1)}`, value: null, reached: false, seconds };
  }
  const { text: figure, value } = JSON.parse(readFileSync(file, 'utf8')) as { text: string; value: number };
  return { name: tutorial.name, figure, value, reached: values.epochs === undefined ? tutorial.reached(value) : null, seconds };
}

const folder = mkdtempSync(join(tmpdir(), 'node-cudnn-tutorials-'));
const outcomes: Outcome[] = [];
try {
  for (const tutorial of tutorials) {
    if (!chosen.includes(tutorial.name)) continue;
    console.log(`\n${tutorial.name}: ${tutorial.script}`);
    outcomes.push(run(tutorial, folder));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log('\n| tutorial | reached | published | Keras 3.15 | seconds |\n| --- | --- | --- | --- | --- |');
for (const { name, figure, reached, seconds } of outcomes) {
  const { published, keras } = tutorials.find((tutorial) => tutorial.name === name)!;
  console.log(`| ${name} | ${figure}${reached === false ? ' (NOT in its band)' : ''} | ${published} | ${keras} | ${seconds.toFixed(1)} |`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
const inBand = outcomes.filter(({ reached }) => reached === true).length;
const ran = outcomes.filter(({ value }) => value !== null).length;
if (values.epochs === undefined) console.log(`tutorials: ${inBand} of ${outcomes.length} in their bands`);
else console.log(`tutorials: ${ran} of ${outcomes.length} ran, shortened to ${values.epochs} epochs`);
if (outcomes.some(({ value, reached }) => value === null || reached === false)) process.exitCode = 1;
