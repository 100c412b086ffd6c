/** The epochs of `fit`. */
import { CallbackList } from '../../callbacks/callback.js';
import { History } from '../../callbacks/history.js';
import { DataError } from '../../errors.js';
import { explainNaN } from './check-values.js';
import type { Arrays, ArraysLike, BatchSource } from './data.js';
import { type FitSettings, type Owned, trainingData, validation } from './fit-data.js';
import type { Interrupts } from './interrupts.js';
import type { Figures, PassResult } from './loops.js';
import type { Passes, PassSettings } from './passes.js';
import { ownVerbose } from '../../callbacks/progbar-logger.js';
import { Progress } from '../../callbacks/progress.js';
import { refuseEndless } from './source.js';

export const DEFAULT_BATCH = 32;

export async function fitting(
  passes: Passes,
  x: ArraysLike | BatchSource,
  y: ArraysLike | undefined,
  settings: FitSettings,
  interrupts: Interrupts,
  owned: Owned,
): Promise<History> {
  const { model, compiled } = passes;
  const data = await trainingData(passes, x, y, settings, owned);
  const batchSize = settings.batchSize ?? DEFAULT_BATCH;
  if (data.batches) refuseEndless('fit stepsPerEpoch', data.batches, settings.stepsPerEpoch);
  const perEpoch = data.arrays ? Math.ceil(data.arrays.samples / batchSize) : (settings.stepsPerEpoch ?? data.batches?.length);
  const steps = data.arrays && settings.stepsPerEpoch !== null ? Math.min(perEpoch!, settings.stepsPerEpoch) : perEpoch;
  const validate = await validation(passes, data.validation ?? settings.validationData, settings, batchSize, interrupts, owned);

  const history = new History();
  const callbacks = new CallbackList([...settings.callbacks, history]);
  callbacks.begin(model.owner, { epochs: settings.epochs, steps, verbose: settings.verbose, validates: validate !== undefined });
  model.owner.stopTraining = false;
  let iterator: AsyncIterator<Arrays> | undefined;
  await callbacks.call('onTrainBegin');
  for (let epoch = settings.initialEpoch; epoch < settings.epochs && !interrupts.stop; epoch++) {
    model.resetMetrics();
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
      result = await passes.arrays('train', data.arrays, pass);
    } else {
      iterator ??= data.batches!.begin(settings.stepsPerEpoch !== null);
      let streamed: PassResult & { exhausted: boolean };
      try {
        streamed = await passes.batches('train', iterator, pass);
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
  compiled.optimizer.finalizeVariableValues(model.trainableWeights);
  await iterator?.return?.();
  await callbacks.call('onTrainEnd', history.last);
  history.interrupted = interrupts.interrupted;
  interrupts.throwIfAborted();
  return history;
}

function validatesAfter(epoch: number, freq: number | readonly number[]): boolean {
  return typeof freq === 'number' ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}

export function noBatches(where: string, again: boolean): DataError {
  return new DataError({
    where,
    expected: 'at least one batch',
    received: 'a source without any',
    hint: again ? 'give an iterable that begins anew at each epoch, not a generator that is used up' : 'check how the batches are made',
  });
}
