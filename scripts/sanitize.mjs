// Builds the C++ tests with AddressSanitizer and UBSan, the CUDA backend's (fake libraries, emulated kernels) among them, and runs them:
// npm run sanitize. It takes a while, so that it is not a part of npm test.
//   --grep TEXT    only the tests whose names contain TEXT (a regular expression)
import { parseArgs } from 'node:util';
import { buildJobs } from './build-native.mjs';
import { ensureToolchain } from './setup/cuda.mjs';
import { capture, main, runQuietly, say, SetupError } from './setup/process.mjs';

const folder = 'build-sanitize';

await main(() => {
  const { values } = parseArgs({ options: { grep: { type: 'string' } } });
  const launcher = capture('ccache', ['--version']).ok ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : [];
  say('building the C++ tests with sanitizers');
  runQuietly('cmake', ['--preset', 'sanitize', `-DNODE_CUDNN_CUDA_ROOT=${ensureToolchain().root}`, ...launcher]);
  runQuietly('cmake', ['--build', folder, '--parallel', String(buildJobs()), '--target', 'native_tests', 'cuda_checks']);
  const filter = values.grep === undefined ? [] : ['--tests-regex', values.grep];
  const parallel = ['--parallel', String(buildJobs())];
  // threads of emulated blocks are fibers: their frames have to lie on the stack that runs
  const env = { ...process.env, ASAN_OPTIONS: `detect_stack_use_after_return=0:${process.env.ASAN_OPTIONS ?? ''}` };
  const { out, err } = capture('ctest', ['--test-dir', folder, '--output-on-failure', '--timeout', '1800', ...parallel, ...filter], {
    env,
  });
  const counts = out.match(/tests passed, (\d+) tests failed out of (\d+)/);
  if (!counts) throw new SetupError(`sanitize: expected ctest's counts, got ${(out + err).trim().split('\n').at(-1)}`);
  const failed = Number(counts[1]);
  if (failed > 0) {
    process.stdout.write(out.replace(/^\s*(Start\s+\d+:|\d+\/\d+ Test\s.*Passed).*\n/gm, ''));
    process.exitCode = 1;
  }
  process.stdout.write(`sanitize: ${Number(counts[2]) - failed} passed, ${failed} failed\n`);
});
