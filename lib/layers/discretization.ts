/** Numbers sorted into bins. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, nullable, oneOf, optional, type Reader, readOptions, real, whole } from '../options/index.js';
import { tensor, type TensorLike } from '../tensor/create.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { DiscretizationShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { tokenInput } from '../types/messages.js';
import { type AdaptData, forBatches } from './adapt.js';
import { encoded, encodedShape, type Encoding } from './encoding.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { binBoundaries, joined, summarized, type Summary } from './quantiles.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Shapes, withoutBatch } from './symbolic.js';

/** Options of `layers.discretization`. */
export interface DiscretizationOptions<
  B extends readonly number[] = readonly number[],
  M extends Encoding | 'int' = Encoding | 'int',
> extends LayerOptions {
  /** Where bins end, in ascending order: n boundaries make n + 1 bins. */
  binBoundaries?: B | null;
  /** Instead of boundaries: how many bins `adapt` shall make, with about equally many numbers in each. */
  numBins?: number | null;
  /** How exactly `adapt` has to meet equal numbers; 0.01. */
  epsilon?: number;
  /** Numbers of bins (the default), or vectors as `categoryEncoding` makes them. */
  outputMode?: M;
}

const boundaries: Reader<readonly number[]> = (value, where) => {
  const list = value as readonly number[];
  const rising = (one: unknown, i: number): boolean => typeof one === 'number' && !Number.isNaN(one) && (i === 0 || one >= list[i - 1]!);
  if (Array.isArray(value) && value.length > 0 && value.every(rising)) return [...list];
  throw new ArgumentError({ where, expected: 'a list of numbers in ascending order', received: describe(value) });
};

const readers = {
  ...layerReaders,
  binBoundaries: nullable(boundaries),
  numBins: nullable(whole()),
  epsilon: optional(real({ above: 0, below: 1 }), 0.01),
  outputMode: optional(oneOf('int', 'oneHot', 'multiHot', 'count'), 'int' as const),
};

/** Numbers to numbers of bins. */
export class Discretization<F extends ShapeFn = AnyShape> extends Layer<F> {
  /** Where bins end; null before `adapt`. */
  private boundaries: readonly number[] | null;
  private readonly numBins: number | null;
  private readonly epsilon: number;
  private readonly outputMode: Encoding | 'int';

  constructor(options: DiscretizationOptions) {
    const read = readOptions('discretization', options, readers);
    super(common(read));
    // A config of a layer that was adapted has both.
    if (read.binBoundaries === null && read.numBins === null) {
      throw new ArgumentError({
        where: 'discretization',
        expected: 'binBoundaries or numBins',
        received: 'neither',
        hint: 'give the boundaries, or numBins and call adapt(data)',
      });
    }
    this.boundaries = read.binBoundaries;
    this.numBins = read.numBins;
    this.epsilon = read.epsilon;
    this.outputMode = read.outputMode;
  }

  override get className(): string {
    return 'Discretization';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  /** Where bins end, in ascending order. */
  get binBoundaries(): readonly number[] | null {
    return this.boundaries;
  }

  /**
   * Finds boundaries that put about equally many of the data's numbers into each bin: of a tensor, arrays, or an iterable of batches (with an
   * asynchronous one, await it).
   *
   * @example
   * const bins = layers.discretization({ numBins: 4 });
   * bins.adapt(ages);
   */
  adapt(data: AsyncIterable<TensorLike>): Promise<void>;
  adapt(data: TensorLike | Iterable<TensorLike>): void;
  adapt(data: AdaptData): void | Promise<void> {
    const { numBins, epsilon } = this;
    if (numBins === null) {
      throw new ArgumentError({
        where: 'discretization.adapt',
        expected: 'a layer with numBins',
        received: 'one with binBoundaries',
        hint: 'give numBins where adapt shall find the boundaries',
      });
    }
    let summary: Summary = { values: [], weights: [] };
    return forBatches(
      'discretization.adapt',
      data,
      (batch) => (summary = joined(summarized(batch.dataSync(), epsilon), summary, epsilon)),
      () => (this.boundaries = binBoundaries(summary, numBins)),
    );
  }

  private get depth(): number {
    return this.boundaries ? this.boundaries.length + 1 : this.numBins!;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shape = inputShape as BatchShape;
    if (this.outputMode === 'int') return shape;
    if (this.outputMode !== 'oneHot' && shape.length < 2) throw new ShapeError(tokenInput('discretization', withoutBatch(shape)));
    return encodedShape(shape, this.outputMode, this.depth);
  }

  protected override outputDType(): DType {
    return this.outputMode === 'int' ? 'int32' : this.dtype;
  }

  override call(x: Tensor): Tensor {
    if (!this.boundaries) {
      throw new ArgumentError({
        where: 'discretization',
        expected: 'boundaries of bins',
        received: 'none',
        hint: 'call adapt(data) first',
      });
    }
    const bins = ops.searchsorted(tensor(Float64Array.from(this.boundaries), undefined, x.dtype), x, 'right');
    return this.outputMode === 'int' ? bins : encoded(bins, this.outputMode, this.depth, this.dtype);
  }

  override getConfig(): Config {
    const { boundaries: binBoundaries, numBins, epsilon, outputMode } = this;
    return { ...super.getConfig(), binBoundaries, numBins, epsilon, outputMode };
  }
}

registerLayer('Discretization', Discretization);

/**
 * Replaces numbers by the number of the bin that they lie in; a number on a boundary lies in the bin after it.
 * Source: Keras 3, keras.layers.Discretization.
 *
 * Shapes: kept, int32; with another `outputMode` as for `categoryEncoding`.
 *
 * @example
 * layers.discretization([18, 65]);                 // bins 0, 1 and 2
 * layers.discretization({ numBins: 4 });           // after adapt(data): four of about equally many
 */
export function discretization<const B extends readonly number[], const M extends Encoding | 'int' = 'int'>(
  binBoundaries: B,
  options?: Omit<DiscretizationOptions<B, M>, 'binBoundaries'>,
): Discretization<DiscretizationShape<B, M>>;
export function discretization<const B extends readonly number[] = readonly number[], const M extends Encoding | 'int' = 'int'>(
  options: DiscretizationOptions<B, M>,
): Discretization<DiscretizationShape<B, M>>;
export function discretization(binBoundaries: readonly number[] | DiscretizationOptions, options?: object): Discretization {
  return new Discretization(shortForm(binBoundaries, 'binBoundaries', options));
}
