/** Configs in Keras' spelling as ours. What is not as Keras writes it is a FormatError that names the place. */
import { FormatError } from '../errors.js';
import { type Config, type ConfigValue, customObject, type Serialized, setPlace } from '../options/index.js';
import { countFromZero } from './first-calls.js';
import { isObject, type Json, type JsonObject, listAt, objectAt, refuse, textAt, textOr } from './json.js';
import { camel, currentClass, isWord, moduleOf, wordFromKeras } from './names.js';
import { nodeFromKeras, referenceAt } from './nodes.js';
import { NOTHING } from './peculiar.js';

/** Elements of Keras that have none of their own here: the nearest that hold every value which counts. */
const DTYPES: Readonly<Record<string, string>> = {
  int8: 'int32',
  int16: 'int32',
  int64: 'int32',
  uint16: 'int32',
  uint32: 'int32',
  float16: 'float32',
  bfloat16: 'float32',
  mixed_float16: 'float32',
  mixed_bfloat16: 'float32',
};

function dtypeName(place: string, value: Json): string | null {
  if (value === null) return null;
  // A policy, of Keras 3 or before it.
  const name = isObject(value) ? objectAt(`${place}.config`, value['config'])['name'] : value;
  const text = textAt(place, name);
  return DTYPES[text] ?? text;
}

function isNothing(key: string, value: Json): boolean {
  const inert = Object.hasOwn(NOTHING, key) ? NOTHING[key]! : [];
  return inert === '*' || inert.some((one) => one === value);
}

function valueFromKeras(place: string, key: string, value: Json): ConfigValue {
  if (key === 'dtype') return dtypeName(place, value);
  if (typeof value === 'string') {
    const own = isWord(key) ? customObject(value) : undefined;
    return own !== undefined ? (own as ConfigValue) : isWord(key) ? wordFromKeras(value) : value;
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((part, i) => valueFromKeras(`${place}[${i}]`, key, part));
  if (!isObject(value)) return value;
  if (value['class_name'] === 'function') return functionFromKeras(place, value);
  if (value['class_name'] === '__tuple__') return valueFromKeras(place, key, value['items'] ?? null);
  if (typeof value['class_name'] === 'string') return objectFromKeras(place, key, value);
  return configFromKeras(place, value);
}

/** A function by its name: one of the user's, or the library's. */
function functionFromKeras(place: string, value: JsonObject): ConfigValue {
  const name = textAt(`${place}.config`, value['config']);
  const own = customObject(name) ?? customObject(textOr(value['registered_name']));
  if (own !== undefined) return own as ConfigValue;
  if (typeof value['module'] === 'string' && value['module'].startsWith('keras')) return wordFromKeras(name);
  throw refuse(place, 'a function of the library', name, `give your own in customObjects: { ${name} }`);
}

/** An initializer and the like, or a layer inside another. */
function objectFromKeras(place: string, key: string, value: JsonObject): Serialized {
  if (moduleOf(key) === 'keras.layers') return fromKeras(value, place);
  const className = nameOfClass(place, value);
  const config = configFromKeras(`${place}.config`, objectAt(`${place}.config`, value['config']));
  // Initializers of older Keras had a dtype.
  const { dtype: _, ...rest } = config as Config & { dtype?: unknown };
  return setPlace({ className, config: rest }, place);
}

/** Options under our names; those that stand for nothing here are left out where they have the value that changes nothing. */
export function configFromKeras(place: string, config: JsonObject): Config {
  const entries = Object.entries(config).filter(([key, value]) => !isNothing(key, value));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const ours = camel(key);
      return [ours, valueFromKeras(`${place}.${key}`, ours, value)];
    }),
  );
}

/** The name of an object's class: as it was registered, where the user gives it under that name. */
function nameOfClass(place: string, value: JsonObject): string {
  const registered = value['registered_name'];
  if (typeof registered === 'string' && customObject(registered) !== undefined) return registered;
  const name = textAt(`${place}.class_name`, value['class_name']);
  return customObject(name) === undefined ? currentClass(name) : name;
}

/** A function that stands in a file by its name, with or without the package that Keras registers it in. */
function namedFunction(value: Json | undefined): unknown {
  if (!isObject(value) || value['class_name'] !== 'function' || typeof value['config'] !== 'string') return undefined;
  const name = value['config'];
  return customObject(name) ?? customObject(name.slice(name.lastIndexOf('>') + 1));
}

/** A layer whose code would be in the file: only the user can bring it. */
function lambda(place: string, config: JsonObject): Serialized {
  const name = textAt(`${place}.config.name`, config['name']);
  const own = customObject(name) ?? namedFunction(config['function']);
  if (typeof own !== 'function') {
    throw new FormatError({
      where: place,
      expected: 'layers without code of their own',
      received: `the Lambda layer '${name}', whose function is Python's`,
      hint: `nothing in a file is run; write the function here and give it as customObjects: { '${name}': (x) => ... }`,
    });
  }
  const { dtype, trainable } = configFromKeras(`${place}.config`, {
    dtype: config['dtype'] ?? null,
    trainable: config['trainable'] ?? true,
  });
  const given = config['arguments'];
  const options = isObject(given) && Object.keys(given).length > 0 ? { arguments: given as Config } : {};
  return setPlace({ className: 'Lambda', config: { name, dtype, trainable, function: own as never, ...options } }, place);
}

/**
 * A layer's or model's config from Keras' spelling, for `layers.fromConfig`. `place` is what errors call it.
 *
 * @throws FormatError where it is not a config as Keras writes it
 * @example
 * const model = layers.fromConfig(fromKeras(JSON.parse(text)));
 */
