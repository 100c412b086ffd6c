/** What all optimizers share: the learning rate, clipping, weight decay, slots, and one pass over all variables. */
import { ArgumentError, ShapeError } from '../errors.js';
import { nullable, optional, type Reader, real, text } from '../options/index.js';
import type { Config } from '../options/index.js';
import { runInPlace, type OpDefinition } from '../ops/define.js';
import * as ops from '../ops/index.js';
import type { Schedule } from '../schedules/schedule.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { filledVariable, type Variable } from '../tensor/variable.js';
import { StepCounter } from './iterations.js';
import { learningRateReader, scheduleConfig } from './learning-rate.js';

/** The options that every optimizer takes, with Keras' defaults. */
export interface OptimizerOptions {
  /** A number, or a schedule that gives one for each step. */
  learningRate?: number | Schedule;
  /** Decoupled weight decay: before the step, `variable -= variable * weightDecay * learningRate`. */
  weightDecay?: number | null;
  /** Largest norm of each variable's gradient; larger ones are scaled down. */
  clipnorm?: number | null;
  /** Largest absolute value of a gradient's elements. */
  clipvalue?: number | null;
  /** Largest norm of all gradients together. */
  globalClipnorm?: number | null;
  name?: string;
}

/** Readers of the common options, for `readOptions`; `learningRate` is the optimizer's own default. */
export function commonReaders(learningRate: number, name: string, weightDecay: number | null = null) {
  const bound: Reader<number | null> = nullable(real({ above: 0 }));
  return {
    learningRate: optional(learningRateReader, learningRate),
    weightDecay: ((value, where) => (value === undefined ? weightDecay : nullable(real({ low: 0 }))(value, where))) as Reader<
      number | null
    >,
    clipnorm: bound,
    clipvalue: bound,
    globalClipnorm: bound,
    name: optional(text, name),
  };
}

interface CommonSettings {
  learningRate: number | Schedule;
  weightDecay: number | null;
  clipnorm: number | null;
  clipvalue: number | null;
  globalClipnorm: number | null;
  name: string;
}

/** One variable with its slots, in the order of `slotNames`. */
interface Slots {
  variable: Variable;
  slots: Variable[];
}

export abstract class Optimizer {
  abstract readonly className: string;
  readonly name: string;
  readonly weightDecay: number | null;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  private rate: number | Schedule;
  private readonly counter = new StepCounter((iteration) => this.rateAt(iteration));
  private readonly bySource = new Map<Variable, Slots>();
  private excluded: ((variable: Variable) => boolean) | undefined;

  constructor(settings: CommonSettings, where: string) {
    this.name = settings.name;
    this.weightDecay = settings.weightDecay;
    this.clipnorm = settings.clipnorm;
    this.clipvalue = settings.clipvalue;
    this.globalClipnorm = settings.globalClipnorm;
    this.rate = settings.learningRate;
    const given = [settings.clipnorm, settings.clipvalue, settings.globalClipnorm].filter((bound) => bound !== null);
    if (given.length > 1) {
      throw new ArgumentError({
        where,
        expected: 'one of clipnorm, clipvalue and globalClipnorm',
        received: `${given.length} of them`,
        hint: 'choose the kind of clipping you need',
      });
    }
  }

  /** Slots of a variable, by name and with their initial value. */
  protected abstract slotsOf(variable: Variable): { name: string; initial: number }[];
  /** The native op that updates all variables of one dtype in one pass. */
  protected abstract readonly op: OpDefinition;
  /** Whether the op takes the number of the step after the learning rate. */
  protected abstract readonly takesStep: boolean;
  /** The op's attributes for `count` variables with this weight decay. */
  protected abstract attributes(count: number, weightDecay: number): number[];
  protected abstract ownConfig(): Config;

  private rateAt(iteration: number): number {
    return typeof this.rate === 'number' ? this.rate : this.rate.at(iteration);
  }

  /** The learning rate of the next step. Setting it replaces a schedule. */
  get learningRate(): number {
    return this.rateAt(this.counter.iterations);
  }

  set learningRate(rate: number | Schedule) {
    this.rate = learningRateReader(rate, `${this.name} learningRate`);
  }

  /** Steps taken. */
  get iterations(): number {
    return this.counter.iterations;
  }

  set iterations(count: number) {
    this.counter.iterations = count;
  }

  /** All slot variables, variable by variable. */
  get variables(): Variable[] {
    return [...this.bySource.values()].flatMap((entry) => entry.slots);
  }

