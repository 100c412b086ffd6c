// Running other programs from the build scripts: plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Ends the script with one sentence on stderr. */
export class SetupError extends Error {}

/** A line on stderr that tells what is done now, so that stdout keeps the results only. */
export function say(message) {
  process.stderr.write(`${message}\n`);
}

/** Runs a program in the project's root with its output shown; throws when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw new SetupError(`${command}: expected it to start, got ${result.error.message}`);
  if (result.status !== 0) {
    throw new SetupError(`${command} ${args.join(' ')}: expected exit code 0, got ${result.status ?? result.signal}; see its output above`);
  }
}

/** Runs a program quietly: its exit code and what it printed (both streams are shown when `run` would have thrown). */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return {
    ok: !result.error && result.status === 0,
    status: result.status,
    signal: result.signal,
    out: result.stdout ?? '',
    err: result.stderr ?? '',
  };
}

/** Runs a program quietly and shows its output only when it fails. */
export function runQuietly(command, args, options = {}) {
  const result = capture(command, args, options);
  if (result.ok) return result.out;
  process.stderr.write(result.out + result.err);
  throw new SetupError(`${command} ${args.join(' ')}: expected exit code 0, got ${result.status ?? result.signal}; see its output above`);
}

/** Runs the body of a script: a SetupError is one sentence and exit code 1, anything else keeps its stack. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    process.stderr.write(error instanceof SetupError ? `node-cudnn: ${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  }
}
