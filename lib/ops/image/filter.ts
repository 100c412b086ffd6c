/** Images filtered. Each direction is a product with a band matrix, so that the gradient is its transpose. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { add, divide, multiply, subtract } from '../binary.js';
import { reshaped } from '../broadcast.js';
import { asFloat, castTo, constantArray, floatOperands, sameShape, shapeText, type TensorLike, wholeNumber } from '../common.js';
import { stack } from '../join.js';
import { product } from '../matmul.js';
import { mean } from '../reduce.js';
import { square } from '../unary.js';
import { type DataFormat, type Pair, readDataFormat, readPair, toChannelsFirst, toChannelsLast } from '../window.js';

/** [to, from]: what each new row takes of the old ones; taps lie side by side and begin `before` rows above. */
function band(from: number, to: number, taps: readonly number[], before: number): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    taps.forEach((tap, k) => {
      const at = i - before + k;
      if (at >= 0 && at < from) matrix[i * from + at] = tap;
    });
  }
  return matrix;
}

/** Rows and columns of [n, h, w, c] filtered; with 'same' what lies beyond the border is 0. */
function filtered(x: Tensor, rows: readonly number[], columns: readonly number[], padding: 'same' | 'valid'): Tensor {
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  const size = (length: number, taps: readonly number[]): number => (padding === 'same' ? length : length - taps.length + 1);
  const before = (taps: readonly number[]): number => (padding === 'same' ? Math.floor((taps.length - 1) / 2) : 0);
  const [height, width] = [size(h, rows), size(w, columns)];
  const down = constantArray(band(h, height, rows, before(rows)), [height, h], x.dtype, x);
  const across = constantArray(band(w, width, columns, before(columns)), [width, w], x.dtype, x);
  const y = product(down, reshaped(x, [n, h, w * c]));
  return reshaped(product(across, reshaped(y, [n * height, w, c])), [n, height, width, c]);
}

function bell(size: number, sigma: number): number[] {
  const values = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - (size - 1) / 2) / sigma) ** 2));
  const total = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / total);
}

/** A batch of images as [n, h, w, c], and the way back to what was given. */
function batchOf(where: string, images: TensorLike, dataFormat: DataFormat | null | undefined): { x: Tensor; back: (y: Tensor) => Tensor } {
  const given = asFloat(where, images);
  const format = readDataFormat(where, dataFormat);
  if (given.shape.length < 3 || given.shape.length > 4) {
    throw new ShapeError({ where, expected: 'one image or a batch of them', received: shapeText(given.shape) });
  }
  const single = given.shape.length === 3;
  const back = (y: Tensor): Tensor => {
    const turned = toChannelsFirst(y, format);
    return single ? reshaped(turned, turned.shape.slice(1)) : turned;
  };
  return { x: toChannelsLast(single ? reshaped(given, [1, ...given.shape]) : given, format), back };
}

/** Options of gaussianBlur. */
export interface GaussianBlurOptions {
  /** Default 3. */
  kernelSize?: Pair;
  /** Default 1. */
  sigma?: Pair;
  dataFormat?: DataFormat | null;
}

/**
 * Images blurred with a bell, beyond the border 0. Of two numbers the first is that of the width, as in Keras. Keras 3:
 * `keras.ops.image.gaussian_blur`.
 *
 * @example
 * ops.image.gaussianBlur(images, { kernelSize: 5, sigma: 1.5 });
 */
export function gaussianBlur(images: TensorLike, { kernelSize, sigma = 1, dataFormat }: GaussianBlurOptions = {}): Tensor {
  const size = readPair('gaussianBlur', 'kernelSize', kernelSize, 3);
  const [wide, high] = typeof sigma === 'number' ? [sigma, sigma] : sigma;
  if (!(wide > 0 && high > 0)) {
    throw new ArgumentError({ where: 'gaussianBlur', expected: 'sigma above 0', received: JSON.stringify(sigma) });
  }
  const { x, back } = batchOf('gaussianBlur', images, dataFormat);
  return back(filtered(x, bell(size[1], high), bell(size[0], wide), 'same'));
}

/**
 * How images change from row to row and from column to column, by Sobel's filters, along a new last axis [dy, dx]. Keras 3:
 * `keras.ops.image.sobel_edges`.
 *
 * @example
 * ops.image.sobelEdges(images);   // [batch, height, width, channels, 2]
 */
export function sobelEdges(images: TensorLike, { dataFormat }: { dataFormat?: DataFormat | null } = {}): Tensor {
  const { x, back } = batchOf('sobelEdges', images, dataFormat);
  const [slope, smooth] = [
    [-1, 0, 1],
    [1, 2, 1],
  ] as const;
  const both = [filtered(x, slope, smooth, 'same'), filtered(x, smooth, slope, 'same')];
  return stack(both.map(back), -1);
}

/** Options of ssim. */
export interface SsimOptions {
  /** The greatest value of a pixel. Default 1. */
  maxVal?: number;
  /** Size of the bell that pixels are weighted with. Default 11. */
  filterSize?: number;
  /** Its width. Default 1.5. */
  filterSigma?: number;
  k1?: number;
  k2?: number;
  dataFormat?: DataFormat | null;
}

/**
 * How alike images are in structure, 1 for equal ones: one number for each image of a batch. Keras 3: `keras.ops.image.ssim`; Wang et al. 2004.
 *
 * @example
 * ops.image.ssim(images, blurred, { maxVal: 255 });
 */
export function ssim(image1: TensorLike, image2: TensorLike, options: SsimOptions = {}): Tensor {
  const { maxVal = 1, filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03, dataFormat } = options;
  const [one, two] = floatOperands('ssim', image1, image2);
  const [{ x }, { x: y }] = [batchOf('ssim', one, dataFormat), batchOf('ssim', two, dataFormat)];
  const size = wholeNumber('ssim', 'filterSize', filterSize, 1);
  if (!sameShape(x.shape, y.shape) || x.shape[1]! < size || x.shape[2]! < size) {
    throw new ShapeError({
      where: 'ssim',
      expected: `images of one shape, of ${size} rows and columns at least`,
      received: `${shapeText(one.shape)} and ${shapeText(two.shape)}`,
    });
  }
  const taps = bell(size, filterSigma);
  const local = (image: Tensor): Tensor => filtered(image, taps, taps, 'valid');
  const [c1, c2] = [(k1 * maxVal) ** 2, (k2 * maxVal) ** 2];
  const [meanX, meanY] = [local(x), local(y)];
  const [squareX, squareY, both] = [square(meanX), square(meanY), multiply(meanX, meanY)];
  const [varianceX, varianceY] = [subtract(local(square(x)), squareX), subtract(local(square(y)), squareY)];
  const covariance = subtract(local(multiply(x, y)), both);
  const alike = multiply(add(multiply(both, 2), c1), add(multiply(covariance, 2), c2));
  const whole = multiply(add(add(squareX, squareY), c1), add(add(varianceX, varianceY), c2));
  const result = castTo(mean(divide(alike, whole), [1, 2, 3]), one.dtype);
  return one.shape.length === 3 ? reshaped(result, []) : result;
}
