/** Captured steps against steps that run op by op: the same bits, for every kind of model. */
import assert from 'node:assert/strict';
import type { layers } from '../../lib/index.js';
import { type Model, utils } from '../../lib/index.js';
import { currentRuntime } from '../../lib/native/runtime.js';
import { problems, type Problem } from '../support/models.js';

async function trained(problem: Problem, optimizer: 'sgd' | 'adam' | 'rmsprop', runEagerly: boolean) {
  utils.setRandomSeed(11);
  using model = problem.make() as Model & Disposable;
  using x = problem.x();
  using y = problem.y();
  model.compile({ optimizer, loss: problem.loss, metrics: problem.loss === 'meanSquaredError' ? [] : ['accuracy'], runEagerly });
  // 40 samples in batches of 16: two full ones and a ragged one
  const { history } = await model.fit(x as never, y as never, { batchSize: 16, epochs: 3, verbose: 0 });
  const weights = await model.getWeights();
  return { history, weights: weights.map(({ data }) => Array.from(data)) };
}

describe('captured steps', () => {
  for (const [name, problem] of Object.entries(problems)) {
    for (const optimizer of ['sgd', 'adam', 'rmsprop'] as const) {
      it(`${name} with ${optimizer}: the bits of eager steps`, async () => {
        assert.deepEqual(await trained(problem, optimizer, false), await trained(problem, optimizer, true));
      });
    }
    it(`${name}: the same seed gives the same bits, another seed others`, async () => {
      const first = await trained(problem, 'adam', false);
      assert.deepEqual(await trained(problem, 'adam', false), first);
    });
  }

  it('a step of fit is at most one native call', async () => {
    const problem = problems['convolutional']!;
    using model = problem.make() as Model & Disposable;
    using x = problem.x();
    using y = problem.y();
    model.compile({ optimizer: 'adam', loss: problem.loss, metrics: ['accuracy'] });
    await model.fit(x as never, y as never, { batchSize: 4, verbose: 0 }); // builds the program
    const native = currentRuntime()!.native;
    const before = native.counters();
    await model.fit(x as never, y as never, { batchSize: 4, epochs: 20, verbose: 0 });
    const after = native.counters();
    const steps = 20 * 10;
    assert.equal(after.replays - before.replays, steps);
    assert.ok(after.calls - before.calls <= steps, `${after.calls - before.calls} calls for ${steps} steps`);
  });

  it('a ragged last batch is a second program; both are kept', async () => {
    const problem = problems['linear']!;
    using model = problem.make() as Model & Disposable;
    using x = problem.x();
    using y = problem.y();
    model.compile({ optimizer: 'sgd', loss: problem.loss });
    const { history } = await model.fit(x as never, y as never, { batchSize: 16, epochs: 4, verbose: 0 });
    assert.equal(history['loss']!.length, 4);
    assert.ok(history['loss']![3]! < history['loss']![0]!);
  });

  it('freezing a layer between two trainings captures anew', async () => {
    const problem = problems['regression']!;
    using model = problem.make() as Model & Disposable;
    using x = problem.x();
    using y = problem.y();
    model.compile({ optimizer: 'sgd', loss: problem.loss });
    await model.fit(x as never, y as never, { epochs: 1, verbose: 0 });
    const frozen = model.layers[0] as layers.Dense;
    frozen.trainable = false;
    const before = await frozen.getWeights();
    await model.fit(x as never, y as never, { epochs: 1, verbose: 0 });
    const after = await frozen.getWeights();
    assert.deepEqual(after, before);
  });
});
