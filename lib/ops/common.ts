/** What all op families share: reading arguments, axes, broadcasting, dtype rules and constants. Nothing here runs an op but `fill` and `cast`. */
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { activeRecording, type Recording } from '../native/recording.js';
import type { Runtime } from '../native/runtime.js';
import { hostArray, type TensorLike } from '../tensor/create.js';
import { type DType, isFloat, promote, typedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { Shape } from '../types/index.js';
import { defaultRuntime, defineOp, runOp1, uploadTensor } from './define.js';

export type { DType, Shape, TensorLike };

/** One axis, several, or (undefined or null) all of them. Negative ones count from the end. */
export type Axis = number | readonly number[] | null | undefined;

/** The float dtype that math on a dtype gives: float64 stays, all others become float32. */
export type FloatOf<D extends DType> = D extends 'float64' ? 'float64' : 'float32';

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A whole number that is at least `least`, or an ArgumentError that names the option. */
export function wholeNumber(where: string, name: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw new ArgumentError({ where, expected: `${name} as a whole number from ${least}`, received: String(value) });
}

/** The axis counted from the front. */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && counted >= 0 && counted < rank) return counted;
  throw new ShapeError({
    where,
    expected: rank === 0 ? 'a tensor with at least one axis' : `an axis from ${-rank} to ${rank - 1}`,
    received: rank === 0 ? 'a scalar, shape []' : `axis ${axis}`,
  });
}

/** The axes counted from the front, in ascending order; all of them where none is given. */
export function normalizeAxes(where: string, axis: Axis, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axis === 'number') return [normalizeAxis(where, axis, rank)];
  const axes = axis.map((one) => normalizeAxis(where, one, rank)).sort((a, b) => a - b);
  for (let i = 1; i < axes.length; i++) {
    if (axes[i] === axes[i - 1]) throw new ArgumentError({ where, expected: 'each axis once', received: `axes ${shapeText(axis)}` });
  }
  return axes;
}

export function axisMask(axes: readonly number[]): number {
  let mask = 0;
  for (const axis of axes) mask |= 1 << axis;
  return mask;
}

/** The shape left when axes are reduced; with `keepdims` they stay with size 1. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepdims: boolean): number[] {
  if (keepdims) return shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
  return shape.filter((_, i) => !axes.includes(i));
}

/** The shape that both broadcast to, as NumPy has it. */
export function broadcastShapes(where: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError({
        where,
        expected: 'shapes that broadcast (from the last axis on equal, or 1)',
        received: `${shapeText(a)} and ${shapeText(b)}`,
        hint: 'reshape one of them, or insert axes with ops.expandDims',
      });
    }
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

const fillOp = defineOp('fill', ['value:f']);
const constants = new WeakMap<Recording, Map<string, Tensor>>();

/**
 * A rank 0 tensor on a device, by a command of the stream, which unlike an upload does not flush. Inside a capture there is one a value, and
 * the program makes it once.
 */
export function constant(value: number, dtype: DType, runtime: Runtime = defaultRuntime()): Tensor {
  const recording = activeRecording();
  if (recording) {
    let known = constants.get(recording);
    if (!known) constants.set(recording, (known = new Map<string, Tensor>()));
    const key = `${dtype} ${Object.is(value, -0) ? '-0' : value}`;
    let tensor = known.get(key);
    if (!tensor || tensor.isDisposed) known.set(key, (tensor = runOp1(fillOp, [], { shape: [], dtype }, [value])));
    return tensor;
  }
  return runOp1(fillOp, [], { shape: [], dtype }, [value], undefined, runtime);
}

/** A tensor filled with one value, on the device of `like`. */
export function filled(shape: readonly number[], value: number, dtype: DType, like?: Tensor): Tensor {
  return runOp1(fillOp, [], { shape, dtype }, [value], undefined, like?.runtime);
}

/** A constant from host numbers on the device of `like`. */
export function constantArray(data: ArrayLike<number>, shape: readonly number[], dtype: DType, like?: Tensor): Tensor {
  const runtime = activeRecording()?.runtime ?? like?.runtime ?? defaultRuntime();
  return uploadTensor(typedArray(dtype, data), shape, dtype, runtime);
}

const castOp = defineOp('cast');

/**
 * The tensor in another dtype; the very same tensor where it has it already. Floats lose their fraction toward zero, NaN becomes 0 and what
 * is out of range the nearest number in range; as bool everything but 0 is true.
 */
export function castTo(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const differentiable = isFloat(x.dtype) && isFloat(dtype);
  return runOp1(castOp, [x], { shape: x.shape, dtype }, [], differentiable ? () => (dy) => [() => castTo(dy!, x.dtype)] : undefined);
}

