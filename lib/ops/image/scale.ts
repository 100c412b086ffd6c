/** Images scaled and moved along any axes. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { asFloat, constantArray, normalizeAxis, shapeText, sizeOf, type TensorLike } from '../common.js';
import { reshaped } from '../broadcast.js';
import { product } from '../matmul.js';
import { kernels, type SmoothInterpolation } from './resize.js';

const methods = {
  linear: 'bilinear',
  bilinear: 'bilinear',
  trilinear: 'bilinear',
  cubic: 'bicubic',
  bicubic: 'bicubic',
  tricubic: 'bicubic',
  lanczos3: 'lanczos3',
  lanczos5: 'lanczos5',
} as const satisfies Record<string, SmoothInterpolation>;

/** How pixels between pixels are made, whatever the number of axes. */
export type ScaleMethod = keyof typeof methods;

/** [to, from]: the weights of the old pixels in each new one; a pixel that comes from outside is 0. */
function weightsOf(
  from: number,
  to: number,
  scale: number,
  translation: number,
  method: SmoothInterpolation,
  antialias: boolean,
): Float64Array {
  const { at } = kernels[method];
  const spread = antialias ? Math.max(1, 1 / scale) : 1;
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5 - translation) / scale - 0.5;
    if (centre < -0.5 || centre > from - 0.5) continue;
    let total = 0;
    for (let j = 0; j < from; j++) total += matrix[i * from + j] = at(Math.abs(centre - j) / spread);
    for (let j = 0; j < from; j++) matrix[i * from + j] = Math.abs(total) > 1000 * 2 ** -23 ? matrix[i * from + j]! / total : 0;
  }
  return matrix;
}

/** A product with a matrix along one axis. */
function along(x: Tensor, axis: number, matrix: Float64Array, to: number): Tensor {
  const [before, size, after] = [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
  const y = product(constantArray(matrix, [to, size], x.dtype, x), reshaped(x, [before, size, after]));
  return reshaped(y, [...x.shape.slice(0, axis), to, ...x.shape.slice(axis + 1)]);
}

/**
 * Images of another shape: along each of the axes `spatialDims` scaled by a factor, then moved by a number of new pixels. Keras 3:
 * `keras.ops.image.scale_and_translate`.
 *
 * @example
 * ops.image.scaleAndTranslate(images, [8, 64, 64, 3], [2, 2], [0.5, 0], [1, 2], 'linear');
 */
export function scaleAndTranslate(
  images: TensorLike,
  outputShape: readonly number[],
  scale: readonly number[],
  translation: readonly number[],
  spatialDims: readonly number[],
  method: ScaleMethod,
  { antialias = true }: { /** Spreads the interpolation where images become smaller. Default true. */ antialias?: boolean } = {},
): Tensor {
  const where = 'scaleAndTranslate';
  const x = asFloat(where, images);
  if (!Object.hasOwn(methods, method)) {
    throw new ArgumentError({ where, expected: `method ${Object.keys(methods).join(', ')}`, received: `'${String(method)}'` });
  }
  const axes = spatialDims.map((axis) => normalizeAxis(where, axis, x.shape.length));
  const others = x.shape.every((dim, i) => axes.includes(i) || dim === outputShape[i]);
  if (outputShape.length !== x.shape.length || !others || scale.length !== axes.length || translation.length !== axes.length) {
    throw new ShapeError({
      where,
      expected: `a shape that differs from ${shapeText(x.shape)} in axes ${shapeText(axes)} only, and two numbers for each of them`,
      received: `${shapeText(outputShape)}, ${scale.length} and ${translation.length} numbers`,
    });
  }
  return axes.reduce((y, axis, i) => {
    const matrix = weightsOf(x.shape[axis]!, outputShape[axis]!, scale[i]!, translation[i]!, methods[method], antialias);
    return along(y, axis, matrix, outputShape[axis]!);
  }, x);
}
