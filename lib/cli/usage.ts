/** Options of commands: parsed, checked, and explained. */
import { parseArgs } from 'node:util';
import { nearest } from '../options/index.js';

/** The command was not understood; the process ends with code 2. */
export class UsageError extends Error {}

export interface OptionSpec {
  /** What follows the option: '' for a switch. */
  value: string;
  help: string;
}

/** Options by name, as texts or true; unknown ones are a UsageError. */
export function parse(args: string[], specs: Readonly<Record<string, OptionSpec>>): Record<string, string | true | undefined> {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [name, { type: value === '' ? ('boolean' as const) : ('string' as const) }]),
  );
  for (const arg of args) {
    if (!arg.startsWith('-')) continue;
    const name = arg.replace(/^--?/, '').split('=')[0]!;
    if (Object.hasOwn(specs, name) && arg.startsWith('--')) continue;
    const near = nearest(name, Object.keys(specs));
    throw new UsageError(`unknown option '${arg}'; ${near ? `did you mean --${near}?` : `the options are ${names(specs)}`}`);
  }
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values as Record<string, string | true | undefined>;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
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
  if (Number.isSafeInteger(number) && number >= least && value !== '') return number;
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
