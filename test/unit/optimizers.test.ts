import assert from 'node:assert/strict';
import { callbacks, layers, optimizers, sequential, tensor, utils, variable } from '../../lib/index.js';
import { serialize } from '../../lib/options/index.js';
import { assertClose } from '../support/close.js';
import { refuses } from '../support/refused.js';

const made = (): optimizers.Optimizer[] => [
  optimizers.adamax({ learningRate: 0.1 }),
  optimizers.nadam({ learningRate: 0.1, gradientAccumulationSteps: 2 }),
  optimizers.adagrad({ learningRate: 0.1, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 3 }),
  optimizers.adadelta({ learningRate: 1 }),
  optimizers.ftrl({ learningRate: 0.1, l1RegularizationStrength: 0.01 }),
  optimizers.lion({ learningRate: 0.01, weightDecay: 0.1 }),
  optimizers.lamb({ learningRate: 0.1 }),
  optimizers.adafactor({ learningRate: 0.1 }),
  optimizers.muon({ learningRate: 0.1 }),
  optimizers.scheduleFreeAdamW({ learningRate: 0.1, warmupSteps: 2 }),
  optimizers.sgd({ learningRate: 0.1, lossScaleFactor: 64, useEma: true, gradientAccumulationSteps: 3 }),
  optimizers.lossScaleOptimizer({ innerOptimizer: 'adam', initialScale: 8, dynamicGrowthSteps: 3 }),
  optimizers.multiOptimizer({ optimizerMap: { defaultOptimizer: optimizers.sgd(0.1), optimizerMap: { bias: 'adam' } } }),
];

async function trained(optimizer: optimizers.Optimizer, runEagerly: boolean): Promise<number[]> {
  utils.setRandomSeed(7);
  const model = sequential([3])
    .add(layers.dense(4, { activation: 'tanh' }))
    .add(layers.dense(2));
  model.compile({ optimizer, loss: 'mse', runEagerly });
  const x = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(3 * i), (i % 5) / 5]);
  const y = x.map(([a, b]) => [a! * b!, a! - b!]);
  await model.fit(tensor(x), tensor(y), { batchSize: 5, epochs: 3, shuffle: false, verbose: 0 });
  const weights = (await model.getWeights()).flatMap(({ data }) => [...data]);
  model.dispose();
  return weights;
}

describe('optimizers', () => {
  for (const [i, { className }] of made().entries()) {
    it(`${className} takes the same steps captured and op by op, and comes back from its config`, async () => {
      assertClose(await trained(made()[i]!, false), await trained(made()[i]!, true));
      const one = made()[i]!;
      assert.deepEqual(serialize(optimizers.get(serialize(one))), serialize(one));
    });
  }

  it('come from factories and names', () => {
    assert.equal(optimizers.get(optimizers.lion).className, 'Lion');
    assert.equal(optimizers.get('scheduleFreeAdamW').className, 'ScheduleFreeAdamW');
  });

  it('leave out a step whose gradients are not finite', () => {
    const w = variable([1, 2]);
    const optimizer = optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.sgd(1), initialScale: 4 });
    optimizer.apply([tensor([4, Infinity])], [w]);
    assertClose(w, [1, 2]);
    assert.deepEqual([optimizer.scale, optimizer.iterations], [2, 0]);
    optimizer.apply([tensor([4, 0])], [w]);
    assertClose(w, [-1, 2]);
    assert.equal(optimizer.iterations, 1);
  });

  it('keep averages that can be exchanged with the weights', () => {
    const w = variable([1]);
    const optimizer = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5 });
    for (let i = 0; i < 2; i++) optimizer.apply([tensor([1])], [w]);
    optimizer.swapAverages([w]);
    assertClose(w, [-0.5]);
    optimizer.swapAverages([w]);
    assertClose(w, [-1]);
    optimizer.finalizeVariableValues([w]);
    assertClose(w, [-0.5]);
  });

  it('validate with averages and train without them', async () => {
    const model = sequential([1]).add(layers.dense(1, { useBias: false, kernelInitializer: 'ones' }));
    model.compile({ optimizer: optimizers.sgd({ learningRate: 0.25, useEma: true, emaMomentum: 0.5 }), loss: 'mse' });
    const [x, y] = [tensor([[1]]), tensor([[0]])];
    const fit = (swapOnEpoch: boolean) =>
      model.fit(x, y, { epochs: 2, verbose: 0, validationData: [x, y], callbacks: [callbacks.swapEMAWeights({ swapOnEpoch })] });
    // The weight halves at each step: 1/2, 1/4; the averages are 1/2, 3/8.
    const { history } = await fit(true);
    assertClose(history['val_loss']!, [1 / 4, 9 / 64]);
    assertClose(history['loss']!, [1, 1 / 4]);
    assertClose((await model.getWeights())[0]!.data, [3 / 8]);
    model.dispose();
    const plain = sequential([1]).add(layers.dense(1));
    plain.compile({ optimizer: 'sgd', loss: 'mse' });
    await assert.rejects(
      plain.fit(x, y, { verbose: 0, callbacks: [callbacks.swapEMAWeights()] }),
      /an optimizer that keeps moving averages/,
    );
    plain.dispose();
  });

  refuses([
    [
      'one accumulated step',
      () => optimizers.sgd({ gradientAccumulationSteps: 1 }),
      'ArgumentError',
      'sgd gradientAccumulationSteps: expected a whole',
    ],
    [
      'wrapped optimizers inside others',
      () => optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.lossScaleOptimizer({ innerOptimizer: 'sgd' }) }),
      'ArgumentError',
      'lossScaleOptimizer innerOptimizer: expected a plain optimizer, got LossScaleOptimizer',
    ],
  ]);
});
