/** Options of commands: parsed, checked, and explained. */
import { nearest } from '../options/index.js';

/** The command was not understood; the process ends with code 2. */
export class UsageError extends Error {}

export interface OptionSpec {
  /** What follows the option: '' for a switch. */
  value: string;
  help: string;
}

/** Options by name, as texts or true; unknown ones, and switches or texts where the other belongs, are a UsageError. */
export function parse(args: readonly string[], specs: Readonly<Record<string, OptionSpec>>): Record<string, string | true | undefined> {
  const found: Record<string, string | true | undefined> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]! === '-h' ? '--help' : args[i]!;
    if (!arg.startsWith('-')) throw new UsageError(`unexpected '${arg}'; the options are ${names(specs)}`);
    const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg)!;
    const spec = arg.startsWith('--') && Object.hasOwn(specs, name) ? specs[name]! : undefined;
    if (!spec) {
      const near = nearest(name, Object.keys(specs));
      throw new UsageError(`unknown option '${arg}'; ${near ? `did you mean --${near}?` : `the options are ${names(specs)}`}`);
    }
    if (spec.value === '') {
      if (value !== undefined) throw new UsageError(`--${name}: expected nothing after it, got '${value}'`);
      found[name] = true;
      continue;
    }
    const given = value ?? args[++i];
    if (given === undefined || (value === undefined && given.startsWith('--'))) {
      throw new UsageError(`--${name}: expected ${spec.value} after it, got ${given === undefined ? 'nothing' : `'${given}'`}`);
    }
    found[name] = given;
  }
  return found;
}

function names(specs: Readonly<Record<string, OptionSpec>>): string {
  return Object.keys(specs)
    .map((name) => `--${name}`)
    .join(', ');
}

export function helpText(head: string, specs: Readonly<Record<string, OptionSpec>>): string {
  const rows = Object.entries(specs).map(([name, { value, help }]) => [`--${name}${value === '' ? '' : ` ${value}`}`, help] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return `${head}\n\n${rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')}\n`;
}

export function wholeOption(name: string, value: string | true | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least && String(value).trim() !== '') return number;
  throw new UsageError(`--${name}: expected a whole number of at least ${least}, got '${String(value)}'`);
}

export function numberOption(name: string, value: string | true | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${name}: expected a number above 0, got '${String(value)}'`);
}

export function choiceOption<const C extends string>(
  name: string,
  value: string | true | undefined,
  choices: readonly C[],
  fallback: C,
): C {
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${name}: expected ${choices.join(' or ')}, got '${String(value)}'`);
}
