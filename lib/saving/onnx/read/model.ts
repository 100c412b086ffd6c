/** From a graph of ONNX to a functional model: a layer for each operator, with what works its shapes out inside of it. */
import { FormatError } from '../../../errors.js';
import { InputLayer } from '../../../layers/input-layer.js';
import type { Layer } from '../../../layers/layer.js';
import { type BatchShape, shapeList, type Shapes, type SymbolicTensor } from '../../../layers/symbolic.js';
import { Functional } from '../../../models/functional.js';
import type { Model } from '../../../models/model.js';
import { isFloat } from '../../../tensor/dtype.js';
import type { TensorMessage, AttributeMessage, GraphMessage, ModelMessage, NodeMessage, ValueInfoMessage } from '../messages.js';
import { attributeTypes } from '../messages.js';
import { typedArray } from '../../../tensor/dtype.js';
import { dtypeOf, type Host, hostOf } from './constant.js';
import { layerFor } from './keras-layers.js';
import { asFormatError, type OperatorCall, OnnxOperators } from './layer.js';
import type { Attribute } from './operators/operator.js';
import { isKnown } from './table.js';

/** The oldest set of operators whose forms are read. */
const OLDEST = 7;

/** Constants of whole numbers, and single ones, are part of a layer's config; others are weights. */
const SMALL = 64;

interface Node extends OperatorCall {
  readonly name: string;
  /** Which node of the graph it is: operands come before those that take them. */
  readonly place: number;
}

class Importer {
  private readonly constants = new Map<string, Host>();
  private readonly makers = new Map<string, Node>();
  private readonly values = new Map<string, SymbolicTensor>();
  /** Shapes of the values for two choices of the sizes that are not known: those that differ depend on them. */
  private readonly sizes = new Map<string, readonly [readonly number[], readonly number[]]>();
  private readonly layerNames = new Set<string>();
  /** Results that follow from constants and shapes alone. */
  private readonly fixed = new Set<string>();

  constructor(
    private readonly file: string,
    private readonly opset: number,
  ) {}

  refuse(where: string, expected: string, received: string): FormatError {
    return new FormatError({ where: where ? `${this.file}, ${where}` : this.file, expected, received });
  }

  async model(graph: GraphMessage): Promise<Model> {
    if (graph.sparseInitializer.length > 0) throw this.refuse('', 'constants in full', 'sparse ones');
    for (const tensor of graph.initializer) await this.constant(tensor.name, tensor);
    const inputs = graph.input.filter(({ name }) => !this.constants.has(name)).map((info) => this.input(info));
    for (const message of graph.node) await this.node(message, graph);
    const outputs = graph.output.map(({ name }) => {
      const found = this.values.get(name);
      if (!found) throw this.refuse(`output '${name}'`, 'a result that depends on the inputs', 'none');
      return found;
    });
    if (outputs.length === 0) throw this.refuse('', 'a graph with outputs', 'none');
    try {
      return new Functional(inputs, outputs, { name: legalName(graph.name) || null }) as Model;
    } catch (cause) {
      throw asFormatError(this.file, cause);
    }
  }

  private async constant(name: string, tensor: TensorMessage): Promise<void> {
    if (this.constants.has(name)) throw this.refuse(`constant '${name}'`, 'a name for each constant of its own', 'one that is given twice');
    this.constants.set(name, await hostOf(this.file, { ...tensor, name }));
    this.fixed.add(name);
  }

