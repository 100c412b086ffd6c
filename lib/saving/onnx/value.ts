/**
 * Values of a model in a graph of ONNX. Keras keeps the channels last and ONNX wants them behind the batch: a value knows the names of both
 * orders, whichever of them exist, and a transpose is only made for the order that is asked for and is not there. So neighbouring
 * transposes never come into being.
 */
import type { BatchShape } from '../../layers/symbolic.js';
import type { DType } from '../../tensor/dtype.js';

export interface Value {
  /** In the model's order of axes, the batch in front. */
  readonly shape: BatchShape;
  readonly dtype: DType;
  /** The name in the model's order, where it exists. */
  plain?: string | undefined;
  /** The name of the value with its last axis moved behind the batch, where that exists. */
  first?: string | undefined;
  /** Which steps are real: bool, [batch, steps]. Null: the layer says that there is none; undefined: it says nothing. */
  mask?: Value | null | undefined;
}

/** From [batch, sides..., channels] to [batch, channels, sides...]. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The other way round. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** Where an axis of the model's order is in the order with the channels first. */
export function firstAxis(axis: number, rank: number): number {
  return toFirst(rank).indexOf(axis);
}
