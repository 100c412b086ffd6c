/**
 * Figures of the whole curve of decisions: the area below it, and the best point under a condition. Source: Keras 3, `keras.metrics.AUC`,
 * `SensitivityAtSpecificity`, `SpecificityAtSensitivity`, `PrecisionAtRecall` and `RecallAtPrecision`.
 */
import { withoutTape } from '../autodiff/tape.js';
import * as ops from '../ops/index.js';
import { part } from '../ops/slice.js';
import { type Config, nullable, optional, readOptions, real, text, whole } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import { type Cell, countAt, type Decisions, decisions } from './confusion.js';
import { Metric } from './metric.js';

export const CELLS: readonly Cell[] = ['truePositives', 'falsePositives', 'trueNegatives', 'falseNegatives'];

/** The four cells as tensors. */
export type Cells = Record<Cell, Tensor>;

/**
 * The cells at `count` thresholds spaced evenly from 0 to 1, by one histogram: the work does not grow with the number of thresholds.
 * `open`: the first threshold lies below 0. With `labels` each column by itself, result [count, labels].
 */
export function countEvenly(count: number, { yTrue, yPred, weights }: Decisions, open: boolean, labels = 1): Map<Cell, Tensor> {
  const rows = yPred.size / labels;
  const shape = [rows, labels];
  // A prediction exceeds as many thresholds as its step on the scale.
  const steps = ops.ceil(ops.mul(ops.clip(ops.reshape(yPred, shape), 0, 1), count - 1));
  const bins = ops.cast(open ? ops.maximum(steps, 1) : steps, 'int32');
  const ids = ops.reshape(ops.add(bins, ops.mul(ops.cast(ops.arange(labels), 'int32'), count + 1)), [rows * labels]);
  const above = (values: Tensor): { exceeding: Tensor; all: Tensor } => {
    const sums = ops.reshape(ops.segmentSum(ops.reshape(values, [rows * labels]), ids, labels * (count + 1)), [labels, count + 1]);
    const running = ops.transpose(ops.cumsum(sums, { axis: 1, reverse: true }));
    return { exceeding: part(running, 0, 1, count), all: part(running, 0, 0, 1) };
  };
  const ones = above(weights ? ops.mul(yTrue, weights) : yTrue);
  const zeros = above(weights ? ops.mul(ops.sub(1, yTrue), weights) : ops.sub(1, yTrue));
  const cells: Cells = {
    truePositives: ones.exceeding,
    falsePositives: zeros.exceeding,
    trueNegatives: ops.sub(zeros.all, zeros.exceeding),
    falseNegatives: ops.sub(ones.all, ones.exceeding),
  };
  return new Map(CELLS.map((cell) => [cell, cells[cell]]));
}

/** A metric that keeps all four cells at many thresholds. */
export abstract class CurveMetric extends Metric {
  private counts: Map<Cell, Variable> | undefined;

  /** The variables, made when the first labels are seen where their number is not known before. */
  protected makeCounts(shape: readonly number[]): void {
    this.counts ??= new Map(
      CELLS.map((cell) => [
        cell,
        this.addVariable(
          cell.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          shape,
        ),
      ]),
    );
  }

  protected countsOrZeros(shape: readonly number[]): Cells {
    this.makeCounts(shape);
    return Object.fromEntries(this.counts!) as unknown as Cells;
  }

  protected addCounts(found: ReadonlyMap<Cell, Tensor>): void {
    for (const [cell, count] of found) {
      const target = this.counts!.get(cell)!;
      this.addTo(target, ops.reshape(count, target.shape));
    }
  }
}

export interface OperatingPointOptions {
  name?: string;
  /** How many thresholds between 0 and 1 are tried; 200. */
  numThresholds?: number;
  /** Only this class is looked at. */
  classId?: number | null;
}

/** The best of one figure among the thresholds at which another is large enough. */
abstract class OperatingPoint extends CurveMetric {
  private readonly settings: { numThresholds: number; classId: number | null };

  constructor(
    where: string,
    name: string,
    private readonly bound: string,
    private readonly least: number,
    options: OperatingPointOptions,
  ) {
    real({ low: 0, high: 1 })(least, `${where} ${bound}`);
    const read = readOptions(where, options, {
      name: optional(text, name),
      numThresholds: optional(whole(), 200),
      classId: nullable(whole(0)),
    });
    super(read.name);
    this.settings = { numThresholds: read.numThresholds, classId: read.classId };
    this.makeCounts([read.numThresholds]);
  }

  protected abstract figures(cells: Cells): { constrained: Tensor; wanted: Tensor };

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { numThresholds, classId } = this.settings;
    withoutTape(() =>
      tidy(() => {
        const given = decisions(this.name, yTrue, yPred, sampleWeight, { classId });
        this.addCounts(numThresholds === 1 ? countAt([0.5], given, CELLS) : countEvenly(numThresholds, given, false));
      }),
    );
  }

  result(): Tensor {
    return tidy(() => {
      const { constrained, wanted } = this.figures(this.countsOrZeros([this.settings.numThresholds]));
      return ops.max(ops.where(ops.greaterEqual(constrained, this.least), wanted, 0));
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings, [this.bound]: this.least };
  }
}

const share = (of: Tensor, beside: Tensor): Tensor => ops.divNoNan(of, ops.add(of, beside));

export class SensitivityAtSpecificity extends OperatingPoint {
  readonly className = 'SensitivityAtSpecificity';

  constructor({ specificity, ...options }: OperatingPointOptions & { specificity: number }) {
    super('sensitivityAtSpecificity', 'sensitivity_at_specificity', 'specificity', specificity, options);
  }

  protected figures(cells: Cells) {
    return {
      constrained: share(cells.trueNegatives, cells.falsePositives),
      wanted: share(cells.truePositives, cells.falseNegatives),
    };
  }
}

export class SpecificityAtSensitivity extends OperatingPoint {
  readonly className = 'SpecificityAtSensitivity';

  constructor({ sensitivity, ...options }: OperatingPointOptions & { sensitivity: number }) {
    super('specificityAtSensitivity', 'specificity_at_sensitivity', 'sensitivity', sensitivity, options);
  }

  protected figures(cells: Cells) {
    return {
      constrained: share(cells.truePositives, cells.falseNegatives),
      wanted: share(cells.trueNegatives, cells.falsePositives),
    };
  }
}

export class PrecisionAtRecall extends OperatingPoint {
  readonly className = 'PrecisionAtRecall';

  constructor({ recall, ...options }: OperatingPointOptions & { recall: number }) {
    super('precisionAtRecall', 'precision_at_recall', 'recall', recall, options);
  }

  protected figures(cells: Cells) {
    return {
      constrained: share(cells.truePositives, cells.falseNegatives),
      wanted: share(cells.truePositives, cells.falsePositives),
    };
  }
}

export class RecallAtPrecision extends OperatingPoint {
  readonly className = 'RecallAtPrecision';

  constructor({ precision, ...options }: OperatingPointOptions & { precision: number }) {
    super('recallAtPrecision', 'recall_at_precision', 'precision', precision, options);
  }

  protected figures(cells: Cells) {
    return {
      constrained: share(cells.truePositives, cells.falsePositives),
      wanted: share(cells.truePositives, cells.falseNegatives),
    };
  }
}
