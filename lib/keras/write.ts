/** Our configs in the spelling of Keras 3. */
import { ArgumentError } from '../errors.js';
import type { Shapes } from '../layers/symbolic.js';
import type { Config, ConfigValue, Serialized } from '../options/index.js';
import { sourceOf } from '../options/registry.js';
import type { Json, JsonObject } from './json.js';
import { isKerasLayer, isWord, moduleOf, snake } from './names.js';
import { nodeToKeras, type NodeConfig } from './nodes.js';
import { ADDS, ARGUMENTS, OMITS, PLAIN_DTYPE, UNBUILT } from './peculiar.js';

function refuseFunction(where: string): ArgumentError {
  return new ArgumentError({
    where,
    expected: 'a config that can be written',
    received: 'a function',
    hint: 'give it a name, or make a class of your own and register it',
  });
}

function valueToKeras(key: string, value: ConfigValue, where: string): Json {
  if (typeof value === 'function') {
    // A function of the user's with a name is written as that; whoever reads it has to bring it.
    if (value.name && /^(activation|recurrentActivation|function)$/.test(key)) return customFunction(value.name);
    throw refuseFunction(`${where} ${key}`);
  }
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return isWord(key) ? snake(value) : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly ConfigValue[]).map((part) => valueToKeras(key, part, where));
  const object = value as Config;
  if (typeof object['className'] === 'string') return objectToKeras(object as Serialized, key);
  return configToKeras(object, where);
}

/** A function of the user's by its name, as Keras has it. */
export function customFunction(name: string): Json {
  return { module: 'builtins', class_name: 'function', config: name, registered_name: 'function' };
}

function dtypePolicy(name: string): Json {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name }, registered_name: null };
}

/** Options one by one under Keras' names. */
export function configToKeras(config: Config, where: string): JsonObject {
  const omits = OMITS[where] ?? [];
  const entries = Object.entries(config).filter(([key]) => key !== 'inputShape' && !omits.includes(key));
  return Object.fromEntries(entries.map(([key, value]) => [snake(key), valueToKeras(key, value, where)]));
}

/** An object in a config: a layer inside another, or an initializer and the like, by the option that it stands under. */
export function objectToKeras(object: Serialized, key: string): JsonObject {
  const module = moduleOf(key);
  if (module === 'keras.layers') return toKeras(object);
  return { module, class_name: object.className, config: configToKeras(object.config, object.className), registered_name: null };
}

/** What a layer was built with, in Keras' form. */
function buildConfig(className: string, shapes: Shapes | undefined): JsonObject | undefined {
  if (!shapes || UNBUILT.has(className)) return undefined;
  // Its table has nothing to do with the shape.
  if (className === 'IntegerLookup') return {};
  const several = ARGUMENTS[className];
  if (!several || !Array.isArray(shapes[0])) return { input_shape: shapes as Json };
  const [first, ...rest] = shapes as readonly Json[];
  const given: readonly Json[] = several.rest
    ? [first!, ...(rest.length > 0 ? [rest.length === 1 ? rest[0]! : rest] : [])]
    : [first!, ...rest];
  if (given.length === 1) return { input_shape: first! };
  return { shapes_dict: Object.fromEntries(given.map((shape, i) => [`${several.names[i]!}_shape`, shape])) };
}

/** Parts of a live layer or model that its config does not have. */
interface Source {
  readonly buildShape?: Shapes;
  readonly built?: boolean;
  compileConfig?(): Json | undefined;
}

function shared(className: string): { module: string | null; registered_name: string | null } {
  if (className === 'Sequential') return { module: 'keras', registered_name: null };
  if (className === 'Functional') return { module: 'keras.src.models.functional', registered_name: className };
  return isKerasLayer(className) ? { module: 'keras.layers', registered_name: null } : { module: null, registered_name: className };
}

/**
 * The config of a layer or model as Keras has it; with what it was built with and how it was compiled, where `object` is what `serialize` made
 * of one. Functions of the user's cannot be written and are an ArgumentError.
 *
 * @example
 * JSON.stringify(toKeras(serialize(model)));
 */
export function toKeras(object: Serialized): JsonObject {
  const { className, config } = object;
  const source = sourceOf(object) as Source | undefined;
  const { module, registered_name } = shared(className);
  const build = buildConfig(className, source?.built === false ? undefined : source?.buildShape);
  const written = {
    module,
    class_name: className,
    config: optionsToKeras(className, config),
    registered_name,
    ...(className === 'Functional' ? { build_config: { input_shape: null } } : build && { build_config: build }),
  };
  if (!source?.compileConfig) return written;
  return { ...written, compile_config: source.compileConfig() ?? {} };
}

function optionsToKeras(className: string, config: Config): JsonObject {
  if (className === 'Sequential') {
    const { layers, dtype, ...rest } = config;
    return {
      ...configToKeras(rest, className),
      dtype: dtypePolicy(typeof dtype === 'string' ? dtype : 'float32'),
      layers: (layers as readonly Serialized[]).map(toKeras),
    };
  }
  if (className === 'Functional') return functionalToKeras(config);
  const written = configToKeras(config, className);
  const dtype = config['dtype'];
  return {
    ...written,
    ...(typeof dtype === 'string' && { dtype: PLAIN_DTYPE.has(className) ? dtype : dtypePolicy(dtype) }),
    ...Object.fromEntries(Object.entries(ADDS[className] ?? {}).filter(([key]) => !(key in written))),
    ...(className === 'Normalization' && config['axis'] === null && { axis: [] }),
    ...(className === 'InputLayer' && { sparse: false, ragged: false, optional: false }),
  };
}

/** A single place, or a list of them. */
function places(list: readonly Json[], form: unknown): Json {
  if (form === 'list') return list;
  if (Array.isArray(form)) return Object.fromEntries((form as readonly string[]).map((name, i) => [name, list[i]!]));
  return list.length === 1 ? list[0]! : list;
}

function functionalToKeras(config: Config): JsonObject {
  const { layers, inputLayers, outputLayers, inputForm, outputForm, ...rest } = config as unknown as {
    layers: readonly (Serialized & { name: string; inboundNodes: readonly NodeConfig[] })[];
    inputLayers: readonly Json[];
    outputLayers: readonly Json[];
    inputForm?: unknown;
    outputForm?: unknown;
  };
  return {
    ...configToKeras(rest, 'Functional'),
    layers: layers.map((layer) => ({
      ...toKeras(layer),
      name: layer.name,
      inbound_nodes: layer.inboundNodes.map((node) => nodeToKeras(layer.className, node)),
    })),
    input_layers: places(inputLayers, inputForm),
    output_layers: places(outputLayers, outputForm),
  };
}
