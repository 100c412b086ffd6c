/** Image files to images and back. Source: Keras 3, `keras.utils.load_img`, `save_img`. */
import path from 'node:path';
import { ArgumentError } from '../../errors.js';
import { writeWhole } from '../../io/files.js';
import type { resizeFilters } from '../../native/images.js';
import { resizeImage } from '../../native/images.js';
import { describe, flag, nullable, oneOf, optional, pair, type Reader, readOptions, text, whole } from '../../options/index.js';
import { arrayData, type ArraySource } from '../array.js';
import { type ColorMode, encodeImage, type ImageFormat, MAX_PIXELS, readImage, withColorMode } from './codec.js';
import { Img, imgOf } from './image.js';

export type Interpolation = keyof typeof resizeFilters;

export interface LoadImgOptions {
  /** 'rgb'. */
  colorMode?: ColorMode;
  /** [height, width]; null: as it is. */
  targetSize?: readonly [number, number] | null;
  /** 'nearest'. */
  interpolation?: Interpolation;
  /** Cuts the middle of the target's form out before it is resized; false. */
  keepAspectRatio?: boolean;
  /** A file with more pixels is refused; 268,402,689. */
  maxPixels?: number;
}

export const interpolation = oneOf('nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos');
export const colorMode = oneOf('rgb', 'rgba', 'grayscale');

/**
 * Reads a JPEG, PNG, WebP, GIF (first picture), TIFF, BMP or PPM file.
 *
 * @throws FormatError that names the file when it is missing, empty, broken, not an image, or larger than `maxPixels`
 * @example
 * const img = await utils.loadImg('cat.jpg', { targetSize: [224, 224], interpolation: 'bilinear' });
 */
export async function loadImg(file: string, options: LoadImgOptions = {}): Promise<Img> {
  const read = readOptions('loadImg', options, {
    colorMode: optional(colorMode, 'rgb' as const),
    targetSize: nullable(pair()),
    interpolation: optional(interpolation, 'nearest' as const),
    keepAspectRatio: optional(flag, false),
    maxPixels: optional(whole(), MAX_PIXELS),
  });
  const img = withColorMode(await readImage(text(file, 'loadImg'), read.maxPixels), read.colorMode);
  if (!read.targetSize) return img;
  return resizeImg(img, read.targetSize, read);
}

export interface ResizeImgOptions {
  interpolation?: Interpolation;
  keepAspectRatio?: boolean;
}

/**
 * An image at another size, [height, width]. The filter grows as the image shrinks, as in Pillow, so that nothing flickers.
 *
 * @example
 * const small = await utils.resizeImg(img, [32, 32], { interpolation: 'bicubic' });
 */
export async function resizeImg(img: Img, size: readonly [number, number], options: ResizeImgOptions = {}): Promise<Img> {
  const [height, width] = pair()(size, 'resizeImg size');
  if (img.height === height && img.width === width) return img;
  const data = img.data instanceof Int32Array ? Uint8Array.from(img.data, (v) => Math.min(v, 255)) : img.data;
  const target = new Uint8Array(height * width * img.channels);
  const region = options.keepAspectRatio ? middle(img, height, width) : { left: 0, top: 0, width: img.width, height: img.height };
  await resizeImage({ data, shape: img.shape }, region, target, [height, width], options.interpolation ?? 'nearest', true);
  return new Img(target, height, width, img.channels);
}

/** The largest region in the middle that has the form of the target, in whole pixels. */
export function middle(img: Img, height: number, width: number): { left: number; top: number; width: number; height: number } {
  const cutHeight = Math.min(img.height, Math.max(1, Math.floor((img.width * height) / width)));
  const cutWidth = Math.min(img.width, Math.max(1, Math.floor((img.height * width) / height)));
  return {
    left: Math.floor((img.width - cutWidth) / 2),
    top: Math.floor((img.height - cutHeight) / 2),
    width: cutWidth,
    height: cutHeight,
  };
}

export interface SaveImgOptions {
  dataFormat?: 'channelsLast' | 'channelsFirst' | null;
  /** By the name's ending where it is null. */
  fileFormat?: ImageFormat | null;
  /** Stretches the values of an array to 0 to 255; true. An image is saved as it is. */
  scale?: boolean;
  /** Of JPEG and WebP, 1 to 100. */
  quality?: number;
}

const percent: Reader<number> = (value, where) => {
  const read = whole()(value, where);
  if (read <= 100) return read;
  throw new ArgumentError({ where, expected: 'a whole number from 1 to 100', received: String(read) });
};

/**
 * Writes an image or an array of rank 3 as PNG, JPEG or WebP; the folder is made where it is missing.
 *
 * @example
 * await utils.saveImg('digit.png', ops.expandDims(digit, -1));
 */
export async function saveImg(file: string, x: Img | ArraySource, options: SaveImgOptions = {}): Promise<void> {
  const read = readOptions('saveImg', options, {
    dataFormat: nullable(oneOf('channelsLast', 'channelsFirst')),
    fileFormat: nullable(oneOf('png', 'jpeg', 'webp')),
    scale: optional(flag, true),
    quality: optional<number | undefined>(percent, undefined),
  });
  const format = read.fileFormat ?? formatOf(text(file, 'saveImg'));
  const img = x instanceof Img ? x : imgOf(await arrayData('saveImg', x), { dataFormat: read.dataFormat, scale: read.scale }, 'saveImg');
  const bytes = await encodeImage(img, format, read.quality);
  await writeWhole('saveImg', file, bytes);
}

function formatOf(file: string): ImageFormat {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.png') return 'png';
  if (ending === '.jpg' || ending === '.jpeg') return 'jpeg';
  if (ending === '.webp') return 'webp';
  throw new ArgumentError({
    where: 'saveImg',
    expected: 'a name ending in .png, .jpg or .webp',
    received: describe(file),
    hint: 'or pass fileFormat',
  });
}
