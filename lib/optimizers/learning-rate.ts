/** Reading a learning rate: a number or a schedule, which configs have by its class. */
import { ArgumentError } from '../errors.js';
import { describe, isSerialized, type Reader, type Serialized, serialize } from '../options/index.js';
import { deserialize } from '../schedules/index.js';
import { isSchedule, type Schedule } from '../schedules/schedule.js';

export const learningRateReader: Reader<number | Schedule> = (value, where) => {
  if (isSchedule(value)) return value;
  if (isSerialized(value)) return deserialize(value);
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ArgumentError({
    where,
    expected: 'a number of at least 0, or a schedule',
    received: describe(value),
    hint: 'for example 0.001 or schedules.exponentialDecay(...)',
  });
};

export function scheduleConfig(schedule: Schedule): Serialized {
  return serialize(schedule);
}
