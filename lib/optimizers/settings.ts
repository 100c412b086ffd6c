/** The options that all optimizers share, and their readers. */
import { ArgumentError } from '../errors.js';
import { type Config, flag, nullable, optional, type Reader, real, text, whole } from '../options/index.js';
import type { Schedule } from '../schedules/schedule.js';
import { learningRateReader, scheduleConfig } from './learning-rate.js';

/** The options that every optimizer takes, with Keras' defaults. */
export interface OptimizerOptions {
  /** A number, or a schedule that gives one for each step. */
  learningRate?: number | Schedule;
  /** Decoupled weight decay: before the step, `variable -= variable * weightDecay * learningRate`. */
  weightDecay?: number | null;
  /** Largest norm of each variable's gradient; larger ones are scaled down. */
  clipnorm?: number | null;
  /** Largest absolute value of a gradient's elements. */
  clipvalue?: number | null;
  /** Largest norm of all gradients together. */
  globalClipnorm?: number | null;
  /** Keeps a moving average of every variable, which `fit` puts into the model at its end. */
  useEma?: boolean;
  /** How much of the average stays at each step; 0.99. */
  emaMomentum?: number;
  /** Puts the averages into the variables every so many steps. */
  emaOverwriteFrequency?: number | null;
  /** The loss is multiplied by it before gradients are taken, and they are divided by it. */
  lossScaleFactor?: number | null;
  /** Variables change once in so many steps, by the mean of the gradients since. */
  gradientAccumulationSteps?: number | null;
  name?: string;
}

const bound: Reader<number | null> = nullable(real({ above: 0 }));

/** Readers of the common options, for `readOptions`; `learningRate` is the optimizer's own default. */
export function commonReaders(learningRate: number, name: string, weightDecay: number | null = null) {
  return {
    learningRate: optional(learningRateReader, learningRate),
    weightDecay: ((value, where) => (value === undefined ? weightDecay : nullable(real({ low: 0 }))(value, where))) as Reader<
      number | null
    >,
    clipnorm: bound,
    clipvalue: bound,
    globalClipnorm: bound,
    useEma: optional(flag, false),
    emaMomentum: optional(real({ low: 0, high: 1 }), 0.99),
    emaOverwriteFrequency: nullable(whole()),
    lossScaleFactor: bound,
    gradientAccumulationSteps: nullable(whole(2)),
    name: optional(text, name),
  };
}

/** The common options, read. */
export interface CommonSettings {
  learningRate: number | Schedule;
  weightDecay: number | null;
  clipnorm: number | null;
  clipvalue: number | null;
  globalClipnorm: number | null;
  useEma: boolean;
  emaMomentum: number;
  emaOverwriteFrequency: number | null;
  lossScaleFactor: number | null;
  gradientAccumulationSteps: number | null;
  name: string;
}

export function checkClipping(where: string, { clipnorm, clipvalue, globalClipnorm }: CommonSettings): void {
  const given = [clipnorm, clipvalue, globalClipnorm].filter((one) => one !== null);
  if (given.length <= 1) return;
  throw new ArgumentError({
    where,
    expected: 'one of clipnorm, clipvalue and globalClipnorm',
    received: `${given.length} of them`,
    hint: 'choose the kind of clipping you need',
  });
}

/** The common options as a config has them; `rate` is the one in use. */
export function commonConfig(settings: CommonSettings, rate: number | Schedule): Config {
  return {
    name: settings.name,
    learningRate: typeof rate === 'number' ? rate : scheduleConfig(rate),
    weightDecay: settings.weightDecay,
    clipnorm: settings.clipnorm,
    globalClipnorm: settings.globalClipnorm,
    clipvalue: settings.clipvalue,
    useEma: settings.useEma,
    emaMomentum: settings.emaMomentum,
    emaOverwriteFrequency: settings.emaOverwriteFrequency,
    lossScaleFactor: settings.lossScaleFactor,
    gradientAccumulationSteps: settings.gradientAccumulationSteps,
  };
}
