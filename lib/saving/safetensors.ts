/** The weights of a model in a safetensors file, by the names of layers and weights, in Keras' layout. */
import { FormatError } from '../errors.js';
import { writeFileWhole } from '../io/files.js';
import { readSafetensors, type SafetensorsArray, writeSafetensors } from '../io/safetensors.js';
import { openSource } from '../io/source.js';
import { Transfer } from '../io/transfer.js';
import type { Layer } from '../layers/layer.js';
import type { Weight } from '../layers/weight.js';
import type { LoadWeightsOptions } from './format.js';
import { bytesOf, PIECE, stored } from './stored.js';

/** What has weights in layers with names. */
export interface WeightedModel {
  readonly layers: readonly Layer[];
}

interface NamedWeight {
  /** `conv2d/kernel`, and a number behind it where a layer has several of one name. */
  readonly name: string;
  readonly layer: Layer;
  readonly weight: Weight;
}

function namedWeights(layer: Layer): NamedWeight[] {
  const seen = new Map<string, number>();
  return layer.weights.map((weight) => {
    const count = seen.get(weight.name) ?? 0;
    seen.set(weight.name, count + 1);
    return { name: `${layer.name}/${weight.name}${count === 0 ? '' : `_${count}`}`, layer, weight };
  });
}

export async function saveWeights(model: WeightedModel, file: string, transfer = Transfer.silent()): Promise<void> {
  const arrays = model.layers.flatMap(namedWeights).map(({ name, weight }) => {
    const kept = stored(weight);
    transfer.expect(bytesOf(kept));
    return { name, shape: kept.shape, dtype: kept.dtype, pieces: () => transfer.through(kept.pieces()) };
  });
  await writeFileWhole('saveWeights', file, (sink) => writeSafetensors(sink, arrays, { format: 'node-cudnn' }), transfer);
}

export async function loadWeights(
  model: WeightedModel,
  file: string,
  options: LoadWeightsOptions = {},
  transfer = Transfer.silent(),
): Promise<void> {
  const source = await openSource('loadWeights', file);
  try {
    const { arrays } = await readSafetensors(source);
    const pairs = pair(file, model, arrays, options);
    for (const { array } of pairs) transfer.expect(array.bytes);
    for (const { weight, array } of pairs) await stored(weight).assign(transfer.through(array.pieces(PIECE), array.each));
  } finally {
    await source.close();
  }
}

type Pair = NamedWeight & { readonly array: SafetensorsArray };

function fits({ weight, array }: Pair): boolean {
  return array.shape.length === weight.kerasShape.length && array.shape.every((dim, axis) => dim === weight.kerasShape[axis]);
}

/** Which weight gets which array. All is checked before anything is set, so that a refused file leaves the model as it was. */
function pair(file: string, model: WeightedModel, found: readonly SafetensorsArray[], options: LoadWeightsOptions): readonly Pair[] {
  const { byName = false, skipMismatch = false } = options;
  const wanted = model.layers.flatMap(namedWeights);
  const names = new Set(found.map(({ name }) => name));
  // Names that were given by counting differ from model to model; the order of the layers does not.
  const byOrder = !byName && found.length === wanted.length && wanted.some(({ name }) => !names.has(name));
  const arrays = new Map(found.map((array, i) => [byOrder ? wanted[i]!.name : array.name, array]));
  if (!byName && !skipMismatch) checkNames(file, new Set(wanted.map(({ name }) => name)), arrays);
  return model.layers.flatMap((layer) => {
    const own = namedWeights(layer);
    const there = own.filter(({ name }) => arrays.has(name)).map((one) => ({ ...one, array: arrays.get(one.name)! }));
    if (there.length === 0) return [];
    const wrong = there.find((one) => !fits(one));
    if (!wrong && there.length === own.length) return there;
    if (skipMismatch) return [];
    throw wrong ? wrongShape(file, wrong) : incomplete(file, layer, own, arrays);
  });
}

const HINT = 'load weights into a model with the same layers';

function wrongShape(where: string, { name, weight, array }: Pair): FormatError {
  const expected = `${name} of shape [${weight.kerasShape.join(', ')}]`;
  return new FormatError({ where, expected, received: `[${array.shape.join(', ')}]`, hint: `${HINT}, or pass skipMismatch: true` });
}

function incomplete(where: string, layer: Layer, own: readonly NamedWeight[], arrays: ReadonlyMap<string, unknown>): FormatError {
  const missing = own.map(({ name }) => name).filter((name) => !arrays.has(name));
  const expected = `all weights of the layer ${layer.name}`;
  return new FormatError({ where, expected, received: `none for ${list(missing)}`, hint: 'or pass skipMismatch: true' });
}

function checkNames(where: string, wanted: ReadonlySet<string>, arrays: ReadonlyMap<string, unknown>): void {
  const missing = [...wanted].filter((name) => !arrays.has(name));
  const extra = [...arrays.keys()].filter((name) => !wanted.has(name));
  if (missing.length === 0 && extra.length === 0) return;
  const received = [missing.length > 0 && `none for ${list(missing)}`, extra.length > 0 && `${list(extra)} besides`];
  throw new FormatError({
    where,
    expected: `the weights ${list([...wanted])}`,
    received: received.filter(Boolean).join(' and '),
    hint: `${HINT}, or pass byName: true`,
  });
}

/** Names, not thousands of them. */
function list(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')} and ${names.length - 20} more`;
}
