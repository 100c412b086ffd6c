/** The two ways in which variables change: one native pass over all of them, or ops for each. */
import { runInPlace, type OpDefinition } from '../ops/define.js';
import * as ops from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { StepScalars } from './iterations.js';
import { type Entry, Optimizer } from './optimizer.js';

/** Runs an update op over variables that one pass can take together: the same dtype, the same weight decay. */
export function runGrouped(
  op: OpDefinition,
  scalars: readonly Tensor[],
  entries: readonly Entry[],
  gradients: readonly Tensor[],
  decayOf: (variable: Variable) => number,
  attributes: (count: number, weightDecay: number) => number[],
): void {
  const groups = new Map<string, { decay: number; members: number[] }>();
  entries.forEach(({ variable }, i) => {
    const decay = decayOf(variable);
    const key = `${variable.dtype} ${decay}`;
    const group = groups.get(key) ?? { decay, members: [] };
    group.members.push(i);
    groups.set(key, group);
  });
  for (const { decay, members } of groups.values()) {
    const chosen = members.map((i) => entries[i]!);
    const targets: Variable[] = chosen.map(({ variable }) => variable);
    for (let slot = 0; slot < chosen[0]!.slots.length; slot++) targets.push(...chosen.map(({ slots }) => slots[slot]!));
    runInPlace(op, [...scalars, ...members.map((i) => gradients[i]!)], targets, attributes(members.length, decay));
  }
}

/** An optimizer that is an op of the native side. */
export abstract class KernelOptimizer extends Optimizer {
  protected abstract readonly op: OpDefinition;
  /** Whether the op takes the number of the step after the learning rate. */
  protected abstract readonly takesStep: boolean;
  /** The op's attributes for `count` variables with this weight decay. */
  protected abstract attributes(count: number, weightDecay: number): number[];

  protected update(entries: readonly Entry[], gradients: readonly Tensor[], { learningRate, step }: StepScalars): void {
    runGrouped(
      this.op,
      this.takesStep ? [learningRate, step] : [learningRate],
      entries,
      gradients,
      (variable) => this.decayOf(variable),
      (count, decay) => this.attributes(count, decay),
    );
  }
}

/** An optimizer made of ops, variable by variable: where a step needs norms, means of rows, or products of matrices. */
export abstract class ComposedOptimizer extends Optimizer {
  /** What is taken from the variable, which has lost its decay; slots change in place. The scalars have the variable's dtype. */
  protected abstract stepOf(entry: Entry, gradient: Tensor, learningRate: Tensor, step: Tensor): Tensor;

  protected update(entries: readonly Entry[], gradients: readonly Tensor[], { learningRate, step }: StepScalars): void {
    entries.forEach((entry, i) => {
      const { variable } = entry;
      const rate = ops.cast(learningRate, variable.dtype);
      decayed(variable, rate, this.decayOf(variable));
      variable.assign(ops.sub(variable, this.stepOf(entry, gradients[i]!, rate, ops.cast(step, variable.dtype))));
    });
  }
}

/** Decoupled weight decay of one variable, in place. */
export function decayed(variable: Variable, rate: Tensor, decay: number): void {
  if (decay !== 0) variable.assign(ops.sub(variable, ops.mul(ops.mul(variable, decay), rate)));
}
