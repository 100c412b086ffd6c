/** Pooling as `keras.ops` has it: of sequences (rank 3), images (rank 4) and volumes (rank 5), also to a given size. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { asFloat, shapeText, type TensorLike } from './common.js';
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

interface Pools {
  images: (x: Tensor, options: Pool2dOptions, where: string) => Tensor;
  volumes: (x: Tensor, options: Pool3dOptions, where: string) => Tensor;
}

function run(where: string, inputs: TensorLike, poolSize: PoolSize, more: PoolOptions, pools: Pools): Tensor {
  const bare = typeof poolSize === 'number' || Array.isArray(poolSize);
  const options: PoolOptions = bare ? { ...more, poolSize: poolSize as number | readonly number[] } : (poolSize as PoolOptions);
  const x = asFloat(where, inputs);
  if (x.shape.length === 4) return pools.images(x, options as Pool2dOptions, where);
  if (x.shape.length === 5) return pools.volumes(x, options as Pool3dOptions, where);
  if (x.shape.length !== 3) {
    throw new ShapeError({
      where,
      expected: 'a batch of sequences (rank 3), images (rank 4) or volumes (rank 5)',
      received: shapeText(x.shape),
    });
  }
  const format = readDataFormat(where, options.dataFormat);
  const rows = toChannelsLast(x, format);
  const [n, length, channels] = rows.shape as readonly [number, number, number];
  const size = readSizes(where, 'poolSize', options.poolSize, 2, 1);
  const strides = readSizes(where, 'strides', options.strides ?? undefined, size, 1);
  const y = pools.images(
    reshaped(rows, [n, 1, length, channels]),
    { poolSize: [1, size[0]!], strides: [1, strides[0]!], padding: options.padding },
    where,
  );
  return toChannelsFirst(reshaped(y, [n, y.shape[2]!, channels]), format);
}

/**
 * The greatest element of each window. Keras 3: `keras.ops.max_pool`.
 *
 * @example
 * ops.maxPool(images, 2, { strides: 2, padding: 'same' });
 */
export function maxPool(inputs: TensorLike, poolSize: PoolSize, options: PoolOptions = {}): Tensor {
  return run('maxPool', inputs, poolSize, options, { images: maxPool2d, volumes: maxPool3d });
}

/**
 * The mean of each window; padding does not count. Keras 3: `keras.ops.average_pool`.
 *
 * @example
 * ops.averagePool(images, 2);
 */
export function averagePool(inputs: TensorLike, poolSize: PoolSize, options: PoolOptions = {}): Tensor {
  return run('averagePool', inputs, poolSize, options, { images: avgPool2d, volumes: avgPool3d });
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