export function fromKeras(json: Json, place = 'config'): Serialized {
  const object = objectAt(place, json);
  const className = nameOfClass(place, object);
  if (className === 'Sequential' && Array.isArray(object['config']))
    return fromKeras({ ...object, config: { layers: object['config'] as Json } }, place);
  const config = objectAt(`${place}.config`, object['config']);
  if (className === 'Lambda') return lambda(place, config);
  if (className === 'Sequential') return sequential(place, config);
  if (className === 'Functional' || Array.isArray(config['input_layers'])) return functional(place, className, config);
  return setPlace({ className, config: layerConfig(place, className, config) }, place);
}

function layerConfig(place: string, className: string, config: JsonObject): Config {
  const read = configFromKeras(`${place}.config`, config) as Record<string, ConfigValue>;
  if (className === 'InputLayer') {
    const { batchInputShape: _, batchShape, dtype, name } = read;
    const shape = batchShape ?? valueFromKeras(`${place}.config.batch_input_shape`, 'batchShape', config['batch_input_shape'] ?? null);
    return { batchShape: shape, ...(dtype !== undefined && { dtype }), name };
  }
  // Older Keras has a list of one axis.
  const { axis } = read;
  return className === 'BatchNormalization' && Array.isArray(axis) && axis.length === 1 ? { ...read, axis: axis[0] as number } : read;
}

function names(place: string, layers: readonly Json[]): void {
  const seen = new Set<unknown>();
  layers.forEach((layer, i) => {
    const config = isObject(layer) ? layer['config'] : undefined;
    const name = isObject(layer) ? (layer['name'] ?? (isObject(config) ? config['name'] : undefined)) : undefined;
    if (name === undefined) return;
    if (seen.has(name)) throw refuse(`${place}[${i}]`, 'a name of its own for each layer', `${textOr(name)}, again`);
    seen.add(name);
  });
}

function sequential(place: string, config: JsonObject): Serialized {
  const at = `${place}.config`;
  const { layers: given, build_input_shape: shape, ...rest } = config;
  const layers = listAt(`${at}.layers`, given);
  names(`${at}.layers`, layers);
  const read = layers.map((layer, i) => fromKeras(layer, `${at}.layers[${i}]`));
  // Before Keras 3 the first layer had the shape of the input.
  const first = isObject(layers[0]) && isObject(layers[0]['config']) ? layers[0]['config'] : undefined;
  const batchShape = read[0]?.className === 'InputLayer' ? undefined : first?.['batch_input_shape'];
  if (batchShape) {
    const dtype = dtypeName(`${at}.layers[0].config.dtype`, read[0]?.className === 'Embedding' ? 'int32' : 'float32');
    read.unshift(setPlace({ className: 'InputLayer', config: { batchShape, dtype } }, `${at}.layers[0]`));
  }
  const ours = { ...configFromKeras(at, rest), layers: read, ...(shape && { buildInputShape: shape }) };
  return setPlace({ className: 'Sequential', config: ours }, place);
}

/** One place in the graph, a list of them, or places by names. */
function references(place: string, value: Json | undefined): { list: [string, number, number][]; form?: ConfigValue } {
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return { list: keys.map((key) => referenceAt(`${place}.${key}`, value[key])), form: keys };
  }
  const list = listAt(place, value);
  if (typeof list[0] === 'string') return { list: [referenceAt(place, list)] };
  return { list: list.map((one, i) => referenceAt(`${place}[${i}]`, one)), ...(list.length === 1 && { form: 'list' }) };
}

/** What makes the masks of `Embedding` and `Masking` in Keras' graphs; here the tensors bring them. */
function masksOf(layers: readonly Json[]): Set<string> {
  // In .h5 files no module is written.
  const ops = layers
    .filter(isObject)
    .filter((layer) => layer['module'] === undefined || /^keras\.src\.ops\./.test(textOr(layer['module'])));
  const found = ops.filter((layer) => layer['class_name'] === 'NotEqual' || layer['class_name'] === 'Any');
  return new Set(found.map((layer) => textOr(layer['name'])));
}

function functional(place: string, className: string, config: JsonObject): Serialized {
  const at = `${place}.config`;
  const { layers: given, input_layers: inputs, output_layers: outputs, ...rest } = config;
  const layers = listAt(`${at}.layers`, given);
  names(`${at}.layers`, layers);
  const masks = masksOf(layers);
  const read = layers.flatMap((one, i) => {
    const here = `${at}.layers[${i}]`;
    const layer = objectAt(here, one);
    const name = textAt(`${here}.name`, layer['name']);
    if (masks.has(name)) return [];
    const made = fromKeras(layer, here);
    const nodes = listAt(`${here}.inbound_nodes`, layer['inbound_nodes']);
    const inboundNodes = nodes.map((node, k) => nodeFromKeras(`${here}.inbound_nodes[${k}]`, made.className, node, masks));
    return [Object.assign(made, { name, inboundNodes: inboundNodes as unknown as ConfigValue })];
  });
  const [from, to] = [references(`${at}.input_layers`, inputs), references(`${at}.output_layers`, outputs)];
  countFromZero(read as unknown as Parameters<typeof countFromZero>[0], to.list);
  const ours = {
    ...configFromKeras(at, rest),
    layers: read,
    inputLayers: from.list,
    outputLayers: to.list,
    ...(from.form !== undefined && { inputForm: from.form }),
    ...(to.form !== undefined && { outputForm: to.form }),
  };
  return setPlace({ className: customObject(className) === undefined ? 'Functional' : className, config: ours }, place);
}
