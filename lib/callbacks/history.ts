/** The figures of every epoch. Source: Keras 3, `keras.callbacks.History`. */
import { Callback, type Logs } from './callback.js';

/** What `fit` resolves to. */
export class History extends Callback {
  /** Figures by name, one an epoch. */
  readonly history: Record<string, number[]> = {};
  /** Epochs that were trained, counted from 0. */
  readonly epoch: number[] = [];
  /** Whether Ctrl+C ended the training early. */
  interrupted = false;
  /** Figures of the last epoch. */
  last: Logs = {};

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    this.last = logs;
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
  }
}
