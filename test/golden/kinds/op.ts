import { ops, Tensor, valueAndGrad } from '../../../lib/index.js';
import { camelCase } from '../../../lib/layers/names.js';
import { type GoldenArray, type GoldenCase, NotImplemented, optionsOf, type Precision, same, tensorOf, toleranceOf } from '../format.js';
import type { Kind } from './index.js';

/** Arguments that our functions take by position, after the tensors; the others go into an options object. */
const positional: Record<string, string[]> = {
  adaptiveMaxPool: ['outputSize'],
  arange: ['start', 'stop', 'step'],
  averagePool: ['poolSize'],
  broadcastTo: ['shape'],
  cast: ['dtype'],
  clip: ['xMin', 'xMax'],
  expandDims: ['axis'],
  eye: ['N', 'M'],
  full: ['shape', 'fillValue'],
  inTopK: ['k'],
  linspace: ['start', 'stop'],
  maxPool: ['poolSize'],
  moveaxis: ['source', 'destination'],
  multiHot: ['numClasses'],
  oneHot: ['numClasses'],
  pad: ['padWidth'],
  repeat: ['repeats'],
  reshape: ['newshape'],
  roll: ['shift'],
  scatter: ['shape'],
  slice: ['startIndices', 'shape'],
  sliceUpdate: ['startIndices'],
  split: ['indicesOrSections'],
  swapaxes: ['axis1', 'axis2'],
  takeAlongAxis: ['axis'],
  tile: ['repeats'],
  topK: ['k'],
  transpose: ['axes'],
  tri: ['N', 'M'],
  moments: ['axes'],
  'image.resize': ['size'],
  'image.mapCoordinates': ['order'],
  'image.extractPatches': ['size'],
  'image.extractPatches3d': ['size'],
  'image.scaleAndTranslate': ['outputShape', 'scale', 'translation', 'spatialDims', 'method'],
  arraySplit: ['indicesOrSections'],
  bartlett: ['x'],
  blackman: ['x'],
  extractSequences: ['sequenceLength', 'sequenceStride'],
  fold: ['outputSize', 'kernelSize'],
  geomspace: ['start', 'stop'],
  hamming: ['x'],
  hanning: ['x'],
  hsplit: ['indicesOrSections'],
  dsplit: ['indicesOrSections'],
  vsplit: ['indicesOrSections'],
  istft: ['sequenceLength', 'sequenceStride', 'fftLength'],
  kaiser: ['x', 'beta'],
  nanpercentile: ['q'],
  nanquantile: ['q'],
  percentile: ['q'],
  psnr: ['maxVal'],
  rearrange: ['pattern'],
  stft: ['sequenceLength', 'sequenceStride', 'fftLength'],
  unfold: ['kernelSize'],
  unravelIndex: ['shape'],
};

/** Ops whose name here is not Keras' in camelCase. */
const renamed: Record<string, string> = { 'scipy.signal.convolve2d': 'convolve2d', index: 'getItem' };

/** Keras' modes that only decide how the case was computed. */
const ignored: Record<string, readonly string[]> = { adaptiveMaxPool: ['dataFormat'] };

type Op = (...args: unknown[]) => unknown;

function find(name: string): Op {
  let value: unknown = ops;
  for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  if (typeof value !== 'function') throw new NotImplemented(name);
  return value as Op;
}

function ours(name: string): string {
  const plain = name.replace(/^keras\.ops\./, '');
  return renamed[plain] ?? plain.split('.').map(camelCase).join('.');
}

/** Everything a result may be, as a list of tensors. */
function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result as Tensor];
  if (Array.isArray(result)) return result.flatMap(tensorsIn);
  return Object.values(result as Record<string, unknown>).flatMap(tensorsIn);
}

export const op: Kind = {
  run(golden: GoldenCase, precision: Precision): void {
    const name = ours(golden['function'] as string);
    const fn = find(name);
    const options = optionsOf(golden['arguments'] as Record<string, unknown>) as Record<string, unknown>;
    for (const key of ignored[name] ?? []) delete options[key];
    const given = golden['inputs'] as GoldenArray[];
    const inputs = given.map((input) => tensorOf(input, precision));
    const args = argumentsFor(name, golden, inputs, options);
    const outputs = golden['outputs'] as GoldenArray[];
    const upstream = ((golden['output_gradients'] as (GoldenArray | null)[] | undefined) ?? []).map(
      (one) => one && tensorOf(one, precision),
    );
    const tolerance = toleranceOf(golden, precision);
    let results: Tensor[] = [];
    const sources = inputs.filter((input) => input.dtype === precision);
    const { gradients } = valueAndGrad(() => {
      results = tensorsIn(fn(...args));
      const chosen = golden['which_outputs'] as number[] | undefined;
      if (chosen) results = chosen.map((i) => results[i]!);
      const parts = results.map((result, i) =>
        upstream[i] && result.dtype === precision ? ops.sum(ops.mul(result, upstream[i])) : ops.zeros([], precision),
      );
      return parts.reduce((a, b) => ops.add(a, b), ops.zeros([], precision));
    }, sources);
    if (results.length !== outputs.length) throw new Error(`expected ${outputs.length} outputs, got ${results.length}`);
    outputs.forEach((output, i) => same(`output ${i}`, results[i]!, output, tolerance));
    ((golden['input_gradients'] as (GoldenArray | null)[] | undefined) ?? []).forEach((wanted, i) => {
      const place = sources.indexOf(inputs[i]!);
      if (wanted && place >= 0) same(`input gradient ${i}`, gradients[place]!, wanted, tolerance);
    });
  },
};

function argumentsFor(name: string, golden: GoldenCase, inputs: Tensor[], options: Record<string, unknown>): unknown[] {
  if (name === 'einsum') return [options['subscripts'], ...inputs];
  if (name === 'getItem') return [inputs[0], ...indexKey(options['key'])];
  const rest = { ...options };
  let places = positional[name] ?? [];
  // What is an option when it is named alone stays one.
  places = places.filter((place) => place in rest);
  const before = places.map((place) => {
    const value = rest[place];
    delete rest[place];
    return value;
  });
  const names = golden['argument_names'] as string[] | undefined;
  // Keras takes the vectors of a grid one by one, we as a list.
  const tensors = golden['passed_as'] === 'list' || name === 'meshgrid' ? [inputs] : inputs;
  if (name === 'average' && names) return [inputs[0], { weights: inputs[1], ...rest }];
  if (name === 'sliceUpdate') return [inputs[0], before[0], inputs[1]];
  if (name === 'bincount' && inputs.length > 1) return [inputs[0], { weights: inputs[1], ...rest }];
  if (name === 'rmsNormalization') return [inputs[0], { scale: inputs[1], ...rest }];
  if (name === 'linspace' || name === 'eye' || name === 'tri')
    return [...before, ...(name !== 'linspace' && before.length < 2 ? [undefined] : []), rest];
  return [...tensors, ...before, ...(Object.keys(rest).length > 0 ? [rest] : [])];
}

/** Lists are start, stop, step; null is a new axis. */
function indexKey(key: unknown): unknown[] {
  return key as unknown[];
}
