/** Configs in Keras' spelling: what `.keras` files and `model.to_json()` hold, to ours and back. */
import { ArgumentError } from '../errors.js';
import { callFlags } from '../layers/layer.js';
import { camelCase } from '../layers/names.js';
import type { Config, ConfigValue, Serialized } from '../options/index.js';

/** JSON as Keras writes it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

type JsonObject = { readonly [key: string]: Json };

/** Options whose values are words of the library, spelled like its names; all other texts are the user's. */
const WORDS = new Set(['activation', 'recurrentActivation', 'dataFormat', 'mode', 'distribution', 'scoreMode', 'outputMode', 'mergeMode']);

/** Options of Keras that stand for nothing here, with the value that changes nothing. */
const NOTHING: Record<string, Json> = {
  quantization_config: null,
  lora_rank: null,
  lora_alpha: null,
  synchronized: false,
  sparse: false,
  ragged: false,
  optional: false,
  input_length: null,
};

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWord(key: string): boolean {
  return WORDS.has(key) || /(Initializer|Regularizer|Constraint)$/.test(key);
}

/** Keras' module of a class, by the option it stands under. */
function moduleOf(key: string): string {
  if (key.endsWith('Initializer')) return 'keras.initializers';
  if (key.endsWith('Regularizer')) return 'keras.regularizers';
  if (key.endsWith('Constraint')) return 'keras.constraints';
  return 'keras.layers';
}

function moduleOfClass(className: string): string {
  if (className === 'Sequential') return 'keras';
  return className === 'Functional' ? 'keras.src.models.functional' : 'keras.layers';
}

// Ours to Keras'

function refuseFunction(where: string): ArgumentError {
  return new ArgumentError({
    where,
    expected: 'a config that can be written',
    received: 'a function',
    hint: 'make a class of your own and register it, instead of a function',
  });
}

function valueToKeras(key: string, value: ConfigValue, where: string): Json {
  if (typeof value === 'function') throw refuseFunction(`${where} ${key}`);
  if (value === undefined || value === null) return null;
  if (key === 'dtype' && typeof value === 'string') return dtypePolicy(value);
  if (typeof value === 'string') return isWord(key) ? snake(value) : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly ConfigValue[]).map((part) => valueToKeras(key, part, where));
  const object = value as Config;
  if (typeof object['className'] === 'string') return serializedToKeras(object as Serialized, moduleOf(key));
  return configToKeras(object, where);
}

function dtypePolicy(name: string): Json {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name }, registered_name: null };
}

function configToKeras(config: Config, where: string): JsonObject {
  const entries = Object.entries(config).filter(([key]) => key !== 'inputShape');
  return Object.fromEntries(entries.map(([key, value]) => [snake(key), valueToKeras(key, value, where)]));
}

function serializedToKeras(object: Serialized, module: string): JsonObject {
  return { module, class_name: object.className, config: configToKeras(object.config, object.className), registered_name: null };
}

/** A call in our configs; see `Functional.getConfig`. */
interface NodeConfig {
  readonly inputs: readonly {
    readonly from: readonly [string, number, number];
    readonly shape: readonly (number | null)[];
    readonly dtype: string;
  }[];
  readonly list: boolean;
  readonly training?: boolean;
  readonly flags?: Readonly<Record<string, boolean>>;
}

/** Flags of a call under the names of the other side. */
function flagsToKeras(flags: Readonly<Record<string, boolean>>): JsonObject {
  return Object.fromEntries(Object.entries(flags).map(([key, value]) => [snake(key), value]));
}

function nodeToKeras(node: NodeConfig): Json {
  const tensors = node.inputs.map(({ from, shape, dtype }) => ({
    class_name: '__keras_tensor__',
    config: { shape: [...shape], dtype, keras_history: [...from] },
  }));
  return {
    args: [node.list ? tensors : tensors[0]!],
    kwargs: { ...(node.training !== undefined && { training: node.training }), ...flagsToKeras(node.flags ?? {}) },
  };
}

/**
 * The config of a layer or model as Keras has it. Functions of the user's cannot be written and are an ArgumentError.
 *
 * @example
 * JSON.stringify(toKeras(serialize(model)));
 */
