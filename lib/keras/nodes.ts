/** Calls of layers in a model's config. */
import { callFlags } from '../layers/layer.js';
import type { ConfigValue } from '../options/index.js';
import { isObject, type Json, type JsonObject, listAt, objectAt, refuse, shapeAt, textAt } from './json.js';
import { camel, snake } from './names.js';
import { ARGUMENTS, notedArguments } from './peculiar.js';

/** A call in our configs; see `Functional.getConfig`. */
export interface NodeConfig {
  readonly inputs: readonly {
    readonly from: readonly [string, number, number];
    readonly shape: readonly (number | null)[];
    readonly dtype: string;
  }[];
  readonly list: boolean;
  readonly training?: boolean;
  readonly flags?: Readonly<Record<string, ConfigValue>>;
}

const FLAGS: readonly string[] = callFlags.map(snake);

export function nodeToKeras(className: string, node: NodeConfig): Json {
  const tensors: Json[] = node.inputs.map(({ from, shape, dtype }) => ({
    class_name: '__keras_tensor__',
    config: { shape: [...shape], dtype, keras_history: [...from] },
  }));
  const several = ARGUMENTS[className];
  const flags = Object.fromEntries(Object.entries(node.flags ?? {}).map(([key, value]) => [snake(key), value as Json]));
  const fixed: Record<string, Json> = { ...(node.training !== undefined && { training: node.training }), ...flags };
  // What Keras leaves out of sight where it is called with functions: a flag that the call itself fixed, so that we read it again.
  const own: Record<string, Json> = node.training === undefined ? {} : { training: node.training };
  if (several && node.list) {
    const [first, ...rest] = [tensors[0]!, ...tensors.slice(1)] as const;
    if (!several.rest) return { args: [first, ...rest], kwargs: fixed, ...own };
    const state = rest.length === 0 ? {} : { [several.names[1]!]: rest.length === 1 ? rest[0]! : rest };
    return { args: [first], kwargs: { ...state, ...fixed }, ...own };
  }
  return { args: [node.list ? tensors : tensors[0]!], kwargs: { ...notedArguments(className, tensors.length), ...fixed }, ...own };
}

function isTensor(value: Json | undefined): value is JsonObject {
  return isObject(value) && value['class_name'] === '__keras_tensor__';
}

/** A place in a graph: [name of the layer, which call, which output]. */
export function referenceAt(place: string, value: Json | undefined): [string, number, number] {
  const list = listAt(place, value);
  const [name, node, tensor] = list;
  if (list.length < 3 || typeof name !== 'string' || !Number.isSafeInteger(node) || !Number.isSafeInteger(tensor))
    throw refuse(place, '[name of a layer, number of the call, number of the output]', value);
  return [name, node as number, tensor as number];
}

function tensorAt(place: string, value: JsonObject): NodeConfig['inputs'][number] {
  const config = objectAt(`${place}.config`, value['config']);
  return {
    from: referenceAt(`${place}.config.keras_history`, config['keras_history']),
    shape: shapeAt(`${place}.config.shape`, config['shape']),
    dtype: textAt(`${place}.config.dtype`, config['dtype']),
  };
}

/** Tensors in a value: itself, in a list, or by names. */
function tensorsIn(place: string, value: Json | undefined): { inputs: NodeConfig['inputs'][number][]; list: boolean } | undefined {
  if (isTensor(value)) return { inputs: [tensorAt(place, value)], list: false };
  const parts: [string, Json][] = Array.isArray(value)
    ? (value as readonly Json[]).map((one, i) => [`${place}[${i}]`, one])
    : isObject(value)
      ? Object.keys(value)
          // Keras flattens by the order of names.
          .sort()
          .map((key) => [`${place}.${key}`, value[key]!])
      : [];
  if (parts.length === 0 || !parts.every(([, one]) => isTensor(one))) return undefined;
  return { inputs: parts.map(([at, one]) => tensorAt(at, one as JsonObject)), list: true };
}

/** Nothing, or nothing for each of several inputs. */
function isNone(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.values(value).every((one) => one === null));
}

function unknownArgument(place: string, value: Json): Error {
  return refuse(
    place,
    'tensors, and arguments that the layer takes here',
    value,
    'the model calls a layer in a way that is not known here',
  );
}

