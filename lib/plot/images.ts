/** Grids of small images with labels. */
import { type ArrayData, isArrayData } from '../data/array.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { describe, optional, type Reader, readOptions, text, texts, whole } from '../options/index.js';
import type { TypedArray } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { type VegaLiteSpec, writePicture } from './render.js';
import { textWidth } from './text-width.js';

const FONT_SIZE = 12;
/** Between lines, in parts of the size. */
const LINE = 1.2;

/** Images on a device or here. */
export type Images = Tensor | ArrayData<TypedArray, readonly number[]>;

export interface ImagesOptions {
  /** A text (or number) below each image, of one or more lines. */
  labels?: ArrayLike<string | number>;
  /** Images a row; 8. */
  columns?: number;
  title?: string;
  /** Units of the drawing that the longer side of an image takes; 72. */
  side?: number;
  /** Darkest and lightest value; those of the data where they are not given. */
  range?: readonly [number, number] | null;
}

const range: Reader<readonly [number, number] | null> = (value, where) => {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)) return [value[0] as number, value[1] as number];
  throw new ArgumentError({ where, expected: 'a pair [darkest, lightest]', received: describe(value) });
};

function readImagesOptions(where: string, options: ImagesOptions) {
  return readOptions(where, options, {
    labels: optional(texts(), []),
    columns: optional(whole(), 8),
    title: optional(text, ''),
    side: optional(whole(8), 72),
    range,
  });
}

/** An image as a PNG in a data URL, each pixel drawn as a square of several: pictures are scaled smoothly otherwise. */
async function dataUrl(
  pixels: TypedArray,
  from: number,
  height: number,
  width: number,
  channels: number,
  low: number,
  high: number,
  side: number,
): Promise<string> {
  const { encode } = await import('fast-png');
  const factor = Math.max(1, Math.ceil((2 * side) / Math.max(height, width)));
  const out = new Uint8Array(height * factor * width * factor * channels);
  const scale = high > low ? 255 / (high - low) : 0;
  let at = 0;
  for (let row = 0; row < height * factor; row++) {
    const y = Math.floor(row / factor);
    for (let column = 0; column < width * factor; column++) {
      const pixel = from + (y * width + Math.floor(column / factor)) * channels;
      for (let c = 0; c < channels; c++) out[at++] = Math.max(0, Math.min(255, Math.round((pixels[pixel + c]! - low) * scale)));
    }
  }
  const png = encode({ width: width * factor, height: height * factor, data: out, channels: channels });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** A grid of images as a drawing, to stand alone or beside others. */
export async function imagesSpec(where: string, images: Images, options: ImagesOptions = {}): Promise<VegaLiteSpec> {
  const settings = readImagesOptions(where, options);
  if (!(images instanceof Tensor) && !isArrayData(images)) {
    throw new ArgumentError({
      where,
      expected: 'a tensor, or an array { data, shape }',
      received: describe(images),
      hint: 'tensor(...) makes one of nested arrays',
    });
  }
  const { shape } = images;
  const colour = shape.length === 4;
  if ((!colour && shape.length !== 3) || (colour && ![1, 3, 4].includes(shape[3]!))) {
    throw new ShapeError({
      where,
      expected: '[count, height, width] or [count, height, width, channels] with 1, 3 or 4 channels',
      received: `[${shape.join(', ')}]`,
      hint:
        shape.length === 2
          ? 'ops.expandDims(x, 0) for a single image, ops.reshape(x, [-1, height, width]) for flat rows'
          : 'add the axes that are missing with ops.expandDims',
    });
  }
  const [count, height, width] = shape as unknown as [number, number, number];
  const channels = colour ? shape[3]! : 1;
  const pixels = images instanceof Tensor ? await images.data() : images.data;
  let [low, high] = settings.range ?? [Infinity, -Infinity];
  if (!settings.range) {
    for (const value of pixels) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const values: Record<string, unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const url = await dataUrl(pixels, i * height * width * channels, height, width, channels, low, high, settings.side);
    values.push({
      url,
      label: (settings.labels[i] ?? '').split('\n'),
      column: i % settings.columns,
      row: Math.floor(i / settings.columns),
    });
  }
  const longer = Math.max(height, width);
  const [drawnHeight, drawnWidth] = [(settings.side * height) / longer, (settings.side * width) / longer];
  const lines = settings.labels.slice(0, count).map((label) => label.split('\n'));
  const labelled = lines.length > 0;
  const labelWidth = Math.max(0, ...lines.flat().map((line) => textWidth(line, FONT_SIZE)));
  const labelHeight = Math.max(0, ...lines.map((parts) => parts.length * FONT_SIZE * LINE));
  const columns = Math.min(settings.columns, Math.max(count, 1));
  const rows = Math.max(1, Math.ceil(count / settings.columns));
  const cell = { width: Math.max(drawnWidth, labelWidth) + 14, height: drawnHeight + (labelled ? labelHeight + 16 : 10) };
  // the image in the upper part of its cell, the text close below it
  const imageOffset = labelled ? -(labelHeight + 4) / 2 : 0;
  const place = (field: string, cells: number) => ({
    field,
    type: 'quantitative',
    scale: { domain: [-0.5, cells - 0.5], nice: false, zero: false, ...(field === 'row' ? { reverse: true } : {}) },
    axis: null,
  });
  return {
    ...(settings.title === '' ? {} : { title: settings.title }),
    width: columns * cell.width,
    height: rows * cell.height,
    view: { stroke: null },
    data: { values },
    layer: [
      {
        mark: { type: 'image', width: drawnWidth, height: drawnHeight, yOffset: imageOffset },
        encoding: { x: place('column', columns), y: place('row', rows), url: { field: 'url', type: 'nominal' } },
      },
      ...(labelled
        ? [
            {
              mark: {
                type: 'text',
                fontSize: FONT_SIZE,
                lineHeight: FONT_SIZE * LINE,
                baseline: 'top',
                yOffset: imageOffset + drawnHeight / 2 + 4,
              },
              encoding: { x: place('column', columns), y: place('row', rows), text: { field: 'label', type: 'nominal' } },
            },
          ]
        : []),
    ],
  };
}

/**
 * Draws images in a grid, with labels if given, into a .png or .svg file.
 *
 * @param images a tensor or an array of shape [count, height, width] or [count, height, width, channels], such as the batches of a generator
 * @example
 * await plot.images(test.x, 'digits.png', { labels: ['7', '2'], columns: 10 });
 */
export async function images(images: Images, file: string, options: ImagesOptions = {}): Promise<void> {
  await writePicture('plot.images', await imagesSpec('plot.images', images, options), file);
}
