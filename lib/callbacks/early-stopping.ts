/** Stops when a figure no longer improves. Source: Keras 3, `keras.callbacks.EarlyStopping`. */
import { flag, nullable, oneOf, optional, readOptions, real, text, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { Callback, type CallbackState, type Logs, type WeightState } from './callback.js';
import { largerIsBetter, type Mode, monitored } from './monitor.js';
import { verbose } from './verbose.js';

export interface EarlyStoppingOptions {
  /** The figure to watch; 'val_loss'. */
  monitor?: string;
  /** Smaller changes are no improvement; 0. */
  minDelta?: number;
  /** Epochs without improvement to wait; 0. */
  patience?: number;
  verbose?: 0 | 1;
  mode?: Mode;
  /** What has to be reached at all. */
  baseline?: number | null;
  /** Goes back to the weights of the best epoch at the end; false. */
  restoreBestWeights?: boolean;
  /** Epochs before the watching begins; 0. */
  startFromEpoch?: number;
}

export class EarlyStopping extends Callback {
  readonly className = 'EarlyStopping';
  /** The epoch that training was stopped at, counted from 0; 0 when it was not. */
  stoppedEpoch = 0;
  /** The best epoch so far. */
  bestEpoch = 0;
  best: number | undefined;
  private wait = 0;
  private bestWeights: WeightState | undefined;
  private readonly settings;
  private readonly larger: boolean;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    this.settings = readOptions('earlyStopping', options, {
      monitor: optional(text, 'val_loss'),
      minDelta: optional(real(), 0),
      patience: optional(whole(0), 0),
      verbose,
      mode: optional(oneOf<Mode>('auto', 'min', 'max'), 'auto'),
      baseline: nullable(real()),
      restoreBestWeights: optional(flag, false),
      startFromEpoch: optional(whole(0), 0),
    });
    this.larger = largerIsBetter(this.settings.monitor, this.settings.mode);
  }

  override getState(): CallbackState {
    const { wait, stoppedEpoch, bestEpoch, best, bestWeights } = this;
    return { wait, stoppedEpoch, bestEpoch, best, weights: bestWeights?.copies ?? [] };
  }

  override setState(state: CallbackState): void {
    this.forget();
    this.wait = state['wait'] as number;
    this.stoppedEpoch = state['stoppedEpoch'] as number;
    this.bestEpoch = state['bestEpoch'] as number;
    this.best = state['best'] as number | undefined;
    const copies = state['weights'] as readonly Tensor[];
    if (copies.length > 0) this.bestWeights = { copies, dispose: () => copies.forEach((copy) => copy.dispose()) };
  }

  override onTrainBegin(): void {
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.best = undefined;
    this.forget();
  }

  private forget(): void {
    this.bestWeights?.dispose();
    this.bestWeights = undefined;
  }

  private improves(value: number, reference: number | undefined): boolean {
    if (reference === undefined) return true;
    const delta = Math.abs(this.settings.minDelta);
    return this.larger ? value - delta > reference : value + delta < reference;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { monitor, patience, baseline, restoreBestWeights, startFromEpoch } = this.settings;
    const value = monitored('earlyStopping', monitor, logs, this.params);
    if (value === undefined || epoch < startFromEpoch) return;
    if (restoreBestWeights && !this.bestWeights) this.keep(epoch);
    this.wait++;
    if (this.improves(value, this.best)) {
      this.best = value;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.keep(epoch);
      // Patience starts anew only once the baseline is beaten.
      if (baseline === null || this.improves(value, baseline)) this.wait = 0;
      return;
    }
    if (this.wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  private keep(epoch: number): void {
    this.forget();
    this.bestWeights = this.model.getWeightState();
    this.bestEpoch = epoch;
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0 && this.settings.verbose > 0) process.stdout.write(`Epoch ${this.stoppedEpoch + 1}: early stopping\n`);
    if (this.bestWeights) {
      if (this.settings.verbose > 0)
        process.stdout.write(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.\n`);
      this.model.setWeightState(this.bestWeights);
    }
    this.forget();
  }
}

/**
 * Stops training when the monitored figure has not improved for `patience` epochs.
 *
 * @example
 * await model.fit(x, y, { validationSplit: 0.1, epochs: 50, callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })] });
 */
export function earlyStopping(options?: EarlyStoppingOptions): EarlyStopping {
  return new EarlyStopping(options);
}
