#!/usr/bin/env node
// Called by prebuildify in the place of node-gyp ("rebuild --target=... --arch=... --release"), in the staging folder: builds with
// cmake-js as always, then lays the addon and its libraries where prebuildify looks, in build/Release of the folder it runs in.
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from '../build-native.mjs';
import { main, root } from '../setup/process.mjs';
import { librariesBeside } from './libraries.mjs';

await main(async () => {
  await buildNative({ tests: false });
  const addon = join(root, 'build', 'Release', 'node_cudnn.node');
  const release = join(process.cwd(), 'build', 'Release');
  mkdirSync(release, { recursive: true });
  copyFileSync(addon, join(release, 'node_cudnn.node'));
  for (const { name, path } of librariesBeside(addon)) {
    copyFileSync(path, join(release, name));
    chmodSync(join(release, name), 0o644);
  }
});
