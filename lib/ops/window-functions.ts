/** Windows for signals as tensors, by NumPy's names. */
import type { Tensor } from '../tensor/tensor.js';
import { constantArray, wholeNumber } from './common.js';
import { type TaperName, taperOf } from './tapers.js';

function window(name: string, taper: TaperName, length: number): Tensor {
  const size = wholeNumber(name, 'the length', length);
  return constantArray(taperOf(taper, size, false, name), [size], 'float32');
}

/**
 * A triangle that begins and ends with 0. Keras 3: `keras.ops.bartlett`.
 *
 * @example
 * ops.bartlett(5);   // [0, 0.5, 1, 0.5, 0]
 */
export function bartlett(x: number): Tensor {
  return window('bartlett', 'bartlett', x);
}

/**
 * Blackman's window. Keras 3: `keras.ops.blackman`.
 *
 * @example
 * ops.blackman(5);   // [0, 0.34, 1, 0.34, 0]
 */
export function blackman(x: number): Tensor {
  return window('blackman', 'blackman', x);
}

/**
 * Hamming's window. Keras 3: `keras.ops.hamming`.
 *
 * @example
 * ops.hamming(5);   // [0.08, 0.54, 1, 0.54, 0.08]
 */
export function hamming(x: number): Tensor {
  return window('hamming', 'hamming', x);
}

/**
 * Hann's window. Keras 3: `keras.ops.hanning`.
 *
 * @example
 * ops.hanning(5);   // [0, 0.5, 1, 0.5, 0]
 */
export function hanning(x: number): Tensor {
  return window('hanning', 'hann', x);
}

/** The Bessel function of order 0 by its series, whose terms are all positive. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) sum += term *= (x / 2 / k) ** 2;
  return sum;
}

/**
 * Kaiser's window; the greater beta, the narrower. Keras 3: `keras.ops.kaiser`.
 *
 * @example
 * ops.kaiser(5, 14);
 */
export function kaiser(x: number, beta: number): Tensor {
  const size = wholeNumber('kaiser', 'the length', x);
  const values = Array.from({ length: size }, (_, n) =>
    size === 1 ? 1 : bessel(beta * Math.sqrt(Math.max(0, 1 - ((2 * n) / (size - 1) - 1) ** 2))) / bessel(beta),
  );
  return constantArray(values, [size], 'float32');
}
