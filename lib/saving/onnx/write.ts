/**
 * Writing of a graph as a file. Its constants go to the disk one after the other, so that the model is never in memory twice: protocol
 * buffers put lengths in front, and those are known from the constants' sizes. Where the message would pass the 2 GB that protocol buffers
 * allow, the constants are in a second file beside it, `model.onnx.data`.
 */
import path from 'node:path';
import type { Type } from 'protobufjs';
import { type FileSink, writeFileWhole } from '../../io/files.js';
import { elementType } from './dtypes.js';
import type { Constant, OnnxGraph } from './graph.js';
import { messageType, type ModelMessage, numbers, type TensorMessage } from './messages.js';

/** The largest message that readers take. */
const LARGEST = 2 ** 31 - 1;

/** Constants that small stay in the model even where the others have a file of their own. */
const SMALL = 1024;

/** Places of constants in the second file begin at multiples of this, so that it can be mapped into memory. */
const ALIGNED = 4096;

/** The version of the format that came with a set of operators. */
function irVersion(opset: number): number {
  return opset >= 21 ? 10 : opset >= 19 ? 9 : 8;
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

/** What stands in front of a field that is a message or bytes. */
function header(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]);
}

function tensorMessage({ name, shape, dtype }: Constant): TensorMessage {
  return { name, dims: [...shape], dataType: elementType(dtype) };
}

/** A constant within the message: its head, and where its bytes are. */
interface Entry {
  readonly constant: Constant;
  readonly head: Uint8Array;
  readonly inside: boolean;
}

function encode(type: Type, message: object): Uint8Array {
  return type.encode(message).finish();
}

async function writeConstant(sink: FileSink, constant: Constant): Promise<void> {
  const bytes = await constant.read();
  if (bytes.byteLength !== constant.byteLength) throw new Error(`${constant.name}: ${bytes.byteLength} bytes, not ${constant.byteLength}`);
  await sink.write(bytes);
}

/** Options that are for tests. */
export interface WriteOptions {
  largest?: number;
}

/** Writes the graph under a file name, as the model `name`. */
export async function writeOnnx(
  where: string,
  file: string,
  graph: OnnxGraph,
  name: string,
  { largest = LARGEST }: WriteOptions = {},
): Promise<void> {
  const [model, graphType, tensor] = [await messageType('Model'), await messageType('Graph'), await messageType('Tensor')];
  const constants = [...graph.constants.values()];
  const total = constants.reduce((sum, constant) => sum + constant.byteLength + 256, 0);
  const rest = encode(graphType, { name, node: graph.nodes, input: graph.inputs, output: graph.outputs });
  const outside = total + rest.byteLength + 1024 > largest;
  const data = `${path.basename(file)}.data`;
  let place = 0;
  const entries = constants.map((constant): Entry => {
    const message = tensorMessage(constant);
    if (!outside || constant.byteLength < SMALL) {
      const head = encode(tensor, message);
      return { constant, head: Buffer.concat([head, header(numbers.rawData, constant.byteLength)]), inside: true };
    }
    const entry = { location: data, offset: String(place), length: String(constant.byteLength) };
    place = Math.ceil((place + constant.byteLength) / ALIGNED) * ALIGNED;
    message.externalData = Object.entries(entry).map(([key, value]) => ({ key, value }));
    return { constant, head: encode(tensor, { ...message, dataLocation: 1 }), inside: false };
  });
  if (outside) {
    await writeFileWhole(where, path.join(path.dirname(file), data), async (sink) => {
      for (const { constant } of entries.filter((entry) => !entry.inside)) {
        const gap = Math.ceil(sink.position / ALIGNED) * ALIGNED - sink.position;
        if (gap > 0) await sink.write(new Uint8Array(gap));
        await writeConstant(sink, constant);
      }
    });
  }
  const lengthOf = ({ head, inside, constant }: Entry): number => head.byteLength + (inside ? constant.byteLength : 0);
  const graphLength = entries.reduce((sum, entry) => {
    const length = lengthOf(entry);
    return sum + header(numbers.graphInitializer, length).byteLength + length;
  }, rest.byteLength);
  const top: ModelMessage = {
    irVersion: irVersion(graph.opset),
    producerName: 'node-cudnn',
    producerVersion: '',
    opsetImport: [{ domain: '', version: graph.opset }],
  };
  await writeFileWhole(where, file, async (sink) => {
    await sink.write(Buffer.concat([encode(model, top), header(numbers.modelGraph, graphLength), rest]));
    for (const entry of entries) {
      await sink.write(Buffer.concat([header(numbers.graphInitializer, lengthOf(entry)), entry.head]));
      if (entry.inside) await writeConstant(sink, entry.constant);
    }
  });
}
