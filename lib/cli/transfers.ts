/** Reading and writing of files by commands: shown where it takes long, silenced by --quiet, and cleaned up after Ctrl+C. */
import type { TransferOptions } from '../io/transfer.js';

export const QUIET = { value: '', help: 'shows no progress of large files' };

/**
 * Runs what reads or writes files, with the options for it. Where the process is interrupted meanwhile, no half-written file stays, and the
 * signal does afterwards what it would have done at once.
 */
export async function transfers<T>(quiet: boolean, run: (options: TransferOptions) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received = signal;
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    return await run({ verbose: quiet ? 0 : 1, signal: controller.signal });
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
    if (received) process.kill(process.pid, received);
  }
}
