/** The list of weights in model.json: their names, shapes and types, how they were made smaller, and the files that they are in. */
import { FormatError } from '../../errors.js';
import { fromFloat16 } from '../../io/half.js';
import { type ByteSource, readBytes } from '../../io/source.js';
import { isStoredShape, sizeOf, type StoredArray } from '../../io/stored-array.js';
import { type DType, dtypeBytes, type TypedArray, typedArray } from '../../tensor/dtype.js';
import { insideFolder, Shards } from './shards.js';

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** How it lies in the file, where not as `dtype`. */
  readonly quantized?: { readonly kind: 'uint8' | 'uint16'; readonly scale: number; readonly min: number } | { readonly kind: 'float16' };
}

/** Types of tfjs that weights can have, and what they are here. */
const DTYPES: Readonly<Record<string, DType>> = { float32: 'float32', int32: 'int32', uint8: 'uint8', bool: 'bool', float16: 'float32' };

const BYTES = { uint8: 1, uint16: 2, float16: 2 } as const;

function object(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new FormatError({ where, expected: 'an object', received: kindOf(value) });
}

function list(where: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FormatError({ where, expected: 'a list', received: kindOf(value) });
}

function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
}

function quantization(where: string, value: unknown): Spec['quantized'] {
  const { dtype, scale, min } = object(where, value);
  if (dtype === 'float16') return { kind: dtype };
  if (dtype !== 'uint8' && dtype !== 'uint16')
    throw new FormatError({ where: `${where}.dtype`, expected: 'uint8, uint16 or float16', received: kindOf(dtype) });
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw new FormatError({ where, expected: 'numbers as scale and min', received: kindOf(value) });
  return { kind: dtype, scale, min };
}

function spec(where: string, value: unknown): Spec {
  const { name, shape, dtype, quantization: smaller } = object(where, value);
  if (typeof name !== 'string') throw new FormatError({ where: `${where}.name`, expected: 'a text', received: kindOf(name) });
  if (!isStoredShape(shape)) throw new FormatError({ where: `${where}.shape`, expected: 'whole numbers', received: kindOf(shape) });
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) {
    const expected = `one of ${Object.keys(DTYPES).join(', ')}`;
    throw new FormatError({ where: `${where}.dtype`, expected, received: kindOf(dtype) });
  }
  const quantized = smaller !== undefined && smaller !== null ? quantization(`${where}.quantization`, smaller) : undefined;
  return { name, shape, dtype: DTYPES[dtype]!, quantized: quantized ?? (dtype === 'float16' ? { kind: 'float16' } : undefined) };
}

function storedBytes({ shape, dtype, quantized }: Spec): number {
  return sizeOf(shape) * (quantized ? BYTES[quantized.kind] : dtypeBytes[dtype]);
}

async function values(source: ByteSource, position: number, one: Spec): Promise<TypedArray> {
  const { buffer } = await readBytes(source, position, storedBytes(one));
  const { dtype, quantized } = one;
  if (!quantized) return typedArray(dtype, buffer);
  if (quantized.kind === 'float16') return fromFloat16(new Uint16Array(buffer));
  const { scale, min } = quantized;
  const steps = quantized.kind === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const out = typedArray(dtype, steps.length);
  for (let i = 0; i < out.length; i++) out[i] = dtype === 'float32' ? steps[i]! * scale + min : Math.round(steps[i]! * scale + min);
  return out;
}

interface ManifestArray extends StoredArray {
  /** What it takes in its file. */
  readonly bytes: number;
}

/** The weights of a model.json, and what is open for them. */
export interface Weights {
  readonly arrays: readonly ManifestArray[];
  /** What they take in their files, all together. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** Reads the list. All sizes are compared with those of the files before anything of them is read. */
export async function readManifest(file: string, folder: string, manifest: unknown): Promise<Weights> {
  const where = `${file} weightsManifest`;
  const arrays: ManifestArray[] = [];
  const sources: ByteSource[] = [];
  const names = new Set<string>();
  const used = new Set<string>();
  for (const [i, value] of list(where, manifest).entries()) {
    const here = `${where}[${i}]`;
    const group = object(here, value);
    const files = list(`${here}.paths`, group['paths']).map((name) => insideFolder(`${here}.paths`, folder, name));
    const specs = list(`${here}.weights`, group['weights']).map((one, k) => spec(`${here}.weights[${k}]`, one));
    for (const one of files) {
      if (used.has(one)) throw new FormatError({ where: `${here}.paths`, expected: 'each file once', received: `${one} again` });
      used.add(one);
    }
    const source = await Shards.of(here, files);
    sources.push(source);
    let position = 0;
    for (const one of specs) {
      if (names.has(one.name)) throw new FormatError({ where: here, expected: 'each weight once', received: `'${one.name}' again` });
      names.add(one.name);
      const at = position;
      const bytes = storedBytes(one);
      arrays.push({ name: one.name, shape: one.shape, dtype: one.dtype, bytes, read: () => values(source, at, one) });
      position += bytes;
    }
    if (position !== source.size) {
      const hint = 'a file is cut short, or of another model';
      throw new FormatError({ where: here, expected: `${position} bytes of weights in its files`, received: String(source.size), hint });
    }
  }
  const bytes = arrays.reduce((sum, array) => sum + array.bytes, 0);
  return { arrays, bytes, close: async () => void (await Promise.all(sources.map((source) => source.close()))) };
}
