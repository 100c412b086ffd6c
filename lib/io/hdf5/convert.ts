/** Elements of files as elements that we have. */
import type { TypedArray } from '../../tensor/dtype.js';
import type { ElementType, Values } from './types.js';

/** A number of 16 bits with a sign, 5 bits of exponent and 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function halves(bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  return Float32Array.from(new Uint16Array(bytes), half);
}

/** The upper half of a float32. */
function brainFloats(bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from(new Uint16Array(bytes), (value) => value << 16);
  return new Float32Array(bits.buffer);
}

/** Whole numbers as int32, where each is one; undefined otherwise. */
function whole(values: ArrayLike<number | bigint>): Int32Array<ArrayBuffer> | undefined {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]!);
    result[i] = value;
    if (result[i] !== value) return undefined;
  }
  return result;
}

/** What little-endian bytes of a type say; undefined where no type of ours holds it. */
export function convert(type: ElementType, bytes: ArrayBuffer, bfloat16: boolean): Values | undefined {
  const ints = (values: ArrayLike<number | bigint>): Values | undefined => {
    const data = whole(values);
    return data && { dtype: 'int32', data };
  };
  switch (type) {
    case 'float32':
      return { dtype: 'float32', data: new Float32Array(bytes) };
    case 'float64':
      return { dtype: 'float64', data: new Float64Array(bytes) };
    case 'float16':
      return { dtype: 'float32', data: bfloat16 ? brainFloats(bytes) : halves(bytes) };
    case 'uint8':
      return { dtype: 'uint8', data: new Uint8Array(bytes) };
    case 'bool':
      return { dtype: 'bool', data: new Uint8Array(bytes) };
    case 'int32':
      return { dtype: 'int32', data: new Int32Array(bytes) };
    case 'int8':
      return ints(new Int8Array(bytes));
    case 'int16':
      return ints(new Int16Array(bytes));
    case 'uint16':
      return ints(new Uint16Array(bytes));
    case 'uint32':
      return ints(new Uint32Array(bytes));
    case 'int64':
      return ints(new BigInt64Array(bytes));
    case 'uint64':
      return ints(new BigUint64Array(bytes));
    default:
      return undefined;
  }
}

/** The memory of an array, to be given away: its own where it has no other user, else a copy. */
export function bufferOf(data: TypedArray | BigInt64Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = data;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer;
}
