/** What TensorFlow.js calls the weights of a layer: `dense/kernel`; in wrappers as its own wrappers have them. */
import { ArgumentError } from '../../errors.js';
import type { Layer } from '../../layers/layer.js';
import { Bidirectional } from '../../layers/recurrent/bidirectional.js';
import type { Weight } from '../../layers/weight.js';
import { ModelStructure } from '../../models/structure.js';

export interface TfjsWeight {
  readonly name: string;
  readonly weight: Weight;
}

function ofLayer(layer: Layer, prefix = layer.name): TfjsWeight[] {
  if (layer instanceof Bidirectional) {
    const both = [layer.forwardLayer, layer.backwardLayer];
    return both.flatMap((one) => ofLayer(one, `${prefix}/${one.name}`));
  }
  // Keras 2 had another name for this one.
  const theirs = (name: string): string => (layer.className === 'DepthwiseConv2D' && name === 'kernel' ? 'depthwise_kernel' : name);
  return layer.weights.map((weight) => ({ name: `${prefix}/${theirs(weight.name)}`, weight }));
}

/** All weights of a model, each once. Models within it have no part in the names of theirs. */
export function tfjsWeights(where: string, model: ModelStructure): TfjsWeight[] {
  const seen = new Map<string, Weight>();
  const add = (one: ModelStructure): void => {
    for (const layer of one.layers) {
      if (layer instanceof ModelStructure) {
        add(layer);
        continue;
      }
      for (const { name, weight } of ofLayer(layer)) {
        const before = seen.get(name);
        if (before && before !== weight) {
          throw new ArgumentError({
            where,
            expected: 'a name of its own for each layer, those of models within the model included',
            received: `two weights ${name}`,
            hint: 'TensorFlow.js tells weights apart by the names of their layers; change one name',
          });
        }
        seen.set(name, weight);
      }
    }
  };
  add(model);
  return [...seen].map(([name, weight]) => ({ name, weight }));
}

/** A weight by a name in a file: as TensorFlow.js writes it, or as its converter does, with `:0` and the scopes of Python's Keras. */
export function findWeight(weights: ReadonlyMap<string, Weight>, name: string): string | undefined {
  const plain = name.replace(/:\d+$/, '');
  const parts = plain.split('/');
  const tries = [plain, [...parts.slice(0, -2), parts.at(-1)!].join('/'), parts.slice(-2).join('/')];
  return tries.find((one) => weights.has(one));
}
