/** What all optimizers share: the learning rate, clipping, accumulation, moving averages, slots. How variables change is a subclass's. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Config } from '../options/index.js';
import { outsideRecording } from '../native/recording.js';
import { onDeviceOf } from '../ops/define.js';
import * as ops from '../ops/index.js';
import type { Schedule } from '../schedules/schedule.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { filledVariable, type Variable, variable as copyOf } from '../tensor/variable.js';
import { clipped } from './clip.js';
import { StepCounter, type StepScalars } from './iterations.js';
import { learningRateReader } from './learning-rate.js';
import { checkClipping, type CommonSettings, commonConfig } from './settings.js';

export { commonReaders, type OptimizerOptions } from './settings.js';

/** A variable that an optimizer keeps beside one that it trains. */
export interface SlotSpec {
  name: string;
  /** What it begins with; 'copy': the variable's value. */
  initial: number | 'copy';
  /** That of the variable where it is not given. */
  shape?: readonly number[];
}

/** One variable with its slots, in the order of `slotsOf`. */
export interface Entry {
  readonly variable: Variable;
  readonly slots: readonly Variable[];
  readonly average: Variable | undefined;
  readonly gathered: Variable | undefined;
}

/** An optimizer's numbers that are not on the device. */
export interface OptimizerState {
  /** Calls of `apply`. */
  readonly calls: number;
  /** null: that of a schedule. */
  readonly learningRate: number | null;
  /** Whether variables and moving averages are exchanged. */
  readonly swapped: boolean;
  /** Of the optimizers inside. */
  readonly inner: readonly OptimizerState[];
}

export abstract class Optimizer {
  abstract readonly className: string;
  readonly name: string;
  readonly weightDecay: number | null;
  protected readonly settings: CommonSettings;
  protected readonly counter: StepCounter;
  private rate: number | Schedule;
  private readonly bySource = new Map<Variable, Entry>();
  private excluded: ((variable: Variable) => boolean) | undefined;
  /** Whether variables and averages are exchanged. */
  private swapped = false;

  constructor(settings: CommonSettings, where: string) {
    checkClipping(where, settings);
    this.settings = settings;
    this.name = settings.name;
    this.weightDecay = settings.weightDecay;
    this.rate = settings.learningRate;
    this.counter = new StepCounter((iteration) => this.rateAt(iteration), settings.gradientAccumulationSteps ?? 1);
  }

  /** Slots of a variable. */
  protected abstract slotsOf(variable: Variable): readonly SlotSpec[];
  /** Changes variables and slots in place, weight decay included. */
  protected abstract update(entries: readonly Entry[], gradients: readonly Tensor[], scalars: StepScalars): void;
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

  /** Updates made; calls of `apply`, divided by the steps that are accumulated. */
  get iterations(): number {
    return Math.floor(this.counter.iterations / (this.settings.gradientAccumulationSteps ?? 1));
  }

  set iterations(count: number) {
    this.counter.iterations = count * (this.settings.gradientAccumulationSteps ?? 1);
  }

  /** All variables that the optimizer keeps, variable by variable. */
  get variables(): Variable[] {
    return [...this.bySource.values()].flatMap(({ slots, average, gathered }) =>
      [...slots, average, gathered].filter((one) => one !== undefined),
    );
  }

  /** @internal Calls of `apply`. */
  get callCount(): number {
    return this.counter.iterations;
  }

  set callCount(count: number) {
    this.counter.iterations = count;
  }

  /** @internal Whether the learning rate follows from the number of the step. */
  get hasSchedule(): boolean {
    return typeof this.rate !== 'number';
  }

  /** @internal The variables with what is kept beside them. */
  get entries(): readonly Entry[] {
    return [...this.bySource.values()];
  }

  /** @internal Places of the slots that Keras makes together for a variable; each list is gone through for all variables before the next. */
  get slotGroups(): readonly (readonly number[])[] | undefined {
    return undefined;
  }

  /** @internal What Keras keeps in variables and we work out: numbers behind the slots. */
  get derivedState(): readonly number[] {
    return [];
  }

