/** Watching one figure: which way is better, and where it is missing. */
import { ArgumentError } from '../errors.js';
import type { Logs } from './callback.js';

export type Mode = 'auto' | 'min' | 'max';

/** Whether a larger figure is the better one; 'auto' knows it of accuracies and their kind. */
export function largerIsBetter(monitor: string, mode: Mode): boolean {
  if (mode !== 'auto') return mode === 'max';
  return /acc|auc|precision|recall|f1|fmeasure|iou|r2/i.test(monitor);
}

/** The figure, or a sentence with the names that are there. */
export function monitored(where: string, monitor: string, logs: Logs): number {
  const value = logs[monitor];
  if (value !== undefined) return value;
  throw new ArgumentError({
    where,
    expected: `a figure '${monitor}' to monitor`,
    received: Object.keys(logs).join(', ') || 'none',
    hint: monitor.startsWith('val_') ? 'give fit validationData or a validationSplit' : 'choose one of these',
  });
}
