/** The messages of an ONNX file, as far as they are written and read here: names, numbers and types of their fields. */
import type { Root, Type } from 'protobufjs';

/** A tensor; its numbers are in `rawData` (little endian), in a list by type, or in another file. */
export interface TensorMessage {
  dims: number[];
  dataType: number;
  name: string;
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  doubleData?: number[];
  uint64Data?: number[];
  externalData?: { key: string; value: string }[];
  dataLocation?: number;
}

export interface AttributeMessage {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorMessage;
  g?: GraphMessage;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
}

export interface NodeMessage {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  domain: string;
  attribute: AttributeMessage[];
}

export interface DimMessage {
  dimValue?: number;
  dimParam?: string;
}

export interface ValueInfoMessage {
  name: string;
  type?: { tensorType?: { elemType: number; shape?: { dim: DimMessage[] } } };
}

export interface GraphMessage {
  node: NodeMessage[];
  name: string;
  initializer: TensorMessage[];
  input: ValueInfoMessage[];
  output: ValueInfoMessage[];
  valueInfo: ValueInfoMessage[];
  sparseInitializer: unknown[];
}

export interface ModelMessage {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  graph?: GraphMessage;
  opsetImport: { domain: string; version: number }[];
}

/** What an attribute's `type` says. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** name: [type, number] or [type, number, 'repeated']. */
type Fields = Readonly<Record<string, readonly [string, number, 'repeated'?]>>;

const fields: Readonly<Record<string, Fields>> = {
  Model: {
    irVersion: ['int64', 1],
    producerName: ['string', 2],
    producerVersion: ['string', 3],
    graph: ['Graph', 7],
    opsetImport: ['OperatorSet', 8, 'repeated'],
  },
  OperatorSet: { domain: ['string', 1], version: ['int64', 2] },
  Graph: {
    node: ['Node', 1, 'repeated'],
    name: ['string', 2],
    initializer: ['Tensor', 5, 'repeated'],
    input: ['ValueInfo', 11, 'repeated'],
    output: ['ValueInfo', 12, 'repeated'],
    valueInfo: ['ValueInfo', 13, 'repeated'],
    sparseInitializer: ['Opaque', 15, 'repeated'],
  },
  Node: {
    input: ['string', 1, 'repeated'],
    output: ['string', 2, 'repeated'],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['Attribute', 5, 'repeated'],
    domain: ['string', 7],
  },
  Attribute: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    t: ['Tensor', 5],
    g: ['Graph', 6],
    floats: ['float', 7, 'repeated'],
    ints: ['int64', 8, 'repeated'],
    strings: ['bytes', 9, 'repeated'],
    type: ['int32', 20],
  },
  Tensor: {
    dims: ['int64', 1, 'repeated'],
    dataType: ['int32', 2],
    floatData: ['float', 4, 'repeated'],
    int32Data: ['int32', 5, 'repeated'],
    int64Data: ['int64', 7, 'repeated'],
    name: ['string', 8],
    rawData: ['bytes', 9],
    doubleData: ['double', 10, 'repeated'],
    uint64Data: ['uint64', 11, 'repeated'],
    externalData: ['Entry', 13, 'repeated'],
    dataLocation: ['int32', 14],
  },
  Entry: { key: ['string', 1], value: ['string', 2] },
  ValueInfo: { name: ['string', 1], type: ['ValueType', 2] },
  ValueType: { tensorType: ['TensorType', 1] },
  TensorType: { elemType: ['int32', 1], shape: ['Shape', 2] },
  Shape: { dim: ['Dim', 1, 'repeated'] },
  Dim: { dimValue: ['int64', 1], dimParam: ['string', 2] },
  Opaque: {},
};

/** Of each message the fields that are messages themselves, by number: what a check of the nesting follows. */
export const nested: ReadonlyMap<string, ReadonlyMap<number, string>> = new Map(
  Object.entries(fields).map(([message, own]) => [
    message,
    new Map(
      Object.values(own)
        .filter(([type]) => Object.hasOwn(fields, type))
        .map(([type, id]) => [id, type]),
    ),
  ]),
);

/** Which field of which message is how long on the wire: the numbers that writing in pieces needs. */
export const numbers = { modelGraph: fields['Model']!['graph']![1], graphInitializer: fields['Graph']!['initializer']![1], rawData: 9 };

export type MessageName = 'Model' | 'Graph' | 'Tensor';

let root: Root | undefined;

/** A message's type; protobufjs is loaded with the first one. */
export async function messageType(name: MessageName): Promise<Type> {
  if (!root) {
    const { default: protobuf } = await import('protobufjs');
    const packed = new Set(['float', 'double', 'int32', 'int64', 'uint64']);
    const described = Object.entries(fields).map(([message, own]) => {
      const made = Object.entries(own).map(([key, [type, id, rule]]) => {
        // Lists of attributes and dimensions stand apart in files that other programs write; both forms are read by all.
        const options = rule && packed.has(type) ? { packed: message === 'Tensor' && key !== 'dims' } : undefined;
        return [key, { type, id, ...(rule && { rule }), ...(options && { options }) }];
      });
      return [message, { fields: Object.fromEntries(made) as never }];
    });
    root = protobuf.Root.fromJSON({ nested: Object.fromEntries(described) as never });
  }
  return root.lookupType(name);
}
