/** Images seen from another side, and images that are pulled about. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { add, divide, maximum, multiply, subtract } from '../binary.js';
import { reshaped } from '../broadcast.js';
import { asFloat, castTo, filled, sameShape, shapeText, type TensorLike } from '../common.js';
import { lessEqual, where } from '../compare.js';
import { onDeviceOf } from '../define.js';
import { joined } from '../join.js';
import { arange } from '../make.js';
import { matmul } from '../matmul.js';
import { normal } from '../random.js';
import type { Seed } from '../random-source.js';
import { sumAxes } from '../broadcast.js';
import { part } from '../slice.js';
import { abs, exp, floor, square } from '../unary.js';
import type { DataFormat } from '../window.js';
import { affineTransform, asImages, checkPixels, type FillMode, type PixelOptions, pixelsAt } from './sample.js';

/** Options of perspectiveTransform. */
export interface PerspectiveTransformOptions {
  /** Default 'bilinear'. */
  interpolation?: 'nearest' | 'bilinear';
  /** What lies beyond the border. Default 0. */
  fillValue?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/** The nine numbers of a projection, row by row, each [batch, 1]. */
type Matrix = readonly Tensor[];

const difference = (a: Tensor, b: Tensor, c: Tensor, d: Tensor): Tensor => subtract(multiply(a, b), multiply(c, d));

/** The projection that takes the corners (0, 0), (1, 0), (0, 1), (1, 1) to four points, but for a factor (Heckbert, 1989). */
function fromSquare(points: Tensor): Matrix {
  const corner = (i: number): [Tensor, Tensor] => {
    const both = reshaped(part(points, 1, i, 1), [points.shape[0]!, 2]);
    return [part(both, 1, 0, 1), part(both, 1, 1, 1)];
  };
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = [corner(0), corner(1), corner(2), corner(3)];
  const [right, below] = [[subtract(x1, x3), subtract(y1, y3)] as const, [subtract(x2, x3), subtract(y2, y3)] as const];
  const skew = [subtract(subtract(x0, x1), subtract(x2, x3)), subtract(subtract(y0, y1), subtract(y2, y3))] as const;
  const k = difference(right[0], below[1], below[0], right[1]);
  const g = difference(skew[0], below[1], below[0], skew[1]);
  const h = difference(right[0], skew[1], skew[0], right[1]);
  const row = (p0: Tensor, p1: Tensor, p2: Tensor): Tensor[] => [
    add(multiply(subtract(p1, p0), k), multiply(g, p1)),
    add(multiply(subtract(p2, p0), k), multiply(h, p2)),
    multiply(p0, k),
  ];
  return [...row(x0, x1, x2), ...row(y0, y1, y2), g, h, k];
}

/** The inverse, but for a factor. */
function adjugate(m: Matrix): Matrix {
  const minor = (a: number, b: number, c: number, d: number): Tensor => difference(m[a]!, m[b]!, m[c]!, m[d]!);
  return [
    minor(4, 8, 5, 7),
    minor(2, 7, 1, 8),
    minor(1, 5, 2, 4),
    minor(5, 6, 3, 8),
    minor(0, 8, 2, 6),
    minor(2, 3, 0, 5),
    minor(3, 7, 4, 6),
    minor(1, 6, 0, 7),
    minor(0, 4, 1, 3),
  ];
}

/** The eight numbers of `affineTransform` that take end points [batch, 4, 2] to start points. */
function homography(start: Tensor, end: Tensor): Tensor {
  const [a, b] = [fromSquare(start), adjugate(fromSquare(end))];
  const product = Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    const terms = [0, 1, 2].map((k) => multiply(a[row + k]!, b[3 * k + column]!));
    return add(add(terms[0]!, terms[1]!), terms[2]!);
  });
  return divide(joined(product.slice(0, 8), 1), product[8]!);
}

function readPoints(name: string, value: TensorLike, like: Tensor): Tensor {
  const given = asFloat('perspectiveTransform', value, like);
  const batched = given.shape.length === 2 ? reshaped(given, [1, ...given.shape]) : given;
  const n = like.shape[0]!;
  if (sameShape(batched.shape, [1, 4, 2]) || sameShape(batched.shape, [n, 4, 2])) return castTo(batched, 'float64');
  throw new ShapeError({
    where: 'perspectiveTransform',
    expected: `${name} [${n}, 4, 2] or [4, 2]`,
    received: shapeText(given.shape),
  });
}

/**
 * Images of which four points, [x, y] each, move from `startPoints` to `endPoints`, and all others as in a photograph from another side. Points
 * are [batch, 4, 2], or [4, 2] for all. Keras 3: `keras.ops.image.perspective_transform`.
 *
 * @example
 * const corners = [[0, 0], [31, 0], [0, 31], [31, 31]];
 * ops.image.perspectiveTransform(images, corners, [[4, 2], [27, 0], [0, 31], [31, 28]]);
 */
