// Which shared libraries an addon needs beyond those of every Debian (the C and C++ run time), and where the loader finds them.
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { capture, SetupError } from '../setup/process.mjs';

const everywhere = /^(linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s))[-.]/;

function debianPackage(path) {
  for (const candidate of new Set([path, realpathSync(path), path.replace(/^\/lib\//, '/usr/lib/')])) {
    const owner = capture('dpkg-query', ['--search', candidate]).out.split(':')[0];
    if (owner) return owner;
  }
  // a copy in our own folder: the system's file of the same name tells
  return capture('dpkg-query', ['--search', `*/${basename(path)}`]).out.split(':')[0] || undefined;
}

export function librariesBeside(file) {
  const listed = capture('ldd', [file]);
  if (!listed.ok) throw new SetupError(`ldd ${file}: expected its libraries, got ${listed.err.trim()}`);
  return listed.out
    .split('\n')
    .map((line) => line.match(/^\s*(\S+)(?: => (\S+|not found))?/))
    .filter((match) => match && !everywhere.test(basename(match[1])))
    .map(([, name, path]) => {
      if (!path?.startsWith('/')) throw new SetupError(`${file}: expected ${name} to be found, got ${path ?? 'nothing'}`);
      return { name, path, debian: debianPackage(path) };
    });
}
