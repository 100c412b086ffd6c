/** Tensors as nested arrays and as text. */
import type { DType, TypedArray } from './dtype.js';
import type { Tensor } from './tensor.js';

/** Nested arrays of numbers or booleans; the bare value for rank 0. */
export type Nested = number | boolean | Nested[];

export function nest(data: TypedArray, shape: readonly number[], dtype: DType): Nested {
  const value = (i: number): number | boolean => (dtype === 'bool' ? data[i] !== 0 : data[i]!);
  const build = (axis: number, from: number, span: number): Nested => {
    if (axis === shape.length) return value(from);
    const count = shape[axis]!;
    const step = count === 0 ? 0 : span / count;
    return Array.from({ length: count }, (_, i) => build(axis + 1, from + i * step, step));
  };
  return build(0, 0, data.length);
}

/** Most elements of an axis that are printed; the middle of longer ones is left out. */
const EDGE = 3;
const PRINTED = 1000;

function formatNumber(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (dtype === 'int32' || dtype === 'uint8' || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(dtype === 'float32' ? 5 : 8)));
}

/** `Tensor<[2, 2], float32> [[1, 2], [3, 4]]`, large ones with `...` in the middle. Reads the tensor, blocking. */
export function formatTensor(tensor: Tensor): string {
  const head = tensor.toString();
  if (tensor.isDisposed) return `${head} (disposed)`;
  if (tensor.recording) return `${head} (inside a captured step)`;
  let data: TypedArray;
  try {
    data = tensor.dataSync();
  } catch (error) {
    return `${head} (${error instanceof Error ? error.message : String(error)})`;
  }
  const short = tensor.size > PRINTED;
  const build = (axis: number, from: number, span: number, indent: string): string => {
    if (axis === tensor.shape.length) return formatNumber(data[from]!, tensor.dtype);
    const count = tensor.shape[axis]!;
    const step = count === 0 ? 0 : span / count;
    const parts: string[] = [];
    for (let i = 0; i < count; i++) {
      if (short && count > 2 * EDGE && i === EDGE) {
        parts.push('...');
        i = count - EDGE - 1;
      } else parts.push(build(axis + 1, from + i * step, step, `${indent} `));
    }
    const last = axis === tensor.shape.length - 1;
    return `[${parts.join(last ? ', ' : `,\n${indent} `)}]`;
  };
  const body = build(0, 0, data.length, '');
  return body.includes('\n') ? `${head}\n${body}` : `${head} ${body}`;
}
