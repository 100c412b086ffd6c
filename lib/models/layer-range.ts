/** A part of a model's layers, named by its first and last: what `summary` and `plotModel` take. */
import { ArgumentError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { describe } from '../options/index.js';

/** Reads the option `layerRange`. */
export function layerRange(value: unknown, where: string): readonly [string, string] | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string')) return value as [string, string];
  throw new ArgumentError({ where, expected: 'two names of layers', received: describe(value), hint: "for example ['conv1', 'conv3']" });
}

/** The layers from the first that one pattern fits to the last that another fits. */
export function within(where: string, layers: readonly Layer[], range: readonly [string, string] | null): readonly Layer[] {
  if (!range) return layers;
  const [first, last] = range.map((one) => new RegExp(`^(?:${one})`)) as [RegExp, RegExp];
  const from = layers.findIndex(({ name }) => first.test(name));
  const to = layers.findLastIndex(({ name }) => last.test(name));
  if (from >= 0 && to >= from) return layers.slice(from, to + 1);
  throw new ArgumentError({
    where: `${where} layerRange`,
    expected: `names of layers in their order (${layers.map(({ name }) => name).join(', ')})`,
    received: range.join(', '),
  });
}
