/** An optimizer that leaves the changing of variables to others. */
import { optional, readOptions, text, type Config } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { commonReaders, type Entry, Optimizer, type OptimizerState, type SlotSpec } from './optimizer.js';

export abstract class WrappingOptimizer extends Optimizer {
  /** The optimizers inside, each once. */
  protected abstract readonly inner: readonly Optimizer[];

  constructor(where: string, name: string | undefined, lossScaleFactor: number | null = null) {
    super(readOptions(where, { name: name ?? where, lossScaleFactor }, { ...commonReaders(0, where), name: optional(text, where) }), where);
  }

  protected slotsOf(): SlotSpec[] {
    return [];
  }

  protected update(): void {
    throw new Error('the optimizers inside change the variables');
  }

  protected ownConfig(): Config {
    return {};
  }

  abstract override apply(gradients: readonly Tensor[], variables: readonly Variable[]): void;

  override get usesAverages(): boolean {
    return this.inner.some((one) => one.usesAverages);
  }

  override get variables(): Variable[] {
    return this.inner.flatMap((one) => one.variables);
  }

  override get entries(): readonly Entry[] {
    return this.inner.flatMap((one) => one.entries);
  }

  override getState(): OptimizerState {
    return { ...super.getState(), inner: this.inner.map((one) => one.getState()) };
  }

  override setState(state: OptimizerState): void {
    super.setState(state);
    this.inner.forEach((one, i) => one.setState(state.inner[i]!));
  }

  override excludeFromWeightDecay(options: { variables?: readonly Variable[]; names?: readonly string[] }): void {
    for (const one of this.inner) one.excludeFromWeightDecay(options);
  }

  override finalizeVariableValues(variables: readonly Variable[]): void {
    for (const one of this.inner) one.finalizeVariableValues(variables);
  }

  override swapAverages(variables: readonly Variable[]): void {
    for (const one of this.inner) one.swapAverages(variables);
  }
}
