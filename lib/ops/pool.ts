/** Pooling as `keras.ops` has it: of sequences (rank 3), images (rank 4) and volumes (rank 5), also to a given size. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { asFloat, shapeText, type TensorLike } from './common.js';
import { asImages } from './conv-any.js';
import { joined } from './join.js';
import { avgPool2d, maxPool2d, type Pool2dOptions } from './pool2d.js';
import { avgPool3d, maxPool3d, type Pool3dOptions } from './pool3d.js';
import { max, mean } from './reduce.js';
import { part } from './slice.js';
import { type DataFormat, readDataFormat, readSizes, toChannelsFirst, toChannelsLast } from './window.js';

/** Options of maxPool and averagePool. */
export interface PoolOptions {
  poolSize?: number | readonly number[];
  /** Default: the pool size. */
  strides?: number | readonly number[] | null;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat | null;
}

type PoolSize = number | readonly number[] | PoolOptions;

const pools = { max: { images: maxPool2d, volumes: maxPool3d }, mean: { images: avgPool2d, volumes: avgPool3d } };

/** @internal The greatest or the mean of each window of sequences, images or volumes. */
export function pooled(where: string, inputs: TensorLike, take: 'max' | 'mean', options: PoolOptions): Tensor {
  const { images, volumes } = pools[take];
  const x = asFloat(where, inputs);
  if (x.shape.length === 4) return images(x, options as Pool2dOptions, where);
  if (x.shape.length === 5) return volumes(x, options as Pool3dOptions, where);
  if (x.shape.length !== 3) {
    throw new ShapeError({
      where,
      expected: 'a batch of sequences (rank 3), images (rank 4) or volumes (rank 5)',
      received: shapeText(x.shape),
    });
  }
  const size = readSizes(where, 'poolSize', options.poolSize, 2, 1);
  const strides = readSizes(where, 'strides', options.strides ?? undefined, size, 1);
  return asImages(x, readDataFormat(where, options.dataFormat), (rows) =>
    images(rows, { poolSize: [1, size[0]!], strides: [1, strides[0]!], padding: options.padding }, where),
  );
}

/** The window's size may stand by itself. */
function named(poolSize: PoolSize, more: PoolOptions): PoolOptions {
  const bare = typeof poolSize === 'number' || Array.isArray(poolSize);
  return bare ? { ...more, poolSize: poolSize as number | readonly number[] } : (poolSize as PoolOptions);
}

/**
 * The greatest element of each window. Keras 3: `keras.ops.max_pool`.
 *
 * @example
 * ops.maxPool(images, 2, { strides: 2, padding: 'same' });
 */
export function maxPool(inputs: TensorLike, poolSize: PoolSize, options: PoolOptions = {}): Tensor {
  return pooled('maxPool', inputs, 'max', named(poolSize, options));
}

/**
 * The mean of each window; padding does not count. Keras 3: `keras.ops.average_pool`.
 *
 * @example
 * ops.averagePool(images, 2);
 */
export function averagePool(inputs: TensorLike, poolSize: PoolSize, options: PoolOptions = {}): Tensor {
  return pooled('averagePool', inputs, 'mean', named(poolSize, options));
}

/** Options of the adaptive pools. */
export interface AdaptivePoolOptions {
  dataFormat?: DataFormat | null;
}

function adaptive(
  where: string,
  inputs: TensorLike,
  outputSize: number | readonly number[] | ({ outputSize: number | readonly number[] } & AdaptivePoolOptions),
  options: AdaptivePoolOptions,
  reduce: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const named = typeof outputSize === 'object' && !Array.isArray(outputSize);
  const given = named ? (outputSize as { outputSize: number | readonly number[] } & AdaptivePoolOptions) : { ...options, outputSize };
  const format = readDataFormat(where, given.dataFormat);
  const x = toChannelsLast(asFloat(where, inputs), format);
  const axes = x.shape.length - 2;
  if (axes < 1)
    throw new ShapeError({ where, expected: 'a batch with at least one axis before the channels', received: shapeText(x.shape) });
  const wanted = given.outputSize as number | readonly number[];
  const sizes = typeof wanted === 'number' ? new Array<number>(axes).fill(wanted) : [...wanted];
  if (sizes.length !== axes || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new ArgumentError({ where, expected: `outputSize of ${axes} whole numbers from 1`, received: shapeText(sizes) });
  }
  // One direction after the other: windows that may overlap, from floor(i·n/size) to ceil((i+1)·n/size).
  let y = x;
  sizes.forEach((size, i) => {
    const [axis, length] = [i + 1, y.shape[i + 1]!];
    const kept = y.shape.map((dim, j) => (j === axis ? 1 : dim));
    const parts = Array.from({ length: size }, (_, k) => {
      const begin = Math.floor((k * length) / size);
      const end = Math.ceil(((k + 1) * length) / size);
      return reshaped(reduce(part(y, axis, begin, end - begin), axis), kept);
    });
    y = joined(parts, axis);
  });
  return toChannelsFirst(y, format);
}

/**
 * Maxima of as many windows as the output is to have. Keras 3: `keras.ops.adaptive_max_pool`.
 *
 * @example
 * ops.adaptiveMaxPool(images, [7, 7]);
 */
export function adaptiveMaxPool(
  inputs: TensorLike,
  outputSize: number | readonly number[] | ({ outputSize: number | readonly number[] } & AdaptivePoolOptions),
  options: AdaptivePoolOptions = {},
): Tensor {
  return adaptive('adaptiveMaxPool', inputs, outputSize, options, max);
}

/**
 * Means of as many windows as the output is to have. Keras 3: `keras.ops.adaptive_average_pool`.
 *
 * @example
 * ops.adaptiveAveragePool(images, [7, 7]);
 */
export function adaptiveAveragePool(
  inputs: TensorLike,
  outputSize: number | readonly number[] | ({ outputSize: number | readonly number[] } & AdaptivePoolOptions),
  options: AdaptivePoolOptions = {},
): Tensor {
  return adaptive('adaptiveAveragePool', inputs, outputSize, options, mean);
}
