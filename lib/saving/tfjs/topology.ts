/** A model's config in the spelling of Keras 2, which TensorFlow.js has. */
import { ArgumentError } from '../../errors.js';
import type { Json, JsonObject } from '../../keras/index.js';
import { activationName, checkSupported } from './supported.js';

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Options of Keras 3 that Keras 2 has not. */
const DROPPED = new Set([
  'quantization_config',
  'optional',
  'ragged',
  'synchronized',
  'rms_scaling',
  'backward_layer',
  'build_input_shape',
]);

/** Options with other names, by class. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  InputLayer: { batch_shape: 'batch_input_shape' },
  LeakyReLU: { negative_slope: 'alpha' },
};

const INITIALIZERS: Readonly<Record<string, string>> = { LecunNormal: 'LeCunNormal', LecunUniform: 'LeCunUniform' };

/** Initializers, regularizers and constraints. */
function objectOf(where: string, key: string, value: JsonObject): Json {
  const className = value['class_name'] as string;
  const config = value['config'] as JsonObject;
  if (key.endsWith('_regularizer')) {
    if (!['L1', 'L2', 'L1L2'].includes(className)) {
      throw new ArgumentError({ where: `${where} ${key}`, expected: 'l1, l2 or l1l2, as TensorFlow.js has', received: className });
    }
    return { class_name: 'L1L2', config: { l1: config['l1'] ?? 0, l2: config['l2'] ?? 0 } };
  }
  return { class_name: INITIALIZERS[className] ?? className, config };
}

function option(where: string, key: string, value: Json): Json {
  if (key === 'dtype') return isObject(value) ? (value['config'] as JsonObject)['name']! : value;
  if (/activation$/.test(key)) {
    if (typeof value === 'string') return activationName(`${where} ${key}`, value);
    throw new ArgumentError({ where: `${where} ${key}`, expected: 'an activation of the library', received: 'one of your own' });
  }
  if (!isObject(value) || typeof value['class_name'] !== 'string') return value;
  if (/_(initializer|regularizer|constraint)$/.test(key)) return objectOf(where, key, value);
  return layerOf(where, value);
}

function configOf(where: string, className: string, config: JsonObject): JsonObject {
  const names = RENAMED[className] ?? {};
  const entries = Object.entries(config).filter(([key]) => !DROPPED.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [names[key] ?? key, option(`${where} ${className}`, key, value)]));
}

/** A call: `[layer, which call of it, which output, options]` for each input. */
function nodeOf(where: string, node: JsonObject, models: ReadonlySet<Json>): Json {
  const { args, kwargs } = node as { args: readonly Json[]; kwargs: JsonObject };
  const found: Json[] = [];
  const visit = (value: Json): void => {
    if (Array.isArray(value)) return (value as readonly Json[]).forEach(visit);
    if (!isObject(value) || value['class_name'] !== '__keras_tensor__') return;
    found.push([...referenceOf((value['config'] as JsonObject)['keras_history']!, models), {}]);
  };
  args.forEach(visit);
  if (found.length === 0) throw new ArgumentError({ where, expected: 'calls of layers on tensors', received: JSON.stringify(kwargs) });
  return found;
}

function layerOf(where: string, layer: JsonObject): JsonObject {
  const className = layer['class_name'] as string;
  const config = layer['config'] as JsonObject;
  if (className === 'Sequential') return { class_name: className, config: sequentialOf(where, config) };
  if (className === 'Functional') return { class_name: 'Model', config: functionalOf(where, config) };
  const made = configOf(where, className, config);
  if (className === 'ReLU' && made['threshold'] && !made['negative_slope'] && made['max_value'] === null) {
    const { name, trainable = true, threshold } = made;
    return { class_name: 'ThresholdedReLU', config: { name: name!, trainable, theta: threshold } };
  }
  checkSupported(where, className, made);
  if (className === 'Bidirectional') {
    // It puts `forward_` before the name itself.
    const inner = made['layer'] as { class_name: string; config: JsonObject };
    const name = (inner.config['name'] as string).replace(/^forward_/, '');
    return { class_name: className, config: { ...made, layer: { ...inner, config: { ...inner.config, name } } } };
  }
  return { class_name: className, config: made };
}

function sequentialOf(where: string, config: JsonObject): JsonObject {
  return { name: config['name']!, layers: (config['layers'] as readonly JsonObject[]).map((layer) => layerOf(where, layer)) };
}

/** A place in the graph. Calls of models count from 1 in Keras 2: the first one is that which made the model. */
function referenceOf(value: Json, models: ReadonlySet<Json>): readonly Json[] {
  const [name, call, output] = value as [string, number, number];
  return [name, models.has(name) ? call + 1 : call, output];
}

/** One place in the graph, or a list of them. */
function references(value: Json, models: ReadonlySet<Json>): Json {
  const list = value as readonly Json[];
  return (typeof list[0] === 'string' ? [list] : list).map((one) => referenceOf(one, models));
}

function functionalOf(where: string, config: JsonObject): JsonObject {
  const given = config['layers'] as readonly JsonObject[];
  const isModel = (layer: JsonObject): boolean => layer['class_name'] === 'Sequential' || layer['class_name'] === 'Functional';
  const models = new Set(given.filter(isModel).map((layer) => layer['name']!));
  const layers = given.map((layer) => ({
    name: layer['name']!,
    ...layerOf(where, layer),
    inbound_nodes: (layer['inbound_nodes'] as readonly JsonObject[]).map((node) => nodeOf(where, node, models)),
  }));
  const { name, input_layers: from, output_layers: to } = config;
  return { name: name!, layers, input_layers: references(from!, models), output_layers: references(to!, models) };
}

/**
 * `model.toJSON()` in the spelling of Keras 2.
 *
 * @throws ArgumentError naming the layer or the option that TensorFlow.js has not, or has with another meaning
 */
export function toTopology(where: string, json: JsonObject): JsonObject {
  return { ...layerOf(where, json), keras_version: '2.15.0', backend: 'tensorflow' };
}
