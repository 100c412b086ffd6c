// What the native build needs from the system, how to tell whether it is there, and the Debian package that brings it.
import { existsSync, readdirSync } from 'node:fs';
import { capture, run, say, SetupError } from './process.mjs';

const compiler = process.env.CXX || 'c++';

function atLeast(version, minimum) {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < minimum.length; i++) {
    if ((parts[i] ?? 0) !== minimum[i]) return (parts[i] ?? 0) > minimum[i];
  }
  return true;
}

function versionOf(command) {
  return capture(command, ['--version']).out.match(/\d+(\.\d+)+/)?.[0];
}

function compiles(source) {
  return capture(compiler, ['-std=c++17', '-x', 'c++', '-fsyntax-only', '-'], { input: source }).ok;
}

const needs = [
  {
    what: 'a C++17 compiler with OpenMP',
    debian: 'g++',
    found: () => compiles('#include <omp.h>\n#include <string_view>\nint main() { return std::string_view("x").empty(); }\n'),
  },
  { what: 'cmake 3.22 or newer', debian: 'cmake', found: () => atLeast(versionOf('cmake') ?? '0', [3, 22]) },
  { what: 'ninja', debian: 'ninja-build', found: () => versionOf('ninja') !== undefined },
  { what: "oneDNN's headers", debian: 'libdnnl-dev', found: () => compiles('#include <oneapi/dnnl/dnnl.hpp>\n') },
  { what: 'GoogleTest', debian: 'libgtest-dev', found: () => compiles('#include <gtest/gtest.h>\n'), testOnly: true },
];

export function checkNode() {
  if (atLeast(process.versions.node, [20])) return;
  throw new SetupError(`Node: expected version 20 or newer, got ${process.versions.node}; install a newer Node`);
}

/** The programs before an apt-get that may install: none for root, sudo where it asks no password, else undefined. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  return capture('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}

function aptGet(packages) {
  const before = privilege();
  const line = `apt-get install -y ${packages.join(' ')}`;
  if (!capture('apt-get', ['--version']).ok) {
    throw new SetupError(`set-up: expected a Debian system with apt-get, found none; install what Debian calls ${packages.join(', ')}`);
  }
  if (!before) {
    throw new SetupError(
      `set-up: expected the right to install packages, got user ${process.getuid()} without sudo; run this as root, then try again:\n  ${line}`,
    );
  }
  say(`installing ${packages.join(', ')} (${line})`);
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const apt = (...args) => [...before, ...env, 'apt-get', '-qq', ...args];
  const install = apt('install', '-y', '--no-install-recommends', ...packages);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  // package lists that were never loaded, or that name files which the mirror no longer has, need an update first
  if (hasPackageLists() && capture(install[0], install.slice(1)).ok) return;
  const update = apt('update');
  run(update[0], update.slice(1), quiet);
  run(install[0], install.slice(1), quiet);
}

function hasPackageLists() {
  const folder = '/var/lib/apt/lists';
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('_Packages') || name.endsWith('_Packages.lz4'));
}

/** Installs what is missing, or throws with the exact line to type. `tests` adds what only the C++ tests need. */
export function ensureSystem({ tests }) {
  const missing = () => needs.filter((need) => (tests || !need.testOnly) && !need.found());
  const before = missing();
  if (before.length === 0) return;
  say(`missing: ${before.map((need) => `${need.what} (Debian package ${need.debian})`).join(', ')}`);
  aptGet(before.map((need) => need.debian));
  const after = missing();
  if (after.length > 0) {
    throw new SetupError(
      `set-up: expected ${after.map((need) => need.what).join(', ')} after installing ${after.map((need) => need.debian).join(', ')}, still not found; ` +
        `check that ${compiler} and cmake on the PATH are the system's`,
    );
  }
}

/** A Python 3 with pip, the system's installed where there is none. */
export function ensurePip() {
  const pythons = ['python3', '/usr/bin/python3'];
  const found = () => pythons.find((python) => capture(python, ['-m', 'pip', '--version']).ok);
  const before = found();
  if (before !== undefined) return before;
  aptGet(['python3-pip']);
  const after = found();
  if (after !== undefined) return after;
  throw new SetupError('set-up: expected pip for Python 3 after installing python3-pip, still not found');
}

/** Installs Debian packages whose programs (`command`) are not on the PATH. */
export function ensureCommands(commands) {
  const missing = Object.entries(commands).filter(([command]) => versionOf(command) === undefined);
  if (missing.length > 0) aptGet(missing.map(([, debian]) => debian));
}
