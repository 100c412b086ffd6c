/** Attention, composed of products and a softmax. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, multiply } from './binary.js';
import { expandTo } from './broadcast.js';
import { asBool, asFloat, asTensor, castTo, promoteAll, shapeText, type TensorLike } from './common.js';
import { lessEqual, logicalAnd, where } from './compare.js';
import { diagonals } from './make.js';
import { product } from './matmul.js';
import { repeat } from './shape.js';
import { softmaxRows } from './softmax.js';
import { permuted } from './transpose.js';

/** Options of dotProductAttention. */
export interface AttentionOptions {
  /** Added to the scores, broadcasting to [batch, heads, queries, keys]. */
  bias?: TensorLike | null;
  /** Where a query may look, broadcasting to [batch, heads, queries, keys]. */
  mask?: TensorLike | null;
  /** Default: 1 / sqrt(size of a head). */
  scale?: number | null;
  /** No query looks at later keys. Default false. */
  isCausal?: boolean;
}

/**
 * softmax(query · key^T · scale) · value for each head. Shapes [batch, length, heads, size]; keys and values may have fewer heads, which
 * groups of query heads share. Keras 3: `keras.ops.dot_product_attention`.
 *
 * @example
 * ops.dotProductAttention(query, key, value, { isCausal: true });
 */
export function dotProductAttention(query: TensorLike, key: TensorLike, value: TensorLike, options: AttentionOptions = {}): Tensor {
  const name = 'dotProductAttention';
  const [q, k, v] = promoteAll([query, key, value].map((x) => asFloat(name, x))) as [Tensor, Tensor, Tensor];
  if ([q, k, v].some((x) => x.shape.length !== 4) || q.shape[3] !== k.shape[3] || k.shape[1] !== v.shape[1] || k.shape[2] !== v.shape[2]) {
    throw new ShapeError({
      where: name,
      expected: 'query, key and value [batch, length, heads, size] that go together',
      received: [q, k, v].map((x) => shapeText(x.shape)).join(', '),
    });
  }
  const heads = q.shape[2]!;
  const groups = heads / k.shape[2]!;
  if (!Number.isInteger(groups)) {
    throw new ShapeError({ where: name, expected: `heads of the key that divide ${heads}`, received: String(k.shape[2]) });
  }
  const byHead = (x: Tensor): Tensor => {
    const turned = permuted(x, [0, 2, 1, 3]);
    return x.shape[2] === heads ? turned : repeat(turned, groups, 1);
  };
  const [a, b, c] = [byHead(q), byHead(k), byHead(v)];
  let scores = multiply(product(a, b, { transposeB: true }), options.scale ?? 1 / Math.sqrt(q.shape[3]!));
  if (options.bias !== undefined && options.bias !== null) scores = add(scores, castTo(asTensor(name, options.bias), scores.dtype));
  let allowed = options.mask === undefined || options.mask === null ? undefined : asBool(name, options.mask);
  if (options.isCausal) {
    const earlier = lessEqual(diagonals(q.shape[1]!, k.shape[1]!, q), 0);
    allowed = allowed ? logicalAnd(allowed, earlier) : earlier;
  }
  // Not -Infinity: a query that may look nowhere would get NaN.
  if (allowed) scores = where(expandTo(allowed, scores.shape), scores, scores.dtype === 'float64' ? -1e300 : -0.7 * 3.4028234663852886e38);
  return permuted(product(softmaxRows(scores), c), [0, 2, 1, 3]);
}
