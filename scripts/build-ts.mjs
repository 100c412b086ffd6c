// Compiles lib/ into dist/ and writes the ES module wrapper; does nothing when dist/ was made from the same sources.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root, run, say } from './setup/process.mjs';

const dist = join(root, 'dist');
const staging = join(root, 'dist.new');

function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function sourceHash() {
  const hash = createHash('sha256');
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build-ts.mjs'].map((name) => join(root, name));
  for (const file of [...settings, ...filesIn('lib'), ...filesIn('typings')])
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * The ES module imports the CommonJS one and names its exports again: both kinds of user share one instance of every module, so a
 * tensor made through `require` is known to a layer got through `import`.
 */
function writeEsModule() {
  const names = Object.keys(createRequire(import.meta.url)(join(dist, 'index.js')))
    .filter((name) => name !== 'default')
    .sort();
  const lines = names.map((name) => `export const ${name} = library.${name};\n`);
  writeFileSync(join(dist, 'index.mjs'), `import library from './index.js';\n${lines.join('')}`);
  writeFileSync(join(dist, 'index.d.mts'), `export * from './index.js';\n`);
}

/** Pictures are drawn with a font of our own, because a server often has none. */
function copyFont() {
  const source = join(root, 'node_modules', 'dejavu-fonts-ttf');
  const target = join(dist, 'plot', 'fonts');
  mkdirSync(target, { recursive: true });
  copyFileSync(join(source, 'ttf', 'DejaVuSans.ttf'), join(target, 'DejaVuSans.ttf'));
  copyFileSync(join(source, 'LICENSE'), join(target, 'LICENSE'));
}

const stamp = join(dist, '.sources');

export function typeScriptIsCurrent(wanted = sourceHash()) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

export async function buildTypeScript() {
  const wanted = sourceHash();
  if (typeScriptIsCurrent(wanted)) return;
  say('building the TypeScript part');
  const start = Date.now();
  rmSync(staging, { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', staging]);
  rmSync(dist, { recursive: true, force: true });
  renameSync(staging, dist);
  chmodSync(join(dist, 'cli', 'main.js'), 0o755);
  writeEsModule();
  copyFont();
  writeFileSync(stamp, wanted);
  say(`built the TypeScript part in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(buildTypeScript);
