/** Scaling of the loss that adapts itself. Source: Keras 3, `keras.optimizers.LossScaleOptimizer`. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { optional, readOptions, real, serialize, text, whole, type Config } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { filledVariable, type Variable } from '../tensor/variable.js';
import type { Optimizer } from './optimizer.js';
import { get, type OptimizerIdentifier } from './registry.js';
import { WrappingOptimizer } from './wrapping.js';

export interface LossScaleOptions {
  /** What changes the variables. */
  innerOptimizer: OptimizerIdentifier;
  /** The first factor; 2^15. */
  initialScale?: number;
  /** Finite steps in a row after which the factor doubles; 2000. */
  dynamicGrowthSteps?: number;
  name?: string;
}

export class LossScaleOptimizer extends WrappingOptimizer {
  readonly className = 'LossScaleOptimizer';
  readonly innerOptimizer: Optimizer;
  protected readonly inner: readonly Optimizer[];
  private readonly initialScale: number;
  private readonly growth: number;
  /** The factor, the finite steps since it changed, and the updates made; on the device, since whether a step counts is known there only. */
  private state: { scale: Variable; since: Variable; updates: Variable } | undefined;

  constructor(options: LossScaleOptions) {
    const read = readOptions('lossScaleOptimizer', options, {
      innerOptimizer: (value) => get(value as OptimizerIdentifier),
      initialScale: optional(real({ above: 0 }), 2 ** 15),
      dynamicGrowthSteps: optional(whole(), 2000),
      name: optional(text, 'loss_scale_optimizer'),
    });
    super('lossScaleOptimizer', read.name);
    if (read.innerOptimizer instanceof WrappingOptimizer) {
      throw new ArgumentError({
        where: 'lossScaleOptimizer innerOptimizer',
        expected: 'a plain optimizer',
        received: read.innerOptimizer.className,
      });
    }
    this.innerOptimizer = read.innerOptimizer;
    this.inner = [read.innerOptimizer];
    this.initialScale = read.initialScale;
    this.growth = read.dynamicGrowthSteps;
  }

  /** @internal The factor, the finite steps since it changed, and the updates made. */
  get states(): { scale: Variable; since: Variable; updates: Variable } {
    const make = (name: string, value: number): Variable =>
      filledVariable([], value, 'float64', { name: `${this.name}_${name}`, trainable: false });
    return (this.state ??= {
      scale: make('dynamic_scale', this.initialScale),
      since: make('step_counter', 0),
      updates: make('updates', 0),
    });
  }

  override get variables(): Variable[] {
    return [...(this.state ? Object.values(this.state) : []), ...super.variables];
  }

  override get learningRate(): number {
    return this.innerOptimizer.learningRate;
  }

  override set learningRate(rate: number) {
    this.innerOptimizer.learningRate = rate;
  }

  /** Updates made; waits for the device. */
  override get iterations(): number {
    return this.state ? this.state.updates.dataSync()[0]! : 0;
  }

  override set iterations(count: number) {
    this.states.updates.fill(count);
    this.innerOptimizer.iterations = count;
  }

  /** The factor now; waits for the device. */
  get scale(): number {
    return this.state ? this.state.scale.dataSync()[0]! : this.initialScale;
  }

  override build(variables: readonly Variable[]): void {
    void this.states;
    this.innerOptimizer.build(variables);
  }

  override scaleLoss(loss: Tensor): Tensor {
    return ops.mul(loss, ops.cast(this.states.scale, loss.dtype));
  }

  override apply(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    this.build(variables);
    if (variables.length === 0) return;
    tidy(() => {
      const { scale, since, updates } = this.states;
      const finite = gradients.map((gradient) => ops.all(ops.isfinite(gradient))).reduce((a, b) => ops.logicalAnd(a, b));
      const plain = gradients.map((gradient) => ops.div(gradient, ops.cast(scale, gradient.dtype)));
      // A schedule counts calls; what corrects for the first steps counts updates.
      const scalars = { ...this.innerOptimizer.takeScalars(), step: ops.add(updates, 1) };
      this.innerOptimizer.applyWith(plain, variables, scalars, finite);
      const full = ops.logicalAnd(finite, ops.greaterEqual(ops.add(since, 1), this.growth));
      scale.assign(ops.where(finite, ops.where(full, ops.mul(scale, 2), scale), ops.mul(scale, 0.5)));
      since.assign(ops.where(ops.logicalAnd(finite, ops.logicalNot(full)), ops.add(since, 1), 0));
      updates.assign(ops.add(updates, ops.cast(finite, 'float64')));
    });
  }

  override getConfig(): Config {
    return {
      name: this.name,
      innerOptimizer: serialize(this.innerOptimizer),
      initialScale: this.initialScale,
      dynamicGrowthSteps: this.growth,
    };
  }
}

/**
 * Multiplies the loss by a factor that doubles while gradients stay finite, and halves when they do not; such a step changes nothing. A
 * learning rate schedule counts the steps that were left out as well.
 *
 * @example
 * optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.sgd(0.01), initialScale: 1024 });
 */
export function lossScaleOptimizer(options: LossScaleOptions): LossScaleOptimizer {
  return new LossScaleOptimizer(options);
}
