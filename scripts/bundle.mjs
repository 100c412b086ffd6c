// Makes a bundle for a machine with a GPU that has neither Node nor a compiler: node, the addon, the CUDA plugin, oneDNN, the compiled
// library, its tests, examples and benchmarks, and data sets. `run` in it does everything; see bundleRun below.
//   node scripts/bundle.mjs [--out build/node-cudnn-gpu.tar.xz] [--folder FOLDER] [--data FOLDER] [--no-data] [--cifar10 FOLDER]
// With --folder it is laid out there and not packed. Data sets come from --data (or NODE_CUDNN_DATA), CIFAR-10 only when asked for: it is
// three times as large as all else.
import { build } from 'esbuild';
import {
  chmodSync,
  cpSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makePrebuilds } from './prebuilds.mjs';
import { main, root, run, say, SetupError } from './setup/process.mjs';

/** What the library and its tests load at run time; pictures need more, and are not drawn there. */
const packages = ['mocha', 'node-gyp-build', 'fflate', 'fast-png', 'xz-decompress', 'tar-stream', 'h5wasm'];

/** A package with all that it depends on, where npm put it. */
function closure(names) {
  const found = new Map();
  const visit = (name, from) => {
    let folder = from;
    while (!existsSync(join(folder, 'node_modules', name))) {
      if (folder === root || dirname(folder) === folder) return;
      folder = dirname(folder);
    }
    const at = join(folder, 'node_modules', name);
    if (found.has(at)) return;
    found.set(at, true);
    const { dependencies = {} } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) visit(dependency, at);
  };
  for (const name of names) visit(name, root);
  return [...found.keys()];
}

function filesOf(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(root, folder, String(name)))
    .filter((name) => name.endsWith(ending) && !name.endsWith('.d.ts'));
}

/** Each file on its own, in place: tests import the library's sources by path, and so it stays. */
async function compile(app) {
  const common = { outbase: root, outdir: app, platform: 'node', target: 'node20', logLevel: 'error' };
  await build({ ...common, entryPoints: ['lib', 'test', 'bench'].flatMap((folder) => filesOf(folder, '.ts')), format: 'cjs' });
  const examples = existsSync(join(root, 'examples')) ? filesOf('examples', '.ts') : [];
  await build({ ...common, entryPoints: examples, format: 'esm', outExtension: { '.js': '.mjs' } });
  // An import of a neighbour names it by the ending it has as a source.
  for (const file of readdirSync(join(app, 'examples'), { recursive: true })) {
    const path = join(app, 'examples', String(file));
    if (path.endsWith('.mjs')) writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from\s*"\.[^"]*)\.js"/g, '$1.mjs"'));
  }
}

const bundleRun = `#!/bin/sh
# Runs the parity suite and the benchmark, and writes report.json and report.md.
#   ./run [--device cuda] [--out .] [--quick] [--only suite|bench]
# cuDNN and cuBLAS are found in the machine's Python packages.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/bin/node" "$here/app/bench/gpu/report.js" "$@"
`;

function copyData(app, source, names) {
  for (const name of names) {
    const from = join(source, name);
    if (!existsSync(from)) throw new SetupError(`bundle: expected the data set ${from}, found none; name its folder with --data`);
    cpSync(from, join(app, 'datasets', name), { recursive: true, filter: (path) => !/readme/i.test(path) });
  }
}

export async function makeBundle({ folder, data, cifar10 }) {
  const app = join(folder, 'app');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(process.execPath, join(folder, 'bin', 'node'));
  chmodSync(join(folder, 'bin', 'node'), 0o755);
  if (!existsSync(join(root, 'prebuilds', 'linux-x64'))) makePrebuilds();
  await compile(app);
  for (const name of ['package.json', 'data', 'dist', 'prebuilds', 'typings', 'scripts/test', 'test/golden/cases']) {
    cpSync(join(root, name), join(app, name), { recursive: true, filter: (path) => !path.endsWith('.map') });
  }
  for (const name of ['bench', 'test'].flatMap((part) => ['.py', '.mjs', '.cjs', '.json'].flatMap((ending) => filesOf(part, ending)))) {
    if (name.includes('/bench/results/') || name.includes('/test/golden/')) continue;
    cpSync(name, join(app, name.slice(root.length)));
  }
  for (const from of closure(packages)) cpSync(from, join(app, from.slice(root.length)), { recursive: true });
  symlinkSync('..', join(app, 'node_modules', 'node-cudnn'));
  if (data !== undefined)
    copyData(
      app,
      data,
      ['mnist', 'fashion-mnist'].filter((name) => name === 'mnist' || existsSync(join(data, name))),
    );
  if (cifar10 !== undefined) copyData(app, dirname(cifar10), [cifar10.split('/').at(-1)]);
  writeFileSync(join(folder, 'run'), bundleRun);
  chmodSync(join(folder, 'run'), 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        folder: { type: 'string' },
        data: { type: 'string' },
        'no-data': { type: 'boolean', default: false },
        cifar10: { type: 'string' },
      },
    });
    const out = resolve(values.out ?? join(root, 'build', 'node-cudnn-gpu.tar.xz'));
    const folder = resolve(values.folder ?? join(root, 'build', 'node-cudnn-gpu'));
    const data = values['no-data'] ? undefined : (values.data ?? process.env.NODE_CUDNN_DATA);
    await makeBundle({ folder, data, cifar10: values.cifar10 });
    if (values.folder !== undefined) {
      say(`bundle: laid out in ${folder}`);
      return;
    }
    say('packing (a minute or two)');
    run('tar', [
      '--create',
      '--file',
      out,
      '--use-compress-program',
      'xz -7 -T0',
      '--directory',
      dirname(folder),
      folder.split('/').at(-1),
    ]);
    const megabytes = statSync(out).size / 1e6;
    say(`bundle: ${out}, ${megabytes.toFixed(1)} MB`);
    if (megabytes > 60) throw new SetupError(`bundle: expected at most 60 MB, got ${megabytes.toFixed(1)} MB`);
  });
}
