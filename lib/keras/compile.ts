/** The options of `compile` in Keras' spelling, to ours and back. */
import { ArgumentError } from '../errors.js';
import * as losses from '../losses/index.js';
import * as metrics from '../metrics/index.js';
import type { Optimizer } from '../optimizers/index.js';
import * as optimizers from '../optimizers/index.js';
import {
  type Config,
  type ConfigValue,
  customObject,
  describe,
  isSerialized,
  nearest,
  type Serialized,
  serialize,
  setPlace,
} from '../options/index.js';
import * as schedules from '../schedules/index.js';
import { isObject, type Json, type JsonObject, objectAt, refuse, textAt, textOr } from './json.js';
import { snake, wordFromKeras } from './names.js';
import { configFromKeras } from './read.js';
import { configToKeras, customFunction, objectToKeras } from './write.js';

/** What `compile` was given, as far as files keep it. */
export interface CompileSettings {
  readonly optimizer: Optimizer;
  readonly loss?: unknown;
  readonly lossWeights?: unknown;
  readonly metrics?: unknown;
  readonly weightedMetrics?: unknown;
  readonly runEagerly?: boolean;
  readonly stepsPerExecution?: number | null;
}

/** Metrics that count in whole numbers say so in Keras' configs. */
const WHOLE = new Set(['IoU', 'MeanIoU', 'BinaryIoU', 'OneHotIoU', 'OneHotMeanIoU']);

/** Options that Keras' classes take and do not write; written where they are not what the classes have by default. */
const UNWRITTEN: Readonly<Record<string, Config>> = {
  CosineSimilarity: { axis: -1 },
  Huber: { delta: 1 },
  'loss SparseCategoricalCrossentropy': { axis: -1 },
  AUC: { thresholds: null },
  SparseTopKCategoricalAccuracy: { fromSortedIds: false },
};

/** Names under which Keras' schedules go. */
const SCHEDULES: Readonly<Record<string, string>> = { PiecewiseConstantDecay: 'PiecewiseConstant', CosineDecayRestarts: 'SGDRDecay' };

type Part = 'loss' | 'metric';

/** An object of the library in Keras' form. */
function partToKeras(part: Part, { className, config }: Serialized): Json {
  const usual = UNWRITTEN[className] ?? UNWRITTEN[`${part} ${className}`] ?? {};
  const given = Object.entries(config).filter(([key, value]) => !(key in usual && usual[key] === value));
  const dtype = { dtype: WHOLE.has(className) ? 'int64' : 'float32' };
  const written: Record<string, Json> = {
    ...configToKeras(Object.fromEntries(given), className),
    ...(part === 'metric' ? dtype : undefined),
  };
  return { module: part === 'loss' ? 'keras.losses' : 'keras.metrics', class_name: className, config: written, registered_name: null };
}

/** A loss or metric: a name, an object, a factory or a function with a name. */
function identifierToKeras(part: Part, value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return snake(value);
  // Losses that factories make are functions as well: what they are comes first.
  const isOurs = value instanceof losses.Loss || value instanceof metrics.Metric;
  if (typeof value === 'function' && !isOurs) {
    // The factories of the library may stand for their objects.
    const known: unknown = (part === 'loss' ? (losses as Record<string, unknown>) : (metrics as Record<string, unknown>))[value.name];
    if (known === value) return snake(value.name);
    if (value.name !== '') return customFunction(value.name);
  }
  if (isSerialized(value)) return partToKeras(part, value);
  if (isOurs) {
    const { className } = value;
    const own = value.getConfig()['fn'];
    if (className === 'FunctionLoss' && typeof own === 'function') return identifierToKeras(part, own);
    // a loss may stand among the metrics
    if (className !== 'FunctionMetric') return partToKeras(value instanceof losses.Loss ? 'loss' : 'metric', serialize(value));
  }
  throw new ArgumentError({
    where: 'save',
    expected: 'losses and metrics that a file can name',
    received: describe(value),
    hint: 'give functions names, or save with includeOptimizer: false',
  });
}

/** A setting, the settings of several outputs in a list, or by their names. */
function mapped(value: unknown, one: (value: unknown) => Json): Json {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((part) => mapped(part, one));
  if (Object.getPrototypeOf(value) === Object.prototype && !isSerialized(value))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapped(part, one)]));
  return one(value);
}

/** An optimizer in Keras' form, its schedule included. */
export function optimizerToKeras(optimizer: Optimizer): Json {
  if (optimizer instanceof optimizers.MultiOptimizer) return multiToKeras(optimizer);
  return named(objectToKeras(serialize(optimizer), 'optimizer'));
}

