/** The structure of models as Keras writes it in JSON, without their weights. */
import { ArgumentError, FormatError } from '../errors.js';
import { parseJson } from '../io/json.js';
import { fromKeras, type Json } from '../keras/index.js';
import { fromConfig } from '../layers/registry.js';
import { Model } from '../models/model.js';
import { atPlace, readOptions, withCustomObjects } from '../options/index.js';
import { customObjectsReader } from './custom-objects.js';
import type { CustomObjects } from './format.js';

/** Options of those who read configs. */
export interface ConfigOptions {
  /** Classes and functions that are not the library's, by the names that the config has for them. */
  customObjects?: CustomObjects;
  /** What errors call the config: the file that it is from, and what in it. */
  where?: string;
}

/** The config of a model, in the spelling of Keras 3. */
export function kerasModelConfig(model: Model): Json {
  return model.toJSON();
}

/**
 * A model, not compiled and with new weights, from Keras' config of it: that of Keras 3, or of the Keras 2 that wrote `.h5` files.
 *
 * @throws FormatError with the place in the config, where it is not that of a model
 * @example
 * const model = modelFromKerasConfig(JSON.parse(text), { where: 'config.json' });
 */
export function modelFromKerasConfig(json: Json, { where = 'config', customObjects = {} }: ConfigOptions = {}): Model {
  return withCustomObjects(customObjects, () => {
    const serialized = fromKeras(json, where);
    const made = atPlace(serialized, () => fromConfig(serialized));
    if (made instanceof Model) return made;
    throw new FormatError({ where, expected: 'the config of a model', received: `that of a ${made.className}` });
  });
}

/**
 * A model from what `JSON.stringify(model)` or Keras' `model.to_json()` wrote: with new weights, and not compiled.
 *
 * @throws FormatError where the text is not JSON, or not the config of a model
 * @example
 * const untrained = modelFromJSON(JSON.stringify(model));
 */
export function modelFromJSON(json: string | object, options?: { customObjects?: CustomObjects }): Model {
  const where = 'modelFromJSON';
  if (typeof json !== 'string' && (typeof json !== 'object' || json === null)) {
    throw new ArgumentError({ where, expected: 'a text in JSON, or what it holds', received: typeof json });
  }
  const read = readOptions(where, options, { customObjects: customObjectsReader });
  return modelFromKerasConfig(parseJson(where, typeof json === 'string' ? json : textOf(where, json)) as Json, { ...read, where });
}

function textOf(where: string, json: object): string {
  try {
    return JSON.stringify(json);
  } catch (cause) {
    throw new FormatError({ where, expected: 'an object that JSON can hold', received: 'one that holds itself', cause });
  }
}
