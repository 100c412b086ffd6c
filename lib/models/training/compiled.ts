/** What `compile` was given, and the losses and metrics made of it when the shapes of labels and predictions are known. */
import { ArgumentError, ShapeError } from '../../errors.js';
import { maskOf } from '../../layers/context.js';
import * as losses from '../../losses/index.js';
import { type Loss, type LossIdentifier, SparseCategoricalCrossentropy } from '../../losses/index.js';
import { maskedWeights } from '../../losses/loss.js';
import * as metrics from '../../metrics/index.js';
import { Mean, type Metric, type MetricIdentifier } from '../../metrics/index.js';
import * as optimizers from '../../optimizers/index.js';
import type { Optimizer, OptimizerIdentifier } from '../../optimizers/index.js';
import * as ops from '../../ops/index.js';
import { describe, flag, nullable, optional, type Reader, readOptions, whole } from '../../options/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { fits, lossOutput } from '../../types/messages.js';

/** Options of `compile`. */
export interface CompileOptions<L = LossIdentifier> {
  /** A name, an object or a factory of `optimizers`; rmsprop by default, as in Keras. */
  optimizer?: OptimizerIdentifier;
  /** A name, an object of `losses` or a function; a list with one for each output. */
  loss?: L;
  /** Names, objects of `metrics` or functions. */
  metrics?: readonly MetricIdentifier[];
  /** Metrics that take the sample and class weights into account; `metrics` do not, as in Keras. */
  weightedMetrics?: readonly MetricIdentifier[];
  /** Runs steps op by op instead of captured: slower, for debugging. */
  runEagerly?: boolean;
  /** Steps a native call takes; chosen by `fit` itself where it is not given. */
  stepsPerExecution?: number | null;
}

const metricList: Reader<readonly MetricIdentifier[]> = (value, where) => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as MetricIdentifier[];
  throw new ArgumentError({ where, expected: 'a list of metrics', received: describe(value), hint: "for example ['accuracy']" });
};

export class Compiled {
  readonly optimizer: Optimizer;
  readonly runEagerly: boolean;
  readonly stepsPerExecution: number | null;
  readonly lossTracker = new Mean({ name: 'loss' });
  private readonly lossIdentifier: LossIdentifier | readonly LossIdentifier[] | undefined;
  private readonly metricIdentifiers: readonly MetricIdentifier[];
  private readonly weightedIdentifiers: readonly MetricIdentifier[];
  private made: { losses: Loss[]; metrics: Metric[][]; weighted: Metric[][]; key: string } | undefined;

  constructor(options: CompileOptions<unknown>) {
    const read = readOptions('compile', options, {
      optimizer: (value) => optimizers.get((value ?? 'rmsprop') as OptimizerIdentifier),
      loss: (value) => value as LossIdentifier | readonly LossIdentifier[] | undefined,
      metrics: metricList,
      weightedMetrics: metricList,
      runEagerly: optional(flag, false),
      stepsPerExecution: nullable(whole()),
    });
    this.optimizer = read.optimizer;
    this.runEagerly = read.runEagerly;
    this.stepsPerExecution = read.stepsPerExecution;
    this.lossIdentifier = read.loss;
    this.metricIdentifiers = read.metrics;
    this.weightedIdentifiers = read.weightedMetrics;
    // A misspelt name is refused here, not at the first batch.
    for (const identifier of this.lossList(1)) losses.get(identifier);
    for (const identifier of [...this.metricIdentifiers, ...this.weightedIdentifiers]) metrics.check(identifier);
  }

  private lossList(outputs: number): LossIdentifier[] {
    const given = this.lossIdentifier;
    if (given === undefined) return [];
    if (Array.isArray(given)) return given as LossIdentifier[];
    return new Array<LossIdentifier>(outputs).fill(given as LossIdentifier);
  }

  /** The name of the loss, where it was given by one, for checks of the output. */
  checkOutputs(shapes: readonly (readonly (number | null)[])[]): void {
    const given = this.lossList(shapes.length);
    given.forEach((identifier, i) => {
      if (identifier !== 'categoricalCrossentropy' && identifier !== 'sparseCategoricalCrossentropy') return;
      const output = shapes[i]?.slice(1);
      if (output && output.length !== 1) throw new ShapeError(lossOutput(identifier, output as number[]));
      // The softmax of one number is 1 whatever the weights are: the loss would stay 0.
      if (output?.[0] === 1) {
        throw new ShapeError({
          where: `loss ${identifier}`,
          expected: 'an output for each of at least two classes',
          received: '[1]',
          hint: "give the last layer one unit a class, or use the loss binaryCrossentropy with the activation 'sigmoid'",
        });
      }
    });
  }

  /** Refuses labels that the loss cannot compare with outputs of these shapes (batch left out). */
  checkLabels(
    labels: readonly (readonly number[])[],
    outputs: readonly (readonly (number | null)[])[],
    refusal: (output: readonly (number | null)[], got: readonly number[]) => Error,
  ): void {
    this.made!.losses.forEach((loss, i) => {
      if (loss.labels === 'free') return;
      const got = labels[i]!;
      const output = outputs[i]!;
      const sparse = loss.labels === 'classes';
      const wanted = sparse ? output.slice(0, -1) : output;
      const exact = fits(got, [null, ...wanted]);
      const column =
        fits(got, [null, ...wanted, 1]) || (!sparse && output[output.length - 1] === 1 && fits(got, [null, ...output.slice(0, -1)]));
      if (exact || column) return;
      if (!sparse || !fits(got, [null, ...output])) throw refusal(wanted, got);
      throw new ShapeError({
        where: `loss ${loss.name}`,
        expected: 'one class number a sample',
        received: `rows [${got.join(', ')}]`,
        hint: 'use the loss categoricalCrossentropy for one-hot rows, or make numbers of them with ops.argmax(y, -1)',
      });
    });
  }

