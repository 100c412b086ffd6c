/** Values that training cannot work with: looked for once, before the first step or when a loss became no number. */
import { DataError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { isFloat } from '../../tensor/dtype.js';
import { tidy } from '../../tensor/scope.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Labels that are not a number spoil every weight in one step; they are looked for once, before the first. */
export function checkLabels(where: string, labels: readonly Tensor[]): Promise<void> {
  return checkFinite(`${where} y`, labels, 'labels');
}

async function checkFinite(where: string, values: readonly Tensor[], what: string, consequence?: string): Promise<void> {
  for (const value of values) {
    if (!isFloat(value.dtype)) continue;
    const bad = tidy(() => ops.any(ops.logicalNot(ops.isfinite(value))));
    const [found] = await bad.data();
    bad.dispose();
    if (found) {
      throw new DataError({
        where,
        expected: `finite ${what}`,
        received: 'NaN or infinity among them',
        hint: `${consequence ?? ''}look for missing values where the data are read`,
      });
    }
  }
}

/** Class numbers that no output stands for; a device would read beyond the probabilities. */
export async function checkClasses(where: string, labels: readonly Tensor[], counts: readonly (number | null)[]): Promise<void> {
  for (const [i, count] of counts.entries()) {
    if (count === null) continue;
    const ends = tidy(() => ops.stack([ops.min(labels[i]!), ops.max(labels[i]!)].map((end) => ops.cast(end, 'float32'))));
    const [low, high] = (await ends.data()) as unknown as [number, number];
    ends.dispose();
    if (low >= 0 && high < count) continue;
    throw new DataError({
      where: `${where} y`,
      expected: `class numbers from 0 to ${count - 1}`,
      received: `numbers from ${low} to ${high}`,
      hint: low < 0 ? 'count classes from 0 on' : `give the last layer ${Math.floor(high) + 1} units, or count classes from 0 on`,
    });
  }
}

/** Says so where a loss is no number because the inputs are none. Looked for only then: a pass over all inputs costs time. */
export async function explainNaN(where: string, loss: number | undefined, inputs: readonly Tensor[]): Promise<void> {
  if (loss === undefined || Number.isFinite(loss)) return;
  await checkFinite(`${where} x`, inputs, 'numbers', 'the loss became NaN for it: ');
}
