/** Random tensors of distributions whose parameters may differ from element to element. None of them has gradients. */
import { ArgumentError, ShapeError } from '../errors.js';
import { type DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { sigmoid } from './activation.js';
import { subtract } from './binary.js';
import { expandTo, reshaped } from './broadcast.js';
import { asTensor, broadcastShapes, castTo, filled, sameShape, type Shape, shapeText, sizeOf, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';
import { joined } from './join.js';
import { floatType, type RandomOptions, type Seed, take } from './random-source.js';
import { part } from './slice.js';
import { softmax } from './softmax.js';

const gammaOp = defineOp('randomGamma', ['offset', 'log']);
const binomialOp = defineOp('randomBinomial', ['offset']);

interface Parameter {
  name: string;
  value: TensorLike;
  expected: string;
  allowed: (value: number) => boolean;
}

const positive = (name: string, value: TensorLike): Parameter => ({
  name,
  value,
  expected: `a finite ${name} above 0`,
  allowed: (number) => number > 0 && number < Infinity,
});

/** Parameters for every element. Plain numbers are looked at; in tensors, what is not allowed gives NaN. */
function spread(where: string, shape: Shape, dtype: DType, parameters: readonly Parameter[]): Tensor[] {
  const like = parameters.map(({ value }) => value).find((value) => value instanceof Tensor);
  return parameters.map(({ name, value, expected, allowed }) => {
    if (typeof value === 'number') {
      if (!allowed(value)) throw new ArgumentError({ where, expected, received: String(value) });
      return filled(shape, value, dtype, like);
    }
    const given = asTensor(where, value, like);
    if (given.shape.length > shape.length || !sameShape(broadcastShapes(where, given.shape, shape), shape)) {
      throw new ShapeError({ where, expected: `${name} that broadcasts to ${shapeText(shape)}`, received: shapeText(given.shape) });
    }
    return expandTo(castTo(given, dtype), shape);
  });
}

/** A gamma variable for each element of the shapes, or its logarithm: the variable itself is often 0 where the parameter is small. */
function gammas(alpha: Tensor, seed: Seed, logarithm: boolean): Tensor {
  const { state, offset } = take(seed, alpha.size, alpha);
  return runOp1(gammaOp, [alpha, state], { shape: alpha.shape, dtype: alpha.dtype }, [offset, logarithm ? 1 : 0]);
}

/**
 * Numbers of the gamma distribution with shape `alpha`, a number or a tensor that broadcasts to `shape`, and scale 1: mean and variance are
 * alpha. Keras 3: `keras.random.gamma`.
 *
 * @example
 * ops.random.gamma([2, 3], 0.5, { seed: 7 });
 */
export function gamma<const S extends Shape>(shape: S, alpha: TensorLike, { dtype, seed }: RandomOptions = {}): Tensor<S> {
  const [a] = spread('gamma', shape, floatType('gamma', dtype), [positive('alpha', alpha)]) as [Tensor];
  return gammas(a, seed, false) as Tensor<S>;
}

/**
 * Numbers from 0 to 1 of the beta distribution, with mean alpha / (alpha + beta). The parameters are numbers or tensors that broadcast to
 * `shape`; small ones, such as 0.001, are right as well. Keras 3: `keras.random.beta`.
 *
 * @example
 * ops.random.beta([32], 0.2, 0.2);   // mostly near 0 or near 1
 */
export function beta<const S extends Shape>(shape: S, alpha: TensorLike, beta: TensorLike, { dtype, seed }: RandomOptions = {}): Tensor<S> {
  const both = spread('beta', shape, floatType('beta', dtype), [positive('alpha', alpha), positive('beta', beta)]);
  // One op for both, so that they differ where the seed is a number.
  const logs = gammas(
    joined(
      both.map((one) => reshaped(one, [1, ...shape])),
      0,
    ),
    seed,
    true,
  );
  const [a, b] = [0, 1].map((i) => reshaped(part(logs, 0, i, 1), shape)) as [Tensor, Tensor];
  return sigmoid(subtract(a, b)) as Tensor<S>;
}

/**
 * Shares that add up to 1 along the last axis, of the Dirichlet distribution; `alpha` broadcasts to `shape`. NumPy:
 * `Generator.dirichlet`, with the number of shares as the last dimension.
 *
 * @example
 * ops.random.dirichlet([32, 3], 1);   // three shares for each of 32
 */
export function dirichlet<const S extends Shape>(shape: S, alpha: TensorLike, { dtype, seed }: RandomOptions = {}): Tensor<S> {
  if (shape.length === 0) throw new ShapeError({ where: 'dirichlet', expected: 'a shape with a last axis', received: '[]' });
  const [a] = spread('dirichlet', shape, floatType('dirichlet', dtype), [positive('alpha', alpha)]) as [Tensor];
  return softmax(gammas(a, seed, true), -1) as Tensor<S>;
}

/**
 * How many of `counts` tries succeed, each with a probability of `probabilities`: numbers or tensors that broadcast to `shape`. The results
 * are whole numbers of a float type. Keras 3: `keras.random.binomial`.
 *
 * @example
 * ops.random.binomial([1000], 10, 0.5);   // heads among ten coins
 */
export function binomial<const S extends Shape>(
  shape: S,
  counts: TensorLike,
  probabilities: TensorLike,
  { dtype, seed }: RandomOptions = {},
): Tensor<S> {
  const type = floatType('binomial', dtype);
  const [n, p] = spread('binomial', shape, type, [
    {
      name: 'counts',
      value: counts,
      expected: 'whole counts from 0 to 2^53',
      allowed: (one) => Number.isInteger(one) && one >= 0 && one <= 2 ** 53,
    },
    { name: 'probabilities', value: probabilities, expected: 'probabilities from 0 to 1', allowed: (one) => one >= 0 && one <= 1 },
  ]) as [Tensor, Tensor];
  const { state, offset } = take(seed, sizeOf(shape), n);
  return runOp1(binomialOp, [n, p, state], { shape, dtype: type }, [offset]) as Tensor<S>;
}
