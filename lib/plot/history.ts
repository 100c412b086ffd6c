/** Learning curves. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import { type VegaLiteSpec, writePicture } from './render.js';

/** What `fit` returned, or its `history`. */
export type HistoryLike = { readonly history: Readonly<Record<string, readonly number[]>> } | Readonly<Record<string, readonly number[]>>;

function seriesOf(where: string, history: HistoryLike): Readonly<Record<string, readonly number[]>> {
  const inner = (history as { history?: unknown } | null)?.history;
  const series = typeof inner === 'object' && inner !== null ? (inner as Record<string, number[]>) : (history as Record<string, number[]>);
  const lists = typeof series === 'object' && series !== null ? Object.values(series) : [];
  if (lists.length > 0 && lists.every((list) => Array.isArray(list)) && lists.some((list) => list.length > 0)) return series;
  throw new ArgumentError({
    where,
    expected: 'what fit returned, with at least one epoch',
    received: describe(history),
    hint: 'pass the result of await model.fit(...)',
  });
}

/** One panel a figure, with the curve of training and that of validation. */
export function historySpec(where: string, history: HistoryLike): VegaLiteSpec {
  const series = seriesOf(where, history);
  const names = Object.keys(series).filter((name) => !name.startsWith('val_'));
  const panels = names.map((name) => {
    const curves = [
      ['training', series[name]!],
      ['validation', series[`val_${name}`] ?? []],
    ] as const;
    const values = curves.flatMap(([set, points]) => points.map((value, i) => ({ epoch: i + 1, value, set })));
    const epochs = series[name]!.length;
    const sets = curves.filter(([, points]) => points.length > 0).map(([set]) => set);
    return {
      title: name,
      width: 320,
      height: 240,
      data: { values },
      mark: { type: 'line', point: epochs <= 50, clip: true },
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          scale: { domain: [1, Math.max(epochs, 2)], nice: false },
          axis: { tickMinStep: 1, format: 'd', grid: false },
        },
        y: { field: 'value', type: 'quantitative', title: name, scale: { zero: false } },
        color: {
          field: 'set',
          type: 'nominal',
          title: null,
          scale: { domain: sets, range: ['#1f77b4', '#ff7f0e'] },
          legend: sets.length > 1 ? { orient: 'bottom' } : null,
        },
      },
    };
  });
  return { hconcat: panels, spacing: 30 };
}

/**
 * Draws the curves of loss and metrics over the epochs, training and validation together, into a .png or .svg file.
 *
 * @example
 * const history = await model.fit(x, y, { epochs: 10, validationSplit: 0.1 });
 * await plot.history(history, 'history.png');
 */
export async function history(history: HistoryLike, file: string): Promise<void> {
  await writePicture('plot.history', historySpec('plot.history', history), file);
}
