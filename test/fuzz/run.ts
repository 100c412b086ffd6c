/**
 * Reads damaged files: `npm run fuzz -- --format safetensors --count 100000 --seed 1`. Without --format all formats are read in turn, without
 * --seed a new one is taken. What fails is kept in .cache/fuzz, whole and as small as it can be made. --file FILE reads one such file again.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { failedPath } from './files.js';
import { formatNamed, formats } from './formats/index.js';
import { minimise } from './minimise.js';
import { type Failure, fuzz, tryFile } from './watch.js';

const KEPT = path.resolve(__dirname, '..', '..', '.cache', 'fuzz');

function options() {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', multiple: true },
      count: { type: 'string', default: '10000' },
      seed: { type: 'string' },
      from: { type: 'string', default: '0' },
      file: { type: 'string' },
    },
  });
  const whole = (name: string, text: string): number => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new Error(`fuzz --${name}: expected a whole number, got ${text}`);
  };
  return {
    names: values.format?.map((name) => formatNamed(name).name) ?? formats.map(({ name }) => name),
    count: whole('count', values.count),
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : whole('seed', values.seed),
    from: whole('from', values.from),
    file: values.file,
  };
}

async function keep(name: string, seed: number, failure: Failure, folder: string): Promise<void> {
  const format = formatNamed(name);
  const bytes = readFileSync(failedPath(folder, format, failure.index));
  mkdirSync(KEPT, { recursive: true });
  const file = path.join(KEPT, `${name}-${failure.kind}-${seed}-${failure.index}${format.ending}`);
  writeFileSync(file, bytes);
  console.log(`${name}: ${failure.kind} of file ${failure.index}, seed ${seed}: ${failure.problem}\n  kept as ${file}`);
  // One that only fails after others is kept as it is.
  const again = await tryFile(name, file);
  if (!again) return console.log('  it does not fail by itself');
  const small = await minimise(name, file, format.ending, again.kind);
  writeFileSync(file.replace(format.ending, `-small${format.ending}`), small);
  console.log(`  and with ${small.length} of its ${bytes.length} bytes beside it`);
}

async function main(): Promise<void> {
  const { names, count, seed, from, file } = options();
  if (file !== undefined) {
    const failure = await tryFile(names[0]!, path.resolve(file));
    console.log(failure ? `${failure.kind}: ${failure.problem}` : 'ends as it should');
    process.exitCode = failure ? 1 : 0;
    return;
  }
  const total = { files: 0, crash: 0, hang: 0, memory: 0 };
  for (const name of names) {
    const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-fuzz-'));
    const start = Date.now();
    try {
      const { files, counts, failures, slowest } = await fuzz(name, seed, count, folder, from);
      total.files += files;
      for (const failure of failures) {
        total[failure.kind]++;
        await keep(name, seed, failure, folder);
      }
      const kinds = Object.entries(counts).map(([kind, number]) => `${number.toLocaleString('en')} ${kind}`);
      const seconds = ((Date.now() - start) / 1000).toFixed(0);
      console.log(`${name}: seed ${seed}, ${kinds.join(', ')}; slowest ${slowest.toFixed(0)} ms; ${seconds} s`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const what = names.length === 1 ? '1 format' : `${names.length} formats`;
  console.log(
    `fuzz: ${total.files.toLocaleString('en')} files of ${what}, ${total.crash} crashes, ${total.hang} hangs, ${total.memory} over memory`,
  );
  process.exitCode = total.crash + total.hang + total.memory === 0 ? 0 : 1;
}

void main();
