/** The weights of a model in a file, by the names of layers and weights, in Keras' layout. */
import { ArgumentError, FormatError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { LoadWeightsOptions } from '../saving/format.js';
import { describe } from '../options/index.js';
import { readWhole, writeWhole } from './files.js';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from './safetensors.js';

/** What has weights in layers with names. */
export interface WeightedModel {
  readonly layers: readonly Layer[];
}

function checkName(where: string, file: string): void {
  if (typeof file === 'string' && file.endsWith('.safetensors')) return;
  throw new ArgumentError({ where, expected: 'a file that ends in .safetensors', received: describe(file) });
}

/** `conv2d/kernel`, and a number behind it where a layer has several of one name. */
function weightNames(layer: Layer): string[] {
  const seen = new Map<string, number>();
  return layer.weights.map(({ name }) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return `${layer.name}/${name}${count === 0 ? '' : `_${count}`}`;
  });
}

export async function saveWeights(model: WeightedModel, file: string): Promise<void> {
  checkName('saveWeights', file);
  const arrays = [];
  for (const layer of model.layers) {
    const names = weightNames(layer);
    const values = await layer.getWeights();
    arrays.push(...values.map((value, i) => ({ ...value, name: names[i]! })));
  }
  await writeWhole('saveWeights', file, encodeSafetensors(arrays, { format: 'node-cudnn' }));
}

export async function loadWeights(model: WeightedModel, file: string, options: LoadWeightsOptions = {}): Promise<void> {
  checkName('loadWeights', file);
  const found = decodeSafetensors(await readWhole('loadWeights', file), file);
  const wanted = model.layers.flatMap(weightNames);
  const names = new Set(found.map((array) => array.name));
  const missing = wanted.filter((name) => !names.has(name));
  // Names that were given by counting differ from model to model; the order of the layers does not.
  const byOrder = !options.byName && missing.length > 0 && found.length === wanted.length;
  const arrays = new Map(found.map((array, i) => [byOrder ? wanted[i]! : array.name, array]));
  const extra = [...arrays.keys()].filter((name) => !wanted.includes(name));
  const hint = 'load weights into a model with the same layers';
  if (!options.byName && !byOrder && (missing.length > 0 || extra.length > 0)) {
    throw new FormatError({
      where: file,
      expected: `the weights ${wanted.join(', ')}`,
      received: [missing.length > 0 && `none for ${missing.join(', ')}`, extra.length > 0 && `${extra.join(', ')} besides`]
        .filter(Boolean)
        .join(' and '),
      hint,
    });
  }
  // Shapes are checked before anything is set, so that a refused file leaves the model as it was.
  const chosen = model.layers.filter((layer) => layer.weights.length > 0 && fitting(layer, arrays, file, options, hint));
  for (const layer of chosen) layer.setWeights(weightNames(layer).map((name) => arrays.get(name)!));
}

/** Whether a layer takes its weights from the file: not where it has none of them, or where others than its own shapes are passed over. */
function fitting(
  layer: Layer,
  arrays: ReadonlyMap<string, NamedArray>,
  file: string,
  { byName, skipMismatch }: LoadWeightsOptions,
  hint: string,
): boolean {
  const names = weightNames(layer);
  if (byName && !names.some((name) => arrays.has(name))) return false;
  return names.every((name, i) => {
    const [got, shape] = [arrays.get(name)?.shape, layer.weights[i]!.kerasShape];
    if (got?.length === shape.length && got.every((dim, axis) => dim === shape[axis])) return true;
    if (skipMismatch) return false;
    const received = got ? `[${got.join(', ')}]` : 'none';
    throw new FormatError({ where: file, expected: `${name} of shape [${shape.join(', ')}]`, received, hint });
  });
}
