/** Training, evaluation and prediction of a compiled model. */
import { CallbackList } from '../../callbacks/callback.js';
import type { History } from '../../callbacks/history.js';
import { ArgumentError } from '../../errors.js';
import { tidy } from '../../tensor/scope.js';
import { namesOf, type TrainableModel } from './accept.js';
import { withClassWeights } from './class-weights.js';
import type { Compiled } from './compiled.js';
import { type Arrays, arraysOf, type ArraysLike, type BatchSource, disposeOwned, isBatchSource } from './data.js';
import type { SampleWeightLike } from './data.js';
import { DEFAULT_BATCH, fitting, noBatches } from './fit.js';
import type { Owned } from './fit-data.js';
import { Interrupts } from './interrupts.js';
import { figuresOf } from './loops.js';
import { checkpointSettings } from './open-saver.js';
import { type FitOptions, readEvaluateOptions, readFitOptions } from './options.js';
import { type Kind, Passes, type PassSettings } from './passes.js';
import { ownVerbose } from '../../callbacks/progbar-logger.js';
import { Progress } from '../../callbacks/progress.js';
import { refuseEndless } from './source.js';
import { inputsOf } from './steps.js';

export class Trainer {
  private readonly passes: Passes;
  private busy: string | undefined;

  constructor(
    readonly model: TrainableModel,
    readonly compiled: Compiled,
  ) {
    this.passes = new Passes(model, compiled);
  }

  async fit(x: ArraysLike | BatchSource, y: ArraysLike | undefined, options: unknown): Promise<History> {
    const settings = readFitOptions('fit', options);
    return this.alone('fit', async () => {
      const interrupts = new Interrupts(settings.signal);
      interrupts.throwIfAborted();
      interrupts.listen(checkpointSettings(settings.checkpoint, settings.callbacks) !== undefined);
      const owned: Owned = [];
      try {
        return await fitting(this.passes, x, y, settings, interrupts, owned);
      } finally {
        interrupts.close();
        for (const arrays of owned) disposeOwned(arrays);
      }
    });
  }

  async evaluate(x: ArraysLike | BatchSource, y: ArraysLike | undefined, options: unknown): Promise<Record<string, number>> {
    const { passes } = this;
    const settings: ReturnType<typeof readEvaluateOptions> = readEvaluateOptions('evaluate', options);
    return this.alone('evaluate', async () => {
      const interrupts = new Interrupts(settings.signal);
      interrupts.throwIfAborted();
      const callbacks = new CallbackList(settings.callbacks);
      const batchSize = settings.batchSize ?? DEFAULT_BATCH;
      let arrays: Arrays | undefined;
      try {
        if (!isBatchSource(x)) {
          arrays = arraysOf('evaluate', x, y, settings.sampleWeight, passes.outputNames);
          passes.accept('evaluate', arrays, 'test');
          await passes.checkValues('evaluate', arrays, 'test');
        } else if (y !== undefined || settings.sampleWeight !== undefined) {
          throw new ArgumentError({ where: 'evaluate', expected: 'no y or sampleWeight with data that come in batches', received: 'one' });
        }
        const stream = arrays ? undefined : passes.stream('evaluate', x as BatchSource, 'test');
        if (stream) refuseEndless('evaluate steps', stream, settings.steps);
        this.model.resetMetrics();
        const target = arrays ? Math.min(Math.ceil(arrays.samples / batchSize), settings.steps ?? Infinity) : (settings.steps ?? undefined);
        callbacks.begin(this.model.owner, { epochs: 1, steps: target, verbose: settings.verbose });
        const progress = new Progress(ownVerbose(settings.verbose, settings.callbacks), target);
        progress.begin();
        const pass: PassSettings = {
          batchSize,
          limit: settings.steps,
          verbose: settings.verbose,
          shuffle: false,
          callbacks,
          progress,
          interrupts,
        };
        await callbacks.call('onTestBegin');
        const result = arrays ? await passes.arrays('test', arrays, pass) : await passes.once('test', stream!, pass);
        interrupts.throwIfAborted();
        if (result.batches === 0) throw noBatches('evaluate', false);
        progress.end(result.batches, result.figures);
        await callbacks.call('onTestEnd', result.figures);
        return { ...result.figures };
      } finally {
        if (arrays) disposeOwned(arrays);
      }
    });
  }

  // Single batches

  /** One step on one batch, with the figures of this batch alone, as in Keras 3. */
  async onBatch(
    kind: Kind,
    x: ArraysLike,
    y: ArraysLike,
    sampleWeight?: SampleWeightLike,
    classWeight?: FitOptions['classWeight'],
  ): Promise<Record<string, number>> {
    const { passes } = this;
    const where = kind === 'train' ? 'trainOnBatch' : 'testOnBatch';
    return this.alone(where, async () => {
      const given = arraysOf(where, x, y, sampleWeight, passes.outputNames);
      let arrays = given;
      try {
        passes.accept(where, given, kind);
        this.model.resetMetrics();
        if (classWeight) arrays = withClassWeights(where, given, classWeight, namesOf(passes.model, given.y.length));
        const { values } = this.compiled.runEagerly
          ? { values: await this.eagerly(kind, arrays) }
          : await passes.steps.overBatch(kind, arrays, this.passes.step(kind)).program.fetch(inputsOf(arrays));
        return { ...figuresOf(passes.names[kind], values) };
      } finally {
        if (arrays !== given) disposeOwned(arrays);
        disposeOwned(given);
      }
    });
  }

  private async eagerly(kind: Kind, arrays: Arrays): Promise<ArrayLike<number>> {
    const result = tidy(() => this.passes.step(kind)(arrays));
    const values = await result.data();
    result.dispose();
    return values;
  }

  /** Variables and optimizer belong to one training at a time. */
  private async alone<T>(what: string, fn: () => Promise<T>): Promise<T> {
    if (this.busy !== undefined) {
      throw new ArgumentError({
        where: what,
        expected: 'a model that is not busy',
        received: `one in the middle of ${this.busy}`,
        hint: 'await the earlier call first',
      });
    }
    this.busy = what;
    try {
      return await fn();
    } finally {
      this.busy = undefined;
    }
  }

  dispose(): void {
    this.passes.steps.clear();
    this.compiled.dispose();
  }
}
