// Before `npm pack` and `npm publish`: what goes out must have been built, from these sources.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { typeScriptIsCurrent } from './build-ts.mjs';
import { main, root, SetupError } from './setup/process.mjs';

await main(() => {
  if (!typeScriptIsCurrent())
    throw new SetupError('package: expected dist/ made from lib/ as it is, found none or another; run npm run build:ts');
  const folder = join(root, 'prebuilds', 'linux-x64');
  const addons = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : [];
  if (addons.length !== 1)
    throw new SetupError(`package: expected one .node file in prebuilds/linux-x64, got ${addons.length}; run npm run prebuilds`);
});
