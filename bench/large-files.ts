/**
 * Weights of more than 2 GB in one array and more than 4 GB in all, written and read: `npx tsx bench/large-files.ts [--folder DIR] [ENDING ...]`.
 * Every action is a process of its own; its peak memory tells whether a second copy was made. Values are compared by the checksum of every
 * array, piece by piece, and by rows. With NODE_CUDNN_BENCH_PYTHON (h5py, safetensors, Keras) Python looks at the same rows.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from '../lib/io/crc32.js';
import { initializers, layers, loadModel, type Model, ops, sequential, tidy } from '../lib/index.js';
import { stored } from '../lib/saving/stored.js';

/** [2048, 280000] and [280000, 2048] are 2.29 GB each. */
const [FEW, MANY] = [2048, 280_000];
const WHOLE = ['.keras', '.h5'];
const ENDINGS = [...WHOLE, '.weights.h5', '.safetensors'];
const ROWS = [0, 1, 1023, 2047];

interface Answer {
  seconds: number;
  /** Of memory, in MB: before, and at most. */
  before: number;
  peak: number;
  sums: number[];
  rows: number[][];
}

function build(drawn: boolean): Model {
  const initializer = (seed: number): never =>
    (drawn ? initializers.randomUniform({ minval: -1, maxval: 1, seed }) : initializers.zeros()) as never;
  return sequential([FEW], [
    layers.dense(MANY, { name: 'out', kernelInitializer: initializer(1) }),
    layers.dense(FEW, { name: 'back', kernelInitializer: initializer(2) }),
  ] as never); // prettier-ignore
}

const status = (name: string): number =>
  Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1000;

async function sumsOf(model: Model): Promise<number[]> {
  const sums: number[] = [];
  for (const weight of model.weights) {
    let sum = 0;
    for await (const { buffer, byteOffset, byteLength } of stored(weight).pieces())
      sum = crc32(new Uint8Array(buffer, byteOffset, byteLength), sum);
    sums.push(sum);
  }
  return sums;
}

/** The first eight numbers of some rows of both kernels. */
async function rowsOf(model: Model): Promise<number[][]> {
  const found: number[][] = [];
  for (const name of ['out', 'back']) {
    const kernel = model.getLayer(name).weights[0]!;
    for (const row of ROWS) {
      const at = name === 'out' ? row : row * 136; // up to 278392 of 280000
      const part = tidy(() => ops.slice(kernel, [at, 0], [1, 8]));
      found.push(Array.from(await part.data()));
      part.dispose();
    }
  }
  return found;
}

async function act(action: string, file: string): Promise<Answer> {
  const ending = path.basename(file).slice('large'.length);
  const whole = WHOLE.includes(ending);
  let model = action === 'save' ? build(true) : whole ? undefined : build(false);
  await model?.weights.at(-1)!.data();
  const before = status('VmRSS');
  const start = performance.now();
  if (action === 'save') await (whole ? model!.save(file) : model!.saveWeights(file));
  else if (whole) model = await loadModel(file);
  else await model!.loadWeights(file);
  await model!.weights.at(-1)!.data();
  const seconds = (performance.now() - start) / 1000;
  const peak = status('VmHWM');
  return { seconds, before, peak, sums: await sumsOf(model!), rows: await rowsOf(model!) };
}

function run(action: string, file: string): Answer {
  const args = ['--max-old-space-size=512', '--import', 'tsx', __filename, '--act', action, file];
  const text = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(text.slice(text.indexOf('{'))) as Answer;
}

/** The same rows, as Python's readers see them. */
function pythonRows(file: string): number[][] | undefined {
  const python = process.env['NODE_CUDNN_BENCH_PYTHON'];
  if (python === undefined) return undefined;
  const script = path.join(__dirname, 'peers', 'large_rows.py');
  return JSON.parse(execFileSync(python, [script, file], { encoding: 'utf8' })) as number[][];
}

function main(): void {
  const given = process.argv.slice(2);
  const at = given.indexOf('--folder');
  const parent = at < 0 ? path.join(__dirname, '..', '.cache') : given.splice(at, 2)[1]!;
  const endings = given.length > 0 ? given : ENDINGS;
  const unknown = endings.find((ending) => !ENDINGS.includes(ending));
  if (unknown !== undefined) throw new Error(`large-files: expected endings out of ${ENDINGS.join(', ')}, got '${unknown}'`);
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'large-files-'));
  try {
    for (const ending of endings) {
      const file = path.join(folder, `large${ending}`);
      const [saved, loaded] = [run('save', file), run('load', file)];
      const size = statSync(file).size;
      const same = JSON.stringify([saved.sums, saved.rows]) === JSON.stringify([loaded.sums, loaded.rows]);
      const seen = pythonRows(file);
      const python =
        seen === undefined ? '' : JSON.stringify(seen) === JSON.stringify(saved.rows) ? '; Python reads the same' : '; PYTHON READS OTHERS';
      const text = ({ seconds, before, peak }: Answer): string =>
        `${seconds.toFixed(1)} s, ${before.toFixed(0)} MB before and ${peak.toFixed(0)} MB at most`;
      console.log(
        `${ending}, ${(size / 1e9).toFixed(2)} GB: saved in ${text(saved)}; loaded in ${text(loaded)}; ${same ? 'the same values' : 'OTHER VALUES'}${python}`,
      );
      rmSync(file);
      if (!same || python.includes('OTHERS')) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--act') {
  void act(process.argv[3]!, process.argv[4]!).then((answer) => console.log(JSON.stringify(answer)));
} else main();
