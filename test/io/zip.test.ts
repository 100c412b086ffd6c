/** Zip archives: there and back, of any size, and archives that are not what they seem. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';
import { FormatError } from '../../lib/index.js';
import { crc32, crc32InJavaScript } from '../../lib/io/crc32.js';
import { writeFileWhole } from '../../lib/io/files.js';
import { ZipReader, ZipWriter } from '../../lib/io/zip/index.js';

const text = (value: string): Buffer => Buffer.from(value);

interface Part {
  name: string;
  data: Buffer;
  method?: number;
  /** What both headers say, where it is not the truth. */
  size?: number;
  packed?: number;
  crc?: number;
  flags?: number;
  /** What the directory says, where it is not the truth. */
  place?: number;
  localName?: string;
}

/** An archive as it is asked for, right or wrong. */
function archive(parts: readonly Part[]): Buffer {
  const chunks: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const { data, method = 0, flags = 0 } = part;
    const packed = method === 8 ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(part.crc ?? crc32(data), 10);
    common.writeUInt32LE(part.packed ?? packed.length, 14);
    common.writeUInt32LE(part.size ?? data.length, 18);
    const nameIn = (name: string): Buffer => {
      const head = Buffer.from(common);
      head.writeUInt16LE(Buffer.byteLength(name), 22);
      return head;
    };
    const local = [text('PK\x03\x04'), nameIn(part.localName ?? part.name), text(part.localName ?? part.name), packed];
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(part.place ?? at, 10);
    central.push(text('PK\x01\x02'), Buffer.from([20, 0]), nameIn(part.name), rest, text(part.name));
    chunks.push(...local);
    at += Buffer.concat(local).length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...chunks, directory, end]);
}

