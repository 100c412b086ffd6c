/** Attention layers, made of products, softmax and masks. */
import type { Weight } from '../../../layers/weight.js';
import * as ops from '../../../ops/index.js';
import type { Emitter, Emitters, LayerCall } from '../emitters.js';
import type { Part, Scope } from '../scope.js';
import type { Value } from '../value.js';

/** All conditions as one, or none. */
function allowed(g: Scope, conditions: readonly (string | undefined)[]): string | undefined {
  return conditions.reduce((a, b) => (a !== undefined && b !== undefined ? g.op('And', [a, b]) : (a ?? b)), undefined);
}

/** How far keys lie behind queries, [1, queries, keys]; int64. */
function distances(g: Scope, queries: Part, keys: Part): string {
  const count = (part: Part): string => {
    const size = typeof part === 'number' ? g.number(part, 'int64') : g.squeeze(g.size(part.of, part.axis), 0);
    return g.op('Range', [g.number(0, 'int64'), size, g.number(1, 'int64')]);
  };
  return g.unsqueeze(g.sub(g.unsqueeze(count(keys), 0), g.unsqueeze(count(queries), 1)), 0);
}

function causal(g: Scope, between: string): string {
  return g.op('LessOrEqual', [between, g.number(0, 'int64')]);
}

/** Softmax over the keys that may be looked at; the condition has the batch, queries and keys. */
function weightsOf(g: Scope, scores: string, condition: string | undefined, heads: boolean): string {
  if (condition === undefined) return g.op('Softmax', [scores], { axis: -1 });
  const wide = heads ? g.unsqueeze(condition, 1) : condition;
  return g.op('Softmax', [g.op('Where', [wide, scores, g.number(-1e38)])], { axis: -1 });
}

function partAt(g: Scope, value: Value, axis: number): Part {
  return value.shape[axis] ?? { of: g.plain(value), axis };
}

/** Attention and AdditiveAttention, which differ in their scores. */
function plainAttention(scores: (g: Scope, query: string, key: string, call: LayerCall) => string): Emitter {
  return (g, call) => {
    const [query, value, key = value] = call.inputs as readonly [Value, Value, Value?];
    const between = call.flags.useCausalMask && causal(g, distances(g, partAt(g, query, 1), partAt(g, key, 1)));
    const keys = value.mask ? g.unsqueeze(g.plain(value.mask), 1) : undefined;
    const weights = weightsOf(g, scores(g, g.plain(query), g.plain(key), call), allowed(g, [keys, between || undefined]), false);
    let y = g.matmul(weights, g.plain(value));
    if (query.mask) y = g.mul(y, g.castTo(g.unsqueeze(g.plain(query.mask), -1), g.dtype));
    const output: Value = { ...g.value(y, call.shapes[0]!), mask: query.mask ?? null };
    return call.flags.returnAttentionScores ? [output, g.value(weights, call.shapes[1]!)] : output;
  };
}

const attention = plainAttention((g, query, key, { config, weight }) => {
  const scale = weight('scale');
  if (config['scoreMode'] === 'dot') {
    const scores = g.matmul(query, g.transpose(key, [0, 2, 1]));
    return scale ? g.mul(scores, g.weight(scale)) : scores;
  }
  const sum = g.add(g.unsqueeze(query, 2), g.unsqueeze(key, 1));
  const bent = g.op('Tanh', [scale ? g.mul(sum, g.weight(scale)) : sum]);
  return g.mul(g.reduce('Sum', bent, [-1], false), g.weight(weight('concat_score_weight')!));
});

const additive = plainAttention((g, query, key, { weight }) => {
  const scale = weight('scale');
  const sum = g.op('Tanh', [g.add(g.unsqueeze(query, 2), g.unsqueeze(key, 1))]);
  return g.reduce('Sum', scale ? g.mul(sum, g.weight(scale)) : sum, [-1], false);
});

/** A weight with its axes joined to a matrix or a vector. */
function joined(g: Scope, weight: Weight, shape: readonly number[]): string {
  return g.weight(weight, { shape, to: (keras) => ops.reshape<readonly number[]>(keras, shape) });
}

function product(list: readonly number[]): number {
  return list.reduce((a, b) => a * b, 1);
}

/** [rows, steps, features] to [rows, heads, steps, size]. */
function toHeads(g: Scope, x: string, name: string, { weight }: LayerCall): string {
  const kernel = weight(`${name}_kernel`)!;
  const bias = weight(`${name}_bias`);
  const [features, heads, size] = kernel.kerasShape as readonly [number, number, number];
  const flat = g.matmul(x, joined(g, kernel, [features, heads * size]));
  const moved = bias ? g.add(flat, joined(g, bias, [heads * size])) : flat;
  return g.transpose(g.op('Reshape', [moved, g.ints([0, 0, heads, size])]), [0, 2, 1, 3]);
}

