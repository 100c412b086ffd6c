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
    // what is no number any more has no place on an axis: the curve is broken there
    const values = curves.flatMap(([set, points]) =>
      points.map((value, i) => ({ epoch: i + 1, value: Number.isFinite(value) ? value : null, set })),
    );
    const epochs = Math.max(...curves.map(([, points]) => points.length));
    const finite = values.flatMap(({ value }) => (value === null ? [] : [value]));
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    // an axis of one value has a tick with all its digits
    const around = low === high ? { domain: [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2] } : {};
    const sets = curves.filter(([, points]) => points.length > 0).map(([set]) => set);
    return {
      title: name,
      width: 320,
      height: 240,
      data: { values },
      mark: { type: 'line', point: epochs <= 50 },
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          scale: { domain: epochs > 1 ? [1, epochs] : [0.5, 1.5], nice: false },
          axis: { tickMinStep: 1, format: 'd', grid: false, labelFlush: false, ...(epochs > 1 ? {} : { values: [1] }) },
        },
        y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false, ...around } },
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
  // a legend below each panel; a shared one would end up below everything that stands in the same picture
  const columns = panels.length < 4 ? panels.length : panels.length === 4 ? 2 : 3;
  return { concat: panels, columns, spacing: 30, resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } } };
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
