/**
 * Keras' ops by the names and arguments of the golden cases, called on tensors. Most follow one rule (camelCase, tensors first, then one
 * object of options); what Keras takes by position, or gives back as a tuple, is spelled out.
 */
import * as ops from '../../lib/ops/index.js';
import type { Tensor } from '../../lib/tensor/tensor.js';

export type Arguments = Record<string, unknown>;

/** A golden op case, as far as calling it goes. */
export interface OpCall {
  function: string;
  arguments: Arguments;
  passed_as?: string;
  argument_names?: string[];
  key?: unknown[];
}

export const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

const words: Record<string, string> = { channels_last: 'channelsLast', channels_first: 'channelsFirst' };

/** Option names and values as this library has them. */
function converted(value: unknown): unknown {
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  if (typeof value === 'string') return words[value] ?? value;
  return value;
}

function optionsOf(args: Arguments): Arguments {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [camel(name), converted(value)]));
}

type Call = (inputs: Tensor[], options: Arguments) => Tensor | readonly Tensor[];
type AnyOp = (...args: unknown[]) => Tensor | readonly Tensor[];

/** The named options of an op that it takes by position, in order. */
const positional: Record<string, string[]> = {
  arange: [],
  astype: ['dtype'],
  broadcastTo: ['shape'],
  cast: ['dtype'],
  clip: ['xMin', 'xMax'],
  depthToSpace: ['blockSize'],
  eye: ['N', 'M'],
  full: ['shape', 'fillValue', 'dtype'],
  inTopK: ['k'],
  linspace: ['start', 'stop'],
  multiHot: ['numClasses'],
  oneHot: ['numClasses'],
  pad: ['padWidth'],
  repeat: ['repeats'],
  reshape: ['newshape'],
  roll: ['shift'],
  scatter: ['shape'],
  slice: ['startIndices', 'shape'],
  spaceToDepth: ['blockSize'],
  split: ['indicesOrSections'],
  swapaxes: ['axis1', 'axis2'],
  moveaxis: ['source', 'destination'],
  tile: ['repeats'],
  topK: ['k'],
  tri: ['N', 'M'],
  'image.extractPatches': ['size'],
  'image.mapCoordinates': ['order'],
  'image.resize': ['size'],
};

const special: Record<string, Call> = {
  average: ([x, weights], { axis }) => ops.average(x!, axis as number, weights),
  adaptiveMaxPool: ([x], options) => ops.adaptiveMaxPool(x!, options as never),
  averagePool: ([x], options) => ops.averagePool(x!, options),
  maxPool: ([x], options) => ops.maxPool(x!, options),
  concatenate: (inputs, options) => ops.concatenate(inputs, options),
  stack: (inputs, options) => ops.stack(inputs, options),
  hstack: (inputs) => ops.hstack(inputs),
  vstack: (inputs) => ops.vstack(inputs),
  meshgrid: (inputs, options) => ops.meshgrid(inputs, options),
  einsum: (inputs, { subscripts }) => ops.einsum(subscripts as string, ...inputs),
  gelu: ([x], options) => ops.gelu(x!, options),
  moments: ([x], { axes, keepdims }) => {
    const { mean, variance } = ops.moments(x!, axes as number[], keepdims as boolean);
    return [mean, variance];
  },
  histogram: ([x], options) => {
    const { counts, edges } = ops.histogram(x!, options);
    return [counts, edges];
  },
  topK: ([x], { k }) => {
    const { values, indices } = ops.topK(x!, k as number);
    return [values, indices];
  },
  sliceUpdate: ([x, updates], { startIndices }) => ops.sliceUpdate(x!, startIndices as number[], updates!),
  layerNormalization: ([x, gamma, beta], options) => ops.layerNormalization(x!, { gamma, beta, ...options }),
  rmsNormalization: ([x, scale], options) => ops.rmsNormalization(x!, { scale, ...options }),
  rot90: ([x], options) => ops.rot90(x!, options),
  segmentMax: ([data, ids], options) => ops.segmentMax(data!, ids!, options),
  segmentSum: ([data, ids], options) => ops.segmentSum(data!, ids!, options),
  arange: (_, options) => ops.arange(options),
};

/** The op of a name, or undefined where there is none. */
export function findOp(name: string): Call | undefined {
  if (name === 'index') return ([x], { key }) => ops.getItem(x!, ...(key as ops.IndexKey[]));
  if (name === 'scipy.signal.convolve2d') return ([x, y], options) => ops.convolve2d(x!, y!, options);
  const path = name
    .replace(/^keras\.ops\./, '')
    .split('.')
    .map(camel);
  const key = path.join('.');
  if (Object.hasOwn(special, key)) return special[key]!;
  let found: unknown = ops;
  for (const part of path) found = (found as Record<string, unknown> | undefined)?.[part];
  if (typeof found !== 'function') return undefined;
  const order = positional[key] ?? [];
  return (inputs, options) => {
    const rest = Object.fromEntries(Object.entries(options).filter(([option]) => !order.includes(option)));
    const given = order.map((option) => options[option]);
    return (found as AnyOp)(...inputs, ...given, ...(Object.keys(rest).length > 0 ? [rest] : []));
  };
}

/** Calls what a golden case names; undefined where there is no such op. */
export function callOp(call: OpCall, inputs: Tensor[]): Tensor[] | undefined {
  const op = findOp(call.function);
  if (!op) return undefined;
  const result = op(inputs, { ...optionsOf(call.arguments), ...(call.key ? { key: call.key } : {}) });
  return Array.isArray(result) ? (result as Tensor[]) : [result as Tensor];
}
