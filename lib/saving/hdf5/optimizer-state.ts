/** An optimizer's state as Keras lists it: what each entry is, how it is written, and what reading it changes. */
import type { Optimizer } from '../../optimizers/index.js';
import { LossScaleOptimizer } from '../../optimizers/loss-scale.js';
import { WrappingOptimizer } from '../../optimizers/wrapping.js';
import { type Stored, stored } from '../stored.js';

/** One number that is no tensor here, or that Keras keeps and we work out. */
export interface StoredNumber {
  readonly kind: 'int64' | 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly value: number;
  /** Takes the file's value; undefined where it follows from others. */
  set?: (value: number) => void;
}

export type StateEntry = Stored | StoredNumber;

export function isNumber(entry: StateEntry): entry is StoredNumber {
  return 'kind' in entry;
}

/** One place of an optimizer's state: '' or that of an optimizer inside another. */
export interface OptimizerPlace {
  readonly path: string;
  readonly name: string;
  readonly entries: readonly StateEntry[];
}

function count(optimizer: Optimizer): StoredNumber {
  return { kind: 'int64', shape: [], value: optimizer.callCount, set: (value) => (optimizer.callCount = value) };
}

function rate(optimizer: Optimizer): StoredNumber[] {
  if (optimizer.hasSchedule) return [];
  const set = (value: number): void => {
    // The config has it with all its digits.
    if (Math.fround(optimizer.learningRate) !== value) optimizer.learningRate = value;
  };
  return [{ kind: 'float32', shape: [], value: optimizer.learningRate, set }];
}

/** What Keras' Adafactor makes and does not use: whole squares of matrices, rows and columns of vectors. */
function unused(shape: readonly number[]): StoredNumber {
  return { kind: shape.length === 0 ? 'int32' : 'float32', shape, value: 0 };
}

/** Averages and gathered gradients of all variables, then the slots, all of one variable after those of another, or group by group. */
function slots(optimizer: Optimizer): StateEntry[] {
  const { entries, className } = optimizer;
  const averages = entries.flatMap(({ variable, average }) => (average ? [stored(average, variable)] : []));
  const gathered = entries.flatMap(({ variable, gathered: sum }) => (sum ? [stored(sum, variable)] : []));
  const groups = optimizer.slotGroups;
  const own = groups
    ? groups.flatMap((places) => entries.flatMap(({ variable, slots: all }) => places.map((i) => stored(all[i]!, variable))))
    : entries.flatMap(({ variable, slots: all }): StateEntry[] => {
        const made = all.map((slot) => stored(slot, variable));
        if (className !== 'Adafactor') return made;
        return variable.shape.length < 2 ? [unused([]), unused([]), ...made] : [...made, unused(stored(variable).shape)];
      });
  const derived = optimizer.derivedState.map((value): StoredNumber => ({ kind: 'float32', shape: [], value }));
  return [...averages, ...gathered, ...own, ...derived];
}

/**
 * The places of an optimizer's state, its own first. Empty for one that has several inside it: Keras' order of these depends on names of
 * Python's.
 */
export function optimizerPlaces(optimizer: Optimizer): OptimizerPlace[] {
  const { name } = optimizer;
  if (optimizer instanceof LossScaleOptimizer) {
    const { innerOptimizer: inner } = optimizer;
    const [inside] = optimizerPlaces(inner);
    const { scale, since, updates } = optimizer.states;
    const own: StateEntry[] = [numberIn(updates, 'int64'), ...rate(inner), numberIn(since, 'int64'), numberIn(scale, 'float32')];
    return [
      { path: '', name, entries: [...own, ...inside!.entries] },
      { path: 'inner_optimizer', name: inside!.name, entries: inside!.entries },
    ];
  }
  if (optimizer instanceof WrappingOptimizer) return [];
  return [{ path: '', name, entries: [count(optimizer), ...rate(optimizer), ...slots(optimizer)] }];
}

/**
 * The entries in the order of a file of Keras 2, whose list of names begins with this one; undefined where it is not of Keras 2. The learning rate
 * is in the config alone. Before 2.11 (`Adam/iter:0`) all slots of one kind come together; since then (`iteration:0`) as now.
 */
export function olderEntries(first: string, optimizer: Optimizer): readonly StateEntry[] | undefined {
  const [place] = optimizerPlaces(optimizer);
  const grouped = /\/iter:0$/.test(first);
  if (!place || optimizer instanceof LossScaleOptimizer || !(grouped || first === 'iteration:0')) return undefined;
  const [iterations, ...rest] = place.entries;
  const slots = optimizer.hasSchedule ? rest : rest.slice(1);
  if (!grouped) return [iterations!, ...slots];
  const { entries } = optimizer;
  const groups = optimizer.slotGroups ?? [Array.from(entries[0]?.slots ?? [], (_, kind) => kind)];
  const kinds = groups.flatMap((group) => entries.flatMap(() => group));
  if (kinds.length !== slots.length) return [iterations!, ...slots];
  const order = Array.from(kinds.keys()).sort((i, j) => kinds[i]! - kinds[j]! || i - j);
  return [iterations!, ...order.map((i) => slots[i]!)];
}

/** A number that is a variable here. */
function numberIn(variable: Parameters<typeof stored>[0], kind: StoredNumber['kind']): StoredNumber {
  return {
    kind,
    shape: [],
    get value() {
      return variable.dataSync()[0]!;
    },
    set: (value) => void variable.fill(value),
  };
}
