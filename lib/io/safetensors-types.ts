/** The element types of safetensors files: those we have, and how the others become them. */
import { FormatError } from '../errors.js';
import { type DType, dtypeBytes, type TypedArray, typedArray } from '../tensor/dtype.js';
import { fromBfloat16, fromFloat16 } from './half.js';

/** What our dtypes are called. */
export const storedNames: Record<DType, string> = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' };

export interface StoredType {
  /** What the values become. */
  readonly dtype: DType;
  /** Bytes of an element in the file. */
  readonly bytes: number;
  convert(bytes: Uint8Array<ArrayBuffer>, where: string): TypedArray;
}

const own = Object.fromEntries(
  Object.entries(storedNames).map(([name, stored]) => {
    const dtype = name as DType;
    return [stored, { dtype, bytes: dtypeBytes[dtype], convert: ({ buffer }: Uint8Array<ArrayBuffer>) => typedArray(dtype, buffer) }];
  }),
) as Record<string, StoredType>;

/** Whole numbers of 32 bits or more become int32 where every one fits: shapes, counts and indices do. */
function wide(values: Uint32Array | BigInt64Array | BigUint64Array, kind: string, where: string): Int32Array {
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    out[i] = value;
    if (out[i] === value) continue;
    throw new FormatError({
      where,
      expected: 'whole numbers that fit in int32',
      received: `${kind} with ${values[i]}`,
      hint: 'store them as I32 or F64',
    });
  }
  return out;
}

/** Types by their names in files. 8-bit floats have no meaning without their scales, and are not among them. */
export const storedTypes: Readonly<Record<string, StoredType>> = {
  ...own,
  BOOL: { dtype: 'bool', bytes: 1, convert: (bytes) => bytes.map((byte) => (byte === 0 ? 0 : 1)) },
  F16: { dtype: 'float32', bytes: 2, convert: ({ buffer }) => fromFloat16(new Uint16Array(buffer)) },
  BF16: { dtype: 'float32', bytes: 2, convert: ({ buffer }) => fromBfloat16(new Uint16Array(buffer)) },
  I8: { dtype: 'int32', bytes: 1, convert: ({ buffer }) => Int32Array.from(new Int8Array(buffer)) },
  I16: { dtype: 'int32', bytes: 2, convert: ({ buffer }) => Int32Array.from(new Int16Array(buffer)) },
  U16: { dtype: 'int32', bytes: 2, convert: ({ buffer }) => Int32Array.from(new Uint16Array(buffer)) },
  U32: { dtype: 'int32', bytes: 4, convert: ({ buffer }, where) => wide(new Uint32Array(buffer), 'U32', where) },
  I64: { dtype: 'int32', bytes: 8, convert: ({ buffer }, where) => wide(new BigInt64Array(buffer), 'I64', where) },
  U64: { dtype: 'int32', bytes: 8, convert: ({ buffer }, where) => wide(new BigUint64Array(buffer), 'U64', where) },
};
