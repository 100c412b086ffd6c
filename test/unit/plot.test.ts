/** Pictures: files of the right kind with what they are to show, and sentences where they cannot be drawn. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plot, tensor } from '../../lib/index.js';
import { textWidth } from '../../lib/plot/text-width.js';

/** The texts of an SVG. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>(?:<tspan[^>]*>)?([^<]*)</g)].map(([, text]) => text!);
}

describe('plot', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
  after(() => rmSync(folder, { recursive: true }));

  const curves = { loss: [1, 0.5, 0.25], accuracy: [0.5, 0.75, 0.9], val_loss: [1, 0.6, 0.5], val_accuracy: [0.4, 0.7, 0.8] };

  it('history: a panel a figure, with title, axes and a legend', async () => {
    const file = path.join(folder, 'history.svg');
    await plot.history({ history: curves }, file);
    const svg = readFileSync(file, 'utf8');
    const found = texts(svg);
    for (const [text, times] of [
      ['loss', 1],
      ['accuracy', 1],
      ['training', 2],
      ['validation', 2],
      ['epoch', 2],
    ] as const)
      assert.equal(found.filter((one) => one === text).length, times, text);
    assert.deepEqual(
      ['1', '2', '3'].map((tick) => found.filter((one) => one === tick).length),
      [2, 2, 2],
    );
    // four curves of three points
    assert.equal([...svg.matchAll(/aria-roledescription="line mark"/g)].length, 4);
    assert.equal([...svg.matchAll(/aria-roledescription="point"/g)].length, 12);
  });

  it('history: no legend for one curve; what is no number breaks it', async () => {
    const file = path.join(folder, 'one.svg');
    await plot.history({ loss: [1, NaN, Infinity, 0.5] }, file);
    const svg = readFileSync(file, 'utf8');
    assert.ok(!texts(svg).includes('training'));
    assert.ok(!/NaN|Infinity/.test(svg.replace(/aria-label="[^"]*"/g, '')));
  });

  it('history: an axis of one value has few digits; many figures stand in rows', async () => {
    const file = path.join(folder, 'rows.svg');
    await plot.history({ loss: [1.2] }, file);
    const found = texts(readFileSync(file, 'utf8'));
    assert.ok(found.includes('1.2') && found.every((text) => text.length < 6), found.join());
    await plot.history({ loss: [1, 2], a: [1, 2], b: [1, 2], c: [0, 0] }, file);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(readFileSync(file, 'utf8'))!.map(Number);
    assert.ok(width! < 900 && height! > 500, `${width} x ${height}`);
  });

  it('texts are as wide as the font draws them', async () => {
    const { Resvg } = await import('@resvg/resvg-js');
    const fontFiles = [path.join(__dirname, '../../node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf')];
    for (const text of ['Wide Words', 'illicit', '0123456789', '(None, 28, 28, 1)']) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="99"><text x="9" y="60" font-family="DejaVu Sans" font-size="40">${text}</text></svg>`;
      const drawn = new Resvg(svg, { font: { loadSystemFonts: false, fontFiles } }).getBBox()!.width;
      assert.ok(Math.abs(textWidth(text, 40) - drawn) < 9, `${text}: ${textWidth(text, 40)} for ${drawn}`);
    }
  });

  it('a PNG is drawn at twice the size, with text on white', async () => {
    const [svg, png] = [path.join(folder, 'two.svg'), path.join(folder, 'two.png')];
    await plot.history(curves, svg);
    await plot.history(curves, png);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(readFileSync(svg, 'utf8'))!;
    const { decode } = await import('fast-png');
    const image = decode(readFileSync(png));
    assert.deepEqual([image.width, image.height], [2 * Number(width), 2 * Number(height)]);
    const pixel = (x: number, y: number): number[] => {
      const at = image.channels * (y * image.width + x);
      return Array.from(image.data.subarray(at, at + 3));
    };
    assert.deepEqual(pixel(0, 0), [255, 255, 255]);
    // the titles, in the strip above the panels: without a font there would be nothing
    let dark = 0;
    for (let y = 0; y < 60; y++) for (let x = 0; x < image.width; x++) if (pixel(x, y)[0]! < 100) dark++;
    assert.ok(dark > 100, `${dark} dark pixels`);
  });

  it('images: as many as there are, with labels of one or more lines', async () => {
    const file = path.join(folder, 'images.svg');
    using images = tensor(
      Uint8Array.from({ length: 5 * 4 * 6 }, (_, i) => i),
      [5, 4, 6],
    );
    await plot.images(images, file, { columns: 3, labels: ['one', 'two\n→ three', 'x', 'y', 'z'], title: 'five' });
    const svg = readFileSync(file, 'utf8');
    assert.equal([...svg.matchAll(/<image /g)].length, 5);
    const found = texts(svg);
    for (const text of ['five', 'one', 'two', 'x', 'y', 'z']) assert.ok(found.includes(text), text);
    assert.ok(svg.includes('→ three'));
  });

  it('images: pixels are what the data are, from the darkest to the lightest', async () => {
    const file = path.join(folder, 'pixels.svg');
    using images = tensor(Float32Array.of(-1, 0, 1, 3), [1, 2, 2]);
    await plot.images(images, file);
    const [, base64] = /data:image\/png;base64,([^"]+)"/.exec(readFileSync(file, 'utf8'))!;
    const { decode } = await import('fast-png');
    const { width, data } = decode(Buffer.from(base64!, 'base64'));
    const half = width / 2;
    const at = (row: number, column: number): number => data[row * half * width + column * half]!;
    assert.deepEqual([at(0, 0), at(0, 1), at(1, 0), at(1, 1)], [0, 64, 128, 255]);
  });

  it('images: arrays as generators give them, with numbers for labels', async () => {
    const file = path.join(folder, 'arrays.svg');
    await plot.images({ data: Float32Array.from({ length: 2 * 27 }, (_, i) => i), shape: [2, 3, 3, 3] }, file, {
      labels: Uint8Array.of(7, 9),
    });
    const svg = readFileSync(file, 'utf8');
    assert.equal([...svg.matchAll(/<image /g)].length, 2);
    assert.deepEqual(texts(svg), ['7', '9']);
    await assert.rejects(
      plot.images([[1]] as never, file),
      /plot\.images: expected a tensor, or an array \{ data, shape \}, got \[\[1\]\]/,
    );
  });

  it('images: labels that are long make their cells wider', async () => {
    const width = async (label: string): Promise<number> => {
      const file = path.join(folder, 'wide.svg');
      using images = tensor(new Uint8Array(2 * 16), [2, 4, 4]);
      await plot.images(images, file, { labels: [label, label] });
      return Number(/viewBox="0 0 (\d+)/.exec(readFileSync(file, 'utf8'))![1]);
    };
    const [short, long] = [await width('a'), await width('T-shirt/top → Ankle boot')];
    assert.ok(long > short + 100, `${short} and ${long}`);
  });

  it('what cannot be drawn is a sentence, and no file', async () => {
    const before = readdirSync(folder);
    using flat = tensor([1, 2, 3]);
    using two = tensor(new Uint8Array(32), [1, 4, 4, 2]);
    const png = path.join(folder, 'never.png');
    await assert.rejects(
      plot.history({}, png),
      /^ArgumentError: plot\.history: expected what fit returned, with at least one epoch, got an object with no keys/,
    );
    await assert.rejects(plot.history({ loss: [] }, png), /with at least one epoch/);
    await assert.rejects(plot.history(null as never, png), /with at least one epoch, got null/);
    await assert.rejects(
      plot.history(curves, path.join(folder, 'x.gif')),
      /^ArgumentError: plot\.history: expected a file that ends in \.png or \.svg, got .*x\.gif/,
    );
    await assert.rejects(plot.images(flat, png), /^ShapeError: plot\.images: expected \[count, height, width\] or .*, got \[3\]/);
    await assert.rejects(plot.images(two, png), /^ShapeError: plot\.images: .*with 1, 3 or 4 channels, got \[1, 4, 4, 2\]/);
    await assert.rejects(
      plot.images(two, png, { column: 3 } as never),
      /plot\.images: expected known options only, got 'column'; did you mean columns\?/,
    );
    await assert.rejects(
      plot.history(curves, '/dev/null/x.png'),
      /^DataError: plot\.history: expected a place to write \/dev\/null\/x\.png/,
    );
    assert.deepEqual(readdirSync(folder), before);
  });
});
