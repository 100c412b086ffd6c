/** Stops when the loss is no number any more. Source: Keras 3, `keras.callbacks.TerminateOnNaN`. */
import { DataError } from '../errors.js';
import { flag, optional, readOptions } from '../options/index.js';
import { Callback, type Logs } from './callback.js';

export interface TerminateOnNaNOptions {
  /** Rejects `fit` with a DataError instead of ending training as `stopTraining` does; false. */
  raiseError?: boolean;
}

export class TerminateOnNaN extends Callback {
  readonly className = 'TerminateOnNaN';
  private readonly raiseError: boolean;

  constructor(options: TerminateOnNaNOptions = {}) {
    super();
    this.raiseError = readOptions('terminateOnNaN', options, { raiseError: optional(flag, false) }).raiseError;
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const { loss } = logs;
    // batches that were submitted before it was noticed still tell of themselves
    if (loss === undefined || Number.isFinite(loss) || this.model.stopTraining) return;
    if (this.raiseError) {
      throw new DataError({
        where: 'terminateOnNaN',
        expected: 'a loss that is a finite number',
        received: `${loss} at batch ${batch}`,
        hint: 'lower the learning rate, and look for NaN among the data',
      });
    }
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
export function terminateOnNaN(options?: TerminateOnNaNOptions): TerminateOnNaN {
  return new TerminateOnNaN(options);
}
