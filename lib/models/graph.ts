/** The calls between a model's inputs and outputs, in the order to make them. */
import { ArgumentError, ShapeError } from '../errors.js';
import { carryMask, setMask } from '../layers/context.js';
import { InputLayer } from '../layers/input-layer.js';
import type { CallOptions, Layer } from '../layers/layer.js';
import { type BatchShape, isShapeList, type Node, type SymbolicTensor, withoutBatch } from '../layers/symbolic.js';
import { cast } from '../ops/index.js';
import { Tensor } from '../tensor/tensor.js';
import { fits, modelInput } from '../types/messages.js';

/** A model's part of what was built with placeholders. */
export class Graph {
  /** Each after the ones that it needs. */
  readonly nodes: readonly Node[];
  /** In Keras' order: by the distance to the outputs, then by the order in which they are met from there. */
  readonly layers: readonly Layer[];

  constructor(
    readonly inputs: readonly SymbolicTensor[],
    readonly outputs: readonly SymbolicTensor[],
    where: string,
  ) {
    const { nodes, met } = this.collect(where);
    this.nodes = nodes;
    this.layers = this.order(nodes, met);
    this.refuseDoubleNames(where);
  }

  /** Walks back from the outputs. `met` has the layers in the order of their first appearance. */
  private collect(where: string): { nodes: Node[]; met: Layer[] } {
    const nodes: Node[] = [];
    const seen = new Set<Node>();
    const met: Layer[] = [];
    const visit = (tensor: SymbolicTensor): void => {
      const { node } = tensor;
      if (seen.has(node)) return;
      seen.add(node);
      if (!met.includes(node.layer)) met.push(node.layer);
      if (node.inputs.length === 0 && !this.inputs.includes(tensor)) throw this.missingInput(where, tensor);
      for (const input of node.inputs) visit(input);
      nodes.push(node);
    };
    for (const output of this.outputs) visit(output);
    for (const input of this.inputs) {
      if (!seen.has(input.node)) nodes.push(input.node);
      if (!met.includes(input.history.layer)) met.unshift(input.history.layer);
    }
    return { nodes, met };
  }

  private missingInput(where: string, tensor: SymbolicTensor): ArgumentError {
    return new ArgumentError({
      where,
      expected: 'outputs that depend on the given inputs only',
      received: `one that needs the input '${tensor.name}'`,
      hint: 'give that input as well',
    });
  }

  private order(nodes: readonly Node[], met: readonly Layer[]): Layer[] {
    const depths = new Map<Node, number>();
    const layerDepths = new Map<Layer, number>();
    for (const node of [...nodes].reverse()) {
      const depth = Math.max(depths.get(node) ?? 0, layerDepths.get(node.layer) ?? 0);
      depths.set(node, depth);
      layerDepths.set(node.layer, depth);
      for (const input of node.inputs) depths.set(input.node, Math.max(depths.get(input.node) ?? 0, depth + 1));
    }
    return [...met].sort((a, b) => layerDepths.get(b)! - layerDepths.get(a)! || met.indexOf(a) - met.indexOf(b));
  }

  private refuseDoubleNames(where: string): void {
    const byName = new Map<string, Layer>();
    for (const layer of this.layers) {
      const other = byName.get(layer.name);
      if (other) {
        throw new ArgumentError({
          where,
          expected: 'layers of different names',
          received: `two named '${layer.name}' (${other.className} and ${layer.className})`,
          hint: 'change one name',
        });
      }
      byName.set(layer.name, layer);
    }
  }

  /** Which of the layer's calls within this model a node is. */
  indexOf(node: Node): number {
    return this.nodes
      .filter((other) => other.layer === node.layer)
      .sort((a, b) => callIndex(a) - callIndex(b))
      .indexOf(node);
  }

  /** Casts the inputs as the placeholders say, and calls every layer. */
  run(kind: string, given: readonly Tensor[], options: CallOptions): Tensor[] {
    this.checkInputs(
      kind,
      given.map((tensor) => tensor.shape),
    );
    const values = new Map<SymbolicTensor, Tensor>();
    const { mask } = options;
    this.inputs.forEach((input, i) => {
      const value = cast(given[i]!, input.dtype);
      const own = mask instanceof Tensor ? (i === 0 ? mask : undefined) : mask?.[i];
      values.set(input, carryMask(given[i]!, value));
      if (own) setMask(value, own);
    });
    for (const node of this.nodes) {
      if (node.inputs.length === 0) continue;
      const inputs = node.inputs.map((input) => values.get(input)!);
      const training = node.training ?? options.training;
      const result: Tensor | readonly Tensor[] = node.layer.apply(node.inputIsList ? inputs : inputs[0]!, { ...node.flags, training });
      const outputs = result instanceof Tensor ? [result] : result;
      node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
    }
    return this.outputs.map((output) => values.get(output)!);
  }

  /** Output shapes for input shapes, both with the batch. */
  shapes(kind: string, given: readonly BatchShape[]): BatchShape[] {
    this.checkInputs(kind, given);
    const found = new Map<SymbolicTensor, BatchShape>();
    this.inputs.forEach((input, i) => found.set(input, given[i]!));
    for (const node of this.nodes) {
      if (node.inputs.length === 0) continue;
      const inputs = node.inputs.map((input) => found.get(input)!);
      const result = node.layer.computeOutputShape(node.inputIsList ? inputs : inputs[0]!);
      const outputs = isShapeList(result) ? result : [result];
      node.outputs.forEach((output, i) => found.set(output, outputs[i]!));
    }
    return this.outputs.map((output) => found.get(output)!);
  }

  checkInputs(kind: string, given: readonly BatchShape[]): void {
    if (given.length !== this.inputs.length) {
      throw new ShapeError({
        where: kind,
        expected: `${this.inputs.length} inputs (${this.inputs.map((input) => input.name).join(', ')})`,
        received: String(given.length),
        hint: 'give a list in this order',
      });
    }
    this.inputs.forEach((input, i) => {
      const shape = given[i]!;
      if (!fits(shape, input.shape)) throw new ShapeError(modelInput(kind, withoutBatch(input.shape), withoutBatch(shape)));
    });
  }

  /** Inputs that `input` made, as opposed to results of layers. */
  get beginsWithInputs(): boolean {
    return this.inputs.every((input) => input.history.layer instanceof InputLayer);
  }
}

function callIndex(node: Node): number {
  return node.layer.inboundNodes.indexOf(node);
}
