/** Decoding and encoding of image files. JPEG, PNG, WebP, GIF and TIFF are sharp's (libvips), an optional package with prebuilt binaries. */
import { readFile } from 'node:fs/promises';
import { FormatError, LoadError } from '../../errors.js';
import { metInReading } from '../../io/files.js';
import { describe } from '../../options/index.js';
import { checkPixels, decodeBmp, decodePnm } from './bitmaps.js';
import { Img } from './image.js';

type Sharp = typeof import('sharp');

let loading: Promise<Sharp> | undefined;

/** sharp, when an image is first decoded. */
function sharp(where: string): Promise<Sharp> {
  loading ??= import('sharp').then((loaded) => (loaded as { default?: Sharp }).default ?? (loaded as unknown as Sharp));
  return loading.catch((cause: unknown) => {
    loading = undefined;
    throw new LoadError({
      where,
      expected: "the optional package 'sharp'",
      received: cause instanceof Error ? cause.message.split('\n')[0]! : describe(cause),
      hint: 'install it with npm install sharp',
      cause,
    });
  });
}

export type ColorMode = 'rgb' | 'rgba' | 'grayscale';

export const imageExtensions = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.bmp', '.ppm', '.pgm', '.tif', '.tiff'] as const;

/** More pixels than any photo has; a file that claims more is refused before memory is taken for it. */
export const MAX_PIXELS = 0x3fff * 0x3fff;

/** An image file's pixels as they are stored, brought to 8 bits. `where` is the file's name, for errors. */
export async function decodeImage(where: string, bytes: Buffer, maxPixels = MAX_PIXELS): Promise<Img> {
  if (bytes.length === 0) {
    throw new FormatError({ where, expected: 'an image', received: 'an empty file', hint: "remove it, or pass onError: 'skip'" });
  }
  if (bytes[0] === 0x42 && bytes[1] === 0x4d) return decodeBmp(where, bytes, maxPixels);
  if (bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1]!)) return decodePnm(where, bytes, maxPixels);
  const open = await sharp(where);
  try {
    const image = open(bytes, { failOn: 'error', limitInputPixels: false, autoOrient: false });
    const { width, height, space, hasAlpha } = await image.metadata();
    checkPixels(where, width, height, maxPixels);
    // Brought to grey, an image loses its transparency.
    const grey = (space === 'b-w' || space === 'grey16') && !hasAlpha;
    const { data, info } = await image
      .toColourspace(grey ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return ofChannels(new Uint8Array(data.buffer, data.byteOffset, data.length), info.height, info.width, info.channels);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const received = cause instanceof Error ? told(cause.message) : describe(cause);
    const hint = "repair or remove the file, or pass onError: 'skip'";
    throw new FormatError({ where, expected: 'a whole image (JPEG, PNG, WebP, GIF, TIFF, BMP or PPM)', received, hint, cause });
  }
}

/** What the decoder says, each line of it once. */
function told(message: string): string {
  const lines = message.split('\n').flatMap((line) => line.replace(/[:,\s]+$/, '').split(/: (?=Vips)/));
  return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))].join(', ');
}

/** Grey with transparency (2 channels) is widened to colour with transparency. */
function ofChannels(data: Uint8Array, height: number, width: number, channels: number): Img {
  if (channels !== 2) return new Img(data, height, width, channels as 1 | 3 | 4);
  const wide = new Uint8Array(height * width * 4);
  for (let i = 0; i < height * width; i++) {
    wide.fill(data[2 * i]!, 4 * i, 4 * i + 3);
    wide[4 * i + 3] = data[2 * i + 1]!;
  }
  return new Img(wide, height, width, 4);
}

/** The image with other channels: grey is the usual weighting of colours, transparency is dropped or full. */
export function withColorMode(img: Img, mode: ColorMode): Img {
  const channels = mode === 'grayscale' ? 1 : mode === 'rgb' ? 3 : 4;
  if (img.channels === channels) return img;
  const area = img.height * img.width;
  const out = new Uint8Array(area * channels);
  const from = img.channels;
  for (let i = 0; i < area; i++) {
    const [r, g, b] =
      from === 1 ? [img.data[i]!, img.data[i]!, img.data[i]!] : [img.data[i * from]!, img.data[i * from + 1]!, img.data[i * from + 2]!];
    if (channels === 1) {
      // ITU-R 601-2 in 16 bits of fraction, as Pillow has it
      out[i] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
      continue;
    }
    out[i * channels] = r;
    out[i * channels + 1] = g;
    out[i * channels + 2] = b;
    if (channels === 4) out[i * 4 + 3] = 255;
  }
  return new Img(out, img.height, img.width, channels);
}

export async function readImage(file: string, maxPixels?: number): Promise<Img> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new FormatError({
      where: file,
      expected: 'a file that can be read',
      received: metInReading(cause),
      hint: 'look at the path',
      cause,
    });
  }
  return decodeImage(file, bytes, maxPixels);
}

export type ImageFormat = 'png' | 'jpeg' | 'webp';

/** The bytes of an image file. JPEG has no transparency: it is dropped. */
export async function encodeImage(img: Img, format: ImageFormat, quality?: number): Promise<Buffer> {
  const open = await sharp('encodeImage');
  const plain = format === 'jpeg' && img.channels === 4 ? withColorMode(img, 'rgb') : img;
  const bytes = plain.data instanceof Int32Array ? Uint8Array.from(plain.data, (v) => Math.min(Math.max(v, 0), 255)) : plain.data;
  const image = open(bytes, { raw: { width: plain.width, height: plain.height, channels: plain.channels } });
  if (format === 'png') return (plain.channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer();
  return image[format](quality === undefined ? {} : { quality }).toBuffer();
}
