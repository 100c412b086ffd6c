/** Layers by the names of their classes, so that configs and files can be turned into layers again. */
import { ArgumentError } from '../errors.js';
import { atPlace, type Config, describe, isSerialized, madeOfCustom, nearest, type Serialized } from '../options/index.js';
import type { Layer } from './layer.js';

/** A class that a config can be turned into. */
export interface LayerClass {
  new (options: never): Layer;
  /** Makes the layer; where it is absent, the config is given to the constructor. */
  fromConfig?(config: Config): Layer;
}

const classes = new Map<string, LayerClass>();

/**
 * Makes a class known to `layers.fromConfig` and to loaded models: do so with your own layers.
 *
 * @example
 * layers.registerLayer('Scale', Scale);
 */
export function registerLayer(className: string, layerClass: LayerClass): void {
  classes.set(className, layerClass);
}

/** @internal The class that is registered under a name. */
export function layerClass(className: string): LayerClass | undefined {
  return classes.get(className);
}

/**
 * A layer from what `layers.serialize` (or `{ className, config }` in a model's config) says.
 *
 * @example
 * layers.fromConfig({ className: 'Dense', config: { units: 10 } });
 */
export function fromConfig(serialized: Serialized): Layer {
  if (!isSerialized(serialized)) {
    throw new ArgumentError({ where: 'layers.fromConfig', expected: '{ className, config }', received: describe(serialized) });
  }
  return atPlace(serialized, () => made(serialized));
}

function made(serialized: Serialized): Layer {
  const own = madeOfCustom(serialized);
  if (own !== undefined) return own as Layer;
  const found = classes.get(serialized.className);
  if (!found) {
    const known = [...classes.keys()];
    const near = nearest(serialized.className, known);
    throw new ArgumentError({
      where: 'layers.fromConfig',
      expected: `a known class (${known.sort().join(', ')})`,
      received: `'${serialized.className}'`,
      hint: near ? `did you mean '${near}'?` : 'make your own class known with layers.registerLayer, or give it in customObjects',
    });
  }
  return found.fromConfig ? found.fromConfig(serialized.config) : new found(serialized.config as never);
}
