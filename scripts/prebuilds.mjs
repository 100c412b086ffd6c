// Fills prebuilds/linux-x64/ with what the package ships: one addon and beside it the libraries that a bare Debian lacks.
// prebuildify names, strips and copies; its --node-gyp hook (scripts/prebuilds/hook.mjs) lets cmake-js build.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { librariesBeside } from './prebuilds/libraries.mjs';
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
  verify();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => {
    makePrebuilds();
    say(`prebuilds/linux-x64: ${readdirSync(folder).join(', ')}`);
  });
}
