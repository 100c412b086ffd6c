/** The structure of models as Keras writes it in JSON, without their weights. */
import { ArgumentError, FormatError } from '../errors.js';
import { fromConfig } from '../layers/registry.js';
import { fromKeras, type Json } from '../models/keras-config.js';
import { Model } from '../models/model.js';
import { optional, readOptions, type Reader } from '../options/index.js';
import type { CustomObjects } from './format.js';
import { customObjectsReader } from './load-model.js';

/** Options of those who read configs. */
export interface ConfigOptions {
  /** Classes and functions that are not the library's, by the names that the config has for them. */
  customObjects?: CustomObjects;
  /** What errors call the config: the file that it is from. */
  where?: string;
}

/** The config of a model, in the spelling of Keras 3. */
export function kerasModelConfig(model: Model): Json {
  return model.toJSON();
}

/**
 * A model, not compiled and with new weights, from Keras' config of it.
 *
 * @throws FormatError where the config is not that of a model
 * @example
 * const model = modelFromKerasConfig(JSON.parse(text), { where: 'config.json' });
 */
export function modelFromKerasConfig(json: Json, { where = 'config' }: ConfigOptions = {}): Model {
  const made = fromConfig(fromKeras(json));
  if (made instanceof Model) return made;
  throw new FormatError({ where, expected: 'the config of a model', received: `that of a ${made.className}` });
}

const given: Reader<Json> = (value, where) => {
  if (typeof value !== 'string') return value as Json;
  try {
    return JSON.parse(value) as Json;
  } catch (cause) {
    throw new FormatError({ where, expected: 'a text in JSON', received: cause instanceof Error ? cause.message : String(cause), cause });
  }
};

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
  const read = readOptions(where, options, { customObjects: optional(customObjectsReader, {}) });
  return modelFromKerasConfig(given(json, where), { ...read, where });
}
