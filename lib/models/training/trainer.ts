/** Training, evaluation and prediction of a compiled model. */
import { CallbackList, type TrainedModel } from '../../callbacks/callback.js';
import { History } from '../../callbacks/history.js';
import { ArgumentError, DataError, ShapeError } from '../../errors.js';
import { uploadTensor } from '../../ops/define.js';
import * as ops from '../../ops/index.js';
import { tidy } from '../../tensor/scope.js';
import type { Tensor } from '../../tensor/tensor.js';
import { dataCount, dataInput, dataTarget, fits } from '../../types/messages.js';
import type { Compiled } from './compiled.js';
import { type Arrays, type ArrayLike1, arraysOf, type ArraysLike, type BatchSource, batchOf, checkClasses, checkLabels } from './data.js';
import { classWeights, disposeOwned, explainNaN, isBatchSource, rowsOf } from './data.js';
import { Interrupts } from './interrupts.js';
import { type Figures, figuresOf, Pace, type PassOptions, type PassResult, passOverArrays, passOverBatches } from './loops.js';
import { readEvaluateOptions, readFitOptions, type ValidationData } from './options.js';
import { ownVerbose } from '../../callbacks/progbar-logger.js';
import { Progress, type Verbose } from '../../callbacks/progress.js';
import { inOrder, shuffled } from './shuffle.js';
import { type Stream, streamOf } from './source.js';
import { type Batch, batchAmong, gatherRows, inputsOf, type Steppable, StepCache, testStep, trainStep } from './steps.js';

/** A shape with the batch in front, null where it is not known. */
type BatchShape = readonly (number | null)[];

/** What training needs of a model. */
export interface TrainableModel extends Steppable {
  /** The model itself, as callbacks see it. */
  readonly owner: TrainedModel;
  /** Makes the weights, where that has not happened yet. */
  buildFor(inputs: readonly BatchShape[]): void;
  /** Shapes of the inputs that the model takes; undefined for one that takes what comes. */
  readonly expectedInputs: readonly BatchShape[] | undefined;
  outputShapesFor(inputs: readonly BatchShape[]): readonly BatchShape[];
}

type FitSettings = ReturnType<typeof readFitOptions>;
type EvaluateSettings = ReturnType<typeof readEvaluateOptions>;
type Kind = 'train' | 'test';

const DEFAULT_BATCH = 32;

interface PassSettings {
  batchSize: number;
  limit: number | null;
  verbose: Verbose;
  shuffle: boolean;
  callbacks: CallbackList;
  progress?: Progress;
  interrupts: Interrupts;
}

export class Trainer {
  readonly steps = new StepCache();
  private readonly paces: Record<Kind, Pace> = { train: new Pace(), test: new Pace() };
  private busy: string | undefined;
  private checkedWeights = '';

  constructor(
    readonly model: TrainableModel,
    readonly compiled: Compiled,
  ) {}

  // Data that fit the model

  /** Builds the model for the data and refuses data that do not fit it, in the words of the compiler. */
  private accept(where: string, arrays: Arrays, labels: boolean): void {
    const { model, compiled } = this;
    const shapes = arrays.x.map((x) => [null, ...x.shape.slice(1)] as BatchShape);
    model.buildFor(shapes);
    const expected = model.expectedInputs;
    if (expected) {
      if (expected.length !== arrays.x.length) {
        throw new ShapeError(dataCount(where, 'x', expected.length, arrays.x.length === 1 ? 'one tensor' : String(arrays.x.length)));
      }
      expected.forEach((shape, i) => {
        const got = arrays.x[i]!.shape;
        if (!fits(got, [null, ...shape.slice(1)])) throw new ShapeError(dataInput(where, shape.slice(1), got));
      });
    }
    if (!labels) return;
    const outputs = model.outputShapesFor(shapes).map((shape) => shape.slice(1));
    if (arrays.y.length === 0) {
      throw new DataError({ where, expected: 'labels y', received: 'none', hint: 'give the labels as the second argument' });
    }
    if (arrays.y.length !== outputs.length) {
      throw new ShapeError(dataCount(where, 'y', outputs.length, arrays.y.length === 1 ? 'one tensor' : String(arrays.y.length)));
    }
    const rows = arrays.samples;
    compiled.prepare(
      arrays.y.map((y) => y.shape),
      outputs.map((shape) => [rows, ...shape.map((dim) => dim ?? 1)]),
    );
    compiled.checkLabels(
      arrays.y.map((y) => y.shape),
      outputs,
      (output, got) => new ShapeError(dataTarget(where, output, got)),
    );
    this.noticeWeights();
  }