  private input({ name, type }: ValueInfoMessage): SymbolicTensor {
    const where = `input '${name}'`;
    const tensor = type?.tensorType;
    if (!tensor?.shape) throw this.refuse(where, 'a tensor with a number of axes', 'something else');
    const shape = (tensor.shape.dim ?? []).map(({ dimValue }) => (dimValue === undefined || dimValue <= 0 ? null : dimValue));
    if (shape.some((dim) => dim !== null && !Number.isSafeInteger(dim))) throw this.refuse(where, 'a shape', `[${shape.join(', ')}]`);
    const dtype = dtypeOf(`${this.file}, ${where}`, tensor.elemType);
    try {
      const layer = new InputLayer({ name: this.layerName(name), batchShape: shape, dtype });
      const made = layer.output as SymbolicTensor;
      this.values.set(name, made);
      const chosen = (i: 0 | 1): number[] => shape.map((dim, axis) => dim ?? (shape.length >= 4 && axis > 0 ? LARGE : FEW)[i]);
      this.sizes.set(name, [chosen(0), chosen(1)]);
      return made;
    } catch (cause) {
      throw asFormatError(`${this.file}, ${where}`, cause);
    }
  }

  private layerName(wish: string): string {
    const name = legalName(wish) || 'operator';
    let found = name;
    for (let i = 1; this.layerNames.has(found); i++) found = `${name}_${i}`;
    this.layerNames.add(found);
    return found;
  }

  private async node(message: NodeMessage, graph: GraphMessage): Promise<void> {
    const { input: inputs, output: outputs, opType = '', domain = '' } = message as Partial<NodeMessage> & NodeMessage;
    const name = message.name || outputs[0] || opType;
    const where = `node '${name}' (${opType})`;
    if ((domain !== '' && domain !== 'ai.onnx') || (!isKnown(opType) && opType !== 'Constant')) {
      throw this.refuse(where, 'an operator that there is here', domain ? `${domain}.${opType}` : opType);
    }
    if (outputs.length === 0) throw this.refuse(where, 'a result', 'none');
    for (const output of outputs.filter((one) => one !== '')) {
      if (this.makers.has(output) || this.values.has(output) || this.constants.has(output)) {
        throw this.refuse(where, 'a name for each result of its own', `'${output}' twice`);
      }
    }
    if (opType === 'Constant') {
      await this.constant(outputs[0]!, this.constantOf(message, where));
      return;
    }
    const known = (one: string): boolean => one === '' || this.constants.has(one) || this.values.has(one) || this.makers.has(one);
    const missing = inputs.find((one) => !known(one));
    if (missing !== undefined) throw this.refuse(where, 'operands that were made before', `'${missing}'`);
    const node: Node = { name, place: this.makers.size, opType, inputs, outputs, attributes: await this.attributes(message, where) };
    for (const output of outputs) this.makers.set(output, node);
    const isFixed = opType === 'Shape' || opType === 'Size' || inputs.every((one) => one === '' || this.fixed.has(one));
    const wanted = graph.output.some((output) => outputs.includes(output.name));
    if (isFixed && !(wanted && this.needed(node).inputs.length > 0)) for (const output of outputs) this.fixed.add(output);
    else
      this.layer(
        node,
        where,
        outputs.find((one) => graph.output.some((output) => output.name === one)),
      );
  }

  private constantOf(message: NodeMessage, where: string): TensorMessage {
    const [attribute] = message.attribute;
    const list = (dataType: number, data: Partial<TensorMessage>, dims: number[]): TensorMessage => ({ name: '', dataType, dims, ...data });
    if (attribute?.name === 'value' && attribute.t) return attribute.t;
    if (attribute?.name === 'value_float') return list(1, { floatData: [attribute.f ?? 0] }, []);
    if (attribute?.name === 'value_int') return list(7, { int64Data: [attribute.i ?? 0] }, []);
    if (attribute?.name === 'value_floats') return list(1, { floatData: attribute.floats ?? [] }, [attribute.floats?.length ?? 0]);
    if (attribute?.name === 'value_ints') return list(7, { int64Data: attribute.ints ?? [] }, [attribute.ints?.length ?? 0]);
    throw this.refuse(where, 'a constant of numbers', attribute ? `'${attribute.name}'` : 'none');
  }

