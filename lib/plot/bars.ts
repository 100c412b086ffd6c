/** Bars, and a digit beside the bars of its class probabilities. */
import { ArgumentError, ShapeError } from '../errors.js';
import { describe, optional, readOptions, text, texts } from '../options/index.js';
import { reshape } from '../ops/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { imagesSpec } from './images.js';
import { type VegaLiteSpec, writePicture } from './render.js';
import { type Numbers, numbersOf } from './values.js';

/** More would make a picture that no program opens. */
const MOST = 1000;
/** Bars from which on they become narrow. */
const MANY = 25;

export interface BarsOptions {
  /** A name for each bar; its number where there is none. */
  labels?: readonly string[];
  title?: string;
  /** Titles of the axes; `y` is 'probability'. */
  xTitle?: string;
  yTitle?: string;
}

async function barsSpec(where: string, values: Numbers, options: BarsOptions): Promise<VegaLiteSpec> {
  const { labels, title, xTitle, yTitle } = readOptions(where, options, {
    labels: optional<readonly string[] | undefined>(texts(), undefined),
    title: optional(text, ''),
    xTitle: optional(text, 'class'),
    yTitle: optional(text, 'probability'),
  });
  const heights = await numbersOf(where, values);
  if (labels && labels.length !== heights.length) {
    throw new ArgumentError({ where, expected: `${heights.length} labels, one a bar`, received: String(labels.length) });
  }
  if (heights.length === 0 || heights.length > MOST) {
    throw new ArgumentError({
      where,
      expected: `1 to ${MOST} numbers, one a bar`,
      received: String(heights.length),
      hint: heights.length === 0 ? undefined : 'ops.getItem(probabilities, 0) takes one row of several; plot.histogram draws many numbers',
    });
  }
  const names = labels ?? heights.map((_, i) => String(i));
  const many = heights.length > MANY;
  const wordy = names.some((name) => name.length > 3);
  return {
    ...(title === '' ? {} : { title }),
    width: many ? Math.max(32 * MANY, 8 * heights.length) : Math.max(240, 32 * heights.length),
    height: 240,
    data: { values: heights.map((value, i) => ({ name: names[i], value: Number.isFinite(value) ? value : null })) },
    mark: { type: 'bar', color: '#1f77b4' },
    encoding: {
      x: {
        field: 'name',
        type: 'nominal',
        title: xTitle,
        sort: null,
        // of many names those stand there that have room
        axis: {
          labelAngle: many && wordy ? -90 : wordy ? -45 : 0,
          ...(many ? { labelOverlap: 'greedy', labelSeparation: 6, ticks: false } : {}),
        },
      },
      y: { field: 'value', type: 'quantitative', title: yTitle },
    },
  };
}

/**
 * Draws bars into a .png or .svg file.
 *
 * @param values one number a bar: a tensor of any shape, a typed array or a list
 * @example
 * await plot.bars(probabilities, 'probabilities.png', { labels: ['cat', 'dog'] });
 */
export async function bars(values: Numbers, file: string, options: BarsOptions = {}): Promise<void> {
  await writePicture('plot.bars', await barsSpec('plot.bars', values, options), file);
}

/** As a batch of one; undefined for what is no single image. */
function shapeOfOne(shape: readonly number[]): number[] | undefined {
  const channels = (dim: number | undefined): boolean => dim === 1 || dim === 3 || dim === 4;
  if (shape.length === 2 || (shape.length === 3 && channels(shape[2]))) return [1, ...shape];
  const isBatch = shape[0] === 1 && (shape.length === 3 || (shape.length === 4 && channels(shape[3])));
  return isBatch ? [...shape] : undefined;
}

/**
 * Draws an image beside the bar chart of its class probabilities.
 *
 * @param image [height, width] or [height, width, channels], alone or as a batch of one
 * @param probabilities one number a class
 * @example
 * await plot.prediction(ops.getItem(test.x, 7), ops.getItem(probabilities, 7), 'digit.png', { title: 'predicted 9, is 9' });
 */
export async function prediction(image: Tensor, probabilities: Numbers, file: string, options: BarsOptions = {}): Promise<void> {
  const where = 'plot.prediction';
  const { title, ...rest } = options;
  const shape = image instanceof Tensor ? shapeOfOne(image.shape) : undefined;
  if (!shape) {
    throw new ShapeError({
      where,
      expected: 'one image as a tensor, [height, width] or [height, width, channels]',
      received: image instanceof Tensor ? `[${image.shape.join(', ')}]` : describe(image),
      hint: 'ops.reshape(x, [28, 28]), say',
    });
  }
  const chart = await barsSpec(where, probabilities, rest);
  const one = reshape(image as Tensor<number[]>, shape);
  try {
    const picture = await imagesSpec(where, one, { columns: 1, side: 220 });
    await writePicture(where, { ...(title === undefined ? {} : { title }), hconcat: [picture, chart], spacing: 30 }, file);
  } finally {
    one.dispose();
  }
}
