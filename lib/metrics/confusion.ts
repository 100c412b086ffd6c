/** Right and wrong decisions counted at thresholds. Source: Keras 3, `keras.metrics.Precision`, `Recall`, `TruePositives` and their kin. */
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { sameRank } from '../losses/loss.js';
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { type Config, describe, nullable, optional, type Reader, readOptions, text, whole } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { Metric } from './metric.js';

/** A cell of the confusion matrix. */
export type Cell = 'truePositives' | 'falsePositives' | 'trueNegatives' | 'falseNegatives';

const snake: Record<Cell, string> = {
  truePositives: 'true_positives',
  falsePositives: 'false_positives',
  trueNegatives: 'true_negatives',
  falseNegatives: 'false_negatives',
};

/** Labels, predictions and weights of one shape: what is counted. */
export interface Decisions {
  yTrue: Tensor;
  yPred: Tensor;
  weights: Tensor | undefined;
}

/** What predictions outside the k best become: below every threshold. */
const OUTSIDE = -1e10;

/** Brings a batch into one shape; `topK` keeps the k best of each row, `classId` one column. */
export function decisions(
  where: string,
  yTrue: Tensor,
  yPred: Tensor,
  sampleWeight: Tensor | undefined,
  { topK = null, classId = null }: { topK?: number | null; classId?: number | null } = {},
): Decisions {
  let [labels, predictions]: [Tensor, Tensor] = sameRank(ops.cast(yTrue, 'float32'), ops.cast(yPred, 'float32'));
  if (labels.rank !== predictions.rank || labels.shape.some((dim, i) => dim !== predictions.shape[i])) {
    throw new ShapeError({
      where,
      expected: `labels of shape [${predictions.shape.join(', ')}]`,
      received: `[${yTrue.shape.join(', ')}]`,
      hint: 'give labels 0 and 1 of the shape of the predictions, one-hot for several classes',
    });
  }
  const last = predictions.rank - 1;
  const columns = predictions.shape[last]!;
  if (topK !== null) {
    if (last < 1 || topK > columns)
      throw new ShapeError({ where, expected: `at least ${topK} classes`, received: `[${predictions.shape.join(', ')}]` });
    const best = ops.sum(ops.oneHot(ops.topK(predictions, topK).indices, columns), { axis: -2 });
    predictions = ops.where(ops.greater(best, 0), predictions, OUTSIDE);
  }
  if (classId !== null) {
    if (last < 1 || classId >= columns)
      throw new ShapeError({ where, expected: `a class ${classId}`, received: `predictions [${predictions.shape.join(', ')}]` });
    const column = (x: Tensor): Tensor => ops.slice(x, [...Array<number>(last).fill(0), classId], [...x.shape.slice(0, last), 1]);
    [labels, predictions] = [column(labels), column(predictions)];
  }
  let weights: Tensor | undefined = sampleWeight && ops.cast(sampleWeight, 'float32');
  if (weights) {
    if (weights.rank > predictions.rank && weights.shape[weights.rank - 1] === 1) weights = ops.squeeze(weights, -1);
    while (weights.rank < predictions.rank) weights = ops.expandDims(weights, -1);
    weights = ops.broadcastTo<readonly number[]>(weights, predictions.shape);
  }
  return { yTrue: ops.cast(ops.notEqual(labels, 0), 'float32'), yPred: predictions, weights };
}

/** Weighted numbers of each cell at each threshold, shape [thresholds]. */
export function countAt(thresholds: readonly number[], { yTrue, yPred, weights }: Decisions, cells: readonly Cell[]): Map<Cell, Tensor> {
  const flat = (x: Tensor): Tensor => ops.reshape(x, [1, x.size]);
  const limits = constantArray(thresholds, [thresholds.length, 1], 'float32', yPred);
  const positive = ops.cast(ops.greater(flat(yPred), limits), 'float32');
  const ones = flat(weights ? ops.mul(yTrue, weights) : yTrue);
  const zeros = flat(weights ? ops.mul(ops.sub(1, yTrue), weights) : ops.sub(1, yTrue));
  const found = new Map<Cell, Tensor>();
  for (const cell of cells) {
    const of = cell === 'truePositives' || cell === 'falseNegatives' ? ones : zeros;
    const chosen = cell === 'truePositives' || cell === 'falsePositives' ? positive : ops.sub(1, positive);
    found.set(cell, ops.sum(ops.mul(of, chosen), { axis: 1 }));
  }
  return found;
}

