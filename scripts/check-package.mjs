// Before `npm pack` and `npm publish`: what goes out must have been built, from these sources.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pluginFile, releaseArchitectures } from './build-native.mjs';
import { typeScriptIsCurrent } from './build-ts.mjs';
import { main, root, SetupError } from './setup/process.mjs';

/** What is published has the CUDA backend for every GPU of a release; a package for a try may lack it, or be for fewer. */
function checkPlugin(file) {
  if (!existsSync(file)) throw new SetupError(`package: expected ${basename(file)} beside the addon, found none; run npm run prebuilds`);
  const { architectures, spilling } = JSON.parse(readFileSync(`${pluginFile}.json`, 'utf8'));
  const missing = releaseArchitectures.filter((one) => !architectures.includes(one));
  if (missing.length > 0) {
    throw new SetupError(`package: expected the CUDA backend for ${releaseArchitectures}, got ${architectures}; run npm run prebuilds`);
  }
  if (spilling.length > 0) throw new SetupError(`package: expected CUDA kernels that do not spill, got ${spilling.join(', ')}`);
  const megabytes = statSync(file).size / 1e6;
  if (megabytes >= 25) throw new SetupError(`package: expected a CUDA backend under 25 MB, got ${megabytes.toFixed(1)} MB`);
}

await main(() => {
  if (!typeScriptIsCurrent())
    throw new SetupError('package: expected dist/ made from lib/ as it is, found none or another; run npm run build:ts');
  const folder = join(root, 'prebuilds', 'linux-x64');
  const addons = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : [];
  if (addons.length !== 1)
    throw new SetupError(`package: expected one .node file in prebuilds/linux-x64, got ${addons.length}; run npm run prebuilds`);
  if (process.env.npm_command === 'publish') checkPlugin(join(folder, basename(pluginFile)));
});
