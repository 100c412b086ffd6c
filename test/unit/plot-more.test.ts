import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ArgumentError, input, layers, model, ops, plot, sequential, ShapeError, utils } from '../../lib/index.js';

describe('plot: charts, filters, graphs', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-plot-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string): string => path.join(folder, name);
  const svg = (name: string): string => readFileSync(file(name), 'utf8');
  const count = (text: string, part: RegExp): number => (text.match(part) ?? []).length;

  it('bars have a name and a height each', async () => {
    await plot.bars([0.25, 0.5, 0.125], file('bars.svg'), { labels: ['cat', 'dog', 'cow'], title: 'Animals' });
    const text = svg('bars.svg');
    for (const word of ['cat', 'dog', 'cow', 'Animals', 'probability']) assert.ok(text.includes(`>${word}<`), word);
    const heights = [...text.matchAll(/aria-label="class: (\w+); probability: ([\d.]+)"/g)].map(([, name, value]) => [name, Number(value)]);
    assert.deepEqual(heights, [['cat', 0.25], ['dog', 0.5], ['cow', 0.125]]); // prettier-ignore
    await assert.rejects(plot.bars([1, 2], file('bars.svg'), { labels: ['one'] }), /expected 2 labels, one a bar, got 1/);
    await assert.rejects(plot.bars([], file('bars.svg')), /plot\.bars: expected 1 to 1000 numbers, one a bar, got 0/);
    await assert.rejects(plot.bars('high' as never, file('bars.svg')), ArgumentError);
  });

  it('names of any length stand there whole, and of a hundred those that have room', async () => {
    const long = 'a very long name of a class that nobody would think of';
    await plot.bars([1, 2], file('long.svg'), { labels: [long, 'b'] });
    assert.ok(svg('long.svg').includes(`>${long}<`));
    await plot.bars(new Float32Array(100), file('many.svg'));
    const [, width] = /viewBox="0 0 (\d+)/.exec(svg('many.svg'))!;
    assert.ok(Number(width) < 1200, width);
    const shown = [...svg('many.svg').matchAll(/opacity="1"[^>]*>(\d+)</g)].length;
    assert.ok(shown > 10 && shown < 100, String(shown));
  });

  it('no bars, and more than a picture can hold, are refused', async () => {
    for (const bars of [0, 6000]) {
      await assert.rejects(plot.bars(new Float32Array(bars), file('none.svg')), new RegExp(`expected 1 to 1000 numbers.*got ${bars}`));
    }
  });

  it('an image stands beside its probabilities', async () => {
    await plot.prediction(ops.ones([4, 4]), [0.1, 0.9], file('prediction.svg'), { title: 'a one' });
    const text = svg('prediction.svg');
    assert.equal(count(text, /<image /g), 1);
    assert.equal(count(text, /aria-label="class: \d; probability/g), 2);
    await plot.prediction(ops.ones([1, 4, 4]), [0.1, 0.9], file('prediction.svg'));
    await assert.rejects(plot.prediction(ops.ones([16]), [1], file('prediction.svg')), /expected one image as a tensor, .*, got \[16\]/);
    await assert.rejects(plot.prediction([[1]] as never, [1], file('prediction.svg')), /expected one image as a tensor, .*, got \[\[1\]\]/);
  });

  it('histograms of density have area one each, over common bins', async () => {
    await plot.histogram({ few: [0, 1, 1, 2], many: Float32Array.from({ length: 100 }, (_, i) => i / 25) }, file('h.svg'), { bins: 4 });
    const text = svg('h.svg');
    assert.ok(text.includes('>few<') && text.includes('>many<') && text.includes('>density<'));
    const bars = [...text.matchAll(/density: ([\d.e-]+); to: [\d.e-]+; set: (\w+)/g)].map(([, height, set]) => ({
      height: Number(height),
      set,
    }));
    for (const set of ['few', 'many']) {
      const area = bars.filter((bar) => bar.set === set).reduce((sum, bar) => sum + bar.height * 0.99, 0);
      assert.ok(Math.abs(area - 1) < 0.01, `${set} ${area}`);
    }
    await plot.histogram([0.137, 0.991], file('ticks.svg'), { bins: 30 });
    const ticks = [...svg('ticks.svg').matchAll(/>(0\.\d+)</g)].map(([, tick]) => tick!);
    assert.ok(ticks.length > 3 && ticks.every((tick) => tick.length === 3), ticks.join(' ')); // at round numbers, not at borders of bars
    await plot.histogram([3, 3], file('one.png'), { density: false });
    await assert.rejects(plot.histogram([NaN], file('h.svg')), /expected at least one finite number/);
  });

  it('a confusion matrix counts each pair', async () => {
    await plot.confusionMatrix([0, 1, 1, 2], [0, 1, 2, 2], file('c.svg'), { classes: ['cat', 'dog', 'cow'] });
    const text = svg('c.svg');
    assert.match(text, /predicted: cow; true class: dog; count: 1/);
    assert.match(text, /predicted: dog; true class: cow; count: 0/);
    await assert.rejects(plot.confusionMatrix([0, 1], [0], file('c.svg')), /as many labels as predictions/);
    await assert.rejects(plot.confusionMatrix([0], [0.5], file('c.svg')), /expected class numbers.*ops.argmax/);
  });

  it('filters and activations are one image each', async () => {
    using net = sequential([6, 6, 2]).add(layers.conv2d(5, 3, { name: 'conv' })) as never as Disposable & {
      layers: never[];
      predict(x: unknown): Promise<never>;
    };
    await plot.filters(net.layers[0]!, file('f.svg'));
    assert.equal(count(svg('f.svg'), /<image /g), 10);
    using answers = (await net.predict(ops.ones([1, 6, 6, 2]))) as Disposable;
    await plot.activations(answers as never, file('a.svg'));
    assert.equal(count(svg('a.svg'), /<image /g), 5);
    await assert.rejects(plot.activations(ops.ones([2, 6, 6, 2]), file('a.svg')), ShapeError);
    for (const none of [{ data: [1], shape: [1] }, ops.ones([2, 2]), undefined])
      await assert.rejects(plot.filters(none as never, file('f.svg')), ShapeError);
    await assert.rejects(plot.filters('conv' as never, file('f.svg')), /plot.filters: expected a kernel .*, got 'conv'/);
    await assert.rejects(plot.images([[1]] as never, file('f.svg')), /plot.images: expected a tensor, or .*, got \[\[1\]\]; tensor\(/);
    await assert.rejects(plot.prediction([[1]] as never, [1], file('f.svg')), /plot.prediction: expected one image as a tensor/);
  });

  it('a model is drawn with a box a layer and an arrow a connection', async () => {
    const x = input([4, 4, 1]);
    const [left, right] = [layers.conv2d(2, 3, { name: 'left' }).apply(x), layers.conv2d(2, 3, { name: 'right' }).apply(x)];
    using net = model(x, layers.add().apply([left, right])) as unknown as Disposable;
    await utils.plotModel(net, file('m.svg'), { showDtype: true });
    const text = svg('m.svg');
    assert.equal(count(text, /<rect x=/g), 4);
    assert.equal(count(text, /marker-end=/g), 4);
    for (const word of ['left (Conv2D)', 'input: (None, 4, 4, 1)', 'output: (None, 2, 2, 2)', 'dtype: float32'])
      assert.ok(text.includes(word), word);
    assert.ok(!text.includes('trainable'));
    (net as unknown as { layers: { trainable: boolean }[] }).layers[1]!.trainable = false;
    await utils.plotModel(net, file('m.svg'), { showTrainable: true });
    assert.deepEqual([count(svg('m.svg'), />trainable</g), count(svg('m.svg'), />not trainable</g)], [1, 1]);
    await assert.rejects(utils.plotModel(net, 'model.pdf'), /ends in .png or .svg/);
    await assert.rejects(utils.plotModel({}, file('m.svg')), /expected a model/);
  });

  it('models within a model are drawn in frames, parts of one alone, a PNG as fine as is asked for', async () => {
    const inner = sequential([8], [layers.dense(4, { name: 'inside' })], { name: 'inner' });
    const x = input([8]);
    const two = inner.apply(x);
    using net = model(x, layers.dense(1, { name: 'head' }).apply(two as never), { name: 'outer' }) as unknown as Disposable;
    await utils.plotModel(net, file('n.svg'));
    assert.equal(count(svg('n.svg'), /class="frame"/g), 0);
    const folded = count(svg('n.svg'), /marker-end=/g);
    await utils.plotModel(net, file('n.svg'), { expandNested: true });
    const text = svg('n.svg');
    assert.equal(count(text, /class="frame"/g), 1);
    for (const word of ['>inner (Sequential)<', '>inside (Dense)<', '>head (Dense)<']) assert.ok(text.includes(word), word);
    // the input layer of the inner model stands between
    assert.equal(count(text, /marker-end=/g), folded + 1);
    await utils.plotModel(net, file('n.svg'), { layerRange: ['inner', 'head'] });
    assert.deepEqual([count(svg('n.svg'), /<rect x=/g), count(svg('n.svg'), /marker-end=/g)], [2, 1]);
    await assert.rejects(
      utils.plotModel(net, file('n.svg'), { layerRange: ['head', 'inner'] }),
      /utils.plotModel layerRange: expected names of layers/,
    );
    const widthOf = async (dpi: number): Promise<number> => {
      await utils.plotModel(net, file('n.png'), { dpi });
      return readFileSync(file('n.png')).readUInt32BE(16);
    };
    const ratio = (await widthOf(192)) / (await widthOf(96));
    assert.ok(Math.abs(ratio - 2) < 0.02, String(ratio));
  });

  it('a page holds its pictures', async () => {
    await plot.bars([1], file('bars.svg'));
    const page = await plot.show([file('bars.svg')], { file: file('page.html'), open: false, title: 'a <page>' });
    const html = readFileSync(page, 'utf8');
    assert.ok(html.includes('data:image/svg+xml;base64,') && html.includes('a &lt;page&gt;'));
    await assert.rejects(
      plot.show(file('none.png')),
      /^DataError: plot.show: expected a picture .*none.png, got no such file; draw it first$/,
    );
    await assert.rejects(plot.show([]), ArgumentError);
  });

  it('a terminal that shows pictures gets one in its own protocol, others nothing', async () => {
    await plot.bars([1], file('bars.png'));
    const terminal = (env: Record<string, string>, isTTY = true) => {
      let written = '';
      const stream = { isTTY, write: (text: string) => (written += text) } as never;
      const before = { ...process.env };
      for (const name of ['KITTY_WINDOW_ID', 'TERM_PROGRAM', 'TERM']) delete process.env[name];
      Object.assign(process.env, env);
      return plot.inTerminal(file('bars.png'), stream).then((shown) => {
        process.env = before;
        return { shown, written };
      });
    };
    const png = readFileSync(file('bars.png'));
    const kitty = await terminal({ TERM: 'xterm-kitty' });

    const chunks = [...kitty.written.matchAll(/\x1b_G(?:a=T,f=100,)?m=[01];([^\x1b]*)\x1b\\/g)].map(([, part]) => part).join('');
    assert.ok(kitty.shown && Buffer.from(chunks, 'base64').equals(png));
    assert.match((await terminal({ TERM_PROGRAM: 'iTerm.app' })).written, /\]1337;File=inline=1;size=\d+:/);
    assert.deepEqual(await terminal({ TERM: 'xterm' }), { shown: false, written: '' });
    assert.deepEqual(await terminal({ TERM: 'xterm-kitty' }, false), { shown: false, written: '' });
  });
});