  private async attributes(message: NodeMessage, where: string): Promise<Record<string, Attribute>> {
    const found: Record<string, Attribute> = {};
    for (const one of message.attribute) {
      if (one.t && message.opType === 'ConstantOfShape') {
        const { data, dtype } = await hostOf(`${this.file}, ${where}`, one.t);
        Object.assign(found, { value: data[0] ?? 0, value_dtype: dtype });
        continue;
      }
      found[one.name] = valueOf(one, (received) => this.refuse(where, `attribute '${one.name}' of numbers or text`, received));
    }
    return found;
  }

  /** The node with all that follows from constants and shapes before it, and what tensors and constants they take. */
  private needed(node: Node): { calls: Node[]; inputs: string[]; constants: string[] } {
    const [calls, seen] = [new Set([node]), new Set<string>()];
    const [inputs, constants]: [string[], string[]] = [[], []];
    // A set is walked through with what is added meanwhile; there is no recursion, since a damaged file may have a chain of any length.
    for (const { inputs: names } of calls) {
      for (const name of names) {
        if (name === '' || seen.has(name)) continue;
        seen.add(name);
        if (this.constants.has(name)) constants.push(name);
        else if (this.values.has(name)) inputs.push(name);
        else calls.add(this.makers.get(name)!);
      }
    }
    return { calls: [...calls].sort((a, b) => a.place - b.place), inputs, constants };
  }

  private layer(node: Node, where: string, output: string | undefined): void {
    const { calls, inputs, constants } = this.needed(node);
    if (inputs.length === 0) throw this.refuse(where, 'a result that depends on the inputs', 'one of constants alone');
    if (calls.length > MOST_CALLS) throw this.refuse(where, `a shape that follows from at most ${MOST_CALLS} operators`, `${calls.length}`);
    const name = this.layerName(output ?? node.name);
    const given = inputs.map((one) => this.values.get(one)!);
    const sizes = [0, 1].map((i) => inputs.map((one) => this.sizes.get(one)![i]!)) as [number[][], number[][]];
    try {
      const direct = calls.length === 1 && layerFor(node, given, (one) => this.constants.get(one), name);
      let layer: Layer;
      let shapes: [readonly BatchShape[], readonly BatchShape[]];
      if (direct) {
        layer = direct.layer;
        layer.build(one(given.map(({ shape }) => shape)));
        layer.setWeights(direct.weights);
        shapes = [shapeList(layer.computeOutputShape(one(sizes[0]))), shapeList(layer.computeOutputShape(one(sizes[1])))];
      } else {
        const made = this.operators(name, node, calls, inputs, constants);
        const dtypes = given.map(({ dtype }) => dtype);
        const [few, more] = [made.resultsFor(sizes[0], dtypes), made.resultsFor(sizes[1], dtypes)];
        shapes = [few.map(({ shape }) => shape), more.map(({ shape }) => shape)];
        const open = few.map(({ shape, dtype }, i) => ({
          shape: shape.map((dim, axis) => (dim === more[i]!.shape[axis] ? dim : null)),
          dtype,
        }));
        layer = made.found(open);
      }
      const result: unknown = (layer as { apply(x: unknown): unknown }).apply(given.length === 1 ? given[0] : given);
      const results = [result].flat() as SymbolicTensor[];
      const names = node.outputs.filter((output) => output !== '');
      names.forEach((output, i) => {
        this.values.set(output, results[i]!);
        this.sizes.set(output, [shapes[0][i]! as number[], shapes[1][i]! as number[]]);
      });
    } catch (cause) {
      if (cause instanceof FormatError && cause.message.startsWith(this.file)) throw cause;
      throw asFormatError(`${this.file}, ${where}`, cause);
    }
  }

