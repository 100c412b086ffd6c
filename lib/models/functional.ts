/** Models of any shape: from placeholders to what layers made of them. */
import { ArgumentError } from '../errors.js';
import { InputLayer } from '../layers/input-layer.js';
import type { CallFlags, Layer } from '../layers/layer.js';
import { fromConfig, registerLayer } from '../layers/registry.js';
import { type BatchShape, SymbolicTensor } from '../layers/symbolic.js';
import { type Config, describe, flag, nullable, optional, readOptions, serialize, type Serialized, text } from '../options/index.js';
import type { DType } from '../tensor/dtype.js';
import type { AnyShape, InputOf, SymbolicInput } from '../types/layer.js';
import type { Shape, Shapes } from '../types/shape.js';
import { Graph } from './graph.js';
import { Model } from './model.js';
import type { ModelOptions } from './structure.js';

const readers = { name: nullable(text), trainable: optional(flag, true) };

function placeholders(value: unknown, what: string): SymbolicTensor[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((one) => one instanceof SymbolicTensor)) return list;
  throw new ArgumentError({
    where: `model ${what}`,
    expected: 'what input() and apply() return, or a list of them',
    received: list.length === 0 ? 'an empty list' : list.map(describe).join(', '),
    hint: 'for example const x = input([4]); model(x, layers.dense(2).apply(x))',
  });
}

/** A place in a config's graph: [name of the layer, which call, which output]. */
type Reference = readonly [string, number, number];

interface NodeConfig {
  inputs: { from: Reference; shape: BatchShape; dtype: DType }[];
  list: boolean;
  training?: boolean;
  flags?: CallFlags;
}

type LayerConfig = Serialized & {
  name: string;
  inboundNodes: NodeConfig[];
};

/** A model given by its inputs and outputs. */
export class Functional<In extends Shape | Shapes = AnyShape, Out extends Shape | Shapes = AnyShape> extends Model<In, Out> {
  protected override readonly graph: Graph;
  /** How Keras is given inputs and outputs, where a file said it: in a list though there is one, or by names. Kept for writing. */
  private forms: Config = {};

  constructor(inputs: unknown, outputs: unknown, options?: ModelOptions) {
    super(readOptions('model', options, readers));
    const [from, to] = [placeholders(inputs, 'inputs'), placeholders(outputs, 'outputs')];
    const begins = from.every((one) => one.history.layer instanceof InputLayer);
    const [ins, outs] = begins ? [from, to] : clone(from, to);
    this.graph = new Graph(ins, outs, this.name);
    this.built = true;
    this.buildShape = this.inputShape;
  }

  override get className(): string {
    return 'Functional';
  }

  override get layers(): readonly Layer[] {
    return this.graph.layers;
  }

  override getConfig(): Config {
    const { graph } = this;
    const reference = (tensor: SymbolicTensor): Reference => [
      tensor.history.layer.name,
      graph.indexOf(tensor.node),
      tensor.history.tensorIndex,
    ];
    const nodesOf = (layer: Layer): NodeConfig[] =>
      graph.nodes
        .filter((node) => node.layer === layer && node.inputs.length > 0)
        .sort((a, b) => graph.indexOf(a) - graph.indexOf(b))
        .map((node) => ({
          inputs: node.inputs.map((tensor) => ({ from: reference(tensor), shape: tensor.shape, dtype: tensor.dtype })),
          list: node.inputIsList,
          ...(node.training !== undefined && { training: node.training }),
          ...(node.flags && { flags: node.flags }),
        }));
    return {
      name: this.name,
      trainable: this.trainable,
      layers: graph.layers.map((layer) =>
        Object.assign(serialize(layer), { name: layer.name, inboundNodes: nodesOf(layer) as unknown as Config[] }),
      ),
      inputLayers: graph.inputs.map(reference),
      outputLayers: graph.outputs.map(reference),
      ...this.forms,
    };
  }

