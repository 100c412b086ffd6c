/**
 * Metrics keep what they have seen in variables on the device, changed in place by each batch, so that an epoch's figure is the true one
 * and a captured step can update it. Source: Keras 3, `keras.metrics.Metric`.
 */
import type { DType } from '../tensor/dtype.js';
import { withoutTape } from '../autodiff/tape.js';
import { defineOp, runInPlace } from '../ops/define.js';
import * as ops from '../ops/index.js';
import type { Config } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { filledVariable, type Variable } from '../tensor/variable.js';

const addOp = defineOp('add');

/**
 * The base of metrics; also of your own, with a `className`, `updateState` and `result`. What is gathered is kept in variables.
 *
 * @example
 * class Positives extends metrics.Metric {
 *   readonly className = 'Positives';
 *   private readonly count = this.addVariable('count');
 *   updateState(_yTrue: Tensor, yPred: Tensor): void {
 *     this.addTo(this.count, ops.sum(ops.cast(ops.greater(yPred, 0.5), 'float32')));
 *   }
 *   result(): Tensor {
 *     return ops.copy(this.count);
 *   }
 * }
 */
export abstract class Metric {
  abstract readonly className: string;
  readonly name: string;
  /** What the metric has gathered. */
  readonly variables: Variable[] = [];
  private readonly initials: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Adds a variable for what is gathered, set to `initial` by `resetState`. */
  protected addVariable(name: string, shape: readonly number[] = [], initial = 0): Variable {
    const made = filledVariable(shape, initial, 'float32', { name: `${this.name}_${name}`, trainable: false });
    this.variables.push(made);
    this.initials.push(initial);
    return made;
  }

  /** Adds to a variable in place. */
  protected addTo(target: Variable, value: Tensor): void {
    runInPlace(addOp, [target, ops.cast(value, target.dtype)], [target]);
  }

  /** Element type of what is gathered. */
  get dtype(): DType {
    return 'float32';
  }

  /**
   * Called with the shapes of labels and predictions (batch included) before they come; for metrics whose variables depend on them. May be
   * called again.
   */
  build(_yTrue: readonly number[], _yPred: readonly number[]): void {
    // most metrics keep numbers whose shape is known before
  }

  /** Whether steps that a mask of the predictions leaves out do not count: `fit` then gives the mask as sample weights. */
  get takesMask(): boolean {
    return false;
  }

  /** Takes a batch into account. */
  abstract updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void;

  /** The figure for everything seen since the last reset: a scalar, or more for metrics that have several. */
  abstract result(): Tensor;

  /** Forgets what was seen. */
  resetState(): void {
    this.variables.forEach((variable, i) => variable.fill(this.initials[i]!));
  }

  /** Releases the variables. */
  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }

  getConfig(): Config {
    return { name: this.name };
  }

  /** A metric of this class from its config. */
  static fromConfig(config: Config): Metric {
    return new (this as unknown as new (config: Config) => Metric)(config);
  }
}

function axesFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

function perSample(values: Tensor): Tensor {
  return values.rank > 1 ? ops.mean(values, { axis: axesFrom(1, values.rank) }) : values;
}

/** Sum and weighted count of values, and their mean: the base of most metrics. */
export class MeanTracker {
  constructor(
    private readonly total: Variable,
    private readonly count: Variable,
    private readonly add: (target: Variable, value: Tensor) => void,
  ) {}

  /** Takes values of any shape, one row a sample, with weights that fit their leading axes. A sample counts by the mean of its values. */
  update(values: Tensor, sampleWeight?: Tensor): void {
    withoutTape(() =>
      tidy(() => {
        let weighed: Tensor = ops.cast(values, 'float32');
        let weights: Tensor | undefined = sampleWeight && ops.cast(sampleWeight, 'float32');
        if (weights) {
          if (weights.rank > weighed.rank && weights.shape[weights.rank - 1] === 1) weights = ops.squeeze(weights, { axis: -1 });
          if (weights.rank < weighed.rank) weighed = ops.mean(weighed, { axis: axesFrom(weights.rank, weighed.rank) });
          weights = ops.broadcastTo<readonly number[]>(weights, weighed.shape);
          weighed = ops.mul(weighed, weights);
        }
        this.add(this.total, ops.sum(perSample(weighed)));
        this.add(this.count, weights ? ops.sum(perSample(weights)) : ops.full([], values.rank > 0 ? values.shape[0]! : 1));
      }),
    );
  }

  result(): Tensor {
    return ops.divNoNan(this.total, this.count);
  }
}

/** A metric that is the mean of a value of each sample. */
export abstract class MeanMetric extends Metric {
  private readonly tracker = new MeanTracker(this.addVariable('total'), this.addVariable('count'), (target, value) =>
    this.addTo(target, value),
  );

  override get takesMask(): boolean {
    return true;
  }

  /** The value of each sample. */
  protected abstract valuesOf(yTrue: Tensor, yPred: Tensor): Tensor;

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    withoutTape(() => tidy(() => this.tracker.update(this.valuesOf(yTrue, yPred), sampleWeight)));
  }

  result(): Tensor {
    return this.tracker.result();
  }
}

/** The mean of values: `updateState(values, values)` is not asked for labels. */
export class Mean extends Metric {
  readonly className = 'Mean';
  private readonly tracker = new MeanTracker(this.addVariable('total'), this.addVariable('count'), (target, value) =>
    this.addTo(target, value),
  );

  constructor(options: { name?: string } = {}) {
    super(options.name ?? 'mean');
  }

  updateState(values: Tensor, _yPred?: Tensor, sampleWeight?: Tensor): void {
    this.tracker.update(values, sampleWeight);
  }

  /** Takes a value that stands for `weight` samples, as the mean loss of a batch does. */
  updateWeighted(value: Tensor, weight: number): void {
    withoutTape(() =>
      tidy(() => {
        const [total, count] = this.variables as [Variable, Variable];
        this.addTo(total, ops.mul(ops.cast(value, 'float32'), weight));
        this.addTo(count, ops.full([], weight));
      }),
    );
  }

  result(): Tensor {
    return this.tracker.result();
  }
}

/** The sum of values, with their weights. */
export class Sum extends Metric {
  readonly className = 'Sum';
  private readonly total = this.addVariable('total');

  constructor(options: { name?: string } = {}) {
    super(options.name ?? 'sum');
  }

  updateState(values: Tensor, _yPred?: Tensor, sampleWeight?: Tensor): void {
    withoutTape(() =>
      tidy(() => {
        let weights = sampleWeight && ops.cast(sampleWeight, 'float32');
        while (weights && weights.rank < values.rank) weights = ops.expandDims(weights, -1);
        const given = ops.cast(values, 'float32');
        this.addTo(this.total, ops.sum(weights ? ops.mul(given, weights) : given));
      }),
    );
  }

  result(): Tensor {
    return ops.copy(this.total);
  }
}

/** A function of labels and predictions as a metric: the mean of what it returns. */
export class FunctionMetric extends MeanMetric {
  readonly className = 'FunctionMetric';

  constructor(
    private readonly fn: (yTrue: Tensor, yPred: Tensor) => Tensor,
    name?: string,
  ) {
    super(name ?? (fn.name || 'metric'));
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(yTrue, yPred);
  }
}
