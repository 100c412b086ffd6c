/**
 * Keras' functions for loops and choices. Steps are captured once and replayed, so a loop whose length is known is written out, and a choice by
 * a tensor computes both sides; plain JavaScript serves as well, and in the middle of a step often better.
 */
import { valueAndGrads } from '../autodiff/grad.js';
import { withoutTape } from '../autodiff/tape.js';
import { ArgumentError, CaptureError, ShapeError } from '../errors.js';
import { activeRecording } from '../native/recording.js';
import { Tensor } from '../tensor/tensor.js';
import { add, multiply } from './binary.js';
import { sumAxes } from './broadcast.js';
import { filled, normalizeAxis, shapeText, wholeNumber } from './common.js';
import { clip } from './clip.js';
import { equal, where } from './compare.js';
import { concatenate, stack, unstack } from './join.js';
import { part } from './slice.js';

/** A tensor, several, or a record of them. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

function mapTrees(fn: (...tensors: Tensor[]) => Tensor, where_: string, first: Tree, ...rest: readonly Tree[]): Tree {
  if (first instanceof Tensor) {
    if (rest.every((one) => one instanceof Tensor)) return fn(first, ...(rest as readonly Tensor[]));
  } else if (Array.isArray(first)) {
    if (rest.every((one) => Array.isArray(one) && one.length === first.length))
      return first.map((one: Tree, i) => mapTrees(fn, where_, one, ...rest.map((other) => (other as readonly Tree[])[i]!)));
  } else {
    const record = first as Readonly<Record<string, Tree>>;
    const names = Object.keys(record);
    if (rest.every((one) => !(one instanceof Tensor) && !Array.isArray(one) && names.every((name) => name in one))) {
      return Object.fromEntries(
        names.map((name) => [name, mapTrees(fn, where_, record[name]!, ...rest.map((one) => (one as typeof record)[name]!))]),
      );
    }
  }
  throw new ArgumentError({ where: where_, expected: 'the same structure of tensors each time', received: 'others' });
}

function leaves(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  return Object.values(tree).flatMap(leaves);
}

/** How long the first axis of all tensors is. */
function lengthOf(where_: string, tree: Tree): number {
  const lengths = new Set(leaves(tree).map((one) => one.shape[0]));
  const [length] = lengths;
  if (lengths.size === 1 && length !== undefined) return length;
  throw new ShapeError({
    where: where_,
    expected: 'tensors with a first axis of one length',
    received: leaves(tree)
      .map((one) => shapeText(one.shape))
      .join(', '),
  });
}

function rows<T extends Tree>(where_: string, tree: T): T[] {
  const parts = new Map(leaves(tree).map((one) => [one, unstack(one)]));
  return Array.from({ length: lengthOf(where_, tree) }, (_, i) => mapTrees((one) => parts.get(one)![i]!, where_, tree) as T);
}

function stacked<T extends Tree>(where_: string, trees: readonly T[]): T {
  if (trees.length === 0) throw new ShapeError({ where: where_, expected: 'one step at least', received: 'none' });
  return mapTrees((...tensors) => stack(tensors), where_, trees[0]!, ...trees.slice(1)) as T;
}

/**
 * What one of two functions returns. A boolean chooses the function to call; of a tensor both are called, and its value selects among the
 * results. Keras 3: `keras.ops.cond`.
 *
 * @example
 * ops.cond(ops.greater(ops.sum(x), 0), () => x, () => ops.negative(x));
 */
export function cond<T extends Tree>(pred: boolean | Tensor, trueFn: () => T, falseFn: () => T): T {
  if (typeof pred === 'boolean') return pred ? trueFn() : falseFn();
  return mapTrees((yes, no) => where(pred, yes, no), 'cond', trueFn(), falseFn()) as T;
}

/**
 * What the function of this index returns, the first or the last of an index outside. A number chooses the function to call; of a tensor all
 * are called, and its value selects among the results. Keras 3: `keras.ops.switch`.
 *
 * @example
 * ops.switch(1, [(x) => x, (x) => ops.square(x)], tensor([3]));   // [9]
 */
export function switchCase<T extends Tree, A extends readonly unknown[]>(
  index: number | Tensor,
  branches: readonly ((...operands: A) => T)[],
  ...operands: A
): T {
  if (branches.length === 0) throw new ArgumentError({ where: 'switch', expected: 'one branch at least', received: 'none' });
  const last = branches.length - 1;
  if (typeof index === 'number') return branches[Math.min(Math.max(index, 0), last)]!(...operands);
  const at = clip(index, 0, last);
  const results = branches.map((branch) => branch(...operands));
  return results.reduceRight((rest, one, i) => mapTrees((mine, other) => where(equal(at, i), mine, other), 'switch', one, rest) as T);
}

/**
 * Runs the body while the condition holds. The condition is read after every turn, so this is for what is not captured; `fit` has `runEagerly`
 * for it. Keras 3: `keras.ops.while_loop`.
 *
 * @throws CaptureError within a captured step, where the condition is a tensor
 * @example
 * const [n] = ops.whileLoop((n) => ops.less(n, 100), (n) => [ops.multiply(n, 2)], [tensor(3)]);   // 192
 */
export function whileLoop<V extends readonly unknown[]>(
  condition: (...loopVars: V) => boolean | Tensor,
  body: (...loopVars: V) => V,
  loopVars: V,
  { maximumIterations = null }: { maximumIterations?: number | null } = {},
): V {
  let state = loopVars;
  for (let turn = 0; maximumIterations === null || turn < maximumIterations; turn++) {
    const goes = condition(...state);
    if (goes instanceof Tensor && activeRecording()) {
      throw new CaptureError({
        where: 'whileLoop',
        expected: 'a condition that is known while a step is captured',
        received: 'a tensor',
        hint: 'count turns with ops.foriLoop, or set runEagerly',
      });
    }
    if (!(goes instanceof Tensor ? goes.dataSync()[0] : goes)) return state;
    state = body(...state);
  }
  return state;
}

