/** Ways to end training early: an AbortSignal, Ctrl+C, and `stopTraining`. What was trained is kept. */
import { ArgumentError } from '../../errors.js';
import { describe } from '../../options/index.js';

export class Interrupts {
  /** Ctrl+C was pressed; a second time ends the process as usual. */
  interrupted = false;
  /** Ends every wait of `unlessStopped`. */
  private readonly waiting = new Set<() => void>();
  private readonly wake = (): void => {
    for (const end of this.waiting) end();
  };

  private readonly onSignal = (): void => {
    this.interrupted = true;
    this.wake();
    process.removeListener('SIGINT', this.onSignal);
    process.stderr.write('\nstopping after this batch; press Ctrl+C again to end the process\n');
  };

  /** The process is to end, and a checkpoint to be written before. */
  terminated = false;
  private readonly onTerminate = (): void => {
    this.terminated = true;
    this.wake();
    process.removeListener('SIGTERM', this.onTerminate);
    process.stderr.write('\nwriting a checkpoint after this batch, then ending\n');
  };

  constructor(private readonly signal: AbortSignal | undefined) {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new ArgumentError({ where: 'signal', expected: 'an AbortSignal', received: describe(signal), hint: 'pass controller.signal' });
    }
  }

  /** Workers get no signals. SIGTERM ends the process at once, unless there are checkpoints to be written. */
  listen(checkpoints: boolean): void {
    process.on('SIGINT', this.onSignal);
    if (checkpoints) process.on('SIGTERM', this.onTerminate);
  }

  close(): void {
    process.removeListener('SIGINT', this.onSignal);
    process.removeListener('SIGTERM', this.onTerminate);
    // Where nobody else listens, the signal does now what it would have done without us.
    if (this.terminated && process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
  }

  get stop(): boolean {
    return this.interrupted || this.terminated || (this.signal?.aborted ?? false);
  }

  /** What some work gives, or undefined as soon as training is to stop: a source may be long about its next batch. */
  async unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.stop) return undefined;
    let end: () => void;
    const stopped = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
    this.waiting.add(end!);
    this.signal?.addEventListener('abort', this.wake, { once: true });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      this.waiting.delete(end!);
      this.signal?.removeEventListener('abort', this.wake);
    }
  }

  /** Rejects what was aborted by a signal, with the signal's reason; Ctrl+C only ends the training. */
  throwIfAborted(): void {
    this.signal?.throwIfAborted();
  }
}
