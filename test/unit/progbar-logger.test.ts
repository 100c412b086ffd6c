/** The progress bar as a callback: what it prints is what training prints by itself, once. */
import assert from 'node:assert/strict';
import { callbacks, layers, type Model, sequential, tensor, type Tensor, utils } from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';
import { captureOutput } from '../support/output.js';

/** Times differ from run to run. */
const plain = (text: string): string => text.replace(/\d+s - \d+(us|ms|s)\/step/g, 'TIME');

describe('progbarLogger', () => {
  let x: Tensor;
  let y: Tensor;
  before(() => {
    x = tensor(randoms(24, 1), [12, 2]);
    y = tensor(randoms(12, 2), [12, 1]);
  });
  after(() => {
    x.dispose();
    y.dispose();
  });

  async function shown(run: (model: Model, list: callbacks.Callback[]) => Promise<unknown>, list: callbacks.Callback[]): Promise<string> {
    utils.setRandomSeed(3);
    const model = sequential([2]).add(layers.dense(1)) as Model;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    try {
      return plain(await captureOutput(() => run(model, list)));
    } finally {
      model.dispose();
    }
  }

  const runs = {
    fit: (model: Model, list: callbacks.Callback[]) =>
      model.fit(x, y, { epochs: 2, batchSize: 4, validationSplit: 0.5, shuffle: false, callbacks: list }),
    evaluate: (model: Model, list: callbacks.Callback[]) => model.evaluate(x, y, { batchSize: 4, callbacks: list }),
    predict: (model: Model, list: callbacks.Callback[]) => model.predict(x, { batchSize: 4, callbacks: list, verbose: 1 }),
  };
  for (const [name, run] of Object.entries(runs)) {
    it(`${name} shows it once, as without it`, async () => {
      const without = await shown(run, []);
      assert.match(without, /\d\/\d - TIME/);
      assert.equal(await shown(run, [callbacks.progbarLogger()]), without);
    });
  }

  it('a single epoch has no title, as in Keras, and verbose: 0 nothing', async () => {
    const fit = (verbose: 0 | 1) =>
      shown((model, list) => model.fit(x, y, { batchSize: 4, verbose, callbacks: list }), [callbacks.progbarLogger()]);
    assert.match(await fit(1), /^3\/3 - TIME - loss: \d/);
    assert.equal(await fit(0), '');
  });
});
