/** Where queries may look. */
import * as ops from '../../ops/index.js';
import { diagonals } from '../../ops/make.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { CallOptions } from '../layer.js';

/** The masks of query, value and key, as a call was given them. */
export function masksOf(mask: CallOptions['mask']): (Tensor | undefined)[] {
  if (mask === undefined) return [];
  return Array.isArray(mask) ? [...(mask as (Tensor | undefined)[])] : [mask as Tensor];
}

/** All conditions together, broadcasting to [batch, queries, keys]; undefined where there are none. */
export function allowed(conditions: readonly (Tensor | undefined)[]): Tensor | undefined {
  return conditions.reduce((a, b) => (a && b ? ops.logicalAnd(a, b) : (a ?? b)), undefined);
}

/** A mask of keys [batch, keys], as a condition. */
export function ofKeys(mask: Tensor | undefined): Tensor | undefined {
  return mask && ops.expandDims(ops.cast(mask, 'bool'), 1);
}

/** A mask of queries [batch, queries], as a condition. */
export function ofQueries(mask: Tensor | undefined): Tensor | undefined {
  return mask && ops.expandDims(ops.cast(mask, 'bool'), 2);
}

/** No query looks at later keys. */
export function causal(queries: number, keys: number): Tensor {
  return ops.expandDims(ops.lessEqual(diagonals(queries, keys), 0), 0);
}

/** Queries look at keys that are less than `width` steps away. */
export function window(queries: number, keys: number, width: number): Tensor {
  return ops.expandDims(ops.less(ops.abs(diagonals(queries, keys)), width), 0);
}

/** Softmax over the keys that are allowed; a query that may look nowhere looks everywhere. */
export function weightsOf(scores: Tensor, condition: Tensor | undefined): Tensor {
  if (!condition) return ops.softmax(scores);
  let wide = condition;
  while (wide.rank < scores.rank) wide = ops.expandDims(wide, 1);
  return ops.softmax(ops.where(wide, scores, scores.dtype === 'float64' ? -1e300 : -1e38));
}
