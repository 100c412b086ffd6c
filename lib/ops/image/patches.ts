/** Parts of images and frames around them. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { reshaped, view } from '../broadcast.js';
import { asTensor, shapeText, type TensorLike } from '../common.js';
import { joined } from '../join.js';
import { padded } from '../pad.js';
import { strided } from '../slice.js';
import type { Triple } from '../conv3d.js';
import {
  type DataFormat,
  type Pair,
  place,
  placeAll,
  readDataFormat,
  readPair,
  readSizes,
  toChannelsFirst,
  toChannelsLast,
} from '../window.js';

/** Runs `fn` on a batch of channels-last images, whatever was given. */
function onBatch(where: string, images: TensorLike, dataFormat: DataFormat | null | undefined, fn: (x: Tensor) => Tensor): Tensor {
  const given = asTensor(where, images);
  if (given.shape.length < 3 || given.shape.length > 4) {
    throw new ShapeError({ where, expected: 'one image or a batch of them', received: shapeText(given.shape) });
  }
  const format = readDataFormat(where, dataFormat);
  const batch = given.shape.length === 3 ? reshaped(given, [1, ...given.shape]) : given;
  const y = toChannelsFirst(fn(toChannelsLast(batch, format)), format);
  const result = given.shape.length === 3 ? reshaped(y, y.shape.slice(1)) : y;
  return result === given ? view(result) : result;
}

/** Options of extractPatches. */
export interface ExtractPatchesOptions {
  /** Default: the size, so that patches lie side by side. */
  strides?: Pair | null;
  dilationRate?: Pair;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  dataFormat?: DataFormat | null;
}

/**
 * The pixels under a sliding window as channels: [batch, rows, columns, height · width · channels]. Keras 3:
 * `keras.ops.image.extract_patches`.
 *
 * @example
 * ops.image.extractPatches(images, 16);   // [n, 224, 224, 3] becomes [n, 14, 14, 768]
 */
export function extractPatches(images: TensorLike, size: Pair, options: ExtractPatchesOptions = {}): Tensor {
  const where = 'extractPatches';
  return onBatch(where, images, options.dataFormat, (x) => {
    const [h, w] = readPair(where, 'size', size, 1);
    const strides = readPair(where, 'strides', options.strides ?? undefined, [h, w]);
    const dilation = readPair(where, 'dilationRate', options.dilationRate, 1);
    const extent = [(h - 1) * dilation[0] + 1, (w - 1) * dilation[1] + 1] as const;
    const [rows, columns] = place(where, 'kernel', x.shape, extent, strides, options.padding ?? 'valid');
    const frame = padded(x, [
      [0, 0],
      [rows.before, rows.after],
      [columns.before, columns.after],
      [0, 0],
    ]);
    const count = [x.shape[0]!, rows.count, columns.count, x.shape[3]!];
    const parts: Tensor[] = [];
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        parts.push(strided(frame, [0, i * dilation[0], j * dilation[1], 0], count, [1, ...strides, 1]));
      }
    }
    return joined(parts, 3);
  });
}

/** Options of extractPatches3d. */
export interface ExtractPatches3dOptions {
  /** Default: the size, so that patches lie side by side. */
  strides?: Triple | null;
  dilationRate?: Triple;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  dataFormat?: DataFormat | null;
}

/**
 * Patches of volumes in the channels, [batch, depths, rows, columns, patch pixels · channels]. Keras 3: `keras.ops.image.extract_patches_3d`.
 *
 * @example
 * ops.image.extractPatches3d(ops.ones([2, 10, 10, 10, 3]), 3);   // [2, 3, 3, 3, 81]
 */
