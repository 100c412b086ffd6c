/** Things that an option names: by a text, by a class name with its config (as configs and files have them), or by themselves. */
import { ArgumentError } from '../errors.js';
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

export function serialize(object: Configured): Serialized {
  return { className: object.className, config: object.getConfig() };
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
    const make = this.byClass.get(serialized.className) ?? this.byName.get(serialized.className);
    if (make) return make(serialized.config);
    throw this.unknown(serialized.className, where, this.classNames);
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
