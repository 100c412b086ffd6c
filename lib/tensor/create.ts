/** Tensors from data that JavaScript holds. */
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { uploadTensor } from '../ops/define.js';
import type { DTypeOfNested, Dims, Shape, ShapeOfNested } from '../types/index.js';
import { type DType, isDType, type TypedArray, typedArray } from './dtype.js';
import { Tensor } from './tensor.js';

/** Nested plain arrays of numbers or booleans. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What an op takes where it takes a tensor. */
export type TensorLike = Tensor | TypedArray | NestedArray;

function dtypeOfTypedArray(where: string, data: ArrayBufferView): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return 'uint8';
  throw new DTypeError({
    where,
    expected: 'a Float32Array, Float64Array, Int32Array or Uint8Array',
    received: data.constructor.name,
    hint: 'convert it, for example with Float32Array.from(...)',
  });
}

/** The shape of nested arrays; ragged ones are an error. */
function shapeOfNested(value: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: NestedArray = value; Array.isArray(level); level = level[0] as NestedArray) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function flatten(where: string, value: NestedArray, shape: readonly number[], axis: number, out: number[]): boolean {
  if (axis === shape.length) {
    if (typeof value === 'number') {
      out.push(value);
      return false;
    }
    if (typeof value === 'boolean') {
      out.push(value ? 1 : 0);
      return true;
    }
    throw new DTypeError({
      where,
      expected: 'numbers or booleans',
      received: Array.isArray(value) ? 'arrays of different depths' : `${typeof value} ${JSON.stringify(value) ?? ''}`.trim(),
      hint: 'convert the values to numbers first',
    });
  }
  if (!Array.isArray(value) || value.length !== shape[axis]) {
    throw new ShapeError({
      where,
      expected: `nested arrays of one shape, [${shape.join(', ')}]`,
      received: Array.isArray(value) ? `an array of ${value.length} where others have ${shape[axis]}` : typeof value,
      hint: 'pad or cut the rows to one length',
    });
  }
  let booleans = true;
  for (const part of value as readonly NestedArray[]) booleans = flatten(where, part, shape, axis + 1, out) && booleans;
  return booleans;
}

/** @internal Host data with its shape and dtype, ready to be sent to a device. */
export interface HostArray {
  data: TypedArray;
  shape: number[];
  dtype: DType;
}

/** @internal Reads what a user gave; `shape` and `dtype` may be given to say more than the data do. */
export function hostArray(where: string, values: TypedArray | NestedArray, shape?: readonly number[], dtype?: DType): HostArray {
  if (dtype !== undefined && !isDType(dtype)) {
    throw new DTypeError({ where, expected: 'float32, float64, int32, uint8 or bool', received: String(dtype) });
  }
  let found: HostArray;
  if (ArrayBuffer.isView(values)) {
    const natural = dtypeOfTypedArray(where, values);
    const target = dtype ?? natural;
    const same = natural === target || (natural === 'uint8' && target === 'bool');
    const plain = values;
    found = { data: same ? plain : convert(plain, target), shape: [values.length], dtype: target };
  } else {
    if (values === null || values === undefined || (typeof values !== 'number' && typeof values !== 'boolean' && !Array.isArray(values))) {
      throw new DTypeError({
        where,
        expected: 'a number, nested arrays of numbers, or a typed array',
        received: values === null ? 'null' : typeof values,
        hint: 'convert the values to numbers first',
      });
    }
    const nested = shapeOfNested(values);
    const flat: number[] = [];
    const booleans = flatten(where, values, nested, 0, flat);
    const target = dtype ?? (booleans && flat.length > 0 ? 'bool' : 'float32');
    found = { data: convert(flat, target), shape: nested, dtype: target };
  }
  if (shape) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== found.data.length) {
      throw new ShapeError({
        where,
        expected: `${size} values for shape [${shape.join(', ')}]`,
        received: `${found.data.length}`,
        hint: 'give a shape whose product is the number of values',
      });
    }
    found.shape = [...shape];
  }
  return found;
}

function convert(values: ArrayLike<number>, dtype: DType): TypedArray {
  if (dtype !== 'bool') return typedArray(dtype, values);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[i] === 0 ? 0 : 1;
  return out;
}

/**
 * A tensor from numbers, nested arrays, or a typed array with a shape. Numbers become float32, booleans bool, typed arrays keep their type.
 *
 * @example
 * tensor([[1, 2], [3, 4]]);                          // Tensor<[2, 2], 'float32'>
 * tensor(new Uint8Array(784), [28, 28]);             // Tensor<[28, 28], 'uint8'>
 * tensor([1, 0], undefined, 'int32');
 */
export function tensor<const V extends TypedArray | NestedArray, D extends DType = DTypeOfNested<V>>(
  values: V,
  shape?: undefined,
  dtype?: D,
): Tensor<ShapeOfNested<V>, D>;
export function tensor<const V extends TypedArray | NestedArray, const S extends Shape, D extends DType = DTypeOfNested<V>>(
  values: V,
  shape: S | undefined,
  dtype?: D,
): Tensor<Dims<S>, D>;
export function tensor(values: TypedArray | NestedArray, shape?: readonly number[], dtype?: DType): Tensor {
  const host = hostArray('tensor', values, shape, dtype);
  return uploadTensor(host.data, host.shape, host.dtype);
}

/** A tensor of rank 0. */
export function scalar<const V extends number | boolean, D extends DType = DTypeOfNested<V>>(value: V, dtype?: D): Tensor<[], D> {
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ArgumentError({ where: 'scalar', expected: 'a number or boolean', received: typeof value });
  }
  const host = hostArray('scalar', value, undefined, dtype);
  return uploadTensor(host.data, host.shape, host.dtype) as Tensor<[], D>;
}

/**
 * @internal What an op was given, as a tensor. Plain numbers take the dtype of the op's other operand (`like`), as Keras promotes them.
 */
export function toTensor(where: string, value: TensorLike, like?: DType): Tensor {
  if (value instanceof Tensor) return value;
  const host = hostArray(where, value, undefined, ArrayBuffer.isView(value) ? undefined : like);
  return uploadTensor(host.data, host.shape, host.dtype);
}
