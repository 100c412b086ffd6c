/** Variables as files take them: in Keras' layout, piece by piece, so that no second copy of a large one is ever in memory. */
import { withoutTape } from '../autodiff/tape.js';
import { boxes, sizeOf } from '../io/hdf5/boxes.js';
import type { Box } from '../io/hdf5/types.js';
import { Weight } from '../layers/weight.js';
import { assignRows } from '../ops/gather.js';
import { uploadTensor } from '../ops/define.js';
import { part } from '../ops/slice.js';
import { type DType, dtypeBytes, type TypedArray, typedArray } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';

/** Elements that go through memory at a time. */
export const PIECE = 4 << 20;

/** Something of a fixed shape that a file holds. */
export interface Stored {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The values in pieces, as `boxes` cuts the shape. */
  pieces(): AsyncGenerator<TypedArray>;
  /** Takes the values, in the same pieces. */
  assign(pieces: AsyncIterable<TypedArray>): Promise<void>;
}

/** Its size in memory, and in files that have the same element type. */
export function bytesOf({ shape, dtype }: Pick<Stored, 'shape' | 'dtype'>): number {
  return sizeOf(shape) * dtypeBytes[dtype];
}

/** A weight, or a variable that has the shape and the layout of one, such as an optimizer's slot. */
export function stored(variable: Variable, like: Variable = variable): Stored {
  const sameShape = variable.shape.length === like.shape.length && variable.shape.every((dim, i) => dim === like.shape[i]);
  const weight = like instanceof Weight && sameShape ? like : undefined;
  const shape = weight?.kerasShape ?? variable.shape;
  const parts = [...boxes(shape, PIECE)];
  // Rows of a weight with a layout of its own do not lie together: it goes through memory as a whole.
  const inRows = parts.length > 1 && (!weight || weight.toKeras(variable) === variable) && parts.every(isRows(shape));
  return {
    shape,
    dtype: variable.dtype,
    pieces: () => (inRows ? rowsOf(variable, parts) : wholeOf(variable, weight, parts)),
    assign: (pieces) => (inRows ? assignByRows(variable, parts, pieces) : assignWhole(variable, weight, shape, pieces)),
  };
}

/** Values on the variable's device, with its element type. */
function upload(variable: Variable, data: TypedArray, shape: readonly number[]): Tensor {
  const { dtype, runtime } = variable;
  const own = typedArray(dtype, 0).constructor === data.constructor ? data : typedArray(dtype, data);
  return uploadTensor(own, shape, dtype, runtime);
}

const isRows =
  (shape: readonly number[]) =>
  ({ count }: Box): boolean =>
    count.slice(1).every((length, i) => length === shape[i + 1]);

async function dataOf(make: () => Tensor, variable: Variable): Promise<TypedArray> {
  const made = tidy(() => withoutTape(make));
  try {
    return await made.data();
  } finally {
    if (made !== variable) made.dispose();
  }
}

async function* rowsOf(variable: Variable, parts: readonly Box[]): AsyncGenerator<TypedArray> {
  let next: Promise<TypedArray> | undefined;
  const read = ({ offset, count }: Box): Promise<TypedArray> => dataOf(() => part(variable, 0, offset[0]!, count[0]!), variable);
  for (const [i, box] of parts.entries()) {
    const data = await (next ?? read(box));
    const after = parts[i + 1];
    next = after && read(after);
    // told when its turn comes
    next?.catch(() => undefined);
    yield data;
  }
}

async function* wholeOf(variable: Variable, weight: Weight | undefined, parts: readonly Box[]): AsyncGenerator<TypedArray> {
  const data = await dataOf(() => (weight ? weight.toKeras(variable) : variable), variable);
  if (parts.length === 1) {
    yield data;
    return;
  }
  let at = 0;
  for (const { count } of parts) {
    const length = sizeOf(count);
    yield data.slice(at, at + length);
    at += length;
  }
}

async function assignByRows(variable: Variable, parts: readonly Box[], pieces: AsyncIterable<TypedArray>): Promise<void> {
  let i = 0;
  for await (const piece of pieces) {
    const { offset, count } = parts[i++]!;
    tidy(() => {
      withoutTape(() =>
        assignRows(variable, upload(variable, piece, count), uploadTensor(Int32Array.of(offset[0]!), [], 'int32', variable.runtime)),
      );
    });
    // What was uploaded is freed in the order of the stream: without this all of it would be there at once.
    await variable.runtime.sync();
  }
}

async function assignWhole(
  variable: Variable,
  weight: Weight | undefined,
  shape: readonly number[],
  pieces: AsyncIterable<TypedArray>,
): Promise<void> {
  const parts: TypedArray[] = [];
  for await (const piece of pieces) parts.push(piece);
  let data = parts[0]!;
  if (parts.length > 1) {
    data = new (data.constructor as Float32ArrayConstructor)(sizeOf(shape));
    let at = 0;
    for (const piece of parts) {
      data.set(piece, at);
      at += piece.length;
    }
  }
  tidy(() => {
    withoutTape(() => {
      const value = upload(variable, data, shape);
      variable.assign(weight ? weight.fromKeras(value) : value);
    });
  });
}
