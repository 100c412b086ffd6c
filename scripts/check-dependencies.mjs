// Holds the direction of dependencies (ARCHITECTURE.md): a file may only use its own folder and those that its layer is allowed to.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { root } from './setup/process.mjs';

const native = {
  math: [],
  core: ['math'],
  ops: ['core', 'math'],
  backends: ['core', 'ops', 'math'],
  images: ['math'],
  addon: ['core', 'ops', 'backends', 'images'],
};

/** Libraries that only one folder may see. */
const exclusive = [
  [/^(node_api|napi|js_native_api|uv)\b/, 'native/addon/'],
  [/^(oneapi\/)?dnnl/, 'native/backends/cpu/dnnl/'],
  [/^(cuda|cudnn|cublas|nvrtc)/, 'native/backends/cuda/'],
];

/** From the bottom up; a folder may use what stands in the same or an earlier row. */
const rows = [
  ['types', 'errors', 'options'],
  ['native', 'device'],
  ['tensor'],
  ['random', 'autodiff'],
  ['ops'],
  ['activations', 'losses', 'metrics', 'initializers', 'regularizers', 'constraints', 'schedules'],
  ['layers', 'optimizers', 'io', 'keras'],
  ['checkpoints'],
  // callbacks know models by their types only
  ['callbacks'],
  ['models'],
  ['saving'],
  ['data'],
  ['preprocessing', 'datasets', 'plot', 'utils'],
  ['applications', 'index'],
  ['cli'],
];
const height = new Map(rows.flatMap((names, row) => names.map((name) => [name, row])));
/** Single files that stand lower than their folder: what dtypes are, and how any op is run. */
const lower = { 'tensor/dtype': 'types', 'ops/define': 'tensor' };

const complaints = [];
const filesIn = (folder, endings) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => endings.test(name));

for (const file of filesIn('native', /\.(h|cc|cpp|cu|cuh)$/)) {
  const layer = file.split('/')[1];
  for (const [, quote, name] of readFileSync(join(root, file), 'utf8').matchAll(/^\s*#\s*include\s*(["<])([^">]+)[">]/gm)) {
    const owner = exclusive.find(([pattern]) => pattern.test(name));
    if (owner && !file.startsWith(owner[1])) complaints.push(`${file}: expected only ${owner[1]} to include <${name}>`);
    const target = name.split('/')[0];
    if (quote === '"' && target in native && target !== layer && !native[layer]?.includes(target)) {
      complaints.push(`${file}: expected native/${layer} to include ${native[layer]?.join(', ') || 'nothing'}, got "${name}"`);
    }
  }
}

const uses = new Map();
for (const file of filesIn('lib', /\.ts$/)) {
  uses.set(file, []);
  const folderOf = (path) =>
    relative('lib', path)
      .split('/')[0]
      .replace(/\.(ts|js)$/, '');
  const from = folderOf(file);
  if (!height.has(from)) complaints.push(`${file}: expected a folder named in scripts/check-dependencies.mjs, got ${from}; give it a row`);
  // a type may be named anywhere: it leaves nothing behind at run time
  const imports = /^\s*(?:import|export)\s(?!type\b)[^'";]*?from\s*'(\.[^']+)'|^\s*import\s*'(\.[^']+)'/gm;
  for (const [, named, bare] of readFileSync(join(root, file), 'utf8').matchAll(imports)) {
    const target = normalize(join(dirname(file), named ?? bare));
    if (!target.startsWith('lib/')) continue;
    uses.get(file).push(target.replace(/\.js$/, '.ts'));
    const to = lower[relative('lib', target).replace(/\.js$/, '')] ?? folderOf(target);
    const allowed = to === 'index' ? from === 'cli' || from === 'index' : (height.get(to) ?? 0) <= (height.get(from) ?? 0);
    if (from !== to && !allowed) complaints.push(`${file}: expected lib/${from} to use what lies below it, got ${target}`);
  }
}

/** A ring through several folders has no order in which they can be loaded; within one, gradients do call each other. */
const done = new Set();
function visit(file, path) {
  const ring = path.includes(file) ? [...path.slice(path.indexOf(file)), file] : [];
  if (new Set(ring.map(dirname)).size > 1) complaints.push(`ring of imports: ${ring.join(' -> ')}`);
  if (done.has(file) || path.includes(file)) return;
  for (const next of uses.get(file) ?? []) visit(next, [...path, file]);
  done.add(file);
}
for (const file of uses.keys()) visit(file, []);

for (const complaint of complaints) console.log(complaint);
console.log(`dependencies: ${complaints.length === 0 ? 'run one way' : `${complaints.length} wrong`}`);
process.exitCode = complaints.length === 0 ? 0 : 1;
