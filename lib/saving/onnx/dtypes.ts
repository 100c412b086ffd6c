/** Element types of ONNX and ours, and the bytes of constants. */
import type { DType } from '../../tensor/dtype.js';

/** Numbers of the element types. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** What a constant or value of a graph is made of; int64 stands in ONNX for sizes and places. */
export type Element = DType | 'int64';

export function elementType(dtype: Element): number {
  return elementTypes[dtype];
}

/** The bytes of a constant in the order of the file. */
export function bytesOf(dtype: Element, data: ArrayLike<number>): Uint8Array {
  if (dtype === 'int64') return bytes(BigInt64Array.from(data as readonly number[], (one) => BigInt(one)));
  if (dtype === 'float32') return bytes(Float32Array.from(data));
  if (dtype === 'float64') return bytes(Float64Array.from(data));
  if (dtype === 'int32') return bytes(Int32Array.from(data));
  return Uint8Array.from(data);
}

export function bytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
