/** Convolution of sequences, images and volumes with filters [out, size..., in / groups]: what `ops.conv` and the layers share. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshaped } from './broadcast.js';
import { shapeText } from './common.js';
import { conv2d, conv2dTranspose } from './conv2d.js';
import { conv3d, conv3dTranspose } from './conv3d.js';
import { type DataFormat, type Padding2d, readSizes, toChannelsFirst, toChannelsLast } from './window.js';

/** How filters lie on a tensor of rank 3, 4 or 5. */
export interface Sliding {
  strides?: number | readonly number[];
  /** 'causal' (sequences only) lets no output see a later input. */
  padding?: 'valid' | 'same' | 'causal';
  dilationRate?: number | readonly number[];
  groups?: number;
  dataFormat?: DataFormat;
  /** [out] */
  bias?: Tensor | null;
  activation?: 'relu';
}

/** Runs `fn` on a batch of images (or volumes), channels last; sequences become images one pixel high. */
export function asImages(x: Tensor, format: DataFormat, fn: (images: Tensor) => Tensor): Tensor {
  const last = toChannelsLast(x, format);
  if (x.shape.length !== 3) return toChannelsFirst(fn(last), format);
  const [n, length, channels] = last.shape as readonly [number, number, number];
  const y = fn(reshaped(last, [n, 1, length, channels]));
  return toChannelsFirst(reshaped(y, [y.shape[0]!, y.shape[2]!, y.shape[3]!]), format);
}

interface Geometry {
  filters: Tensor;
  strides: never;
  dilationRate: never;
}

/** Refuses what is no batch of sequences, images or volumes with fitting filters; a sequence's options become those of images. */
function geometry(where: string, x: Tensor, filters: Tensor, sliding: Sliding): Geometry {
  const rank = x.shape.length;
  if (rank < 3 || rank > 5) {
    throw new ShapeError({
      where,
      expected: 'a batch of sequences (rank 3), images (rank 4) or volumes (rank 5)',
      received: shapeText(x.shape),
    });
  }
  if (filters.shape.length !== rank) {
    throw new ShapeError({
      where,
      expected: `a kernel of rank ${rank} for input ${shapeText(x.shape)}`,
      received: `one of rank ${filters.shape.length}`,
    });
  }
  const strides = readSizes(where, 'strides', sliding.strides, 1, rank - 2);
  const dilation = readSizes(where, 'dilationRate', sliding.dilationRate, 1, rank - 2);
  if (rank > 3) return { filters, strides: strides as never, dilationRate: dilation as never };
  const [out, size, depth] = filters.shape as readonly [number, number, number];
  return {
    filters: reshaped(filters, [out, 1, size, depth]),
    strides: [1, ...strides] as never,
    dilationRate: [1, ...dilation] as never,
  };
}

/** Convolution: x [batch, size..., in] or channels first, filters [out, size..., in / groups]. */
export function convolve(where: string, x: Tensor, filters: Tensor, sliding: Sliding): Tensor {
  const { filters: w, strides, dilationRate } = geometry(where, x, filters, sliding);
  const { padding, groups, bias, activation } = sliding;
  const common = { strides, dilationRate, groups, bias, activation };
  const rank = x.shape.length;
  if (padding === 'causal' && rank > 3) {
    throw new ArgumentError({ where, expected: "padding 'valid' or 'same' for images", received: "'causal'" });
  }
  const before = (w.shape[2]! - 1) * (dilationRate as readonly number[])[1]!;
  const causal: Padding2d = [
    [0, 0],
    [before, 0],
  ];
  return asImages(x, sliding.dataFormat ?? 'channelsLast', (images) =>
    rank === 5
      ? conv3d(images, w, { ...common, padding: padding as 'valid' | 'same' | undefined }, where)
      : conv2d(images, w, { ...common, padding: padding === 'causal' ? causal : padding }, where),
  );
}

/** How a transposed convolution lies. */
export interface SlidingBack extends Sliding {
  padding?: 'valid' | 'same';
  outputPadding?: number | readonly number[] | null;
}

/** Transposed convolution: x [batch, size..., in] or channels first, filters [in, size..., out / groups]. */
export function convolveBack(where: string, x: Tensor, filters: Tensor, sliding: SlidingBack): Tensor {
  const { filters: w, strides, dilationRate } = geometry(where, x, filters, sliding);
  const { padding, groups, bias, activation, outputPadding: given = null } = sliding;
  const sequence = x.shape.length === 3;
  const outputPadding = (given !== null && sequence ? [0, ...(typeof given === 'number' ? [given] : given)] : given) as never;
  const common = { strides, dilationRate, groups, bias, activation, padding, outputPadding };
  const transpose = x.shape.length === 5 ? conv3dTranspose : conv2dTranspose;
  return asImages(x, sliding.dataFormat ?? 'channelsLast', (images) => transpose(images, w, common, where));
}
