// npm ci, only when what is installed differs from package-lock.json: a second run needs no network.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './process.mjs';

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** npm notes what it installed in node_modules/.package-lock.json; optional packages of other systems are not in there. */
export function packagesAreCurrent() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    return installed[path] ? installed[path].version === entry.version : entry.optional === true || entry.devOptional === true;
  });
}

export function ensurePackages() {
  if (packagesAreCurrent()) return;
  say('installing npm packages (npm ci)');
  // onnxruntime-node would fetch its CUDA part (.npmrc says so as well, to those who call npm themselves).
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'], env });
}
