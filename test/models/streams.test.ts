/** Data that come batch by batch: those without an end, and what they leave behind. */
import assert from 'node:assert/strict';
import { data, layers, memory, type Model, sequential, tensor, type Tensor, utils } from '../../lib/index.js';
import { currentRuntime } from '../../lib/native/runtime.js';

function regression(): Model {
  utils.setRandomSeed(3);
  const model = sequential([3]).add(layers.dense(1)) as Model;
  return model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
}

describe('data that come in batches', () => {
  it('need a number of batches where they have no end', async () => {
    using model = regression() as Model & Disposable;
    const source = data.fromTensors({ x: new Array<number[]>(8).fill([1, 2, 3]), y: new Array<number[]>(8).fill([1]) }).batch(4);
    const endless = source.repeat();
    const said = (where: string) =>
      new RegExp(`^ArgumentError: ${where}: expected a number of batches for data without an end, got none; give one`);
    await assert.rejects(model.fit(endless, { verbose: 0 }), said('fit stepsPerEpoch'));
    await assert.rejects(model.evaluate(endless, { verbose: 0 }), said('evaluate steps'));
    await assert.rejects(model.fit(source, { verbose: 0, validationData: endless }), said('fit validationSteps'));
    const { history } = await model.fit(endless, { verbose: 0, stepsPerEpoch: 3, epochs: 2, validationData: endless, validationSteps: 1 });
    assert.equal(history['val_loss']!.length, 2);
    assert.equal(model.optimizer.iterations, 6);
    assert.equal((await model.fit(source.repeat(2), { verbose: 0 })).history['loss']!.length, 1);
  });

  it('leave predict as soon as they were read', async () => {
    using model = regression() as Model & Disposable;
    const counts: number[] = [];
    const batches = function* (): Generator<{ data: Float32Array; shape: number[] }[]> {
      for (let i = 0; i < 400; i++) {
        counts.push(currentRuntime()!.tensors);
        yield [{ data: Float32Array.of(i, 1, 2, 3, 4, 5), shape: [2, 3] }];
      }
    };
    using whole = tensor(
      Float32Array.from({ length: 2400 }, (_, i) => (i % 6 === 0 ? i / 6 : i % 6)),
      [800, 3],
    );
    const [expected, got] = [(await model.predict(whole)) as Tensor, (await model.predict(batches() as never)) as Tensor];
    assert.deepEqual(Array.from(await got.data()), Array.from(await expected.data()));
    // One output for each batch is kept, and inputs of no more than the batches in the queue.
    assert.ok(counts.at(-1)! - counts[0]! < 400 + 80, `${counts.at(-1)! - counts[0]!} tensors more`);
    got.dispose();
    expected.dispose();
    assert.ok(memory().tensors < counts[0]! + 10);
  });
});
