/** The examples of the public API that api.test.ts type-checks also run as they stand, given small data and what they leave out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { utils } from '../../lib/index.js';

const root = join(__dirname, '..', '..');
const fixture = (name: string): string => readFileSync(join(__dirname, 'fixtures', name), 'utf8');

/** Small grey digits in the place of MNIST. */
const smallDigits = `
import { datasets as all, ops as o } from 'node-cudnn';
const digits = (n: number) => ({ x: o.full([n, 28, 28], 90, 'uint8'), y: o.cast(o.mod(o.arange(n), 10), 'uint8') });
const datasets = { ...all, mnist: async () => ({ train: digits(256), test: digits(128) }) };
`;

/** In the place of the declarations: networks for both kinds of data behind one name, which is the function \`model\` as well. */
const surroundings = `
const net = (shape: [number, number, number]) => {
  const made = sequential(shape).add(layers.averagePooling2d(shape[0] / 7)).add(layers.flatten()).add(layers.dense(10, { activation: 'softmax' }));
  made.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  return made as never as cudnn.Sequential;
};
const digits = (n: number) => ({ x: ops.random.uniform([n, 28, 28, 1], { seed: n }), y: ops.cast(ops.mod(ops.arange(n), 10), 'uint8') });
const [train, test] = [digits(64), digits(32)];
const [small, large] = [net([28, 28, 1]), net([224, 224, 3])];
const trained = sequential([28, 28, 1]).add(layers.conv2d(32, 3, { name: 'conv' })) as never as cudnn.Sequential;
let fits = 0;
const model = new Proxy(cudnn.model, {
  get(target, name) {
    const owner = name === 'fit' && ++fits === 2 ? large : small;
    const value = Reflect.get(owner, name, owner);
    return typeof value === 'function' ? value.bind(owner) : value;
  },
}) as typeof cudnn.model & cudnn.Sequential;
const [mean, deviation] = [tensor(0.5), tensor(0.25)];
const optimizer = optimizers.adam();
`;

const afterwards = `
const answers = standardize.apply(ops.ones([2, 3])) as Tensor;
const losses2 = [];
const labels = cudnn.utils.toCategorical(digits(128).y, 10) as never;
const images2 = digits(128).x as never;
for (let i = 0; i < 3; i++) losses2.push((await step(images2, labels).data())[0]);
console.log(JSON.stringify({ fits, answers: answers.shape, losses: losses2, batch: batch.shape, name: device().name, live: memory().live > 0 }));
`;

describe('examples of the API, run', function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'node-cudnn-api-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules')); // worker threads look for tsx from the working folder
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text.replaceAll("'node-cudnn'", JSON.stringify(pathToFileURL(join(root, 'lib/index.ts')).href)));
    const ran = spawnSync(process.execPath, ['--import', pathToFileURL(require.resolve('tsx')).href, file], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') },
    });
    assert.equal(ran.status, 0, `${ran.stdout.slice(-500)}\n${ran.stderr.slice(-2000)}`);
    return ran.stdout;
  }

  function replaced(text: string, from: string | RegExp, to: string): string {
    const changed = text.replace(from, () => to);
    assert.notEqual(changed, text, `no ${from} in the example`);
    return changed;
  }

  it('the tutorial, from the data to the saved file', () => {
    const text = replaced(replaced(fixture('api-tutorial.mts'), 'datasets, ', ''), /^/, smallDigits);
    const printed = run('tutorial.mts', text);
    assert.match(printed, /Total params: 54,410/);
    assert.match(printed, /Epoch 1\/6/);
    for (const file of ['accuracy.png', 'mnist.keras']) assert.ok(statSync(join(folder, file)).size > 2000, file);
  });

  it('the others, and the error is the promised one at run time too', async () => {
    for (const label of ['cat', 'dog']) {
      mkdirSync(join(folder, 'photos/train', label), { recursive: true });
      await utils.saveImg(join(folder, 'photos/train', label, '1.png'), { data: new Uint8Array(300).fill(90), shape: [10, 10, 3] });
    }
    assert.ok(existsSync(join(folder, 'photos/train/dog/1.png')));
    const declared = replaced(fixture('api-more.mts'), /declare const [\s\S]*?\n\n/, `${surroundings}\n`);
    const line = declared.split('\n').find((one) => one.includes(".compile({ loss: 'categoricalCrossentropy', optimizer: 'sgd' });"))!;
    const text = replaced(declared, line, `try { ${line.replaceAll('as never', '')} } catch (error) { console.log(error.message); }`);
    const printed = run('more.mts', text + afterwards);
    assert.match(printed, /loss categoricalCrossentropy: expected output \[classes\], got \[26, 26, 10\]; add flatten\(\) before dense/);
    const last = JSON.parse(printed.trim().split('\n').at(-1)!) as { fits: number; losses: number[]; answers: number[]; live: boolean };
    assert.deepEqual([last.fits, last.answers, last.live], [2, [2, 3], true]);
    assert.ok(last.losses.every(Number.isFinite) && last.losses[2]! < last.losses[0]!, last.losses.join(' '));
  });
});
