/** Tensors from shapes and numbers. */
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { type DType, isDType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { expandTo, reshaped, view } from './broadcast.js';
import { asTensor, castTo, filled, type Shape, shapeText, type TensorLike, wholeNumber } from './common.js';
import { equal, lessEqual } from './compare.js';
import { defineOp, runOp1 } from './define.js';
import { multiply, subtract } from './binary.js';
import { exp } from './unary.js';

const rangeOp = defineOp('range', ['start:f', 'step:f']);

/** A shape, or one number for a vector. */
type ShapeArgument = number | readonly number[];

type ShapeFrom<S extends ShapeArgument> = S extends number ? readonly [S] : S extends Shape ? { readonly [K in keyof S]: S[K] } : Shape;

function readShape(where: string, shape: ShapeArgument): readonly number[] {
  const dims = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(dims) || dims.some((dim) => !Number.isInteger(dim) || dim < 0)) {
    throw new ShapeError({
      where,
      expected: 'a shape of whole numbers from 0',
      received: Array.isArray(dims) ? shapeText(dims) : typeof dims,
    });
  }
  return dims as readonly number[];
}

function readDType(where: string, dtype: unknown): DType {
  if (isDType(dtype)) return dtype;
  throw new DTypeError({ where, expected: 'float32, float64, int32, uint8 or bool', received: String(dtype) });
}

/**
 * Zeros. Keras 3: `keras.ops.zeros`.
 *
 * @example
 * ops.zeros([2, 3]);            // float32
 * ops.zeros([2, 3], 'int32');
 */
export function zeros<const S extends ShapeArgument, D extends DType = 'float32'>(shape: S, dtype?: D): Tensor<ShapeFrom<S>, D> {
  return filled(readShape('zeros', shape), 0, readDType('zeros', dtype ?? 'float32')) as Tensor<ShapeFrom<S>, D>;
}

/**
 * Ones. Keras 3: `keras.ops.ones`.
 *
 * @example
 * ops.ones([2, 3]);
 */
export function ones<const S extends ShapeArgument, D extends DType = 'float32'>(shape: S, dtype?: D): Tensor<ShapeFrom<S>, D> {
  return filled(readShape('ones', shape), 1, readDType('ones', dtype ?? 'float32')) as Tensor<ShapeFrom<S>, D>;
}

/**
 * One value everywhere; a tensor as the value broadcasts. Keras 3: `keras.ops.full`.
 *
 * @example
 * ops.full([2, 3], 7);
 */
export function full<const S extends ShapeArgument, D extends DType = 'float32'>(
  shape: S,
  fillValue: TensorLike,
  dtype?: D,
): Tensor<ShapeFrom<S>, D> {
  const dims = readShape('full', shape);
  if (typeof fillValue === 'number') return filled(dims, fillValue, readDType('full', dtype ?? 'float32')) as Tensor<ShapeFrom<S>, D>;
  const value = asTensor('full', fillValue);
  const y = expandTo(castTo(value, readDType('full', dtype ?? value.dtype)), dims);
  return (y === value ? view(y) : y) as Tensor<ShapeFrom<S>, D>;
}

/**
 * Zeros of another tensor's shape and dtype. Keras 3: `keras.ops.zeros_like`.
 *
 * @example
 * ops.zerosLike(x);
 */
export function zerosLike<S extends Shape, D extends DType>(x: Tensor<S, D>, dtype?: D): Tensor<S, D>;
export function zerosLike(x: TensorLike, dtype?: DType): Tensor;
export function zerosLike(x: TensorLike, dtype?: DType): Tensor {
  return fullLike(x, 0, dtype);
}

/**
 * Ones of another tensor's shape and dtype. Keras 3: `keras.ops.ones_like`.
 *
 * @example
 * ops.onesLike(x);
 */
export function onesLike<S extends Shape, D extends DType>(x: Tensor<S, D>, dtype?: D): Tensor<S, D>;
export function onesLike(x: TensorLike, dtype?: DType): Tensor;
export function onesLike(x: TensorLike, dtype?: DType): Tensor {
  return fullLike(x, 1, dtype);
}

/**
 * One value in another tensor's shape and dtype. Keras 3: `keras.ops.full_like`.
 *
 * @example
 * ops.fullLike(x, 0.5);
 */
export function fullLike(x: TensorLike, fillValue: TensorLike, dtype?: DType): Tensor {
  const t = asTensor('fullLike', x);
  const type = readDType('fullLike', dtype ?? t.dtype);
  if (typeof fillValue === 'number') return filled(t.shape, fillValue, type, t);
  const y = expandTo(castTo(asTensor('fullLike', fillValue, t), type), t.shape);
  return y === fillValue ? view(y) : y;
}

/** Options of arange. */
export interface ArangeOptions {
  start?: number;
  stop?: number | null;
  step?: number;
  dtype?: DType;
}

/**
 * Numbers from `start` up to, but not including, `stop`. Whole numbers give int32, others float32, unless a dtype is given. Keras 3:
 * `keras.ops.arange`.
 *
 * @example
 * ops.arange(3);                 // [0, 1, 2]
 * ops.arange(1, 8, 2);           // [1, 3, 5, 7]
 * ops.arange(0, 1, 0.25);        // [0, 0.25, 0.5, 0.75]
 */