/** Several optimizers, by names of variables: these are no options, and stay as they are. */
function multiToKeras(optimizer: optimizers.MultiOptimizer): Json {
  const { fallback, patterns, name } = optimizer;
  const map = {
    default_optimizer: optimizerToKeras(fallback),
    optimizer_map: Object.fromEntries(patterns.map(([pattern, one]) => [pattern, optimizerToKeras(one)])),
  };
  const shared = { module: 'keras.optimizers', registered_name: null };
  const config = { name, loss_scale_factor: optimizer.getConfig()['lossScaleFactor'] as number | null };
  return {
    ...shared,
    class_name: 'MultiOptimizer',
    config: { ...config, optimizer_map: { ...shared, class_name: 'OptimizerMap', config: map } },
  };
}

function multiFromKeras(place: string, config: JsonObject): Optimizer {
  const at = `${place}.config.optimizer_map.config`;
  const map = objectAt(at, objectAt(`${place}.config.optimizer_map`, config['optimizer_map'])['config']);
  const patterns = Object.entries(objectAt(`${at}.optimizer_map`, map['optimizer_map'] ?? {}));
  const optimizerMap = {
    defaultOptimizer: optimizerFromKeras(`${at}.default_optimizer`, map['default_optimizer']),
    optimizerMap: Object.fromEntries(patterns.map(([name, one]) => [name, optimizerFromKeras(`${at}.optimizer_map.${name}`, one)])),
  };
  const { name, lossScaleFactor } = configFromKeras(`${place}.config`, {
    name: config['name'] ?? null,
    loss_scale_factor: config['loss_scale_factor'] ?? null,
  });
  return new optimizers.MultiOptimizer({
    optimizerMap,
    lossScaleFactor: lossScaleFactor as number | null,
    ...(typeof name === 'string' && { name }),
  });
}

/** Schedules have a name in Keras' configs. */
function named(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(named);
  if (!isObject(value)) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, named(part)]));
  if (parts['module'] !== 'keras.optimizers.schedules') return parts;
  const name = SCHEDULES[textOr(parts['class_name'])] ?? parts['class_name']!;
  return { ...parts, config: { ...(parts['config'] as JsonObject), name } };
}

/** What Keras writes of how a model was compiled. */
export function compileToKeras(settings: CompileSettings): Json {
  return {
    optimizer: optimizerToKeras(settings.optimizer),
    loss: mapped(settings.loss, (one) => identifierToKeras('loss', one)),
    loss_weights: mapped(settings.lossWeights, (one) => one as number),
    metrics: mapped(settings.metrics, (one) => identifierToKeras('metric', one)),
    weighted_metrics: mapped(settings.weightedMetrics, (one) => identifierToKeras('metric', one)),
    run_eagerly: settings.runEagerly ?? false,
    steps_per_execution: settings.stepsPerExecution ?? 1,
    jit_compile: false,
  };
}

// Keras' to ours

/** Older names of losses and metrics. */
const OLDER: Readonly<Record<string, string>> = { cosineProximity: 'cosineSimilarity', kullbackLeiblerDivergence: 'klDivergence' };

/** A name as `compile` takes it, or the user's function of that name. */
function nameFromKeras(name: string): unknown {
  const own = customObject(name);
  if (own !== undefined) return own;
  const word = wordFromKeras(name);
  return OLDER[word] ?? (name === name.toUpperCase() ? name.toLowerCase() : word);
}

function partFromKeras(part: Part, place: string, value: Json): unknown {
  if (typeof value === 'string') return nameFromKeras(value);
  const object = objectAt(place, value);
  const className = textAt(`${place}.class_name`, object['class_name']);
  if (className === 'function') return userFunction(part, place, textAt(`${place}.config`, object['config']));
  const { dtype: _, fn, ...config } = objectAt(`${place}.config`, object['config']) as Record<string, Json>;
  if (className === 'MeanMetricWrapper' || className === 'LossFunctionWrapper') {
    // tf.keras: a function under the name that the user chose.
    const inner = isObject(fn) ? (fn['config'] ?? null) : (fn ?? null);
    const found = userFunction(part, `${place}.config.fn`, textAt(`${place}.config.fn`, inner));
    const shown = config['name'];
    return part === 'metric' && typeof found === 'string' && (shown === 'accuracy' || shown === 'acc') ? shown : found;
  }
  if (config['reduction'] === 'auto') config['reduction'] = 'sum_over_batch_size';
  const read = setPlace({ className: currentName(object, className), config: configFromKeras(`${place}.config`, config) }, place);
  return part === 'loss' || object['module'] === 'keras.losses' ? losses.get(read) : metrics.get(read);
}

function currentName(object: JsonObject, className: string): string {
  const registered = object['registered_name'];
  return typeof registered === 'string' && customObject(registered) !== undefined ? registered : className;
}

