/** Options of the image data generator, read and checked. Source: Keras 3, legacy `ImageDataGenerator`. */
import { ArgumentError } from '../errors.js';
import type { ArrayData } from '../data/array.js';
import { imageDataFormat } from '../layers/defaults.js';
import {
  describe,
  flag,
  floatDtype,
  nullable,
  oneOf,
  optional,
  type Read,
  type Reader,
  readOptions,
  real,
  whole,
} from '../options/index.js';

/** How pixels beyond the edge are found: with `cval`, as the nearest one, mirrored, or from the other side. */
export type FillMode = 'constant' | 'nearest' | 'reflect' | 'wrap';

export interface ImageDataGeneratorOptions {
  /** Subtracts the mean of every channel over the data given to `fit`; false. */
  featurewiseCenter?: boolean;
  /** Subtracts the mean of each image; false. */
  samplewiseCenter?: boolean;
  /** Divides by the deviation of every channel over the data given to `fit`; includes `featurewiseCenter`; false. */
  featurewiseStdNormalization?: boolean;
  /** Divides each image by its deviation; includes `samplewiseCenter`; false. */
  samplewiseStdNormalization?: boolean;
  /** Takes correlations between pixels away, as learnt by `fit`; includes `featurewiseCenter`, excludes the featurewise deviation; false. */
  zcaWhitening?: boolean;
  /** Added to the singular values of the whitening; 1e-6. */
  zcaEpsilon?: number;
  /** Degrees to either side; 0. */
  rotationRange?: number;
  /** Below 1: share of the width to either side. A whole number n: less than n pixels. Another number: pixels. A list: one of it, either sign. */
  widthShiftRange?: number | readonly number[];
  /** The same with the height. */
  heightShiftRange?: number | readonly number[];
  /** Factors [least, most]; null. */
  brightnessRange?: readonly [number, number] | null;
  /** Degrees to either side; 0. */
  shearRange?: number;
  /** z: from 1 - z to 1 + z; or [least, most]. Rows and columns are drawn by themselves; above 1 the content becomes smaller; 0. */
  zoomRange?: number | readonly [number, number];
  /** Added to all channels, to either side, within the range of the image; 0. */
  channelShiftRange?: number;
  /** 'nearest'. */
  fillMode?: FillMode;
  /** The value beyond the edge with `fillMode: 'constant'`; 0. */
  cval?: number;
  horizontalFlip?: boolean;
  verticalFlip?: boolean;
  /** Factor, after everything random; null. */
  rescale?: number | null;
  /** Changes an image (or returns another of its shape) after the random transformations, before `rescale`. */
  preprocessingFunction?: PreprocessingFunction | null;
  dataFormat?: 'channelsLast' | 'channelsFirst' | null;
  /** Share of the samples, the first ones (of each class, in a folder), that `subset: 'validation'` takes; 0. */
  validationSplit?: number;
  /** Order of the splines between pixels, 0 (nearest) to 5; 1. */
  interpolationOrder?: number;
  dtype?: 'float32' | 'float64';
  /**
   * Keras 3 exchanges rows and columns of shifts, turns images that are not square about the wrong point, cuts to 8 bits to change the brightness,
   * and wraps with a period of one pixel less. true: what its documentation says instead; false.
   */
  corrected?: boolean;
}

/** May work in place; what it returns (undefined: the same array) must have the shape that came. */
export type PreprocessingFunction = (image: ArrayData<Float32Array | Float64Array>) => ArrayData | void;

const shiftRange: Reader<number | readonly number[]> = (value, where) => {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  if (Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)) return [...(value as number[])];
  throw new ArgumentError({
    where,
    expected: 'a number of at least 0, or a list of numbers',
    received: describe(value),
    hint: '0.1 is a tenth of the image, 2 is one pixel at most, [1, 4] is one or four',
  });
};

const two =
  (low: number): Reader<readonly [number, number]> =>
  (value, where) => {
    if (Array.isArray(value) && value.length === 2) {
      const [least, most] = value as unknown[];
      if (typeof least === 'number' && typeof most === 'number' && least >= low && most >= least && Number.isFinite(most))
        return [least, most];
    }
    throw new ArgumentError({
      where,
      expected: `[least, most] of at least ${low}`,
      received: describe(value),
      hint: 'for example [0.8, 1.2]',
    });
  };

const zoomRange: Reader<readonly [number, number]> = (value, where) => {
  if (value === undefined) return [1, 1];
  if (typeof value !== 'number') return two(0)(value, where);
  const zoom = real({ low: 0, high: 1 })(value, where);
  return [1 - zoom, 1 + zoom];
};

const preprocessingFunction: Reader<PreprocessingFunction> = (value, where) => {
  if (typeof value === 'function') return value as PreprocessingFunction;
  throw new ArgumentError({ where, expected: 'a function of one image', received: describe(value) });
};

const readers = {
  featurewiseCenter: optional(flag, false),
  samplewiseCenter: optional(flag, false),
  featurewiseStdNormalization: optional(flag, false),
  samplewiseStdNormalization: optional(flag, false),
  zcaWhitening: optional(flag, false),
  zcaEpsilon: optional(real({ low: 0 }), 1e-6),
  rotationRange: optional(real({ low: 0 }), 0),
  widthShiftRange: shiftRange,
  heightShiftRange: shiftRange,
  brightnessRange: nullable(two(0)),
  shearRange: optional(real({ low: 0 }), 0),
  zoomRange,
  channelShiftRange: optional(real({ low: 0 }), 0),
  fillMode: optional(oneOf('constant', 'nearest', 'reflect', 'wrap'), 'nearest' as const),
  cval: optional(real(), 0),
  horizontalFlip: optional(flag, false),
  verticalFlip: optional(flag, false),
  rescale: nullable(real()),
  preprocessingFunction: nullable(preprocessingFunction),
  dataFormat: nullable(oneOf('channelsLast', 'channelsFirst')),
  validationSplit: optional(real({ low: 0, below: 1 }), 0),
  interpolationOrder: optional(order, 1),
  dtype: optional(floatDtype, 'float32' as const),
  corrected: optional(flag, false),
};

function order(value: unknown, where: string): number {
  const read = whole(0)(value, where);
  if (read <= 5) return read;
  throw new ArgumentError({ where, expected: 'a whole number from 0 to 5', received: String(read), hint: '1 is linear, 3 is cubic' });
}

export type Settings = Omit<Read<typeof readers>, 'dataFormat'> & { readonly dataFormat: 'channelsLast' | 'channelsFirst' };

/** What one option includes or excludes is settled here, as Keras does (which warns of it). */
export function readSettings(options: ImageDataGeneratorOptions): Settings {
  const read = readOptions('imageDataGenerator', options, readers);
  return {
    ...read,
    dataFormat: read.dataFormat ?? imageDataFormat(),
    featurewiseCenter: read.featurewiseCenter || read.zcaWhitening || read.featurewiseStdNormalization,
    featurewiseStdNormalization: read.featurewiseStdNormalization && !read.zcaWhitening,
    samplewiseCenter: read.samplewiseCenter || read.samplewiseStdNormalization,
  };
}
