/** The progress that `fit`, `evaluate` and `predict` show, as a callback. Source: Keras 3, `keras.callbacks.ProgbarLogger`. */
import { Callback, type Logs } from './callback.js';
import { Progress, type Verbose } from './progress.js';

export class ProgbarLogger extends Callback {
  readonly className = 'ProgbarLogger';
  private progress: Progress | undefined;
  private seen = 0;
  /** Inside of `fit`, validations and predictions show nothing of their own. */
  private inFit = false;

  /** Drawing needs no single batches: it is told of groups of them, as the bar of `fit` itself. */
  override watchesBatches(): boolean {
    return false;
  }

  private begin(title?: string): void {
    this.seen = 0;
    this.progress = new Progress(this.params.verbose, this.params.steps);
    this.progress.begin(title);
  }

  private update(batch: number, logs: Logs): void {
    this.seen = batch + 1;
    this.progress?.update(this.seen, logs);
  }

  private end(logs: Logs): void {
    this.progress?.end(this.seen, logs);
  }

  override onTrainBegin(): void {
    this.inFit = true;
  }

  override onTrainEnd(): void {
    this.inFit = false;
  }

  override onEpochBegin(epoch: number): void {
    this.begin(this.params.epochs > 1 ? `Epoch ${epoch + 1}/${this.params.epochs}` : undefined);
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.update(batch, logs);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.end(logs);
  }

  override onTestBegin(): void {
    if (!this.inFit) this.begin();
  }

  override onTestBatchEnd(batch: number, logs: Logs): void {
    if (!this.inFit) this.update(batch, logs);
  }

  override onTestEnd(logs: Logs = {}): void {
    if (!this.inFit) this.end(logs);
  }

  override onPredictBegin(): void {
    this.begin();
  }

  override onPredictBatchEnd(batch: number): void {
    this.update(batch, {});
  }

  override onPredictEnd(): void {
    this.end({});
  }
}

/** What training itself shows: nothing where a callback does, so that there is one bar and its place among the callbacks is the caller's. */
export function ownVerbose(verbose: Verbose, callbacks: readonly Callback[]): Verbose {
  return callbacks.some((callback) => callback instanceof ProgbarLogger) ? 0 : verbose;
}

/**
 * Shows progress and figures, at the place in the list of callbacks where it stands; the bar that `fit`, `evaluate` and `predict` show by
 * themselves is then left out. Follows their `verbose`.
 *
 * @example
 * await model.fit(x, y, { epochs: 3, callbacks: [addsFigures, callbacks.progbarLogger()] });
 */
export function progbarLogger(): ProgbarLogger {
  return new ProgbarLogger();
}