const multiHead: Emitter = (g, call) => {
  const { config, flags, weight, shapes } = call;
  const [query, value, key = value] = call.inputs as readonly [Value, Value, Value?];
  const rank = query.shape.length;
  const given = config['attentionAxes'] as readonly number[] | null | undefined;
  const over = (given ?? Array.from({ length: rank - 2 }, (_, i) => i + 1)).map((axis) => (axis < 0 ? axis + rank : axis));
  const beside = Array.from({ length: rank - 1 }, (_, i) => i).filter((axis) => !over.includes(axis));
  const order = [...beside, ...over, rank - 1];
  const plainOrder = beside.length === 1 && over.length === 1;
  // Attention is over one axis of rows; what else there is joins the batch.
  const steps = (x: Value): Part => {
    if (over.length === 1) return partAt(g, x, over[0]!);
    return product(over.map((axis) => g.known(x.shape[axis], 'number of places that attention is over')));
  };
  const rows = (x: Value): string => {
    const moved = g.transpose(g.plain(x), order);
    if (plainOrder) return moved;
    const last = g.known(x.shape[rank - 1], 'number of features');
    const [first] = order as [number];
    if (beside.length === 1) return g.reshape(moved, [partAt(g, x, first), steps(x), last]);
    const wide = steps(x);
    return g.op('Reshape', [moved, g.ints([-1, g.known(typeof wide === 'number' ? wide : null, 'number of steps'), last])]);
  };
  const queryRows = rows(query);
  const keyDim = weight('query_kernel')!.kerasShape[2]!;
  const [queryHeads, valueDim] = weight('attention_output_kernel')!.kerasShape as readonly [number, number];
  const keyHeads = weight('key_kernel')!.kerasShape[1]!;
  const share = (x: string, size: number): string => {
    if (keyHeads === queryHeads) return x;
    const each = g.op('Expand', [g.unsqueeze(x, 2), g.ints([1, 1, queryHeads / keyHeads, 1, 1])]);
    return g.reshapeHeads(each, queryHeads, size);
  };
  const q = g.mul(toHeads(g, queryRows, 'query', call), g.number(1 / Math.sqrt(keyDim)));
  const k = share(toHeads(g, rows(key), 'key', call), keyDim);
  const v = share(toHeads(g, rows(value), 'value', call), valueDim);
  const weights = weightsOf(g, g.matmul(q, g.transpose(k, [0, 1, 3, 2])), condition(g, call, steps(query), steps(key)), true);
  let mixed = g.matmul(weights, v);
  if (config['useGate']) mixed = g.mul(mixed, g.op('Sigmoid', [toHeads(g, queryRows, 'gate', call)]));
  const kernel = weight('attention_output_kernel')!;
  const bias = weight('attention_output_bias');
  const features = kernel.kerasShape.slice(2);
  const flat = g.op('Reshape', [g.transpose(mixed, [0, 2, 1, 3]), g.ints([0, 0, queryHeads * valueDim])]);
  let y = g.matmul(flat, joined(g, kernel, [queryHeads * valueDim, product(features)]));
  if (bias) y = g.add(y, joined(g, bias, [product(features)]));
  if (!plainOrder || features.length > 1) {
    y = g.reshape(y, [...[...beside, ...over].map((axis) => partAt(g, query, axis)), ...features]);
  }
  const back = Array.from({ length: rank - 1 }, (_, axis) => [...beside, ...over].indexOf(axis));
  y = g.transpose(y, [...back, ...features.map((_, i) => rank - 1 + i)]);
  const output: Value = { ...g.value(y, shapes[0]!), mask: query.mask ?? null };
  return flags.returnAttentionScores ? [output, g.value(weights, shapes[1]!)] : output;
};

/** Where queries may look, [batch, queries, keys]. */
function condition(g: Scope, { inputs, config, flags }: LayerCall, queries: Part, keys: Part): string | undefined {
  const [query, value, key] = inputs as readonly [Value, Value, Value?];
  const width = config['slidingWindow'] as number | null;
  const between = flags.useCausalMask || width !== null ? distances(g, queries, keys) : undefined;
  const along = (one: Value | undefined, axis: number): string | undefined =>
    one?.mask ? g.unsqueeze(g.plain(one.mask), axis) : undefined;
  return allowed(g, [
    along(query, 2),
    along(value, 1),
    along(key, 1),
    flags.useCausalMask ? causal(g, between!) : undefined,
    width === null ? undefined : g.op('Less', [g.op('Abs', [between!]), g.number(width, 'int64')]),
  ]);
}

export const attentionEmitters: Emitters = {
  Attention: attention,
  AdditiveAttention: additive,
  MultiHeadAttention: multiHead,
  GroupQueryAttention: multiHead,
};
