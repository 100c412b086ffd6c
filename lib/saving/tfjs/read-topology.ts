/** What `modelTopology` says, with the habits of TensorFlow.js taken out, so that it reads as a config of Keras 2. */
import { FormatError } from '../../errors.js';
import type { Json, JsonObject } from '../../keras/index.js';
import * as ops from '../../ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The hard sigmoid of Keras 2 and of TensorFlow.js; that of Keras 3 has another slope. Its name is what files have for it. */
function hard_sigmoid(x: Tensor): Tensor {
  return ops.clip(ops.add(ops.multiply(x, 0.2), 0.5), 0, 1);
}

/** Functions that mean something else in these files than in those of Keras 3. */
export const tfjsFunctions = { hard_sigmoid };

function configOf(className: Json | undefined, config: JsonObject): JsonObject {
  // It writes null for what was not given.
  const given = Object.entries(config).filter(([, value]) => value !== null);
  const made = Object.fromEntries(given.map(([key, value]) => [key, walk(value)]));
  const { alpha, ...rest } = made;
  if (className === 'LeakyReLU' && alpha !== undefined) return { ...rest, negative_slope: alpha };
  // Before it had the option, its GRU was the one without a second bias.
  if (className === 'GRU') return { reset_after: false, ...made };
  return made;
}

function walk(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
  if (!isObject(value)) return value;
  const { class_name: className, config } = value;
  if (typeof className !== 'string' || !isObject(config))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
  const rest = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === 'config' ? null : walk(part)]));
  if (className === 'ThresholdedReLU') {
    const { theta = 1, ...options } = config;
    return { ...rest, class_name: 'ReLU', config: { ...options, threshold: theta } };
  }
  const current = { LeCunNormal: 'LecunNormal', LeCunUniform: 'LecunUniform' }[className] ?? className;
  return { ...rest, class_name: current, config: configOf(className, config) };
}

/** The config of the model. The converter of Python's models puts it one deeper. */
export function fromTopology(where: string, topology: unknown): Json {
  const given = topology as Json | undefined;
  const found = isObject(given) && isObject(given['model_config']) ? given['model_config'] : given;
  if (!isObject(found))
    throw new FormatError({ where, expected: 'the config of a model', received: found === undefined ? 'none' : typeof found });
  return walk(found);
}
