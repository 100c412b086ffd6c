/** Where Keras 3 keeps the weights of a model's layers in a `.weights.h5` file: by the way from the model to the layer. */
import type { Layer } from '../../layers/layer.js';
import { snakeCase } from '../../layers/names.js';
import type { Weight } from '../../layers/weight.js';
import { Weighted } from '../../layers/weighted.js';
import { Functional } from '../../models/functional.js';
import type { Model } from '../../models/model.js';
import { Sequential } from '../../models/sequential.js';

/** A layer, or a part of one, and its path in the file; '' is the model. Its weights stand below in `vars/0`, `vars/1` and so on. */
export interface Place {
  readonly path: string;
  /** The layer's name; undefined for what is no layer here. */
  readonly name: string | undefined;
  readonly weights: readonly Weight[];
}

/** Classes that Python calls otherwise, other than by the names that Keras exports. */
export const CLASSES: Readonly<Record<string, string>> = { GroupQueryAttention: 'GroupedQueryAttention' };

/** Private attributes come last. */
const order = (name: string): string => (name.startsWith('_') ? `~${name}` : name);

/** All places, each layer once: at the first way to it. Layers in lists go by their class, and a number where there are several of it. */
export function placesOf(model: Model): Place[] {
  const places: Place[] = [];
  const seen = new Set<unknown>();

  const visit = (layer: Weighted, path: string): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    const { own, parts } = layer.anatomy;
    places.push({ path, name: layer.name, weights: own });
    const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
    if (layer instanceof Sequential || layer instanceof Functional) list(layer.layers, below('layers'));
    for (const [name, part] of [...parts].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))) {
      if (part instanceof Weighted) visit(part, below(name));
      else if ('weights' in part) places.push({ path: below(name), name: undefined, weights: part.weights });
      else list(part, below(name));
    }
  };

  const list = (layers: readonly Weighted[], path: string): void => {
    const used = new Map<string, number>();
    for (const layer of layers) {
      const { className } = layer as Layer;
      const name = snakeCase(CLASSES[className] ?? className);
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      visit(layer, `${path}/${name}${count === 0 ? '' : `_${count}`}`);
    }
  };

  visit(model, '');
  return places;
}
