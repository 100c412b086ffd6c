/** Stops when the loss is no number any more. Source: Keras 3, `keras.callbacks.TerminateOnNaN`. */
import { Callback, type Logs } from './callback.js';

export class TerminateOnNaN extends Callback {
  readonly className = 'TerminateOnNaN';

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const { loss } = logs;
    // batches that were submitted before it was noticed still tell of themselves
    if (loss === undefined || Number.isFinite(loss) || this.model.stopTraining) return;
    process.stdout.write(`Batch ${batch}: Invalid loss, terminating training\n`);
    this.model.stopTraining = true;
  }

  /** The running loss stays NaN once it is, so it is enough to look after every submission. */
  override watchesBatches(): boolean {
    return false;
  }
}

/**
 * Ends training at a loss of NaN or infinity.
 *
 * @example
 * await model.fit(x, y, { callbacks: [callbacks.terminateOnNaN()] });
 */
export function terminateOnNaN(): TerminateOnNaN {
  return new TerminateOnNaN();
}
