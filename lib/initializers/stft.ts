/** Kernels of a convolution that is a short-time Fourier transform. */
import { ShapeError } from '../errors.js';
import { type Taper, taperOf, taperReader } from '../ops/tapers.js';
import { type Config, flag, oneOf, optional, type Read, type Reader, readOptions } from '../options/index.js';
import { tensor } from '../tensor/create.js';
import { type DType, typedArray } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { Initializer, initializerRegistry } from './initializer.js';

/** How a window is scaled: to a sum of squares of 1, to a sum of 1, or not at all. */
export type StftScaling = 'density' | 'spectrum' | null;

/** Options of `initializers.stft`. */
export interface StftOptions {
  /** Which part of the complex result the kernel makes; 'real'. */
  side?: 'real' | 'imag';
  /** A name as SciPy has it, the window's numbers, or null for none; 'hann'. */
  window?: Taper | null;
  /** Of the window; 'density'. */
  scaling?: StftScaling;
  /** Whether the window repeats after its end; false: it is symmetric. */
  periodic?: boolean;
}

/** `fallback` where the option is absent; null is a value of its own. */
function orNull<T>(reader: Reader<T>, fallback: T): Reader<T | null> {
  return (value, where) => (value === null ? null : value === undefined ? fallback : reader(value, where));
}

export const stftReaders = {
  window: orNull(taperReader(), 'hann'),
  scaling: orNull(oneOf('density', 'spectrum'), 'density'),
  periodic: optional(flag, false),
};

const readers = { side: optional(oneOf('real', 'imag'), 'real'), ...stftReaders };

class STFT extends Initializer {
  readonly className = 'STFT';
  private readonly options: Read<typeof readers>;

  constructor(options?: StftOptions) {
    super();
    this.options = readOptions('stft', options, readers);
  }

  call(shape: readonly number[], dtype: DType): Tensor {
    const [length, channels, bins] = shape;
    if (shape.length !== 3 || channels !== 1) {
      throw new ShapeError({ where: 'stft', expected: '[frameLength, 1, bins] to initialize', received: `[${shape.join(', ')}]` });
    }
    const { side, window, scaling, periodic } = this.options;
    const taper = window === null ? undefined : taperOf(window, length!, periodic, 'stft window');
    const scale = (taper: Float64Array): number => {
      if (scaling === null) return 1;
      return scaling === 'density' ? Math.sqrt(taper.reduce((sum, w) => sum + w * w, 0)) : taper.reduce((sum, w) => sum + Math.abs(w), 0);
    };
    const divisor = taper ? scale(taper) : 1;
    const period = Math.max(2 * (bins! - 1), 1);
    const values = typedArray(dtype, length! * bins!);
    for (let t = 0; t < length!; t++) {
      const factor = taper ? taper[t]! / divisor : 1;
      for (let k = 0; k < bins!; k++) {
        // The angle within one turn: large products would lose digits.
        const angle = (-2 * Math.PI * ((t * k) % period)) / period;
        values[t * bins! + k] = factor * (side === 'real' ? Math.cos(angle) : Math.sin(angle));
      }
    }
    return tensor(values, shape, dtype);
  }

  getConfig(): Config {
    return { ...this.options };
  }
}

/**
 * The real or the imaginary kernel [frameLength, 1, fftLength / 2 + 1] of a convolution that is a short-time Fourier transform, with a window
 * over each frame: what `layers.stftSpectrogram` begins with. Source: Keras 3, keras.initializers.STFT.
 *
 * @example
 * initializers.stft({ side: 'imag', window: 'hamming', scaling: 'spectrum' });
 */
export function stft(options?: StftOptions): Initializer {
  return new STFT(options);
}

initializerRegistry.add('STFT', (config) => new STFT(config), 'stft');
