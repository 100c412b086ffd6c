/** The options that all examples share, and how each tells its figure. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type DeviceName, ops, setDevice, type Tensor, utils } from 'node-cudnn';

interface Split {
  x: Tensor;
  y: Tensor;
}

export interface Options {
  epochs: number;
  seed: number;
  /** What the functions of `datasets` take: the folder given by --data, if any. */
  data: { directory?: string };
  /** The first images only where --images asks for it: enough to try an example out. */
  shorten: <A extends Split, B extends Split>(set: { train: A; test: B }) => { train: A; test: B };
  flags: Record<string, boolean>;
  /** Options with a text that only this example has. */
  texts: Record<string, string | undefined>;
  /** Draws a picture into the folder of --out, and says so; nothing with --no-pictures. */
  picture: (name: string, draw: (file: string) => Promise<void>) => Promise<void>;
  /** A file in the folder of --out. */
  file: (name: string) => string;
  /** Prints the figure that the example is about; --result writes it to a file as well. */
  result: (text: string, value: number) => void;
}

/** Reads --epochs, --seed, --data, --images, --device, --out, --no-pictures, --result and switches of the example's own, and sets seed and device. */
export function options(defaults: { epochs: number; flags?: readonly string[]; texts?: readonly string[] }): Options {
  const own = [...(defaults.flags ?? []), 'no-pictures'];
  const switches = Object.fromEntries(own.map((flag) => [flag, { type: 'boolean' as const, default: false }]));
  const text = { type: 'string' as const };
  const ownTexts = defaults.texts ?? [];
  const { values } = parseArgs({
    options: {
      ...{ epochs: text, seed: text, data: text, images: text, device: text, out: text, result: text },
      ...Object.fromEntries(ownTexts.map((name) => [name, text])),
      ...switches,
    },
  });
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
    shorten(set) {
      const count = given['images'] === undefined ? undefined : whole('images', 0);
      if (count === undefined) return set;
      const first = (x: Tensor) => ops.slice(x, Array<number>(x.shape.length).fill(0), [Math.min(count, x.shape[0]!), ...x.shape.slice(1)]);
      const part = <S extends Split>(split: S): S => ({ ...split, x: first(split.x), y: first(split.y) });
      return { train: part(set.train), test: part(set.test) };
    },
    flags: Object.fromEntries(own.map((flag) => [flag, given[flag] === true])),
    texts: Object.fromEntries(ownTexts.map((name) => [name, given[name] as string | undefined])),
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
