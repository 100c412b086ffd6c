/** Options of `fit`, `evaluate` and `predict`, read and checked. */
import type { Callback } from '../../callbacks/callback.js';
import type { CheckpointOptions } from '../../checkpoints/checkpointer.js';
import { ArgumentError } from '../../errors.js';
import { describe, flag, nullable, optional, type Reader, readOptions, real, whole } from '../../options/index.js';
import type { ArraysLike, BatchSource, SampleWeightLike } from './data.js';
import { checkpointReader } from './open-saver.js';
import { type Verbose, verboseOf } from '../../callbacks/progress.js';

/** Data to validate with: `[x, y]`, `[x, y, sampleWeight]`, `{ x, y }`, or batches. */
export type ValidationData =
  | readonly [x: ArraysLike, y: ArraysLike, sampleWeight?: SampleWeightLike]
  | { readonly x: ArraysLike; readonly y: ArraysLike }
  | BatchSource;

/** Weights of classes by their numbers. */
export type ClassWeights = Readonly<Record<number, number>>;

export interface FitOptions<Validation = ValidationData> {
  /** Samples a step; 32. */
  batchSize?: number | null;
  /** Passes over the data; 1. Counted from 0 with `initialEpoch`. */
  epochs?: number;
  /** 0: silent, 1 ('auto'): a bar on a terminal, 2: a line an epoch. */
  verbose?: 0 | 1 | 2 | 'auto';
  callbacks?: readonly Callback[];
  /** Share of the samples, the last ones, to validate with. */
  validationSplit?: number;
  validationData?: Validation;
  /** Draws the samples in a new order each epoch; true. Batches that come from a generator are taken as they come. */
  shuffle?: boolean;
  /** Weight of each class, by its number; of several outputs by their names. */
  classWeight?: ClassWeights | Readonly<Record<string, ClassWeights>> | null;
  /** Weight of each sample; for several outputs one for all, a list, or by their names. */
  sampleWeight?: SampleWeightLike;
  initialEpoch?: number;
  /** Batches an epoch; needed for data that say they have no end, such as `repeat()`, and to cut an epoch short. */
  stepsPerEpoch?: number | null;
  /** Batches of a validation. */
  validationSteps?: number | null;
  validationBatchSize?: number | null;
  /** Validates every so many epochs, or after the epochs of a list (counted from 1). */
  validationFreq?: number | readonly number[];
  /**
   * Writes checkpoints to a folder while training goes on, and goes on from the newest one in it: killed at any instant, the same call gives
   * the same weights. A text is the folder, with a checkpoint each epoch.
   */
  checkpoint?: CheckpointOptions | string | null;
  /** Ends the training, which then rejects with the signal's reason; what was trained is kept. */
  signal?: AbortSignal;
}

export interface EvaluateOptions {
  batchSize?: number | null;
  verbose?: 0 | 1 | 2 | 'auto';
  sampleWeight?: SampleWeightLike;
  /** Batches at most. */
  steps?: number | null;
  callbacks?: readonly Callback[];
  signal?: AbortSignal;
}

export interface PredictOptions {
  batchSize?: number | null;
  verbose?: 0 | 1 | 2 | 'auto';
  steps?: number | null;
  callbacks?: readonly Callback[];
  signal?: AbortSignal;
}

const verbose: Reader<Verbose> = (value, where) => {
  if (value === undefined || value === 'auto' || value === 0 || value === 1 || value === 2) return verboseOf(value);
  throw new ArgumentError({ where, expected: "0, 1, 2 or 'auto'", received: describe(value) });
};

const callbacks: Reader<readonly Callback[]> = (value, where) => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((one) => typeof (one as Partial<Callback>)?.onEpochEnd === 'function'))
    return value as Callback[];
  throw new ArgumentError({
    where,
    expected: 'a list of callbacks',
    received: describe(value),
    hint: 'for example [callbacks.earlyStopping({ patience: 2 })]',
  });
};

const validationFreq: Reader<number | readonly number[]> = (value, where) => {
  if (value === undefined) return 1;
  if (Array.isArray(value) && value.every((epoch) => Number.isSafeInteger(epoch) && (epoch as number) >= 1)) return value as number[];
  return whole()(value, where);
};

const any = (value: unknown): unknown => value;
const batchSize = nullable(whole(1, 'use at least 1, for example 32'));

export function readFitOptions(where: string, options: unknown) {
  return readOptions(where, options, {
    batchSize,
    epochs: optional(whole(0), 1),
    verbose,
    callbacks,
    validationSplit: optional(real({ low: 0, below: 1 }), 0),
    validationData: any as Reader<ValidationData | undefined>,
    shuffle: optional(flag, true),
    classWeight: (value, name) => {
      if (value === undefined || value === null) return null;
      if (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0)
        return value as ClassWeights | Record<string, ClassWeights>;
      throw new ArgumentError({
        where: name,
        expected: 'weights by class number',
        received: describe(value),
        hint: 'for example { 0: 1, 1: 2.5 }',
      });
    },
    sampleWeight: any as Reader<SampleWeightLike | undefined>,
    initialEpoch: optional(whole(0), 0),
    stepsPerEpoch: nullable(whole()),
    validationSteps: nullable(whole()),
    validationBatchSize: batchSize,
    validationFreq,
    checkpoint: checkpointReader,
    signal: any as Reader<AbortSignal | undefined>,
  });
}

export function readEvaluateOptions(where: string, options: unknown) {
  return readOptions(where, options, {
    batchSize,
    verbose,
    sampleWeight: any as Reader<SampleWeightLike | undefined>,
    steps: nullable(whole()),
    callbacks,
    signal: any as Reader<AbortSignal | undefined>,
  });
}

export function readPredictOptions(where: string, options: unknown) {
  return readOptions(where, options, {
    batchSize,
    verbose: (value: unknown, name: string): Verbose => (value === undefined ? 0 : verbose(value, name)),
    steps: nullable(whole()),
    callbacks,
    signal: any as Reader<AbortSignal | undefined>,
  });
}
