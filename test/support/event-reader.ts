/** Reads TensorBoard's event files by their format, with nothing of the library but the checksum, which has a test of its own. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { maskedCrc } from '../../lib/io/crc32c.js';

interface Field {
  number: number;
  value: number;
  bytes: Buffer;
}

function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [number, wire] = [key >> 3, key & 7];
    assert.ok(wire <= 2, `wire type ${wire}`);
    const value = wire === 0 ? varint() : 0;
    const length = wire === 0 ? 0 : wire === 1 ? 8 : varint();
    assert.ok(at + length <= message.length, 'a field beyond its message');
    found.push({ number, value, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return found;
}

export interface Point {
  tag: string;
  step: number;
  plugin: string;
  dataClass: number;
  dtype: number;
  shape: number[];
  content: Buffer;
  strings: Buffer[];
}

const one = (list: readonly Field[], number: number): Field | undefined => list.find((field) => field.number === number);

function pointsOf(event: Buffer): Point[] {
  const parts = fields(event);
  const step = one(parts, 2)?.value ?? 0;
  const summary = one(parts, 5);
  if (!summary) return [];
  return fields(summary.bytes).map(({ bytes }) => {
    const value = fields(bytes);
    const tensor = fields(one(value, 8)!.bytes);
    const metadata = fields(one(value, 9)!.bytes);
    return {
      tag: one(value, 1)!.bytes.toString(),
      step,
      plugin: one(fields(one(metadata, 1)!.bytes), 1)!.bytes.toString(),
      dataClass: one(metadata, 4)!.value,
      dtype: one(tensor, 1)!.value,
      shape: fields(one(tensor, 2)!.bytes).map((dim) => one(fields(dim.bytes), 1)?.value ?? 0),
      content: one(tensor, 4)?.bytes ?? Buffer.alloc(0),
      strings: tensor.filter(({ number }) => number === 8).map((field) => field.bytes),
    };
  });
}

/** All points of a folder's event files, in the order in which they were written. */
export function readEvents(folder: string): Point[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      assert.match(name, /^events\.out\.tfevents\.\d+\./);
      const file = readFileSync(path.join(folder, name));
      const events: Buffer[] = [];
      for (let at = 0; at < file.length;) {
        const length = Number(file.readBigUInt64LE(at));
        const data = file.subarray(at + 12, at + 12 + length);
        assert.equal(file.readUInt32LE(at + 8), maskedCrc(file.subarray(at, at + 8)));
        assert.equal(file.readUInt32LE(at + 12 + length), maskedCrc(data));
        events.push(data);
        at += 16 + length;
      }
      assert.equal(one(fields(events[0]!), 3)!.bytes.toString(), 'brain.Event:2');
      return events.flatMap(pointsOf);
    });
}
