/** Image files and images: formats, colour modes, sizes as Pillow has them, and files that are none. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodePnm } from '../../lib/data/images/bitmaps.js';
import { tensor, utils } from '../../lib/index.js';
import type { NodeCudnnError } from '../../lib/errors.js';
import { ArgumentError, FormatError, ShapeError } from '../../lib/errors.js';

interface Fixture {
  source: [height: number, width: number, pixels: number[]];
  cases: [utils.Interpolation, number, number, number[]][];
  gray: number[];
  files: Record<string, string>;
  rgb: number[];
  small: number[];
  palette: number[];
}
// Made by Pillow 13.
const fixture = JSON.parse(readFileSync(path.join(__dirname, 'fixtures', 'images.json'), 'utf8')) as Fixture;
const [height, width, pixels] = fixture.source;

function failure(kind: typeof NodeCudnnError, pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

describe('images', () => {
  let folder: string;
  const at = (name: string): string => path.join(folder, name);

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'images-'));
    for (const [name, text] of Object.entries(fixture.files)) writeFileSync(at(name), Buffer.from(text, 'base64'));
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('files', () => {
    const alpha = fixture.rgb.flatMap((v, i) => (i % 3 === 2 ? [v, fixture.small[(i - 2) / 3]!] : [v]));
    const doubled = (values: number[]): number[] => values.flatMap((v) => [v, v, v]);
    const cases: [string, 'rgb' | 'rgba' | 'grayscale', number[]][] = [
      ['rgb.bmp', 'rgb', fixture.rgb],
      ['gray.bmp', 'grayscale', fixture.small],
      ['gray.bmp', 'rgb', doubled(fixture.small)],
      ['one.bmp', 'grayscale', fixture.small.map((v) => (v > 99 ? 255 : 0))],
      ['palette.bmp', 'rgb', fixture.palette],
      ['rgb.ppm', 'rgb', fixture.rgb],
      ['gray.pgm', 'grayscale', fixture.small],
      ['palette.png', 'rgb', fixture.palette],
      ['la.png', 'rgba', fixture.small.flatMap((v) => [v, v, v, 255 - v])],
      ['deep.png', 'grayscale', fixture.small],
      ['rgba.png', 'rgba', alpha],
      ['rgba.png', 'rgb', fixture.rgb],
      ['rgb.tif', 'rgb', fixture.rgb],
      ['anim.gif', 'grayscale', fixture.small],
    ];
    for (const [name, colorMode, want] of cases) {
      it(`${name} as ${colorMode}`, async () => {
        const img = await utils.loadImg(at(name), { colorMode });
        assert.deepEqual([img.height, img.width], [3, 5]);
        assert.deepEqual([...img.data], want);
      });
    }

    it('what is saved losslessly comes back', async () => {
      const rgb = { data: Uint8Array.from(fixture.rgb), shape: [3, 5, 3] };
      for (const name of ['a/b.png']) {
        await utils.saveImg(at(name), rgb, { scale: false });
        assert.deepEqual([...(await utils.loadImg(at(name))).data], fixture.rgb);
      }
      const grey = tensor(fixture.small, [3, 5, 1]);
      await utils.saveImg(at('grey.png'), grey, { scale: false });
      grey.dispose();
      const back = await utils.loadImg(at('grey.png'), { colorMode: 'grayscale' });
      assert.equal(back.mode, 'L');
      assert.deepEqual([...back.data], fixture.small);
    });

    it('JPEG and WebP come near', async () => {
      const smooth = { data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 60 + Math.floor(i / 96) * 3), shape: [32, 32, 3] };
      for (const name of ['s.jpg', 's.webp']) {
        await utils.saveImg(at(name), smooth, { scale: false, quality: 95 });
        const { data } = await utils.loadImg(at(name));
        assert.ok(
          data.every((v: number, i: number) => Math.abs(v - smooth.data[i]!) <= 4),
          name,
        );
      }
    });
  });

  describe('sizes', () => {
    for (const [interpolation, h, w, want] of fixture.cases) {
      it(`${interpolation} to ${h}x${w} as Pillow has it`, async () => {
        const img = await utils.resizeImg(new utils.Img(Uint8Array.from(pixels), height, width, 1), [h, w], { interpolation });
        // Pillow reckons in fixed point; a half may fall either way
        want.forEach((v, i) => assert.ok(Math.abs(img.data[i]! - v) <= 1, `${i}: ${img.data[i]} for ${v}`));
        const same = want.filter((v, i) => v === img.data[i]).length;
        assert.ok(same >= want.length * 0.9, `${same} of ${want.length}`);
      });
    }

    it('keepAspectRatio cuts the middle out', async () => {
      const img = await utils.loadImg(at('gray.pgm'), { colorMode: 'grayscale', targetSize: [3, 3], keepAspectRatio: true });
      assert.deepEqual(
        [...img.data],
        [0, 1, 2].flatMap((r) => fixture.small.slice(5 * r + 1, 5 * r + 4)),
      );
    });
  });

  it('colours become grey with the weights of Pillow', async () => {
    const rgb = new Uint8Array(height * width * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        rgb[3 * (y * width + x)] = pixels[y * width + x]!;
        rgb[3 * (y * width + x) + 1] = pixels[(height - 1 - y) * width + x]!;
        rgb[3 * (y * width + x) + 2] = pixels[y * width + width - 1 - x]!;
      }
    }
    await utils.saveImg(at('c.png'), { data: rgb, shape: [height, width, 3] }, { scale: false });
    assert.deepEqual([...(await utils.loadImg(at('c.png'), { colorMode: 'grayscale' })).data], fixture.gray);
  });

  it('reads plain pixmaps with comments and other ranges', () => {
    const text = 'P2\n# made by hand\n2 1 # two\n10\n5 10\n';
    assert.deepEqual([...decodePnm('f', Buffer.from(text), 100).data], [128, 255]);
    const wide = Buffer.concat([Buffer.from('P5 1 1 65535\n'), Buffer.from([0x80, 0])]);
    assert.deepEqual([...decodePnm('f', wide, 100).data], [128]);
  });

  describe('refuses', () => {
    const cases: [string, () => Promise<unknown>, typeof NodeCudnnError, RegExp][] = [
      ['a missing file', () => utils.loadImg(at('none.png')), FormatError, /none\.png: expected a file that can be read, got no such file/],
      [
        'an empty file',
        () => (writeFileSync(at('e.png'), ''), utils.loadImg(at('e.png'))),
        FormatError,
        /e\.png: expected an image, got an empty file/,
      ],
      [
        'a text',
        () => (writeFileSync(at('t.jpg'), 'hello'), utils.loadImg(at('t.jpg'))),
        FormatError,
        /t\.jpg: expected a whole image .*unsupported image format/,
      ],
      [
        'half a PNG',
        () => (writeFileSync(at('h.png'), Buffer.from(fixture.files['rgba.png']!, 'base64').subarray(0, 60)), utils.loadImg(at('h.png'))),
        FormatError,
        /h\.png: expected a whole image/,
      ],
      [
        'half a JPEG',
        async () => {
          await utils.saveImg(at('j.jpg'), { data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256), shape: [64, 64, 3] });
          writeFileSync(at('j.jpg'), readFileSync(at('j.jpg')).subarray(0, 900));
          return utils.loadImg(at('j.jpg'));
        },
        FormatError,
        // whatever the decoder says, no part of it twice and no colon at its end
        /j\.jpg: expected a whole image \([^)]*\), got (?!.*(Vips[^,;]*),.*\1)[^;]*[^:;,];/,
      ],
      [
        'half a BMP',
        () => (writeFileSync(at('h.bmp'), Buffer.from(fixture.files['rgb.bmp']!, 'base64').subarray(0, 70)), utils.loadImg(at('h.bmp'))),
        FormatError,
        /h\.bmp: expected \d+ bytes, got 70: the file is cut short/,
      ],
      [
        'half a pixmap',
        () => (writeFileSync(at('h.ppm'), 'P6 4 4 255\nxx'), utils.loadImg(at('h.ppm'))),
        FormatError,
        /h\.ppm: expected 48 bytes of pixels, got 2: the file is cut short/,
      ],
      [
        'a pixmap that claims too much',
        () => (writeFileSync(at('g.ppm'), 'P6 99999 99999 255\n'), utils.loadImg(at('g.ppm'))),
        FormatError,
        /g\.ppm: expected at most 268402689 pixels, got 99999x99999; make it smaller/,
      ],
      ['too many pixels', () => utils.loadImg(at('rgba.png'), { maxPixels: 14 }), FormatError, /expected at most 14 pixels, got 5x3/],
      [
        'another ending',
        () => utils.saveImg(at('x.xyz'), new utils.Img(new Uint8Array(1), 1, 1, 1)),
        ArgumentError,
        /saveImg: expected a name ending in \.png, \.jpg or \.webp/,
      ],
      [
        'a batch',
        () => utils.arrayToImg({ data: new Uint8Array(4), shape: [1, 2, 2, 1] }),
        ShapeError,
        /arrayToImg: expected one image, of rank 3, got shape \[1, 2, 2, 1\]; take one image of a batch/,
      ],
      [
        'an image without channels, under the name of what was called',
        () => utils.saveImg(at('x.png'), { data: new Uint8Array(4), shape: [2, 2] }),
        ShapeError,
        /^saveImg: expected one image, of rank 3, got shape \[2, 2\]; add the axis of channels with ops\.expandDims\(x, -1\)/,
      ],
      [
        'a quality beyond 100',
        () => utils.saveImg(at('x.jpg'), new utils.Img(new Uint8Array(1), 1, 1, 1), { quality: 500 }),
        ArgumentError,
        /^saveImg quality: expected a whole number from 1 to 100, got 500$/,
      ],
      [
        'two channels',
        () => utils.arrayToImg({ data: new Uint8Array(8), shape: [2, 2, 2] }),
        ShapeError,
        /arrayToImg: expected 1, 3 or 4 channels, got 2/,
      ],
    ];
    for (const [what, call, kind, pattern] of cases) it(what, () => assert.rejects(async () => call(), failure(kind, pattern)));
  });
});
