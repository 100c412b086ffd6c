/** A learning rate that depends on the number of steps taken. */
import type { Config } from '../options/index.js';

export interface Schedule {
  readonly className: string;
  /** The learning rate of the step after `iteration` steps. */
  at(iteration: number): number;
  getConfig(): Config;
}

export function isSchedule(value: unknown): value is Schedule {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Schedule).at === 'function' &&
    typeof (value as Schedule).getConfig === 'function'
  );
}
