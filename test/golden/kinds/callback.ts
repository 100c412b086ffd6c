import { callbacks } from '../../../lib/index.js';
import type { Callback, TrainedModel, WeightState } from '../../../lib/callbacks/callback.js';
import { type GoldenCase, NotImplemented, optionsOf } from '../format.js';
import type { Kind } from './index.js';

const makers: Record<string, (options: never, golden: GoldenCase) => Callback> = {
  EarlyStopping: (options) => callbacks.earlyStopping(options),
  ReduceLROnPlateau: (options) => callbacks.reduceLROnPlateau(options),
  LearningRateScheduler: (_, golden) => {
    const rates = golden['schedule'] as number[] | undefined;
    if (!rates) throw new NotImplemented('LearningRateScheduler without a list');
    return callbacks.learningRateScheduler((epoch) => rates[epoch]!);
  },
};

/** A model whose weights are the number of the epoch that made them. */
class Counting implements TrainedModel {
  stopTraining = false;
  name = 'counting';
  weights = -1;
  readonly optimizer: { learningRate: number; readonly iterations: number };

  constructor(learningRate: number) {
    this.optimizer = { learningRate, iterations: 0 };
  }

  getWeightState(): WeightState & { epoch: number } {
    return { epoch: this.weights, copies: [], dispose: () => undefined };
  }

  setWeightState(state: WeightState): void {
    this.weights = (state as WeightState & { epoch: number }).epoch;
  }
}

export const callback: Kind = {
  precisions: ['float32'],
  async run(golden: GoldenCase): Promise<void> {
    const make = makers[golden['class'] as string];
    if (!make) throw new NotImplemented(golden['class'] as string);
    const made = make(optionsOf(golden['config'] as Record<string, unknown>) as never, golden);
    const model = new Counting(golden['initial_learning_rate'] as number);
    made.setModel(model);
    await made.onTrainBegin();
    const after = golden['after_epoch'] as { learning_rate: number; stop_training: boolean }[];
    for (const [epoch, logs] of (golden['epochs'] as Record<string, number>[]).entries()) {
      await made.onEpochBegin(epoch);
      model.weights = epoch;
      await made.onEpochEnd(epoch, logs);
      const wanted = after[epoch]!;
      const rate = model.optimizer.learningRate;
      if (Math.abs(rate - wanted.learning_rate) > 1e-6 * Math.abs(wanted.learning_rate)) {
        throw new Error(`learning rate after epoch ${epoch}: expected ${wanted.learning_rate}, got ${rate}`);
      }
      if (model.stopTraining !== wanted.stop_training) throw new Error(`stops after epoch ${epoch}: expected ${wanted.stop_training}`);
      if (model.stopTraining) break;
    }
    await made.onTrainEnd();
    const wanted = golden['weights_of_epoch'];
    if (typeof wanted === 'number' && model.weights !== wanted)
      throw new Error(`weights: expected those of epoch ${wanted}, got ${model.weights}`);
  },
};