  /** What there is beside the variables, for checkpoints. */
  getState(): OptimizerState {
    const { counter, rate, swapped } = this;
    return { calls: counter.iterations, learningRate: typeof rate === 'number' ? rate : null, swapped, inner: [] };
  }

  /** Goes on from what `getState` of an optimizer of the same options gave. A schedule stays where none had been replaced by a number. */
  setState({ calls, learningRate, swapped }: OptimizerState): void {
    this.counter.iterations = calls;
    if (learningRate !== null) this.rate = learningRate;
    this.swapped = swapped;
  }

  /** Whether moving averages of the variables are kept. */
  get usesAverages(): boolean {
    return this.settings.useEma;
  }

  /** Leaves variables whose name contains one of these texts, or that are given themselves, out of weight decay. */
  excludeFromWeightDecay(options: { variables?: readonly Variable[]; names?: readonly string[] }): void {
    const chosen = new Set(options.variables ?? []);
    const names = options.names ?? [];
    this.excluded = (variable) => chosen.has(variable) || names.some((part) => variable.name.includes(part));
  }

  /** The weight decay of one variable. */
  protected decayOf(variable: Variable): number {
    return this.weightDecay !== null && !this.excluded?.(variable) ? this.weightDecay : 0;
  }

  protected isExcluded(variable: Variable): boolean {
    return this.excluded?.(variable) ?? false;
  }

  /** Makes the slots, where there are none yet. Done by the first step, also in the middle of its capture. */
  build(variables: readonly Variable[]): void {
    const fresh = variables.filter((variable) => !this.bySource.has(variable));
    if (fresh.length > 0) outsideRecording(() => this.addSlots(fresh));
  }

  private addSlots(variables: readonly Variable[]): void {
    for (const variable of variables) {
      const make = ({ name, initial, shape = variable.shape }: SlotSpec): Variable => {
        const options = { name: `${variable.name}_${name}`, trainable: false };
        return initial === 'copy' ? copyOf(variable, options) : filledVariable(shape, initial, variable.dtype, options);
      };
      this.bySource.set(variable, {
        variable,
        slots: this.slotsOf(variable).map(make),
        average: this.settings.useEma ? make({ name: 'average', initial: 0 }) : undefined,
        gathered: this.settings.gradientAccumulationSteps !== null ? make({ name: 'gradient_accumulator', initial: 0 }) : undefined,
      });
    }
  }

  /** The loss as gradients are to be taken of it. */
  scaleLoss(loss: Tensor): Tensor {
    const { lossScaleFactor } = this.settings;
    return lossScaleFactor === null ? loss : ops.mul(loss, lossScaleFactor);
  }

  /**
   * Takes one step: changes `variables` by their `gradients` (of the same shapes, in the same order).
   *
   * @example
   * const { gradients } = valueAndGrad(loss, model.trainableWeights);
   * optimizer.apply(gradients, model.trainableWeights);
   */
  apply(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    this.check(gradients, variables);
    if (variables.length === 0) return this.build(variables);
    onDeviceOf(variables[0]!, () => {
      this.build(variables);
      tidy(() => this.applyWith(gradients, variables, this.takeScalars()));
    });
  }

  /** @internal Counts a call. */
  takeScalars(): StepScalars {
    return this.counter.take();
  }

