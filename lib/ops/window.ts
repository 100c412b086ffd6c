/** How a window (a convolution's kernel, a pool) lies on an image: strides, padding and sizes, the same for all that slide one. */
import { ArgumentError, ShapeError } from '../errors.js';
import { type DataFormat, windowTooLarge } from '../types/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { shapeText } from './common.js';
import { permuted } from './transpose.js';

export type { DataFormat };

/** One number for both directions, or [height, width]. */
export type Pair = number | readonly [number, number];

/** 'valid': none; 'same': as much as keeps the size (divided by the strides), the odd one after; or [[top, bottom], [left, right]]. */
export type Padding2d = 'valid' | 'same' | readonly [readonly [number, number], readonly [number, number]];

/** Where the windows of one direction lie. */
export interface Line {
  before: number;
  after: number;
  /** How many windows there are. */
  count: number;
}

/** `count` whole numbers from 1; one number stands for all of them. */
export function readSizes(where: string, name: string, value: unknown, otherwise: number | readonly number[], count: number): number[] {
  const given = value ?? otherwise;
  const sizes = Array.isArray(given) ? (given as unknown[]) : [given];
  const all = sizes.length === 1 ? new Array<unknown>(count).fill(sizes[0]) : sizes;
  if (all.length === count && all.every((one) => Number.isInteger(one) && (one as number) >= 1)) return all as number[];
  const several = count === 2 ? 'two' : 'three';
  throw new ArgumentError({
    where,
    expected: `${name} as a whole number from 1${count === 1 ? '' : `, or ${several} of them`}`,
    received: JSON.stringify(value),
  });
}

export function readPair(where: string, name: string, value: Pair | readonly number[] | undefined, otherwise: Pair): [number, number] {
  return readSizes(where, name, value, otherwise, 2) as [number, number];
}

export function readPadding(where: string, padding: unknown): Padding2d {
  if (padding === 'valid' || padding === 'same') return padding;
  const sides = Array.isArray(padding) ? (padding as unknown[]).flat() : [];
  if (
    Array.isArray(padding) &&
    padding.length === 2 &&
    sides.length === 4 &&
    sides.every((n) => Number.isInteger(n) && (n as number) >= 0)
  ) {
    return padding as unknown as Padding2d;
  }
  throw new ArgumentError({
    where,
    expected: "padding 'valid', 'same' or [[top, bottom], [left, right]]",
    received: typeof padding === 'string' ? `'${padding}'` : JSON.stringify(padding),
  });
}

export function readDataFormat(where: string, format: unknown): DataFormat {
  if (format === undefined || format === null || format === 'channelsLast') return 'channelsLast';
  if (format === 'channelsFirst') return 'channelsFirst';
  throw new ArgumentError({
    where,
    expected: "dataFormat 'channelsLast' or 'channelsFirst'",
    received: typeof format === 'string' ? `'${format}'` : typeof format,
  });
}

/** Windows that cover `extent` elements over `size` elements. */
export function windows(size: number, extent: number, stride: number, padding: 'valid' | 'same' | readonly [number, number]): Line {
  if (padding === 'same') {
    const count = Math.ceil(size / stride);
    const total = Math.max(0, (count - 1) * stride + extent - size);
    const before = Math.floor(total / 2);
    return { before, after: total - before, count };
  }
  const [before, after] = padding === 'valid' ? [0, 0] : padding;
  return { before, after, count: Math.floor((size + before + after - extent) / stride) + 1 };
}

/** All directions of a channels-last image (or sequence, or volume), or a ShapeError where the window is larger than the (padded) image. */
export function placeAll(
  where: string,
  word: 'kernel' | 'pool',
  image: readonly number[],
  extent: readonly number[],
  strides: readonly number[],
  padding: 'valid' | 'same' | readonly (readonly [number, number])[],
): Line[] {
  const lines = extent.map((size, i) => windows(image[i + 1]!, size, strides[i]!, typeof padding === 'string' ? padding : padding[i]!));
  if (lines.some((line, i) => line.count < 1 && image[i + 1]! > 0))
    throw new ShapeError(windowTooLarge(where, word, extent, image.slice(1)));
  if (lines.some((line) => line.count < 1)) {
    throw new ShapeError({ where, expected: 'an image with at least one row and column', received: shapeText(image) });
  }
  return lines;
}

/** Both directions of an NHWC image. */
export function place(
  where: string,
  word: 'kernel' | 'pool',
  image: readonly number[],
  extent: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding2d,
): [Line, Line] {
  return placeAll(where, word, image, extent, strides, padding) as [Line, Line];
}

const axes: Readonly<Record<number, string>> = { 3: 'length', 4: 'height, width', 5: 'depth, height, width' };

/** Throws where x is not a batch of images: or of sequences (rank 3), or of volumes (rank 5). */
export function checkImages(where: string, x: Tensor, format: DataFormat, rank = 4): void {
  if (x.shape.length === rank) return;
  throw new ShapeError({
    where,
    expected: format === 'channelsFirst' ? `[batch, channels, ${axes[rank]}]` : `[batch, ${axes[rank]}, channels]`,
    received: shapeText(x.shape),
    hint: x.shape.length === rank - 1 ? 'add the batch or channel axis with ops.expandDims' : undefined,
  });
}

/** [batch, channels, ...] as [batch, ..., channels]. */
export function toChannelsLast(x: Tensor, format: DataFormat): Tensor {
  if (format === 'channelsLast') return x;
  const rank = x.shape.length;
  return permuted(x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]);
}

/** [batch, ..., channels] as [batch, channels, ...]. */
export function toChannelsFirst(x: Tensor, format: DataFormat): Tensor {
  if (format === 'channelsLast') return x;
  const rank = x.shape.length;
  return permuted(x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
}