  private checkClasses(where: string, { x, y }: Arrays): Promise<void> {
    const outputs = this.model.outputShapesFor(x.map((part) => part.shape)).map((shape) => shape.slice(1));
    return checkClasses(where, y, this.compiled.classCounts(outputs));
  }

  /** Steps are captured for the weights that train; when others do, they are captured anew. */
  private noticeWeights(): void {
    const weights = this.model.trainableWeights.map(({ handle }) => handle).join();
    if (weights !== this.checkedWeights) this.steps.clear();
    this.checkedWeights = weights;
  }

  // One pass

  private step(kind: Kind): (batch: Batch) => Tensor {
    const { model, compiled } = this;
    return (batch) => (kind === 'train' ? trainStep(model, compiled, batch) : testStep(model, compiled, batch));
  }

  private passOptions(kind: Kind, settings: PassSettings): PassOptions {
    const { callbacks, progress, interrupts } = settings;
    const everyBatch = callbacks.watchesBatches(kind === 'train' ? 'Train' : 'Test');
    return {
      names: this.compiled.names,
      pace: this.paces[kind],
      everyBatch,
      stepsPerExecution: this.compiled.stepsPerExecution,
      limit: settings.limit ?? undefined,
      stop: () => interrupts.stop || (kind === 'train' && this.model.owner.stopTraining),
      before: async (batch) => {
        if (kind === 'test') return callbacks.call('onTestBatchBegin', batch);
        await callbacks.call('onBatchBegin', batch);
        await callbacks.call('onTrainBatchBegin', batch);
      },
      after: async (batch, figures) => {
        progress?.update(batch + 1, figures);
        if (kind === 'test') return callbacks.call('onTestBatchEnd', batch, figures);
        await callbacks.call('onBatchEnd', batch, figures);
        await callbacks.call('onTrainBatchEnd', batch, figures);
      },
    };
  }

  private async passArrays(kind: Kind, arrays: Arrays, settings: PassSettings): Promise<PassResult> {
    const { samples } = arrays;
    const order = uploadTensor(settings.shuffle ? shuffled(samples) : inOrder(samples), [samples], 'int32', arrays.x[0]!.runtime);
    const options = this.passOptions(kind, settings);
    try {
      if (this.compiled.runEagerly) return await this.passEagerly(kind, arrays, order, settings.batchSize, options);
      const step = this.step(kind);
      return await passOverArrays(
        samples,
        settings.batchSize,
        (rows) => this.steps.overArrays(kind, arrays, order, rows, step),
        [...inputsOf(arrays), order],
        options,
      );
    } finally {
      order.dispose();
    }
  }

  /** The same pass with every op run by itself. */
  private async passEagerly(kind: Kind, arrays: Arrays, order: Tensor, batch: number, options: PassOptions): Promise<PassResult> {
    const step = this.step(kind);
    const total = Math.min(Math.ceil(arrays.samples / batch), options.limit ?? Infinity);
    let figures: Figures = {};
    let batches = 0;
    while (batches < total && !options.stop()) {
      if (options.everyBatch) await options.before?.(batches);
      const from = batches * batch;
      const rows = Math.min(batch, arrays.samples - from);
      const result = tidy(() => {
        const position = uploadTensor(Int32Array.of(from), [], 'int32', order.runtime);
        return step(
          batchAmong(
            inputsOf(arrays).map((part) => gatherRows(part, order, position, rows)),
            arrays,
          ),
        );
      });
      figures = figuresOf(options.names, await result.data());
      result.dispose();
      batches++;
      await options.after?.(batches - 1, figures);
    }
    return { batches, figures };
  }