export function toKeras(object: Serialized): JsonObject {
  const { className, config } = object;
  const module = moduleOfClass(className);
  const shared = { module, class_name: className, registered_name: className === 'Functional' ? className : null };
  if (className === 'InputLayer') {
    // Its dtype is a plain name, unlike that of other layers.
    return {
      ...shared,
      config: { ...configToKeras(config, className), dtype: config['dtype'] as string, sparse: false, ragged: false, optional: false },
    };
  }
  if (className === 'Sequential') {
    const { layers, ...rest } = config;
    return { ...shared, config: { ...configToKeras(rest, className), layers: (layers as readonly Serialized[]).map(toKeras) } };
  }
  if (className !== 'Functional') return { ...shared, config: configToKeras(config, className) };
  const { layers, inputLayers, outputLayers, ...rest } = config as unknown as {
    layers: readonly (Serialized & { name: string; inboundNodes: readonly NodeConfig[] })[];
    inputLayers: readonly Json[];
    outputLayers: readonly Json[];
  };
  return {
    ...shared,
    config: {
      ...configToKeras(rest, className),
      layers: layers.map((layer) => ({ ...toKeras(layer), name: layer.name, inbound_nodes: layer.inboundNodes.map(nodeToKeras) })),
      input_layers: inputLayers.length === 1 ? inputLayers[0]! : inputLayers,
      output_layers: outputLayers.length === 1 ? outputLayers[0]! : outputLayers,
    },
  };
}

// Keras' to ours

function valueFromKeras(key: string, value: Json): ConfigValue {
  if (key === 'dtype' && isObject(value)) return (value['config'] as JsonObject)['name'];
  if (typeof value === 'string') return isWord(key) ? camelCase(value) : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => valueFromKeras(key, part));
  if (!isObject(value)) return value;
  if (typeof value['class_name'] === 'string') return serializedFromKeras(value);
  return configFromKeras(value);
}

function configFromKeras(config: JsonObject): Config {
  const entries = Object.entries(config).filter(([key, value]) => !(key in NOTHING && NOTHING[key] === value));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const ours = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
      return [ours, valueFromKeras(ours, value)];
    }),
  );
}

function serializedFromKeras(object: JsonObject): Serialized {
  return { className: object['class_name'] as string, config: configFromKeras(object['config'] as JsonObject) };
}

function nodeFromKeras(node: JsonObject): NodeConfig {
  const [first] = node['args'] as readonly Json[];
  const list = Array.isArray(first);
  const tensors = (list ? first : [first]) as readonly JsonObject[];
  const kwargs = node['kwargs'] as JsonObject;
  const { training } = kwargs;
  const flags = Object.fromEntries(callFlags.flatMap((flag) => (kwargs[snake(flag)] === true ? [[flag, true]] : [])));
  return {
    inputs: tensors.map((tensor) => {
      const {
        shape,
        dtype,
        keras_history: from,
      } = tensor['config'] as unknown as {
        shape: (number | null)[];
        dtype: string;
        keras_history: [string, number, number];
      };
      return { from, shape, dtype };
    }),
    list,
    ...(typeof training === 'boolean' && { training }),
    ...(Object.keys(flags).length > 0 && { flags }),
  };
}

/** One place in the graph, or a list of them. */
function references(value: Json): readonly Json[] {
  const list = value as readonly Json[];
  return typeof list[0] === 'string' ? [list] : list;
}

/**
 * A layer's or model's config from Keras' spelling, for `layers.fromConfig`.
 *
 * @example
 * const model = layers.fromConfig(fromKeras(JSON.parse(text)));
 */
export function fromKeras(object: Json): Serialized {
  if (!isObject(object) || typeof object['class_name'] !== 'string' || !isObject(object['config'])) {
    throw new ArgumentError({ where: 'fromKeras', expected: 'an object with class_name and config', received: typeof object });
  }
  const { class_name: className, config } = object as { class_name: string; config: JsonObject };
  if (className === 'Sequential') {
    const { layers, ...rest } = config;
    return { className, config: { ...configFromKeras(rest), layers: (layers as readonly Json[]).map(fromKeras) } };
  }
  if (className !== 'Functional' && className !== 'Model') return serializedFromKeras(object);
  const { layers, input_layers: inputs, output_layers: outputs, ...rest } = config;
  const ours = {
    ...configFromKeras(rest),
    layers: (layers as readonly JsonObject[]).map((layer) => ({
      ...fromKeras(layer),
      name: layer['name'] as string,
      inboundNodes: (layer['inbound_nodes'] as readonly JsonObject[]).map(nodeFromKeras),
    })),
    inputLayers: references(inputs!),
    outputLayers: references(outputs!),
  };
  return { className: 'Functional', config: ours as unknown as Config };
}
