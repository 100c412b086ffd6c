/**
 * Fourier transforms as products with matrices of cosines and sines: complex numbers are pairs of tensors, their real and imaginary parts, as
 * in Keras. The cost is that of the products, so they are for frames and images, not for long signals.
 */
import { ArgumentError, ShapeError } from '../errors.js';
import { describe } from '../options/read.js';
import type { Tensor } from '../tensor/tensor.js';
import { add, divide, maximum, multiply, subtract } from './binary.js';
import { reshaped } from './broadcast.js';
import {
  asFloat,
  constantArray,
  type DType,
  filled,
  floatOperands,
  sameShape,
  shapeText,
  sizeOf,
  type TensorLike,
  wholeNumber,
} from './common.js';
import { scatterAdded, taken } from './gather.js';
import { product } from './matmul.js';
import { padded } from './pad.js';
import { part } from './slice.js';
import { type Taper, taperOf, taperReader } from './tapers.js';
import { permuted } from './transpose.js';
import { negative } from './unary.js';

/** Complex numbers: real parts and imaginary parts, of one shape. */
export type Complex = readonly [real: Tensor, imaginary: Tensor];

/** What stands for complex numbers. */
export type ComplexLike = readonly [real: TensorLike, imaginary: TensorLike];

function read(where: string, x: ComplexLike, rank = 1): Complex {
  if (!Array.isArray(x) || x.length !== 2) {
    throw new ArgumentError({ where, expected: 'a pair of real and imaginary parts', received: describe(x), hint: 'for example [re, im]' });
  }
  const [re, im] = [asFloat(where, x[0]), asFloat(where, x[1])];
  if (!sameShape(re.shape, im.shape) || re.dtype !== im.dtype || re.shape.length < rank) {
    throw new ShapeError({
      where,
      expected: `real and imaginary parts of one shape and dtype, with ${rank === 1 ? 'an axis' : 'two axes'} at least`,
      received: `${shapeText(re.shape)} and ${shapeText(im.shape)}`,
    });
  }
  return [re, im];
}

/** Cosines and sines of 2π·row·column / size. */
function waves(size: number, rows: number, columns: number, like: Tensor): Complex {
  const table = (fn: (angle: number) => number): Tensor => {
    const values = new Float64Array(rows * columns);
    // The product is taken modulo the size, so that angles stay small and exact.
    for (let i = 0; i < rows; i++) for (let k = 0; k < columns; k++) values[i * columns + k] = fn((2 * Math.PI * ((i * k) % size)) / size);
    return constantArray(values, [rows, columns], like.dtype, like);
  };
  return [table(Math.cos), table(Math.sin)];
}

