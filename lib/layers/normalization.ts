/** Mean 0 and variance 1, by statistics of the data. */
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { initializer } from '../initializers/index.js';
import * as ops from '../ops/index.js';
import { type Config, describe, flag, optional, type Read, type Reader, readOptions } from '../options/index.js';
import { hostArray, type NestedArray, tensor, type TensorLike } from '../tensor/create.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { SameShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { type AdaptData, forBatches } from './adapt.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, normalAxis, type Shapes, withoutBatch } from './symbolic.js';
import type { Weight } from './weight.js';

/** Options of `layers.normalization`. */
export interface NormalizationOptions extends LayerOptions {
  /** Axes (the batch is 0) with statistics of their own; null for one mean and variance of everything; -1. */
  axis?: number | readonly number[] | null;
  /** Known statistics, instead of `adapt`. */
  mean?: number | NestedArray | null;
  variance?: number | NestedArray | null;
  /** The way back: from mean 0 and variance 1 to those of the data. */
  invert?: boolean;
}

type Statistics = number | NestedArray | null;

const axisReader: Reader<readonly number[]> = (value, where) => {
  if (value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value ?? -1];
  if (list.every((axis) => Number.isSafeInteger(axis))) return list as number[];
  throw new ArgumentError({ where, expected: 'an axis, a list of them, or null', received: describe(value) });
};

const statistics: Reader<Statistics> = (value, where) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || Array.isArray(value)) return value as Statistics;
  throw new ArgumentError({ where, expected: 'a number or an array of numbers', received: describe(value) });
};

const readers = { ...layerReaders, axis: axisReader, mean: statistics, variance: statistics, invert: optional(flag, false) };

/** What the deviation is at least, so that constant features do not divide by 0. */
const LEAST = 1e-7;