  /** @internal The step itself; where `allowed` (bool) is false on the device, nothing changes. */
  applyWith(gradients: readonly Tensor[], variables: readonly Variable[], scalars: StepScalars, allowed?: Tensor): void {
    const entries = variables.map((variable) => this.bySource.get(variable)!);
    const { lossScaleFactor, gradientAccumulationSteps: every } = this.settings;
    let given = lossScaleFactor === null ? gradients : gradients.map((gradient) => ops.div(gradient, lossScaleFactor));
    let due = allowed;
    if (every !== null) {
      const full = ops.greater(
        scalars.at((iteration) => ((iteration + 1) % every === 0 ? 1 : 0)),
        0,
      );
      const sums = given.map((gradient, i) => ops.add(entries[i]!.gathered!, gradient));
      given = sums.map((sum) => ops.div(sum, every));
      const kept = (sum: Tensor): Tensor => ops.where(full, 0, sum);
      this.only(
        allowed,
        entries.map(({ gathered }) => gathered!),
        () => sums.forEach((sum, i) => entries[i]!.gathered!.assign(kept(sum))),
      );
      due = allowed ? ops.logicalAnd(allowed, full) : full;
    }
    const changing = due ? entries.flatMap(({ variable, slots }) => [variable, ...slots]) : [];
    this.only(due, changing, () => {
      this.update(entries, clipped(given, this.settings), scalars);
    });
    if (this.settings.useEma) this.average(entries, scalars, allowed);
    for (const variable of variables) variable.applyConstraint();
  }

  /** Runs `fn`; where `allowed` is false, `variables` get back what they had. */
  private only(allowed: Tensor | undefined, variables: readonly Variable[], fn: () => void): void {
    if (!allowed) return fn();
    const before = variables.map((variable) => ops.copy(variable));
    fn();
    variables.forEach((variable, i) => variable.assign(ops.where(allowed, variable, before[i]!)));
  }

  /** The average begins as a copy after the first update. */
  private average(entries: readonly Entry[], scalars: StepScalars, allowed: Tensor | undefined): void {
    const { emaMomentum, emaOverwriteFrequency: every, gradientAccumulationSteps } = this.settings;
    const updates = (iteration: number): number => Math.floor(iteration / (gradientAccumulationSteps ?? 1));
    const momentum = scalars.at((iteration) => (updates(iteration) === 0 ? 0 : emaMomentum));
    const over =
      every === null
        ? undefined
        : ops.greater(
            scalars.at((iteration) => ((updates(iteration) + 1) % every === 0 ? 1 : 0)),
            0,
          );
    const changing = entries.flatMap(({ variable, average }) => [average!, ...(over ? [variable] : [])]);
    this.only(allowed, changing, () => {
      for (const { variable, average } of entries) {
        const kept = ops.cast(momentum, variable.dtype);
        average!.assign(ops.add(ops.mul(average!, kept), ops.mul(variable, ops.sub(1, kept))));
        if (over) variable.assign(ops.where(over, average!, variable));
      }
    });
  }

  private averagesOf(variables: readonly Variable[]): [Variable, Variable][] {
    return variables.flatMap((variable): [Variable, Variable][] => {
      const average = this.bySource.get(variable)?.average;
      return average && this.counter.iterations > 0 ? [[variable, average]] : [];
    });
  }

  /** Puts the moving averages into the variables, where there are averages; `fit` does so at its end. */
  finalizeVariableValues(variables: readonly Variable[]): void {
    if (this.swapped) this.swapAverages(variables);
    for (const [variable, average] of this.averagesOf(variables)) variable.assign(average);
  }

  /** Exchanges variables and their moving averages, where there are averages. */
  swapAverages(variables: readonly Variable[]): void {
    this.swapped = !this.swapped;
    tidy(() => {
      for (const [variable, average] of this.averagesOf(variables)) {
        const before = ops.copy(variable);
        variable.assign(average);
        average.assign(before);
      }
    });
  }

  private check(gradients: readonly Tensor[], variables: readonly Variable[]): void {
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
  }

  /**
   * Takes one step by pairs of a gradient and its variable.
   *
   * @example
   * optimizer.applyGradients(gradients.map((gradient, i) => [gradient, variables[i]!]));
   */
  applyGradients(pairs: Iterable<readonly [gradient: Tensor, variable: Variable]>): void {
    const list = [...pairs];
    this.apply(
      list.map(([gradient]) => gradient),
      list.map(([, variable]) => variable),
    );
  }

  /** An optimizer of this class from its config. */
  static fromConfig(config: Config): Optimizer {
    return new (this as unknown as new (config: Config) => Optimizer)(config);
  }

  getConfig(): Config {
    return { ...commonConfig(this.settings, this.rate), ...this.ownConfig() };
  }
}
