/** What can be said on the command line. */
import { parseArgs } from 'node:util';
import { peers } from './sides.js';
import { workloads } from './workloads.js';

export const smallBenches = ['boundary', 'startup', 'memory', 'augment', 'saving'] as const;

export interface Options {
  names: string[];
  rounds: number;
  peers: string[];
  images: number;
  json: string;
  help: boolean;
}

const workloadNames = workloads.map((w) => w.name);
const peerNames = peers.map((p) => p.id);

export const usage = `npm run bench -- [options]
  --workload NAMES   of ${[...workloadNames, ...smallBenches].join(', ')}; all when not given
  --peers NAMES      of ${peerNames.join(', ')}, or none; those that are installed when not given
  --rounds N         epochs timed on each side, or files written and read, at least 3; 5 when not given
  --images N         at most so many images in an epoch, to try it out
  --json FILE        where the results go; bench/results/latest.json when not given
  --help`;

export class UsageError extends Error {}

function choose(option: string, text: string | undefined, known: string[]): string[] {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name)) throw new UsageError(`--${option}: expected names out of ${known.join(', ')}, got '${name}'`);
  }
  return names;
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new UsageError(`--${option}: expected a whole number of at least ${least}, got '${text}'`);
  }
  return value;
}

export function readOptions(args: string[], defaultJson: string): Options {
  const text = { type: 'string' } as const;
  const options = { workload: text, peers: text, rounds: text, images: text, json: text, help: { type: 'boolean' } } as const;
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    names: choose('workload', values.workload, [...workloadNames, ...smallBenches]),
    peers: values.peers === 'none' ? [] : choose('peers', values.peers, peerNames),
    rounds: wholeNumber('rounds', values.rounds ?? '5', 3),
    images: values.images === undefined ? Infinity : wholeNumber('images', values.images, 1),
    json: values.json ?? defaultJson,
    help: values.help ?? false,
  };
}
