/** A penalty on rows or columns that are not at right angles. */
import { ShapeError } from '../errors.js';
import { abs, divide, matmul, maximum, multiply, sqrt, sum, sumSquares, transpose } from '../ops/index.js';
import { constantArray } from '../ops/common.js';
import { type Config, oneOf, optional, readOptions, real } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { Regularizer, regularizerRegistry } from './regularizer.js';

export interface OrthogonalOptions {
  factor?: number;
  mode?: 'rows' | 'columns';
}

class OrthogonalRegularizer extends Regularizer {
  readonly className = 'OrthogonalRegularizer';
  private readonly factor: number;
  private readonly mode: 'rows' | 'columns';

  constructor(options: OrthogonalOptions = {}) {
    super();
    const read = readOptions('orthogonal', options, {
      factor: optional(real({ low: 0 }), 0.01),
      mode: optional(oneOf('rows', 'columns'), 'rows'),
    });
    this.factor = read.factor;
    this.mode = read.mode;
  }

  call(x: Tensor): Tensor {
    if (x.rank !== 2) {
      throw new ShapeError({
        where: 'orthogonal regularizer',
        expected: 'a matrix',
        received: `[${x.shape.join(', ')}]`,
        hint: 'use it for the kernel of a dense layer',
      });
    }
    const byRows = this.mode === 'rows';
    const size = x.shape[byRows ? 0 : 1]!;
    const length = sqrt(maximum(sumSquares(x, byRows ? 1 : 0, true), 1e-12));
    const unit = divide(x, length);
    const cosines = byRows ? matmul(unit, transpose(unit)) : matmul(transpose(unit), unit);
    // Only pairs of different rows count, each once.
    const others = constantArray(
      Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 0 : 1)),
      [size, size],
      x.dtype,
      x,
    );
    const pairs = (size * (size - 1)) / 2;
    return multiply(sum(abs(multiply(cosines, others))), (0.5 * this.factor) / Math.max(pairs, 1));
  }

  getConfig(): Config {
    return { factor: this.factor, mode: this.mode };
  }
}

/**
 * The mean of |cosine| over all pairs of rows (or columns) of a matrix, times a factor (0.01): it drives them to right angles.
 * Source: Keras 3, keras.regularizers.OrthogonalRegularizer.
 *
 * @example
 * layers.dense(4, { kernelRegularizer: regularizers.orthogonal({ factor: 0.01, mode: 'columns' }) });
 */
export function orthogonal(options?: OrthogonalOptions): Regularizer {
  return new OrthogonalRegularizer(options);
}

regularizerRegistry.add('OrthogonalRegularizer', (config) => new OrthogonalRegularizer(config), 'orthogonal');
