/** Files that are written whole or not at all, and read in places; JSON that JSON.parse would take too kindly. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataError, FormatError } from '../../lib/index.js';
import { type FileSink, writeFileWhole, writeWhole } from '../../lib/io/files.js';
import { parseJson, parseJsonBytes } from '../../lib/io/json.js';
import { bytesSource, openSource, readBytes } from '../../lib/io/source.js';

describe('files in pieces', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('what is written piece by piece is there, in a folder that was made', async () => {
    const file = path.join(folder, 'new', 'a.bin');
    await writeFileWhole('test', file, async (sink) => {
      await sink.write(Buffer.from('----'));
      await sink.write(Buffer.from('data'));
      assert.equal(sink.position, 8);
      await sink.writeAt(0, Buffer.from('head'));
      await sink.write(Buffer.from('!'));
    });
    assert.equal(readFileSync(file, 'utf8'), 'headdata!');
    assert.deepEqual(readdirSync(path.dirname(file)), ['a.bin']);
  });

  it('where writing fails half way, the old file stays and nothing is left beside it', async () => {
    const file = path.join(folder, 'a.bin');
    await writeWhole('test', file, 'old');
    const failing = async (sink: FileSink): Promise<void> => {
      await sink.write(Buffer.from('new'));
      throw new TypeError('from inside');
    };
    await assert.rejects(writeFileWhole('test', file, failing), { name: 'TypeError', message: 'from inside' });
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['a.bin']);
  });

  it('two that write one file at a time do not meet', async () => {
    const file = path.join(folder, 'a.bin');
    await Promise.all(Array.from({ length: 8 }, (_, i) => writeWhole('test', file, String(i).repeat(1000))));
    assert.match(readFileSync(file, 'utf8'), /^(\d)\1{999}$/);
    assert.deepEqual(readdirSync(folder), ['a.bin']);
  });

  it('a place that cannot be written to is a sentence', async () => {
    mkdirSync(path.join(folder, 'taken'));
    await assert.rejects(writeWhole('save', path.join(folder, 'taken'), 'x'), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, /^save: expected a place to write \S+taken, got a folder of that name \(EISDIR\); choose another name$/);
      return true;
    });
    assert.deepEqual(readdirSync(folder), ['taken']);
    await assert.rejects(writeWhole('save', '/dev/null/x', 'x'), /expected a place to write \/dev\/null\/x, got a file where a folder/);
    // a root user may write everywhere
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o555);
      await assert.rejects(writeWhole('save', path.join(folder, 'x'), 'x'), /EACCES/).finally(() => chmodSync(folder, 0o755));
    }
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write', code: 'ENOSPC' });
    await assert.rejects(
      writeFileWhole('save', path.join(folder, 'x'), () => Promise.reject(full)),
      /save: expected a place to write .*, got a full disk \(ENOSPC\); make room/,
    );
  });

  it('a full disk, a read-only place and a limit leave the old file whole', async () => {
    // /dev/full is what a full disk is like, whoever writes to it
    const file = path.join(folder, 'a.bin');
    await writeWhole('test', file, 'old');
    const onFullDisk = async (): Promise<void> => writeFile('/dev/full', 'x');
    await assert.rejects(writeFileWhole('save', file, onFullDisk), {
      name: 'DataError',
      message: `save: expected a place to write ${file}, got a full disk (ENOSPC); make room, or choose another disk; what was there before is unchanged`,
    });
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['a.bin']);
    await assert.rejects(writeWhole('save', '/proc/x', 'x'), /save: expected a place to write \/proc\/x, got no such folder/);
    await assert.rejects(writeWhole('save', path.join(folder, 'n'.repeat(300)), 'x'), /got a name that is too long \(ENAMETOOLONG\)/);
  });

  it('a link stays a link, and the file that it leads to is replaced', async () => {
    const [file, link] = [path.join(folder, 'a.bin'), path.join(folder, 'latest.bin')];
    writeFileSync(file, 'old');
    symlinkSync('a.bin', link);
    await writeWhole('test', link, 'new');
    assert.equal(readFileSync(file, 'utf8'), 'new');
    assert.equal(readlinkSync(link), 'a.bin');
  });

  it('room that is left out can be written by its place', async () => {
    const file = path.join(folder, 'a.bin');
    await writeFileWhole('test', file, async (sink) => {
      sink.skip(4);
      await sink.write(Buffer.from('tail'));
      await writeFile(sink.part, 'head', { flag: 'r+' });
    });
    assert.equal(readFileSync(file, 'utf8'), 'headtail');
  });

  it('reads in places, and not behind the end', async () => {
    const file = path.join(folder, 'a.bin');
    writeFileSync(file, '0123456789');
    for (const source of [await openSource('test', file), bytesSource(file, Buffer.from('0123456789'))]) {
      assert.equal(source.size, 10);
      assert.equal(Buffer.from(await readBytes(source, 3, 4)).toString(), '3456');
      assert.equal((await readBytes(source, 10, 0)).length, 0);
      for (const [from, length] of [
        [8, 3],
        [11, 0],
        [-1, 2],
        [0, 1e18],
      ] as const)
        await assert.rejects(readBytes(source, from, length), FormatError);
      await source.close();
    }
    const source = await openSource('test', file);
    truncateSync(file, 5);
    await assert.rejects(readBytes(source, 3, 4), /expected 4 bytes at 3, got a file of 5 bytes/);
    await source.close();
    await assert.rejects(openSource('load', path.join(folder, 'b.bin')), /load: expected a file .*b\.bin, got none of that name/);
    await assert.rejects(openSource('load', folder), /load: expected a file \S+, got a folder/);
  });
});

describe('JSON of files', () => {
  const refused = (text: string, message: RegExp): void =>
    assert.throws(
      () => parseJson('x', text),
      (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );

  it('is read as JSON.parse reads it', () => {
    for (const text of [
      '{"a":[1,{"b":"\\"}{"},"a"],"c":{"a":1}}',
      '[]',
      '"x"',
      ' {"":{"":0}} ',
      '[{"a":1},{"a":2}]',
      '{"a,":1,"b":[1,2],"c":3}',
    ])
      assert.deepEqual(parseJson('x', text), JSON.parse(text));
  });

  it('a name twice in one object is refused, however it is written', () => {
    refused('{"a":1,"b":{"a":1},"a":2}', /^x: expected names of their own in an object, got 'a' twice/);
    refused('[{"a":1,"\\u0061":2}]', /'a' twice/);
    refused('{"a":{"__proto__":1}}', /got '__proto__'/);
  });

  it('depth, broken text and broken UTF-8 are refused', () => {
    refused('['.repeat(1e6), /expected values nested 200 deep at most/);
    refused('{"a":'.repeat(300) + '1' + '}'.repeat(300), /200 deep/);
    assert.ok(parseJson('x', '['.repeat(200) + ']'.repeat(200)));
    for (const text of ['', '{', '{"a"}', '{"a":1,}', '{"a":tru}', '"\\x"', '{"\\u00":1}', '{]', ']', '1 2'])
      refused(text, /^x: expected JSON, got /);
    assert.throws(() => parseJsonBytes('x', Uint8Array.of(0x22, 0xff, 0x22)), /x: expected text in UTF-8, got other bytes/);
  });
});