  private async passBatches(
    kind: Kind,
    source: AsyncIterator<Arrays>,
    settings: PassSettings,
  ): Promise<PassResult & { exhausted: boolean }> {
    const step = this.step(kind);
    const names = (): readonly string[] => this.compiled.names;
    const options = this.passOptions(kind, settings);
    return passOverBatches(
      source,
      (arrays) => ({
        run: async () => {
          if (!this.compiled.runEagerly) return this.steps.overBatch(kind, arrays, step).program.fetch(inputsOf(arrays));
          const result = tidy(() => step(arrays));
          const values = await result.data();
          result.dispose();
          return { done: 1, values };
        },
      }),
      {
        ...options,
        get names() {
          return names(); // metrics are made when the first batch is seen
        },
      },
    );
  }

  private stream(where: string, source: BatchSource): Stream {
    return streamOf(where, source, (batch) => this.accept(where, batch, true));
  }

  /** One pass over a source from its beginning, closed behind it. */
  private async passOnce(kind: Kind, stream: Stream, settings: PassSettings): Promise<PassResult> {
    const iterator = stream.begin(settings.limit !== null);
    try {
      return await this.passBatches(kind, iterator, settings);
    } finally {
      await iterator.return?.();
    }
  }

  // fit

  async fit(x: ArraysLike | BatchSource, y: ArraysLike | undefined, options: unknown): Promise<History> {
    const settings = readFitOptions('fit', options);
    return this.alone('fit', async () => {
      const interrupts = new Interrupts(settings.signal);
      interrupts.throwIfAborted();
      interrupts.listen();
      const owned: { owned: readonly Tensor[] }[] = [];
      try {
        return await this.fitting(x, y, settings, interrupts, owned);
      } finally {
        interrupts.close();
        for (const arrays of owned) disposeOwned(arrays);
      }
    });
  }