export function arange(start: number | ArangeOptions, stop?: number | null, step?: number, dtype?: DType): Tensor<readonly [number]> {
  const given = typeof start === 'object' ? start : { start, stop, step, dtype };
  const open = given.stop === undefined || given.stop === null;
  const from = open ? 0 : (given.start ?? 0);
  const to = open ? (given.start ?? 0) : given.stop!;
  const by = given.step ?? 1;
  if (by === 0 || ![from, to, by].every(Number.isFinite)) {
    throw new ArgumentError({ where: 'arange', expected: 'finite numbers and a step other than 0', received: `${from}, ${to}, ${by}` });
  }
  const whole = [from, to, by].every(Number.isInteger);
  const type = readDType('arange', given.dtype ?? (whole ? 'int32' : 'float32'));
  const numbers = type === 'bool' ? 'int32' : type;
  const y = runOp1(rangeOp, [], { shape: [Math.max(0, Math.ceil((to - from) / by))], dtype: numbers }, [from, by]);
  return castTo(y, type) as Tensor<readonly [number]>;
}

/** Options of linspace. */
export interface LinspaceOptions {
  /** How many numbers. Default 50. */
  num?: number;
  /** Whether `stop` is the last of them. Default true. */
  endpoint?: boolean;
  dtype?: DType;
}

/**
 * Evenly spaced numbers from `start` to `stop`. Keras 3: `keras.ops.linspace`.
 *
 * @example
 * ops.linspace(0, 1, 5);   // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, options: number | LinspaceOptions = {}): Tensor<readonly [number]> {
  const { num = 50, endpoint = true, dtype = 'float32' } = typeof options === 'number' ? { num: options } : options;
  wholeNumber('linspace', 'num', num);
  const steps = endpoint ? num - 1 : num;
  const step = steps > 0 ? (stop - start) / steps : 0;
  const type = readDType('linspace', dtype);
  const y = runOp1(rangeOp, [], { shape: [num], dtype: isFloat(type) ? type : 'float64' }, [start, step]);
  return castTo(y, type) as Tensor<readonly [number]>;
}

/**
 * Powers of `base` with evenly spaced exponents. Keras 3: `keras.ops.logspace`.
 *
 * @example
 * ops.logspace(0, 2, { num: 3 });   // [1, 10, 100]
 */
export function logspace(start: number, stop: number, { base = 10, ...options }: LinspaceOptions & { base?: number } = {}): Tensor {
  const type = readDType('logspace', options.dtype ?? 'float32');
  const exponents = linspace(start, stop, { ...options, dtype: 'float64' });
  return castTo(exp(multiply(exponents, Math.log(base))), type);
}

/**
 * Numbers from `start` to `stop`, each by the same factor greater than the last. Keras 3: `keras.ops.geomspace`.
 *
 * @example
 * ops.geomspace(1, 1000, { num: 4 });   // [1, 10, 100, 1000]
 */
export function geomspace(start: number, stop: number, options: LinspaceOptions = {}): Tensor {
  if (!(start * stop > 0)) {
    throw new ArgumentError({ where: 'geomspace', expected: 'two numbers of one sign, not 0', received: `${start} and ${stop}` });
  }
  const type = readDType('geomspace', options.dtype ?? 'float32');
  const exponents = linspace(0, Math.log(stop / start), { ...options, dtype: 'float64' });
  return castTo(multiply(exp(exponents), start), type);
}

/** @internal Of each place in a matrix its column less its row, on the device of `like`. */
export function diagonals(rows: number, columns: number, like?: Tensor): Tensor {
  const count = (size: number): Tensor => runOp1(rangeOp, [], { shape: [size], dtype: 'int32' }, [0, 1], undefined, like?.runtime);
  const [row, column] = [count(rows), count(columns)];
  return subtract(reshaped(column, [1, columns]), reshaped(row, [rows, 1]));
}

/** Which diagonal: 0 the main one, positive ones above it. */
export interface EyeOptions {
  k?: number;
  dtype?: DType;
}

/**
 * Ones on a diagonal. Keras 3: `keras.ops.eye`.
 *
 * @example
 * ops.eye(2);                   // [[1, 0], [0, 1]]
 * ops.eye(2, 3, { k: 1 });      // [[0, 1, 0], [0, 0, 1]]
 */
export function eye(n: number, m?: number | null, { k = 0, dtype = 'float32' }: EyeOptions = {}): Tensor<readonly [number, number]> {
  const rows = wholeNumber('eye', 'the number of rows', n);
  const columns = wholeNumber('eye', 'the number of columns', m ?? n);
  return castTo(equal(diagonals(rows, columns), k), readDType('eye', dtype)) as Tensor<readonly [number, number]>;
}

/**
 * The unit matrix. Keras 3: `keras.ops.identity`.
 *
 * @example
 * ops.identity(2);   // [[1, 0], [0, 1]]
 */
export function identity(n: number, dtype: DType = 'float32'): Tensor<readonly [number, number]> {
  return eye(n, n, { dtype });
}

/**
 * Ones on and below a diagonal. Keras 3: `keras.ops.tri`.
 *
 * @example
 * ops.tri(2);   // [[1, 0], [1, 1]]
 */
export function tri(n: number, m?: number | null, { k = 0, dtype = 'float32' }: EyeOptions = {}): Tensor<readonly [number, number]> {
  const rows = wholeNumber('tri', 'the number of rows', n);
  const columns = wholeNumber('tri', 'the number of columns', m ?? n);
  return castTo(lessEqual(diagonals(rows, columns), k), readDType('tri', dtype)) as Tensor<readonly [number, number]>;
}