/** One of the user's functions, or one of the library by its name. */
function userFunction(part: Part, place: string, name: string): unknown {
  const found = nameFromKeras(name);
  if (typeof found !== 'string') return found;
  try {
    if (part === 'loss') losses.get(found as losses.LossName);
    else metrics.check(found as metrics.MetricName);
  } catch {
    throw refuse(place, `a ${part} of the library`, name, `give your own in customObjects: { ${name} }`);
  }
  return found;
}

function settingFromKeras(place: string, value: Json | undefined, one: (place: string, value: Json) => unknown): unknown {
  if (value === undefined || value === null) return value ?? null;
  if (Array.isArray(value)) return (value as readonly Json[]).map((part, i) => settingFromKeras(`${place}[${i}]`, part, one));
  if (isObject(value) && !('class_name' in value))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, settingFromKeras(`${place}.${name}`, part, one)]));
  return one(place, value);
}

/** Options of optimizers in older files that stand for nothing, or for what is not offered. */
const OLDER_OPTIMIZER = new Set(['is_legacy_optimizer', 'jit_compile']);

/** An optimizer by its name or its config; also as Keras 2 wrote it. */
export function optimizerFromKeras(place: string, value: Json | undefined): Optimizer {
  if (typeof value === 'string') return optimizers.get((customObject(value) ?? nameFromKeras(value)) as optimizers.OptimizerIdentifier);
  const object = objectAt(place, value);
  const className = currentName(object, textAt(`${place}.class_name`, object['class_name'])).replace(/^Custom>/, '');
  if (className === 'MultiOptimizer') return multiFromKeras(place, objectAt(`${place}.config`, object['config']));
  const { lr, decay, learning_rate: rate = lr, ...rest } = objectAt(`${place}.config`, object['config']) as Record<string, Json>;
  if (typeof decay === 'number' && decay !== 0) {
    throw refuse(
      `${place}.config.decay`,
      '0',
      decay,
      'use a schedule: schedules.inverseTimeDecay({ initialLearningRate, decaySteps: 1, decayRate: decay })',
    );
  }
  const given = Object.fromEntries(Object.entries(rest).filter(([key]) => !OLDER_OPTIMIZER.has(key)));
  // Keras 2 wrote false for no weight decay.
  if (given['weight_decay'] === false || given['weight_decay'] === 0) given['weight_decay'] = null;
  const config: Record<string, ConfigValue> = { ...configFromKeras(`${place}.config`, given) };
  if (rate !== undefined && rate !== null) config['learningRate'] = rateFromKeras(`${place}.config.learning_rate`, rate) as never;
  const inner = given['inner_optimizer'];
  if (inner !== undefined) config['innerOptimizer'] = optimizerFromKeras(`${place}.config.inner_optimizer`, inner) as never;
  return optimizers.get(setPlace({ className, config }, place));
}

/** A learning rate; schedules are made by their factories. */
function rateFromKeras(place: string, value: Json): unknown {
  if (!isObject(value)) return value;
  const className = textAt(`${place}.class_name`, value['class_name']);
  const own = customObject(className);
  const { name: _, ...config } = objectAt(`${place}.config`, value['config']) as Record<string, Json>;
  const options = configFromKeras(`${place}.config`, config);
  if (typeof own === 'function') return new (own as new (options: Config) => schedules.Schedule)(options);
  const known = schedules.scheduleRegistry.classNames;
  if (!known.includes(className)) {
    throw refuse(`${place}.class_name`, `a schedule (${known.join(', ')})`, className, nearestHint(className, known));
  }
  return schedules.deserialize({ className, config: options });
}

function nearestHint(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near && `did you mean '${near}'?`;
}

/** The options of `compile` from Keras' `compile_config`, or from the `training_config` of an `.h5` file. */
export function compileFromKeras(json: Json, place = 'compile_config'): CompileSettings {
  const config = objectAt(place, json);
  const optimizer = config['optimizer'] ?? config['optimizer_config'];
  const steps = config['steps_per_execution'];
  return {
    optimizer: optimizerFromKeras(`${place}.optimizer`, optimizer),
    loss: settingFromKeras(`${place}.loss`, config['loss'], (at, one) => partFromKeras('loss', at, one)),
    lossWeights: settingFromKeras(`${place}.loss_weights`, config['loss_weights'], (_, one) => one),
    metrics: settingFromKeras(`${place}.metrics`, config['metrics'], (at, one) => partFromKeras('metric', at, one)),
    weightedMetrics: settingFromKeras(`${place}.weighted_metrics`, config['weighted_metrics'], (at, one) =>
      partFromKeras('metric', at, one),
    ),
    runEagerly: config['run_eagerly'] === true,
    // One step is what Keras writes where nothing was said.
    stepsPerExecution: typeof steps === 'number' && steps > 1 ? steps : null,
  };
}
