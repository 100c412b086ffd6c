/** Things that an option names: by a text, by a class name with its config (as configs and files have them), or by themselves. */
import { ArgumentError, DeviceError, FormatError, NodeCudnnError } from '../errors.js';
import { describe, nearest } from './read.js';

/** Plain values that JSON can hold, and functions of the user's, which stay functions in a config that is not written to a file. */
export type ConfigValue = string | number | boolean | null | undefined | readonly ConfigValue[] | Config | ((...args: never[]) => unknown);

/** The options that an object can be made from again. */
export interface Config {
  readonly [option: string]: ConfigValue;
}

/** An object in a config: the name of its class and the options to make it from. */
export interface Serialized extends Config {
  readonly className: string;
  readonly config: Config;
}

export interface Configured {
  readonly className: string;
  getConfig(): Config;
}

/** Where configs came from. */
const sources = new WeakMap<object, Configured>();

export function serialize(object: Configured): Serialized {
  const made = { className: object.className, config: object.getConfig() };
  sources.set(made, object);
  return made;
}

/** The object that `serialize` wrote this config of, for what only the object itself knows. */
export function sourceOf(serialized: Serialized): Configured | undefined {
  return sources.get(serialized);
}

/** Where in a file configs stand. */
const places = new WeakMap<object, string>();

/** Notes the place in a file that a config is from, for errors about it. */
export function setPlace<T extends Serialized>(serialized: T, place: string): T {
  places.set(serialized, place);
  return serialized;
}

/** Runs what makes an object of a config. If that is from a file, what it refuses is a FormatError that names the place there. */
export function atPlace<T>(serialized: Serialized, fn: () => T): T {
  const place = places.get(serialized);
  if (place === undefined) return fn();
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof NodeCudnnError) || error instanceof FormatError || error instanceof DeviceError) throw error;
    // "dense units" is about an option of that name; what a class refuses without a name is about all of it.
    const option = / (\w+)$/.exec(error.where)?.[1];
    const known = option !== undefined && Object.hasOwn(serialized.config, option);
    const key = known ? `.${option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}` : '';
    const { expected, received, hint } = error;
    throw new FormatError({
      where: `${place}.config${key}`,
      ...(expected ? { expected: known ? expected : `${error.where}: ${expected}`, received, hint } : { expected: error.message }),
      cause: error,
    });
  }
}

let custom: Readonly<Record<string, unknown>> | undefined;

/** Runs `fn`, in which names stand for these classes and functions before they stand for the library's. */
export function withCustomObjects<T>(objects: Readonly<Record<string, unknown>>, fn: () => T): T {
  const before = custom;
  custom = { ...before, ...objects };
  try {
    return fn();
  } finally {
    custom = before;
  }
}

/** What a name stands for within `withCustomObjects`. */
export function customObject(name: string): unknown {
  return custom && Object.hasOwn(custom, name) ? custom[name] : undefined;
}

/** An object of a class of the user's, by its own `fromConfig` or its constructor; undefined where the name stands for no class. */
export function madeOfCustom(serialized: Serialized): unknown {
  const found = customObject(serialized.className);
  // Classes, as opposed to plain functions, have a prototype that cannot be replaced.
  if (typeof found !== 'function' || Object.getOwnPropertyDescriptor(found, 'prototype')?.writable !== false) return undefined;
  const own = found as unknown as (new (config: Config) => unknown) & { fromConfig?: (config: Config) => unknown };
  return atPlace(serialized, () => (own.fromConfig ? own.fromConfig(serialized.config) : new own(serialized.config)));
}

export function isSerialized(value: unknown): value is Serialized {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Serialized).className === 'string' &&
    typeof (value as Serialized).config === 'object'
  );
}

/** Makers by name. `kind` is what errors call the things; names are camelCase, class names as in Keras. */
export class Registry<T> {
  private readonly byName = new Map<string, (config?: Config) => T>();
  private readonly byClass = new Map<string, (config: Config) => T>();

  constructor(readonly kind: string) {}

  /** Names that stand for a thing with its defaults. */
  get names(): string[] {
    return [...this.byName.keys()];
  }

  get classNames(): string[] {
    return [...this.byClass.keys()];
  }

  add(className: string, make: (config: Config) => T, ...names: string[]): void {
    this.byClass.set(className, make);
    for (const name of names) this.byName.set(name, (config) => make(config ?? {}));
  }

  /** The thing with this name, or an error that lists the known ones; `others` are names that the caller knows itself. */
  named(name: string, where: string, others: readonly string[] = []): T {
    const make = this.byName.get(name);
    if (make) return make();
    throw this.unknown(name, where, [...others, ...this.names]);
  }

  made(serialized: Serialized, where: string): T {
    const own = madeOfCustom(serialized);
    if (own !== undefined) return own as T;
    const make = this.byClass.get(serialized.className) ?? this.byName.get(serialized.className);
    if (make) return atPlace(serialized, () => make(serialized.config));
    return atPlace(serialized, () => {
      throw this.unknown(serialized.className, where, this.classNames);
    });
  }

  private unknown(name: string, where: string, known: readonly string[]): ArgumentError {
    const near = nearest(name, known);
    return new ArgumentError({
      where,
      expected: `${this.kind} (${known.join(', ')})`,
      received: describe(name),
      hint: near ? `did you mean '${near}'?` : 'pass one of these, or a function of your own',
    });
  }
}
