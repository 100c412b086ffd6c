/** Predictions: the model without labels, batch by batch, into one tensor an output. Needs no `compile`. */
import { CallbackList } from '../../callbacks/callback.js';
import { DataError } from '../../errors.js';
import { Program } from '../../autodiff/program.js';
import { uniformTensor, uploadTensor } from '../../ops/define.js';
import * as ops from '../../ops/index.js';
import { tidy } from '../../tensor/scope.js';
import type { Tensor } from '../../tensor/tensor.js';
import { acceptInputs, type TrainableModel } from './accept.js';
import { type Arrays, arraysOf, type ArraysLike, type BatchSource, batchOf, disposeOwned, isBatchSource, tensorsOf } from './data.js';
import { Interrupts } from './interrupts.js';
import { readPredictOptions } from './options.js';
import { ownVerbose } from '../../callbacks/progbar-logger.js';
import { Progress } from '../../callbacks/progress.js';
import { inOrder } from './shuffle.js';
import { refuseEndless } from './source.js';
import { gatherRows, Position, StepCache } from './steps.js';

const DEFAULT_BATCH = 32;
/** Batches in the queue before the first is waited for, so that a long prediction can be stopped and does not pile up. */
const AHEAD = 64;

export class Predictor {
  private readonly steps = new StepCache();

  constructor(private readonly model: TrainableModel) {}

  async predict(x: ArraysLike | BatchSource, options: unknown): Promise<Tensor[]> {
    const settings = readPredictOptions('predict', options);
    const interrupts = new Interrupts(settings.signal);
    interrupts.throwIfAborted();
    const callbacks = new CallbackList(settings.callbacks);
    if (isBatchSource(x)) refuseEndless('predict steps', x as { length?: unknown }, settings.steps);
    const source = isBatchSource(x) ? this.fromBatches(x) : this.fromArrays(x, settings.batchSize ?? DEFAULT_BATCH, settings.steps);
    callbacks.begin(this.model.owner, { epochs: 1, steps: source.total, verbose: settings.verbose });
    const progress = new Progress(ownVerbose(settings.verbose, settings.callbacks), source.total);
    const parts: Tensor[][] = [];
    const running: Promise<number>[] = [];
    try {
      progress.begin();
      await callbacks.call('onPredictBegin');
      for await (const run of source.runs) {
        interrupts.throwIfAborted();
        await callbacks.call('onPredictBatchBegin', parts.length);
        const { outputs, done } = run();
        parts.push(outputs);
        running.push(done);
        if (running.length > AHEAD || callbacks.watchesBatches('Predict')) await Promise.all(running.splice(0));
        progress.update(parts.length, {});
        await callbacks.call('onPredictBatchEnd', parts.length - 1);
        if (settings.steps !== null && parts.length >= settings.steps) break;
      }
      await Promise.all(running);
      if (parts.length === 0) throw new DataError({ where: 'predict', expected: 'at least one batch', received: 'a source without any' });
      progress.end(parts.length, {});
      await callbacks.call('onPredictEnd');
      return parts[0]!.map((first, i) => {
        if (parts.length === 1) return first;
        const pieces = parts.map((outputs) => outputs[i]!);
        return tidy(() => ops.concatenate(pieces, { axis: 0 }));
      });
    } finally {
      await Promise.allSettled(running);
      if (parts.length > 1) for (const part of parts.flat()) part.dispose();
      source.close();
    }
  }

  private fromArrays(
    x: ArraysLike,
    batch: number,
    steps: number | null,
  ): { total: number; runs: Iterable<() => { outputs: Tensor[]; done: Promise<number> }>; close(): void } {
    const arrays = arraysOf('predict', x);
    acceptInputs(this.model, 'predict', arrays.x);
    const { samples } = arrays;
    const order = uploadTensor(inOrder(samples), [samples], 'int32', arrays.x[0]!.runtime);
    const total = Math.min(Math.ceil(samples / batch), steps ?? Infinity);
    const runs = function* (this: Predictor): Generator<() => { outputs: Tensor[]; done: Promise<number> }> {
      for (let i = 0; i < total; i++) {
        const rows = Math.min(batch, samples - i * batch);
        const step = this.overArrays(arrays, order, rows);
        step.seek(i * batch);
        yield () => step.program.run([...arrays.x, order]);
      }
    }.bind(this);
    return {
      total,
      runs: { [Symbol.iterator]: runs },
      close: () => {
        order.dispose();
        disposeOwned(arrays);
      },
    };
  }

  private fromBatches(source: BatchSource) {
    let waiting: Arrays | undefined;
    const runs = async function* (this: Predictor): AsyncGenerator<() => { outputs: Tensor[]; done: Promise<number> }> {
      for await (const item of source as AsyncIterable<unknown>) {
        // A batch is what `fit` takes, [x, y], or the inputs alone.
        const whole = (Array.isArray(item) && item.length <= 3) || (typeof item === 'object' && item !== null && 'x' in item);
        const made: Tensor[] = [];
        const arrays = whole
          ? batchOf('predict', item as never)
          : { x: tensorsOf('predict x', item as ArraysLike, made), y: [], weights: [], samples: 0, owned: made };
        acceptInputs(this.model, 'predict', arrays.x);
        const step = this.overBatch(arrays.x);
        waiting = arrays;
        yield () => {
          waiting = undefined;
          const run = step.run(arrays.x);
          // A stream may be longer than memory: what was made of a batch goes as soon as it was read.
          return { ...run, done: run.done.finally(() => disposeOwned(arrays)) };
        };
      }
    }.bind(this);
    return { total: undefined, runs: { [Symbol.asyncIterator]: runs }, close: () => waiting && disposeOwned(waiting) };
  }

  private forward(x: readonly Tensor[]): readonly Tensor[] {
    return this.model.predictStep(x);
  }

  private overArrays(arrays: Arrays, order: Tensor, rows: number) {
    const specs = [...arrays.x, order].map(({ shape, dtype }) => ({ shape, dtype }));
    const key = `${rows} of ${specs.map(({ shape, dtype }) => `${dtype}[${shape.join()}]`).join(';')}@${order.runtime.name}`;
    return this.steps.find(key, () => {
      const position = new Position(rows);
      const program = new Program(order.runtime, specs, (inputs) => {
        const at = uniformTensor(position);
        const places = inputs[inputs.length - 1]!;
        return this.forward(inputs.slice(0, -1).map((part) => gatherRows(part, places, at, rows)));
      });
      return { program, seek: (start) => (position.start = start) };
    });
  }

  private overBatch(x: readonly Tensor[]): Program {
    const specs = x.map(({ shape, dtype }) => ({ shape, dtype }));
    const key = `${specs.map(({ shape, dtype }) => `${dtype}[${shape.join()}]`).join(';')}@${x[0]!.runtime.name}`;
    return this.steps.find(key, () => ({
      program: new Program(x[0]!.runtime, specs, (inputs) => this.forward(inputs)),
      seek: () => undefined,
    })).program;
  }

  dispose(): void {
    this.steps.clear();
  }
}
