/** Options of `compile`, read and checked; what is given by output waits for the names of the outputs. */
import { ArgumentError } from '../../errors.js';
import * as losses from '../../losses/index.js';
import type { LossIdentifier } from '../../losses/index.js';
import * as metrics from '../../metrics/index.js';
import type { MetricIdentifier } from '../../metrics/index.js';
import * as optimizers from '../../optimizers/index.js';
import type { OptimizerIdentifier } from '../../optimizers/index.js';
import { describe, flag, isSerialized, nullable, optional, readOptions, whole } from '../../options/index.js';
import { byOutput, isRecord } from './by-output.js';

/** A loss for all outputs, or one for each: in a list, or by the names of the outputs. null: an output without a loss. */
export type LossSetting = LossIdentifier | readonly (LossIdentifier | null)[] | Readonly<Record<string, LossIdentifier | null>>;

/** Metrics of one output. */
type OutputMetrics = MetricIdentifier | readonly MetricIdentifier[] | null;

/** Metrics of the output; of several outputs a list with one entry (a metric, a list or null) for each, or a record by their names. */
export type MetricSetting = readonly OutputMetrics[] | Readonly<Record<string, OutputMetrics>>;

/** Options of `compile`. */
export interface CompileOptions<L = LossSetting> {
  /** A name, an object or a factory of `optimizers`; rmsprop by default, as in Keras. */
  optimizer?: OptimizerIdentifier;
  /** A name, an object of `losses` or a function; for several outputs one for all, a list, or a record by the names of the outputs. */
  loss?: L;
  /** How much the loss of each output counts: a list, or a record by the names of the outputs. 1 where nothing is said. */
  lossWeights?: readonly (number | null)[] | Readonly<Record<string, number>> | null;
  /** Names, objects of `metrics` or functions. Several outputs take a list with one entry for each, or a record by their names. */
  metrics?: MetricSetting | null;
  /** Metrics that take the sample and class weights into account; `metrics` do not, as in Keras. */
  weightedMetrics?: MetricSetting | null;
  /** Runs steps op by op instead of captured: slower, for debugging. */
  runEagerly?: boolean;
  /** Steps a native call takes; chosen by `fit` itself where it is not given. */
  stepsPerExecution?: number | null;
}

/** The setting of each output, for outputs of these names. */
type ByOutput<T> = (outputs: readonly string[]) => T[];

function lossReader(value: unknown): ByOutput<LossIdentifier | undefined> {
  if (value === undefined || value === null) return (outputs) => outputs.map(() => undefined);
  const several = Array.isArray(value) || (isRecord(value) && !isSerialized(value));
  // A misspelt name is refused here, not at the first batch.
  for (const one of several ? Object.values(value) : [value]) if (one !== undefined && one !== null) losses.get(one as LossIdentifier);
  if (!several) return (outputs) => outputs.map(() => value as LossIdentifier);
  return (outputs) => byOutput('compile loss', value, outputs) as (LossIdentifier | undefined)[];
}

function lossWeightReader(value: unknown): ByOutput<number> {
  if (value === undefined || value === null) return (outputs) => outputs.map(() => 1);
  const where = 'compile lossWeights';
  if (!Array.isArray(value) && !isRecord(value)) {
    throw new ArgumentError({
      where,
      expected: 'a list or a record of numbers',
      received: describe(value),
      hint: 'for example { kind: 1, size: 0.25 }',
    });
  }
  for (const one of Object.values(value) as unknown[]) {
    if (one === null || (typeof one === 'number' && Number.isFinite(one))) continue;
    throw new ArgumentError({ where, expected: 'finite numbers', received: describe(one), hint: 'for example { kind: 1, size: 0.25 }' });
  }
  return (outputs) => (byOutput(where, value, outputs) as (number | undefined)[]).map((one) => one ?? 1);
}

function metricReader(value: unknown, where: string): { given: readonly unknown[]; read: ByOutput<readonly MetricIdentifier[]> } {
  const none = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (none) return { given: [], read: (outputs) => outputs.map(() => []) };
  if (!Array.isArray(value) && (!isRecord(value) || isSerialized(value))) {
    throw new ArgumentError({ where, expected: 'a list of metrics', received: describe(value), hint: "for example ['accuracy']" });
  }
  const listOf = (one: unknown): readonly MetricIdentifier[] =>
    one === undefined || one === null ? [] : ((Array.isArray(one) ? one : [one]) as MetricIdentifier[]);
  const given = (Object.values(value) as unknown[]).flatMap(listOf);
  for (const identifier of given) metrics.check(identifier);
  return {
    given,
    read: (outputs) => {
      // The list of a model with one output has its metrics, not an entry for each output.
      const nested = Array.isArray(value) && value.length === 1 && Array.isArray(value[0]);
      if (outputs.length === 1 && Array.isArray(value) && !nested) return [value as MetricIdentifier[]];
      return byOutput(where, value, outputs).map(listOf);
    },
  };
}

/** Reads the options; those by output become functions of the outputs' names. `given` are all metrics as they were given. */
export function readCompileOptions(options: CompileOptions<unknown>) {
  const read = readOptions('compile', options, {
    optimizer: (value) => optimizers.get((value ?? 'rmsprop') as OptimizerIdentifier),
    loss: lossReader,
    lossWeights: lossWeightReader,
    metrics: metricReader,
    weightedMetrics: metricReader,
    runEagerly: optional(flag, false),
    stepsPerExecution: nullable(whole()),
  });
  return {
    ...read,
    metrics: read.metrics.read,
    weightedMetrics: read.weightedMetrics.read,
    given: [...read.metrics.given, ...read.weightedMetrics.given],
  };
}
