/** The `schedules` namespace: learning rates that depend on the number of steps. Source: Keras 3, `keras.optimizers.schedules`. */
import { ArgumentError } from '../errors.js';
import {
  type Config,
  describe,
  flag,
  isSerialized,
  nullable,
  optional,
  readOptions,
  real,
  type Readers,
  type Read,
  Registry,
  type Serialized,
  text,
  wholes,
} from '../options/index.js';
import { numbers } from './numbers.js';
import type { Schedule } from './schedule.js';

export { serialize } from '../options/index.js';
export type { Schedule } from './schedule.js';

const rate = real({ low: 0 });
const steps = real({ above: 0 });

/** A schedule from its options and a formula. */
function schedule<R extends Readers>(
  className: string,
  where: string,
  options: unknown,
  readers: R,
  formula: (settings: Read<R>, iteration: number) => number,
): Schedule {
  const { name, ...given } = (options ?? {}) as { name?: unknown };
  const shown = nullable(text)(name, `${where} name`);
  const settings = readOptions(where, given, readers);
  return {
    className,
    at: (iteration) => formula(settings, iteration),
    getConfig: () => ({ ...settings, ...(shown !== null && { name: shown }) }) as Config,
  };
}

export interface DecayOptions {
  name?: string | null;
  initialLearningRate: number;
  decaySteps: number;
  decayRate: number;
  /** Decays in steps instead of smoothly; false. */
  staircase?: boolean;
}

const decayReaders = { initialLearningRate: rate, decaySteps: steps, decayRate: real({ low: 0 }), staircase: optional(flag, false) };

function progress({ decaySteps, staircase }: { decaySteps: number; staircase: boolean }, iteration: number): number {
  const exact = iteration / decaySteps;
  return staircase ? Math.floor(exact) : exact;
}

/**
 * `initialLearningRate * decayRate ^ (step / decaySteps)`.
 *
 * @example
 * schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 1000, decayRate: 0.96 });
 */
export function exponentialDecay(options: DecayOptions): Schedule {
  return schedule(
    'ExponentialDecay',
    'exponentialDecay',
    options,
    decayReaders,
    (s, i) => s.initialLearningRate * s.decayRate ** progress(s, i),
  );
}

/**
 * `initialLearningRate / (1 + decayRate * step / decaySteps)`: what `decay` meant in older Keras code, with `decaySteps` 1.
 *
 * @example
 * schedules.inverseTimeDecay({ initialLearningRate: 1e-4, decaySteps: 1, decayRate: 1e-6 });
 */
export function inverseTimeDecay(options: DecayOptions): Schedule {
  return schedule(
    'InverseTimeDecay',
    'inverseTimeDecay',
    options,
    decayReaders,
    (s, i) => s.initialLearningRate / (1 + s.decayRate * progress(s, i)),
  );
}

export interface PiecewiseConstantDecayOptions {
  name?: string | null;
  /** Steps up to which (included) the value of the same place holds. */
  boundaries: readonly number[];
  /** One value more than boundaries. */
  values: readonly number[];
}

/**
 * Constant between boundaries.
 *
 * @example
 * schedules.piecewiseConstantDecay({ boundaries: [1000, 2000], values: [1e-2, 1e-3, 1e-4] });
 */
export function piecewiseConstantDecay(options: PiecewiseConstantDecayOptions): Schedule {
  const made = schedule(
    'PiecewiseConstantDecay',
    'piecewiseConstantDecay',
    options,
    { boundaries: wholes(0), values: numbers },
    ({ boundaries, values }, iteration) => {
      const place = boundaries.findIndex((boundary) => iteration <= boundary);
      return values[place < 0 ? values.length - 1 : place]!;
    },
  );
  if (options.values.length !== options.boundaries.length + 1) {
    throw new ArgumentError({
      where: 'piecewiseConstantDecay',
      expected: `${options.boundaries.length + 1} values, one more than boundaries`,
      received: String(options.values.length),
    });
  }
  return made;
}

export interface PolynomialDecayOptions {
  name?: string | null;
  initialLearningRate: number;
  decaySteps: number;
  /** 0.0001. */
  endLearningRate?: number;
  /** 1: linear. */
  power?: number;
  /** Begins anew over ever longer spans; false. */
  cycle?: boolean;
}