export function perspectiveTransform(
  images: TensorLike,
  startPoints: TensorLike,
  endPoints: TensorLike,
  options: PerspectiveTransformOptions = {},
): Tensor {
  const { interpolation = 'bilinear', fillValue = 0, dataFormat } = options;
  const pixels = { interpolation, fillMode: 'constant', fillValue } as const;
  checkPixels('perspectiveTransform', pixels);
  const { x } = asImages('perspectiveTransform', images, dataFormat);
  // Products of four coordinates: too long for float32.
  const transform = homography(readPoints('startPoints', startPoints, x), readPoints('endPoints', endPoints, x));
  return affineTransform(images, castTo(transform, x.dtype), { ...pixels, dataFormat: dataFormat ?? null });
}

/** Options of elasticTransform. */
export interface ElasticTransformOptions {
  /** How far pixels move. Default 20. */
  alpha?: number;
  /** How far those around a pixel move with it, in pixels. Default 5. */
  sigma?: number;
  /** Default 'bilinear'. */
  interpolation?: 'nearest' | 'bilinear';
  /** Default 'reflect'. */
  fillMode?: FillMode;
  /** Default 0. */
  fillValue?: number;
  seed?: Seed;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

/** Gaussian weights, cut off at three deviations as a kernel of 6 sigma pixels is, for distances of any shape. */
function bell(distance: Tensor, sigma: Tensor): Tensor {
  const reach = floor(multiply(floor(multiply(sigma, 6)), 0.5));
  return where(lessEqual(distance, reach), exp(multiply(square(divide(distance, maximum(sigma, 1e-6))), -0.5)), 0);
}

/**
 * @internal Images [batch, h, w, channels] moved by noise that is blurred by `sigma` and multiplied by `alpha`, [batch, 1, 1] both; no kernel
 * reaches further than `most`.
 */
export function elastic(x: Tensor, alpha: Tensor, sigma: Tensor, most: number, seed: Seed, pixels: PixelOptions): Tensor {
  const [n, h, w] = x.shape as readonly [number, number, number];
  return onDeviceOf(x, () => {
    const along = arange(-most, most + 1, 1, x.dtype);
    const whole = sumAxes(bell(abs(reshaped(along, [1, 1, 2 * most + 1])), sigma), [2], true);
    // Blurring along an axis is a product with a matrix, whatever the kernel of each image. Beyond the border is 0.
    const blur = (size: number): Tensor => {
      const places = arange(0, size, 1, x.dtype);
      const distance = abs(subtract(reshaped(places, [1, size, 1]), reshaped(places, [1, 1, size])));
      return divide(bell(distance, sigma), whole);
    };
    const rows = matmul(blur(h), normal([n, h, 2 * w], { dtype: x.dtype, seed }));
    const across = blur(w);
    const moved = (i: number): Tensor => multiply(matmul(part(rows, 2, i * w, w), across), multiply(alpha, sigma));
    const place = (size: number, shape: readonly number[]): Tensor => reshaped(arange(0, size, 1, x.dtype), shape);
    return pixelsAt(x, add(place(h, [1, h, 1]), moved(0)), add(place(w, [1, 1, w]), moved(1)), pixels);
  });
}

/**
 * Images pulled about like a rubber sheet: each pixel shows what lies a little aside, by random amounts that change smoothly. Keras 3:
 * `keras.ops.image.elastic_transform`.
 *
 * @example
 * ops.image.elasticTransform(digits, { alpha: 8, sigma: 3, seed: 1 });
 */
export function elasticTransform(images: TensorLike, options: ElasticTransformOptions = {}): Tensor {
  const name = 'elasticTransform';
  const { alpha = 20, sigma = 5, interpolation = 'bilinear', fillMode = 'reflect', fillValue = 0, seed, dataFormat } = options;
  const pixels = { interpolation, fillMode, fillValue };
  checkPixels(name, pixels);
  if (!Number.isFinite(alpha) || !Number.isFinite(sigma) || sigma < 0) {
    throw new ArgumentError({
      where: name,
      expected: 'a finite alpha, and sigma of at least 0',
      received: `${alpha} and ${sigma}`,
    });
  }
  const { x, back } = asImages(name, images, dataFormat);
  const both = [alpha, sigma].map((one) => filled([1, 1, 1], one, x.dtype, x)) as [Tensor, Tensor];
  return back(elastic(x, ...both, Math.floor(Math.floor(6 * sigma) / 2), seed, pixels));
}
