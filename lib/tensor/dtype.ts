/** Element types, their codes on the native side and their typed arrays. */

/** The element types of a tensor. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

/** The codes of `enum nn_dtype` in native/core/abi.h. */
export const dtypeCodes = { float32: 0, float64: 1, int32: 2, uint8: 3, bool: 4 } as const satisfies Record<DType, number>;

export const dtypeBytes = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 } as const satisfies Record<DType, number>;

/** The typed array that holds elements of a dtype; booleans are bytes 0 and 1. */
export interface TypedArrays {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type TypedArray = TypedArrays[DType];

const constructors = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array } as const;

/** A typed array for `dtype` over `source`: a length (zeros), a buffer (a view) or numbers (converted). */
export function typedArray<D extends DType>(dtype: D, source: number | ArrayBuffer | ArrayLike<number>): TypedArrays[D] {
  return new (constructors[dtype] as unknown as new (source: number | ArrayBuffer | ArrayLike<number>) => TypedArrays[D])(source);
}

export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(dtypeCodes, name);
}

export function isFloat(dtype: DType): dtype is 'float32' | 'float64' {
  return dtype === 'float32' || dtype === 'float64';
}

/** The dtype that two operands share, as Keras promotes: bool < uint8 < int32 < float32 < float64. */
export function promote(a: DType, b: DType): DType {
  const order: DType[] = ['bool', 'uint8', 'int32', 'float32', 'float64'];
  return order[Math.max(order.indexOf(a), order.indexOf(b))] as DType;
}