/**
 * From the initial to the end learning rate along a power of the time left.
 *
 * @example
 * schedules.polynomialDecay({ initialLearningRate: 0.1, decaySteps: 10000, endLearningRate: 0.01, power: 0.5 });
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  return schedule(
    'PolynomialDecay',
    'polynomialDecay',
    options,
    {
      initialLearningRate: rate,
      decaySteps: steps,
      endLearningRate: optional(rate, 0.0001),
      power: optional(real(), 1),
      cycle: optional(flag, false),
    },
    ({ initialLearningRate, decaySteps, endLearningRate, power, cycle }, iteration) => {
      const span = cycle ? decaySteps * Math.max(1, Math.ceil(iteration / decaySteps)) : decaySteps;
      const left = 1 - Math.min(iteration, span) / span;
      return (initialLearningRate - endLearningRate) * left ** power + endLearningRate;
    },
  );
}

export interface CosineDecayOptions {
  name?: string | null;
  initialLearningRate: number;
  decaySteps: number;
  /** The least, as a share of the initial learning rate; 0. */
  alpha?: number;
  /** What a warm-up rises to from the initial learning rate. */
  warmupTarget?: number | null;
  warmupSteps?: number;
}

/**
 * Half a cosine from the initial learning rate down, after a linear warm-up if asked for.
 *
 * @example
 * schedules.cosineDecay({ initialLearningRate: 0, warmupTarget: 0.1, warmupSteps: 500, decaySteps: 10000 });
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  return schedule(
    'CosineDecay',
    'cosineDecay',
    options,
    {
      initialLearningRate: rate,
      decaySteps: steps,
      alpha: optional(real(), 0),
      warmupTarget: nullable(rate),
      warmupSteps: optional(real({ low: 0 }), 0),
    },
    ({ initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps }, iteration) => {
      const decay = (from: number, step: number): number =>
        from * ((1 - alpha) * 0.5 * (1 + Math.cos((Math.PI * Math.min(step, decaySteps)) / decaySteps)) + alpha);
      if (warmupTarget === null) return decay(initialLearningRate, iteration);
      const bounded = Math.min(iteration, decaySteps + warmupSteps);
      if (bounded < warmupSteps) return initialLearningRate + (warmupTarget - initialLearningRate) * (bounded / warmupSteps);
      return decay(warmupTarget, bounded - warmupSteps);
    },
  );
}

export interface CosineDecayRestartsOptions {
  name?: string | null;
  initialLearningRate: number;
  firstDecaySteps: number;
  /** How much longer each period is; 2. */
  tMul?: number;
  /** What each period's begin is multiplied by; 1. */
  mMul?: number;
  alpha?: number;
}

/**
 * Half cosines one after the other, each longer than the one before.
 *
 * @example
 * schedules.cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 1000 });
 */
export function cosineDecayRestarts(options: CosineDecayRestartsOptions): Schedule {
  return schedule(
    'CosineDecayRestarts',
    'cosineDecayRestarts',
    options,
    {
      initialLearningRate: rate,
      firstDecaySteps: steps,
      tMul: optional<number>(real({ above: 0 }), 2),
      mMul: optional<number>(real({ low: 0 }), 1),
      alpha: optional<number>(real(), 0),
    },
    ({ initialLearningRate, firstDecaySteps, tMul, mMul, alpha }, iteration) => {
      let fraction = iteration / firstDecaySteps;
      let restart: number;
      if (tMul === 1) {
        restart = Math.floor(fraction);
        fraction -= restart;
      } else {
        restart = Math.floor(Math.log(1 - fraction * (1 - tMul)) / Math.log(tMul));
        fraction = (fraction - (1 - tMul ** restart) / (1 - tMul)) / tMul ** restart;
      }
      const decayed = 0.5 * mMul ** restart * (1 + Math.cos(Math.PI * fraction));
      return initialLearningRate * ((1 - alpha) * decayed + alpha);
    },
  );
}

/** Schedules by the names of their classes. */
export const scheduleRegistry = new Registry<Schedule>('a schedule');
const make = <O>(factory: (options: O) => Schedule) => (config: Config): Schedule => factory(config as O); // prettier-ignore
scheduleRegistry.add('ExponentialDecay', make(exponentialDecay));
scheduleRegistry.add('InverseTimeDecay', make(inverseTimeDecay));
scheduleRegistry.add('PiecewiseConstantDecay', make(piecewiseConstantDecay));
scheduleRegistry.add('PolynomialDecay', make(polynomialDecay));
scheduleRegistry.add('CosineDecay', make(cosineDecay));
scheduleRegistry.add('CosineDecayRestarts', make(cosineDecayRestarts));

/**
 * A schedule from what `serialize` told of it.
 *
 * @throws ArgumentError where it tells of none that there is
 * @example
 * schedules.deserialize({ className: 'CosineDecay', config: { initialLearningRate: 0.1, decaySteps: 1000 } });
 */
export function deserialize(serialized: Serialized): Schedule {
  if (isSerialized(serialized)) return scheduleRegistry.made(serialized, 'schedules.deserialize');
  throw new ArgumentError({
    where: 'schedules.deserialize',
    expected: '{ className, config }',
    received: describe(serialized),
    hint: 'pass what serialize gave',
  });
}