function holds(dtype: DType, value: number): boolean {
  if (isFloat(dtype)) return true;
  if (!Number.isInteger(value)) return false;
  if (dtype === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  return dtype === 'uint8' && value >= 0 && value < 256;
}

/** The dtype in which a plain number meets a tensor: the tensor's own where that holds it, else int32, else float32. */
function numberDType(value: number, like: DType): DType {
  if (holds(like, value)) return like;
  return holds('int32', value) ? 'int32' : 'float32';
}

/** What an op was given, as a tensor. Plain numbers take the dtype of the other operand. */
export function asTensor(where: string, value: TensorLike, like?: Tensor): Tensor {
  if (value instanceof Tensor) return value;
  const runtime = activeRecording()?.runtime ?? like?.runtime ?? defaultRuntime();
  if (typeof value === 'number') return constant(value, like ? numberDType(value, like.dtype) : 'float32', runtime);
  if (typeof value === 'boolean') return constant(value ? 1 : 0, 'bool', runtime);
  let host = hostArray(where, value);
  if (like && !ArrayBuffer.isView(value) && host.dtype !== 'bool' && host.dtype !== like.dtype) {
    const dtype = Array.prototype.reduce.call(
      host.data,
      (found, item) => promote(found as DType, numberDType(item as number, like.dtype)),
      like.dtype === 'bool' ? 'int32' : like.dtype,
    ) as DType;
    host = hostArray(where, value, undefined, dtype);
  }
  return uploadTensor(host.data, host.shape, host.dtype, runtime);
}

/** Host values as a tensor of their own dtype, on the device of `like`. */
function on(like: Tensor, where: string, value: Exclude<TensorLike, Tensor>): Tensor {
  const host = hostArray(where, value);
  return uploadTensor(host.data, host.shape, host.dtype, activeRecording()?.runtime ?? like.runtime);
}

/** As a tensor of floats: integers and booleans become float32. */
export function asFloat(where: string, value: TensorLike, like?: Tensor): Tensor {
  const x = value instanceof Tensor || !like ? asTensor(where, value) : on(like, where, value);
  return isFloat(x.dtype) ? x : castTo(x, 'float32');
}

/** As a tensor of numbers: booleans become int32. */
export function asNumber(where: string, value: TensorLike): Tensor {
  const x = asTensor(where, value);
  return x.dtype === 'bool' ? castTo(x, 'int32') : x;
}

/** As a tensor of truth values: what is not 0 is true. */
export function asBool(where: string, value: TensorLike): Tensor {
  return castTo(asTensor(where, value), 'bool');
}

/** As int32 indices on the device of `like`; floats are refused, since a rounded index would be a silent mistake. */
export function asIndices(where: string, value: TensorLike, name = 'indices', like?: Tensor): Tensor {
  if (!(value instanceof Tensor) && !ArrayBuffer.isView(value)) {
    const host = hostArray(where, value);
    if (Array.prototype.every.call(host.data, (item) => holds('int32', item as number))) {
      return constantArray(host.data, host.shape, 'int32', like);
    }
  }
  const x = value instanceof Tensor || !like ? asTensor(where, value) : on(like, where, value);
  if (isFloat(x.dtype)) {
    throw new DTypeError({ where, expected: `${name} of int32`, received: x.dtype, hint: "convert them with ops.cast(..., 'int32')" });
  }
  return castTo(x, 'int32');
}

/** Two operands in the one dtype that both promote to. */
export function operands(where: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  let x: Tensor;
  let y: Tensor;
  if (a instanceof Tensor) {
    x = a;
    y = asTensor(where, b, x);
  } else if (b instanceof Tensor) {
    y = b;
    x = asTensor(where, a, y);
  } else {
    x = asTensor(where, a);
    y = asTensor(where, b);
  }
  if (x.dtype === y.dtype) return [x, y];
  const dtype = promote(x.dtype, y.dtype);
  return [castTo(x, dtype), castTo(y, dtype)];
}

/** Two operands in one dtype of floats. */
export function floatOperands(where: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [x, y] = operands(where, a, b);
  return isFloat(x.dtype) ? [x, y] : [castTo(x, 'float32'), castTo(y, 'float32')];
}

/** Tensors in the one dtype that all promote to. */
export function promoteAll(tensors: readonly Tensor[]): Tensor[] {
  const dtype = tensors.reduce<DType>((found, tensor) => promote(found, tensor.dtype), tensors[0]!.dtype);
  return tensors.map((tensor) => castTo(tensor, dtype));
}
