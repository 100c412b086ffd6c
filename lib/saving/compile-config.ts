/** How a model was compiled, as Keras writes it in JSON. */
import { type Json, compileFromKeras as settingsFromKeras } from '../keras/index.js';
import type { Model } from '../models/model.js';
import type { CompileOptions } from '../models/training/compile-options.js';
import { withCustomObjects } from '../options/index.js';
import type { ConfigOptions } from './config.js';

/** The options that a model was compiled with, in the spelling of Keras 3; undefined where it was not compiled. */
export function kerasCompileConfig(model: Model): Json | undefined {
  return model.compileConfig();
}

/**
 * Compiles a model as Keras' `compile_config`, or the `training_config` of an `.h5` file, says. The optimizer's state is not in these.
 *
 * @throws FormatError with the place in the config, where it says something else than Keras does
 */
export function compileFromKeras(model: Model, json: Json, { where = 'compile_config', customObjects = {} }: ConfigOptions = {}): Model {
  const settings = withCustomObjects(customObjects, () => settingsFromKeras(json, where));
  return model.compile(settings as Omit<CompileOptions, 'loss'>);
}