  /** Leaves variables whose name contains one of these texts, or that are given themselves, out of weight decay. */
  excludeFromWeightDecay(options: { variables?: readonly Variable[]; names?: readonly string[] }): void {
    const chosen = new Set(options.variables ?? []);
    const names = options.names ?? [];
    this.excluded = (variable) => chosen.has(variable) || names.some((part) => variable.name.includes(part));
  }

  /** Makes the slots. Called by `compile` and `fit`; by hand only before a captured step of one's own. */
  build(variables: readonly Variable[]): void {
    for (const variable of variables) {
      if (this.bySource.has(variable)) continue;
      const slots = this.slotsOf(variable).map(({ name, initial }) =>
        filledVariable(variable.shape, initial, variable.dtype, { name: `${variable.name}_${name}`, trainable: false }),
      );
      this.bySource.set(variable, { variable, slots });
    }
  }

  /**
   * Takes one step: changes `variables` by their `gradients` (of the same shapes, in the same order).
   *
   * @example
   * const { gradients } = valueAndGrad(loss, model.trainableWeights);
   * optimizer.apply(gradients, model.trainableWeights);
   */
  apply(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    if (gradients.length !== variables.length) {
      throw new ArgumentError({
        where: `${this.name} apply`,
        expected: `${variables.length} gradients, one a variable`,
        received: String(gradients.length),
        hint: 'pass the variables that the gradients were taken for',
      });
    }
    gradients.forEach((gradient, i) => {
      const variable = variables[i]!;
      if (gradient.shape.length === variable.shape.length && gradient.shape.every((dim, k) => dim === variable.shape[k])) return;
      throw new ShapeError({
        where: `${this.name} apply`,
        expected: `a gradient of shape [${variable.shape.join(', ')}] for ${variable.name}`,
        received: `[${gradient.shape.join(', ')}]`,
      });
    });
    this.build(variables);
    if (variables.length === 0) return;
    tidy(() => {
      const { learningRate, step } = this.counter.take();
      const clipped = this.clip(gradients);
      for (const group of this.groups(variables)) {
        const entries = group.members.map((i) => this.bySource.get(variables[i]!)!);
        const slotCount = entries[0]!.slots.length;
        const targets: Variable[] = entries.map((entry) => entry.variable);
        for (let slot = 0; slot < slotCount; slot++) targets.push(...entries.map((entry) => entry.slots[slot]!));
        const scalars = this.takesStep ? [learningRate, step] : [learningRate];
        runInPlace(this.op, [...scalars, ...group.members.map((i) => clipped[i]!)], targets, this.attributes(entries.length, group.decay));
      }
      for (const variable of variables) variable.applyConstraint();
    });
  }

  /** Variables that one pass of the op can take together: the same dtype, the same weight decay. */
  private groups(variables: readonly Variable[]): { decay: number; members: number[] }[] {
    const groups = new Map<string, { decay: number; members: number[] }>();
    variables.forEach((variable, i) => {
      const decay = this.weightDecay !== null && !this.excluded?.(variable) ? this.weightDecay : 0;
      const key = `${variable.dtype} ${decay}`;
      const group = groups.get(key) ?? { decay, members: [] };
      group.members.push(i);
      groups.set(key, group);
    });
    return [...groups.values()];
  }

  private clip(gradients: readonly Tensor[]): readonly Tensor[] {
    const { clipnorm, clipvalue, globalClipnorm } = this;
    if (clipvalue !== null) return gradients.map((gradient) => ops.clip(gradient, -clipvalue, clipvalue));
    if (clipnorm !== null) {
      return gradients.map((gradient) => {
        const norm = ops.sqrt(ops.sum(ops.square(gradient)));
        return ops.div(ops.mul(gradient, clipnorm), ops.maximum(norm, clipnorm));
      });
    }
    if (globalClipnorm !== null) {
      const squares = gradients.map((gradient) => ops.cast(ops.sum(ops.square(gradient)), gradients[0]!.dtype));
      const norm = ops.sqrt(squares.reduce((a, b) => ops.add(a, b)));
      const scale = ops.div(globalClipnorm, ops.maximum(norm, globalClipnorm));
      return gradients.map((gradient) => ops.mul(gradient, ops.cast(scale, gradient.dtype)));
    }
    return gradients;
  }

  getConfig(): Config {
    return {
      name: this.name,
      learningRate: typeof this.rate === 'number' ? this.rate : scheduleConfig(this.rate),
      weightDecay: this.weightDecay,
      clipnorm: this.clipnorm,
      globalClipnorm: this.globalClipnorm,
      clipvalue: this.clipvalue,
      ...this.ownConfig(),
    };
  }
}
