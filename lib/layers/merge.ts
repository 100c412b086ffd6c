/** Layers that combine several inputs elementwise. */
import { ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { readOptions } from '../options/index.js';
import { promote } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { MergeShape } from '../types/merge.js';
import { mergedInputs } from '../types/messages.js';
import { Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, type Dim, type Shapes, withoutBatch } from './symbolic.js';

/** One dimension of a broadcast; undefined where the two do not go together. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (a === null) return b;
  return b === null ? a : undefined;
}

/** Samples are aligned at their last axes; the batch stays in front whatever the ranks. */
function broadcastShapes(kind: string, shapes: readonly BatchShape[]): BatchShape {
  const refuse = (): ShapeError => new ShapeError(mergedInputs(kind, shapes.map(withoutBatch)));
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const merged: Dim[] = Array<Dim>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = i === 0 ? 0 : rank - shape.length + i;
      const dim = broadcastDim(merged[at]!, shape[i]!);
      if (dim === undefined) throw refuse();
      merged[at] = dim;
    }
  }
  return merged;
}

/** What the layers of this file share: a list of inputs of one shape, or of shapes that broadcast. */
export abstract class Merge<F extends ShapeFn = AnyShape> extends Layer<F> {
  protected override get takes(): 'list' {
    return 'list';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = inputShape as readonly BatchShape[];
    if (shapes.length < 2) this.refuseCount(shapes);
    return broadcastShapes(this.kind, shapes);
  }

  protected refuseCount(shapes: readonly BatchShape[]): never {
    throw new ShapeError({
      where: this.kind,
      expected: 'at least two inputs',
      received: String(shapes.length),
      hint: 'pass a list: apply([a, b])',
    });
  }

  protected override outputDType(inputs: readonly Tensor['dtype'][]): Tensor['dtype'] {
    return this.casts === 'all' ? this.dtype : inputs.reduce(promote);
  }

  protected abstract combine(a: Tensor, b: Tensor): Tensor;

  override call(inputs: readonly Tensor[]): Tensor {
    const rank = Math.max(...inputs.map((input) => input.rank));
    const aligned = inputs.map((input) => {
      if (input.rank === rank || input.rank === 0) return input;
      return ops.reshape(input, [input.shape[0]!, ...Array<number>(rank - input.rank).fill(1), ...input.shape.slice(1)]);
    });
    return aligned.reduce((a, b) => this.combine(a, b));
  }

  /** A step counts where every input with a mask has it, as in Keras. */
  protected override computeMask(
    _inputs: readonly Tensor[],
    mask: Tensor | readonly (Tensor | undefined)[] | undefined,
  ): Tensor | undefined {
    const given: readonly (Tensor | undefined)[] = mask === undefined || Array.isArray(mask) ? (mask ?? []) : [mask as Tensor];
    const masks = given.filter((one) => one !== undefined);
    return masks.length === 0 ? undefined : masks.reduce((a, b) => ops.logicalAnd(a, b));
  }
}

/** Makes a merge layer's class: its name, and what it does to two. */
function merge(className: string, kind: string, combine: (a: Tensor, b: Tensor) => Tensor) {
  const made = class<F extends ShapeFn = AnyShape> extends Merge<F> {
    constructor(options?: LayerOptions) {
      super(readOptions(kind, options, layerReaders));
    }

    override get className(): string {
      return className;
    }

    protected override combine(a: Tensor, b: Tensor): Tensor {
      return combine(a, b);
    }
  };
  registerLayer(className, made);
  return made;
}

const Add = merge('Add', 'add', (a, b) => ops.add(a, b));
const Multiply = merge('Multiply', 'multiply', (a, b) => ops.multiply(a, b));
const Maximum = merge('Maximum', 'maximum', (a, b) => ops.maximum(a, b));
const Minimum = merge('Minimum', 'minimum', (a, b) => ops.minimum(a, b));

/** The first of two inputs minus the second. */
export class Subtract<F extends ShapeFn = AnyShape> extends Merge<F> {
  constructor(options?: LayerOptions) {
    super(readOptions('subtract', options, layerReaders));
  }

  override get className(): string {
    return 'Subtract';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    if (inputShape.length !== 2) {
      throw new ShapeError({
        where: 'subtract',
        expected: 'two inputs',
        received: String(inputShape.length),
        hint: 'pass a list: apply([a, b])',
      });
    }
    return super.computeOutputShape(inputShape);
  }

  protected override combine(a: Tensor, b: Tensor): Tensor {
    return ops.subtract(a, b);
  }
}

/** The mean of all inputs. */
export class Average<F extends ShapeFn = AnyShape> extends Merge<F> {
  constructor(options?: LayerOptions) {
    super(readOptions('average', options, layerReaders));
  }

  override get className(): string {
    return 'Average';
  }

  protected override get casts(): 'all' {
    return 'all';
  }

  protected override combine(a: Tensor, b: Tensor): Tensor {
    return ops.add(a, b);
  }

  override call(inputs: readonly Tensor[]): Tensor {
    return ops.multiply(super.call(inputs), 1 / inputs.length);
  }
}

registerLayer('Subtract', Subtract);
registerLayer('Average', Average);

/**
 * The sum of a list of inputs. Source: Keras 3, keras.layers.Add.
 *
 * Shapes: inputs of one shape, or of shapes that broadcast; a ShapeError otherwise.
 *
 * @example
 * layers.add().apply([x, shortcut]);
 */
export function add(options?: LayerOptions): Merge<MergeShape<'add'>> {
  return new Add(options);
}

/** The first input minus the second. Source: Keras 3, keras.layers.Subtract. */
export function subtract(options?: LayerOptions): Merge<MergeShape<'subtract'>> {
  return new Subtract(options);
}

/** The product of the inputs, element by element. Source: Keras 3, keras.layers.Multiply. */
export function multiply(options?: LayerOptions): Merge<MergeShape<'multiply'>> {
  return new Multiply(options);
}

/** The mean of the inputs. Source: Keras 3, keras.layers.Average. */
export function average(options?: LayerOptions): Merge<MergeShape<'average'>> {
  return new Average(options);
}

/** The greatest of the inputs, element by element. Source: Keras 3, keras.layers.Maximum. */
export function maximum(options?: LayerOptions): Merge<MergeShape<'maximum'>> {
  return new Maximum(options);
}

/** The smallest of the inputs, element by element. Source: Keras 3, keras.layers.Minimum. */
export function minimum(options?: LayerOptions): Merge<MergeShape<'minimum'>> {
  return new Minimum(options);
}