describe('zip archives', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function opened<T>(bytes: Uint8Array, use: (zip: ZipReader) => Promise<T>): Promise<T> {
    const file = path.join(folder, 'a.zip');
    writeFileSync(file, bytes);
    const zip = await ZipReader.open('test', file);
    return use(zip).finally(() => zip.close());
  }

  const refused = (bytes: Uint8Array, message: RegExp, name = 'a'): Promise<void> =>
    assert.rejects(
      opened(bytes, (zip) => zip.read(name)),
      (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /^\S*a\.zip/);
        return true;
      },
    );

  it('the checksum is the usual one, in pieces as well', () => {
    assert.equal(crc32InJavaScript(text('123456789')), 0xcbf43926);
    const bytes = Uint8Array.from({ length: 1003 }, (_, i) => (i * i) & 0xff);
    for (const cut of [0, 1, 7, 8, 500, 1003]) {
      assert.equal(crc32InJavaScript(bytes.subarray(cut), crc32InJavaScript(bytes.subarray(0, cut))), crc32(bytes));
    }
  });

  it('writes what others read, each entry at a multiple of 64', async () => {
    const file = path.join(folder, 'b.zip');
    const entries: Record<string, Buffer> = {
      'a.json': text('{}'),
      'größe/b.bin': Buffer.alloc(300, 7),
      ['n'.repeat(29)]: text('x'),
      c: text(''),
    };
    await writeFileWhole('test', file, async (sink) => {
      const zip = new ZipWriter(sink);
      for (const [name, bytes] of Object.entries(entries)) await zip.add(name, bytes);
      const start = await zip.begin('later');
      assert.equal(start % 64, 0);
      await sink.writeAt(start, text('later'));
      await zip.end(5, crc32(text('later')));
      await zip.finish();
    });
    const found = unzipSync(readFileSync(file));
    for (const [name, bytes] of Object.entries({ ...entries, later: text('later') }))
      assert.deepEqual(Buffer.from(found[name]!), bytes, name);
    const zip = await ZipReader.open('test', file);
    assert.deepEqual([...zip.entries.keys()], [...Object.keys(entries), 'later']);
    for (const [name, bytes] of Object.entries(entries)) {
      assert.deepEqual(Buffer.from(await zip.read(name)), bytes, name);
      assert.equal((await zip.start(zip.entry(name))) % 64, 0);
    }
    await zip.close();
  });

  it('reads stored and deflated entries of others, and archives with a comment', async () => {
    const big = Buffer.from(Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i)).buffer);
    const bytes = zipSync({ a: [text('stored'), { level: 0 }], b: [big, { level: 6 }], 'c/': new Uint8Array() });
    await opened(bytes, async (zip) => {
      assert.equal(Buffer.from(await zip.read('a')).toString(), 'stored');
      assert.ok(Buffer.from(await zip.read('b')).equals(big));
      await assert.rejects(zip.read('b', 1000), /a\.zip b: expected at most 1000 bytes, got 4000000/);
      await assert.rejects(zip.read('d'), /a\.zip: expected an entry d, got a, b, c\//);
    });
    const end = Buffer.from(archive([{ name: 'a', data: text('x') }]));
    end.writeUInt16LE(5, end.length - 2);
    assert.equal(await opened(Buffer.concat([end, text('hello')]), async (zip) => (await zip.read('a')).length), 1);
  });

  it('an entry of more than 4 GB and one behind it, by sizes of 64 bits', async () => {
    const file = path.join(folder, 'large.zip');
    const size = 2 ** 32 + 10;
    // The file has holes: it is short on the disk, and nobody reads it to the end.
    await writeFileWhole('test', file, async (sink) => {
      const zip = new ZipWriter(sink);
      const start = await zip.begin('large.bin');
      await sink.writeAt(start + size - 4, text('tail'));
      await zip.end(size, 0);
      await zip.add('small', text('small'));
      await zip.finish();
    });
    assert.ok(statSync(file).blocks * 512 < 1e6);
    const zip = await ZipReader.open('test', file);
    const entry = zip.entry('large.bin');
    assert.deepEqual([entry.size, entry.packedSize, zip.entry('small').place > 2 ** 32], [size, size, true]);
    assert.equal(Buffer.from(await zip.read('small')).toString(), 'small');
    const handle = await open(file);
    const tail = Buffer.alloc(4);
    await handle.read(tail, 0, 4, (await zip.start(entry)) + size - 4);
    assert.equal(tail.toString(), 'tail');
    await handle.close();
    await zip.close();
  });

  it('names that leave the archive, names given twice, entries inside each other', async () => {
    const data = text('x');
    for (const name of ['../a', '/a', 'a/../../b', 'a//b', 'C:/a', 'a\\b', './a', 'a\0b', ''])
      await refused(archive([{ name, data }]), /expected names of files inside the archive, got/);
    await refused(
      archive([{ name: '\ud800', data }]).map((byte) => (byte === 0xef ? 0xff : byte)),
      /names in UTF-8/,
    );
    await refused(
      archive([
        { name: 'a', data },
        { name: 'a', data },
      ]),
      /expected each name once, got "a" twice/,
    );
    await refused(
      archive([
        { name: 'a', data: Buffer.alloc(100) },
        { name: 'b', data, place: 20 },
      ]),
      /expected a and b side by side/,
    );
  });

  it('checksums, lengths, methods and headers that do not fit', async () => {
    const data = Buffer.alloc(1000, 'x');
    await refused(archive([{ name: 'a', data, crc: 1 }]), /a\.zip a: expected checksum 00000001, got [0-9a-f]{8}/);
    await refused(archive([{ name: 'a', data, method: 8, size: 999 }]), /expected 999 bytes, got more/);
    await refused(archive([{ name: 'a', data, method: 8, size: 1001 }]), /expected 1001 bytes, got 1000/);
    await refused(archive([{ name: 'a', data, packed: 999 }]), /expected 1000 bytes of a, got 999/);
    await refused(archive([{ name: 'a', data, method: 9, packed: 1000 }]), /expected an entry that is stored or deflated, got method 9/);
    await refused(archive([{ name: 'a', data, flags: 1 }]), /expected an entry that is not encrypted/);
    await refused(archive([{ name: 'a', data, localName: 'b' }]), /expected the same name in the header, got "b"/);
    await refused(archive([{ name: 'a', data, place: 40 }]), /expected a before byte|its header at 40/);
    const bad = archive([{ name: 'a', data, method: 8 }]);
    bad.fill(0xff, 32, 36);
    await refused(bad, /expected deflated bytes, got/);
  });

  it('a bomb is refused before it is unpacked', async () => {
    const bomb = archive([{ name: 'a', data: Buffer.alloc(64 << 20), method: 8 }]);
    assert.ok(bomb.length < 100_000);
    await refused(bomb, /a\.zip a: expected at most 100 times its \d+ bytes, got 67108864 bytes/);
    const liar = archive([{ name: 'a', data: Buffer.alloc(64 << 20), method: 8, size: 10 }]);
    await refused(liar, /expected 10 bytes, got more/);
  });

  it('files that are cut, empty or something else', async () => {
    const whole = archive([
      { name: 'a', data: text('hello') },
      { name: 'b', data: text('x'), method: 8 },
    ]);
    for (let length = 0; length < whole.length; length++) await refused(whole.subarray(0, length), /expected/);
    await refused(Buffer.alloc(1000, 'PK'), /expected the end of a zip archive, got none/);
    await assert.rejects(
      ZipReader.open('loadModel', path.join(folder, 'none')),
      /loadModel: expected a file .*none, got none of that name/,
    );
  });

  it('any byte that is changed is refused or makes no difference', async () => {
    const whole = archive([
      { name: 'a', data: text('hello, hello, hello') },
      { name: 'b', data: Buffer.alloc(50, 'ab'), method: 8 },
    ]);
    const file = path.join(folder, 'c.zip');
    writeFileSync(file, whole);
    const handle = openSync(file, 'r+');
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        writeSync(handle, Uint8Array.of(whole[at]! ^ flip), 0, 1, at);
        try {
          const zip = await ZipReader.open('test', file);
          try {
            for (const name of ['a', 'b']) if (zip.entries.has(name)) await zip.read(name);
          } finally {
            await zip.close();
          }
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }
      writeSync(handle, whole, at, 1, at);
    }
    closeSync(handle);
  });
});
