/** Finds and loads the native addon, and checks that both sides mean the same ops. */
import path from 'node:path';
import type { NativeAddon, NativeOp } from '../../typings/addon.js';
import { LoadError } from '../errors.js';

/** An op as TypeScript declares it; bound to the addon's opcode when that is loaded. */
export interface OpDefinition {
  readonly name: string;
  readonly attrs: readonly string[];
  /** Which attributes are float64 words. */
  readonly floats: readonly boolean[];
  opcode: number;
}

let addon: NativeAddon | undefined;
let table: Map<string, NativeOp> | undefined;
const definitions: OpDefinition[] = [];

function bind(definition: OpDefinition, ops: Map<string, NativeOp>): void {
  const native = ops.get(definition.name);
  const declared = definition.attrs.join(', ');
  if (!native) {
    throw new LoadError({
      where: `op ${definition.name}`,
      expected: 'an op of the native addon',
      received: 'none of that name',
      hint: 'the addon and the JavaScript are of different versions; build or install both again',
    });
  }
  if (native.attrs.join(', ') !== declared) {
    throw new LoadError({
      where: `op ${definition.name}`,
      expected: `attributes [${declared}] (JavaScript)`,
      received: `[${native.attrs.join(', ')}] (native addon)`,
      hint: 'the addon and the JavaScript are of different versions; build or install both again',
    });
  }
  definition.opcode = native.opcode;
}

/** Declares an op: its name and attributes as in native/ops. "name:f" is a float64, "name..." any number of integers. */
export function declareOp(name: string, attrs: readonly string[]): OpDefinition {
  const definition: OpDefinition = { name, attrs, floats: attrs.map((attr) => attr.endsWith(':f')), opcode: 0 };
  definitions.push(definition);
  if (table) bind(definition, table);
  return definition;
}

/** Where the package's root lies, from dist/native as from lib/native. */
export const packageRoot = path.resolve(__dirname, '..', '..');

/**
 * Runs `load` with OpenMP told how long a thread that is out of work spins before it sleeps: it reads the environment when it is loaded. By
 * default it spins for milliseconds, which on a machine with other work to do takes the cores from those it waits for: a step of 2 ms took
 * 190 ms beside a few compilers, and 30 ms with this.
 */
function withShortSpins<T>(load: () => T): T {
  const { env } = process;
  if (env['OMP_WAIT_POLICY'] !== undefined || env['GOMP_SPINCOUNT'] !== undefined) return load();
  env['GOMP_SPINCOUNT'] = '1000';
  try {
    return load();
  } finally {
    delete env['GOMP_SPINCOUNT'];
  }
}

/** The addon, loaded at its first use: a local build, else the prebuilt one. */
export function loadAddon(): NativeAddon {
  if (addon) return addon;
  let loaded: NativeAddon;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const find = require('node-gyp-build') as (directory: string) => NativeAddon;
    loaded = withShortSpins(() => find(packageRoot));
  } catch (cause) {
    throw new LoadError({
      where: 'node-cudnn',
      expected: `a native addon for ${process.platform}-${process.arch}, Node-API 8`,
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'install the package on a supported platform (Linux x64, glibc 2.36 or newer), or build it with npm run build',
      cause,
    });
  }
  const ops = new Map(loaded.ops().map((op) => [op.name, op]));
  for (const definition of definitions) bind(definition, ops);
  table = ops;
  addon = loaded;
  return loaded;
}
