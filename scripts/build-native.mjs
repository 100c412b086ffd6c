// Builds the addon (and the C++ tests) into build/: cmake-js configures once, after that ninja decides what to do.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, main, root, runQuietly, say, SetupError } from './setup/process.mjs';

const folder = join(root, 'build');

/** The number of compilers at a time: NODE_CUDNN_BUILD_JOBS, or one a core. */
export function buildJobs() {
  const wish = process.env.NODE_CUDNN_BUILD_JOBS;
  if (wish === undefined || wish === '') return cpus().length;
  if (!/^[1-9]\d*$/.test(wish)) throw new SetupError(`NODE_CUDNN_BUILD_JOBS: expected a whole number from 1, got ${wish}`);
  return Number(wish);
}

function configuration(tests) {
  const settings = [`--CDNODE_CUDNN_TESTS=${tests ? 'ON' : 'OFF'}`];
  if (capture('ccache', ['--version']).ok) settings.push('--CDCMAKE_CXX_COMPILER_LAUNCHER=ccache');
  return settings;
}

/** Configures when the settings differ from those of the last time; tests once asked for stay on. */
function configure(tests) {
  const note = join(folder, '.configured');
  const before = existsSync(note) && existsSync(join(folder, 'build.ninja')) ? readFileSync(note, 'utf8') : '';
  const wanted = [root, ...configuration(tests || before.includes('NODE_CUDNN_TESTS=ON'))];
  if (before === wanted.join('\n')) return;
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
  runQuietly(process.execPath, [cmakeJs, 'configure', '--generator', 'Ninja', '--directory', root, '--out', folder, ...wanted.slice(1)]);
  writeFileSync(note, wanted.join('\n'));
}

/** Runs ninja and tells of it once there is something to compile: an up-to-date build says nothing. */
async function compile(targets) {
  const start = Date.now();
  const child = spawn('cmake', ['--build', folder, '--parallel', String(buildJobs()), '--target', ...targets], { cwd: root });
  let output = '';
  let said = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      const steps = [...text.matchAll(/^\[(\d+\/\d+)\] (?:Building|Linking)/gm)];
      if (steps.length === 0) return;
      if (!said) say('building the native part');
      said = true;
      if (process.stderr.isTTY) process.stderr.write(`\r${steps.at(-1)[1]} `);
    });
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (said && process.stderr.isTTY) process.stderr.write('\r');
  if (code !== 0) {
    const failed = output.indexOf('FAILED:');
    process.stderr.write(failed < 0 ? output : output.slice(failed));
    throw new SetupError(`native build: expected exit code 0 of cmake --build, got ${code}; the compiler's words are above`);
  }
  if (said) say(`built the native part in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

export async function buildNative({ tests }) {
  configure(tests);
  await compile(tests ? ['node_cudnn', 'native_tests'] : ['node_cudnn']);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(() => buildNative({ tests: process.argv.includes('--tests') }));
