/** Files of data sets: where they are found, how they are fetched, and what is said when they are not there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { ArgumentError, DataError } from '../../lib/errors.js';
import { randomStream } from '../../lib/random/host.js';
import { cacheDirectory, dataFiles, type RemoteFile } from '../../lib/datasets/store.js';

/** Noise, so that its compressed form is long enough to be cut in the middle. */
const random = randomStream(1);
const contents = Buffer.from(Uint8Array.from({ length: 200_000 }, () => Math.floor(random() * 256)));
const zipped = gzipSync(contents);
const sha256 = createHash('sha256').update(contents).digest('hex');

function isDataError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DataError, String(error));
    assert.match(error.message, message);
    return true;
  };
}

describe('store of data sets', () => {
  let folder: string;
  let cache: string;
  let given: string;
  let kept: Record<string, string | undefined>;
  const quiet = { verbose: false };
  const file = (url = 'http://127.0.0.1:1/numbers.gz'): RemoteFile => ({ name: 'numbers', sha256, url });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'));
    [cache, given] = [path.join(folder, 'cache'), path.join(folder, 'given')];
    mkdirSync(given);
    kept = { NODE_CUDNN_CACHE: process.env['NODE_CUDNN_CACHE'], NODE_CUDNN_DATA: process.env['NODE_CUDNN_DATA'] };
    process.env['NODE_CUDNN_CACHE'] = cache;
    process.env['NODE_CUDNN_DATA'] = given;
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  describe('folders', () => {
    it('finds files plain and compressed, in the folder and in a subfolder of the name', async () => {
      for (const [place, bytes] of [
        ['numbers', contents],
        ['numbers.gz', zipped],
        ['set/numbers', contents],
        ['set/numbers.gz', zipped],
      ] as const) {
        const target = path.join(given, place);
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, bytes);
        assert.deepEqual(await dataFiles('set', [file()], quiet), [contents], place);
        rmSync(target);
      }
      assert.ok(!existsSync(cache));
    });

    it('unpacks .xz, and keeps what was unpacked in the cache', async () => {
      // xz of "abc", by the reference tool
      const xz = Buffer.from('/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQACYWJjAAAndicaSgnYLAABGwMLL7kQH7bzfQEAAAAABFla', 'base64');
      writeFileSync(path.join(given, 'letters.xz'), xz);
      const letters = { name: 'letters', sha256: createHash('sha256').update('abc').digest('hex'), url: 'http://127.0.0.1:1/' };
      assert.deepEqual(await dataFiles('set', [letters], quiet), [Buffer.from('abc')]);
      assert.equal(readFileSync(path.join(cache, 'set', 'letters'), 'utf8'), 'abc');
      writeFileSync(path.join(given, 'letters.xz'), xz.subarray(0, 20));
      assert.deepEqual(await dataFiles('set', [letters], quiet), [Buffer.from('abc')]);
      rmSync(cache, { recursive: true });
      await assert.rejects(
        dataFiles('set', [letters], quiet),
        isDataError(/letters\.xz: expected the data set .*, got a file that cannot be decompressed/),
      );
    });

    it('finds the reader of .xz in plain Node too, which sees its package otherwise than loaders do', () => {
      const program = "import('xz-decompress').then((m) => process.stdout.write(typeof (m.default ?? m).XzReadableStream))";
      assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }), 'function');
    });

    it('`directory` comes before NODE_CUDNN_DATA, the cache after both', async () => {
      const own = path.join(folder, 'own');
      mkdirSync(own);
      mkdirSync(path.join(cache, 'set'), { recursive: true });
      writeFileSync(path.join(own, 'numbers'), contents);
      writeFileSync(path.join(given, 'numbers'), 'something else');
      assert.deepEqual(await dataFiles('set', [file()], { ...quiet, directory: own }), [contents]);
      await assert.rejects(dataFiles('set', [file()], quiet), DataError);
      rmSync(path.join(given, 'numbers'));
      writeFileSync(path.join(cache, 'set', 'numbers.gz'), zipped);
      assert.deepEqual(await dataFiles('set', [file()], quiet), [contents]);
    });

    it('the cache is in NODE_CUDNN_CACHE, else in the folder for caches', () => {
      assert.equal(cacheDirectory(), cache);
      delete process.env['NODE_CUDNN_CACHE'];
      const before = process.env['XDG_CACHE_HOME'];
      process.env['XDG_CACHE_HOME'] = folder;
      assert.equal(cacheDirectory(), path.join(folder, 'node-cudnn', 'datasets'));
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
    });

    it('a file with other contents is a DataError with both sums', async () => {
      const target = path.join(given, 'numbers');
      const other = contents.subarray(1);
      writeFileSync(target, other);
      const otherSum = createHash('sha256').update(other).digest('hex');
      await assert.rejects(dataFiles('set', [file()], quiet), (error: unknown) => {
        assert.ok(error instanceof DataError);
        assert.equal(
          error.message,
          `${target}: expected SHA-256 ${sha256} of the decompressed file, got SHA-256 ${otherSum}; delete the file, so that it is fetched again`,
        );
        return true;
      });
      assert.ok(existsSync(target), 'a file of the user is left alone');
    });

    it('a compressed file that is cut short is a DataError', async () => {
      writeFileSync(path.join(given, 'numbers.gz'), zipped.subarray(0, 1000));
      await assert.rejects(
        dataFiles('set', [file()], quiet),
        isDataError(/cannot be decompressed \(unexpected end of file\); delete the file/),
      );
    });

    it('refuses options that are none', async () => {
      const refused = (options: object, message: RegExp) =>
        assert.rejects(dataFiles('set', [file()], options), (error: unknown) => {
          assert.ok(error instanceof ArgumentError);
          assert.match(error.message, message);
          return true;
        });
      await refused({ folder: 'x' }, /^datasets set: expected known options only, got 'folder'/);
      await refused({ directory: 7 }, /^datasets set directory: expected a text, got 7/);
      await refused({ signal: 'now' }, /^datasets set signal: expected an AbortSignal, got 'now'; pass controller\.signal/);
    });
  });

  describe('downloads', () => {
    let server: Server;
    let url: string;
    let requests: (string | undefined)[];
    let encodings: unknown[];
    let answer: (request: IncomingMessage, response: ServerResponse) => void;

    /** What any web server does with a file: whole, or from where the range begins. */
    const serve = (request: IncomingMessage, response: ServerResponse, upTo = zipped.length): void => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (from >= zipped.length) return void response.writeHead(416).end();
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': zipped.length - from });
      if (upTo === zipped.length) return void response.end(zipped.subarray(from));
      response.write(zipped.subarray(from, upTo));
      breakOff(response, upTo);
    };

    /** Ends the connection when `size` bytes are in the file. */
    const breakOff = (response: ServerResponse, size: number): void => {
      const part = path.join(cache, 'set', 'numbers.gz.part');
      const timer = setInterval(() => {
        if (!existsSync(part) || statSync(part).size < size) return;
        clearInterval(timer);
        response.destroy();
      }, 5);
    };

    beforeEach(async () => {
      requests = [];
      encodings = [];
      answer = serve;
      server = createServer((request, response) => {
        requests.push(request.headers.range);
        encodings.push(request.headers['accept-encoding']);
        answer(request, response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/numbers.gz`;
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    const cached = (): string[] => (existsSync(path.join(cache, 'set')) ? readdirSync(path.join(cache, 'set')) : []);

    it('fetches what is missing once, and keeps it', async () => {
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.deepEqual(requests, [undefined]);
      assert.deepEqual(cached(), ['numbers.gz']);
      assert.deepEqual(readFileSync(path.join(cache, 'set', 'numbers.gz')), zipped);
    });

    it('goes on where a transfer broke off, at once and in the next attempt', async () => {
      let upTo = 0;
      answer = (request, response) => serve(request, response, (upTo = Math.min(upTo + 60_000, 120_000)));
      await assert.rejects(dataFiles('set', [file(url)], quiet), isDataError(/no numbers, and the download failed/));
      // the fourth request brings nothing, as the third
      assert.deepEqual(requests, [undefined, 'bytes=60000-', 'bytes=120000-', 'bytes=120000-']);
      assert.deepEqual(cached(), ['numbers.gz.part']);
      assert.deepEqual(readFileSync(path.join(cache, 'set', 'numbers.gz.part')), zipped.subarray(0, 120_000));
      answer = serve;
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.equal(requests.at(-1), 'bytes=120000-');
      assert.deepEqual(cached(), ['numbers.gz']);
    });

    it('a connection that breaks once is nothing that one hears of', async () => {
      answer = (request, response) => serve(request, response, requests.length === 1 ? 60_000 : zipped.length);
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.deepEqual(requests, [undefined, 'bytes=60000-']);
      assert.deepEqual(encodings, ['identity', 'identity']);
    });

    it('refuses another range than it asked for', async () => {
      mkdirSync(path.join(cache, 'set'), { recursive: true });
      writeFileSync(path.join(cache, 'set', 'numbers.gz.part'), zipped.subarray(0, 1000));
      answer = (_, response) => void response.writeHead(206, { 'content-range': `bytes 0-9/${zipped.length}` }).end(zipped.subarray(0, 10));
      await assert.rejects(dataFiles('set', [file(url)], quiet), isDataError(/answered with bytes 0-9\/\d+, which was not asked for/));
      assert.equal(requests.length, 1);
    });

    it('says what it does, in lines where there is no terminal', async () => {
      const written: string[] = [];
      const write = process.stderr.write.bind(process.stderr);
      process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
      try {
        answer = (request, response) => serve(request, response, requests.length === 1 ? 60_000 : zipped.length);
        await dataFiles('set', [file(url)]);
      } finally {
        process.stderr.write = write;
      }
      if (process.stderr.isTTY) return;
      assert.deepEqual(written, ['downloading numbers.gz (0.2 MB)\n', 'downloading numbers.gz (0.2 MB, 0.1 MB of it are there)\n']);
    });

    it('begins anew at a server that knows no ranges', async () => {
      mkdirSync(path.join(cache, 'set'), { recursive: true });
      writeFileSync(path.join(cache, 'set', 'numbers.gz.part'), 'the beginning of something else');
      answer = (_, response) => void response.end(zipped);
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.deepEqual(requests, ['bytes=31-']);
    });

    it('finishes a transfer that was complete but never named so', async () => {
      mkdirSync(path.join(cache, 'set'), { recursive: true });
      writeFileSync(path.join(cache, 'set', 'numbers.gz.part'), zipped);
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
      assert.deepEqual(requests, [`bytes=${zipped.length}-`, undefined]);
      assert.deepEqual(cached(), ['numbers.gz']);
    });

    it('throws away what is not the file, so that the next attempt begins anew', async () => {
      answer = (_, response) => void response.end('<html>please log in</html>');
      await assert.rejects(
        dataFiles('set', [file(url)], quiet),
        isDataError(/^datasets set: expected numbers\.gz in .*, got SHA-256 [0-9a-f]{64} from http.*; it was thrown away: try again/),
      );
      assert.deepEqual(cached(), []);
    });

    it('an AbortSignal ends it with its reason and leaves no half file under the name', async () => {
      const controller = new AbortController();
      const reason = new Error('enough');
      answer = (_, response) => {
        response.writeHead(200, { 'content-length': zipped.length });
        response.write(zipped.subarray(0, 1000), () => setTimeout(() => controller.abort(reason), 20));
      };
      await assert.rejects(dataFiles('set', [file(url)], { ...quiet, signal: controller.signal }), reason);
      assert.ok(!cached().includes('numbers.gz'), cached().join());
      await assert.rejects(dataFiles('set', [file(url)], { ...quiet, signal: AbortSignal.abort(reason) }), reason);
      answer = serve;
      assert.deepEqual(await dataFiles('set', [file(url)], quiet), [contents]);
    });

    it('a server that refuses is told of with its words', async () => {
      answer = (_, response) => void response.writeHead(403, 'Forbidden').end();
      await assert.rejects(
        dataFiles('set', [file(url)], quiet),
        isDataError(/the download failed: http.* answered 403 Forbidden; put the files/),
      );
    });

    it('an archive is fetched once for all of its files, checked, and unpacked', async () => {
      const pack = tar.pack();
      pack.entry({ name: 'folder/readme.txt' }, 'not asked for');
      pack.entry({ name: 'folder/numbers' }, contents);
      pack.entry({ name: 'folder/labels' }, 'abc');
      pack.finalize();
      const parts: Buffer[] = [];
      for await (const chunk of pack) parts.push(chunk as Buffer);
      const packed = gzipSync(Buffer.concat(parts));
      answer = (_, response) => void response.writeHead(200, { 'content-length': packed.length }).end(packed);
      const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      const archive = { name: 'set.tar.gz', folder: 'folder', sha256: sum(packed) };
      const files = [
        { ...file(url), archive },
        { name: 'labels', sha256: `md5:${createHash('md5').update('abc').digest('hex')}`, url, archive },
      ];
      assert.deepEqual(await dataFiles('set', files, quiet), [contents, Buffer.from('abc')]);
      assert.deepEqual(await dataFiles('set', files, quiet), [contents, Buffer.from('abc')]);
      assert.equal(requests.length, 1);
      assert.deepEqual(cached().sort(), ['labels', 'numbers']);
      rmSync(cache, { recursive: true });
      const wrong = files.map((one) => ({ ...one, archive: { ...archive, sha256: '0'.repeat(64) } }));
      await assert.rejects(
        dataFiles('set', wrong, quiet),
        isDataError(/got SHA-256 [0-9a-f]{64} from http.*; it was thrown away: try again/),
      );
      assert.deepEqual(cached(), []);
    });

    it('without a network the sentence names files, places and what needs no download', async () => {
      const files = [file(), { ...file(), name: 'labels' }];
      await assert.rejects(dataFiles('set', files, quiet), (error: unknown) => {
        assert.ok(error instanceof DataError);
        const place = path.join(cache, 'set');
        assert.match(
          error.message,
          new RegExp(
            `^datasets set: expected numbers\\.gz, labels\\.gz in the folder that NODE_CUDNN_DATA names or in ${place}, ` +
              'got no numbers, and the download failed: .+; put the files there by hand, or use datasets\\.digits\\(\\), which needs no download$',
          ),
        );
        return true;
      });
      const directory = path.join(cache, 'mine');
      await assert.rejects(dataFiles('set', files, { ...quiet, directory }), (error: unknown) => {
        assert.ok(error instanceof DataError && error.message.includes(`labels.gz in ${directory} or in ${path.join(cache, 'set')}, got`));
        return true;
      });
    });
  });
});
