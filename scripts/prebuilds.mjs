// Fills prebuilds/linux-x64/ with what the package ships: one addon and beside it the libraries that a bare Debian lacks.
// With --release the CUDA backend is built for every GPU of a release first; without, it is taken as it was built last, if it was.
// prebuildify names, strips and copies; its --node-gyp hook (scripts/prebuilds/hook.mjs) lets cmake-js build.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildNative, pluginFile } from './build-native.mjs';
import { librariesBeside } from './prebuilds/libraries.mjs';
import { ensureToolchain } from './setup/cuda.mjs';
import { capture, main, root, runQuietly, say, SetupError } from './setup/process.mjs';

const out = join(root, 'prebuilds');
const folder = join(out, 'linux-x64');

/** The addon must load with nothing but the C and C++ run time of the system, all else from its own folder. */
function verify() {
  const addons = readdirSync(folder).filter((name) => name.endsWith('.node'));
  if (addons.length !== 1) throw new SetupError(`prebuilds: expected one .node file, got ${addons.join(', ') || 'none'}`);
  for (const { name, path } of librariesBeside(join(folder, addons[0]))) {
    if (path !== join(folder, name))
      throw new SetupError(`prebuilds: expected ${name} in ${folder}, the loader takes ${path}; check the rpath`);
  }
  const load = `require(${JSON.stringify(join(folder, addons[0]))})`;
  // bound at once, so that a symbol that no library has is found here and not by a user
  const result = capture(process.execPath, ['-e', load], { env: { ...process.env, LD_BIND_NOW: '1' } });
  if (!result.ok) throw new SetupError(`prebuilds: expected the addon to load, got ${result.err.trim()}`);
}

/** Each shipped library comes with the licence text of the Debian package that it was taken from. */
function copyLicences() {
  mkdirSync(join(folder, 'licenses'), { recursive: true });
  for (const { name, debian } of librariesBeside(
    join(
      folder,
      readdirSync(folder).find((file) => file.endsWith('.node')),
    ),
  )) {
    const text = `/usr/share/doc/${debian}/copyright`;
    if (debian && existsSync(text)) copyFileSync(text, join(folder, 'licenses', `${name}.txt`));
    else throw new SetupError(`prebuilds: expected the licence of ${name} in ${text}, found none`);
  }
}

/** The licences of what is linked into the CUDA backend: NVIDIA's runtime. */
function licencesOf(toolchain) {
  const folders = readdirSync(toolchain)
    .filter((name) => /^nvidia_cuda_runtime-.*\.dist-info$/.test(name))
    .map((name) => join(toolchain, name, 'licenses'));
  const files = folders.flatMap((place) => readdirSync(place).map((name) => join(place, name)));
  const system = ['EULA.txt', 'doc/EULA.txt'].map((name) => join(toolchain, name)).filter((file) => existsSync(file));
  const found = [...files, ...system].sort();
  if (found.length === 0) throw new SetupError(`prebuilds: expected the licence of the CUDA runtime in ${toolchain}, found none`);
  return found.map((file) => readFileSync(file, 'utf8').trim()).join(`\n\n${'='.repeat(80)}\n\n`);
}

/** The CUDA backend beside the addon, where it was built. */
function copyPlugin() {
  if (!existsSync(pluginFile)) return;
  const name = basename(pluginFile);
  runQuietly('strip', ['--strip-unneeded', '-o', join(folder, name), pluginFile]);
  const { toolchain } = JSON.parse(readFileSync(`${pluginFile}.json`, 'utf8'));
  writeFileSync(join(folder, 'licenses', `${name}.txt`), `${licencesOf(toolchain)}\n`);
}

export function makePrebuilds() {
  rmSync(out, { recursive: true, force: true });
  const staging = join(root, 'build', 'package');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(staging, 'package.json'));
  const hook = join(root, 'scripts', 'prebuilds', 'hook.mjs');
  const options = ['--napi', '--tag-libc', '--strip', '--arch', 'x64', '--cwd', staging, '--out', root, '--node-gyp', hook];
  runQuietly(process.execPath, [join(root, 'node_modules/prebuildify/bin.js'), ...options]);
  copyLicences();
  copyPlugin();
  verify();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    if (process.argv.includes('--release')) await buildNative({ tests: false, cuda: ensureToolchain(), release: true });
    makePrebuilds();
    say(`prebuilds/linux-x64: ${readdirSync(folder).join(', ')}`);
  });
}
