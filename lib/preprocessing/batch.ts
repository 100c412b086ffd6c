/** Runs a batch of images through the native side: transformed, given to the user's function, standardised. */
import type { ArrayData } from '../data/array.js';
import { DataError, ShapeError } from '../errors.js';
import { transformImages, type TransformSettings } from '../native/images.js';
import { describe } from '../options/index.js';
import type { TypedArray } from '../tensor/dtype.js';
import type { Settings } from './options.js';

/** What `fit` has learnt. */
export interface Statistics {
  readonly mean: Float64Array | undefined;
  readonly deviation: Float64Array | undefined;
  readonly whitening: Float32Array | Float64Array | undefined;
}

type Floats = Float32Array | Float64Array;

const fillModes = { constant: 0, nearest: 1, reflect: 2, wrap: 3 } as const;
const GRID_WRAP = 4;

/** Rows, columns and channels of images in a data format. */
export function imageSizes(settings: Settings, shape: readonly number[]): { rows: number; columns: number; channels: number } {
  const [a, b, c] = shape.slice(-3) as [number, number, number];
  return settings.dataFormat === 'channelsFirst' ? { channels: a, rows: b, columns: c } : { rows: a, columns: b, channels: c };
}

function nativeSource(data: TypedArray): Floats | Uint8Array {
  return data instanceof Int32Array ? Float64Array.from(data) : data;
}

/**
 * Images as floats of the generator's dtype. `parameters` holds the random part of each (none: only standardised); `standardizes` false leaves
 * the rest out.
 */
export async function processImages(
  settings: Settings,
  statistics: Statistics,
  images: ArrayData,
  parameters: Float64Array | undefined,
  standardizes: boolean,
): Promise<ArrayData<Floats>> {
  const count = images.shape[0]!;
  const { rows, columns, channels } = imageSizes(settings, images.shape);
  const sizes = [count, rows, columns, channels] as const;
  const target = settings.dtype === 'float64' ? new Float64Array(images.data.length) : new Float32Array(images.data.length);
  const native = (standardize: boolean): TransformSettings => ({
    channelsFirst: settings.dataFormat === 'channelsFirst',
    fillMode: settings.corrected && settings.fillMode === 'wrap' ? GRID_WRAP : fillModes[settings.fillMode],
    order: settings.interpolationOrder,
    fillValue: settings.cval,
    exactBrightness: settings.corrected,
    standardize,
    // Keras takes 0 for none, as Python does.
    rescale: settings.rescale || 1,
    sampleCenter: settings.samplewiseCenter,
    sampleDeviation: settings.samplewiseStdNormalization,
    mean: settings.featurewiseCenter ? statistics.mean : undefined,
    deviation: settings.featurewiseStdNormalization ? statistics.deviation : undefined,
    whitening: settings.zcaWhitening ? statistics.whitening : undefined,
  });
  const own = standardizes ? settings.preprocessingFunction : null;
  await transformImages(sizes, nativeSource(images.data), target, parameters, native(standardizes && !own));
  if (own) {
    const size = rows * columns * channels;
    for (let i = 0; i < count; i++) {
      const image = target.subarray(i * size, (i + 1) * size);
      const made = own({ data: image, shape: images.shape.slice(1) });
      if (made !== undefined) image.set(checked(made, images.shape.slice(1)).data);
    }
    await transformImages(sizes, target, target, undefined, native(true));
  }
  return { data: target, shape: [...images.shape] };
}

function checked(made: ArrayData, shape: readonly number[]): ArrayData {
  const where = 'preprocessingFunction';
  if (typeof made !== 'object' || made === null || !ArrayBuffer.isView(made.data) || !Array.isArray(made.shape)) {
    throw new DataError({ where, expected: 'an image { data, shape }, or nothing', received: describe(made), hint: 'change it in place' });
  }
  if (
    made.shape.length === shape.length &&
    made.shape.every((dim, i) => dim === shape[i]) &&
    made.data.length === shape.reduce((a, b) => a * b, 1)
  )
    return made;
  throw new ShapeError({ where, expected: `an image of shape [${shape.join(', ')}]`, received: `[${made.shape.join(', ')}]` });
}
