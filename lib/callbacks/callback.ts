/** What a callback is: hooks that training calls. Source: Keras 3, `keras.callbacks.Callback`. */

import type { Plain } from '../checkpoints/json.js';
import type { Tensor } from '../tensor/tensor.js';

/** Running figures by name: loss, accuracy, val_loss ... */
export type Logs = Readonly<Record<string, number>>;

/** What callbacks may do with the model that is trained. */
export interface TrainedModel {
  /** Set to true to stop after the batch in progress. */
  stopTraining: boolean;
  readonly optimizer: { learningRate: number; readonly iterations: number };
  getWeightState(): WeightState;
  setWeightState(state: WeightState): void;
  readonly name: string;
}

/** Copies of all weights, kept on the device. */
export interface WeightState {
  readonly copies: readonly Tensor[];
  dispose(): void;
}

/** What is known when training begins. */
export interface TrainParams {
  epochs: number;
  /** Batches an epoch; undefined for data of unknown length. */
  steps: number | undefined;
  verbose: 0 | 1 | 2;
  /** Whether figures of a validation come, be it only after some of the epochs. */
  validates?: boolean;
  /** Whether training goes on where a checkpoint was written: `setState` follows after `onTrainBegin`. */
  resumes?: boolean;
}

/** What a callback keeps in checkpoints: numbers, texts, lists and objects of them, and under names of their own tensors or lists of tensors. */
export type CallbackState = Readonly<Record<string, Plain | Tensor | readonly Tensor[]>>;

type Hook = void | Promise<void>;

/**
 * The base of callbacks. Override what you need; a hook may return a promise, which training awaits. Hooks of batches make training stop at
 * every batch, where it otherwise submits several at a time.
 *
 * @example
 * class Announce extends callbacks.Callback {
 *   override onEpochEnd(epoch: number, logs: Logs) {
 *     console.log(epoch, logs.loss);
 *   }
 * }
 */
export class Callback {
  model!: TrainedModel;
  params!: TrainParams;

  setModel(model: TrainedModel): void {
    this.model = model;
  }

  setParams(params: TrainParams): void {
    this.params = params;
  }

  /**
   * What checkpoints are to keep, where a callback remembers something from one hook to the next. It is asked after hooks, at a place where
   * training could be stopped; its tensors are copied.
   */
  getState(): CallbackState | undefined {
    return undefined;
  }

  /**
   * Takes back what `getState` gave, when training is resumed: after `onTrainBegin`, and once more after `onEpochBegin` where it is resumed in
   * the middle of an epoch. Its tensors then belong to the callback.
   */
  setState(_state: CallbackState): void {}

  onTrainBegin(_logs?: Logs): Hook {}
  onTrainEnd(_logs?: Logs): Hook {}
  onEpochBegin(_epoch: number, _logs?: Logs): Hook {}
  onEpochEnd(_epoch: number, _logs: Logs): Hook {}
  onTrainBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onTrainBatchEnd(_batch: number, _logs: Logs): Hook {}
  /** As `onTrainBatchBegin`, by Keras' older name. */
  onBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onBatchEnd(_batch: number, _logs: Logs): Hook {}
  onTestBegin(_logs?: Logs): Hook {}
  onTestEnd(_logs?: Logs): Hook {}
  onTestBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onTestBatchEnd(_batch: number, _logs: Logs): Hook {}
  onPredictBegin(_logs?: Logs): Hook {}
  onPredictEnd(_logs?: Logs): Hook {}
  onPredictBatchBegin(_batch: number, _logs?: Logs): Hook {}
  onPredictBatchEnd(_batch: number, _logs?: Logs): Hook {}

  /** Whether a hook of single batches is overridden, so that each batch has to be waited for. */
  watchesBatches(kind: 'Train' | 'Test' | 'Predict'): boolean {
    const hooks = [
      `on${kind}BatchBegin`,
      `on${kind}BatchEnd`,
      ...(kind === 'Train' ? ['onBatchBegin', 'onBatchEnd'] : []),
    ] as (keyof Callback)[];
    return hooks.some((hook) => this[hook] !== Callback.prototype[hook]);
  }
}

type HookName = Exclude<{ [K in keyof Callback]: K extends `on${string}` ? K : never }[keyof Callback], undefined>;

/** Calls several callbacks in order. */
export class CallbackList {
  constructor(private readonly callbacks: readonly Callback[]) {}

  begin(model: TrainedModel, params: TrainParams): void {
    for (const callback of this.callbacks) {
      callback.setModel(model);
      callback.setParams(params);
    }
  }

  watchesBatches(kind: 'Train' | 'Test' | 'Predict'): boolean {
    return this.callbacks.some((callback) => callback.watchesBatches(kind));
  }

  async call<H extends HookName>(hook: H, ...args: Parameters<Callback[H]>): Promise<void> {
    for (const callback of this.callbacks) {
      const answer = (callback[hook] as (...values: unknown[]) => Hook).apply(callback, args);
      if (answer instanceof Promise) await answer;
    }
  }
}
