/** Watching one figure: which way is better, and where it is missing. */
import { ArgumentError } from '../errors.js';
import type { Logs, TrainParams } from './callback.js';

export type Mode = 'auto' | 'min' | 'max';

/** Whether a larger figure is the better one; 'auto' knows it of accuracies and their kind. */
export function largerIsBetter(monitor: string, mode: Mode): boolean {
  if (mode !== 'auto') return mode === 'max';
  return /acc|auc|precision|recall|f1|fmeasure|iou|r2/i.test(monitor);
}

/**
 * The figure; undefined after an epoch without a validation where others have one (`validationFreq`, Ctrl+C). One that never comes is an
 * error with the names that are there.
 */
export function monitored(where: string, monitor: string, logs: Logs, params: TrainParams | undefined): number | undefined {
  const value = logs[monitor];
  if (value !== undefined) return value;
  const validated = Object.keys(logs).some((name) => name.startsWith('val_'));
  if (monitor.startsWith('val_') && params?.validates === true && !validated) return undefined;
  throw new ArgumentError({
    where,
    expected: `a figure '${monitor}' to monitor`,
    received: Object.keys(logs).join(', ') || 'none',
    hint: monitor.startsWith('val_') && !validated ? 'give fit validationData or a validationSplit' : 'choose one of these',
  });
}
