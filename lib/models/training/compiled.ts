/** What `compile` was given, and the losses and metrics made of it when the shapes of labels and predictions are known. */
import { ArgumentError, ShapeError } from '../../errors.js';
import { maskOf, type ToldMetric } from '../../layers/context.js';
import { outsideRecording } from '../../native/recording.js';
import * as losses from '../../losses/index.js';
import { type Loss, SparseCategoricalCrossentropy } from '../../losses/index.js';
import { maskedWeights } from '../../losses/loss.js';
import * as metrics from '../../metrics/index.js';
import { Mean, type Metric } from '../../metrics/index.js';
import type { Optimizer } from '../../optimizers/index.js';
import * as ops from '../../ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { fits, lossOutput } from '../../types/messages.js';
import { type CompileOptions, readCompileOptions } from './compile-options.js';

/** Losses and metrics of one output. */
interface OutputParts {
  readonly name: string;
  readonly loss: Loss | undefined;
  readonly lossWeight: number;
  /** The mean of this output's loss, where there are several. */
  readonly tracker: Mean | undefined;
  readonly metrics: readonly Metric[];
  readonly weighted: readonly Metric[];
}

export class Compiled {
  readonly optimizer: Optimizer;
  readonly runEagerly: boolean;
  readonly stepsPerExecution: number | null;
  readonly lossTracker = new Mean({ name: 'loss' });
  private readonly options: ReturnType<typeof readCompileOptions>;
  /** Means of what layers told with `addMetric`. */
  private readonly added = new Map<string, Mean>();
  /** Losses of the outputs that the loss was last made of. */
  private lastParts: readonly (Tensor | undefined)[] = [];
  private made: { readonly outputs: readonly OutputParts[]; readonly key: string } | undefined;

  /** What was given, with the optimizer made; for files. */
  readonly settings: CompileOptions<unknown> & { readonly optimizer: Optimizer };

  constructor(options: CompileOptions<unknown>) {
    this.options = readCompileOptions(options);
    this.optimizer = this.options.optimizer;
    this.settings = { ...options, optimizer: this.optimizer };
    this.runEagerly = this.options.runEagerly;
    this.stepsPerExecution = this.options.stepsPerExecution;
  }

