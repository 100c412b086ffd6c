/** Constants of a file: their numbers, wherever they are kept. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { FormatError } from '../../../errors.js';
import type { DType } from '../../../tensor/dtype.js';
import { elementTypes } from '../dtypes.js';
import type { TensorMessage } from '../messages.js';

/** Numbers on the host. Sizes and places are whole numbers, whatever their type in the file. */
export interface Host {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const ours: Readonly<Record<number, DType>> = {
  [elementTypes.float32]: 'float32',
  [elementTypes.uint8]: 'uint8',
  [elementTypes.int8]: 'int32',
  [elementTypes.uint16]: 'int32',
  [elementTypes.int16]: 'int32',
  [elementTypes.int32]: 'int32',
  [elementTypes.int64]: 'int32',
  [elementTypes.bool]: 'bool',
  [elementTypes.float16]: 'float32',
  [elementTypes.float64]: 'float64',
  [elementTypes.uint32]: 'int32',
  [elementTypes.bfloat16]: 'float32',
};

/** Our type for one of ONNX; others are a FormatError. */
export function dtypeOf(where: string, element: number | undefined): DType {
  const found = ours[element ?? 0];
  if (found) return found;
  throw new FormatError({ where, expected: 'numbers of a type that there is here', received: `the element type ${element ?? 0}` });
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function brain(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}

const LONGEST = Number.MAX_SAFE_INTEGER;

/** 64 bits are cut to what a place can be: the far ends stand for "to the end". */
function whole(value: bigint): number {
  return Math.max(-LONGEST, Math.min(LONGEST, Number(value)));
}

const elementBytes: Readonly<Record<number, number>> = {
  [elementTypes.float32]: 4,
  [elementTypes.uint8]: 1,
  [elementTypes.int8]: 1,
  [elementTypes.uint16]: 2,
  [elementTypes.int16]: 2,
  [elementTypes.int32]: 4,
  [elementTypes.int64]: 8,
  [elementTypes.bool]: 1,
  [elementTypes.float16]: 2,
  [elementTypes.float64]: 8,
  [elementTypes.uint32]: 4,
  [elementTypes.bfloat16]: 2,
};

function fromBytes(raw: Uint8Array, element: number): ArrayLike<number> {
  const { buffer } = raw.byteOffset % 8 === 0 && raw.buffer instanceof ArrayBuffer ? raw : Uint8Array.from(raw);
  const begin = buffer === raw.buffer ? raw.byteOffset : 0;
  const count = raw.byteLength / elementBytes[element]!;
  if (element === elementTypes.float32) return new Float32Array(buffer, begin, count);
  if (element === elementTypes.float64) return new Float64Array(buffer, begin, count);
  if (element === elementTypes.int32) return new Int32Array(buffer, begin, count);
  if (element === elementTypes.uint32) return new Uint32Array(buffer, begin, count);
  if (element === elementTypes.int8) return new Int8Array(buffer, begin, count);
  if (element === elementTypes.int16) return new Int16Array(buffer, begin, count);
  if (element === elementTypes.uint16) return new Uint16Array(buffer, begin, count);
  if (element === elementTypes.int64)
    return Float64Array.from(new BigInt64Array(buffer, begin, count) as unknown as number[], (one) => whole(one as never));
  if (element === elementTypes.float16) return Float32Array.from(new Uint16Array(buffer, begin, count), half);
  if (element === elementTypes.bfloat16) return Float32Array.from(new Uint16Array(buffer, begin, count), brain);
  return new Uint8Array(buffer, begin, count);
}

/** The bytes of a constant in a file beside the model; the name may not lead out of the model's folder. */
async function outside(where: string, file: string, tensor: TensorMessage): Promise<Uint8Array> {
  const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const folder = path.dirname(path.resolve(file));
  const found = path.resolve(folder, location);
  const refuse = (expected: string, received: string, cause?: unknown): FormatError =>
    new FormatError({ where, expected, received, cause });
  if (location === '' || path.isAbsolute(location) || !found.startsWith(folder + path.sep)) {
    throw refuse("the name of a file in the model's folder", `'${location}'`);
  }
  const handle = await open(found).catch((cause: unknown) => {
    throw refuse(`a file ${location} beside the model`, 'none that can be read', cause);
  });
  try {
    const { size } = await handle.stat();
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? size - offset);
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= size;
    if (!inside) throw refuse(`a place within the ${size} bytes of ${location}`, `${length} bytes at ${offset}`);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) done += (await handle.read(bytes, done, Math.min(2 ** 30, length - done), offset + done)).bytesRead;
    return bytes;
  } finally {
    await handle.close();
  }
}

/** A constant's numbers. */
export async function hostOf(file: string, tensor: TensorMessage): Promise<Host> {
  const where = `${file}, constant '${tensor.name ?? ''}'`;
  const element = tensor.dataType ?? 0;
  const dtype = dtypeOf(where, element);
  const shape = (tensor.dims ?? []).map(Number);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.length > 8 || shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0) || !Number.isSafeInteger(size)) {
    throw new FormatError({ where, expected: 'a shape of at most 8 axes', received: `[${shape.join(', ')}]` });
  }
  const raw = tensor.dataLocation === 1 ? await outside(where, file, tensor) : tensor.rawData;
  let data: ArrayLike<number>;
  if (raw && (raw.byteLength > 0 || size === 0)) {
    if (raw.byteLength !== size * elementBytes[element]!) {
      throw new FormatError({
        where,
        expected: `${size * elementBytes[element]!} bytes for [${shape.join(', ')}]`,
        received: `${raw.byteLength}`,
      });
    }
    data = fromBytes(raw, element);
  } else {
    const lists = [tensor.floatData, tensor.int32Data, tensor.int64Data, tensor.doubleData, tensor.uint64Data];
    const list = lists.find((one) => one && one.length > 0) ?? [];
    const bits = element === elementTypes.float16 ? half : element === elementTypes.bfloat16 ? brain : undefined;
    data = bits ? list.map(bits) : list.map(Number);
    if (data.length !== size) {
      throw new FormatError({ where, expected: `${size} numbers for [${shape.join(', ')}]`, received: `${data.length}` });
    }
  }
  return { data, shape, dtype };
}
