/** Random tensors. The same seed gives the same numbers on every device; `seed` is a number, a RandomState, or absent for the global one. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, multiply } from './binary.js';
import { reshaped, view } from './broadcast.js';
import {
  asFloat,
  asTensor,
  broadcastShapes,
  castTo,
  filled,
  normalizeAxis,
  type Shape,
  shapeText,
  sameShape,
  sizeOf,
  type TensorLike,
  wholeNumber,
} from './common.js';
import { defineOp, type OpDefinition, runOp1 } from './define.js';
import { taken } from './gather.js';
import { floatType, type RandomOptions, type Seed, take } from './random-source.js';
import { argmax } from './reduce.js';
import { sorted } from './sort.js';
import { log, negative } from './unary.js';

export { beta, binomial, dirichlet, gamma } from './draws.js';
export type { RandomOptions, Seed } from './random-source.js';

const uniformOp = defineOp('randomUniform', ['offset', 'low:f', 'high:f']);
const normalOp = defineOp('randomNormal', ['offset', 'mean:f', 'stddev:f']);
const truncatedOp = defineOp('truncatedNormal', ['offset', 'mean:f', 'stddev:f']);
const randomIntOp = defineOp('randomInt', ['offset', 'low', 'high']);
const dropoutOp = defineOp('dropout', ['offset', 'rate:f']);

function draw(op: OpDefinition, shape: readonly number[], dtype: DType, seed: Seed, attrs: readonly number[], like?: Tensor): Tensor {
  const { state, offset } = take(seed, sizeOf(shape), like);
  return runOp1(op, [state], { shape, dtype }, [offset, ...attrs]);
}

/** Options of uniform. */
export interface UniformOptions<D extends DType = DType> extends RandomOptions<D> {
  /** Default 0. */
  minval?: number;
  /** Not reached. Default 1. */
  maxval?: number;
}

/**
 * Numbers spread evenly from minval up to maxval; whole ones for an integer dtype. Keras 3: `keras.random.uniform`.
 *
 * @example
 * ops.random.uniform([2, 3], { minval: -1, seed: 7 });
 */
export function uniform<const S extends Shape>(shape: S, { minval = 0, maxval = 1, dtype, seed }: UniformOptions = {}): Tensor<S> {
  if (dtype === 'int32') return randint(shape, minval, maxval, { seed });
  return draw(uniformOp, shape, floatType('uniform', dtype), seed, [minval, maxval]) as Tensor<S>;
}

/** Options of normal and truncatedNormal. */
export interface NormalOptions<D extends DType = DType> extends RandomOptions<D> {
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  stddev?: number;
}

/**
 * Normally distributed numbers. Keras 3: `keras.random.normal`.
 *
 * @example
 * ops.random.normal([2, 3], { stddev: 0.05, seed: 7 });
 */
export function normal<const S extends Shape>(shape: S, { mean = 0, stddev = 1, dtype, seed }: NormalOptions = {}): Tensor<S> {
  return draw(normalOp, shape, floatType('normal', dtype), seed, [mean, stddev]) as Tensor<S>;
}

/**
 * Normally distributed numbers, none further than two standard deviations from the mean. Keras 3: `keras.random.truncated_normal`.
 *
 * @example
 * ops.random.truncatedNormal([2, 3], { seed: 7 });
 */
export function truncatedNormal<const S extends Shape>(shape: S, { mean = 0, stddev = 1, dtype, seed }: NormalOptions = {}): Tensor<S> {
  return draw(truncatedOp, shape, floatType('truncatedNormal', dtype), seed, [mean, stddev]) as Tensor<S>;
}

/**
 * Whole numbers from minval up to, but not including, maxval. Keras 3: `keras.random.randint`.
 *
 * @example
 * ops.random.randint([10], 0, 6);
 */
export function randint<const S extends Shape>(
  shape: S,
  minval: number,
  maxval: number,
  { seed, dtype = 'int32' }: { seed?: Seed; /** Default int32. */ dtype?: DType } = {},
): Tensor<S> {
  if (!Number.isInteger(minval) || !Number.isInteger(maxval) || minval >= maxval) {
    throw new ArgumentError({ where: 'randint', expected: 'whole minval below maxval', received: `${minval} and ${maxval}` });
  }
  return castTo(draw(randomIntOp, shape, 'int32', seed, [minval, maxval]), dtype) as Tensor<S>;
}

