/** Schedules of the learning rate: values at marked steps, the rate that training uses, and options that are refused. */
import assert from 'node:assert/strict';
import { layers, type Model, ops, optimizers, schedules, sequential, tensor, type Tensor, variable } from '../../lib/index.js';
import { refuses } from '../support/refused.js';

const close = (got: number, want: number): void =>
  assert.ok(Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)), `${got}, not ${want}`);

function values(schedule: schedules.Schedule, wanted: Record<number, number>): void {
  for (const [step, want] of Object.entries(wanted)) close(schedule.at(Number(step)), want);
}

describe('schedules', () => {
  const decay = { initialLearningRate: 0.8, decaySteps: 10, decayRate: 0.5 };

  it('exponentialDecay, smooth and in steps', () => {
    values(schedules.exponentialDecay(decay), { 0: 0.8, 5: 0.8 * Math.SQRT1_2, 10: 0.4, 30: 0.1 });
    values(schedules.exponentialDecay({ ...decay, staircase: true }), { 0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2 });
  });

  it('inverseTimeDecay, smooth and in steps', () => {
    values(schedules.inverseTimeDecay(decay), { 0: 0.8, 10: 0.8 / 1.5, 20: 0.4 });
    values(schedules.inverseTimeDecay({ ...decay, staircase: true }), { 9: 0.8, 10: 0.8 / 1.5 });
  });

  it('piecewiseConstantDecay: a boundary belongs to the piece before it', () => {
    values(schedules.piecewiseConstantDecay({ boundaries: [2, 5], values: [1, 0.5, 0.1] }), {
      0: 1,
      2: 1,
      3: 0.5,
      5: 0.5,
      6: 0.1,
      99: 0.1,
    });
  });

  it('polynomialDecay ends at its end, or begins anew', () => {
    const options = { initialLearningRate: 1, decaySteps: 10, endLearningRate: 0.2 };
    values(schedules.polynomialDecay(options), { 0: 1, 5: 0.6, 10: 0.2, 15: 0.2 });
    values(schedules.polynomialDecay({ ...options, power: 2 }), { 5: 0.4 });
    values(schedules.polynomialDecay({ ...options, cycle: true }), { 10: 0.2, 15: 0.4, 20: 0.2 });
  });

  it('cosineDecay with a floor and a warm-up', () => {
    values(schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 10, alpha: 0.1 }), { 0: 1, 5: 0.55, 10: 0.1, 20: 0.1 });
    const warm = schedules.cosineDecay({ initialLearningRate: 0, decaySteps: 10, warmupTarget: 1, warmupSteps: 4 });
    values(warm, { 0: 0, 1: 0.25, 4: 1, 9: 0.5, 14: 0, 20: 0 });
  });

  it('cosineDecayRestarts begins anew over longer spans', () => {
    values(schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 10, mMul: 0.5 }), { 0: 1, 5: 0.5, 10: 0.5, 20: 0.25 });
    values(schedules.cosineDecayRestarts({ initialLearningRate: 1, firstDecaySteps: 10, tMul: 1 }), { 0: 1, 5: 0.5, 10: 1, 15: 0.5 });
  });

  it('an optimizer asks for the rate of each step, in eager and in captured steps', async () => {
    const rates = [1, 1, 0.5, 0.25];
    const schedule = schedules.piecewiseConstantDecay({ boundaries: [1, 2], values: [1, 0.5, 0.25] });
    const eager = optimizers.sgd({ learningRate: schedule });
    using w = variable([0]);
    using one = tensor([1]) as Tensor;
    let at = 0;
    for (const rate of rates) {
      assert.equal(eager.learningRate, rate);
      eager.apply([one], [w]);
      at -= rate;
      assert.equal((await w.data())[0], at);
    }

    // the gradient of the sum is 1 for the bias, so that each step moves it by the rate alone
    using model = sequential([1]).add(layers.dense(1, { kernelInitializer: 'zeros' })) as Model & Disposable;
    model.compile({
      optimizer: optimizers.sgd({ learningRate: schedule }),
      loss: (_yTrue: Tensor, yPred: Tensor) => ops.squeeze(yPred, -1),
    });
    using x = tensor(new Float32Array(4), [4, 1]) as Tensor;
    using y = tensor(new Float32Array(4), [4, 1]) as Tensor;
    await model.fit(x, y, { batchSize: 1, verbose: 0 });
    const [, bias] = await model.getWeights();
    assert.equal(bias!.data[0], -rates.reduce((a, b) => a + b));
    assert.equal(model.optimizer.learningRate, 0.25);
  });

  refuses([
    [
      'a missing rate',
      () => schedules.exponentialDecay({ decaySteps: 1, decayRate: 1 } as never),
      'ArgumentError',
      'exponentialDecay initialLearningRate: expected a number of at least 0, got undefined',
    ],
    [
      'no steps',
      () => schedules.exponentialDecay({ ...decay, decaySteps: 0 }),
      'ArgumentError',
      'exponentialDecay decaySteps: expected a number above 0, got 0',
    ],
    [
      'an unknown option',
      () => schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 1, warmupStep: 1 } as never),
      'ArgumentError',
      "cosineDecay: expected known options only, got 'warmupStep'; did you mean warmupSteps?",
    ],
    [
      'too few values',
      () => schedules.piecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] }),
      'ArgumentError',
      'piecewiseConstantDecay: expected 3 values, one more than boundaries, got 2',
    ],
    [
      'a list that is none',
      () => schedules.piecewiseConstantDecay({ boundaries: [1], values: 1 as never }),
      'ArgumentError',
      'piecewiseConstantDecay values: expected a list',
    ],
  ]);
});