export function extractPatches3d(volumes: TensorLike, size: Triple, options: ExtractPatches3dOptions = {}): Tensor {
  const where = 'extractPatches3d';
  const given = asTensor(where, volumes);
  if (given.shape.length < 4 || given.shape.length > 5) {
    throw new ShapeError({ where, expected: 'one volume or a batch of them', received: shapeText(given.shape) });
  }
  const format = readDataFormat(where, options.dataFormat);
  const single = given.shape.length === 4;
  const x = toChannelsLast(single ? reshaped(given, [1, ...given.shape]) : given, format);
  const extent = readSizes(where, 'size', size, 1, 3);
  const strides = readSizes(where, 'strides', options.strides ?? undefined, extent, 3);
  const dilation = readSizes(where, 'dilationRate', options.dilationRate, 1, 3);
  const reach = extent.map((one, i) => (one - 1) * dilation[i]! + 1);
  const lines = placeAll(where, 'kernel', x.shape, reach, strides, options.padding ?? 'valid');
  const frame = padded(x, [[0, 0], ...lines.map(({ before, after }): [number, number] => [before, after]), [0, 0]]);
  const count = [x.shape[0]!, ...lines.map((line) => line.count), x.shape[4]!];
  const [d, h, w] = extent as [number, number, number];
  const parts = Array.from({ length: d * h * w }, (_, i) => {
    const at = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
    return strided(frame, [0, ...at.map((one, k) => one * dilation[k]!), 0], count, [1, ...strides, 1]);
  });
  const y = toChannelsFirst(joined(parts, 4), format);
  return single ? reshaped(y, y.shape.slice(1)) : y;
}

/** Options of cropImages: two of the three numbers of a direction say all. */
export interface CropImagesOptions {
  topCropping?: number | null;
  leftCropping?: number | null;
  bottomCropping?: number | null;
  rightCropping?: number | null;
  targetHeight?: number | null;
  targetWidth?: number | null;
  dataFormat?: DataFormat | null;
}

/** The amount before and after, from two of three numbers; `sign` is 1 for padding and -1 for cropping. */
function amounts(
  where: string,
  size: number,
  before: number | null,
  after: number | null,
  target: number | null,
  sign: 1 | -1,
): [number, number] {
  const given = [before, after, target].filter((one) => one !== null).length;
  if (given !== 2) {
    throw new ArgumentError({ where, expected: 'two of the amounts before and after and the target size', received: `${given} of them` });
  }
  const change = target === null ? 0 : sign * (target - size);
  const result: [number, number] = [before ?? change - after!, after ?? change - before!];
  if (result.every((one) => Number.isInteger(one) && one >= 0)) return result;
  throw new ArgumentError({ where, expected: 'whole amounts of at least 0', received: shapeText(result) });
}

/**
 * Images without a margin. Keras 3: `keras.ops.image.crop_images`.
 *
 * @example
 * ops.image.cropImages(images, { topCropping: 2, targetHeight: 24, leftCropping: 2, targetWidth: 24 });
 */
export function cropImages(images: TensorLike, options: CropImagesOptions): Tensor {
  const where = 'cropImages';
  const { topCropping: top = null, bottomCropping: bottom = null, leftCropping: left = null, rightCropping: right = null } = options;
  return onBatch(where, images, options.dataFormat, (x) => {
    const [n, h, w, c] = x.shape as readonly [number, number, number, number];
    const rows = amounts(where, h, top, bottom, options.targetHeight ?? null, -1);
    const columns = amounts(where, w, left, right, options.targetWidth ?? null, -1);
    const size = [n, h - rows[0] - rows[1], w - columns[0] - columns[1], c];
    if (size[1]! < 1 || size[2]! < 1) {
      throw new ShapeError({ where, expected: 'at least one pixel left', received: shapeText(size) });
    }
    return strided(x, [0, rows[0], columns[0], 0], size, [1, 1, 1, 1]);
  });
}

/** Options of padImages: two of the three numbers of a direction say all. */
export interface PadImagesOptions {
  topPadding?: number | null;
  leftPadding?: number | null;
  bottomPadding?: number | null;
  rightPadding?: number | null;
  targetHeight?: number | null;
  targetWidth?: number | null;
  dataFormat?: DataFormat | null;
}

/**
 * Images with zeros around. Keras 3: `keras.ops.image.pad_images`.
 *
 * @example
 * ops.image.padImages(images, { topPadding: 2, bottomPadding: 2, leftPadding: 2, rightPadding: 2 });
 */
export function padImages(images: TensorLike, options: PadImagesOptions): Tensor {
  const where = 'padImages';
  const { topPadding: top = null, bottomPadding: bottom = null, leftPadding: left = null, rightPadding: right = null } = options;
  return onBatch(where, images, options.dataFormat, (x) => {
    const rows = amounts(where, x.shape[1]!, top, bottom, options.targetHeight ?? null, 1);
    const columns = amounts(where, x.shape[2]!, left, right, options.targetWidth ?? null, 1);
    return padded(x, [[0, 0], rows, columns, [0, 0]]);
  });
}
