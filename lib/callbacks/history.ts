/** The figures of every epoch. Source: Keras 3, `keras.callbacks.History`. */
import { Callback, type CallbackState, type Logs } from './callback.js';

/** What `fit` resolves to. */
export class History extends Callback {
  /** Figures by name, one an epoch. */
  readonly history: Record<string, number[]> = {};
  /** Epochs that were trained, counted from 0; with those before a checkpoint that training went on from. */
  readonly epoch: number[] = [];
  /** Whether Ctrl+C ended the training early. */
  interrupted = false;
  /** Figures of the last epoch. */
  last: Logs = {};

  override getState(): CallbackState {
    return { history: this.history, epoch: this.epoch, last: this.last };
  }

  override setState(state: CallbackState): void {
    Object.assign(this.history, state['history']);
    this.epoch.splice(0, Infinity, ...(state['epoch'] as number[]));
    this.last = state['last'] as Logs;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    this.last = logs;
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}
