/** Weights of a model that is made from a file: a small file must not ask for a large model, and nobody draws numbers that the file replaces. */
import { FormatError } from '../errors.js';

let budget: { left: number; readonly all: number; readonly where: string } | undefined;

/** Runs `fn`, in which weights of more than so many bytes together are a FormatError under `where`. */
export function withWeightBudget<T>(bytes: number, where: string, fn: () => T): T {
  const before = budget;
  budget = { left: bytes, all: bytes, where };
  try {
    return fn();
  } finally {
    budget = before;
  }
}

/** Whether weights that are made now get their values from a file. */
export function filledFromFile(): boolean {
  return budget !== undefined;
}

/** Counts a weight that is about to be made. */
export function spendOnWeight(name: string, bytes: number): void {
  if (!budget) return;
  budget.left -= bytes;
  if (budget.left >= 0) return;
  throw new FormatError({
    where: budget.where,
    expected: `weights of at most ${budget.all} bytes, going by the size of the file`,
    received: `${name} of ${bytes}${bytes > budget.all ? '' : ', beside others'}`,
    hint: 'the file is damaged, or made to take all memory',
  });
}