  /** Refuses, for outputs that are known, settings of others and losses by name that cannot be theirs. */
  checkOutputs(names: readonly string[], shapes: readonly (readonly (number | null)[])[]): void {
    const { loss, lossWeights, metrics: plain, weightedMetrics } = this.options;
    for (const read of [lossWeights, plain, weightedMetrics]) read(names);
    loss(names).forEach((identifier, i) => {
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
    this.made!.outputs.forEach(({ loss }, i) => {
      if (!loss || loss.labels === 'free') return;
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
    return this.made!.outputs.map(({ loss }, i) => {
      const counts = loss instanceof SparseCategoricalCrossentropy && outputs[i]!.length === 1;
      return counts && loss.getConfig()['ignoreClass'] == null ? outputs[i]![0]! : null;
    });
  }

  /**
   * Losses and metrics for outputs of these names, and labels and predictions of these shapes (batch included). Made once. `needsLoss` says
   * whether a loss has to be among them.
   */
  prepare(names: readonly string[], yTrue: readonly (readonly number[])[], yPred: readonly (readonly number[])[], needsLoss = true): void {
    const key = [yTrue, yPred].map((shapes) => shapes.map((shape) => `${shape.length}:${shape[shape.length - 1]}`).join()).join('|');
    if (this.made?.key === key) return;
    const { options } = this;
    const given = options.loss(names);
    if (needsLoss && given.every((loss) => loss === undefined)) throw noLoss();
    const [weights, plain, weighted] = [options.lossWeights(names), options.metrics(names), options.weightedMetrics(names)];
    this.release();
    const made = (identifiers: readonly metrics.MetricIdentifier[], i: number): Metric[] =>
      identifiers.map((identifier) => {
        const metric = metrics.get(identifier, yTrue[i], yPred[i]);
        metric.build(yTrue[i]!, yPred[i]!);
        return metric;
      });
    const several = names.length > 1;
    const outputs = names.map((name, i) => ({
      name,
      loss: given[i] === undefined ? undefined : losses.get(given[i]),
      lossWeight: weights[i]!,
      tracker: several && given[i] !== undefined ? new Mean({ name: `${name}_loss` }) : undefined,
      metrics: made(plain[i]!, i),
      weighted: made(weighted[i]!, i),
    }));
    this.made = { key, outputs };
  }

  /** Metrics that were given as objects are the user's and stay as they are. */
  private release(): void {
    const { given } = this.options;
    for (const { metric } of this.gathered) if (!given.includes(metric) && !this.added.has(metric.name)) metric.dispose();
    this.made = undefined;
  }

  /** The figures beside the loss, each with the name that it has if no other has that. */
  private get gathered(): { name: string; metric: Metric; weighted: boolean; output: string }[] {
    const outputs = this.made?.outputs ?? [];
    const prefixed = (output: string, name: string) => (outputs.length > 1 ? `${output}_${name}` : name);
    const trackers = outputs.flatMap(({ name: output, tracker }) =>
      tracker ? [{ name: tracker.name, metric: tracker, weighted: false, output }] : [],
    );
    const listed = (which: 'metrics' | 'weighted') =>
      outputs.flatMap((parts) =>
        parts[which].map((metric) => ({
          name: prefixed(parts.name, metric.name),
          metric,
          weighted: which === 'weighted',
          output: parts.name,
        })),
      );
    const added = [...this.added.values()].map((metric) => ({ name: metric.name, metric, weighted: false, output: '' }));
    return [...trackers, ...listed('metrics'), ...listed('weighted'), ...added];
  }

  /** Loss and metrics, in the order in which they are shown. */
  get all(): Metric[] {
    return [this.lossTracker, ...this.gathered.map(({ metric }) => metric)];
  }

  get names(): string[] {
    const names = [this.lossTracker.name];
    const several = (this.made?.outputs.length ?? 0) > 1;
    for (const { name: wanted, metric, weighted, output } of this.gathered) {
      let name = wanted;
      if (names.includes(name) && weighted) name = several ? `${output}_weighted_${metric.name}` : `weighted_${metric.name}`;
      const base = name;
      for (let i = 1; names.includes(name); i++) name = `${base}_${i}`;
      names.push(name);
    }
    return names;
  }

  private get outputs(): readonly OutputParts[] {
    if (this.made) return this.made.outputs;
    throw new ArgumentError({
      where: 'computeLoss',
      expected: 'labels for the outputs of the model',
      received: 'data without, or a model without call()',
      hint: 'compute the loss of this step yourself',
    });
  }

  /** The loss of each output that has one, before the loss weights. */
  private parts(yTrue: readonly Tensor[], yPred: readonly Tensor[], weights: SampleWeights): (Tensor | undefined)[] {
    return this.outputs.map(({ loss }, i) => loss?.compute(yTrue[i]!, yPred[i]!, weightsOf(weights, i), maskOf(yPred[i]!)));
  }

  /** The loss that is minimised: the weighted sum over outputs, and the penalties of the layers. */
  loss(yTrue: readonly Tensor[], yPred: readonly Tensor[], weights: SampleWeights, penalties: readonly Tensor[]): Tensor {
    const parts = this.parts(yTrue, yPred, weights);
    const weighed = parts.flatMap((part, i) => {
      const { lossWeight } = this.outputs[i]!;
      return part ? [lossWeight === 1 ? part : ops.mul(part, lossWeight)] : [];
    });
    const terms = [...weighed, ...penalties];
    if (terms.length === 0) throw noLoss();
    this.lastParts = parts;
    return terms.reduce((a, b) => ops.add(a, ops.cast(b, a.dtype)));
  }

  /** Takes the loss of a batch into its running mean, and those of the outputs, where `loss` has just computed them. */
  trackLoss(total: Tensor, rows: number): void {
    this.lossTracker.updateWeighted(total, rows);
    this.lastParts.forEach((part, i) => part && this.made?.outputs[i]?.tracker?.updateWeighted(part, rows));
    this.lastParts = [];
  }

  /** Takes a batch into the metrics. */
  updateMetrics(yTrue: readonly Tensor[], yPred: readonly Tensor[], weights: SampleWeights): void {
    this.made?.outputs.forEach((output, i) => {
      const prediction = yPred[i]!;
      const mask = maskOf(prediction);
      const masked = (metric: Metric, given?: Tensor) => (mask && metric.takesMask ? maskedWeights(mask, given) : given);
      for (const metric of output.metrics) metric.updateState(yTrue[i]!, prediction, masked(metric));
      for (const metric of output.weighted) metric.updateState(yTrue[i]!, prediction, masked(metric, weightsOf(weights, i)));
    });
  }

  /** Takes in what layers told with `addMetric`: a mean for each name, made when the name is met. */
  updateAdded(told: readonly ToldMetric[]): void {
    for (const { name, value } of told) this.addedMean(name).updateState(value);
  }

  private addedMean(name: string): Mean {
    const mean = this.added.get(name) ?? outsideRecording(() => new Mean({ name }));
    this.added.set(name, mean);
    return mean;
  }

  /** Names that layers told figures under so far; set where a checkpoint knows them before the first step. */
  get addedNames(): readonly string[] {
    return [...this.added.keys()];
  }

  set addedNames(names: readonly string[]) {
    for (const name of names) this.addedMean(name);
  }

  /** The figures by name. */
  logs(): Record<string, Tensor> {
    const { names } = this;
    return Object.fromEntries(this.all.map((metric, i) => [names[i]!, metric.result()]));
  }

  dispose(): void {
    this.lossTracker.dispose();
    this.release();
    for (const mean of this.added.values()) mean.dispose();
    for (const slot of this.optimizer.variables) slot.dispose();
  }
}

/** One weight a sample for all outputs, or a list with those of each output. */
export type SampleWeights = readonly (Tensor | undefined)[];

function weightsOf(weights: SampleWeights, output: number): Tensor | undefined {
  return weights.length === 1 ? weights[0] : weights[output];
}

function noLoss(): ArgumentError {
  return new ArgumentError({
    where: 'compile',
    expected: 'a loss to train or evaluate with',
    received: 'none',
    hint: "compile with a loss, for example { loss: 'categoricalCrossentropy' }",
  });
}

export type { CompileOptions };
