/** Some damaged files of every format, and the fuzzer itself: it has to notice what it is there for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileOf, seedsOf } from './files.js';
import { formatNamed, formats } from './formats/index.js';
import { minimise } from './minimise.js';
import { fuzz } from './watch.js';

describe('fuzzer', function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-fuzz-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const { name } of formats) {
    it(`300 damaged files of ${name} are read or refused`, async () => {
      const { files, counts, failures } = await fuzz(name, 20, 300, folder);
      // How long a file takes is for `npm run fuzz` to judge, on a machine that does nothing else; what never ends fails here too.
      const late = /^\d+ ms$/;
      assert.deepEqual(
        failures.filter(({ problem }) => !late.test(problem)),
        [],
      );
      assert.equal(files, 300);
      assert.ok((counts['FormatError'] ?? 0) >= 100, JSON.stringify(counts));
    });
  }

  it('notices crashes, deaths, hangs and hunger for memory, and goes on behind them', async () => {
    const { files, counts, failures } = await fuzz('broken', 1, 40, folder);
    assert.equal(files, 40);
    assert.deepEqual(
      failures.map(({ index, kind }) => [index, kind]),
      [
        [5, 'crash'],
        [10, 'crash'],
        [15, 'hang'],
        [20, 'memory'],
        [25, 'hang'],
      ],
    );
    assert.match(failures[0]!.problem, /RangeError: of the fuzzer's test/);
    assert.match(failures[1]!.problem, /the process ended with SIGABRT/);
    assert.deepEqual(counts, { read: 35 });
  });

  it('the same seed makes the same files, another one others', async () => {
    const format = formatNamed('safetensors');
    const seeds = await seedsOf(format);
    const many = (seed: number): string[] =>
      Array.from({ length: 200 }, (_, i) => Buffer.from(fileOf(format, seeds, seed, i)).toString('hex'));
    assert.deepEqual(many(1), many(1));
    assert.ok(new Set([...many(1), ...many(2)]).size > 380);
  });

  it('makes a file that fails as small as it can', async () => {
    const file = path.join(folder, 'a.broken');
    writeFileSync(file, Buffer.concat([Buffer.alloc(40, 'x'), Buffer.from('crash'), Buffer.alloc(19, 'x')]));
    assert.equal(Buffer.from(await minimise('broken', file, '.broken', 'crash')).toString(), 'crash');
  });
});
