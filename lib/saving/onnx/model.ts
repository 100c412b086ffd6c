/** From a model's graph of layers to a graph of ONNX. */
import { ArgumentError } from '../../errors.js';
import { InputLayer } from '../../layers/input-layer.js';
import type { Layer } from '../../layers/layer.js';
import { layerClass } from '../../layers/registry.js';
import { type BatchShape, shapeList, type Shapes, type SymbolicTensor } from '../../layers/symbolic.js';
import type { Model } from '../../models/model.js';
import { ModelStructure } from '../../models/structure.js';
import { isFloat } from '../../tensor/dtype.js';
import { activationEmitters } from './emit/activation.js';
import { attentionEmitters } from './emit/attention.js';
import { convEmitters } from './emit/conv.js';
import { denseEmitters } from './emit/dense.js';
import { imageEmitters } from './emit/image.js';
import { mergeEmitters } from './emit/merge.js';
import { normalizationEmitters } from './emit/normalization.js';
import { poolEmitters } from './emit/pool.js';
import { recurrentEmitters } from './emit/recurrent.js';
import { shapeEmitters } from './emit/shape.js';
import { wrapperEmitters } from './emit/wrapper.js';
import type { Emitter, Emitters, LayerCall } from './emitters.js';
import { OnnxGraph, valueInfo } from './graph.js';
import { Scope } from './scope.js';
import type { Value } from './value.js';

const emitters: Emitters = {
  ...activationEmitters,
  ...attentionEmitters,
  ...convEmitters,
  ...denseEmitters,
  ...imageEmitters,
  ...mergeEmitters,
  ...normalizationEmitters,
  ...poolEmitters,
  ...recurrentEmitters,
  ...shapeEmitters,
  ...wrapperEmitters,
};

/** Layers that can be exported. */
export const exportable: readonly string[] = Object.keys(emitters);

function emitterOf(layer: Layer, path: string): Emitter {
  const { className } = layer;
  if (Object.hasOwn(emitters, className) && layer.constructor === layerClass(className)) return emitters[className]!;
  if (className === 'Lambda') {
    throw new ArgumentError({
      where: `export of ${path}`,
      expected: 'layers that ONNX has operators for',
      received: 'a Lambda, whose function cannot be written to a file',
      hint: 'make it of other layers',
    });
  }
  throw new ArgumentError({
    where: `export of ${path}`,
    expected: 'a layer that ONNX has operators for',
    received: Object.hasOwn(emitters, className) ? `a class of your own that is called ${className}` : className,
    hint: 'docs/onnx.md has the table of layers that can be exported',
  });
}

class Exporter {
  constructor(private readonly graph: OnnxGraph) {}

  /** A model within the file, or the whole of it. */
  model(model: ModelStructure, inputs: readonly Value[], path: string): Value[] {
    const { calls } = model;
    if (!calls) {
      throw new ArgumentError({
        where: `export of ${path || model.name}`,
        expected: 'a model with a known graph of layers',
        received: model.built ? 'one whose call is a function' : 'one that is not built yet',
        hint: 'make it with sequential([...shape]) or model(inputs, outputs)',
      });
    }
    const values = new Map<SymbolicTensor, Value>();
    calls.inputs.forEach((input, i) => values.set(input, this.scope(path, input.dtype).cast(inputs[i]!, input.dtype)));
    for (const node of calls.nodes) {
      if (node.inputs.length === 0) continue;
      const own = path ? `${path}/${node.layer.name}` : node.layer.name;
      const outputs = this.layer(
        node.layer,
        node.inputs.map((input) => values.get(input)!),
        own,
        node.inputIsList,
        node.flags,
      );
      node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
    }
    return calls.outputs.map((output) => values.get(output)!);
  }

  private scope(path: string, dtype: Layer['dtype']): Scope {
    return new Scope(this.graph, path, dtype);
  }

  /** One call of a layer. */
  private layer(layer: Layer, given: readonly Value[], path: string, list: boolean, flags: LayerCall['flags'] = {}): Value[] {
    if (layer instanceof ModelStructure) return this.model(layer, given, path);
    const emit = emitterOf(layer, path);
    const g = this.scope(path, layer.dtype);
    const casts = layer['casts'];
    const inputs = given.map((input) =>
      casts === 'all' || (casts === 'floats' && isFloat(input.dtype)) ? g.cast(input, layer.dtype) : input,
    );
    const shapes: Shapes = list ? inputs.map((input) => input.shape) : inputs[0]!.shape;
    const made = emit(g, {
      layer,
      config: layer.getConfig(),
      inputs,
      shapes: outputShapes(layer, shapes, flags),
      flags,
      weight: (name) => layer.weights.find((weight) => weight.name === name),
      inner: (other, values, more) => this.layer(other, values, `${path}/${other.name}`, values.length > 1, more),
    });
    const outputs: readonly Value[] = 'shape' in made ? [made] : made;
    const mask = inputs.find((input) => input.mask)?.mask;
    if (mask && layer.supportsMasking) for (const output of outputs) if (output.mask === undefined) output.mask = mask;
    return [...outputs];
  }
}

function outputShapes(layer: Layer, shapes: Shapes, flags: LayerCall['flags']): readonly BatchShape[] {
  // A call with flags may give more than the layer's rule says; its placeholders know.
  if (flags.returnAttentionScores) {
    const node = layer.inboundNodes.find((one) => one.flags?.returnAttentionScores);
    if (node) return node.outputs.map((output) => output.shape);
  }
  return shapeList(layer.computeOutputShape(shapes));
}

/** The whole model as a graph, its inputs and outputs under the names of their layers. */
export function graphOf(model: Model, opset: number): OnnxGraph {
  const graph = new OnnxGraph(opset);
  const exporter = new Exporter(graph);
  const { calls } = model;
  const inputs = (calls?.inputs ?? []).map((input): Value => {
    const name = graph.unique(input.history.layer instanceof InputLayer ? input.name : `input_${input.name}`);
    graph.inputs.push(valueInfo(name, input.dtype, input.shape, 'batch'));
    return { plain: name, shape: input.shape, dtype: input.dtype };
  });
  const outputs = exporter.model(model, inputs, '');
  outputs.forEach((output, i) => {
    const name = graph.unique(model.outputNames![i]!);
    graph.rename(new Scope(graph, name, output.dtype).plain(output), name);
    graph.outputs.push(valueInfo(name, output.dtype, calls!.outputs[i]!.shape, 'batch'));
  });
  graph.prune();
  return graph;
}
