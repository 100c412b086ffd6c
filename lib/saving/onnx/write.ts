/**
 * Writing of a graph as a file. Its constants go to the disk one after the other, so that the model is never in memory twice: protocol
 * buffers put lengths in front, and those are known from the constants' sizes. Where the message would pass the 2 GB that protocol buffers
 * allow, the constants are in a second file beside it, `model.onnx.data`. Where the model that is replaced has one of that name, the new
 * one gets another: at every moment there is a whole model.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Type } from 'protobufjs';
import { type FileSink, writeFileWhole } from '../../io/files.js';
import { Transfer } from '../../io/transfer.js';
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

async function writeConstant(sink: FileSink, constant: Constant, transfer: Transfer): Promise<void> {
  const bytes = await constant.read();
  if (bytes.byteLength !== constant.byteLength) throw new Error(`${constant.name}: ${bytes.byteLength} bytes, not ${constant.byteLength}`);
  await sink.write(bytes);
  transfer.add(bytes.byteLength);
}

/** Who is told how far it is; what is for tests. */
export interface WriteOptions {
  transfer?: Transfer;
  largest?: number;
}

/** Files with constants that models of this file name have, or had. */
async function dataFilesOf(file: string): Promise<string[]> {
  const [front, end] = [path.basename(file), '.data'];
  const names = await readdir(path.dirname(file)).catch(() => []);
  const isOurs = (name: string): boolean =>
    name.startsWith(front) && name.endsWith(end) && /^(-[0-9a-f]{8})?$/.test(name.slice(front.length, -end.length));
  return names.filter(isOurs);
}

/** A name for the constants of a model that nothing has yet. */
async function freeDataName(file: string): Promise<string> {
  const taken = await stat(`${file}.data`).then(
    () => true,
    () => false,
  );
  return `${path.basename(file)}${taken ? `-${randomBytes(4).toString('hex')}` : ''}.data`;
}

/** Writes the graph under a file name, as the model `name`. */
export async function writeOnnx(
  where: string,
  file: string,
  graph: OnnxGraph,
  name: string,
  { transfer = Transfer.silent(), largest = LARGEST }: WriteOptions = {},
): Promise<void> {
  const [model, graphType, tensor] = [await messageType('Model'), await messageType('Graph'), await messageType('Tensor')];
  const constants = [...graph.constants.values()];
  const total = constants.reduce((sum, constant) => sum + constant.byteLength + 256, 0);
  transfer.expect(constants.reduce((sum, constant) => sum + constant.byteLength, 0));
  const rest = encode(graphType, { name, node: graph.nodes, input: graph.inputs, output: graph.outputs });
  const outside = total + rest.byteLength + 1024 > largest;
  const data = outside ? await freeDataName(file) : '';
  const dataFile = path.join(path.dirname(file), data);
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
  const fillData = async (sink: FileSink): Promise<void> => {
    for (const { constant } of entries.filter((entry) => !entry.inside)) {
      const gap = Math.ceil(sink.position / ALIGNED) * ALIGNED - sink.position;
      if (gap > 0) await sink.write(new Uint8Array(gap));
      await writeConstant(sink, constant, transfer);
    }
  };
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
  const fill = async (sink: FileSink): Promise<void> => {
    await sink.write(Buffer.concat([encode(model, top), header(numbers.modelGraph, graphLength), rest]));
    for (const entry of entries) {
      await sink.write(Buffer.concat([header(numbers.graphInitializer, lengthOf(entry)), entry.head]));
      if (entry.inside) await writeConstant(sink, entry.constant, transfer);
    }
  };
  if (!outside) return writeFileWhole(where, file, fill, transfer);
  const before = await dataFilesOf(file);
  await writeFileWhole(where, dataFile, fillData, transfer);
  try {
    await writeFileWhole(where, file, fill, transfer);
  } catch (error) {
    await rm(dataFile, { force: true }).catch(() => undefined);
    throw error;
  }
  for (const name of before) await rm(path.join(path.dirname(file), name), { force: true }).catch(() => undefined);
}