  static override fromConfig(config: Config): Functional {
    const { name, trainable, layers, inputLayers, outputLayers } = config as unknown as {
      name: string;
      trainable?: boolean;
      layers: LayerConfig[];
      inputLayers: Reference[];
      outputLayers: Reference[];
    };
    const made = new Map(layers.map((layer) => [layer.name, fromConfig(layer)]));
    /** What each call of each layer gave. */
    const results = new Map<string, SymbolicTensor[][]>();
    for (const [key, layer] of made) if (layer instanceof InputLayer) results.set(key, [[layer.output as SymbolicTensor]]);
    const find = ([layer, node, tensor]: Reference): SymbolicTensor | undefined => results.get(layer)?.[node]?.[tensor];

    let waiting = layers.flatMap((layer) => layer.inboundNodes.map((node, index) => ({ layer: layer.name, node, index })));
    while (waiting.length > 0) {
      const later: typeof waiting = [];
      for (const call of waiting) {
        const inputs = call.node.inputs.map(({ from }) => find(from));
        const calls = results.get(call.layer) ?? [];
        if (calls.length !== call.index || inputs.includes(undefined)) {
          later.push(call);
          continue;
        }
        const given = call.node.list ? (inputs as SymbolicTensor[]) : inputs[0]!;
        const output: unknown = made.get(call.layer)!.apply(given as SymbolicTensor, { ...call.node.flags, training: call.node.training });
        results.set(call.layer, [...calls, [output].flat() as SymbolicTensor[]]);
      }
      if (later.length === waiting.length) {
        throw new ArgumentError({
          where: `${name}.fromConfig`,
          expected: 'layers whose inputs are other layers of the model',
          received: `${later[0]!.layer} with inputs ${later[0]!.node.inputs.map((input) => input.from[0]).join(', ')}`,
        });
      }
      waiting = later;
    }
    const model: Functional = new Functional(
      inputLayers.map((one) => find(one)),
      outputLayers.map((one) => find(one)),
      { name, trainable },
    );
    const { inputForm, outputForm } = config;
    model.forms = { ...(inputForm !== undefined && { inputForm }), ...(outputForm !== undefined && { outputForm }) };
    return model;
  }
}

/** A model may begin at any placeholder: the layers from there on are applied once more, to new inputs. */
function clone(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): [SymbolicTensor[], SymbolicTensor[]] {
  const copies = new Map<SymbolicTensor, SymbolicTensor>();
  for (const input of inputs) {
    const made = new InputLayer({ batchShape: input.shape, dtype: input.dtype });
    copies.set(input, made.output as SymbolicTensor);
  }
  const copy = (tensor: SymbolicTensor): SymbolicTensor => {
    const known = copies.get(tensor);
    if (known) return known;
    const { node } = tensor;
    if (node.inputs.length === 0) {
      throw new ArgumentError({
        where: 'model',
        expected: 'outputs that depend on the given inputs only',
        received: `one that needs the input '${tensor.name}'`,
        hint: 'give that input as well',
      });
    }
    const given = node.inputs.map(copy);
    const result: unknown = node.layer.apply(node.inputIsList ? given : given[0]!, { ...node.flags, training: node.training });
    const results = [result].flat() as SymbolicTensor[];
    node.outputs.forEach((output, i) => copies.set(output, results[i]!));
    return copies.get(tensor)!;
  };
  return [inputs.map((input) => copies.get(input)!), outputs.map(copy)];
}

registerLayer('Functional', Functional as never);

/**
 * A model from placeholders to what layers made of them; one or several of each. Layers may be shared between models: they keep their
 * weights. Source: Keras 3, keras.Model.
 *
 * @example
 * const x = input([28, 28, 1]);
 * const features = layers.conv2d(32, 3, { name: 'conv' }).apply(x);
 * const probe = model(x, features);
 */
export function model<const X extends SymbolicInput, const Y extends SymbolicInput>(
  inputs: X,
  outputs: Y,
  options?: ModelOptions,
): Functional<InputOf<X>, InputOf<Y>> {
  return new Functional(inputs, outputs, options);
}
