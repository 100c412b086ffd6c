/** Passes over data: captured steps, or steps op by op where `runEagerly` says so. */
import type { CallbackList } from '../../callbacks/callback.js';
import { uploadTensor } from '../../ops/define.js';
import { tidy } from '../../tensor/scope.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { StreamPlace } from '../../random/state.js';
import { accept, type AcceptedShapes, type Described, namesOf, type TrainableModel } from './accept.js';
import { checkClasses, checkLabels } from './check-values.js';
import type { Compiled } from './compiled.js';
import type { Arrays, BatchSource } from './data.js';
import type { Interrupts } from './interrupts.js';
import { type Figures, figuresOf, type Marks, Pace, type PassOptions, type PassResult, passOverArrays, passOverBatches } from './loops.js';
import type { Progress, Verbose } from '../../callbacks/progress.js';
import { inOrder, shuffled } from './shuffle.js';
import { type Stream, streamOf } from './source.js';
import { type Batch, batchAmong, figuresVector, gatherRows, inputsOf, StepCache } from './steps.js';

export type Kind = 'train' | 'test';

export interface PassSettings {
  batchSize: number;
  limit: number | null;
  verbose: Verbose;
  shuffle: boolean;
  callbacks: CallbackList;
  progress?: Progress;
  interrupts: Interrupts;
  /** Where a pass goes on in its middle. */
  from?: PassOptions['from'];
  /** The place of the global stream that the order of such a pass was drawn from. */
  order?: StreamPlace | undefined;
  marks?: Marks | undefined;
}

export class Passes {
  readonly steps = new StepCache();
  private readonly paces: Record<Kind, Pace> = { train: new Pace(), test: new Pace() };
  private checkedWeights = '';
  /** Names of the figures of the steps that were captured last. */
  readonly names: Record<Kind, readonly string[]> = { train: [], test: [] };
  /** Shapes of the data that the model was last trained with. */
  accepted: AcceptedShapes | undefined;

  constructor(
    readonly model: TrainableModel,
    readonly compiled: Compiled,
  ) {}

  /** Names of the outputs, by which weights of samples may be given. */
  get outputNames(): readonly string[] {
    return namesOf(this.model, 1);
  }

  /** Builds the model for the data and refuses data that do not fit it. */
  accept(where: string, arrays: Arrays, kind: Kind): void {
    this.acceptShapes(where, arrays, kind);
    // Steps are captured for the weights that train; when others do, they are captured anew.
    const weights = this.model.trainableWeights.map(({ handle }) => handle).join();
    if (weights !== this.checkedWeights) this.steps.clear();
    this.checkedWeights = weights;
  }

  /** The same, where only the shapes are known. */
  acceptShapes(where: string, shapes: AcceptedShapes, kind: Kind): void {
    accept(this.model, this.compiled, where, shapes, kind);
    if (where !== 'fit') return;
    const part = ({ shape, dtype }: Described): Described => ({ shape: [...shape], dtype });
    this.accepted = { x: shapes.x.map(part), y: shapes.y.map(part), samples: shapes.samples };
  }

  /** Refuses labels that are no number or no class. */
  async checkValues(where: string, { x, y }: Arrays, kind: Kind): Promise<void> {
    await checkLabels(where, y);
    if (this.model.ownStep(kind)) return;
    const outputs = this.model.outputShapesFor(x.map((part) => part.shape))!.map((shape) => shape.slice(1));
    await checkClasses(where, y, this.compiled.classCounts(outputs));
  }

  step(kind: Kind): (batch: Batch) => Tensor {
    return (batch) => {
      const logs = this.model.step(kind, batch);
      this.names[kind] = Object.keys(logs ?? {});
      return figuresVector(`${kind}Step`, logs);
    };
  }

  private passOptions(kind: Kind, settings: PassSettings): PassOptions {
    const { callbacks, progress, interrupts } = settings;
    const everyBatch = callbacks.watchesBatches(kind === 'train' ? 'Train' : 'Test');
    const names = (): readonly string[] => this.names[kind];
    return {
      // A step's figures are known when it was captured.
      get names() {
        return names();
      },
      pace: this.paces[kind],
      everyBatch,
      stepsPerExecution: this.compiled.stepsPerExecution,
      limit: settings.limit ?? undefined,
      from: settings.from,
      marks: settings.marks,
      unlessStopped: (work) => interrupts.unlessStopped(work),
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

  async arrays(kind: Kind, arrays: Arrays, settings: PassSettings): Promise<PassResult> {
    const { samples } = arrays;
    const order = uploadTensor(
      settings.shuffle ? shuffled(samples, settings.order) : inOrder(samples),
      [samples],
      'int32',
      arrays.x[0]!.runtime,
    );
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
    let figures: Figures = options.from?.figures ?? {};
    let batches = options.from?.batch ?? 0;
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
      options.marks?.at(batches)?.complete(figures);
    }
    return { batches, figures };
  }

  async batches(kind: Kind, source: AsyncIterator<Arrays>, settings: PassSettings): Promise<PassResult & { exhausted: boolean }> {
    const step = this.step(kind);
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
      this.passOptions(kind, settings),
    );
  }

  stream(where: string, source: BatchSource, kind: Kind): Stream {
    return streamOf(
      where,
      source,
      (batch) => this.accept(where, batch, kind),
      () => this.outputNames,
    );
  }

  /** One pass over a source from its beginning, closed behind it. */
  async once(kind: Kind, stream: Stream, settings: PassSettings): Promise<PassResult> {
    const iterator = stream.begin(settings.limit !== null);
    try {
      return await this.batches(kind, iterator, settings);
    } finally {
      await iterator.return?.();
    }
  }
}
