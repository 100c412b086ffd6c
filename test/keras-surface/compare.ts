/** What of Keras' surface (surface.json) the library lacks, says otherwise or has by another default. */
import { isDeepStrictEqual } from 'node:util';
import * as lib from '../../lib/index.js';
import { resetNames } from '../../lib/layers/names.js';
import { compileToKeras, optimizerToKeras, toKeras } from '../../lib/keras/index.js';
import { objectToKeras } from '../../lib/keras/write.js';
import type { Configured, Serialized } from '../../lib/options/index.js';
import type { Optimizer } from '../../lib/optimizers/index.js';
import type { Declared } from './declared.js';

/** Name and default; a name alone where it must be given. */
type Parameter = readonly [name: string, fallback?: unknown];

export interface Entry {
  readonly alias?: string;
  readonly class?: readonly Parameter[];
  readonly function?: readonly Parameter[];
  /** What the class was made with. */
  readonly with?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Surface {
  readonly keras: string;
  readonly top: readonly string[];
  readonly modules: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
  /** Methods with their parameters; null for properties. */
  readonly members: Readonly<Record<string, Readonly<Record<string, readonly Parameter[] | null>>>>;
}

/** Namespaces that have another place here. */
const PLACES: Readonly<Record<string, string>> = {
  random: 'ops.random',
  'optimizers.schedules': 'schedules',
  'preprocessing.image': 'utils',
  'preprocessing.sequence': 'utils',
};

const CLASSES: Readonly<Record<string, string>> = {
  Optimizer: 'optimizers.Optimizer',
  Metric: 'metrics.Metric',
  Loss: 'losses.Loss',
  Callback: 'callbacks.Callback',
  Initializer: 'initializers.Initializer',
  Regularizer: 'regularizers.Regularizer',
  Constraint: 'constraints.Constraint',
};

export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/^beta_(\d)/, 'beta$1');
}