/** A metric that counts cells at thresholds and makes its figure of them. */
abstract class CountingMetric extends Metric {
  protected readonly thresholds: readonly number[];
  protected readonly counts = new Map<Cell, Variable>();

  constructor(
    name: string,
    private readonly given: number | readonly number[] | null,
    cells: readonly Cell[],
    private readonly choice: { topK: number | null; classId: number | null } = { topK: null, classId: null },
  ) {
    super(name);
    this.thresholds = given === null ? [choice.topK === null ? 0.5 : OUTSIDE] : [given].flat();
    for (const cell of cells) this.counts.set(cell, this.addVariable(snake[cell], [this.thresholds.length]));
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    withoutTape(() =>
      tidy(() => {
        const given = decisions(this.name, yTrue, yPred, sampleWeight, this.choice);
        for (const [cell, count] of countAt(this.thresholds, given, [...this.counts.keys()])) this.addTo(this.counts.get(cell)!, count);
      }),
    );
  }

  /** One number for one threshold, a vector for several. */
  protected shaped(values: Tensor): Tensor {
    return this.thresholds.length === 1 ? ops.reshape(values, []) : ops.copy(values);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.given };
  }
}

const threshold: Reader<number | readonly number[]> = (value, where) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const bad = list.length === 0 || list.some((one) => typeof one !== 'number' || !(one >= 0 && one <= 1));
  if (!bad) return Array.isArray(value) ? [...(value as number[])] : (value as number);
  throw new ArgumentError({ where, expected: 'a number from 0 to 1, or a list of them', received: describe(value) });
};

export interface CountOptions {
  name?: string;
  /** Above which a prediction counts as positive: a number, or several for a vector of figures; 0.5. */
  thresholds?: number | readonly number[] | null;
}

export interface PrecisionOptions extends CountOptions {
  /** Only the k most probable classes of a sample count as predicted. */
  topK?: number | null;
  /** Only this class is looked at. */
  classId?: number | null;
}

/** How often one cell came up. */
abstract class CellMetric extends CountingMetric {
  constructor(
    where: string,
    private readonly cell: Cell,
    options: CountOptions,
  ) {
    const read = readOptions(where, options, { name: optional(text, snake[cell]), thresholds: nullable(threshold) });
    super(read.name, read.thresholds, [cell]);
  }

  result(): Tensor {
    return this.shaped(this.counts.get(this.cell)!);
  }
}

export class TruePositives extends CellMetric {
  readonly className = 'TruePositives';

  constructor(options: CountOptions = {}) {
    super('truePositives', 'truePositives', options);
  }
}

export class FalsePositives extends CellMetric {
  readonly className = 'FalsePositives';

  constructor(options: CountOptions = {}) {
    super('falsePositives', 'falsePositives', options);
  }
}

export class TrueNegatives extends CellMetric {
  readonly className = 'TrueNegatives';

  constructor(options: CountOptions = {}) {
    super('trueNegatives', 'trueNegatives', options);
  }
}

export class FalseNegatives extends CellMetric {
  readonly className = 'FalseNegatives';

  constructor(options: CountOptions = {}) {
    super('falseNegatives', 'falseNegatives', options);
  }
}

/** True positives among those and what another cell counts. */
abstract class ShareMetric extends CountingMetric {
  private readonly own: { topK: number | null; classId: number | null };

  constructor(
    where: string,
    private readonly others: Cell,
    options: PrecisionOptions,
  ) {
    const read = readOptions(where, options, {
      name: optional(text, where),
      thresholds: nullable(threshold),
      topK: nullable(whole()),
      classId: nullable(whole(0)),
    });
    const own = { topK: read.topK, classId: read.classId };
    super(read.name, read.thresholds, ['truePositives', others], own);
    this.own = own;
  }

  result(): Tensor {
    return tidy(() => {
      const hits = this.counts.get('truePositives')!;
      return this.shaped(ops.divNoNan(hits, ops.add(hits, this.counts.get(this.others)!)));
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.own };
  }
}

export class Precision extends ShareMetric {
  readonly className = 'Precision';

  constructor(options: PrecisionOptions = {}) {
    super('precision', 'falsePositives', options);
  }
}

export class Recall extends ShareMetric {
  readonly className = 'Recall';

  constructor(options: PrecisionOptions = {}) {
    super('recall', 'falseNegatives', options);
  }
}
