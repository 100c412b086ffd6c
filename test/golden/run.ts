/** Holds the library to what Keras answers: every case of cases/ and of GOLDEN_DIR. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tidy } from '../../lib/index.js';
import { ArgumentError, LoadError } from '../../lib/errors.js';
import { type GoldenCase, NotImplemented, type Precision } from './format.js';
import { kinds } from './kinds/index.js';

interface Outcome {
  passed: number;
  failed: number;
  missing: Map<string, number>;
}

function casesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

async function runCase(golden: GoldenCase): Promise<void> {
  const kind = kinds[golden.kind];
  if (!kind) throw new NotImplemented(`kind ${golden.kind}`);
  const precisions: Precision[] = kind.precisions ?? ['float64', 'float32'];
  for (const precision of precisions) {
    try {
      if (kind.run.constructor.name === 'AsyncFunction') await kind.run(golden, precision);
      else tidy(() => void kind.run(golden, precision));
    } catch (error) {
      if (error instanceof Error && !(error instanceof NotImplemented)) error.message = `(${precision}) ${error.message}`;
      throw error;
    }
  }
}

async function main(): Promise<void> {
  const folders = [path.join(__dirname, 'cases')];
  const more = process.env['GOLDEN_DIR'];
  if (more !== undefined && more !== '') folders.push(more);
  const only = process.argv[2];
  const outcome: Outcome = { passed: 0, failed: 0, missing: new Map() };
  for (const folder of folders) {
    if (!existsSync(folder)) throw new LoadError({ where: 'golden', expected: `a folder ${folder}`, received: 'none' });
    for (const file of casesBelow(folder)) {
      const golden = JSON.parse(readFileSync(file, 'utf8')) as GoldenCase;
      const name = `${golden.kind}/${golden.name}`;
      if (only !== undefined && !name.includes(only)) continue;
      try {
        await runCase(golden);
        outcome.passed++;
      } catch (error) {
        const unaided = error instanceof LoadError && /optional package '(\w+)'/.exec(error.message);
        if (unaided) {
          const what = `${golden.kind} without the optional package ${unaided[1]}`;
          outcome.missing.set(what, (outcome.missing.get(what) ?? 0) + 1);
        } else if (error instanceof NotImplemented) {
          const what = `${golden.kind} ${error.message}`;
          outcome.missing.set(what, (outcome.missing.get(what) ?? 0) + 1);
        } else {
          outcome.failed++;
          process.stdout.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
          if (only !== undefined && error instanceof Error && !(error instanceof ArgumentError))
            process.stdout.write(`${error.stack ?? ''}\n`);
        }
      }
    }
  }
  let missing = 0;
  for (const [what, count] of outcome.missing) {
    missing += count;
    process.stdout.write(`not implemented: ${what} (${count})\n`);
  }
  process.stdout.write(`golden: ${outcome.passed} passed, ${outcome.failed} failed, ${missing} not implemented\n`);
  process.exitCode = outcome.failed > 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