function namespaceOf(module: string): Readonly<Record<string, unknown>> | undefined {
  let found: unknown = lib;
  for (const part of (PLACES[module] ?? module).split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
  return found as Readonly<Record<string, unknown>> | undefined;
}

/** Our names for one of Keras': the factory before the class. */
function ours(module: string, name: string): string[] {
  const wanted = camel(name).toLowerCase();
  const found = Object.keys(namespaceOf(module) ?? {}).filter((key) => key.toLowerCase() === wanted);
  return found.sort((a, b) => Number(/^[A-Z]/.test(a)) - Number(/^[A-Z]/.test(b)));
}

/** `module.name` of everything in Keras' modules that has no name here. */
export function missingNames({ modules }: Surface): string[] {
  return Object.entries(modules).flatMap(([module, names]) =>
    Object.keys(names)
      .filter((name) => ours(module, name).length === 0)
      .map((name) => `${module}.${name}`),
  );
}

function lacks(path: string, parameters: readonly Parameter[], taken: ReadonlySet<string>): string[] {
  // An underscore marks what a base does not use.
  const known = new Set([...taken].map((name) => name.replace(/^_/, '').toLowerCase()));
  return parameters
    .filter((parameter) => parameter.length === 2 && !known.has(camel(parameter[0]).toLowerCase()))
    .map(([name]) => `${path}(${name})`);
}

/** `module.name(option)` of options that the types of our functions do not have. */
export function missingOptions({ modules }: Surface, declared: Declared): string[] {
  return Object.entries(modules).flatMap(([module, names]) =>
    Object.entries(names).flatMap(([name, entry]) => {
      const found = ours(module, name);
      const parameters = entry.class ?? entry.function;
      if (found.length === 0 || !parameters) return [];
      const taken = new Set(found.flatMap((one) => [...(declared.taken(`${PLACES[module] ?? module}.${one}`) ?? [])]));
      return lacks(`${module}.${name}`, parameters, taken);
    }),
  );
}

/** `Class.member` and `Class.member(option)` that our classes do not have. */
export function missingMembers({ members }: Surface, declared: Declared): string[] {
  const own = (name: string, member: string): boolean => name !== 'Sequential' || !(member in (members['Model'] ?? {}));
  return Object.entries(members).flatMap(([name, parts]) =>
    Object.entries(parts).flatMap(([member, parameters]) => {
      if (member.startsWith('__')) return [];
      // What a sequential model has of every model is compared there.
      if (!own(name, member) && !parameters?.some(([option]) => option === 'rebuild')) return [];
      const path = `${CLASSES[name] ?? name}.${member === 'to_json' ? 'toJSON' : camel(member)}`;
      if (!declared.has(path)) return [`${name}.${member}`];
      return parameters ? lacks(`${name}.${member}`, parameters, declared.taken(path) ?? new Set()) : [];
    }),
  );
}

/** Arguments of surface.py that JSON cannot say. */
const MADE: Readonly<Record<string, () => unknown>> = {
  "=keras.layers.LSTM(3, name='inner')": () => lib.layers.lstm(3, { name: 'inner' }),
  "=keras.layers.LSTMCell(3, name='inner')": () => lib.layers.lstmCell(3, { name: 'inner' }),
  "=keras.layers.Dense(3, name='inner')": () => lib.layers.dense(3, { name: 'inner' }),
  "=[keras.layers.LSTMCell(3, name='inner')]": () => [lib.layers.lstmCell(3, { name: 'inner' })],
  "=[keras.layers.Rescaling(0.5, name='inner')]": () => [lib.layers.rescaling(0.5, { name: 'inner' })],
  "=keras.optimizers.SGD(name='inner')": () => lib.optimizers.sgd({ name: 'inner' }),
};

const KEYS: Readonly<Record<string, string>> = {
  initializers: 'kernelInitializer',
  regularizers: 'kernelRegularizer',
  constraints: 'kernelConstraint',
  'optimizers.schedules': 'learningRate',
};

function isClass(value: unknown): value is new (options: unknown) => Configured {
  return typeof value === 'function' && String(value).startsWith('class');
}

/** The config of our object in Keras' spelling. */
function configOf(module: string, name: string, entry: Entry): unknown {
  const options = Object.fromEntries(
    Object.entries(entry.with ?? {}).map(([key, value]) => [camel(key), (typeof value === 'string' && MADE[value]?.()) || value]),
  );
  const namespace = namespaceOf(module)!;
  const found = ours(module, name);
  const best = found.find((one) => isClass(namespace[one])) ?? found[0]!;
  const make = namespace[best];
  const made = isClass(make) ? new make(options) : (make as (options: unknown) => Configured)(options);
  const serialized: Serialized = { className: made.className ?? name, config: made.getConfig() };
  const optimizer = lib.optimizers.sgd();
  if (module === 'layers') return (toKeras(serialized) as { config: unknown }).config;
  if (module === 'optimizers') return (optimizerToKeras(made as Optimizer) as { config: unknown }).config;
  if (module === 'losses') return (compileToKeras({ optimizer, loss: made }) as { loss: { config: unknown } }).loss.config;
  if (module === 'metrics')
    return (compileToKeras({ optimizer, metrics: [made] }) as { metrics: { config: unknown }[] }).metrics[0]!.config;
  return (objectToKeras(serialized, KEYS[module]!) as { config: unknown }).config;
}

/** Without the wrapping of what is in it, as surface.py writes it; numbers as float32 has them, which is what Keras kept some of them in. */
function bare(value: unknown): unknown {
  if (typeof value === 'number') return Math.fround(value);
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const { module: _, registered_name: __, build_config: ___, ...rest } = value as Record<string, unknown>;
  if (rest['class_name'] === 'DTypePolicy') return (rest['config'] as { name: string }).name;
  return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, bare(part)]));
}

/** `module.name(option): Keras' default, ours` of options that begin otherwise, and of those that one side does not know. */
export function otherDefaults({ modules }: Surface): string[] {
  return Object.entries(modules).flatMap(([module, names]) =>
    Object.entries(names).flatMap(([name, entry]) => {
      if (!entry.config || ours(module, name).length === 0) return [];
      const path = `${module}.${name}`;
      resetNames();
      let own: Record<string, unknown>;
      try {
        own = bare(configOf(module, name, entry)) as Record<string, unknown>;
      } catch (error) {
        return [`${path}: ${(error as Error).message}`];
      }
      const theirs = bare(entry.config) as Record<string, unknown>;
      const keys = [...new Set([...Object.keys(theirs), ...Object.keys(own)])];
      return keys
        .filter((key) => !isDeepStrictEqual(own[key], theirs[key]))
        .map((key) => `${path}(${key}): ${JSON.stringify(theirs[key]) ?? 'none'}, ${JSON.stringify(own[key]) ?? 'none'}`);
    }),
  );
}