  private async fitting(
    x: ArraysLike | BatchSource,
    y: ArraysLike | undefined,
    settings: FitSettings,
    interrupts: Interrupts,
    owned: { owned: readonly Tensor[] }[],
  ): Promise<History> {
    const { model } = this;
    const data = await this.trainingData(x, y, settings, owned);
    const batchSize = settings.batchSize ?? DEFAULT_BATCH;
    const perEpoch = data.arrays ? Math.ceil(data.arrays.samples / batchSize) : (settings.stepsPerEpoch ?? data.batches?.length);
    const steps = data.arrays && settings.stepsPerEpoch !== null ? Math.min(perEpoch!, settings.stepsPerEpoch) : perEpoch;
    const validate = await this.validation(data.validation ?? settings.validationData, settings, batchSize, interrupts, owned);

    const history = new History();
    const callbacks = new CallbackList([...settings.callbacks, history]);
    callbacks.begin(model.owner, { epochs: settings.epochs, steps, verbose: settings.verbose, validates: validate !== undefined });
    model.owner.stopTraining = false;
    let iterator: AsyncIterator<Arrays> | undefined;
    await callbacks.call('onTrainBegin');
    for (let epoch = settings.initialEpoch; epoch < settings.epochs && !interrupts.stop; epoch++) {
      this.compiled.reset();
      await callbacks.call('onEpochBegin', epoch);
      const progress = new Progress(ownVerbose(settings.verbose, settings.callbacks), steps);
      progress.begin(`Epoch ${epoch + 1}/${settings.epochs}`);
      const pass: PassSettings = {
        batchSize,
        limit: settings.stepsPerEpoch,
        verbose: settings.verbose,
        shuffle: settings.shuffle,
        callbacks,
        progress,
        interrupts,
      };
      let result: PassResult;
      if (data.arrays) {
        result = await this.passArrays('train', data.arrays, pass);
      } else {
        iterator ??= data.batches!.begin(settings.stepsPerEpoch !== null);
        let streamed: PassResult & { exhausted: boolean };
        try {
          streamed = await this.passBatches('train', iterator, pass);
        } catch (error) {
          await iterator.return?.();
          throw error;
        }
        // A source without an end goes on where it was; one that ended, or has no given length, begins anew.
        if (streamed.exhausted || settings.stepsPerEpoch === null) {
          await iterator.return?.();
          iterator = undefined;
        }
        result = streamed;
        if (streamed.batches === 0 && !interrupts.stop) throw noBatches('fit', epoch > settings.initialEpoch);
      }
      let logs: Figures = result.figures;
      if (validate && !interrupts.stop && validatesAfter(epoch, settings.validationFreq)) {
        const figures = await validate(callbacks);
        logs = { ...logs, ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [`val_${name}`, value])) };
      }
      progress.end(result.batches, logs);
      if (result.batches > 0) await callbacks.call('onEpochEnd', epoch, logs);
      if (data.arrays && epoch === settings.initialEpoch) await explainNaN('fit', result.figures['loss'], data.arrays.x);
      if (model.owner.stopTraining) break;
    }
    // Moving averages become the model's weights, as Keras has it.
    this.compiled.optimizer.finalizeVariableValues(model.trainableWeights);
    await iterator?.return?.();
    await callbacks.call('onTrainEnd', history.last);
    history.interrupted = interrupts.interrupted;
    interrupts.throwIfAborted();
    return history;
  }

  private async trainingData(
    x: ArraysLike | BatchSource,
    y: ArraysLike | undefined,
    settings: FitSettings,
    owned: { owned: readonly Tensor[] }[],
  ): Promise<{ arrays?: Arrays; validation?: Arrays; batches?: Stream }> {
    if (isBatchSource(x)) {
      const refused = Object.entries({
        y,
        validationSplit: settings.validationSplit || undefined,
        classWeight: settings.classWeight ?? undefined,
        sampleWeight: settings.sampleWeight,
        batchSize: settings.batchSize ?? undefined,
      }).find(([, value]) => value !== undefined);
      if (refused) {
        throw new ArgumentError({
          where: 'fit',
          expected: `no ${refused[0]} with data that come in batches`,
          received: 'one',
          hint: 'the source makes the batches: let it yield [x, y, sampleWeight]',
        });
      }
      return { batches: this.stream('fit', x) };
    }
    let arrays = arraysOf('fit', x, y, settings.sampleWeight);
    owned.push(arrays);
    this.accept('fit', arrays, true);
    await checkLabels('fit', arrays.y);
    await this.checkClasses('fit', arrays);
    if (settings.classWeight) {
      const weights = classWeights('fit', arrays.y[0]!, settings.classWeight);
      const joined = arrays.weights ? tidy(() => ops.mul(weights, ops.cast(arrays.weights!, 'float32'))) : weights;
      owned.push({ owned: [weights, joined] });
      arrays = { ...arrays, weights: joined };
    }
    if (settings.validationSplit === 0 || settings.validationData !== undefined) return { arrays };
    const split = Math.floor(arrays.samples * (1 - settings.validationSplit));
    if (split === 0 || split === arrays.samples) {
      throw new DataError({
        where: 'fit validationSplit',
        expected: 'samples on both sides',
        received: `${split} to train and ${arrays.samples - split} to validate`,
        hint: 'choose another share, or give more samples',
      });
    }
    const training = rowsOf(arrays, 0, split);
    const validation = rowsOf(arrays, split, arrays.samples);
    owned.push(training, validation);
    return { arrays: training, validation };
  }

  /** What runs a validation: captured once, called after epochs. */
  private async validation(
    data: Arrays | ValidationData | undefined,
    settings: FitSettings,
    batchSize: number,
    interrupts: Interrupts,
    owned: { owned: readonly Tensor[] }[],
  ): Promise<((callbacks: CallbackList) => Promise<Figures>) | undefined> {
    if (data === undefined) return undefined;
    const size = settings.validationBatchSize ?? batchSize;
    const pass = (callbacks: CallbackList): PassSettings => ({
      batchSize: size,
      limit: settings.validationSteps,
      verbose: 0,
      shuffle: false,
      callbacks,
      interrupts,
    });
    const evaluated = async (callbacks: CallbackList, run: () => Promise<PassResult>): Promise<Figures> => {
      this.compiled.reset();
      await callbacks.call('onTestBegin');
      const { figures } = await run();
      await callbacks.call('onTestEnd', figures);
      return figures;
    };
    if (isBatchSource(data)) {
      const source = this.stream('fit validationData', data);
      return (callbacks) => evaluated(callbacks, () => this.passOnce('test', source, pass(callbacks)));
    }
    let arrays: Arrays;
    if ('samples' in data) {
      arrays = data;
    } else {
      arrays = batchOf('fit validationData', data);
      owned.push(arrays);
      this.accept('fit validationData', arrays, true);
      await checkLabels('fit validationData', arrays.y);
      await this.checkClasses('fit validationData', arrays);
    }
    return (callbacks) => evaluated(callbacks, () => this.passArrays('test', arrays, pass(callbacks)));
  }

  // evaluate

  async evaluate(x: ArraysLike | BatchSource, y: ArraysLike | undefined, options: unknown): Promise<Record<string, number>> {
    const settings: EvaluateSettings = readEvaluateOptions('evaluate', options);
    return this.alone('evaluate', async () => {
      const interrupts = new Interrupts(settings.signal);
      interrupts.throwIfAborted();
      const callbacks = new CallbackList(settings.callbacks);
      const batchSize = settings.batchSize ?? DEFAULT_BATCH;
      let arrays: Arrays | undefined;
      try {
        if (!isBatchSource(x)) {
          arrays = arraysOf('evaluate', x, y, settings.sampleWeight);
          this.accept('evaluate', arrays, true);
          await checkLabels('evaluate', arrays.y);
          await this.checkClasses('evaluate', arrays);
        } else if (y !== undefined || settings.sampleWeight !== undefined) {
          throw new ArgumentError({ where: 'evaluate', expected: 'no y or sampleWeight with data that come in batches', received: 'one' });
        }
        this.compiled.reset();
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
        const result = arrays
          ? await this.passArrays('test', arrays, pass)
          : await this.passOnce('test', this.stream('evaluate', x as BatchSource), pass);
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

  /** One step on one batch; figures go on from earlier calls until `resetMetrics`. */
  async onBatch(kind: Kind, x: ArraysLike, y: ArraysLike, sampleWeight?: ArrayLike1): Promise<Record<string, number>> {
    const where = kind === 'train' ? 'trainOnBatch' : 'testOnBatch';
    return this.alone(where, async () => {
      const arrays = arraysOf(where, x, y, sampleWeight);
      try {
        this.accept(where, arrays, true);
        const { values } = this.compiled.runEagerly
          ? { values: await this.eagerly(kind, arrays) }
          : await this.steps.overBatch(kind, arrays, this.step(kind)).program.fetch(inputsOf(arrays));
        return { ...figuresOf(this.compiled.names, values) };
      } finally {
        disposeOwned(arrays);
      }
    });
  }

  private async eagerly(kind: Kind, arrays: Arrays): Promise<ArrayLike<number>> {
    const result = tidy(() => this.step(kind)(arrays));
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
    this.steps.clear();
    this.compiled.dispose();
  }
}

function validatesAfter(epoch: number, freq: number | readonly number[]): boolean {
  return typeof freq === 'number' ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}

function noBatches(where: string, again: boolean): DataError {
  return new DataError({
    where,
    expected: 'at least one batch',
    received: 'a source without any',
    hint: again ? 'give an iterable that begins anew at each epoch, not a generator that is used up' : 'check how the batches are made',
  });
}