function times(x: Tensor, matrix: Tensor): Tensor {
  const flat = reshaped(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  return reshaped(product(flat, matrix), [...x.shape.slice(0, -1), matrix.shape[1]!]);
}

/** The transform along the last axis, with the sign of the exponent. */
function transformed([re, im]: Complex, sign: -1 | 1): Complex {
  const size = re.shape.at(-1)!;
  const [cosines, sines] = waves(size, size, size, re);
  const turned = sign === 1 ? negative(sines) : sines;
  // (re + i·im)(cos - i·sin)
  return [add(times(re, cosines), times(im, turned)), subtract(times(im, cosines), times(re, turned))];
}

function swapLast([re, im]: Complex): Complex {
  const rank = re.shape.length;
  const order = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return [permuted(re, order), permuted(im, order)];
}

/**
 * The discrete Fourier transform along the last axis. Keras 3: `keras.ops.fft`.
 *
 * @example
 * const [re, im] = ops.fft([tensor([1, 0, 0, 0]), tensor([0, 0, 0, 0])]);   // [1, 1, 1, 1] and zeros
 */
export function fft(x: ComplexLike): Complex {
  return transformed(read('fft', x), -1);
}

/**
 * The discrete Fourier transform along the last two axes. Keras 3: `keras.ops.fft2`.
 *
 * @example
 * const [re, im] = ops.fft2([image, ops.zerosLike(image)]);
 */
export function fft2(x: ComplexLike): Complex {
  return swapLast(transformed(swapLast(transformed(read('fft2', x, 2), -1)), -1));
}

/**
 * The inverse of `fft2`. Keras 3: `keras.ops.ifft2`.
 *
 * @example
 * const [re, im] = ops.ifft2(ops.fft2([image, ops.zerosLike(image)]));   // the image and zeros
 */
export function ifft2(x: ComplexLike): Complex {
  const [re, im] = swapLast(transformed(swapLast(transformed(read('ifft2', x, 2), 1)), 1));
  const count = sizeOf(re.shape.slice(-2));
  return [divide(re, count), divide(im, count)];
}

/** The last axis cut, or filled up with zeros. */
function fitted(x: Tensor, length: number): Tensor {
  const last = x.shape.length - 1;
  const size = x.shape[last]!;
  if (length === size) return x;
  if (length < size) return part(x, last, 0, length);
  return padded(
    x,
    x.shape.map((_, i): [number, number] => [0, i === last ? length - size : 0]),
  );
}

/** Options of rfft and irfft. */
export interface RealTransformOptions {
  /** Length of the real signal, which is cut or filled up with zeros; by default that which it has. */
  fftLength?: number | null;
}

/**
 * The Fourier transform of real numbers along the last axis, of which half says all. Keras 3: `keras.ops.rfft`.
 *
 * @example
 * const [re, im] = ops.rfft(tensor([1, 2, 3, 4]));   // [10, -2, -2] and [0, 2, 0]
 */
export function rfft(x: TensorLike, { fftLength = null }: RealTransformOptions = {}): Complex {
  const t = asFloat('rfft', x);
  if (t.shape.length === 0) throw new ShapeError({ where: 'rfft', expected: 'at least one axis', received: '[]' });
  const length = wholeNumber('rfft', 'fftLength', fftLength ?? t.shape.at(-1)!, 1);
  const signal = fitted(t, length);
  const [cosines, sines] = waves(length, length, Math.floor(length / 2) + 1, t);
  return [times(signal, cosines), negative(times(signal, sines))];
}

/**
 * The inverse of `rfft`: real numbers. Keras 3: `keras.ops.irfft`.
 *
 * @example
 * ops.irfft(ops.rfft(tensor([1, 2, 3, 4])));   // [1, 2, 3, 4]
 */
export function irfft(x: ComplexLike, { fftLength = null }: RealTransformOptions = {}): Tensor {
  const given = read('irfft', x);
  const length = wholeNumber('irfft', 'fftLength', fftLength ?? 2 * (given[0].shape.at(-1)! - 1), 1);
  const half = Math.floor(length / 2) + 1;
  const [re, im] = [fitted(given[0], half), fitted(given[1], half)];
  const [cosines, sines] = waves(length, half, length, re);
  // What the other half would say is said by counting all but the first (and, of an even length, the last) twice.
  const counts = Array.from({ length: half }, (_, k) => (k === 0 || 2 * k === length ? 1 : 2) / length);
  const weight = constantArray(counts, [half, 1], re.dtype, re);
  return subtract(times(re, multiply(cosines, weight)), times(im, multiply(sines, weight)));
}

/**
 * Frames of a signal, the last axis: pieces of one length that begin every so many steps. Keras 3: `keras.ops.extract_sequences`.
 *
 * @example
 * ops.extractSequences(tensor([1, 2, 3, 4]), 2, 1);   // [[1, 2], [2, 3], [3, 4]]
 */
export function extractSequences(x: TensorLike, sequenceLength: number, sequenceStride: number): Tensor {
  const where = 'extractSequences';
  const t = asFloat(where, x);
  const length = wholeNumber(where, 'sequenceLength', sequenceLength, 1);
  const stride = wholeNumber(where, 'sequenceStride', sequenceStride, 1);
  const size = t.shape.at(-1);
  if (size === undefined || size < length) {
    throw new ShapeError({ where, expected: `a signal of ${length} steps at least`, received: shapeText(t.shape) });
  }
  return taken(t, frameIndices(t, Math.floor((size - length) / stride) + 1, length, stride), t.shape.length - 1);
}

function frameIndices(like: Tensor, count: number, length: number, stride: number): Tensor {
  const places = Array.from({ length: count * length }, (_, i) => Math.floor(i / length) * stride + (i % length));
  return constantArray(places, [count, length], 'int32', like);
}

/** Options of stft and istft. */
export interface StftOpOptions {
  /** What frames are multiplied with: the name of a window, its numbers, or null. Default 'hann'. */
  window?: Taper | null;
  /** Whether frames are centred on their places: the signal is continued by its reflection. Default true. */
  center?: boolean;
}

/** The window in the middle of a frame. */
function windowOf(where: string, window: Taper | null | undefined, sequence: number, fft: number, dtype: DType, like: Tensor): Tensor {
  if (sequence > fft) {
    throw new ArgumentError({ where, expected: 'fftLength of at least sequenceLength', received: `${fft} and ${sequence}` });
  }
  if (window === null) return filled([fft], 1, dtype, like);
  const taper = taperOf(taperReader()(window ?? 'hann', `${where} window`), sequence, true, where);
  const before = Math.floor((fft - sequence) / 2);
  const whole = new Float64Array(fft);
  whole.set(taper, before);
  return constantArray(whole, [fft], dtype, like);
}

/**
 * The short-time Fourier transform of real signals, the last axis: frames and their frequencies. Keras 3: `keras.ops.stft`.
 *
 * @example
 * const [re, im] = ops.stft(signal, 256, 128, 256);   // [frames, 129] each
 */
export function stft(
  x: TensorLike,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  { window, center = true }: StftOpOptions = {},
): Complex {
  const t = asFloat('stft', x);
  const taper = windowOf('stft', window, sequenceLength, fftLength, t.dtype, t);
  const reach = Math.floor(fftLength / 2);
  const signal = center
    ? padded(
        t,
        t.shape.map((_, i): [number, number] => (i === t.shape.length - 1 ? [reach, reach] : [0, 0])),
        'reflect',
      )
    : t;
  return rfft(multiply(extractSequences(signal, fftLength, sequenceStride), taper));
}

/**
 * The inverse of `stft`: frames added up, divided by what the windows add up to. Keras 3: `keras.ops.istft`.
 *
 * @example
 * const signal = ops.istft(ops.stft(x, 256, 128, 256), 256, 128, 256);
 */
export function istft(
  x: ComplexLike,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  { window, center = true, length = null }: StftOpOptions & { /** Of the result; by default all of it. */ length?: number | null } = {},
): Tensor {
  const [re, im] = read('istft', x, 2);
  const frames = re.shape.at(-2)!;
  const taper = windowOf('istft', window, sequenceLength, fftLength, re.dtype, re);
  const pieces = multiply(irfft([re, im], { fftLength }), taper);
  const total = fftLength + sequenceStride * (frames - 1);
  const at = reshaped(frameIndices(re, frames, fftLength, sequenceStride), [frames * fftLength]);
  const lead = re.shape.slice(0, -2);
  const rows = reshaped(pieces, [sizeOf(lead), frames * fftLength]);
  const sums = scatterAdded(at, rows, [sizeOf(lead), total], 1);
  const squares = multiply(filled([frames, 1], 1, re.dtype, re), multiply(taper, taper));
  const weights = scatterAdded(at, reshaped(squares, [1, frames * fftLength]), [1, total], 1);
  const signal = divide(sums, maximum(weights, 1e-10));
  const start = center ? Math.floor(fftLength / 2) : 0;
  const most = total - start;
  const wanted = length ?? (center ? total - 2 * start : total);
  const cut = part(signal, 1, start, Math.min(wanted, most));
  return reshaped(fitted(cut, wanted), [...lead, wanted]);
}

/** How far the shorter of two vectors may stand out. */
export type CorrelateMode = 'valid' | 'same' | 'full';

/**
 * The sums of products of two vectors, one moved along the other. Keras 3: `keras.ops.correlate`.
 *
 * @example
 * ops.correlate(tensor([1, 2, 3]), tensor([0, 1, 0.5]));   // [3.5]
 */
export function correlate(x1: TensorLike, x2: TensorLike, mode: CorrelateMode | { mode?: CorrelateMode } = 'valid'): Tensor {
  const where = 'correlate';
  const [a, v] = floatOperands(where, x1, x2);
  const how = typeof mode === 'string' ? mode : (mode.mode ?? 'valid');
  if (a.shape.length !== 1 || v.shape.length !== 1 || a.size === 0 || v.size === 0) {
    throw new ShapeError({ where, expected: 'two vectors', received: `${shapeText(a.shape)} and ${shapeText(v.shape)}` });
  }
  if (!['valid', 'same', 'full'].includes(how)) {
    throw new ArgumentError({ where, expected: "mode 'valid', 'same' or 'full'", received: `'${String(how)}'` });
  }
  // The longer one is framed; where they change places the result runs the other way.
  const turned = a.size < v.size;
  const [long, short] = turned ? [v, a] : [a, v];
  const reach = short.size - 1;
  const framed = padded(long, [[reach, reach]]);
  const whole = reshaped(product(extractSequences(framed, short.size, 1), reshaped(short, [short.size, 1])), [long.size + reach]);
  const begin = how === 'full' ? 0 : how === 'valid' ? reach : Math.floor(reach / 2);
  const size = how === 'full' ? whole.size : how === 'valid' ? long.size - reach : long.size;
  const y = part(whole, 0, begin, size);
  return turned
    ? taken(
        y,
        constantArray(
          Array.from({ length: size }, (_, i) => size - 1 - i),
          [size],
          'int32',
          y,
        ),
        0,
      )
    : y;
}
