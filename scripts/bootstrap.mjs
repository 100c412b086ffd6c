// Sets a clone up and runs one command in it; plain Node, because it must work before `npm ci`.
//   node scripts/bootstrap.mjs demo [options of "node-cudnn train"]   npm run demo
//   node scripts/bootstrap.mjs test [options of scripts/test.mjs]     npm test
//   node scripts/bootstrap.mjs build                                  only the set-up and the builds
// Every step is skipped when nothing changed, so a second run starts at once and needs no network.
import { spawnSync } from 'node:child_process';
import { buildNative } from './build-native.mjs';
import { buildTypeScript } from './build-ts.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { main, root, SetupError } from './setup/process.mjs';
import { checkNode, ensureSystem } from './setup/system.mjs';

const commands = {
  demo: { tests: false, start: ['dist/cli/main.js', 'train', '--dataset', 'digits'] },
  test: { tests: true, start: ['scripts/test.mjs'] },
  build: { tests: true },
};

await main(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new SetupError(`bootstrap: expected ${Object.keys(commands).join(', ')}, got ${name ?? 'nothing'}`);
  checkNode();
  ensureSystem({ tests: command.tests });
  ensurePackages();
  await buildNative({ tests: command.tests });
  await buildTypeScript();
  if (!command.start) return;
  const child = spawnSync(process.execPath, [...command.start, ...rest], { cwd: root, stdio: 'inherit' });
  if (child.signal) process.kill(process.pid, child.signal);
  process.exitCode = child.status ?? 1;
});
