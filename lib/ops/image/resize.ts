/** Images of another size. Each direction is a product with a matrix of interpolation weights, so the gradient is its transpose. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { reshaped } from '../broadcast.js';
import { asFloat, asTensor, castTo, constantArray, shapeText, type TensorLike } from '../common.js';
import { taken } from '../gather.js';
import { product } from '../matmul.js';
import { padded } from '../pad.js';
import { part } from '../slice.js';
import { type DataFormat, readDataFormat, readPair, toChannelsFirst, toChannelsLast } from '../window.js';

/** How pixels between pixels are made. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5';

function lanczos(radius: number): (x: number) => number {
  return (x) => {
    if (x > radius) return 0;
    if (x <= 1e-3) return 1;
    return (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * Math.PI * x * x);
  };
}

/** Interpolations that weigh neighbours. */
export type SmoothInterpolation = Exclude<Interpolation, 'nearest'>;

/** Weights by distance in pixels, and the distance from which on they are 0. */
export const kernels: Record<SmoothInterpolation, { radius: number; at: (x: number) => number }> = {
  bilinear: { radius: 1, at: (x) => Math.max(0, 1 - x) },
  // Keys' cubic with a = -0.5
  bicubic: {
    radius: 2,
    at: (x) => (x >= 2 ? 0 : x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1),
  },
  lanczos3: { radius: 3, at: lanczos(3) },
  lanczos5: { radius: 5, at: lanczos(5) },
};

/** [to, from]: the weights of the old pixels in each new one, pixel centres at halves; what lies outside is shared among the rest. */
export function weights(from: number, to: number, method: SmoothInterpolation, antialias: boolean): Float64Array {
  const { radius, at } = kernels[method];
  const scale = from / to;
  const spread = antialias ? Math.max(1, scale) : 1;
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - radius * spread - 0.5));
    const end = Math.min(from, Math.ceil(centre + radius * spread + 0.5));
    let total = 0;
    for (let j = begin; j < end; j++) total += matrix[i * from + j] = at(Math.abs(j + 0.5 - centre) / spread);
    for (let j = begin; j < end; j++) matrix[i * from + j]! /= total;
  }
  return matrix;
}

/** Options of resize. */
export interface ResizeOptions {
  /** Default 'bilinear'. */
  interpolation?: Interpolation;
  /** Spreads the interpolation when images become smaller. Default false. */
  antialias?: boolean;
  /** Cuts off what does not fit the new proportions. Default false. */
  cropToAspectRatio?: boolean;
  /** Fills up what is missing for the new proportions. Default false. */
  padToAspectRatio?: boolean;
  /** What to fill up with: one value, which is all that Keras has. */
  fillMode?: 'constant';
  /** The value to fill up with. Default 0. */
  fillValue?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/**
 * Images [batch, height, width, channels] (or one without the batch) in another size, of the same dtype. Keras 3: `keras.ops.image.resize`.
 *
 * @example
 * ops.image.resize(images, [224, 224], { interpolation: 'bicubic', antialias: true });
 */
export function resize(images: TensorLike, size: number | readonly [number, number], options: ResizeOptions = {}): Tensor {
  const { interpolation = 'bilinear', antialias = false, cropToAspectRatio = false, padToAspectRatio = false, fillValue = 0 } = options;
  const [height, width] = readPair('resize', 'size', size, 1);
  if (interpolation !== 'nearest' && !Object.hasOwn(kernels, interpolation)) {
    throw new ArgumentError({
      where: 'resize',
      expected: "interpolation 'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5'",
      received: `'${String(interpolation)}'`,
    });
  }
  if (cropToAspectRatio && padToAspectRatio) {
    throw new ArgumentError({ where: 'resize', expected: 'cropToAspectRatio or padToAspectRatio', received: 'both' });
  }
  const given = asTensor('resize', images);
  if (given.shape.length < 3 || given.shape.length > 4) {
    throw new ShapeError({ where: 'resize', expected: 'one image or a batch of them', received: shapeText(given.shape) });
  }
  const format = readDataFormat('resize', options.dataFormat);
  const batch = given.shape.length === 3 ? reshaped(given, [1, ...given.shape]) : given;
  let x = toChannelsLast(batch, format);
  if (x.size === 0) throw new ShapeError({ where: 'resize', expected: 'images with pixels', received: shapeText(given.shape) });
  if (cropToAspectRatio) x = cropped(x, height, width);
  if (padToAspectRatio) x = filledUp(x, height, width, fillValue);
  let y = interpolation === 'nearest' ? nearest(x, height, width) : interpolated(x, height, width, interpolation, antialias);
  y = toChannelsFirst(castTo(y, given.dtype), format);
  return given.shape.length === 3 ? reshaped(y, y.shape.slice(1)) : y;
}

function cropped(x: Tensor, height: number, width: number): Tensor {
  const [, h, w] = x.shape as readonly [number, number, number, number];
  const rows = Math.max(1, Math.min(h, Math.trunc((w * height) / width)));
  const columns = Math.max(1, Math.min(w, Math.trunc((h * width) / height)));
  return part(part(x, 1, Math.trunc((h - rows) / 2), rows), 2, Math.trunc((w - columns) / 2), columns);
}

function filledUp(x: Tensor, height: number, width: number, value: number): Tensor {
  const [, h, w] = x.shape as readonly [number, number, number, number];
  const rows = Math.max(h, Math.trunc((w * height) / width)) - h;
  const columns = Math.max(w, Math.trunc((h * width) / height)) - w;
  const [top, left] = [Math.trunc(rows / 2), Math.trunc(columns / 2)];
  return padded(
    x,
    [
      [0, 0],
      [top, rows - top],
      [left, columns - left],
      [0, 0],
    ],
    'constant',
    value,
  );
}

function nearest(x: Tensor, height: number, width: number): Tensor {
  const places = (from: number, to: number) => {
    const at = Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / to)));
    return constantArray(at, [to], 'int32', x);
  };
  return taken(taken(x, places(x.shape[1]!, height), 1), places(x.shape[2]!, width), 2);
}

function interpolated(images: Tensor, height: number, width: number, method: SmoothInterpolation, antialias: boolean): Tensor {
  const x = asFloat('resize', images);
  const [n, h, w, c] = x.shape as readonly [number, number, number, number];
  let y = x;
  if (h !== height || method !== 'bilinear') {
    const matrix = constantArray(weights(h, height, method, antialias), [height, h], x.dtype, x);
    y = product(matrix, reshaped(y, [n, h, w * c]));
  }
  if (w !== width || method !== 'bilinear') {
    const matrix = constantArray(weights(w, width, method, antialias), [width, w], x.dtype, x);
    y = product(matrix, reshaped(y, [n * height, w, c]));
  }
  return reshaped(y, [n, height, width, c]);
}