/**
 * Runs the body for every whole number from `lower` up to, but not including, `upper`, each time with what the last gave. Keras 3:
 * `keras.ops.fori_loop`.
 *
 * @example
 * ops.foriLoop(0, 3, (i, x) => ops.multiply(x, 2), tensor(1));   // 8
 */
export function foriLoop<T extends Tree>(lower: number, upper: number, bodyFun: (index: number, value: T) => T, initVal: T): T {
  wholeNumber('foriLoop', 'upper', upper, Math.min(lower, upper));
  let value = initVal;
  for (let i = lower; i < upper; i++) value = bodyFun(i, value);
  return value;
}

/**
 * Calls a function with each row of the tensors and what the call before carried on: what is carried in the end, and all outputs, stacked.
 * Keras 3: `keras.ops.scan`.
 *
 * @example
 * const [total, sums] = ops.scan((sum, x) => [ops.add(sum, x), ops.add(sum, x)], tensor(0), tensor([1, 2, 3]));   // 6 and [1, 3, 6]
 */
export function scan<C extends Tree, X extends Tree, Y extends Tree>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  { reverse = false }: { /** From the last row to the first; false. */ reverse?: boolean } = {},
): [C, Y] {
  const given = rows('scan', xs);
  let carry = init;
  const outputs = new Array<Y>(given.length);
  const order = given.map((_, i) => (reverse ? given.length - 1 - i : i));
  for (const i of order) {
    const [next, output] = f(carry, given[i]!);
    carry = next;
    outputs[i] = output;
  }
  return [carry, stacked('scan', outputs)];
}

/**
 * Sums (or other results of an associative function) of each element and all before it, along an axis; as many calls as the length has binary
 * digits. Keras 3: `keras.ops.associative_scan`.
 *
 * @example
 * ops.associativeScan((a, b) => ops.add(a, b), tensor([1, 2, 3]));   // [1, 3, 6]
 */
export function associativeScan<T extends Tree>(
  f: (a: T, b: T) => T,
  elems: T,
  { reverse = false, axis = 0 }: { reverse?: boolean; axis?: number } = {},
): T {
  const first = leaves(elems)[0]!;
  const along = normalizeAxis('associativeScan', axis, first.shape.length);
  const size = first.shape[along]!;
  const cut = (tree: T, begin: number, count: number): T => mapTrees((one) => part(one, along, begin, count), 'associativeScan', tree) as T;
  let state = elems;
  for (let by = 1; by < size; by *= 2) {
    const [near, far] = reverse
      ? [cut(state, 0, size - by), cut(state, by, size - by)]
      : [cut(state, by, size - by), cut(state, 0, size - by)];
    const joined = f(far, near);
    const kept = reverse ? cut(state, size - by, by) : cut(state, 0, by);
    state = mapTrees((a, b) => (reverse ? concatenate([a, b], along) : concatenate([b, a], along)), 'associativeScan', joined, kept) as T;
  }
  return state;
}

/**
 * What a function makes of each row of the tensors, stacked. Keras 3: `keras.ops.map`.
 *
 * @example
 * ops.map((row) => ops.sum(row), tensor([[1, 2], [3, 4]]));   // [3, 7]
 */
export function map<X extends Tree, Y extends Tree>(f: (x: X) => Y, xs: X): Y {
  return stacked(
    'map',
    rows('map', xs).map((row) => f(row)),
  );
}

/**
 * As `map`. Keras 3: `keras.ops.vectorized_map`, which runs all rows as one.
 *
 * @example
 * ops.vectorizedMap((row) => ops.sum(row), tensor([[1, 2], [3, 4]]));   // [3, 7]
 */
export function vectorizedMap<X extends Tree, Y extends Tree>(fn: (x: X) => Y, elements: X): Y {
  return map(fn, elements);
}

/**
 * The value of a function and how it changes where its arguments change in given directions: what a gradient of its gradient gives. Keras 3:
 * `keras.ops.jvp`.
 *
 * @example
 * const [value, change] = ops.jvp((x) => ops.square(x), [tensor([3])], [tensor([1])]);   // [9] and [6]
 */
export function jvp(fun: (...primals: Tensor[]) => Tensor, primals: readonly Tensor[], tangents: readonly Tensor[]): [Tensor, Tensor] {
  if (primals.length !== tangents.length || primals.some((one, i) => shapeText(one.shape) !== shapeText(tangents[i]!.shape))) {
    throw new ShapeError({
      where: 'jvp',
      expected: 'a direction of its shape for each argument',
      received: `${primals.map((one) => shapeText(one.shape)).join(', ')} and ${tangents.map((one) => shapeText(one.shape)).join(', ')}`,
    });
  }
  const value = withoutTape(() => fun(...primals));
  const seed = filled(value.shape, 1, value.dtype, value);
  const whole = (x: Tensor): Tensor =>
    sumAxes(
      x,
      x.shape.map((_, i) => i),
    );
  const along = (): Tensor => {
    const { gradients } = valueAndGrads(
      () => whole(multiply(fun(...primals), seed)),
      (sum) => sum,
      primals,
      'jvp',
    );
    return gradients.map((gradient, i) => whole(multiply(gradient, tangents[i]!))).reduce((a, b) => add(a, b));
  };
  const { gradients } = valueAndGrads(along, (sum) => sum, [seed], 'jvp');
  return [value, gradients[0]!];
}

export { switchCase as switch };
