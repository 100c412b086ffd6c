/** Ways to end training early: an AbortSignal, Ctrl+C, and `stopTraining`. What was trained is kept. */
import { ArgumentError } from '../../errors.js';
import { describe } from '../../options/index.js';

export class Interrupts {
  /** Ctrl+C was pressed; a second time ends the process as usual. */
  interrupted = false;
  private readonly onSignal = (): void => {
    this.interrupted = true;
    process.removeListener('SIGINT', this.onSignal);
    process.stderr.write('\nstopping after this batch; press Ctrl+C again to end the process\n');
  };

  constructor(private readonly signal: AbortSignal | undefined) {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new ArgumentError({ where: 'signal', expected: 'an AbortSignal', received: describe(signal), hint: 'pass controller.signal' });
    }
  }

  /** Workers get no signals. */
  listen(): void {
    process.on('SIGINT', this.onSignal);
  }

  close(): void {
    process.removeListener('SIGINT', this.onSignal);
  }

  get stop(): boolean {
    return this.interrupted || (this.signal?.aborted ?? false);
  }

  /** Rejects what was aborted by a signal, with the signal's reason; Ctrl+C only ends the training. */
  throwIfAborted(): void {
    this.signal?.throwIfAborted();
  }
}
