// Sets a clone up and runs one command in it; plain Node, because it must work before `npm ci`.
//   node scripts/bootstrap.mjs demo [options of "node-cudnn train"]   npm run demo
//   node scripts/bootstrap.mjs test [options of scripts/test.mjs]     npm test
//   node scripts/bootstrap.mjs build                                  only the set-up and the builds
// The CUDA backend is built as well: always for the tests, for the demo where there is an NVIDIA GPU, never with NODE_CUDNN_BUILD=cpu.
// The tests have Python packages of their own as well, Keras among them, to compare with (setup/python.mjs); never with NODE_CUDNN_PYTHON=none.
// Every step is skipped when nothing changed, so a second run starts at once and needs no network.
import { spawnSync } from 'node:child_process';
import { buildNative } from './build-native.mjs';
import { buildTypeScript } from './build-ts.mjs';
import { ensureToolchain, hasGpu } from './setup/cuda.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { main, root, say, SetupError } from './setup/process.mjs';
import { ensureTestPython } from './setup/python.mjs';
import { checkNode, ensureSystem } from './setup/system.mjs';

const commands = {
  demo: { tests: false, start: ['dist/cli/main.js', 'train', '--dataset', 'digits'] },
  test: { tests: true, python: true, start: ['scripts/test.mjs'] },
  build: { tests: true },
};

/** The CUDA toolchain, or why there is none; for the demo without a GPU neither. */
function cudaToolchain(forTests) {
  const wish = process.env.NODE_CUDNN_BUILD ?? '';
  if (wish !== '' && wish !== 'cpu') throw new SetupError(`NODE_CUDNN_BUILD: expected cpu or nothing, got ${wish}`);
  if (wish === 'cpu') return { skipped: 'NODE_CUDNN_BUILD=cpu' };
  if (!forTests && !hasGpu()) return {};
  try {
    return { toolchain: ensureToolchain() };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`${error.message}; going on without the CUDA backend, with the CPU`);
    return { skipped: error.message };
  }
}

/** The Python that tests compare with, or why there is none. */
function testPython() {
  try {
    return ensureTestPython();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`${error.message}; going on, what needs it is skipped`);
    return { skipped: error.message };
  }
}

await main(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new SetupError(`bootstrap: expected ${Object.keys(commands).join(', ')}, got ${name ?? 'nothing'}`);
  checkNode();
  ensureSystem({ tests: command.tests });
  ensurePackages();
  const cuda = cudaToolchain(command.tests);
  const python = command.python ? { NODE_CUDNN_TEST_PYTHON: JSON.stringify(testPython()) } : {};
  await buildNative({ tests: command.tests, cuda: cuda.toolchain });
  await buildTypeScript();
  if (!command.start) return;
  const child = spawnSync(process.execPath, [...command.start, ...rest], {
    cwd: root,
    stdio: 'inherit',
    // scripts/test.mjs tells what is missing, so that nobody takes a test without it for a whole one
    env: { ...process.env, NODE_CUDNN_TEST_WITHOUT_CUDA: cuda.skipped ?? '', ...python },
  });
  if (child.signal) process.kill(process.pid, child.signal);
  process.exitCode = child.status ?? 1;
});