  private operators(
    name: string,
    node: Node,
    calls: readonly Node[],
    inputs: readonly string[],
    constants: readonly string[],
  ): OnnxOperators {
    const needed = new Set(calls.flatMap(({ opType, inputs: from }) => (HOST_OPERANDS[opType] ?? []).map((i) => from[i])));
    const isSmall = (name: string, { data, dtype }: Host): boolean =>
      data.length <= (isFloat(dtype) && !needed.has(name) ? 1 : MOST_NUMBERS) && Array.from(data).every((one) => Number.isFinite(one));
    const small = constants.filter((one) => isSmall(one, this.constants.get(one)!));
    const large = constants.filter((one) => !small.includes(one));
    const still = STATISTICS[node.opType] ?? [];
    const layer = new OnnxOperators({
      name,
      opset: this.opset,
      calls: calls.map(({ opType, inputs: from, outputs, attributes }) => ({ opType, inputs: from, outputs, attributes })),
      inputs,
      outputs: node.outputs.filter((one) => one !== ''),
      results: [],
      constants: small.map((one) => {
        const { data, shape, dtype } = this.constants.get(one)!;
        return { name: one, shape, dtype, data: Array.from(data) };
      }),
      weights: large.map((one) => {
        const { shape, dtype } = this.constants.get(one)!;
        return { name: one, shape, dtype, learns: isFloat(dtype) && !still.some((i) => node.inputs[i] === one) };
      }),
    });
    layer.build(inputs.map((one) => this.values.get(one)!.shape));
    layer.setWeights(
      large.map((one) => {
        const { data, shape, dtype } = this.constants.get(one)!;
        return { name: one, shape, dtype, data: typedArray(dtype, data) };
      }),
    );
    return layer;
  }
}

/** Stand-ins for sizes that are not known: of images, and of batches and sequences. */
const LARGE = [224, 448] as const;
const FEW = [12, 24] as const;

/** One shape, or the list of several. */
function one(shapes: readonly BatchShape[]): Shapes {
  return shapes.length === 1 ? shapes[0]! : shapes;
}

/** Operands that say what comes out, and are never weights. */
const HOST_OPERANDS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2, 3], Pad: [2], OneHot: [1, 2] };

/** Longest chain of operators that one shape may follow from. */
const MOST_CALLS = 2000;

/** Lists of whole numbers of that many are part of a config. */
const MOST_NUMBERS = SMALL * 16;

/** Which operands are figures of data that no training changes. */
const STATISTICS: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

function legalName(name: string | undefined): string {
  return (name ?? '').replace(/^\/+/, '').replaceAll('/', '.');
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function valueOf(attribute: AttributeMessage, refuse: (received: string) => FormatError): Attribute {
  const { type } = attribute;
  if (type === attributeTypes.float) return attribute.f ?? 0;
  if (type === attributeTypes.int) return Number(attribute.i ?? 0);
  if (type === attributeTypes.string) return decode(attribute.s ?? new Uint8Array());
  if (type === attributeTypes.floats) return attribute.floats ?? [];
  if (type === attributeTypes.ints) return (attribute.ints ?? []).map(Number);
  if (type === attributeTypes.strings) return (attribute.strings ?? []).map(decode);
  throw refuse(type === attributeTypes.graph ? 'a graph' : `the kind ${type}`);
}

/** The model of a file that was decoded. */
export async function modelOf(file: string, message: ModelMessage): Promise<Model> {
  const versions = message.opsetImport.filter(({ domain }) => !domain || domain === 'ai.onnx').map(({ version }) => Number(version));
  const opset = versions[0];
  if (!message.graph || opset === undefined) {
    throw new FormatError({
      where: file,
      expected: 'a graph of a set of operators',
      received: message.graph ? 'no such set' : 'none',
      hint: 'is it a file of ONNX?',
    });
  }
  if (!(opset >= OLDEST)) {
    throw new FormatError({
      where: file,
      expected: `a set of operators from ${OLDEST} on`,
      received: String(opset),
      hint: 'export it anew',
    });
  }
  return new Importer(file, opset).model(message.graph);
}
