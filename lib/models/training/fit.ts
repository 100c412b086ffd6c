/** The epochs of `fit`. */
import { CallbackList } from '../../callbacks/callback.js';
import { History } from '../../callbacks/history.js';
import { DataError } from '../../errors.js';
import { explainNaN } from './check-values.js';
import type { ArraysLike, BatchSource } from './data.js';
import { type FitSettings, type Owned, trainingData, validation } from './fit-data.js';
import type { Interrupts } from './interrupts.js';
import type { Figures, PassResult } from './loops.js';
import type { Passes, PassSettings } from './passes.js';
import { ownVerbose } from '../../callbacks/progbar-logger.js';
import { Progress } from '../../callbacks/progress.js';
import { checkpointSettings, openSaver } from './open-saver.js';
import { describeRun } from './run-description.js';
import type { RunSources } from './saver.js';
import { refuseEndless, setStateOf, stateOf } from './source.js';

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
  const all = [...settings.callbacks, history];
  const callbacks = new CallbackList(all);
  const sources = sourcesOf(x, settings.validationData);
  const checkpoint = checkpointSettings(settings.checkpoint, settings.callbacks);
  const run = describeRun(settings, batchSize, data.arrays);
  const saver = checkpoint && (await openSaver(checkpoint, passes, all, run, sources));
  try {
    await epochs();
  } finally {
    await sources.reading?.return?.();
    await saver?.close();
  }
  history.interrupted = interrupts.interrupted;
  interrupts.throwIfAborted();
  return history;

  async function epochs(): Promise<void> {
    const start = saver?.start;
    const params = { epochs: settings.epochs, steps, verbose: settings.verbose, validates: validate !== undefined };
    callbacks.begin(model.owner, start ? { ...params, resumes: true } : params);
    model.owner.stopTraining = false;
    await callbacks.call('onTrainBegin');
    const endless = settings.stepsPerEpoch !== null;
    if (data.batches && start?.source.opened) {
      sources.reading = data.batches.begin(endless, start.source);
      await sources.reading.skip();
    }
    await saver?.restore();
    let next = start?.epoch ?? settings.initialEpoch;
    let stopped = start?.stopped ?? false;
    let kept = false;
    while (next < settings.epochs && !interrupts.stop && !stopped) {
      const epoch = next;
      const resume = start?.begun && epoch === start.epoch ? start : undefined;
      model.resetMetrics();
      await callbacks.call('onEpochBegin', epoch);
      // Once more: what this hook does was done before the checkpoint was written.
      if (resume) await saver!.restore();
      const progress = new Progress(ownVerbose(settings.verbose, settings.callbacks), steps);
      progress.begin(`Epoch ${epoch + 1}/${settings.epochs}`);
      saver?.beginEpoch(resume?.order);
      const pass: PassSettings = {
        batchSize,
        limit: settings.stepsPerEpoch,
        verbose: settings.verbose,
        shuffle: settings.shuffle,
        callbacks,
        progress,
        interrupts,
        from: resume,
        order: resume?.order,
        marks: saver?.marks(epoch),
      };
      let result: PassResult;
      let over = false;
      if (data.arrays) {
        result = await passes.arrays('train', data.arrays, pass);
      } else {
        sources.reading ??= data.batches!.begin(endless);
        const streamed = await passes.batches('train', sources.reading, pass);
        // A source without an end goes on where it was; one that ended, or has no given length, begins anew.
        over = streamed.exhausted || !endless;
        result = streamed;
        if (streamed.batches === 0 && !interrupts.stop) throw noBatches('fit', epoch > settings.initialEpoch);
      }
      const done = saver?.host({ epoch, batch: result.batches, begun: true, stopped: false });
      if (over) {
        await sources.reading?.return?.();
        sources.reading = undefined;
      }
      let logs: Figures = result.figures;
      if (validate && !interrupts.stop && validatesAfter(epoch, settings.validationFreq)) {
        const figures = await validate(callbacks);
        logs = { ...logs, ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [`val_${name}`, value])) };
      }
      if (interrupts.stop && saver) {
        await saver.write(done!, result.figures);
        kept = true;
      }
      progress.end(result.batches, logs);
      if (result.batches > 0) await callbacks.call('onEpochEnd', epoch, logs);
      if (data.arrays && epoch === settings.initialEpoch) await explainNaN('fit', result.figures['loss'], data.arrays.x);
      stopped = model.owner.stopTraining;
      next = epoch + 1;
      if (!kept) saver?.endEpoch(epoch, result, stopped || next >= settings.epochs || interrupts.stop);
    }
    const place = { epoch: next, batch: 0, begun: false, stopped };
    if (saver && !interrupts.stop) await saver.finish(place);
    else if (saver && !kept) await saver.write(saver.host(place), {});
    // Moving averages become the model's weights, as Keras has it.
    compiled.optimizer.finalizeVariableValues(model.trainableWeights);
    await callbacks.call('onTrainEnd', history.last);
  }
}

/** What checkpoints keep of the data. */
function sourcesOf(x: unknown, validationData: unknown): RunSources {
  const kept = (data: unknown): RunSources['source'] => ({
    getState: () => stateOf(data),
    setState: (state) => void setStateOf(data, state),
  });
  return { reading: undefined, source: kept(x), validation: kept(validationData) };
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
