/** The harmonic mean of precision and recall. Source: Keras 3, `keras.metrics.FBetaScore` and `F1Score`. */
import { withoutTape } from '../autodiff/tape.js';
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, nullable, oneOf, optional, readOptions, real, text } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { Metric } from './metric.js';

export interface F1ScoreOptions {
  name?: string;
  /** One figure over all decisions (micro), the mean of the classes' (macro), or weighted by their numbers; null: one figure a class. */
  average?: 'micro' | 'macro' | 'weighted' | null;
  /** Above which a prediction is positive; null: the most probable class is. */
  threshold?: number | null;
}

export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How many times more recall counts than precision; 1. */
  beta?: number;
}

const readers = {
  average: nullable(oneOf('micro', 'macro', 'weighted')),
  threshold: nullable(real({ above: 0, below: 1.0000001 })),
};

/** Kept from 0 where it divides. */
const EPSILON = 1e-7;

/** Hits, false alarms, misses and the numbers of labels, a class each. */
type Sums = [Variable, Variable, Variable, Variable];

export class FBetaScore extends Metric {
  readonly className: string = 'FBetaScore';
  protected readonly average: 'micro' | 'macro' | 'weighted' | null;
  protected readonly threshold: number | null;
  private readonly beta: number;
  private sums: Sums | undefined;

  constructor(options: FBetaScoreOptions = {}, where = 'fBetaScore', name = 'fbeta_score') {
    const read = readOptions(where, options, { name: optional(text, name), ...readers, beta: optional(real({ above: 0 }), 1) });
    super(read.name);
    this.average = read.average;
    this.threshold = read.threshold;
    this.beta = read.beta;
  }

  override build(yTrue: readonly number[], yPred: readonly number[]): void {
    if (yTrue.length !== 2 || yPred.length !== 2 || yTrue[1] !== yPred[1]) {
      throw new ShapeError({
        where: this.name,
        expected: 'one-hot labels and predictions [batch, classes]',
        received: `[${yTrue.join(', ')}] and [${yPred.join(', ')}]`,
      });
    }
    const shape = this.average === 'micro' ? [] : [yPred[1]!];
    this.sums ??= ['true_positives', 'false_positives', 'false_negatives', 'intermediate_weights'].map((name) =>
      this.addVariable(name, shape),
    ) as Sums;
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    this.build(yTrue.shape, yPred.shape);
    withoutTape(() =>
      tidy(() => {
        const labels = ops.cast(yTrue, 'float32');
        const given = ops.cast(yPred, 'float32');
        const chosen =
          this.threshold === null
            ? ops.logicalAnd(ops.greaterEqual(given, ops.max(given, { axis: -1, keepdims: true })), ops.greater(ops.abs(given), 1e-9))
            : ops.greater(given, this.threshold);
        const positive = ops.cast(chosen, 'float32');
        const weights = sampleWeight && ops.reshape(ops.cast(sampleWeight, 'float32'), [yTrue.shape[0]!, 1]);
        const axis = this.average === 'micro' ? null : 0;
        const add = (target: Variable, values: Tensor): void =>
          this.addTo(target, ops.sum(weights ? ops.mul(values, weights) : values, { axis }));
        const [hits, alarms, misses, all] = this.sums!;
        add(hits, ops.mul(positive, labels));
        add(alarms, ops.mul(positive, ops.sub(1, labels)));
        add(misses, ops.mul(ops.sub(1, positive), labels));
        add(all, labels);
      }),
    );
  }

  result(): Tensor {
    if (!this.sums) return ops.zeros([]);
    const [hits, alarms, misses, all] = this.sums;
    return tidy(() => {
      const precision = ops.div(hits, ops.add(ops.add(hits, alarms), EPSILON));
      const recall = ops.div(hits, ops.add(ops.add(hits, misses), EPSILON));
      const square = this.beta ** 2;
      const below = ops.add(ops.add(ops.mul(precision, square), recall), EPSILON);
      const score = ops.mul(ops.div(ops.mul(precision, recall), below), 1 + square);
      if (this.average === 'weighted') return ops.sum(ops.mul(score, ops.div(all, ops.add(ops.sum(all), EPSILON))));
      return this.average === null ? score : ops.mean(score);
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), average: this.average, beta: this.beta, threshold: this.threshold };
  }
}

export class F1Score extends FBetaScore {
  override readonly className = 'F1Score';

  constructor(options: F1ScoreOptions = {}) {
    super(readOptions('f1Score', options, { name: optional(text, 'f1_score'), ...readers }), 'f1Score', 'f1_score');
  }

  override getConfig(): Config {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}
