/** Event files as TensorBoard reads them: records with checksums, each an `Event` message of TensorFlow. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { DataError } from '../errors.js';
import { maskedCrc } from '../io/crc32c.js';

/** Numbers of fields and of enumerations, from TensorFlow's event.proto, summary.proto and tensor.proto. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const VALUE = { tag: 1, tensor: 8, metadata: 9 };
const TENSOR = { dtype: 1, shape: 2, content: 4, strings: 8 };
const DTYPE = { float: 1, double: 2, string: 7 };
/** What a series holds decides which of TensorBoard's readers keeps it. */
const CLASS = { scalar: 1, tensor: 2, blobs: 3 };

function varint(value: number): Buffer {
  const bytes: number[] = [];
  // Division: steps may be beyond 32 bits.
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return Buffer.from(bytes);
}

function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
}

function bytesField(field: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

function tensorMessage(dtype: number, shape: readonly number[], contents: readonly Buffer[]): Buffer {
  const dims = shape.map((dim) => bytesField(2, numberField(1, dim)));
  return Buffer.concat([numberField(TENSOR.dtype, dtype), bytesField(TENSOR.shape, ...dims), ...contents]);
}

/** One `Summary.Value`: a tensor under a name, for the part of TensorBoard that `plugin` names. */
function value(tag: string, plugin: string, dataClass: number, tensor: Buffer): Buffer {
  const metadata = Buffer.concat([bytesField(1, bytesField(1, plugin)), numberField(4, dataClass)]);
  return Buffer.concat([bytesField(VALUE.tag, tag), bytesField(VALUE.tensor, tensor), bytesField(VALUE.metadata, metadata)]);
}

/** A point of a curve. */
export function scalarValue(tag: string, number: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(number);
  return value(tag, 'scalars', CLASS.scalar, tensorMessage(DTYPE.float, [], [bytesField(TENSOR.content, content)]));
}

/** Rows of left edge, right edge and count. */
export function histogramValue(tag: string, rows: readonly (readonly [number, number, number])[]): Buffer {
  const content = Buffer.from(Float64Array.from(rows.flat()).buffer);
  return value(tag, 'histograms', CLASS.tensor, tensorMessage(DTYPE.double, [rows.length, 3], [bytesField(TENSOR.content, content)]));
}

/** Pictures of one size, as PNG. */
export function imagesValue(tag: string, width: number, height: number, pictures: readonly Uint8Array[]): Buffer {
  const strings = [String(width), String(height), ...pictures].map((part) => bytesField(TENSOR.strings, part));
  return value(tag, 'images', CLASS.blobs, tensorMessage(DTYPE.string, [strings.length], strings));
}

function record(data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc(data));
  return Buffer.concat([head, data, tail]);
}

let files = 0;

/** A file of events in a folder; both are made by the first event. What was written is there at once, for a TensorBoard that watches. */
export class EventFile {
  private file: string | undefined;

  constructor(
    private readonly where: string,
    private readonly folder: string,
  ) {}

  /** One event with the values of a step. */
  write(step: number, values: readonly Buffer[]): void {
    if (values.length === 0) return;
    const summary = bytesField(EVENT.summary, ...values.map((one) => bytesField(1, one)));
    const event = record(Buffer.concat([doubleField(EVENT.wallTime, Date.now() / 1000), numberField(EVENT.step, step), summary]));
    try {
      this.file ??= this.begin();
      appendFileSync(this.file, event);
    } catch (cause) {
      throw new DataError({
        where: this.where,
        expected: `a folder ${this.folder} that can be written`,
        received: cause instanceof Error ? cause.message : String(cause),
        hint: 'choose another logDir',
        cause,
      });
    }
  }

  private begin(): string {
    mkdirSync(this.folder, { recursive: true });
    const now = Date.now() / 1000;
    const file = path.join(this.folder, `events.out.tfevents.${Math.floor(now)}.${hostname()}.${process.pid}.${files++}.v2`);
    appendFileSync(file, record(Buffer.concat([doubleField(EVENT.wallTime, now), bytesField(EVENT.fileVersion, 'brain.Event:2')])));
    return file;
  }
}
