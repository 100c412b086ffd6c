/** How far tensors are from each other. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { multiply, subtract } from './binary.js';
import { reshaped, sumAxes } from './broadcast.js';
import { floatOperands, sameShape, shapeText, type TensorLike } from './common.js';
import { mean } from './reduce.js';
import { log10, sqrt, square } from './unary.js';

/**
 * The distances of all rows of x from all rows of y. Keras 3: `keras.ops.cdist`.
 *
 * @example
 * ops.cdist(tensor([[0, 0]]), tensor([[3, 4], [0, 1]]));   // [[5, 1]]
 */
export function cdist(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = floatOperands('cdist', x, y);
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
    throw new ShapeError({
      where: 'cdist',
      expected: 'two tensors [..., rows, size] of one size',
      received: `${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    });
  }
  const rows = reshaped(a, [...a.shape.slice(0, -1), 1, a.shape.at(-1)!]);
  const columns = reshaped(b, [...b.shape.slice(0, -2), 1, ...b.shape.slice(-2)]);
  const squares = square(subtract(rows, columns));
  return sqrt(sumAxes(squares, [squares.shape.length - 1]));
}

/**
 * The ratio of the greatest possible value to the noise between two signals, in decibels. Keras 3: `keras.ops.psnr`.
 *
 * @example
 * ops.psnr(images, noisy, 255);
 */
export function psnr(x1: TensorLike, x2: TensorLike, maxVal: number): Tensor {
  const [a, b] = floatOperands('psnr', x1, x2);
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError({ where: 'psnr', expected: `${shapeText(a.shape)} twice`, received: shapeText(b.shape) });
  }
  return subtract(20 * Math.log10(maxVal), multiply(log10(mean(square(subtract(a, b)))), 10));
}
