/** The options that all examples share, and how each tells its figure. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type DeviceName, setDevice, utils } from 'node-cudnn';

export interface Options {
  epochs: number;
  seed: number;
  /** What the functions of `datasets` take: the folder given by --data, if any. */
  data: { directory?: string };
  flags: Record<string, boolean>;
  /** Draws a picture into the folder of --out, and says so; nothing with --no-pictures. */
  picture: (name: string, draw: (file: string) => Promise<void>) => Promise<void>;
  /** A file in the folder of --out. */
  file: (name: string) => string;
  /** Prints the figure that the example is about; --result writes it to a file as well. */
  result: (text: string, value: number) => void;
}

/** Reads --epochs, --seed, --data, --device, --out, --no-pictures, --result and switches of the example's own, and sets seed and device. */
export function options(defaults: { epochs: number; flags?: readonly string[] }): Options {
  const own = [...(defaults.flags ?? []), 'no-pictures'];
  const switches = Object.fromEntries(own.map((flag) => [flag, { type: 'boolean' as const, default: false }]));
  const text = { type: 'string' as const };
  const { values } = parseArgs({ options: { epochs: text, seed: text, data: text, device: text, out: text, result: text, ...switches } });
  const given = values as Record<string, string | boolean | undefined>;
  const whole = (name: string, fallback: number): number => {
    const value = given[name] === undefined ? fallback : Number(given[name]);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new RangeError(`--${name}: expected a whole number, got ${String(given[name])}`);
  };
  if (given['device'] !== undefined) setDevice(given['device'] as DeviceName);
  const seed = whole('seed', 7);
  utils.setRandomSeed(seed);
  const out = given['out'] === undefined ? 'pictures' : String(given['out']);
  mkdirSync(out, { recursive: true });
  const start = performance.now();
  return {
    epochs: whole('epochs', defaults.epochs),
    seed,
    data: given['data'] === undefined ? {} : { directory: String(given['data']) },
    flags: Object.fromEntries(own.map((flag) => [flag, given[flag] === true])),
    file: (name) => `${out}/${name}`,
    async picture(name, draw) {
      if (given['no-pictures'] === true) return;
      const file = `${out}/${name}`;
      await draw(file);
      console.log(`picture: ${file}`);
    },
    result(words, value) {
      console.log(words);
      const seconds = (performance.now() - start) / 1000;
      if (given['result'] !== undefined) writeFileSync(String(given['result']), JSON.stringify({ text: words, value, seconds }));
    },
  };
}