/** The op is its own gradient: the same state gives the same mask. */
function masked(x: Tensor, state: Tensor, offset: number, rate: number): Tensor {
  return runOp1(dropoutOp, [x, state], { shape: x.shape, dtype: x.dtype }, [offset, rate], () => (dy) => [
    () => masked(dy!, state, offset, rate),
    null,
  ]);
}

/** Options of dropout. */
export interface DropoutOptions {
  /** The shape of the mask, which broadcasts to x; null entries are those of x. */
  noiseShape?: readonly (number | null)[] | null;
  seed?: Seed;
}

/**
 * Zeros in place of a random share of the elements; the others grow by 1 / (1 - rate). No mask is stored. Keras 3: `keras.random.dropout`.
 *
 * @example
 * ops.random.dropout(x, 0.5, { seed: 7 });
 */
export function dropout<S extends Shape, D extends DType>(x: Tensor<S, D>, rate: number, options?: DropoutOptions): Tensor<S, D>;
export function dropout(x: TensorLike, rate: number, options?: DropoutOptions): Tensor;
export function dropout(x: TensorLike, rate: number, { noiseShape = null, seed }: DropoutOptions = {}): Tensor {
  const t = asFloat('dropout', x);
  if (!(rate >= 0 && rate < 1))
    throw new ArgumentError({ where: 'dropout', expected: 'a rate from 0 and below 1', received: String(rate) });
  if (rate === 0) return view(t);
  const shape = noiseShape ? noiseShape.map((dim, i) => dim ?? t.shape[i] ?? 1) : t.shape;
  const { state, offset } = take(seed, sizeOf(shape), t);
  if (sameShape(shape, t.shape)) return masked(t, state, offset, rate);
  if (!sameShape(broadcastShapes('dropout', shape, t.shape), t.shape)) {
    throw new ShapeError({
      where: 'dropout',
      expected: `a noiseShape that broadcasts to ${shapeText(t.shape)}`,
      received: shapeText(shape),
    });
  }
  return multiply(t, masked(filled(shape, 1, t.dtype, t), state, offset, rate));
}

/**
 * The elements of an axis in random order. Keras 3: `keras.random.shuffle`.
 *
 * @example
 * ops.random.shuffle(tensor([1, 2, 3]));
 */
export function shuffle(x: TensorLike, { axis = 0, seed }: { axis?: number; seed?: Seed } = {}): Tensor {
  const t = asTensor('shuffle', x);
  const along = normalizeAxis('shuffle', axis, t.shape.length);
  return taken(t, permuted(t.shape[along]!, seed, t), along);
}

/**
 * The numbers 0 to n - 1 in random order. PyTorch: `torch.randperm`.
 *
 * @example
 * ops.random.permutation(5);
 */
export function permutation(n: number, { seed }: { seed?: Seed } = {}): Tensor<readonly [number], 'int32'> {
  wholeNumber('permutation', 'n', n);
  return permuted(n, seed);
}

function permuted(n: number, seed: Seed, like?: Tensor): Tensor<readonly [number], 'int32'> {
  // The whole range of int32 as sorting keys: equal keys, which keep their order, are rare up to millions of elements.
  const keys = draw(randomIntOp, [n], 'int32', seed, [-(2 ** 31), 2 ** 31 - 1], like);
  return sorted(keys, false).indices as Tensor<readonly [number], 'int32'>;
}

/**
 * Class numbers drawn with the probabilities softmax(logits), `numSamples` for each row. Keras 3: `keras.random.categorical`.
 *
 * @example
 * ops.random.categorical(tensor([[0, 5]]), 3);   // mostly [[1, 1, 1]]
 */
export function categorical(logits: TensorLike, numSamples: number, { seed }: { seed?: Seed } = {}): Tensor<Shape, 'int32'> {
  const x = asFloat('categorical', logits);
  if (x.shape.length !== 2) throw new ShapeError({ where: 'categorical', expected: '[batch, classes]', received: shapeText(x.shape) });
  const [batch, classes] = x.shape as readonly [number, number];
  const shape = [batch, wholeNumber('categorical', 'numSamples', numSamples, 1), classes];
  // The greatest of logits plus Gumbel noise falls on each class with its probability.
  const noise = negative(log(negative(log(draw(uniformOp, shape, x.dtype, seed, [0, 1], x)))));
  return argmax(add(reshaped(x, [batch, 1, classes]), noise), -1);
}
