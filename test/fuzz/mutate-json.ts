/** What is done to JSON: values of other types, absurd numbers, deep nesting, names twice; the result is JSON still, mostly. */
import type { Random } from './random.js';

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string };

const NUMBERS = [0, -1, 0.5, -0, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1, 1e18, 1e308, -1e308, 1e-320, 255, 65536];
const TEXTS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'float16',
  'None',
  '../../etc/passwd',
  '/dev/zero',
  '\u0000',
  '\ud800',
  'Lambda',
  'Dense',
];

/** Stands for brackets that no function of JavaScript would walk through. */
const DEEP = '<deep>';

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Place['holder'], key });
    places((value as Record<string, unknown>)[key], found);
  }
  return found;
}

function nested(depth: number, list: boolean): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = list ? [value] : { class_name: 'Sequential', config: value };
  return value;
}

function other(random: Random, all: readonly Place[]): unknown {
  const make: (() => unknown)[] = [
    () => null,
    () => random.below(2) === 0,
    () => random.pick(NUMBERS),
    () => random.pick(NUMBERS),
    () => random.pick(TEXTS),
    () => [],
    () => ({}),
    () => [random.pick(NUMBERS), random.pick(NUMBERS)],
    () => nested(random.pick([10, 100, 150, 300]), random.below(2) === 0),
    () => DEEP,
    () => 'x'.repeat(random.length(4096)),
    () => {
      const { holder, key } = random.pick(all);
      return structuredClone((holder as Record<string, unknown>)[key]);
    },
  ];
  return random.pick(make)();
}

function change(value: unknown, random: Random): void {
  const all = places(value);
  if (all.length === 0) return;
  const { holder, key } = random.pick(all);
  const object = holder as Record<string, unknown>;
  const current = object[key];
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete object[key];
      return;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(current));
      else object[`${key}${random.pick(['', '_1', 's'])}`] = other(random, all);
      return;
    case 2:
      object[key] =
        typeof current === 'number' ? random.pick([current + 1, current - 1, -current, current * 2 ** 20, ...NUMBERS]) : other(random, all);
      return;
    case 3: {
      // values change places: names of other layers, other shapes
      const second = random.pick(all);
      const from = (second.holder as Record<string, unknown>)[second.key];
      object[key] = structuredClone(from);
      return;
    }
    default:
      object[key] = other(random, all);
  }
}

/** Changed text; `text` is JSON. */
export function mutateJson(text: string, random: Random): string {
  const value = JSON.parse(text) as unknown;
  for (let left = 1 + random.below(3); left > 0; left--) change(value, random);
  let out = JSON.stringify(value) ?? 'null';
  out = out.replaceAll(`"${DEEP}"`, () => '['.repeat(5000) + ']'.repeat(5000));
  // A name twice, which no object of JavaScript can have.
  if (random.below(10) === 0) out = out.replace(/"(\w+)":/, (match, name: string) => `"${name}":null,${match}`);
  return out;
}
