/** The package as npm would publish it: what is in it, and that it trains where nothing but the package is installed. */
import assert from 'node:assert/strict';
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const MEBIBYTE = 2 ** 20;

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; mode: number }[];
}

function execute(command: string, args: string[], options: ExecFileSyncOptions = {}): string {
  try {
    return String(execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26, ...options }));
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: Buffer; stderr?: Buffer; message: string };
    throw new Error(`${message}\n${String(stdout ?? '')}${String(stderr ?? '')}`);
  }
}

/** A user's script, in the words of either module system; prints the accuracy on digits it did not see. */
function script(imports: string): string {
  return `${imports}
async function main() {
  utils.setRandomSeed(1);
  const { train, test } = await datasets.digits();
  const model = sequential([8, 8, 1])
    .add(layers.rescaling(1 / 16))
    .add(layers.conv2d(16, 3, { activation: 'relu' }))
    .add(layers.flatten())
    .add(layers.dense(10, { activation: 'softmax' }));
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  await model.fit(ops.expandDims(train.x, -1), train.y, { epochs: 5, batchSize: 32, verbose: 0 });
  const { accuracy } = await model.evaluate(ops.expandDims(test.x, -1), test.y, { verbose: 0 });
  console.log(accuracy);
}
main();
`;
}

describe('the npm package', function () {
  this.timeout(180_000);
  let folder: string;
  let packed: Packed;
  // the addon of the installed package must be taken, and no library or setting of this checkout
  const env = { ...process.env, LD_LIBRARY_PATH: '', NODE_PATH: '', NODE_OPTIONS: '' };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'node-cudnn-package-'));
    execute(process.execPath, ['scripts/build-ts.mjs']);
    execute(process.execPath, ['scripts/prebuilds.mjs']);
    [packed] = JSON.parse(execute('npm', ['pack', '--json', '--pack-destination', folder])) as [Packed];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    execute('npm', [...install, join(folder, packed.filename)], { cwd: folder, env });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function runScript(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return execute(process.execPath, [name], { cwd: folder, env });
  }

  /** The declarations are checked too: a user need not skip those of libraries. */
  function typeCheck(...args: string[]): void {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const common = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node'];
    execute(process.execPath, [tsc, ...common, '--typeRoots', join(root, 'node_modules/@types'), ...args], { cwd: folder });
  }

  it('holds the compiled library, one addon with its libraries, types and licences, and nothing else', () => {
    const paths = packed.files.map((file) => file.path);
    for (const path of [
      'dist/index.js',
      'dist/index.mjs',
      'dist/index.d.ts',
      'dist/index.d.mts',
      'typings/addon.d.ts',
      'LICENSE',
      'README.md',
    ]) {
      assert.ok(paths.includes(path), `${path} is missing`);
    }
    const addons = paths.filter((path) => path.endsWith('.node'));
    assert.deepEqual(addons, ['prebuilds/linux-x64/node-cudnn.glibc.node']);
    const libraries = paths.filter((path) => /\.so(\.\d+)*$/.test(path)).map((path) => path.replace('prebuilds/linux-x64/', ''));
    assert.ok(
      libraries.some((name) => /^libdnnl\.so\.\d+$/.test(name)),
      `oneDNN is missing beside ${libraries.join(', ')}`,
    );
    for (const name of libraries)
      assert.ok(paths.includes(`prebuilds/linux-x64/licenses/${name}.txt`), `the licence of ${name} is missing`);
    const allowed =
      /^(dist\/|data\/|typings\/addon\.d\.ts$|prebuilds\/linux-x64\/|package\.json$|(README|CHANGELOG|THIRD_PARTY_NOTICES)\.md$|LICENSE$)/;
    const unwanted = paths.filter((path) => !allowed.test(path) || /(\.map|\.tsbuildinfo|binding\.gyp)$/.test(path));
    assert.deepEqual(unwanted, []);
  });

  it('is small enough to be downloaded without a thought', () => {
    assert.ok(packed.size < 25 * MEBIBYTE, `packed: ${(packed.size / MEBIBYTE).toFixed(1)} MiB`);
    assert.ok(packed.unpackedSize < 80 * MEBIBYTE, `unpacked: ${(packed.unpackedSize / MEBIBYTE).toFixed(1)} MiB`);
  });

  it('has no script that npm would run at installation', () => {
    const { scripts, gypfile } = JSON.parse(readFileSync(join(folder, 'node_modules/node-cudnn/package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      gypfile: boolean;
    };
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(scripts[name], undefined, name);
    assert.equal(gypfile, false);
  });

  it('trains from an ES module', () => {
    const accuracy = Number(runScript('train.mjs', script("import { datasets, layers, ops, sequential, utils } from 'node-cudnn';")));
    assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
  });

  it('runs the example of the README, which type-checks as well', () => {
    const example = readFileSync(join(root, 'README.md'), 'utf8').match(/```ts\n([^]*?)```/)![1]!;
    const accuracy = Number(runScript('readme.mjs', example).match(/test accuracy: ([\d.]+) %/)?.[1]);
    assert.ok(accuracy > 95, `accuracy ${accuracy}`);
    assert.ok(statSync(join(folder, 'learning-curves.png')).size > 1000);
    writeFileSync(join(folder, 'readme.mts'), example);
    typeCheck('--module', 'node16', 'readme.mts');
  });

  it('trains from CommonJS', () => {
    const accuracy = Number(runScript('train.cjs', script("const { datasets, layers, ops, sequential, utils } = require('node-cudnn');")));
    assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
  });

  it('is one library for both module systems, with the same names', () => {
    const text = `import * as imported from 'node-cudnn';
import { createRequire } from 'node:module';
const required = createRequire(import.meta.url)('node-cudnn');
const names = Object.keys(required).filter((name) => name !== 'default').sort();
console.log(JSON.stringify({ same: names.filter((name) => imported[name] !== required[name]), names, seen: Object.keys(imported).sort() }));`;
    const { same, names, seen } = JSON.parse(runScript('both.mjs', text)) as { same: string[]; names: string[]; seen: string[] };
    assert.deepEqual(same, []);
    assert.deepEqual(seen, names);
    assert.ok(names.includes('layers') && names.includes('sequential'), names.join(', '));
  });

  it('has types for import and require under every module resolution', () => {
    const use = `const model = sequential([4]).add(layers.dense(2));\nexport const units: number = model.countParams();\n`;
    writeFileSync(join(folder, 'module.mts'), `import { layers, sequential } from 'node-cudnn';\n${use}`);
    writeFileSync(join(folder, 'common.cts'), `import { layers, sequential } from 'node-cudnn';\n${use}`);
    writeFileSync(join(folder, 'wrong.mts'), `import { notThere } from 'node-cudnn';\nexport const x = notThere;\n`);
    typeCheck('--module', 'node16', 'module.mts', 'common.cts');
    typeCheck('--module', 'esnext', '--moduleResolution', 'bundler', 'module.mts');
    assert.throws(() => typeCheck('--module', 'node16', 'wrong.mts'), 'an unknown name must be an error, else the types are any');
  });

  it('starts its command', () => {
    const command = join(folder, 'node_modules/.bin/node-cudnn');
    assert.ok((statSync(command).mode & 0o111) !== 0, 'not executable');
    assert.match(execute(command, ['--help'], { cwd: folder, env }), /train/);
  });
});
