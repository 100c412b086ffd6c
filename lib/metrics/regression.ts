/**
 * How well numbers are predicted. Source: Keras 3, `keras.metrics.RootMeanSquaredError`, `R2Score`, `PearsonCorrelation`,
 * `ConcordanceCorrelation`.
 */
import { withoutTape } from '../autodiff/tape.js';
import { ShapeError } from '../errors.js';
import { axis } from '../losses/axis.js';
import { checkLabelShape, sameRank } from '../losses/loss.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, oneOf, optional, readOptions, text, whole } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { MeanMetric, Metric } from './metric.js';

export class RootMeanSquaredError extends MeanMetric {
  readonly className = 'RootMeanSquaredError';

  constructor(options: { name?: string } = {}) {
    super(readOptions('rootMeanSquaredError', options, { name: optional(text, 'root_mean_squared_error') }).name);
  }

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = sameRank(ops.cast(yTrue, yPred.dtype), yPred);
    checkLabelShape(this.name, labels, predictions);
    return ops.square(ops.sub(predictions, labels));
  }

  override result(): Tensor {
    return tidy(() => ops.sqrt(super.result()));
  }
}

export interface CorrelationOptions {
  name?: string;
  /** The axis along which labels and predictions are compared; the last. */
  axis?: number;
}

/** The mean over samples of a correlation along an axis. */
abstract class CorrelationMetric extends MeanMetric {
  protected readonly axis: number;

  constructor(where: string, name: string, options: CorrelationOptions) {
    const read = readOptions(where, options, { name: optional(text, name), axis: optional(axis, -1) });
    super(read.name);
    this.axis = read.axis;
  }

  protected abstract correlation(yTrue: Tensor, yPred: Tensor): Tensor;

  protected valuesOf(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = sameRank(ops.cast(yTrue, yPred.dtype), yPred);
    checkLabelShape(this.name, labels, predictions);
    return this.correlation(labels, predictions);
  }

  protected centred(x: Tensor): Tensor {
    return ops.sub(x, ops.mean(x, { axis: this.axis, keepdims: true }));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export class PearsonCorrelation extends CorrelationMetric {
  readonly className = 'PearsonCorrelation';

  constructor(options: CorrelationOptions = {}) {
    super('pearsonCorrelation', 'pearson_correlation', options);
  }

  protected correlation(yTrue: Tensor, yPred: Tensor): Tensor {
    const normal = (x: Tensor): Tensor => {
      const centred = this.centred(x);
      return ops.div(centred, ops.std(centred, { axis: this.axis, keepdims: true }));
    };
    return ops.mean(ops.mul(normal(yTrue), normal(yPred)), { axis: this.axis });
  }
}

export class ConcordanceCorrelation extends CorrelationMetric {
  readonly className = 'ConcordanceCorrelation';

  constructor(options: CorrelationOptions = {}) {
    super('concordanceCorrelation', 'concordance_correlation', options);
  }

  protected correlation(yTrue: Tensor, yPred: Tensor): Tensor {
    const keep = { axis: this.axis, keepdims: true };
    const [a, b] = [this.centred(yTrue), this.centred(yPred)];
    const spread = ops.add(ops.var(a, keep), ops.var(b, keep));
    const apart = ops.square(ops.sub(ops.mean(yTrue, keep), ops.mean(yPred, keep)));
    const below = ops.add(ops.add(spread, apart), 1e-7);
    return ops.mean(ops.div(ops.mul(ops.mul(a, b), 2), below), { axis: this.axis });
  }
}

export interface R2ScoreOptions {
  name?: string;
  /** How the figures of several outputs become one; null: one figure an output. */
  classAggregation?: 'uniformAverage' | 'varianceWeightedAverage' | null;
  /** Number of independent variables, for the adjusted figure; 0: not adjusted. */
  numRegressors?: number;
}

/** Share of the variance that is explained: 1 - residuals / spread. */
export class R2Score extends Metric {
  readonly className = 'R2Score';
  private readonly aggregation: 'uniformAverage' | 'varianceWeightedAverage' | null;
  private readonly regressors: number;
  private readonly samples = this.addVariable('num_samples');
  private sums: [squares: Variable, sum: Variable, residual: Variable, count: Variable] | undefined;

  constructor(options: R2ScoreOptions = {}) {
    const read = readOptions('r2Score', options, {
      name: optional(text, 'r2_score'),
      classAggregation: (value, where) =>
        value === undefined ? 'uniformAverage' : nullable(oneOf('uniformAverage', 'varianceWeightedAverage'))(value, where),
      numRegressors: optional(whole(0), 0),
    });
    super(read.name);
    this.aggregation = read.classAggregation;
    this.regressors = read.numRegressors;
  }

  override build(yTrue: readonly number[], yPred: readonly number[]): void {
    if (yPred.length !== 2 || (yTrue.length !== 2 && yTrue.length !== 1)) {
      throw new ShapeError({
        where: this.name,
        expected: 'labels and predictions [batch, outputs]',
        received: `[${yTrue.join(', ')}] and [${yPred.join(', ')}]`,
      });
    }
    const add = (name: string): Variable => this.addVariable(name, [yPred[1]!]);
    this.sums ??= [add('squared_sum'), add('sum'), add('residual'), add('count')];
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    this.build(yTrue.shape, yPred.shape);
    withoutTape(() =>
      tidy(() => {
        const [labels, predictions] = sameRank(ops.cast(yTrue, 'float32'), ops.cast(yPred, 'float32'));
        checkLabelShape(this.name, labels, predictions);
        const given = sampleWeight ? ops.cast(sampleWeight, 'float32') : ops.ones([1, 1]);
        const weights = ops.broadcastTo<readonly number[]>(given.rank === 1 ? ops.expandDims(given, 1) : given, predictions.shape);
        const weighted = ops.mul(labels, weights);
        const [squares, sum, residual, count] = this.sums!;
        this.addTo(sum, ops.sum(weighted, { axis: 0 }));
        this.addTo(squares, ops.sum(ops.mul(labels, weighted), { axis: 0 }));
        this.addTo(residual, ops.sum(ops.mul(ops.square(ops.sub(labels, predictions)), weights), { axis: 0 }));
        this.addTo(count, ops.sum(weights, { axis: 0 }));
        this.addTo(this.samples, ops.full([], predictions.shape[0]!));
      }),
    );
  }

  result(): Tensor {
    if (!this.sums) return ops.zeros([]);
    const [squares, sum, residual, count] = this.sums;
    return tidy(() => {
      const total = ops.sub(squares, ops.mul(sum, ops.div(sum, count)));
      const ratio = ops.sub(1, ops.div(residual, total));
      const scores = ops.where(ops.isinf(ratio), 0, ratio);
      const score =
        this.aggregation === null
          ? scores
          : this.aggregation === 'uniformAverage'
            ? ops.mean(scores)
            : ops.div(ops.sum(ops.mul(total, scores)), ops.sum(total));
      if (this.regressors === 0) return score;
      // With as many variables as samples nothing can be adjusted.
      const free = ops.sub(this.samples, this.regressors + 1);
      const adjusted = ops.sub(1, ops.div(ops.mul(ops.sub(1, score), ops.sub(this.samples, 1)), free));
      return ops.where(ops.greater(free, 0), adjusted, score);
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), classAggregation: this.aggregation, numRegressors: this.regressors };
  }
}
