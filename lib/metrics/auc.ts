/** The area under the curve of decisions. Source: Keras 3, `keras.metrics.AUC`. */
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { constantArray } from '../ops/common.js';
import * as ops from '../ops/index.js';
import { part } from '../ops/slice.js';
import { type Config, describe, flag, nullable, oneOf, optional, type Reader, readOptions, text, whole } from '../options/index.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import { countAt, decisions, type Decisions } from './confusion.js';
import { type Cells, CELLS, countEvenly, CurveMetric } from './curve.js';

/** Just outside 0 and 1, so that the first threshold lets everything through and the last one nothing. */
const MARGIN = 1e-7;

export interface AUCOptions {
  name?: string;
  /** Thresholds between 0 and 1 that the area is summed over; 200. */
  numThresholds?: number;
  /** True against false positives (ROC), precision against recall (PR), or their gains. */
  curve?: 'ROC' | 'PR' | 'PRGAIN';
  /** Trapezia, or rectangles that lie above or below. */
  summationMethod?: 'interpolation' | 'majoring' | 'minoring';
  /** Thresholds of your own. */
  thresholds?: readonly number[] | null;
  /** An area for each label, averaged; predictions are [batch, labels]. */
  multiLabel?: boolean;
  numLabels?: number | null;
  /** With multiLabel the weights of the average, else weights of the labels' decisions. */
  labelWeights?: readonly number[] | null;
  fromLogits?: boolean;
}

const numbers: Reader<readonly number[]> = (value, where) => {
  if (Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one))) return [...(value as number[])];
  throw new ArgumentError({ where, expected: 'a list of numbers', received: describe(value) });
};

const readers = {
  name: optional(text, 'auc'),
  numThresholds: optional(whole(2), 200),
  curve: optional(oneOf('ROC', 'PR', 'PRGAIN'), 'ROC'),
  summationMethod: optional(oneOf('interpolation', 'majoring', 'minoring'), 'interpolation'),
  thresholds: nullable(numbers),
  multiLabel: optional(flag, false),
  numLabels: nullable(whole()),
  labelWeights: nullable(numbers),
  fromLogits: optional(flag, false),
};

export class AUC extends CurveMetric {
  readonly className = 'AUC';
  private readonly settings;
  /** undefined where they are spaced evenly. */
  private readonly thresholds: readonly number[] | undefined;
  private readonly count: number;
  private shape: readonly number[];

  constructor(options: AUCOptions = {}) {
    const { name, ...settings } = readOptions('auc', options, readers);
    super(name);
    this.settings = settings;
    const inner = settings.thresholds && [...settings.thresholds].sort((a, b) => a - b);
    this.thresholds = inner ? [-MARGIN, ...inner, 1 + MARGIN] : undefined;
    this.count = this.thresholds?.length ?? settings.numThresholds;
    this.shape = [this.count];
    if (!settings.multiLabel) {
      if (settings.numLabels !== null)
        throw new ArgumentError({ where: 'auc', expected: 'numLabels with multiLabel only', received: String(settings.numLabels) });
      this.makeCounts(this.shape);
    } else if (settings.numLabels !== null) {
      this.build([0, settings.numLabels], [0, settings.numLabels]);
    }
  }

  override build(_yTrue: readonly number[], yPred: readonly number[]): void {
    if (!this.settings.multiLabel) return;
    if (yPred.length !== 2 || (this.settings.numLabels ?? yPred[1]) !== yPred[1])
      throw new ShapeError({
        where: 'auc',
        expected: `predictions [batch, ${this.settings.numLabels ?? 'labels'}] with multiLabel`,
        received: `[${yPred.join(', ')}]`,
      });
    this.shape = [this.count, yPred[1]!];
    this.makeCounts(this.shape);
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    this.build(yTrue.shape, yPred.shape);
    const { multiLabel, labelWeights, fromLogits } = this.settings;
    withoutTape(() =>
      tidy(() => {
        const given = decisions(this.name, yTrue, fromLogits ? ops.sigmoid(yPred) : yPred, sampleWeight);
        if (labelWeights && !multiLabel) {
          const own = ops.broadcastTo<readonly number[]>(
            constantArray(labelWeights, [labelWeights.length], 'float32', yPred),
            given.yPred.shape,
          );
          given.weights = given.weights ? ops.mul(given.weights, own) : own;
        }
        this.addCounts(this.cells(given));
      }),
    );
  }

