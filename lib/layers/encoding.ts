/** Class numbers as vectors: what category encoding and discretization share. */
import * as ops from '../ops/index.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { BatchShape } from './symbolic.js';

/** One vector a number; the numbers of a sample together, as 0 and 1; or how often each occurs. */
export type Encoding = 'oneHot' | 'multiHot' | 'count';

/** The shape of encoded numbers of a shape. A last axis of 1 holds one number a sample. */
export function encodedShape(shape: BatchShape, mode: Encoding, depth: number | null): BatchShape {
  const single = mode !== 'oneHot' || (shape.length > 1 && shape.at(-1) === 1);
  return [...(single ? shape.slice(0, -1) : shape), depth];
}

/** Numbers from 0 to depth - 1 as vectors; others count nowhere. */
export function encoded(numbers: Tensor, mode: Encoding, depth: number, dtype: DType, weights?: Tensor): Tensor {
  const single = mode === 'oneHot' && numbers.rank > 1 && numbers.shape.at(-1) === 1;
  const vectors = ops.oneHot(single ? ops.squeeze(numbers, -1) : numbers, depth, { dtype });
  if (mode === 'oneHot') return vectors;
  if (mode === 'multiHot') return ops.max(vectors, -2);
  return ops.sum(weights ? ops.multiply(vectors, ops.expandDims(ops.cast(weights, dtype), -1)) : vectors, -2);
}
