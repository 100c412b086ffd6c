/** The format of golden cases: arrays, names, tolerances; see the README of the cases. */
import type { DType } from '../../lib/index.js';
import { tensor, type Tensor } from '../../lib/index.js';
import { camelCase } from '../../lib/layers/names.js';
import { type Config, type ConfigValue } from '../../lib/options/index.js';
import { firstFar, type Tolerance } from '../support/close.js';

export interface GoldenArray {
  shape: number[];
  dtype: string;
  data: (number | string)[];
}

export interface GoldenCase {
  kind: string;
  name: string;
  computed_in: 'float32' | 'float64';
  tolerance?: Partial<Record<Precision, Partial<Tolerance>>>;
  [field: string]: unknown;
}

/** Thrown for a class, function or option that does not exist here (yet). */
export class NotImplemented extends Error {}

/** The floating type that a case is run in. */
export type Precision = 'float32' | 'float64';

export function isArray(value: unknown): value is GoldenArray {
  return typeof value === 'object' && value !== null && 'shape' in value && 'data' in value && 'dtype' in value;
}

export function numbersOf(array: GoldenArray): number[] {
  return array.data.map(Number);
}

/** A tensor of the case's array; floats in the precision of the run. */
export function tensorOf(array: GoldenArray, precision: Precision): Tensor {
  const known = ['float32', 'float64', 'int32', 'uint8', 'bool'];
  const dtype = array.dtype.startsWith('float') ? precision : array.dtype === 'int64' ? 'int32' : array.dtype;
  if (!known.includes(dtype)) throw new NotImplemented(`dtype ${array.dtype}`);
  return tensor(numbersOf(array), array.shape, dtype as DType);
}

const defaults: Record<Precision, Tolerance> = { float32: { rtol: 1e-4, atol: 1e-5 }, float64: { rtol: 1e-7, atol: 2e-8 } };
const kinds: Record<string, Partial<Record<Precision, Tolerance>>> = {
  model: { float32: { rtol: 1e-3, atol: 1e-4 }, float64: { rtol: 1e-6, atol: 1e-7 } },
  augmentation: { float32: { rtol: 1e-4, atol: 1e-4 } },
};

/**
 * Whether TensorFlow's answer is not what Keras' own formula says, while Keras on JAX and PyTorch answers as this library does: of such a case
 * the losses of the first steps are compared, roughly, and not what comes of them.
 * lstm-classifier: an index that appears twice in a batch. TensorFlow adds the squares of the two gradients to Adam's velocity of an embedding;
 * the formula, and the other backends, have the square of their sum.
 */
export function isOfTensorFlowAlone(golden: GoldenCase): boolean {
  return golden.kind === 'model' && golden.name === 'lstm-classifier';
}

export function toleranceOf(golden: GoldenCase, precision: Precision): Tolerance {
  if (isOfTensorFlowAlone(golden)) return { rtol: 5e-3, atol: 5e-3 };
  // Values that Keras computed in float32 are no oracle for more.
  const held = golden.computed_in === 'float32' ? 'float32' : precision;
  return { ...defaults[held], ...kinds[golden.kind]?.[held], ...golden.tolerance?.[held] };
}

/** Compares a tensor with the case's array. */
export function same(what: string, got: Tensor, want: GoldenArray, tolerance: Tolerance): void {
  if (got.shape.length !== want.shape.length || got.shape.some((dim, i) => dim !== want.shape[i])) {
    throw new Error(`${what}: expected shape [${want.shape.join(', ')}], got [${got.shape.join(', ')}]`);
  }
  const floats = want.dtype.startsWith('float');
  const values = got.dataSync();
  sameNumbers(what, values, numbersOf(want), floats ? tolerance : { rtol: 0, atol: 0 }, got.dtype === 'float32');
}

/** The same for plain numbers. A float32 result may be infinite where the wanted value is beyond float32. */
export function sameNumbers(what: string, got: ArrayLike<number>, want: readonly number[], tolerance: Tolerance, float32 = false): void {
  const limit = 3.4028235e38;
  const wanted = float32 ? want.map((w, i) => (Math.abs(w) > limit && !Number.isFinite(got[i]!) ? Math.sign(w) * Infinity : w)) : want;
  const far = got.length === wanted.length ? firstFar(got, wanted, tolerance) : got.length;
  if (got.length !== wanted.length) throw new Error(`${what}: expected ${wanted.length} values, got ${got.length}`);
  if (far >= 0) throw new Error(`${what}[${far}]: expected ${wanted[far]}, got ${got[far]}`);
}

/** Options of Keras' that say nothing beyond what holds here anyway. */
const silent: Record<string, unknown[]> = {
  quantization_config: [null],
  lora_rank: [null],
  lora_alpha: [null],
  synchronized: [false],
};

const words =
  /^(activation|recurrent_activation|data_format|mode|padding_mode|distribution|reduction|interpolation|fill_mode|output_mode|class_aggregation|score_mode|merge_mode)$|_(initializer|regularizer|constraint)$/;

/** Options under our names; objects of classes become { className, config }. */
export function optionsOf(config: Record<string, unknown>): Config {
  const out: Record<string, ConfigValue> = {};
  for (const [key, value] of Object.entries(config)) {
    if (key in silent && silent[key]!.includes(value)) continue;
    const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    out[name] = optionValue(key, value);
  }
  return out;
}

function optionValue(key: string, value: unknown): ConfigValue {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string') return words.test(key) ? camelCase(value) : value;
  if (Array.isArray(value)) return value.map((part) => optionValue(key, part));
  if (typeof value !== 'object' || value === null) return value as ConfigValue;
  const object = value as Record<string, unknown>;
  if (typeof object['class_name'] === 'string') {
    return { className: object['class_name'], config: optionsOf((object['config'] ?? {}) as Record<string, unknown>) };
  }
  return optionsOf(object);
}
