/** Where and of what a result was made: a figure without this is only a number. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Machine {
  cpu: string;
  cores: number;
  memoryMegabytes: number;
  node: string;
  version: string;
  commit: string;
}

function commitOf(root: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'lib', 'native') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? ', with changes' : '');
  } catch {
    return 'not a git checkout';
  }
}

export function describeMachine(root: string): Machine {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    version: packageJson.version,
    commit: commitOf(root),
  };
}

/** Runnable tasks in the last minute, the benchmark's own among them: more than the cores means that others took part of the machine. */
export function load(): number {
  return Number(loadavg()[0]!.toFixed(2));
}

/** Whether dist/ was compiled from the sources that lie here; the sides of this library run what is in dist/. */
export async function libraryIsCurrent(root: string): Promise<boolean> {
  const build = (await import(pathToFileURL(join(root, 'scripts', 'build-ts.mjs')).href)) as { typeScriptIsCurrent(): boolean };
  return build.typeScriptIsCurrent();
}
