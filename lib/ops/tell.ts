/** What can be told of tensors, and what has a size that depends on their values: these are read, and so not for captured steps. */
import { CaptureError } from '../errors.js';
import { activeRecording } from '../native/recording.js';
import { Tensor } from '../tensor/tensor.js';
import { view } from './broadcast.js';
import { asTensor, castTo, constantArray, type DType, filled, type TensorLike } from './common.js';

/**
 * Whether something is a tensor. Keras 3: `keras.ops.is_tensor`.
 *
 * @example
 * ops.isTensor([1, 2]);   // false
 */
export function isTensor(x: unknown): x is Tensor {
  return x instanceof Tensor;
}

/**
 * A tensor of numbers, nested arrays or typed arrays, in a dtype if one is given. Keras 3: `keras.ops.convert_to_tensor`.
 *
 * @example
 * ops.convertToTensor([1, 2], 'int32');
 */
export function convertToTensor(x: TensorLike, dtype?: DType | null): Tensor {
  const t = asTensor('convertToTensor', x);
  const y = dtype ? castTo(t, dtype) : t;
  return y === x ? view(y) : y;
}

export { convertToTensor as array };

/**
 * The sizes of the axes. Keras 3: `keras.ops.shape`.
 *
 * @example
 * ops.shape(ops.ones([2, 3]));   // [2, 3]
 */
export function shape(x: TensorLike): number[] {
  return [...asTensor('shape', x).shape];
}

/**
 * The number of axes. Keras 3: `keras.ops.ndim`.
 *
 * @example
 * ops.ndim(ops.ones([2, 3]));   // 2
 */
export function ndim(x: TensorLike): number {
  return asTensor('ndim', x).shape.length;
}

/**
 * The number of elements. Keras 3: `keras.ops.size`.
 *
 * @example
 * ops.size(ops.ones([2, 3]));   // 6
 */
export function size(x: TensorLike): number {
  return asTensor('size', x).size;
}

function read(where: string, x: TensorLike): { t: Tensor; values: ArrayLike<number> } {
  const t = asTensor(where, x);
  if (t.recording ?? activeRecording()) {
    throw new CaptureError({
      where,
      expected: 'a result whose shape does not depend on values, in a captured step',
      received: 'one that does',
      hint: 'use a mask with ops.where instead, or set runEagerly',
    });
  }
  return { t, values: t.dataSync() };
}

/**
 * The places of what is not 0 or false: of each axis an index for every such element. Keras 3: `keras.ops.nonzero`.
 *
 * @throws CaptureError within a captured step
 * @example
 * const [rows, columns] = ops.nonzero(tensor([[0, 1], [2, 0]]));   // [0, 1] and [1, 0]
 */
export function nonzero(x: TensorLike): Tensor[] {
  const { t, values } = read('nonzero', x);
  const places = Array.from({ length: t.size }, (_, i) => i).filter((i) => values[i] !== 0);
  let inner = t.size;
  return t.shape.map((dim) => {
    inner /= Math.max(dim, 1);
    const index = places.map((place) => Math.floor(place / inner) % dim);
    return constantArray(index, [index.length], 'int32', t);
  });
}

/** What `unique` tells beside the elements. */
export interface UniqueOptions {
  /** Where each element stands first; false. */
  returnIndex?: boolean;
  /** For each element of x its place among the different ones; false. */
  returnInverse?: boolean;
  /** How often each element occurs; false. */
  returnCounts?: boolean;
}

/**
 * The different elements in ascending order; with options a list of them and what was asked for. Keras 3: `keras.ops.unique`.
 *
 * @throws CaptureError within a captured step
 * @example
 * ops.unique(tensor([3, 1, 3]));                                            // [1, 3]
 * const [values, counts] = ops.unique(tensor([3, 1, 3]), { returnCounts: true });   // [1, 3] and [1, 2]
 */
export function unique(
  x: TensorLike,
  options: UniqueOptions & ({ returnIndex: true } | { returnInverse: true } | { returnCounts: true }),
): Tensor[];
export function unique(x: TensorLike, options?: UniqueOptions): Tensor;
export function unique(x: TensorLike, { returnIndex, returnInverse, returnCounts }: UniqueOptions = {}): Tensor | Tensor[] {
  const { t, values } = read('unique', x);
  const first = new Map<number, { index: number; count: number }>();
  for (let i = 0; i < t.size; i++) {
    const found = first.get(values[i]!);
    if (found) found.count++;
    else first.set(values[i]!, { index: i, count: 1 });
  }
  const sorted = [...first.keys()].sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  const places = new Map(sorted.map((value, i) => [value, i]));
  const list = (numbers: readonly number[], dims: readonly number[], dtype: DType = 'int32'): Tensor =>
    constantArray(numbers, dims, dtype, t);
  const all = [
    list(sorted, [sorted.length], t.dtype),
    returnIndex &&
      list(
        sorted.map((value) => first.get(value)!.index),
        [sorted.length],
      ),
    returnInverse &&
      list(
        Array.from({ length: t.size }, (_, i) => places.get(values[i]!)!),
        t.shape,
      ),
    returnCounts &&
      list(
        sorted.map((value) => first.get(value)!.count),
        [sorted.length],
      ),
  ].filter((one) => one instanceof Tensor);
  return all.length === 1 ? all[0]! : all;
}

/**
 * A tensor of a shape, whose elements are zeros here. Keras 3: `keras.ops.empty`.
 *
 * @example
 * ops.empty([2, 3]);
 */
export function empty(dims: readonly number[], dtype: DType = 'float32'): Tensor {
  return filled(dims, 0, dtype);
}

/**
 * A tensor of another's shape and dtype, whose elements are zeros here. Keras 3: `keras.ops.empty_like`.
 *
 * @example
 * ops.emptyLike(x);
 */
export function emptyLike(x: TensorLike, dtype?: DType): Tensor {
  const t = asTensor('emptyLike', x);
  return filled(t.shape, 0, dtype ?? t.dtype, t);
}
