/** The Python of the tests, with Keras and readers of files: what scripts/setup/python.mjs has put there. */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';

interface Found {
  readonly python: string;
  /** Where its packages are. */
  readonly folder: string;
}

function find(): Found | { readonly skipped: string } {
  const told = process.env['NODE_CUDNN_TEST_PYTHON'];
  const script = path.join(__dirname, '../../scripts/setup/python.mjs');
  return JSON.parse(told ?? execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Found | { skipped: string };
}

let found: ReturnType<typeof find> | undefined;

/** `it` where the tests have a Python, else `it.skip`: npm test says why. */
export function itWithPython(title: string, body: Mocha.AsyncFunc): void {
  found ??= find();
  if ('skipped' in found) it.skip(`${title} (${found.skipped})`);
  else it(title, body);
}

/** What a Python program (`-c` with its text, or a file) prints; it sees the tests' packages only, and Keras trains with jax on the CPU. */
export async function runPython(args: readonly string[], options: { timeout?: number } = {}): Promise<string> {
  found ??= find();
  if ('skipped' in found) throw new Error(`no Python for the tests: ${found.skipped}`);
  const env = {
    ...process.env,
    PYTHONPATH: found.folder,
    PYTHONNOUSERSITE: '1',
    PYTHONUTF8: '1',
    PYTHONPYCACHEPREFIX: path.join(found.folder, 'bytecode'),
    KERAS_BACKEND: 'jax',
    JAX_PLATFORMS: 'cpu',
    // Small programs that run a few times: compiling them is what takes time, and once is enough.
    XLA_FLAGS: '--xla_backend_optimization_level=0',
    JAX_COMPILATION_CACHE_DIR: path.join(found.folder, 'compiled'),
    JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0',
  };
  const child = spawn(found.python, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: options.timeout ?? 300_000 });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0)
    throw new Error(`python ${args[0] === '-c' ? '-c ...' : args.join(' ')}: expected exit code 0, got ${code}\n${err}${out}`);
  return out;
}
