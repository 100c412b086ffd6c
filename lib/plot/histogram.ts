/** Histograms of one or several sets of numbers, one over the other. */
import { ArgumentError } from '../errors.js';
import { describe, flag, optional, real, readOptions, text, whole } from '../options/index.js';
import { Tensor } from '../tensor/tensor.js';
import { writePicture } from './render.js';
import { type Numbers, numbersOf } from './values.js';

export interface HistogramOptions {
  /** Bars over the whole range; 20. */
  bins?: number;
  /** The area of each set's bars is 1, so that sets of different sizes compare; true. */
  density?: boolean;
  /** From 0 (not seen) to 1 (hides what is behind); 0.5. */
  opacity?: number;
  title?: string;
  xTitle?: string;
}

const colours = ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b'];

function setsOf(where: string, values: unknown): [string, Numbers][] {
  if (values instanceof Tensor || Array.isArray(values) || ArrayBuffer.isView(values)) return [['', values as Numbers]];
  if (typeof values === 'object' && values !== null && Object.keys(values).length > 0) return Object.entries(values) as [string, Numbers][];
  throw new ArgumentError({ where, expected: 'numbers, or an object of sets of numbers by name', received: describe(values) });
}

/**
 * Draws histograms into a .png or .svg file: of one set of numbers, or of several with a legend, half transparent, over common bins.
 *
 * @example
 * await plot.histogram({ 'all digits': highest, 'wrong digits': highestOfWrong }, 'confidence.png', { xTitle: 'highest probability' });
 */
export async function histogram(
  values: Numbers | Readonly<Record<string, Numbers>>,
  file: string,
  options: HistogramOptions = {},
): Promise<void> {
  const where = 'plot.histogram';
  const settings = readOptions(where, options, {
    bins: optional(whole(), 20),
    density: optional(flag, true),
    opacity: optional(real({ low: 0, high: 1 }), 0.5),
    title: optional(text, ''),
    xTitle: optional(text, ''),
  });
  const sets: [string, number[]][] = [];
  for (const [name, numbers] of setsOf(where, values)) {
    sets.push([name, (await numbersOf(where, numbers)).filter((value) => Number.isFinite(value))]);
  }
  let [low, high] = [Infinity, -Infinity];
  for (const [, numbers] of sets) {
    for (const value of numbers) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) throw new ArgumentError({ where, expected: 'at least one finite number', received: 'none' });
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const width = (high - low) / settings.bins;
  const bars = sets.flatMap(([set, numbers]) => {
    const counts = new Array<number>(settings.bins).fill(0);
    for (const value of numbers) counts[Math.min(settings.bins - 1, Math.floor((value - low) / width))]!++;
    const unit = settings.density ? 1 / (Math.max(1, numbers.length) * width) : 1;
    return counts.map((count, i) => ({ set, from: low + i * width, to: low + (i + 1) * width, height: count * unit }));
  });
  const names = sets.map(([name]) => name);
  const isNamed = names.some((name) => name !== '');
  const spec = {
    ...(settings.title === '' ? {} : { title: settings.title }),
    width: 420,
    height: 280,
    data: { values: bars },
    // rectangles, not bars: an axis of bars has its ticks at their edges, which are no round numbers
    mark: { type: 'rect', opacity: settings.opacity },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        title: settings.xTitle === '' ? null : settings.xTitle,
        scale: { domain: [low, high], nice: false },
        axis: { grid: false, tickCount: 8, labelFlush: false },
      },
      x2: { field: 'to' },
      y: { field: 'height', type: 'quantitative', title: settings.density ? 'density' : 'count', scale: { zero: true } },
      y2: { datum: 0 },
      color: {
        field: 'set',
        type: 'nominal',
        title: null,
        scale: { domain: names, range: names.map((_, i) => colours[i % colours.length]!) },
        // above the drawing: within it, it would hide something of one picture or another
        legend: isNamed ? { orient: 'top', offset: 8, symbolOpacity: settings.opacity } : null,
      },
    },
  };
  await writePicture(where, spec, file);
}
