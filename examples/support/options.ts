/** The options that all examples share. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setDevice } from 'node-cudnn';

export interface Options {
  epochs: number;
  seed: number;
  /** What `datasets.mnist` takes: the folder given by --data, if any. */
  data: { directory?: string };
  /** Where pictures go. */
  out: string;
  flags: Record<string, boolean>;
}

/** Reads --epochs, --seed, --data, --device, --out and switches of the example's own. */
export function options(defaults: { epochs: number; flags?: readonly string[] }): Options {
  const switches = Object.fromEntries((defaults.flags ?? []).map((flag) => [flag, { type: 'boolean' as const, default: false }]));
  const text = { type: 'string' as const };
  const { values } = parseArgs({ options: { epochs: text, seed: text, data: text, device: text, out: text, ...switches } });
  const given = values as Record<string, string | boolean | undefined>;
  const whole = (name: string, fallback: number): number => {
    const value = given[name] === undefined ? fallback : Number(given[name]);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new RangeError(`--${name}: expected a whole number, got ${String(given[name])}`);
  };
  if (given['device'] !== undefined) setDevice(given['device'] as 'cpu');
  const out = given['out'] === undefined ? 'pictures' : String(given['out']);
  mkdirSync(out, { recursive: true });
  return {
    epochs: whole('epochs', defaults.epochs),
    seed: whole('seed', 7),
    data: given['data'] === undefined ? {} : { directory: String(given['data']) },
    out,
    flags: Object.fromEntries((defaults.flags ?? []).map((flag) => [flag, given[flag] === true])),
  };
}
