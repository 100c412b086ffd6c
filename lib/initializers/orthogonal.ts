/** Orthogonal first values: a normal matrix whose columns are made orthonormal, in float64 on the host. */
import { ShapeError } from '../errors.js';
import { type Config, nullable, optional, readOptions, real, seed } from '../options/index.js';
import type { RandomState } from '../random/state.js';
import { tensor } from '../tensor/create.js';
import { type DType, typedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { Initializer, initializerRegistry, randomStream } from './initializer.js';

/** Standard normal numbers on the host, from one seed of the stream (splitmix32, Box-Muller): reading them back from a device would block. */
function hostNormals(random: RandomState, count: number): Float64Array {
  let state = random.nextSeed();
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (((z ^ (z >>> 15)) >>> 0) + 0.5) / 2 ** 32;
  };
  const values = new Float64Array(count + (count % 2));
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Makes vectors orthonormal, each against the ones before it; twice, since once leaves rounding errors. */
export function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, k) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < k; j++) {
        const other = vectors[j]!;
        const part = dot(vector, other);
        for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! - part * other[i]!;
      }
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  });
}

class Orthogonal extends Initializer {
  readonly className = 'Orthogonal';
  private readonly gain: number;
  private readonly seed: number | null;

  constructor(options?: { gain?: number; seed?: number | null }) {
    super();
    const read = readOptions('orthogonal', options, { seed: nullable(seed), gain: optional(real(), 1) });
    this.gain = read.gain;
    this.seed = read.seed;
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    if (shape.length < 2) {
      throw new ShapeError({
        where: 'orthogonal',
        expected: 'at least two axes to initialize',
        received: `[${shape.join(', ')}]`,
        hint: 'use another initializer for vectors',
      });
    }
    const columns = shape.at(-1)!;
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const wide = rows < columns;
    const [count, length] = wide ? [rows, columns] : [columns, rows];
    const normals = hostNormals(randomStream(this.seed), count * length);
    const vectors = Array.from({ length: count }, (_, k) => normals.subarray(k * length, (k + 1) * length));
    orthonormalize(vectors);
    const values = typedArray(dtype, rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        values[row * columns + column] = this.gain * (wide ? vectors[row]![column]! : vectors[column]![row]!);
      }
    }
    return tensor(values, shape, dtype);
  }

  getConfig(): Config {
    return { seed: this.seed, gain: this.gain };
  }
}

/**
 * A matrix with orthonormal columns (or rows, where those are fewer) times `gain` (1); axes before the last count as rows.
 * Source: Keras 3, keras.initializers.Orthogonal.
 *
 * @example
 * layers.dense(64, { kernelInitializer: initializers.orthogonal({ gain: Math.SQRT2 }) });
 */
export function orthogonal(options?: number | { gain?: number; seed?: number | null }): Initializer {
  return new Orthogonal(typeof options === 'number' ? { gain: options } : options);
}

initializerRegistry.add('Orthogonal', (config) => new Orthogonal(config), 'orthogonal');
