/** Arrays in safetensors files: there and back, those that Python writes, and files that are not what they seem. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FormatError } from '../../lib/index.js';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { bytesSource, openSource } from '../../lib/io/source.js';
import type { StoredArray } from '../../lib/io/stored-array.js';
import { type DType, typedArray } from '../../lib/tensor/dtype.js';
import { written } from '../support/memory-sink.js';

function stored(name: string, shape: number[], values: number[], dtype: DType = 'float32'): StoredArray {
  return { name, shape, dtype, read: () => Promise.resolve(typedArray(dtype, values)) };
}

/** A file with this header, as text or as what becomes JSON, and this many bytes of data. */
function file(header: unknown, data = 0, length?: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(length ?? text.length));
  return Buffer.concat([head, text, Buffer.alloc(data)]);
}

const read = (bytes: Uint8Array) => readSafetensors(bytesSource('x', bytes));

describe('safetensors', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('arrays of every dtype come back, in their order', async () => {
    const arrays = [
      stored('b', [2, 2], [1, -0, NaN, Infinity]),
      stored('a/ü "', [1, 2], [0.1, 1e300], 'float64'),
      stored('10', [3], [-1, 0, 2 ** 31 - 1], 'int32'),
      stored('9', [], [7]),
      stored('none', [0, 5], []),
      stored('bytes', [3], [0, 7, 255], 'uint8'),
      stored('flags', [2], [1, 0], 'bool'),
    ];
    const bytes = await written((sink) => writeSafetensors(sink, arrays, { one: 'two' }));
    assert.equal((8 + Number(Buffer.from(bytes).readBigUInt64LE())) % 8, 0);
    const back = await read(bytes);
    assert.deepEqual(back.metadata, { one: 'two' });
    assert.deepEqual(
      back.arrays.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      arrays.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    );
    for (const [i, array] of back.arrays.entries()) assert.deepEqual(await array.read(), await arrays[i]!.read());
  });

  it('every type that Python writes is read, by conversion where we have none like it', async () => {
    const source = await openSource('test', path.join(__dirname, 'data', 'python.safetensors'));
    const { arrays, metadata } = await readSafetensors(source);
    assert.deepEqual(metadata, { made: 'by Python, größer' });
    const found: Record<string, unknown> = {};
    for (const array of arrays) found[array.name] = [array.stored, array.dtype, array.shape, Array.from(await array.read())];
    await source.close();
    const small = 2 ** -24;
    assert.deepEqual(found, {
      half: ['F16', 'float32', [9], [0, -0, 1, -2.5, 65504, small, 168 * small, Infinity, -Infinity]],
      brain: ['BF16', 'float32', [2, 3], [1, -2.5, 3.140625, 9.969209968386869e37, -0, Infinity]],
      single: ['F32', 'float32', [2, 2], [1, 2, 3, 4.5]],
      double: ['F64', 'float64', [1, 2], [0.1, -1e300]],
      i8: ['I8', 'int32', [3], [-128, 0, 127]],
      i16: ['I16', 'int32', [2], [-32768, 32767]],
      i32: ['I32', 'int32', [2], [-(2 ** 31), 2 ** 31 - 1]],
      i64: ['I64', 'int32', [2], [-(2 ** 31), 2 ** 31 - 1]],
      u8: ['U8', 'uint8', [2], [0, 255]],
      u16: ['U16', 'int32', [2], [0, 65535]],
      u32: ['U32', 'int32', [2], [0, 2 ** 31 - 1]],
      u64: ['U64', 'int32', [2], [0, 2 ** 31 - 1]],
      flags: ['BOOL', 'bool', [4], [1, 0, 0, 1]],
      scalar: ['F32', 'float32', [], [7]],
      empty: ['F32', 'float32', [0, 3], []],
    });
  });

  it('numbers that no dtype of ours holds are refused when they are read', async () => {
    const bytes = file({ a: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, 16);
    Buffer.from(bytes.buffer, bytes.byteOffset).writeBigInt64LE(2n ** 31n, bytes.length - 8);
    const { arrays } = await read(bytes);
    await assert.rejects(arrays[0]!.read(), /^FormatError: x 'a': expected whole numbers that fit in int32, got I64 with 2147483648; /);
  });

  const one = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const wrong: [string, Uint8Array, RegExp][] = [
    ['nothing', Buffer.from('abc'), /x: expected at least 8 bytes, got 3/],
    ['a header beyond the end', file({ a: one }, 8, 1000), /expected a header within the \d+ bytes of the file, got 1000 bytes/],
    ['a header of absurd length', file({ a: one }, 8, 2 ** 53), /got 9007199254740992 bytes/],
    ['a header that is no JSON', file('{"a":', 8), /x header: expected JSON, got/],
    ['a header that is no object', file('[]', 0), /expected an object as header/],
    ['a deep header', file('['.repeat(1e5), 0), /nested 200 deep/],
    ['a name twice', file(`{"a":${JSON.stringify(one)},"a":${JSON.stringify(one)}}`, 8), /got 'a' twice/],
    ['a name twice, once in disguise', file(`{"a":${JSON.stringify(one)},"\\u0061":${JSON.stringify(one)}}`, 8), /got 'a' twice/],
    ['an unknown type', file({ a: { ...one, dtype: 'F8_E4M3' } }, 8), /a dtype of 'a' among F32, .*, got "F8_E4M3"/],
    ['a type of Object.prototype', file({ a: { ...one, dtype: 'constructor' } }, 8), /got "constructor"/],
    ['no type', file({ a: null }, 8), /a dtype of 'a' among .*, got none/],
    ['a negative dimension', file({ a: { ...one, shape: [-2] } }, 8), /a shape and two offsets for 'a'/],
    ['half a dimension', file({ a: { ...one, shape: [2.5] } }, 8), /a shape and two offsets/],
    ['a shape that overflows', file({ a: { ...one, shape: [2 ** 40, 2 ** 40] } }, 8), /a shape and two offsets/],
    ['three offsets', file({ a: { ...one, data_offsets: [0, 8, 8] } }, 8), /a shape and two offsets/],
    [
      'offsets backwards',
      file({ a: { ...one, data_offsets: [8, 0] } }, 8),
      /expected 8 bytes for 'a' of shape \[2\] and type F32, got offsets \[8, 0\]/,
    ],
    ['offsets beyond the end', file({ a: one }, 7), /expected 8 bytes of arrays, as the header says, got 7/],
    ['bytes of no array at the end', file({ a: one }, 9), /expected 8 bytes of arrays, as the header says, got 9/],
    [
      'a gap',
      file({ a: one, b: { ...one, data_offsets: [12, 20] } }, 20),
      /the bytes of 'b' at 8, after those before it, got offsets \[12, 20\]/,
    ],
    ['an overlap', file({ a: one, b: { ...one, data_offsets: [4, 12] } }, 12), /the bytes of 'b' at 8/],
    ['the same bytes twice', file({ a: one, b: one }, 8), /the bytes of 'b' at 8/],
    ['metadata that are no texts', file({ __metadata__: { a: 1 }, a: one }, 8), /expected texts by name as __metadata__, got \{"a":1\}/],
  ];
  for (const [what, bytes, message] of wrong) {
    it(`refuses ${what}`, () =>
      assert.rejects(read(bytes), (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      }));
  }

  it('refuses to write a name twice, or other values than it announced', async () => {
    const a = stored('a', [1], [1]);
    await assert.rejects(
      written((sink) => writeSafetensors(sink, [a, a])),
      /a name for each array of its own, got 'a' twice/,
    );
    await assert.rejects(
      written((sink) => writeSafetensors(sink, [{ ...a, shape: [2] }])),
      /safetensors a: expected 2 values, got 1/,
    );
  });

  it('arrays behind 4 GB are found, and nothing else is read for them', async () => {
    const name = path.join(folder, 'large.safetensors');
    const large = 5 * 2 ** 30;
    const head = file({
      zeros: { dtype: 'U8', shape: [5, 2 ** 30], data_offsets: [0, large] },
      last: { dtype: 'F32', shape: [2], data_offsets: [large, large + 8] },
    });
    // a file with a hole: it takes no room on the disk
    const handle = openSync(name, 'w');
    writeSync(handle, head);
    writeSync(handle, Buffer.from(Float32Array.of(3, 4).buffer), 0, 8, head.length + large);
    closeSync(handle);
    assert.equal(statSync(name).size, head.length + large + 8);
    const before = process.memoryUsage().rss;
    const source = await openSource('test', name);
    const { arrays } = await readSafetensors(source);
    assert.deepEqual(await arrays[1]!.read(), Float32Array.of(3, 4));
    assert.equal(arrays[0]!.bytes, large);
    await source.close();
    assert.ok(process.memoryUsage().rss - before < 1e8);
    truncateSync(name, head.length + large + 7);
    const cut = await openSource('test', name);
    await assert.rejects(readSafetensors(cut), /expected 5368709128 bytes of arrays, as the header says, got 5368709127/);
    await cut.close();
  });

  it('more than 4 GB are written one array at a time', async () => {
    let [position, reads] = [0, 0];
    const zeros = new Uint8Array(2 ** 31);
    const array = (name: string): StoredArray => ({
      name,
      shape: [2 ** 31],
      dtype: 'uint8',
      read: () => {
        reads++;
        return Promise.resolve(zeros);
      },
    });
    let head = Buffer.alloc(0);
    await writeSafetensors(
      {
        position: 0,
        part: '',
        skip: () => assert.fail('not needed'),
        write: (bytes) => {
          // what came before this array is written before it is asked for
          if (bytes.length === zeros.length) assert.equal(position, 8 + headSize(head) + (reads - 1) * zeros.length);
          else head = Buffer.concat([head, bytes]);
          position += bytes.length;
          return Promise.resolve();
        },
        writeAt: () => Promise.reject(new Error('not needed')),
      },
      ['a', 'b', 'c'].map(array),
    );
    assert.equal(position, 8 + headSize(head) + 3 * 2 ** 31);
    const offsets = Object.entries(JSON.parse(head.subarray(8).toString()) as Record<string, { data_offsets: unknown }>).slice(1);
    assert.deepEqual(
      offsets.map(([, { data_offsets }]) => data_offsets),
      [
        [0, 2 ** 31],
        [2 ** 31, 2 ** 32],
        [2 ** 32, 3 * 2 ** 31],
      ],
    );
  });
});

function headSize(head: Buffer): number {
  return Number(head.readBigUInt64LE());
}