/**
 * A call from Keras' form of it. The `training` that Keras notes is what a call had by default, and gives way to that of the model's own call, as
 * in Keras; only one that was written here is kept. `masks` are the layers that make nothing but masks.
 */
export function nodeFromKeras(place: string, className: string, node: Json, masks: ReadonlySet<string>): NodeConfig {
  if (Array.isArray(node)) return olderNode(place, className, node as readonly Json[]);
  const object = objectAt(place, node);
  const args = listAt(`${place}.args`, object['args']);
  const kwargs = objectAt(`${place}.kwargs`, object['kwargs']);
  const names = ARGUMENTS[className]?.names ?? ['inputs'];
  const found: NodeConfig['inputs'][number][] = [];
  let list = false;
  const given: [string, Json][] = args.map((value, i) => [`${place}.args[${i}]`, value]);
  const rest = { ...kwargs } as Record<string, Json>;
  for (const name of names.slice(args.length)) {
    const value = rest[name];
    if (value !== undefined && value !== null) given.push([`${place}.kwargs.${name}`, value]);
    delete rest[name];
  }
  for (const [at, value] of given) {
    if (value === null) continue;
    const tensors = tensorsIn(at, value);
    if (!tensors) throw unknownArgument(at, value);
    list ||= tensors.list || found.length > 0;
    found.push(...tensors.inputs);
  }
  if (found.length === 0) throw refuse(place, 'a call with tensors', node);
  if (className in ARGUMENTS && !ARGUMENTS[className]!.rest) list = true;
  const flags: Record<string, boolean> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (isNone(value) || value === false || key === 'training') continue;
    // Masks come with the tensors, from the layers that make them.
    const mask = key === 'mask' || key.endsWith('_mask') ? tensorsIn(`${place}.kwargs.${key}`, value) : undefined;
    if (mask?.inputs.every(({ from }) => masks.has(from[0]))) continue;
    if (!FLAGS.includes(key) || typeof value !== 'boolean') throw unknownArgument(`${place}.kwargs.${key}`, value);
    if (value) flags[camel(key)] = value;
  }
  const { training } = object;
  return {
    inputs: found,
    list,
    ...(typeof training === 'boolean' && { training }),
    ...(Object.keys(flags).length > 0 && { flags }),
  };
}

/** What stands for a tensor in the graphs of Keras 2. */
function isOlderTensor(value: Json | undefined): boolean {
  return Array.isArray(value) && typeof value[0] === 'string' && Number.isSafeInteger(value[1]) && Number.isSafeInteger(value[2]);
}

/** A call as Keras 2 wrote it: `[name, call, output, keywords]` for each tensor; tensors among the keywords have no fourth part. */
function olderNode(place: string, className: string, node: readonly Json[]): NodeConfig {
  // One tensor may stand there without a list around it.
  const list = isOlderTensor(node) ? [node] : node;
  const from = list.map((one, i) => referenceAt(`${place}[${i}]`, one));
  const first = list[0];
  const keywords = Array.isArray(first) && first.length > 3 ? objectAt(`${place}[0][3]`, (first as readonly Json[])[3]) : {};
  const flags: Record<string, boolean> = {};
  let training: boolean | undefined;
  for (const [key, value] of Object.entries(keywords)) {
    const at = `${place}[0][3].${key}`;
    if (isNone(value) || key === 'mask') continue;
    if (ARGUMENTS[className]?.names.includes(key)) {
      const tensors = isOlderTensor(value) ? [value] : listAt(at, value);
      from.push(...tensors.map((one, i) => referenceAt(`${at}[${i}]`, one)));
    } else if (key === 'training' && typeof value === 'boolean') training = value;
    else if (FLAGS.includes(key) && typeof value === 'boolean') flags[camel(key)] = value;
    else throw unknownArgument(at, value);
  }
  if (from.length === 0) throw refuse(place, 'a call with tensors', node);
  return {
    inputs: from.map((one) => ({ from: one, shape: [], dtype: 'float32' })),
    list: from.length > 1 || (className in ARGUMENTS && !ARGUMENTS[className]!.rest),
    ...(training !== undefined && { training }),
    ...(Object.keys(flags).length > 0 && { flags }),
  };
}
