/** HDF5 files in a thread: there and back in pieces, in the middle of other files, files of h5py, and damaged ones. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataError, FormatError } from '../../lib/index.js';
import { writeFileWhole } from '../../lib/io/files.js';
import { boxes, sizeOf } from '../../lib/io/hdf5/boxes.js';
import { Hdf5Reader, Hdf5Writer } from '../../lib/io/hdf5/index.js';
import { ZipReader, ZipWriter } from '../../lib/io/zip/index.js';
import { keyedStream } from '../../lib/random/host.js';

const mixed = path.join(__dirname, 'files', 'mixed.h5');

describe('HDF5', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  const refused = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, message);
      return true;
    });

  it('boxes follow each other and make up the whole', () => {
    for (const [shape, most] of [
      [[7], 3],
      [[2, 3, 5], 4],
      [[2, 3, 5], 5],
      [[2, 3, 5], 10],
      [[2, 3, 5], 100],
      [[4, 1, 6], 1],
      [[], 1],
      [[0, 4], 1],
    ] as const) {
      let at = 0;
      for (const { offset, count } of boxes(shape, most)) {
        const first = offset.reduce((sum, index, i) => sum * shape[i]! + index, 0);
        if (sizeOf(shape) > 0) assert.equal(first, at, `${shape.join()} by ${most}`);
        assert.ok(sizeOf(count) <= most || shape.length === 0);
        at += sizeOf(count);
      }
      assert.equal(at, sizeOf(shape));
    }
  });

  it('writes groups, attributes and data sets, small ones and such that come in pieces, and reads them again', async () => {
    const file = path.join(folder, 'a.h5');
    const shape = [5, 1100, 1000];
    const values = (first: number, length: number): Float32Array => Float32Array.from({ length }, (_, i) => (first + i) % 65537);
    await writeFileWhole('test', file, async (sink) => {
      const out = await Hdf5Writer.create('test', sink.part, 0, file);
      out.attribute('', 'long', 'x'.repeat(100_000));
      out.attribute('a/b', 'names', ['one', 'größe'], true);
      out.attribute('a/b', 'text', 'größe');
      await out.dataset('a/b/matrix', [2, 2], 'float64', [Float64Array.of(1, 2, 3, 4)]);
      await out.dataset('a/scalar', [], 'int32', [Int32Array.of(-7)]);
      await out.dataset('a/none', [0, 3], 'uint8', [new Uint8Array()]);
      let at = 0;
      const pieces = Hdf5Writer.boxes(shape).map(({ count }) => values((at += sizeOf(count)) - sizeOf(count), sizeOf(count)));
      assert.ok(pieces.length > 1);
      await out.dataset('large', shape, 'float32', pieces);
      const { size } = await out.close();
      assert.equal(size, statSync(sink.part).size);
    });
    const file5 = await Hdf5Reader.open('test', file);
    assert.deepEqual([...file5.entries.keys()], ['', 'a', 'a/b', 'a/b/matrix', 'a/none', 'a/scalar', 'large']);
    assert.deepEqual(file5.children('a'), ['b', 'none', 'scalar']);
    assert.equal(await file5.attribute('', 'long'), 'x'.repeat(100_000));
    assert.deepEqual(await file5.attribute('a/b', 'names'), ['one', 'größe']);
    assert.equal(await file5.attribute('a/b', 'text'), 'größe');
    assert.equal(await file5.attribute('a/b', 'other'), undefined);
    assert.deepEqual(await file5.read('a/b/matrix'), { dtype: 'float64', data: Float64Array.of(1, 2, 3, 4) });
    assert.deepEqual(await file5.read('a/scalar'), { dtype: 'int32', data: Int32Array.of(-7) });
    assert.deepEqual(await file5.read('a/none'), { dtype: 'uint8', data: new Uint8Array() });
    let at = 0;
    for await (const { count, values: piece } of file5.pieces('large')) {
      assert.deepEqual(piece.data, values(at, sizeOf(count)));
      at += sizeOf(count);
    }
    assert.equal(at, sizeOf(shape));
    assert.deepEqual((await file5.read('large', { offset: [4, 1099, 998], count: [1, 1, 2] })).data, values(sizeOf(shape) - 2, 2));
    await refused(
      file5.read('large', { offset: [5, 0, 0], count: [1, 1, 1] }),
      /a\.h5: expected data set \/large with \[1, 1, 1\] at \[5, 0, 0\]/,
    );
    await refused(file5.read('a/c'), /a\.h5: expected a data set \/a\/c, got none/);
    await refused(file5.read('a'), /got a group/);
    await file5.close();
  });

  it('writes into an archive and reads from there, whatever stands before and behind', async () => {
    const file = path.join(folder, 'a.keras');
    const data = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
    await writeFileWhole('test', file, async (sink) => {
      const zip = new ZipWriter(sink);
      await zip.add('config.json', Buffer.from('{}'));
      const out = await Hdf5Writer.create('test', sink.part, await zip.begin('model.weights.h5'), file);
      await out.dataset('w/0', [10, 100], 'float32', [data.slice()]);
      const { size, crc } = await out.close(true);
      await zip.end(size, crc);
      await zip.add('behind', Buffer.from('x'));
      await zip.finish();
    });
    const zip = await ZipReader.open('test', file);
    await zip.check('model.weights.h5');
    const entry = zip.entry('model.weights.h5');
    const part = { offset: await zip.start(entry), length: entry.size };
    await zip.close();
    const inside = await Hdf5Reader.open('test', file, part, `${file} model.weights.h5`);
    assert.deepEqual((await inside.read('w/0')).data, data);
    await inside.close();
    await refused(
      Hdf5Reader.open('test', file, { ...part, length: part.length - 1 }, 'short'),
      /^short: expected an HDF5 file, got truncated file/,
    );
    await refused(Hdf5Reader.open('test', file), /a\.keras: expected an HDF5 file, got /);
  });

  it('reads what h5py writes: all types that fit, packed chunks, links', async () => {
    const file = await Hdf5Reader.open('test', mixed);
    const attribute = (name: string): Promise<unknown> => file.attribute('', name);
    assert.equal(await attribute('text'), 'größe');
    assert.equal(await attribute('bytes'), 'bytes');
    assert.deepEqual(await attribute('list'), ['one', 'three']);
    assert.deepEqual(await attribute('texts'), ['a', 'ββ']);
    assert.equal(await attribute('number'), 7);
    assert.deepEqual(await attribute('numbers'), [1.5, 2.5]);
    assert.deepEqual(await attribute('none'), []);
    const values = async (name: string): Promise<unknown[]> => {
      const { dtype, data } = await file.read(name);
      return [dtype, ...data];
    };
    const tiny = 2 ** -24;
    assert.deepEqual(await values('types/half'), ['float32', 0, 1, -2.5, 65504, tiny, Infinity]);
    assert.deepEqual(await values('types/brain'), ['float32', 1, -3, 2 ** 99 * 1.578125]);
    assert.deepEqual(await values('types/double'), ['float64', Math.PI, -1e300]);
    assert.deepEqual(await values('types/big_endian'), ['float32', 1, 2, 3]);
    assert.deepEqual(await values('types/int64'), ['int32', 1, -2, 3, 2147483647]);
    await refused(
      file.read('types/huge'),
      /mixed\.h5: expected data set \/types\/huge of numbers within 32 bits, got larger ones of type int64/,
    );
    assert.deepEqual(await values('types/uint16'), ['int32', 65535]);
    assert.deepEqual(await values('types/uint32'), ['int32', 0, 1337]);
    assert.deepEqual(await values('types/bool'), ['bool', 1, 0, 1]);
    assert.deepEqual(await values('types/scalar'), ['float32', 0.5]);
    assert.deepEqual(await values('types/empty'), ['float32']);
    await refused(file.read('types/texts'), /expected data set \/types\/texts of numbers, got texts/);
    await refused(file.read('types/pairs'), /expected data set \/types\/pairs of numbers, got type 6 of 8 bytes/);
    assert.deepEqual(await values('same'), ['float32', 0.5]);
    assert.deepEqual(await values('soft'), ['float64', Math.PI, -1e300]);
    for (const link of ['lost', 'outside']) assert.equal(file.entries.has(link), false, link);
    const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
    assert.deepEqual(await values('packed'), ['float32', ...count(60_000)]);
    assert.deepEqual((await file.read('packed', { offset: [31, 299], count: [2, 1] })).data, Float32Array.of(9599, 9899));
    assert.deepEqual(await values('one_chunk'), ['int32', ...count(600)]);
    await file.close();
  });

  it('files that are missing, empty, cut or something else', async () => {
    await assert.rejects(Hdf5Reader.open('loadModel', path.join(folder, 'none.h5')), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, /^loadModel: expected a file .*none\.h5, got none of that name/);
      return true;
    });
    const file = path.join(folder, 'b.h5');
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK\x03\x04'), Buffer.alloc(5000, 1), readFileSync(mixed).subarray(0, 3000)]) {
      writeFileSync(file, bytes);
      await refused(Hdf5Reader.open('test', file), /b\.h5: expected an HDF5 file, got .*; the file is damaged, or not what its name says/);
    }
  });

  it('a full disk is a sentence, and a writer that failed does not go on', async () => {
    await assert.rejects(
      async () => {
        const out = await Hdf5Writer.create('save', '/dev/full', 0, 'model.h5');
        await out.dataset('a', [1000, 1000], 'float32', [new Float32Array(1_000_000)]);
        await out.close();
      },
      (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, /^save: expected a place to write model\.h5, got a full disk \(ENOSPC\); make room/);
        return true;
      },
    );
  });

  it('damaged files are refused or give values, in time and in little memory', async () => {
    const whole = readFileSync(mixed);
    const file = path.join(folder, 'c.h5');
    const random = keyedStream(7);
    const below = (n: number): number => Math.floor(random() * n);
    let [refusals, longest] = [0, 0];
    for (let round = 0; round < 150; round++) {
      writeFileSync(file, whole);
      if (round % 10 === 0) truncateSync(file, below(whole.length));
      else {
        const handle = openSync(file, 'r+');
        for (let i = 0; i <= round % 3; i++) {
          // most of what the library has to trust stands at the beginning
          const at = below(i % 2 === 0 ? 8000 : whole.length);
          writeSync(handle, Uint8Array.of(whole[at]! ^ (1 << below(8))), 0, 1, at);
        }
        closeSync(handle);
      }
      const start = process.cpuUsage();
      try {
        const damaged = await Hdf5Reader.open('test', file);
        try {
          for (const entry of damaged.entries.values()) {
            for (const name of entry.attributes) await damaged.attribute(entry.path, name);
            if (entry.kind === 'dataset' && sizeOf(entry.shape) < 100_000) {
              await damaged.read(entry.path).catch((error: unknown) => {
                assert.ok(error instanceof FormatError, String(error));
              });
            }
          }
        } finally {
          await damaged.close();
        }
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
        refusals++;
      }
      const { user, system } = process.cpuUsage(start);
      longest = Math.max(longest, (user + system) / 1000);
    }
    assert.ok(refusals > 10, `${refusals} of 150 refused`);
    // of the processor: how long that takes is up to what else the machine does
    assert.ok(longest < 5000, `${longest} ms`);
  });
});
