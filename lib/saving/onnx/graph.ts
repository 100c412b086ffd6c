/** A graph of ONNX in the making: nodes, constants, names. Knows nothing of layers. */
import { type AttributeMessage, attributeTypes, type DimMessage, type NodeMessage, type ValueInfoMessage } from './messages.js';
import { bytesOf, type Element, elementType } from './dtypes.js';

/** A constant whose bytes are made when the file is written. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Element;
  /** Its size in the file. */
  readonly byteLength: number;
  read(): Promise<Uint8Array> | Uint8Array;
}

/** Attributes of nodes: whole numbers and lists of them as they are, real ones marked. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | readonly string[] | Real | undefined>>;

interface Real {
  readonly real: number | readonly number[];
}

/** Marks an attribute as real: 1 alone could be either. */
export function real(value: number | readonly number[]): Real {
  return { real: value };
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function attribute(name: string, value: NonNullable<Attributes[string]>): AttributeMessage {
  if (typeof value === 'number') return { name, type: attributeTypes.int, i: value };
  if (typeof value === 'string') return { name, type: attributeTypes.string, s: text(value) };
  if ('real' in value) {
    if (typeof value.real === 'number') return { name, type: attributeTypes.float, f: value.real };
    return { name, type: attributeTypes.floats, floats: [...value.real] };
  }
  if (typeof value[0] === 'string') return { name, type: attributeTypes.strings, strings: (value as readonly string[]).map(text) };
  return { name, type: attributeTypes.ints, ints: [...(value as readonly number[])] };
}

const elementBytes: Record<Element, number> = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1, bool: 1 };

/** The graph; one for a model. */
export class OnnxGraph {
  readonly nodes: NodeMessage[] = [];
  readonly constants = new Map<string, Constant>();
  readonly inputs: ValueInfoMessage[] = [];
  readonly outputs: ValueInfoMessage[] = [];
  private readonly taken = new Map<string, number>();
  private readonly small = new Map<string, string>();
  /** Results that became outputs of the model, by the names that they had. */
  private readonly renamed = new Map<string, string>();

  constructor(readonly opset: number) {}

  /** A name that nothing has yet. */
  unique(wish: string): string {
    const count = this.taken.get(wish);
    this.taken.set(wish, (count ?? 0) + 1);
    return count === undefined ? wish : this.unique(`${wish}_${count}`);
  }

  /** Adds a node and returns the names of its results; '' stands for an operand that is left out. */
  add(opType: string, path: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string[] {
    const name = this.unique(`${path}/${opType}`);
    const made = Array.from({ length: outputs }, (_, i) => (i === 0 ? `${name}:0` : `${name}:${i}`));
    const trimmed = [...inputs];
    while (trimmed.at(-1) === '') trimmed.pop();
    this.nodes.push({
      input: trimmed,
      output: made,
      name,
      opType,
      domain: '',
      attribute: Object.entries(attributes)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => attribute(key, value!)),
    });
    return made;
  }

  /** A small constant; equal ones are one. */
  constant(data: readonly number[] | number, dtype: Element, shape?: readonly number[]): string {
    const list = typeof data === 'number' ? [data] : data;
    const dims = shape ?? (typeof data === 'number' ? [] : [list.length]);
    const key = `${dtype}[${dims.join()}]${list.map((one) => (Object.is(one, -0) ? '-0' : one)).join()}`;
    const known = this.small.get(key);
    if (known !== undefined) return known;
    const name = this.lazy(`constants/${dtype}`, dims, dtype, () => bytesOf(dtype, list));
    this.small.set(key, name);
    return name;
  }

  /** A constant whose bytes are asked for when the file is written. */
  lazy(wish: string, shape: readonly number[], dtype: Element, read: Constant['read']): string {
    const name = this.unique(wish);
    const size = shape.reduce((product, dim) => product * dim, 1);
    this.constants.set(name, { name, shape, dtype, byteLength: size * elementBytes[dtype], read });
    return name;
  }

  /** Drops nodes and constants that no output needs. */
  prune(): void {
    const needed = new Set(this.outputs.map((output) => output.name));
    const kept = [...this.nodes].reverse().filter((node) => {
      if (!node.output.some((name) => needed.has(name))) return false;
      for (const name of node.input) needed.add(name);
      return true;
    });
    this.nodes.splice(0, this.nodes.length, ...kept.reverse());
    for (const name of this.constants.keys()) if (!needed.has(name)) this.constants.delete(name);
  }

  /** Gives the result of a node another name; what is an operand or a constant keeps its own and gets a copy. */
  rename(from: string, to: string): void {
    const makes = this.nodes.find((node) => node.output.includes(from));
    if (!makes) {
      this.nodes.push({
        input: [this.renamed.get(from) ?? from],
        output: [to],
        name: this.unique(`${to}/Identity`),
        opType: 'Identity',
        domain: '',
        attribute: [],
      });
      return;
    }
    this.renamed.set(from, to);
    for (const node of this.nodes) {
      node.input = node.input.map((name) => (name === from ? to : name));
      node.output = node.output.map((name) => (name === from ? to : name));
    }
  }
}

/** A value's name, type and shape; dimensions that are not known have names. */
export function valueInfo(name: string, dtype: Element, shape: readonly (number | null)[], batch: string): ValueInfoMessage {
  const dim = shape.map((size, axis): DimMessage => {
    if (size !== null) return { dimValue: size };
    return { dimParam: axis === 0 ? batch : `${name}_axis_${axis}` };
  });
  return { name, type: { tensorType: { elemType: elementType(dtype), shape: { dim } } } };
}
