/** TensorFlow's record files of `tf.train.Example` messages. */
import { ArgumentError, FormatError } from '../errors.js';
import { maskedCrc } from '../io/crc32c.js';
import { readChunks } from '../io/decompress.js';
import { describe, flag, optional, readOptions, text } from '../options/index.js';
import { Dataset } from './dataset.js';

/** One feature: numbers, or byte strings. int64 values beyond 2^53 are not exact. */
export type Feature = Float32Array | Float64Array | Uint8Array[];

/** The features of an example by name. */
export type Example = Record<string, Feature>;

/** Records of a file, whole and checked. */
async function* records(file: string, verify: boolean): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  let place = 0;
  const refuse = (expected: string, received: string): FormatError =>
    new FormatError({ where: `${file}, byte ${place}`, expected, received, hint: 'the file is no record file, or is damaged' });
  for await (const chunk of readChunks('tfrecord', file)) {
    waiting = waiting.length === 0 ? Buffer.from(chunk) : Buffer.concat([waiting, chunk]);
    let at = 0;
    while (waiting.length - at >= 12) {
      const length = Number(waiting.readBigUInt64LE(at));
      // A damaged length would have the whole file waited for.
      if (verify && maskedCrc(waiting.subarray(at, at + 8)) !== waiting.readUInt32LE(at + 8))
        throw refuse('a record', 'a length with a wrong checksum');
      if (length > 2 ** 31) throw refuse('a record of at most 2 GB', `one of ${length} bytes`);
      if (waiting.length - at < 16 + length) break;
      const data = waiting.subarray(at + 12, at + 12 + length);
      if (verify && maskedCrc(data) !== waiting.readUInt32LE(at + 12 + length)) throw refuse('a record', 'contents with a wrong checksum');
      yield data;
      at += 16 + length;
      place += 16 + length;
    }
    waiting = waiting.subarray(at);
  }
  if (waiting.length > 0) throw refuse('a whole record', `${waiting.length} bytes at the end of the file`);
}

/** Fields of a protocol-buffer message: number, and a varint or bytes. */
class Message {
  private at = 0;

  constructor(
    private readonly where: string,
    private readonly bytes: Buffer,
  ) {}

  private failed(received: string): FormatError {
    return new FormatError({
      where: this.where,
      expected: 'a tf.train.Example',
      received,
      hint: "pass parse: false for other records' bytes",
    });
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.bytes.length) throw this.failed('a message that is cut short');
      const byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw this.failed('a number without an end');
  }

  private take(count: number): Buffer {
    if (count > this.bytes.length - this.at) throw this.failed('a message that is cut short');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  *fields(): Generator<{ field: number; wire: number; bytes: Buffer; value: bigint }> {
    while (!this.done) {
      const key = Number(this.varint());
      const wire = key & 7;
      const field = key >>> 3;
      const none = Buffer.alloc(0);
      if (wire === 0) yield { field, wire, bytes: none, value: this.varint() };
      else if (wire === 1) yield { field, wire, bytes: this.take(8), value: 0n };
      else if (wire === 2) yield { field, wire, bytes: this.take(Number(this.varint())), value: 0n };
      else if (wire === 5) yield { field, wire, bytes: this.take(4), value: 0n };
      else throw this.failed(`wire type ${wire}`);
    }
  }
}

function featureOf(where: string, bytes: Buffer): Feature {
  for (const { field, bytes: list } of new Message(where, bytes).fields()) {
    const parts = new Message(where, list).fields();
    if (field === 1) return Array.from(parts, (part) => new Uint8Array(part.bytes));
    if (field === 2) {
      const floats = Array.from(parts).flatMap((part) =>
        Array.from({ length: part.bytes.length >> 2 }, (_, i) => part.bytes.readFloatLE(4 * i)),
      );
      return Float32Array.from(floats);
    }
    if (field === 3) {
      const numbers: number[] = [];
      for (const part of parts) {
        if (part.wire === 0) numbers.push(Number(BigInt.asIntN(64, part.value)));
        for (const packed = new Message(where, part.bytes); !packed.done;) numbers.push(Number(BigInt.asIntN(64, packed.varint())));
      }
      return Float64Array.from(numbers);
    }
  }
  return new Float32Array(0);
}

/** An example's features. */
export function parseExample(where: string, bytes: Buffer): Example {
  const example: Example = {};
  for (const features of new Message(where, bytes).fields()) {
    if (features.field !== 1) continue;
    for (const entry of new Message(where, features.bytes).fields()) {
      let name = '';
      let value: Feature = new Float32Array(0);
      for (const { field, bytes: part } of new Message(where, entry.bytes).fields()) {
        if (field === 1) name = part.toString('utf8');
        else if (field === 2) value = featureOf(where, part);
      }
      Object.defineProperty(example, name, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return example;
}

export interface TfrecordOptions {
  /** Compares checksums; true. */
  verify?: boolean;
}

/**
 * The examples of TensorFlow record files (plain, .gz or .xz): features by name, numbers as typed arrays, byte strings as lists. With
 * `parse: false` the records themselves.
 *
 * @throws FormatError that names file and place of a damaged record
 * @example
 * const images = data.tfrecord('train.tfrecord').map(async (e) => [await decode(e.image[0]), e.label[0]]);
 */
export function tfrecord(files: string | readonly string[], options: TfrecordOptions & { parse: false }): Dataset<Uint8Array>;
export function tfrecord(files: string | readonly string[], options?: TfrecordOptions & { parse?: true }): Dataset<Example>;
export function tfrecord(files: string | readonly string[], options: TfrecordOptions & { parse?: boolean } = {}): Dataset<unknown> {
  const { verify, parse } = readOptions('tfrecord', options, { verify: optional(flag, true), parse: optional(flag, true) });
  const list = typeof files === 'string' ? [files] : files;
  if (!Array.isArray(list) || list.length === 0)
    throw new ArgumentError({ where: 'tfrecord', expected: 'names of files', received: describe(files) });
  for (const file of list as readonly string[]) text(file, 'tfrecord');
  return new Dataset(async function* () {
    for (const file of list as readonly string[]) {
      let index = 0;
      for await (const record of records(file, verify)) {
        yield parse ? parseExample(`${file}, record ${index}`, record) : new Uint8Array(record);
        index++;
      }
    }
  }, undefined);
}
