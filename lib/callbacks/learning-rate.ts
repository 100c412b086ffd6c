/** Changing the learning rate between epochs. Source: Keras 3, `LearningRateScheduler` and `ReduceLROnPlateau`. */
import { ArgumentError } from '../errors.js';
import { describe, oneOf, optional, readOptions, real, text, whole } from '../options/index.js';
import { Callback, type CallbackState, type Logs } from './callback.js';
import { largerIsBetter, type Mode, monitored } from './monitor.js';
import { verbose } from './verbose.js';

export class LearningRateScheduler extends Callback {
  readonly className = 'LearningRateScheduler';

  constructor(
    private readonly schedule: (epoch: number, learningRate: number) => number,
    private readonly verbose: 0 | 1 = 0,
  ) {
    super();
    if (typeof schedule !== 'function') {
      throw new ArgumentError({
        where: 'learningRateScheduler',
        expected: 'a function of epoch and learning rate',
        received: describe(schedule),
        hint: 'for example (epoch, rate) => epoch < 10 ? rate : rate * 0.9',
      });
    }
  }

  override onEpochBegin(epoch: number): void {
    const rate = this.schedule(epoch, this.model.optimizer.learningRate);
    if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
      throw new ArgumentError({
        where: 'learningRateScheduler',
        expected: 'a schedule that returns a number of at least 0',
        received: describe(rate),
      });
    }
    this.model.optimizer.learningRate = rate;
    if (this.verbose > 0) process.stdout.write(`Epoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.\n`);
  }
}

/**
 * Sets the learning rate at the begin of each epoch (counted from 0).
 *
 * @example
 * callbacks.learningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * Math.exp(-0.1)));
 */
export function learningRateScheduler(
  schedule: (epoch: number, learningRate: number) => number,
  options: { verbose?: 0 | 1 } = {},
): LearningRateScheduler {
  return new LearningRateScheduler(schedule, readOptions('learningRateScheduler', options, { verbose }).verbose);
}

export interface ReduceLROnPlateauOptions {
  /** The figure to watch; 'val_loss'. */
  monitor?: string;
  /** What the learning rate is multiplied by; 0.1. */
  factor?: number;
  /** Epochs without improvement to wait; 10. */
  patience?: number;
  verbose?: 0 | 1;
  mode?: Mode;
  /** Smaller changes are no improvement; 1e-4. */
  minDelta?: number;
  /** Epochs to rest after a reduction; 0. */
  cooldown?: number;
  /** The learning rate goes no lower; 0. */
  minLr?: number;
}

export class ReduceLROnPlateau extends Callback {
  readonly className = 'ReduceLROnPlateau';
  private readonly settings;
  private readonly larger: boolean;
  private best = 0;
  private wait = 0;
  private resting = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    this.settings = readOptions('reduceLROnPlateau', options, {
      monitor: optional(text, 'val_loss'),
      factor: optional(real({ low: 0, below: 1 }), 0.1),
      patience: optional(whole(0), 10),
      verbose,
      mode: optional(oneOf<Mode>('auto', 'min', 'max'), 'auto'),
      minDelta: optional(real({ low: 0 }), 1e-4),
      cooldown: optional(whole(0), 0),
      minLr: optional(real({ low: 0 }), 0),
    });
    this.larger = largerIsBetter(this.settings.monitor, this.settings.mode);
  }

  override getState(): CallbackState {
    return { best: this.best, wait: this.wait, resting: this.resting };
  }

  override setState(state: CallbackState): void {
    this.best = state['best'] as number;
    this.wait = state['wait'] as number;
    this.resting = state['resting'] as number;
  }

  override onTrainBegin(): void {
    this.best = this.larger ? -Infinity : Infinity;
    this.wait = 0;
    this.resting = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { monitor, factor, patience, minDelta, cooldown, minLr } = this.settings;
    const value = monitored('reduceLROnPlateau', monitor, logs, this.params);
    if (value === undefined) return;
    if (this.resting > 0) {
      this.resting--;
      this.wait = 0;
    }
    if (this.larger ? value > this.best + minDelta : value < this.best - minDelta) {
      this.best = value;
      this.wait = 0;
      return;
    }
    if (this.resting > 0) return;
    this.wait++;
    if (this.wait < patience) return;
    const old = this.model.optimizer.learningRate;
    if (Math.fround(old) <= Math.fround(minLr)) return;
    const rate = Math.max(old * factor, minLr);
    this.model.optimizer.learningRate = rate;
    if (this.settings.verbose > 0) process.stdout.write(`Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${rate}.\n`);
    this.resting = cooldown;
    this.wait = 0;
  }
}

/**
 * Lowers the learning rate when the monitored figure has not improved for `patience` epochs.
 *
 * @example
 * callbacks.reduceLROnPlateau({ monitor: 'val_loss', factor: 0.2, patience: 5, minLr: 1e-5 });
 */
export function reduceLROnPlateau(options?: ReduceLROnPlateauOptions): ReduceLROnPlateau {
  return new ReduceLROnPlateau(options);
}