  private cells(given: Decisions): ReturnType<typeof countAt> {
    const labels = this.shape[1] ?? 1;
    const { thresholds } = this;
    if (!thresholds) return countEvenly(this.count, given, true, labels);
    if (labels === 1) return countAt(thresholds, given, CELLS);
    const columns = (x: Tensor, i: number): Tensor => part(x, 1, i, 1);
    const each = Array.from({ length: labels }, (_, i) =>
      countAt(
        thresholds,
        { yTrue: columns(given.yTrue, i), yPred: columns(given.yPred, i), weights: given.weights && columns(given.weights, i) },
        CELLS,
      ),
    );
    return new Map(
      CELLS.map((cell) => [
        cell,
        ops.stack(
          each.map((found) => found.get(cell)!),
          { axis: 1 },
        ),
      ]),
    );
  }

  result(): Tensor {
    return tidy(() => {
      const { curve, summationMethod, multiLabel, labelWeights } = this.settings;
      const cells = this.countsOrZeros(this.shape);
      const pieces = curve === 'PR' && summationMethod === 'interpolation' ? interpolated(cells) : riemann(cells, curve, summationMethod);
      if (!multiLabel) return ops.sum(pieces);
      const areas = ops.sum(pieces, { axis: 0 });
      if (!labelWeights) return ops.mean(areas);
      const weights = constantArray(labelWeights, [labelWeights.length], 'float32', areas);
      return ops.divNoNan(ops.sum(ops.mul(areas, weights)), ops.sum(weights));
    });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings };
  }
}

/** The neighbours on both sides of every gap between thresholds. */
function sides(x: Tensor): [Tensor, Tensor] {
  const gaps = x.shape[0]! - 1;
  return [part(x, 0, 0, gaps), part(x, 0, 1, gaps)];
}

/** Davis and Goadrich 2006: between two points true positives grow linearly with all positives, precision does not. */
function interpolated({ truePositives, falsePositives, falseNegatives }: Cells): Tensor {
  const [tp, tpNext] = sides(truePositives);
  const [p, pNext] = sides(ops.add(truePositives, falsePositives));
  const gained = ops.sub(tp, tpNext);
  const slope = ops.divNoNan(gained, ops.maximum(ops.sub(p, pNext), 0));
  const intercept = ops.sub(tpNext, ops.mul(slope, pNext));
  const both = ops.logicalAnd(ops.greater(p, 0), ops.greater(pNext, 0));
  const ratio = ops.where(both, ops.divNoNan(p, ops.maximum(pNext, 0)), 1);
  const [, all] = sides(ops.add(truePositives, falseNegatives));
  return ops.divNoNan(ops.mul(slope, ops.add(gained, ops.mul(intercept, ops.log(ratio)))), ops.maximum(all, 0));
}

function riemann(cells: Cells, curve: 'ROC' | 'PR' | 'PRGAIN', method: 'interpolation' | 'majoring' | 'minoring'): Tensor {
  const { x, y } = axes(cells, curve);
  const [xs, xNext] = sides(x);
  const [ys, yNext] = sides(y);
  const heights =
    method === 'interpolation' ? ops.mul(ops.add(ys, yNext), 0.5) : method === 'minoring' ? ops.minimum(ys, yNext) : ops.maximum(ys, yNext);
  return ops.mul(ops.sub(xs, xNext), heights);
}

function axes({ truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn }: Cells, curve: 'ROC' | 'PR' | 'PRGAIN') {
  const share = (of: Tensor, beside: Tensor): Tensor => ops.divNoNan(of, ops.add(of, beside));
  if (curve === 'ROC') return { x: share(fp, tn), y: share(tp, fn) };
  if (curve === 'PR') return { x: share(tp, fn), y: share(tp, fp) };
  // Flach and Kull 2015; without a true positive the gain of recall is 0 and that of precision 1.
  const odds = ops.divNoNan(ops.add(tp, fn), ops.add(tn, fp));
  const none = ops.equal(tp, 0);
  const gain = (wrong: Tensor, otherwise: number): Tensor => ops.where(none, otherwise, ops.sub(1, ops.mul(odds, ops.divNoNan(wrong, tp))));
  return { x: ops.maximum(gain(fn, 0), 0), y: gain(fp, 1) };
}
