/** What `fit` learns from images: mean and deviation of every channel, and the whitening matrix. */
import type { ArrayData } from '../data/array.js';
import { whiteningMatrix } from '../native/images.js';
import { imageSizes, type Statistics } from './batch.js';
import type { Settings } from './options.js';

/** Pixels between two pauses, so that large data do not hold up the event loop. */
const PAUSE = 1 << 22;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Images are rescaled already where they are to be. */
export async function learn(settings: Settings, images: ArrayData<Float32Array | Float64Array>): Promise<Statistics> {
  const { rows, columns, channels } = imageSizes(settings, images.shape);
  const first = settings.dataFormat === 'channelsFirst';
  const area = rows * columns;
  const count = images.shape[0]!;
  const { data } = images;
  const perChannel = count * area;
  const visit = async (each: (value: number, channel: number) => void): Promise<void> => {
    for (let i = 0; i < data.length;) {
      const end = Math.min(data.length, i + PAUSE);
      for (; i < end; i++) each(data[i]!, first ? Math.floor(i / area) % channels : i % channels);
      await pause();
    }
  };
  let mean: Float64Array | undefined;
  let deviation: Float64Array | undefined;
  if (settings.featurewiseCenter) {
    const sums = new Float64Array(channels);
    await visit((value, c) => (sums[c]! += value));
    const center = (mean = sums.map((sum) => sum / perChannel));
    if (settings.featurewiseStdNormalization) {
      const squares = new Float64Array(channels);
      await visit((value, c) => (squares[c]! += (value - center[c]!) ** 2));
      deviation = squares.map((sum) => Math.sqrt(sum / perChannel));
    }
  }
  let whitening: Float32Array | Float64Array | undefined;
  if (settings.zcaWhitening) {
    const centered = new Float64Array(data.length);
    let at = 0;
    await visit((value, c) => (centered[at++] = value - mean![c]!));
    const matrix = await whiteningMatrix(centered, count, area * channels, settings.zcaEpsilon);
    whitening = settings.dtype === 'float64' ? matrix : Float32Array.from(matrix);
  }
  return { mean, deviation, whitening };
}
