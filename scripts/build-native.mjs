// Builds the addon (and the C++ tests, and the CUDA backend) into build/: cmake-js configures once, after that ninja decides what to do.
//   node scripts/build-native.mjs [--tests] [--cuda]
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sentenceOf } from './cuda/facts.mjs';
import { ensureToolchain } from './setup/cuda.mjs';
import { capture, main, root, runQuietly, say, SetupError } from './setup/process.mjs';

const folder = join(root, 'build');
/** The CUDA backend, with what ptxas said of its kernels in a .json beside it. */
export const pluginFile = join(folder, 'Release', 'node_cudnn_cuda.so');

/** The number of compilers at a time: NODE_CUDNN_BUILD_JOBS, or one a core. */
export function buildJobs() {
  const wish = process.env.NODE_CUDNN_BUILD_JOBS;
  if (wish === undefined || wish === '') return cpus().length;
  if (!/^[1-9]\d*$/.test(wish)) throw new SetupError(`NODE_CUDNN_BUILD_JOBS: expected a whole number from 1, got ${wish}`);
  return Number(wish);
}

/** What a release is compiled for, and the one that shows that it compiles. */
export const releaseArchitectures = [75, 80, 86, 89, 90, 100, 120];
const testArchitectures = [90];

/** The GPUs to compile for: NODE_CUDNN_CUDA_ARCHITECTURES ("75,90"), else those given. */
function architectures(fallback) {
  const wish = process.env.NODE_CUDNN_CUDA_ARCHITECTURES;
  if (wish === undefined || wish === '') return fallback;
  if (/^\d{2,3}(,\d{2,3})*$/.test(wish)) return wish.split(',').map(Number);
  throw new SetupError(`NODE_CUDNN_CUDA_ARCHITECTURES: expected numbers such as 75,90, got ${wish}`);
}

/** `cuda`: { toolchain, architectures }, or undefined. */
function configuration({ tests, cuda, before }) {
  const settings = [`--CDNODE_CUDNN_TESTS=${tests || before.includes('--CDNODE_CUDNN_TESTS=ON') ? 'ON' : 'OFF'}`];
  if (capture('ccache', ['--version']).ok) settings.push('--CDCMAKE_CXX_COMPILER_LAUNCHER=ccache');
  // what was once asked for stays configured, so that a build without it does not undo it
  if (!cuda) return [...settings, ...before.filter((setting) => setting.startsWith('--CDNODE_CUDNN_CUDA'))];
  const { root: place, nvcc, include, cudart, cudnn, frontend } = cuda.toolchain;
  const includes = [...new Set([include, cudnn, frontend])].filter((folder) => !folder.startsWith('/usr/include'));
  return [
    ...settings,
    '--CDNODE_CUDNN_CUDA=ON',
    `--CDNODE_CUDNN_CUDA_ARCHITECTURES=${cuda.architectures.join(';')}`,
    `--CDNODE_CUDNN_CUDA_ROOT=${place}`,
    `--CDNODE_CUDNN_CUDA_NVCC=${nvcc}`,
    `--CDNODE_CUDNN_CUDA_INCLUDE=${includes.join(';')}`,
    `--CDNODE_CUDNN_CUDA_CUDART=${cudart}`,
  ];
}

/** Configures when the settings differ from those of the last time. */
function configure({ tests, cuda }) {
  const note = join(folder, '.configured');
  const before = existsSync(note) && existsSync(join(folder, 'build.ninja')) ? readFileSync(note, 'utf8').split('\n') : [];
  const wanted = [root, ...configuration({ tests, cuda, before })];
  if (before.join('\n') === wanted.join('\n')) return;
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
  runQuietly(process.execPath, [cmakeJs, 'configure', '--generator', 'Ninja', '--directory', root, '--out', folder, ...wanted.slice(1)]);
  writeFileSync(note, wanted.join('\n'));
}

/** Runs ninja and tells of it once there is something to compile: an up-to-date build says nothing. */
async function compile(targets) {
  const start = Date.now();
  // What ccache keeps serves every clone, wherever it lies: paths below this one are told apart by where they lie in it.
  const env = { CCACHE_BASEDIR: root, CCACHE_NOHASHDIR: '1', ...process.env };
  const child = spawn('cmake', ['--build', folder, '--parallel', String(buildJobs()), '--target', ...targets], { cwd: root, env });
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
  return said;
}

/** ctest counts a test program that was not built as failed. */
const cudaConfigured = () => readFileSync(join(folder, '.configured'), 'utf8').includes('--CDNODE_CUDNN_CUDA=ON');

/** `cuda`: a toolchain of setup/cuda.mjs, to build the CUDA backend with. */
export async function buildNative({ tests, cuda, release = false }) {
  const fallback = release ? releaseArchitectures : testArchitectures;
  configure({ tests, cuda: cuda && { toolchain: cuda, architectures: architectures(fallback) } });
  const built = await compile([
    'node_cudnn',
    ...(tests ? ['native_tests', ...(cudaConfigured() ? ['cuda_checks'] : [])] : []),
    ...(cuda ? ['node_cudnn_cuda'] : []),
  ]);
  if (built && cuda) say(sentenceOf(JSON.parse(readFileSync(`${pluginFile}.json`, 'utf8'))));
}

/** The program that builds cuDNN's plans and the stand-in for a driver (test/plans); where they are. */
export async function buildPlans(toolchain) {
  configure({ tests: false, cuda: { toolchain, architectures: architectures(testArchitectures) } });
  await compile(['cuda_plans', 'cuda_stand_in_driver']);
  return { program: join(folder, 'test', 'plans', 'cuda_plans'), standIn: join(folder, 'stand_in_driver') };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => {
    const [tests, cuda] = ['--tests', '--cuda'].map((name) => process.argv.includes(name));
    return buildNative({ tests, cuda: cuda ? ensureToolchain() : undefined });
  });
}
