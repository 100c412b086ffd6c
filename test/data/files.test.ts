/** Data sets of files: CSV, TensorFlow records, folders of images; whole, odd and damaged. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { data } from '../../lib/index.js';
import { CsvParser } from '../../lib/data/csv.js';
import { encodeImage } from '../../lib/data/images/codec.js';
import { Img } from '../../lib/data/images/image.js';
import { maskedCrc } from '../../lib/io/crc32c.js';
import type { NodeCudnnError } from '../../lib/errors.js';
import { ArgumentError, DataError, FormatError } from '../../lib/errors.js';

let folder: string;
const write = (name: string, contents: string | Buffer): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, contents);
  return file;
};

function failure(kind: typeof NodeCudnnError, pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

describe('files', () => {
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'files-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  describe('csv', () => {
    const iris = 'length,width,species\n5.1,3.5,0\n4.9,,1\n';

    it('reads rows with types, defaults and names', async () => {
      const file = write('a.csv', iris);
      const rows = await data.csv(file, { columns: { width: { default: -1 }, species: 'int32' } }).toArray();
      assert.deepEqual(rows, [
        { length: 5.1, width: 3.5, species: 0 },
        { length: 4.9, width: -1, species: 1 },
      ]);
      assert.deepEqual((await data.csv(file).toArray())[1], { length: 4.9, width: '', species: 1 });
      const only = await data.csv(file, { columns: { length: 'string' }, configuredColumnsOnly: true }).toArray();
      assert.deepEqual(only[0], { length: '5.1' });
    });

    it('gives pairs for a label, ready for batches', async () => {
      const file = write('b.csv.gz', gzipSync(iris));
      const [batch] = await data
        .csv(file, { columns: { width: { default: 0 } }, label: 'species' })
        .batch(2)
        .toArray();
      assert.deepEqual(batch, [
        { data: Float32Array.of(5.1, 3.5, 4.9, 0), shape: [2, 2] },
        { data: Int32Array.of(0, 1), shape: [2] },
      ]);
    });

    it('goes from file to file, without headers, with other delimiters and ends of lines', async () => {
      const files = [write('c1.csv', '\ufeff1;a\r\n2;b\r\n'), write('c2.csv', '3;"c;\n""d"""')];
      const rows = await data.csv(files, { header: false, delimiter: ';', columnNames: ['n', 't'] }).toArray();
      assert.deepEqual(rows, [
        { n: 1, t: 'a' },
        { n: 2, t: 'b' },
        { n: 3, t: 'c;\n"d"' },
      ]);
    });

    it('does not care where the pieces of a stream end', () => {
      const text = 'a,"b ""x"", y"\r\n\n"",2\nlast,line';
      const whole = [...new CsvParser('f', ',').push(text)];
      for (let cut = 0; cut <= text.length; cut++) {
        const parser = new CsvParser('f', ',');
        const pieces = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut)), ...parser.finish()];
        assert.deepEqual(
          pieces.map(({ fields }) => fields),
          [
            ['a', 'b "x", y'],
            ['', '2'],
            ['last', 'line'],
          ],
        );
        assert.deepEqual(pieces.slice(0, whole.length), whole);
      }
    });

    it('names file, line and column of what is wrong', async () => {
      const read = (text: string, options: data.CsvOptions & { label?: string } = {}): Promise<unknown> =>
        data.csv(write('bad.csv', text), options as data.CsvOptions).toArray();
      await assert.rejects(read('a,b\n1\n'), failure(DataError, /bad\.csv, line 2: expected 2 columns, got 1; look at the delimiter/));
      await assert.rejects(
        read('a\nx\n', { columns: { a: 'int32' } }),
        failure(DataError, /bad\.csv, line 2, column a: expected a value of type int32, got 'x'/),
      );
      await assert.rejects(read('a\n1.5\n', { columns: { a: 'int32' } }), failure(DataError, /expected a value of type int32, got '1\.5'/));
      await assert.rejects(
        read('a,b\n,1\n', { columns: { a: 'float32' } }),
        failure(DataError, /line 2, column a: expected a value, got an empty cell; give the column a default/),
      );
      await assert.rejects(read('a,b\nx,1\n', { label: 'b' }), failure(DataError, /line 2, column a: expected a number, got 'x'/));
      await assert.rejects(
        read('a\n"open'),
        failure(DataError, /line 2: expected a field, quoted or plain, got the end of the file within quotes/),
      );
      await assert.rejects(
        read('a\n1\n', { columns: { b: 'int32' } }),
        failure(DataError, /bad\.csv: expected a column b, got a; look at header/),
      );
      await assert.rejects(
        data.csv(path.join(folder, 'none.csv')).toArray(),
        failure(DataError, /none\.csv: expected a file that can be read to its end, got no such file/),
      );
      await assert.rejects(
        data.csv(folder).toArray(),
        failure(DataError, /expected a file that can be read to its end, got a folder; give the path of a file in it/),
      );
      await assert.rejects(
        data.csv(write('cut.gz', gzipSync(iris.repeat(99)).subarray(0, 60))).toArray(),
        failure(DataError, /cut\.gz: expected a file that can be read to its end, got unexpected end of file/),
      );
      assert.throws(
        () => data.csv('x', { columns: { a: 'double' as never } }),
        failure(ArgumentError, /csv columns a: expected float32, int32, bool, string, got 'double'/),
      );
    });

    it('refuses names and options that are none, a column that is there twice, and another delimiter', async () => {
      const refused = (call: () => unknown, kind: typeof NodeCudnnError, pattern: RegExp) =>
        assert.rejects(async () => call(), failure(kind, pattern));
      for (const none of [[], '', 7, ['a.csv', '']]) {
        await refused(() => data.csv(none as never), ArgumentError, /^csv: expected the name of a file or a list of names, got /);
      }
      await refused(
        () => data.csv('a.csv', { columns: { a: { typ: 'int32' } as never } }),
        ArgumentError,
        /^csv columns a: expected known options only, got 'typ'; did you mean type\?/,
      );
      await refused(
        () => data.csv('a.csv', { columns: 'int32' as never }),
        ArgumentError,
        /^csv columns: expected types of columns by name/,
      );
      const twice = write('twice.csv', 'a,b,a\n1,2,3\n');
      await refused(() => data.csv(twice).toArray(), DataError, /twice\.csv: expected columns of different names, got a more than once/);
      const other = write('semicolon.csv', 'a;b\n1;2\n');
      await refused(() => data.csv(other, { label: 'b' }).toArray(), DataError, /expected a column b, got a;b; look at delimiter/);
    });
  });

  describe('tfrecord', () => {
    const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
    const field = (number: number, bytes: readonly number[] | Buffer): Buffer =>
      Buffer.from([(number << 3) | 2, ...varint(bytes.length), ...bytes]);
    const entry = (name: string, feature: Buffer): Buffer => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, feature)]));
    const floats = Buffer.alloc(8);
    floats.writeFloatLE(1.5, 0);
    floats.writeFloatLE(-2, 4);
    const example = field(
      1,
      Buffer.concat([
        entry('image', field(1, field(1, Buffer.from('bytes')))),
        entry('values', field(2, field(1, floats))),
        entry('label', field(3, field(1, [3, ...varint(300)]))),
        entry('loose', field(3, Buffer.from([8, 5, 8, 6]))),
        entry('minus', field(3, field(1, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]))),
      ]),
    );
    const record = (bytes: Buffer): Buffer => {
      const out = Buffer.alloc(bytes.length + 16);
      out.writeBigUInt64LE(BigInt(bytes.length), 0);
      out.writeUInt32LE(maskedCrc(out.subarray(0, 8)), 8);
      bytes.copy(out, 12);
      out.writeUInt32LE(maskedCrc(bytes), 12 + bytes.length);
      return out;
    };

    it('has the checksum of record files', () => {
      // CRC-32C of '123456789' is 0xe3069283
      const crc = 0xe3069283;
      assert.equal(maskedCrc(Buffer.from('123456789')), (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
    });

    it('reads examples of bytes, floats and integers, packed or not', async () => {
      const file = write('a.tfrecord', Buffer.concat([record(example), record(example)]));
      const [first, second, ...rest] = await data.tfrecord(file).toArray();
      assert.deepEqual(first, {
        image: [new Uint8Array(Buffer.from('bytes'))],
        values: Float32Array.of(1.5, -2),
        label: Float64Array.of(3, 300),
        loose: Float64Array.of(5, 6),
        minus: Float64Array.of(-1),
      });
      assert.deepEqual(second, first);
      assert.equal(rest.length, 0);
      const [bytes] = await data.tfrecord([write('b.tfrecord.gz', gzipSync(record(Buffer.from('any'))))], { parse: false }).toArray();
      assert.deepEqual(bytes, new Uint8Array(Buffer.from('any')));
    });

    it('tells of damage and where it is', async () => {
      const good = record(example);
      for (const [at, words] of [
        [0, /byte 0: expected a record, got a length with a wrong checksum/],
        [20, /byte 0: expected a record, got contents with a wrong checksum/],
      ] as const) {
        const bad = Buffer.from(good);
        bad[at]! ^= 1;
        await assert.rejects(data.tfrecord(write('bad.tfrecord', bad)).toArray(), failure(FormatError, words));
      }
      await assert.rejects(
        data.tfrecord(write('bad.tfrecord', Buffer.concat([good, good.subarray(0, 40)]))).toArray(),
        failure(FormatError, new RegExp(`byte ${good.length}: expected a whole record, got 40 bytes`)),
      );
      await assert.rejects(
        data.tfrecord(write('bad.tfrecord', record(Buffer.from([0x0a, 0x7f, 1])))).toArray(),
        failure(FormatError, /record 0: expected a tf\.train\.Example, got a message that is cut short/),
      );
    });
  });

  describe('imageFolder', () => {
    const options = { imageSize: [2, 2] as const, batchSize: 2, shuffle: false, colorMode: 'grayscale' as const };

    before(async () => {
      const grey = (value: number): Promise<Buffer> => encodeImage(new Img(new Uint8Array(4).fill(value), 2, 2, 1), 'png');
      for (const [name, value] of [
        ['a/1.png', 10],
        ['a/2.png', 20],
        ['b/1.png', 30],
        ['b/3.png', 40],
        ['b/4.png', 50],
      ] as const)
        write(`photos/${name}`, await grey(value));
      write('broken/a/good.png', await grey(7));
      write('broken/a/empty.png', '');
      write('broken/a/text.jpg', 'no image at all');
      write('broken/a/cut.png', (await grey(9)).subarray(0, 50));
    });

    it('gives batches with class numbers', async () => {
      const images = data.imageFolder(path.join(folder, 'photos'), options);
      const batches = await images.toArray();
      assert.deepEqual(await images.classNames(), ['a', 'b']);
      assert.equal(images.length, 3);
      assert.deepEqual(
        batches.map(([x]) => x.shape),
        [
          [2, 2, 2, 1],
          [2, 2, 2, 1],
          [1, 2, 2, 1],
        ],
      );
      assert.deepEqual(
        batches.flatMap(([x]) => Array.from(x.data).filter((_, i) => i % 4 === 0)),
        [10, 20, 30, 40, 50],
      );
      assert.deepEqual(
        batches.flatMap(([, y]) => Array.from(y!.data)),
        [0, 0, 1, 1, 1],
      );
    });

    it('splits without overlap, draws an order for each pass, and one by one without a batch size', async () => {
      const part = (subset: 'training' | 'validation'): Promise<data.ImageFolderBatch[]> =>
        data
          .imageFolder(path.join(folder, 'photos'), { ...options, shuffle: true, seed: 3, validationSplit: 0.4, subset, batchSize: null })
          .toArray();
      const values = [...(await part('training')), ...(await part('validation'))].map(([x]) => x.data[0]!);
      assert.deepEqual(
        values.sort((a, b) => a - b),
        [10, 20, 30, 40, 50],
      );
      assert.equal((await part('validation')).length, 2);
      const [first] = await part('training');
      assert.deepEqual(first![0].shape, [2, 2, 1]);
      assert.deepEqual(first![1]!.shape, []);
    });

    it('pads and cuts to the form that is wanted', async () => {
      write('wide/a/w.png', await encodeImage(new Img(Uint8Array.of(0, 100, 100, 0, 0, 100, 100, 0), 2, 4, 1), 'png'));
      const read = async (more: data.ImageFolderOptions): Promise<number[]> =>
        Array.from(
          (await data.imageFolder(path.join(folder, 'wide'), { ...options, ...more, interpolation: 'nearest' }).toArray())[0]![0].data,
        );
      assert.deepEqual(await read({ cropToAspectRatio: true }), [100, 100, 100, 100]);
      assert.deepEqual(await read({ padToAspectRatio: true, imageSize: [4, 4] }), [0, 0, 0, 0, 0, 100, 100, 0, 0, 100, 100, 0, 0, 0, 0, 0]);
    });

    it('names broken files, or passes over them', async () => {
      const read = (onError: 'error' | 'skip'): Promise<data.ImageFolderBatch[]> =>
        data.imageFolder(path.join(folder, 'broken'), { ...options, onError }).toArray();
      await assert.rejects(
        read('error'),
        failure(FormatError, /cut\.png: expected a whole image .*, got .+; repair or remove the file, or pass onError: 'skip'/),
      );
      const warnings: string[] = [];
      const heard = (warning: Error): number => warnings.push(warning.message);
      process.on('warning', heard);
      const batches = await read('skip');
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', heard);
      assert.deepEqual(
        batches.map(([x]) => [x.shape, x.data[0]]),
        [[[1, 2, 2, 1], 7]],
      );
      assert.equal(warnings.filter((text) => /passed over: .*(cut\.png|empty\.png|text\.jpg)/.test(text)).length, 3);
      await assert.rejects(
        data.imageFolder(path.join(folder, 'photos'), { ...options, maxPixels: 3 }).toArray(),
        failure(FormatError, /1\.png: expected at most 3 pixels, got 2x2/),
      );
    });

    it('refuses folders without images, and options that do not fit', async () => {
      await assert.rejects(
        data.imageFolder(path.join(folder, 'none')).toArray(),
        failure(DataError, /imageFolder: expected a folder .*none, got none of that name; paths begin at/),
      );
      mkdirSync(path.join(folder, 'empty'), { recursive: true });
      await assert.rejects(
        data.imageFolder(path.join(folder, 'empty')).toArray(),
        failure(DataError, /expected images .* got no subfolders; make one folder a class/),
      );
      assert.throws(
        () => data.imageFolder('x', { subset: 'training' }),
        failure(ArgumentError, /expected validationSplit and subset together/),
      );
      assert.throws(
        () => data.imageFolder('x', { subset: 'training', validationSplit: 0.2 }),
        failure(ArgumentError, /expected a seed with subset/),
      );
    });
  });
});