/** `(x - mean) / deviation`, with statistics that `adapt` found or that were given. */
export class Normalization<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly options: Read<typeof readers>;
  private mean: Weight | undefined;
  private variance: Weight | undefined;

  constructor(options?: NormalizationOptions) {
    const read = readOptions('normalization', options, readers);
    super(common(read));
    this.options = read;
    if ((read.mean === null) !== (read.variance === null)) {
      throw new ArgumentError({
        where: 'normalization',
        expected: 'mean and variance, or neither',
        received: `only ${read.mean === null ? 'variance' : 'mean'}`,
        hint: 'give both, or call adapt(data)',
      });
    }
  }

  override get className(): string {
    return 'Normalization';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** The axes with statistics of their own, in order. */
  private kept(shape: BatchShape): number[] {
    return this.options.axis.map((axis) => normalAxis('normalization', axis, shape)).sort((a, b) => a - b);
  }

  override build(inputShape: Shapes): void {
    const shape = inputShape as BatchShape;
    const sizes = this.kept(shape).map((axis) => shape[axis]!);
    if (sizes.includes(null as never)) {
      throw new ShapeError({
        where: 'normalization',
        expected: 'known lengths of the axes that it keeps',
        received: `[${withoutBatch(shape)
          .map((dim) => dim ?? '?')
          .join(', ')}]`,
        hint: 'give them in the input shape, or choose other axes',
      });
    }
    if (this.options.mean === null) {
      const add = (name: string, first: string, rest = sizes, dtype = this.dtype): Weight =>
        this.addWeight({ name, shape: rest, initializer: initializer(first, name), dtype, trainable: false });
      this.mean = add('mean', 'zeros');
      this.variance = add('variance', 'ones');
      // Keras' files have it; nothing reads it.
      add('count', 'zeros', [], 'int32');
    }
    super.build(inputShape);
  }

  /**
   * Takes mean and variance from data: a tensor, arrays, or an iterable of batches (with an asynchronous one, await it).
   *
   * @example
   * const scaled = layers.normalization();
   * scaled.adapt(train.x);
   */
  adapt(data: AsyncIterable<TensorLike>): Promise<void>;
  adapt(data: TensorLike | Iterable<TensorLike>): void;
  adapt(data: AdaptData): void | Promise<void> {
    if (this.options.mean !== null) {
      throw new ArgumentError({
        where: 'normalization.adapt',
        expected: 'a layer without given statistics',
        received: 'one with mean and variance',
        hint: 'leave them out where adapt shall find them',
      });
    }
    let seen = 0;
    let mean: Float64Array | undefined;
    let squares: Float64Array | undefined; // sum of squared distances from the mean
    const each = (batch: Tensor): void => {
      if (!this.built) this.build([null, ...batch.shape.slice(1)]);
      const kept = this.kept(batch.shape);
      const sizes = kept.map((axis) => batch.shape[axis]!);
      if (sizes.some((size, i) => size !== this.mean!.kerasShape[i])) {
        throw new ShapeError({
          where: 'normalization.adapt',
          expected: `batches with [${this.mean!.kerasShape.join(', ')}] along the kept axes`,
          received: `[${batch.shape.join(', ')}]`,
        });
      }
      const reduced = batch.shape.map((_, axis) => axis).filter((axis) => !kept.includes(axis));
      const [ofBatch, spread] = withoutTape(() =>
        tidy(() => {
          const wide = ops.cast(batch, 'float64');
          return [ops.mean(wide, reduced).dataSync(), ops.variance(wide, reduced).dataSync()] as [Float64Array, Float64Array];
        }),
      );
      const count = reduced.reduce((size, axis) => size * batch.shape[axis]!, 1);
      if (count === 0) return;
      mean ??= new Float64Array(ofBatch.length);
      squares ??= new Float64Array(ofBatch.length);
      const all = seen + count;
      for (let i = 0; i < mean.length; i++) {
        const distance = ofBatch[i]! - mean[i]!;
        mean[i]! += (distance * count) / all;
        squares[i]! += spread[i]! * count + (distance * distance * seen * count) / all;
      }
      seen = all;
    };
    return forBatches('normalization.adapt', data, each, () => {
      if (!mean || !squares) {
        throw new ArgumentError({ where: 'normalization.adapt', expected: 'data with at least one sample', received: 'none' });
      }
      this.mean!.set(Float64Array.from(mean), 'normalization.adapt');
      this.variance!.set(
        squares.map((sum) => sum / seen),
        'normalization.adapt',
      );
    });
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    this.kept(shape).forEach((axis, i) => this.expectAxis(shape, axis, this.mean?.kerasShape[i], 'features'));
    return shape;
  }

  override call(x: Tensor): Tensor {
    const kept = this.kept(x.shape);
    const spread = (statistic: Tensor): Tensor => {
      // Fewer axes than are kept are those of the last ones.
      const own = kept.slice(kept.length - statistic.rank);
      return ops.reshape(
        statistic,
        x.shape.map((_, axis) => (own.includes(axis) ? statistic.shape[own.indexOf(axis)]! : 1)),
      );
    };
    const given = (value: Statistics): Tensor => {
      const host = typeof value === 'number' ? { data: [value], shape: [] } : hostArray('normalization', value!);
      return tensor(Float64Array.from(host.data), host.shape, this.dtype);
    };
    const mean = spread(this.mean ?? given(this.options.mean));
    const deviation = ops.maximum(ops.sqrt(spread(this.variance ?? given(this.options.variance))), LEAST);
    return this.options.invert ? ops.add(mean, ops.multiply(x, deviation)) : ops.divide(ops.subtract(x, mean), deviation);
  }

  override getConfig(): Config {
    const { axis, mean, variance, invert } = this.options;
    return { ...super.getConfig(), axis: axis.length === 0 ? null : axis, mean: mean, variance: variance, invert };
  }
}

registerLayer('Normalization', Normalization);

/**
 * Brings features to mean 0 and variance 1, by statistics that `adapt` takes from data or that are given.
 * Source: Keras 3, keras.layers.Normalization.
 *
 * Shapes: the output has the shape of the input. Weights (not trained): mean, variance and count, unless they are given as options.
 *
 * @example
 * const scaled = layers.normalization();
 * scaled.adapt(train.x);
 * layers.normalization({ mean: [3, 4], variance: [1, 2] });
 */
export function normalization(options?: NormalizationOptions): Normalization<SameShape<'normalization'>> {
  return new Normalization(options);
}
