/** Placeholders for tensors in a model's graph, and the calls of layers that connect them. */
import { inspect } from 'node:util';
import { ShapeError } from '../errors.js';
import type { DType } from '../tensor/dtype.js';
import { axisOutOfRange } from '../types/messages.js';
import type { AnyShape } from '../types/layer.js';
import type { Shape } from '../types/shape.js';
import type { CallFlags, Layer } from './layer.js';

/** A dimension: null where it is known at run time only, as the batch's. */
export type Dim = number | null;

/** A shape with the batch in front. */
export type BatchShape = readonly Dim[];

/** One shape, or one for each of several inputs or outputs. */
export type Shapes = BatchShape | readonly BatchShape[];

/** One call of a layer on placeholders. */
export interface Node {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** Whether the layer was given a list, and whether it answered with one. */
  readonly inputIsList: boolean;
  readonly outputIsList: boolean;
  /** The `training` that the layer was called with, where it was given. */
  readonly training: boolean | undefined;
  /** What else the layer was called with. */
  readonly flags?: CallFlags | undefined;
}

/** Where a placeholder comes from. */
export interface History {
  readonly layer: Layer;
  /** Which call of the layer. */
  readonly nodeIndex: number;
  /** Which output of that call. */
  readonly tensorIndex: number;
}

/**
 * A tensor that does not exist yet: what `input` returns and layers are applied to in a functional model. `shape` has the batch in front.
 *
 * @example
 * const x = input([28, 28, 1]);   // shape [null, 28, 28, 1]
 */
export class SymbolicTensor<S extends Shape = AnyShape> {
  /** For the compiler: the shape without the batch. */
  declare readonly __symbolic: S;
  readonly shape: BatchShape;
  readonly dtype: DType;
  readonly name: string;
  /** @internal */
  readonly history: History;

  /** @internal */
  constructor(shape: BatchShape, dtype: DType, name: string, history: History) {
    this.shape = shape;
    this.dtype = dtype;
    this.name = name;
    this.history = history;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** @internal The call that makes it. */
  get node(): Node {
    return this.history.layer.inboundNodes[this.history.nodeIndex]!;
  }

  toString(): string {
    return `SymbolicTensor<[${this.shape.map((dim) => dim ?? '?').join(', ')}], ${this.dtype}> ${this.name}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Whether these are shapes, not one shape. */
export function isShapeList(shape: Shapes): shape is readonly BatchShape[] {
  return shape.length > 0 && Array.isArray(shape[0]);
}

export function shapeList(shape: Shapes): readonly BatchShape[] {
  return isShapeList(shape) ? shape : [shape];
}

/** A shape without its batch, as messages show it. */
export function withoutBatch(shape: BatchShape): Dim[] {
  return shape.slice(1);
}

/** An axis counted from the front; one that the shape does not have is an error. */
export function normalAxis(kind: string, axis: number, shape: BatchShape): number {
  const counted = axis < 0 ? axis + shape.length : axis;
  if (counted >= 0 && counted < shape.length) return counted;
  throw new ShapeError(axisOutOfRange(kind, axis, withoutBatch(shape)));
}
