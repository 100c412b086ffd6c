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

export function readPair(where: string, name: string, value: Pair | readonly number[] | undefined, otherwise: Pair): [number, number] {
  const given = value ?? otherwise;
  const pair = typeof given === 'number' ? [given, given] : [...given];
  if (pair.length === 1) pair.push(pair[0]!);
  if (pair.length === 2 && pair.every((one) => Number.isInteger(one) && one >= 1)) return pair as [number, number];
  throw new ArgumentError({ where, expected: `${name} as a whole number from 1, or two of them`, received: JSON.stringify(value) });
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

/** Both directions of an NHWC image, or a ShapeError where the window is larger than the (padded) image. */
export function place(
  where: string,
  word: 'kernel' | 'pool',
  image: readonly number[],
  extent: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding2d,
): [Line, Line] {
  const lines = [0, 1].map((i) => windows(image[i + 1]!, extent[i]!, strides[i]!, typeof padding === 'string' ? padding : padding[i]!)) as [
    Line,
    Line,
  ];
  if (lines.some((line, i) => line.count < 1 && image[i + 1]! > 0))
    throw new ShapeError(windowTooLarge(where, word, extent, image.slice(1)));
  if (lines.some((line) => line.count < 1)) {
    throw new ShapeError({ where, expected: 'an image with at least one row and column', received: shapeText(image) });
  }
  return lines;
}

/** Throws where x is not a batch of images. */
export function checkImages(where: string, x: Tensor, format: DataFormat): void {
  if (x.shape.length === 4) return;
  throw new ShapeError({
    where,
    expected: format === 'channelsFirst' ? '[batch, channels, height, width]' : '[batch, height, width, channels]',
    received: shapeText(x.shape),
    hint: x.shape.length === 3 ? 'add the batch or channel axis with ops.expandDims' : undefined,
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
