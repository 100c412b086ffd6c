/** Images as they come from files, and their way to arrays and back. Source: Keras 3, `keras.utils.img_to_array`, `array_to_img`. */
import { ArgumentError, ShapeError } from '../../errors.js';
import { imageDataFormat } from '../../layers/defaults.js';
import { describe, flag, floatDtype, nullable, oneOf, optional, readOptions } from '../../options/index.js';
import type { TypedArray } from '../../tensor/dtype.js';
import { type ArrayData, arrayData, type ArraySource } from '../array.js';

/** What a pixel is: grey, grey beyond 8 bits, colour, colour with transparency. */
export type ImageMode = 'L' | 'I' | 'RGB' | 'RGBA';

/** An image on the host, row by row, the channels of a pixel side by side. */
export class Img implements ArrayData<Uint8Array | Int32Array, [number, number, number]> {
  readonly mode: ImageMode;

  constructor(
    readonly data: Uint8Array | Int32Array,
    readonly height: number,
    readonly width: number,
    readonly channels: 1 | 3 | 4,
  ) {
    if (data.length !== height * width * channels) {
      throw new ShapeError({ where: 'Img', expected: `${height * width * channels} values`, received: String(data.length) });
    }
    this.mode = channels === 1 ? (data instanceof Int32Array ? 'I' : 'L') : channels === 3 ? 'RGB' : 'RGBA';
  }

  get shape(): [number, number, number] {
    return [this.height, this.width, this.channels];
  }
}

export interface ImgToArrayOptions {
  dataFormat?: 'channelsLast' | 'channelsFirst' | null;
  dtype?: 'float32' | 'float64';
}

/**
 * An image as floats of shape [height, width, channels], or [channels, height, width].
 *
 * @example
 * const x = utils.imgToArray(await utils.loadImg('cat.jpg', { targetSize: [224, 224] }));
 */
export function imgToArray(img: Img, options: ImgToArrayOptions = {}): ArrayData<Float32Array | Float64Array> {
  const where = 'imgToArray';
  if (!(img instanceof Img)) throw new ArgumentError({ where, expected: 'an image of loadImg or arrayToImg', received: describe(img) });
  const read = readOptions(where, options, {
    dataFormat: nullable(oneOf('channelsLast', 'channelsFirst')),
    dtype: optional(floatDtype, 'float32' as const),
  });
  const data = read.dtype === 'float64' ? new Float64Array(img.data.length) : new Float32Array(img.data.length);
  if ((read.dataFormat ?? imageDataFormat()) === 'channelsLast') {
    data.set(img.data);
    return { data, shape: img.shape };
  }
  const area = img.height * img.width;
  for (let i = 0; i < area; i++) for (let c = 0; c < img.channels; c++) data[c * area + i] = img.data[i * img.channels + c]!;
  return { data, shape: [img.channels, img.height, img.width] };
}

export interface ArrayToImgOptions {
  dataFormat?: 'channelsLast' | 'channelsFirst' | null;
  /** Stretches the values to 0 to 255; true. */
  scale?: boolean;
}

/**
 * An image of an array of rank 3 with 1, 3 or 4 channels. Without `scale` values are cut to whole numbers; grey ones above 255 keep their size
 * (mode 'I').
 *
 * @throws ShapeError for another rank or number of channels
 * @example
 * await utils.saveImg('filter.png', await utils.arrayToImg(weights));
 */
export async function arrayToImg(x: ArraySource, options: ArrayToImgOptions = {}): Promise<Img> {
  return imgOf(await arrayData('arrayToImg', x), options);
}

/** @internal `arrayToImg` for what is on the host. */
export function imgOf(array: ArrayData, options: ArrayToImgOptions = {}, where = 'arrayToImg'): Img {
  const read = readOptions(where, options, {
    dataFormat: nullable(oneOf('channelsLast', 'channelsFirst')),
    scale: optional(flag, true),
  });
  if (array.shape.length !== 3) {
    throw new ShapeError({
      where,
      expected: 'one image, of rank 3',
      received: `shape [${array.shape.join(', ')}]`,
      hint: array.shape.length === 2 ? 'add the axis of channels with ops.expandDims(x, -1)' : 'take one image of a batch',
    });
  }
  const first = (read.dataFormat ?? imageDataFormat()) === 'channelsFirst';
  const [height, width, channels] = first
    ? [array.shape[1]!, array.shape[2]!, array.shape[0]!]
    : [array.shape[0]!, array.shape[1]!, array.shape[2]!];
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new ShapeError({ where, expected: '1, 3 or 4 channels', received: String(channels), hint: 'look at dataFormat' });
  }
  const values = read.scale ? stretched(array.data) : array.data;
  const deep = channels === 1 && largest(values) > 255;
  const out = deep ? new Int32Array(values.length) : new Uint8Array(values.length);
  const area = height * width;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < channels; c++) out[i * channels + c] = values[first ? c * area + i : i * channels + c]!;
  }
  return new Img(out, height, width, channels);
}

function largest(values: TypedArray): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  return most;
}

function stretched(values: TypedArray): Float32Array {
  let low = Infinity;
  for (const value of values) if (value < low) low = value;
  const high = Math.fround(largest(values) - low);
  return Float32Array.from(values, (value) => {
    const above = Math.fround(value - low);
    return high === 0 ? above : Math.fround(above / high) * 255;
  });
}
