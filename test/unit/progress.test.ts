/** What fit shows: a bar that moves on a terminal, plain lines elsewhere. */
import assert from 'node:assert/strict';
import { figures, Progress } from '../../lib/callbacks/progress.js';
import { layers, type Model, sequential, tensor, type Tensor, utils } from '../../lib/index.js';
import { captureOutput } from '../support/output.js';

/** What progress writes to, with what was written. */
function stream(isTTY: boolean, columns?: number): NodeJS.WriteStream & { text: string } {
  const made = { isTTY, columns, text: '', write: (chunk: string) => ((made.text += chunk), true) };
  return made as unknown as NodeJS.WriteStream & { text: string };
}

const colours = /\x1b\[\d+m/g;

/** What a terminal shows in the end: a carriage return goes to the begin of the line, and what follows is written over it. */
function screen(text: string): string[] {
  return text
    .replace(colours, '')
    .split('\n')
    .map((line) =>
      line
        .split('\r')
        .reduce((shown, next) => next + shown.slice(next.length), '')
        .trimEnd(),
    );
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('progress', () => {
  it('figures are sorted by name; small ones are written with a power of ten, as in Keras', () => {
    assert.equal(figures({ loss: 0.30094, accuracy: 0.9 }), 'accuracy: 0.9000 - loss: 0.3009');
    assert.equal(
      figures({ a: 1e-3, b: 0, c: -0.00052, d: 123.456789, e: 1e-12 }),
      'a: 1.0000e-03 - b: 0.0000 - c: -5.2000e-04 - d: 123.4568 - e: 1.0000e-12',
    );
    assert.equal(figures({ a: NaN, b: Infinity, c: -Infinity }), 'a: nan - b: inf - c: -inf');
    assert.equal(figures({}), '');
  });

  it('a line an epoch where it is not a terminal, and with verbose 2', () => {
    for (const [verbose, isTTY] of [
      [1, false],
      [2, false],
      [2, true],
    ] as const) {
      const out = stream(isTTY);
      const progress = new Progress(verbose, 45, out);
      progress.begin('Epoch 1/2');
      for (let step = 1; step <= 45; step++) progress.update(step, { loss: 1 });
      progress.end(45, { loss: 0.5, accuracy: 0.75 });
      assert.match(out.text, /^Epoch 1\/2\n45\/45 - 0s - \d+[um]s\/step - accuracy: 0\.7500 - loss: 0\.5000\n$/);
    }
  });

  it('verbose 0 is silent', () => {
    const out = stream(true);
    const progress = new Progress(0, 3, out);
    progress.begin('Epoch 1/1');
    progress.update(1, { loss: 1 });
    progress.end(3, { loss: 1 });
    assert.equal(out.text, '');
  });

  it('on a terminal a bar with steps, time left, time a step and figures', async () => {
    const out = stream(true);
    const progress = new Progress(1, 40, out);
    progress.begin('Epoch 1/1');
    await wait(60);
    progress.update(10, { loss: 2.5 });
    const [title, moving] = screen(out.text);
    assert.equal(title, 'Epoch 1/1');
    assert.match(moving!, /^10\/40 ━{20} \ds \d+ms\/step - loss: 2\.5000$/);
    // what is done is bright, the rest grey
    assert.ok(out.text.includes(`${'━'.repeat(5)}\x1b[90m${'━'.repeat(15)}\x1b[39m`));
    const before = out.text.length;
    progress.update(11, { loss: 2.4 });
    assert.equal(out.text.length, before, 'drawn no more often than the eye can follow');
    progress.end(40, { loss: 0.1 });
    assert.match(screen(out.text)[1]!, /^40\/40 ━{20} \ds \d+ms\/step - loss: 0\.1000$/);
    assert.ok(out.text.endsWith('\n'));
  });

  it('nothing of a longer line stays behind a shorter one', async () => {
    const out = stream(true);
    const progress = new Progress(1, 2, out);
    progress.begin();
    await wait(60);
    progress.update(1, { accuracy: 0.5, loss: 1234567.5 });
    progress.end(2, { loss: 1 });
    assert.match(screen(out.text)[0]!, /- loss: 1\.0000$/);
  });

  it('a line that would wrap is cut while it moves, and whole in the end', async () => {
    const out = stream(true, 40);
    const progress = new Progress(1, 100, out);
    progress.begin();
    await wait(60);
    const logs = { accuracy: 0.5, loss: 1, precision: 0.25, recall: 0.75 };
    progress.update(50, logs);
    assert.equal(screen(out.text)[0]!.length, 39);
    assert.ok(out.text.includes('\x1b[39m'), 'the colour is switched off');
    progress.end(100, logs);
    assert.match(screen(out.text)[0]!, /accuracy: 0\.5000 - loss: 1\.0000 - precision: 0\.2500 - recall: 0\.7500$/);
  });

  it('steps of unknown number are counted', async () => {
    const out = stream(true);
    const progress = new Progress(1, undefined, out);
    progress.begin();
    await wait(60);
    progress.update(7, { loss: 1 });
    assert.match(screen(out.text)[0]!, /^ {6}7\/Unknown \ds \d+ms\/step - loss: 1\.0000$/);
    const plain = stream(false);
    const lines = new Progress(1, undefined, plain);
    lines.begin();
    lines.end(7, { loss: 1 });
    assert.match(plain.text, /^7\/7 - 0s - /);
  });

  it('an epoch that ends early shows how far it came', () => {
    for (const isTTY of [true, false]) {
      const out = stream(isTTY);
      const progress = new Progress(1, 50, out);
      progress.begin();
      progress.end(20, { loss: 1 });
      assert.match(screen(out.text)[0]!, /^20\/50 /);
    }
  });

  it('long times are minutes and hours', () => {
    const real = performance.now.bind(performance);
    let now = 0;
    performance.now = () => now;
    try {
      const shown = (seconds: number, steps: number): string => {
        const out = stream(false);
        const progress = new Progress(2, steps, out);
        now = 0;
        progress.begin();
        now = seconds * 1000;
        progress.end(steps, {});
        return out.text.trim().split(' - ').slice(1, 3).join(' ');
      };
      assert.equal(shown(59, 1000), '59s 59ms/step');
      assert.equal(shown(61, 10), '1:01 6s/step');
      assert.equal(shown(3725, 1000), '1:02:05 4s/step');
      assert.equal(shown(0.005, 100), '0s 50us/step');
    } finally {
      performance.now = real;
    }
  });

  it('fit and evaluate show it, predict when it is asked to', async () => {
    utils.setRandomSeed(1);
    using model = sequential([2]).add(layers.dense(1)) as Model & Disposable;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    using x = tensor(new Float32Array(20), [10, 2]) as Tensor;
    using y = tensor(new Float32Array(10), [10, 1]) as Tensor;
    const out = await captureOutput(async () => {
      await model.fit(x, y, { batchSize: 4, epochs: 2, verbose: 2 });
      await model.evaluate(x, y, { batchSize: 4, verbose: 2 });
      for (const verbose of [undefined, 2] as const)
        ((await model.predict(x, { batchSize: 4, ...(verbose ? { verbose } : {}) })) as Tensor).dispose();
    });
    const line = String.raw`3\/3 - \ds - \d+[um]s\/step - loss: \d+\.\d{4}\n`;
    assert.match(out, new RegExp(String.raw`^Epoch 1\/2\n${line}Epoch 2\/2\n${line}${line}3\/3 - \ds - \d+[um]s\/step\n$`));
  });
});