  /** For each output with a list of classes, their count where labels are numbers of them, all of which count. */
  classCounts(outputs: readonly (readonly (number | null)[])[]): (number | null)[] {
    return this.made!.losses.map((loss, i) => {
      const counts = loss instanceof SparseCategoricalCrossentropy && outputs[i]!.length === 1;
      return counts && loss.getConfig()['ignoreClass'] == null ? outputs[i]![0]! : null;
    });
  }

  /** Losses and metrics for labels and predictions of these shapes (batch included). Made once; the variables stay. */
  prepare(yTrue: readonly (readonly number[])[], yPred: readonly (readonly number[])[]): void {
    const key = `${yTrue.map((shape) => shape.length + ':' + shape[shape.length - 1]).join()}|${yPred.map((shape) => shape.length + ':' + shape[shape.length - 1]).join()}`;
    if (this.made?.key === key) return;
    const given = this.lossList(yPred.length);
    if (given.length === 0) {
      throw new ArgumentError({
        where: 'compile',
        expected: 'a loss to train or evaluate with',
        received: 'none',
        hint: "compile with a loss, for example { loss: 'categoricalCrossentropy' }",
      });
    }
    if (given.length !== yPred.length || yTrue.length !== yPred.length) {
      throw new ArgumentError({
        where: 'compile',
        expected: `one loss and one y for each of ${yPred.length} outputs`,
        received: `${given.length} losses and ${yTrue.length} arrays of labels`,
      });
    }
    this.release();
    const make = (identifiers: readonly MetricIdentifier[]): Metric[][] =>
      yPred.map((shape, i) =>
        identifiers.map((identifier) => {
          const metric = metrics.get(identifier, yTrue[i], shape);
          metric.build(yTrue[i]!, shape);
          return metric;
        }),
      );
    const weighted = make(this.weightedIdentifiers);
    this.made = { key, losses: given.map((identifier) => losses.get(identifier)), metrics: make(this.metricIdentifiers), weighted };
  }

  /** Metrics that were given as objects are the user's and stay as they are. */
  private release(): void {
    const given = [...this.metricIdentifiers, ...this.weightedIdentifiers];
    for (const metric of this.gathered) if (!given.includes(metric)) metric.dispose();
  }

  private get gathered(): Metric[] {
    return this.made ? [...this.made.metrics.flat(), ...this.made.weighted.flat()] : [];
  }

  /** Loss and metrics, in the order in which they are shown. */
  get all(): Metric[] {
    return [this.lossTracker, ...this.gathered];
  }

  get names(): string[] {
    const weighted = new Set(this.made?.weighted.flat());
    const names: string[] = [];
    for (const metric of this.all) {
      let name = metric.name;
      if (names.includes(name) && weighted.has(metric)) name = `weighted_${name}`;
      for (let i = 1; names.includes(name); i++) name = `${metric.name}_${i}`;
      names.push(name);
    }
    return names;
  }

  /** The loss that is minimised: the sum over outputs, and the penalties of the layers. */
  loss(yTrue: readonly Tensor[], yPred: readonly Tensor[], weights: Tensor | undefined, penalties: readonly Tensor[]): Tensor {
    const parts = this.made!.losses.map((loss, i) => loss.compute(yTrue[i]!, yPred[i]!, weights, maskOf(yPred[i]!)));
    return [...parts, ...penalties].reduce((a, b) => ops.add(a, ops.cast(b, a.dtype)));
  }

  /** Takes a batch into the running figures. */
  update(loss: Tensor, yTrue: readonly Tensor[], yPred: readonly Tensor[], weights: Tensor | undefined): void {
    this.lossTracker.updateWeighted(loss, yPred[0]!.shape[0]!);
    yPred.forEach((prediction, i) => {
      const mask = maskOf(prediction);
      const masked = (metric: Metric, given?: Tensor) => (mask && metric.takesMask ? maskedWeights(mask, given) : given);
      for (const metric of this.made!.metrics[i]!) metric.updateState(yTrue[i]!, prediction, masked(metric));
      for (const metric of this.made!.weighted[i]!) metric.updateState(yTrue[i]!, prediction, masked(metric, weights));
    });
  }

  /** The figures as one vector, so that one small copy brings them all. */
  results(): Tensor {
    return ops.concatenate(
      this.all.map((metric) => figureOf(metric)),
      { axis: 0 },
    );
  }

  reset(): void {
    for (const metric of this.all) metric.resetState();
  }

  dispose(): void {
    this.lossTracker.dispose();
    this.release();
    for (const slot of this.optimizer.variables) slot.dispose();
  }
}

function figureOf(metric: Metric): Tensor {
  const result = metric.result();
  if (result.size === 1) return ops.reshape(ops.cast(result, 'float32'), [1]);
  throw new ArgumentError({
    where: `metric ${metric.name}`,
    expected: 'one figure',
    received: `a result of shape [${result.shape.join(', ')}]`,
    hint: 'in compile a metric gives one number: choose an average, or one threshold',
  });
}
