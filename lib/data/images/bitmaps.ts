/** Windows bitmaps and portable pixmaps, which sharp does not read: old data sets have them. */
import { FormatError } from '../../errors.js';
import { Img } from './image.js';

function refuse(where: string, expected: string, received: string): FormatError {
  return new FormatError({ where, expected, received, hint: 'save the image as PNG' });
}

/** Uncompressed BMP of 1, 4, 8, 24 or 32 bits a pixel. */
export function decodeBmp(where: string, bytes: Buffer, maxPixels: number): Img {
  if (bytes.length < 54) throw refuse(where, 'a whole BMP header', `${bytes.length} bytes`);
  const start = bytes.readUInt32LE(10);
  const header = bytes.readUInt32LE(14);
  const width = bytes.readInt32LE(18);
  const height = Math.abs(bytes.readInt32LE(22));
  const upwards = bytes.readInt32LE(22) > 0;
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  // 3: masks, which 32-bit files name although they are the usual ones.
  if (header < 40 || (compression !== 0 && !(compression === 3 && bits === 32)) || ![1, 4, 8, 24, 32].includes(bits)) {
    throw refuse(where, 'an uncompressed BMP of 1, 4, 8, 24 or 32 bits', `${bits} bits, compression ${compression}`);
  }
  if (width < 1 || height < 1) throw refuse(where, 'an image with pixels', `${width}x${height}`);
  checkPixels(where, width, height, maxPixels);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (bytes.length < start + stride * height)
    throw refuse(where, `${start + stride * height} bytes`, `${bytes.length}: the file is cut short`);
  const colours = bits <= 8 ? bytes.subarray(14 + header, start) : undefined;
  const table = (index: number, channel: number): number => colours?.[index * 4 + 2 - channel] ?? 0;
  const grey =
    colours !== undefined &&
    Array.from({ length: colours.length >> 2 }, (_, i) => i).every((i) => table(i, 0) === table(i, 1) && table(i, 1) === table(i, 2));
  const channels = grey ? 1 : 3;
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = start + stride * (upwards ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      if (bits > 8) {
        const pixel = row + (x * bits) / 8;
        for (let c = 0; c < 3; c++) out[at + c] = bytes[pixel + 2 - c]!;
        continue;
      }
      const index = (bytes[row + ((x * bits) >> 3)]! >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
      for (let c = 0; c < channels; c++) out[at + c] = table(index, c);
    }
  }
  return new Img(out, height, width, channels);
}

/** PGM and PPM, plain (P2, P3) or of bytes (P5, P6); values are brought to 0 to 255. */
export function decodePnm(where: string, bytes: Buffer, maxPixels: number): Img {
  let at = 2;
  const number = (): number => {
    for (;;) {
      while (at < bytes.length && bytes[at]! <= 32) at++;
      if (bytes[at] !== 35) break;
      while (at < bytes.length && bytes[at] !== 10) at++; // a comment
    }
    const from = at;
    while (at < bytes.length && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
    if (at === from) throw refuse(where, 'a number', at < bytes.length ? `byte ${bytes[at]}` : 'the end of the file');
    return Number(bytes.toString('latin1', from, at));
  };
  const kind = bytes[1]! - 48;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const [width, height, most] = [number(), number(), number()];
  if (width < 1 || height < 1 || most < 1 || most > 65535) throw refuse(where, 'sizes and a largest value', `${width}x${height}, ${most}`);
  checkPixels(where, width, height, maxPixels);
  const out = new Uint8Array(width * height * channels);
  const scale = (value: number): number => (most === 255 ? value : Math.round((Math.min(value, most) * 255) / most));
  if (kind < 5) {
    for (let i = 0; i < out.length; i++) out[i] = scale(number());
    return new Img(out, height, width, channels);
  }
  at++;
  const wide = most > 255 ? 2 : 1;
  if (bytes.length - at < out.length * wide)
    throw refuse(where, `${out.length * wide} bytes of pixels`, `${bytes.length - at}: the file is cut short`);
  for (let i = 0; i < out.length; i++) out[i] = scale(wide === 2 ? bytes.readUInt16BE(at + 2 * i) : bytes[at + i]!);
  return new Img(out, height, width, channels);
}

export function checkPixels(where: string, width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new FormatError({
    where,
    expected: `at most ${maxPixels} pixels`,
    received: `${width}x${height}`,
    hint: 'make it smaller, or raise maxPixels',
  });
}
