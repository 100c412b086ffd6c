// Everything that reads the sources without running them. Each check is named; all run even when one fails.
//   node scripts/lint.mjs [--fix]
import { readdirSync, existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { capture, main, root, SetupError } from './setup/process.mjs';
import { ensureCommands } from './setup/system.mjs';

// one version on Debian 12 and 13, because versions differ in taste
const clangFormat = 'clang-format-19';
const clangTidyName = 'clang-tidy-19';
const fix = process.argv.includes('--fix');
const node = (script, ...args) => capture(process.execPath, [join(root, 'node_modules', script), ...args]);

function cpp(endings) {
  return ['native', 'test/native']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((name) => endings.test(name))
    .sort();
}

/** clang-tidy needs the compiler's command lines and takes seconds a file: the core and the addon, where a mistake costs most. */
function clangTidy() {
  const files = cpp(/^native\/(core|addon)\/[^/]*\.cc$/);
  if (!existsSync(join(root, 'build', 'compile_commands.json'))) {
    throw new SetupError('clang-tidy: expected build/compile_commands.json, found none; run npm run build first');
  }
  const batches = Array.from({ length: Math.min(cpus().length, files.length) }, (_, k, n = cpus().length) =>
    files.filter((_, i) => i % n === k),
  );
  const line = batches
    .map((batch) => `${clangTidyName} -p build --quiet ${fix ? '--fix ' : ''}${batch.join(' ')} 2>/dev/null`)
    .map((c, i) => `${c} & p${i}=$!`);
  return capture('sh', ['-c', `${line.join('\n')}\ncode=0\n${batches.map((_, i) => `wait $p${i} || code=1`).join('\n')}\nexit $code`]);
}

const checks = {
  dependencies: () => capture(process.execPath, ['scripts/check-dependencies.mjs']),
  types: () => node('typescript/bin/tsc', '-p', 'tsconfig.check.json'),
  eslint: () => node('eslint/bin/eslint.js', '.', '--max-warnings=0', ...(fix ? ['--fix'] : [])),
  prettier: () => node('prettier/bin/prettier.cjs', fix ? '--write' : '--check', '--log-level=warn', '.'),
  'clang-format': () => capture(clangFormat, [...(fix ? ['-i'] : ['--dry-run', '--Werror']), ...cpp(/\.(h|cc|cpp|cu|cuh)$/)]),
  'clang-tidy': clangTidy,
};

await main(() => {
  ensureCommands({ [clangFormat]: clangFormat, [clangTidyName]: clangTidyName });
  for (const [name, check] of Object.entries(checks)) {
    const start = Date.now();
    const result = check();
    console.log(`lint ${name}: ${result.ok ? 'ok' : 'FAILED'} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    if (result.ok) continue;
    process.stdout.write(result.out + result.err);
    process.exitCode = 1;
  }
});
