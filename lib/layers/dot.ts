/** Scalar products of two inputs. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, describe, flag, optional, type Reader, readOptions } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { DotShape } from '../types/merge.js';
import { dotInputs } from '../types/messages.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, isShapeList, normalAxis, type Shapes, withoutBatch } from './symbolic.js';

/** One axis of both inputs, or one of each; they count the batch as 0, which they may not be. */
type Axes = number | readonly [number, number];

/** Options of `layers.dot`. */
export interface DotOptions<A extends Axes = Axes> extends LayerOptions {
  axes: A;
  /** Whether vectors are given length 1 before, which gives the cosine of their angle. */
  normalize?: boolean;
}

const axesReader: Reader<Axes> = (value, where) => {
  const both: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  if (both.length === 2 && both.every((axis) => Number.isSafeInteger(axis) && axis !== 0)) return value as Axes;
  throw new ArgumentError({
    where,
    expected: 'an axis other than 0, the batch, or two of them',
    received: describe(value),
    hint: 'for example 1, or [2, 1]',
  });
};

const readers = { ...layerReaders, axes: axesReader, normalize: optional(flag, false) };

/** Scalar products along an axis of each of two inputs. */
export class Dot<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly axes: Axes;
  private readonly normalize: boolean;

  constructor(options: DotOptions) {
    const read = readOptions('dot', options, readers);
    super(common(read));
    this.axes = read.axes;
    this.normalize = read.normalize;
  }

  override get className(): string {
    return 'Dot';
  }

  protected override get takes(): 'list' {
    return 'list';
  }

  /** A mask goes no further. */
  override get supportsMasking(): boolean {
    return true;
  }

  protected override computeMask(): undefined {
    return undefined;
  }

  private axesOf(shapes: readonly BatchShape[]): [number, number] {
    const given = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes;
    return [0, 1].map((i) => normalAxis('dot', given[i]!, shapes[i]!)) as [number, number];
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = isShapeList(inputShape) ? inputShape : [inputShape];
    if (shapes.length !== 2) {
      throw new ShapeError({ where: 'dot', expected: 'two inputs', received: String(shapes.length), hint: 'pass a list: apply([a, b])' });
    }
    const [first, second] = shapes as [BatchShape, BatchShape];
    const [i, j] = this.axesOf(shapes);
    const [a, b] = [first[i], second[j]];
    if (i === 0 || j === 0 || (a !== b && a !== null && b !== null)) throw new ShapeError(dotInputs('dot', shapes.map(withoutBatch)));
    const rest = [...first.filter((_, axis) => axis !== i), ...second.filter((_, axis) => axis !== j && axis !== 0)];
    return rest.length === 1 ? [...rest, 1] : rest;
  }

  override call([first, second]: readonly [Tensor, Tensor]): Tensor {
    const [i, j] = this.axesOf([first.shape, second.shape]);
    const [a, b] = this.normalize ? [unit(first, i), unit(second, j)] : [first, second];
    const [batch, length] = [a.shape[0]!, a.shape[i]!];
    const left = ops.reshape(ops.moveaxis(a, i, -1), [batch, a.size / Math.max(1, batch * length), length]);
    const right = ops.reshape(ops.moveaxis(b, j, 1), [batch, length, b.size / Math.max(1, batch * length)]);
    return ops.reshape(ops.matmul(left, right), this.computeOutputShape([a.shape, b.shape]) as number[]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize };
  }
}

/** Vectors of length 1 along an axis. */
function unit(x: Tensor, axis: number): Tensor {
  const squares = ops.sum(ops.square(x), axis, true);
  return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)));
}

registerLayer('Dot', Dot);

/**
 * Scalar products of two inputs along one axis of each, sample by sample. Source: Keras 3, keras.layers.Dot.
 *
 * Shapes: [batch, a..., n] and [batch, b..., n] (with axes of -1) to [batch, a..., b...]; two vectors give [batch, 1]. Axes count the batch
 * as 0. A ShapeError where the lengths of the axes differ.
 *
 * @example
 * layers.dot(1, { normalize: true }).apply([query, document]);   // cosines
 */
export function dot<const A extends Axes>(axes: A, options?: Omit<DotOptions, 'axes'>): Dot<DotShape<A>>;
export function dot<const A extends Axes>(options: DotOptions<A>): Dot<DotShape<A>>;
export function dot(axes: Axes | DotOptions, options?: Omit<DotOptions, 'axes'>): Dot {
  return new Dot(shortForm(axes, 'axes', options));
}
