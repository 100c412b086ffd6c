/** Models exported to ONNX beside onnxruntime, and inputs for them. */
import * as ort from 'onnxruntime-node';
import { type Model, tensor, type Tensor } from '../../lib/index.js';
import type { DType } from '../../lib/tensor/dtype.js';
import { randoms } from './gradcheck.js';

/** An input: its shape with the batch, and for whole numbers their upper end. */
export interface Given {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly below?: number;
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };

export interface HostTensor {
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export function randomInput({ shape, dtype = 'float32', below = 2 }: Given, seed: number): HostTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const whole = dtype !== 'float32' && dtype !== 'float64';
  const values = randoms(size, seed, whole ? 0 : -1.5, whole ? below : 1.5);
  const wanted = values.map((value) => (whole ? Math.min(below - 1, Math.floor(value)) : value));
  return { data: arrays[dtype].from(wanted), shape, dtype };
}

/** Random weights, so that nothing is an accident of zeros and ones; variances stay above nothing. */
export function shuffleWeights(model: Model, seed: number): void {
  model.setWeights(
    model.weights.map((weight, i) => {
      const values = randoms(weight.size, seed + i, -0.6, 0.6);
      return Float32Array.from(values, (value) => (/variance/.test(weight.name) ? 0.5 + Math.abs(value) : value));
    }),
  );
}

/** What the model itself says. */
export function ours(model: Model, inputs: readonly HostTensor[]): Tensor[] {
  const given = inputs.map(({ data, shape, dtype }) => tensor(data, shape, dtype));
  const result = model.call(given.length === 1 ? given[0]! : given, { training: false }) as Tensor | Tensor[];
  return [result].flat();
}

/** What onnxruntime says, in the order of the outputs. */
export async function theirs(file: string, inputs: readonly HostTensor[]): Promise<{ data: ArrayLike<number>; dims: readonly number[] }[]> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    const feeds = session.inputNames.map((name, i) => {
      const { data, shape, dtype } = inputs[i]!;
      return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => {
      const { data, dims } = results[name]!;
      return { data: data as Float32Array, dims };
    });
  } finally {
    await session.release();
  }
}

/** The largest difference, of the largest wanted number (1 where that is smaller). */
export function distance(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let [far, scale] = [got.length === want.length ? 0 : Infinity, 1];
  for (let i = 0; i < want.length; i++) {
    scale = Math.max(scale, Math.abs(want[i]!));
    const difference = Math.abs(Number(got[i]) - want[i]!);
    far = Math.max(far, Number.isNaN(difference) ? Infinity : difference);
  }
  return far / scale;
}
