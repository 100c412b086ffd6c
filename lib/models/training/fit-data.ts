/** The data of `fit`: those to train with, and those to validate with. */
import type { CallbackList } from '../../callbacks/callback.js';
import { ArgumentError, DataError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { namesOf } from './accept.js';
import { withClassWeights } from './class-weights.js';
import { type Arrays, arraysOf, type ArraysLike, type BatchSource, batchOf, isBatchSource, rowsOf } from './data.js';
import type { Interrupts } from './interrupts.js';
import type { Figures, PassResult } from './loops.js';
import type { readFitOptions, ValidationData } from './options.js';
import type { Passes, PassSettings } from './passes.js';
import { refuseEndless, type Stream } from './source.js';

export type FitSettings = ReturnType<typeof readFitOptions>;

/** What is disposed of at the end. */
export type Owned = { owned: readonly Tensor[] }[];

export async function trainingData(
  passes: Passes,
  x: ArraysLike | BatchSource,
  y: ArraysLike | undefined,
  settings: FitSettings,
  owned: Owned,
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
    return { batches: passes.stream('fit', x, 'train') };
  }
  let arrays = arraysOf('fit', x, y, settings.sampleWeight, passes.outputNames);
  owned.push(arrays);
  passes.accept('fit', arrays, 'train');
  await passes.checkValues('fit', arrays, 'train');
  if (settings.classWeight) {
    const weighed = withClassWeights('fit', arrays, settings.classWeight, namesOf(passes.model, arrays.y.length));
    owned.push(weighed);
    arrays = weighed;
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
export async function validation(
  passes: Passes,
  data: Arrays | ValidationData | undefined,
  settings: FitSettings,
  batchSize: number,
  interrupts: Interrupts,
  owned: Owned,
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
    passes.model.resetMetrics();
    await callbacks.call('onTestBegin');
    const { figures } = await run();
    await callbacks.call('onTestEnd', figures);
    return figures;
  };
  if (isBatchSource(data)) {
    const source = passes.stream('fit validationData', data, 'test');
    refuseEndless('fit validationSteps', source, settings.validationSteps);
    return (callbacks) => evaluated(callbacks, () => passes.once('test', source, pass(callbacks)));
  }
  let arrays: Arrays;
  if ('samples' in data) {
    arrays = data;
  } else {
    arrays = batchOf('fit validationData', data, passes.outputNames);
    owned.push(arrays);
    passes.accept('fit validationData', arrays, 'test');
    await passes.checkValues('fit validationData', arrays, 'test');
  }
  return (callbacks) => evaluated(callbacks, () => passes.arrays('test', arrays, pass(callbacks)));
}
