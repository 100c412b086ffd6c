/** Callbacks in real trainings: when each hook is called and with what, and what each callback changes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  callbacks,
  DataError,
  layers,
  type Model,
  optimizers,
  sequential,
  tensor,
  type Tensor,
  utils,
} from '../../lib/index.js';
import { Callback, type Logs } from '../../lib/callbacks/callback.js';
import { randoms } from '../support/gradcheck.js';
import { captureOutput } from '../support/output.js';

const N = 12;

function regression(learningRate = 0.1): Model & Disposable {
  utils.setRandomSeed(3);
  const model = sequential([2]).add(layers.dense(1)) as Model;
  return model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' }) as Model & Disposable;
}

async function weightsOf(model: Model): Promise<number[]> {
  return (await model.getWeights()).flatMap(({ data }) => Array.from(data));
}

/** Writes down every hook with its arguments; figures only by name. */
class Recorder extends Callback {
  readonly calls: string[] = [];
}
for (const hook of Object.getOwnPropertyNames(Callback.prototype).filter((name) => name.startsWith('on'))) {
  Object.defineProperty(Recorder.prototype, hook, {
    value(this: Recorder, ...args: (number | Logs | undefined)[]) {
      const told = args
        .filter((arg) => arg !== undefined)
        .map((arg) => (typeof arg === 'number' ? String(arg) : `{${Object.keys(arg).sort().join()}}`));
      this.calls.push([hook.slice(2), ...told].join(' '));
    },
  });
}

describe('callbacks', () => {
  let x: Tensor;
  let y: Tensor;
  let model: Model & Disposable;
  beforeEach(() => {
    const values = Float32Array.from(randoms(N * 2, 1));
    x = tensor(values, [N, 2]);
    y = tensor(
      Float32Array.from({ length: N }, (_, i) => values[2 * i]! - values[2 * i + 1]!),
      [N, 1],
    );
    model = regression();
  });
  afterEach(() => {
    for (const one of [x, y, model]) one.dispose();
  });

  describe('hooks', () => {
    const batch = (i: number): string[] => [`BatchBegin ${i}`, `TrainBatchBegin ${i}`, `BatchEnd ${i} {loss}`, `TrainBatchEnd ${i} {loss}`];
    const validation = ['TestBegin', 'TestBatchBegin 0', 'TestBatchEnd 0 {loss}', 'TestEnd {loss}'];

    it('fit calls them in the order of Keras', async () => {
      const recorder = new Recorder();
      await model.fit(x, y, { batchSize: 4, epochs: 2, validationSplit: 0.25, callbacks: [recorder], verbose: 0 });
      const epoch = (i: number): string[] => [
        `EpochBegin ${i}`,
        ...[0, 1, 2].flatMap(batch),
        ...validation,
        `EpochEnd ${i} {loss,val_loss}`,
      ];
      assert.deepEqual(recorder.calls, ['TrainBegin', ...epoch(0), ...epoch(1), 'TrainEnd {loss,val_loss}']);
      assert.equal(recorder.model.name, model.name);
      assert.ok(recorder.model.optimizer === model.optimizer);
      assert.deepEqual(recorder.params, { epochs: 2, steps: 3, verbose: 0, validates: true });
    });

    it('evaluate and predict call theirs', async () => {
      const recorder = new Recorder();
      await model.evaluate(x, y, { batchSize: 8, callbacks: [recorder], verbose: 0 });
      assert.deepEqual(recorder.calls.splice(0), [
        'TestBegin',
        ...['TestBatchBegin 0', 'TestBatchEnd 0 {loss}', 'TestBatchBegin 1', 'TestBatchEnd 1 {loss}'],
        'TestEnd {loss}',
      ]);
      const predicted = (await model.predict(x, { batchSize: 8, callbacks: [recorder] })) as Tensor;
      predicted.dispose();
      assert.deepEqual(recorder.calls, [
        'PredictBegin',
        ...['PredictBatchBegin 0', 'PredictBatchEnd 0', 'PredictBatchBegin 1', 'PredictBatchEnd 1'],
        'PredictEnd',
      ]);
    });

    it('callbacks are called in their order, and promises awaited', async () => {
      const order: string[] = [];
      const slow = callbacks.lambdaCallback({
        onEpochEnd: async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push('slow');
        },
      });
      const fast = callbacks.lambdaCallback({ onEpochEnd: () => void order.push('fast') });
      await model.fit(x, y, { epochs: 2, callbacks: [slow, fast], verbose: 0 });
      assert.deepEqual(order, ['slow', 'fast', 'slow', 'fast']);
    });

    it('batches are counted though several are submitted at once; only who watches them stops at each', async () => {
      const seen: number[] = [];
      const watching = callbacks.lambdaCallback({ onTrainBatchEnd: (at) => void seen.push(at) });
      await model.fit(x, y, { batchSize: 1, callbacks: [watching], verbose: 0 });
      assert.deepEqual(seen, [...Array(N).keys()]);
      assert.equal(new Callback().watchesBatches('Train'), false);
      assert.equal(watching.watchesBatches('Train'), true);
      assert.equal(watching.watchesBatches('Test'), false);
    });

    it('stopTraining ends the epoch after its batch, and the training', async () => {
      const stopping = callbacks.lambdaCallback({ onTrainBatchEnd: (at) => void (at === 4 && (model.stopTraining = true)) });
      const { epoch } = await model.fit(x, y, { batchSize: 1, epochs: 9, callbacks: [stopping], verbose: 0 });
      assert.deepEqual(epoch, [0]);
      assert.equal(model.optimizer.iterations, 5);
    });
  });

  it('history has every figure of every epoch, and the epochs', async () => {
    const history = await model.fit(x, y, { epochs: 5, initialEpoch: 2, validationSplit: 0.25, validationFreq: 2, verbose: 0 });
    assert.deepEqual(history.epoch, [2, 3, 4]);
    assert.deepEqual(
      Object.entries(history.history).map(([name, list]) => [name, list.length]),
      [
        ['loss', 3],
        ['val_loss', 1],
      ],
    );
    assert.equal(history.last['loss'], history.history['loss']![2]);
    assert.equal(history.interrupted, false);
  });

  describe('lambdaCallback', () => {
    it('refuses hooks that are none', () => {
      assert.throws(
        () => callbacks.lambdaCallback({ onEpochFinish: () => undefined } as never),
        (error: unknown) => {
          assert.ok(error instanceof ArgumentError);
          assert.match(error.message, /^lambdaCallback: expected hooks \(onTrainBegin, .*\), got 'onEpochFinish'/);
          return true;
        },
      );
      assert.throws(() => callbacks.lambdaCallback({ onEpochEn: () => undefined } as never), /did you mean onEpochEnd\?/);
      assert.throws(() => callbacks.lambdaCallback({ onEpochEnd: 3 } as never), /lambdaCallback onEpochEnd: expected a function, got 3/);
    });
  });

  describe('earlyStopping', () => {
    /** Gives the figure `watched` to the callbacks behind it, a value an epoch, and keeps the weights of each epoch. */
    function scripted(values: readonly number[]): Callback & { weights: number[][] } {
      const weights: number[][] = [];
      const script = callbacks.lambdaCallback({
        onEpochEnd: async (epoch, logs) => {
          (logs as Record<string, number>)['watched'] = values[epoch]!;
          weights.push(await weightsOf(model));
        },
      });
      return Object.assign(script, { weights });
    }

    it('stops after `patience` epochs without improvement and restores the weights of the best', async () => {
      const script = scripted([5, 4, 3, 3.5, 3.2, 1]);
      const stopping = callbacks.earlyStopping({ monitor: 'watched', patience: 2, restoreBestWeights: true });
      const { epoch } = await model.fit(x, y, { epochs: 6, callbacks: [script, stopping], verbose: 0 });
      assert.deepEqual(epoch, [0, 1, 2, 3, 4]);
      assert.deepEqual([stopping.stoppedEpoch, stopping.bestEpoch, stopping.best], [4, 2, 3]);
      assert.notDeepEqual(script.weights[4], script.weights[2]);
      assert.deepEqual(await weightsOf(model), script.weights[2]);
    });

    it('without restoreBestWeights the last weights stay', async () => {
      const script = scripted([5, 6, 7]);
      await model.fit(x, y, { epochs: 3, callbacks: [script, callbacks.earlyStopping({ monitor: 'watched' })], verbose: 0 });
      assert.equal(script.weights.length, 2);
      assert.deepEqual(await weightsOf(model), script.weights[1]);
    });

    it('restores at the end of a training that was not stopped as well', async () => {
      const script = scripted([5, 1, 2]);
      const stopping = callbacks.earlyStopping({ monitor: 'watched', patience: 9, restoreBestWeights: true });
      await model.fit(x, y, { epochs: 3, callbacks: [script, stopping], verbose: 0 });
      assert.equal(stopping.stoppedEpoch, 0);
      assert.deepEqual(await weightsOf(model), script.weights[1]);
    });

    it('minDelta, mode, baseline and startFromEpoch', async () => {
      const epochs = async (values: number[], options: callbacks.EarlyStoppingOptions): Promise<number> => {
        const stopping = callbacks.earlyStopping({ monitor: 'watched', patience: 1, ...options });
        return (await model.fit(x, y, { epochs: values.length, callbacks: [scripted(values), stopping], verbose: 0 })).epoch.length;
      };
      assert.equal(await epochs([5, 4.95, 4.9, 4], {}), 4);
      assert.equal(await epochs([5, 4.95, 4.9, 4], { minDelta: 0.1 }), 2);
      assert.equal(await epochs([1, 2, 3, 4], { mode: 'max' }), 4);
      assert.equal(await epochs([1, 2, 3, 4], { mode: 'min' }), 2);
      assert.equal(await epochs([3, 2.5, 2.2, 1], { baseline: 1, patience: 3 }), 4);
      assert.equal(await epochs([1, 2, 3, 4], { startFromEpoch: 2 }), 4);
      assert.equal(await epochs([1, 2, 3, 4, 5], { startFromEpoch: 2 }), 4);
    });

    it('an accuracy is better when it is larger', async () => {
      const script = callbacks.lambdaCallback({ onEpochEnd: (epoch, logs) => void ((logs as Record<string, number>)['accuracy'] = epoch) });
      const { epoch } = await model.fit(x, y, {
        epochs: 3,
        callbacks: [script, callbacks.earlyStopping({ monitor: 'accuracy' })],
        verbose: 0,
      });
      assert.equal(epoch.length, 3);
    });

    it('says so with verbose 1', async () => {
      const out = await captureOutput(() =>
        model.fit(x, y, {
          epochs: 3,
          callbacks: [scripted([1, 2, 3]), callbacks.earlyStopping({ monitor: 'watched', restoreBestWeights: true, verbose: 1 })],
          verbose: 0,
        }),
      );
      assert.equal(out, 'Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n');
    });

    it('a figure that is not there is an error with those that are', async () => {
      const fit = (options: object) => model.fit(x, y, { callbacks: [callbacks.earlyStopping()], verbose: 0, ...options });
      await assert.rejects(
        fit({}),
        /^ArgumentError: earlyStopping: expected a figure 'val_loss' to monitor, got loss; give fit validationData/,
      );
      const named = callbacks.earlyStopping({ monitor: 'val_mae' });
      await assert.rejects(
        fit({ callbacks: [named], validationSplit: 0.25 }),
        /expected a figure 'val_mae' to monitor, got loss, val_loss; choose one/,
      );
    });

    it('waits for validations that come only after some epochs', async () => {
      const stopping = callbacks.earlyStopping({ patience: 100 });
      const { epoch } = await model.fit(x, y, { epochs: 4, validationSplit: 0.25, validationFreq: 2, callbacks: [stopping], verbose: 0 });
      assert.equal(epoch.length, 4);
      assert.notEqual(stopping.best, undefined);
    });

    it('refuses options that are none', () => {
      assert.throws(
        () => callbacks.earlyStopping({ patient: 3 } as never),
        /earlyStopping: expected known options only, got 'patient'; did you mean patience\?/,
      );
      assert.throws(() => callbacks.earlyStopping({ patience: 1.5 }), /earlyStopping patience: expected a whole number/);
      assert.throws(() => callbacks.earlyStopping({ mode: 'low' as never }), /earlyStopping mode: expected/);
    });
  });

  describe('csvLogger', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('a line an epoch, begun anew or continued', async () => {
      const file = path.join(folder, 'log.csv');
      const fit = (options: callbacks.CSVLoggerOptions, epochs: [number, number]) =>
        model.fit(x, y, {
          initialEpoch: epochs[0],
          epochs: epochs[1],
          validationSplit: 0.25,
          callbacks: [callbacks.csvLogger(file, options)],
          verbose: 0,
        });
      writeFileSync(file, 'something old\n');
      const first = await fit({}, [0, 2]);
      const line = ({ history }: { history: Record<string, number[]> }, epoch: number, i: number): string =>
        `${epoch},${history['loss']![i]},${history['val_loss']![i]}`;
      const head = ['epoch,loss,val_loss', line(first, 0, 0), line(first, 1, 1)];
      assert.equal(readFileSync(file, 'utf8'), `${head.join('\n')}\n`);
      const second = await fit({ append: true }, [2, 3]);
      assert.equal(readFileSync(file, 'utf8'), `${[...head, line(second, 2, 0)].join('\n')}\n`);
      const third = await fit({ separator: ';' }, [0, 1]);
      assert.equal(readFileSync(file, 'utf8'), `epoch;loss;val_loss\n${line(third, 0, 0).replaceAll(',', ';')}\n`);
    });

    it('has columns for validations that only begin later', async () => {
      const file = path.join(folder, 'log.csv');
      const { history } = await model.fit(x, y, {
        epochs: 2,
        validationSplit: 0.25,
        validationFreq: 2,
        callbacks: [callbacks.csvLogger(file)],
        verbose: 0,
      });
      assert.equal(
        readFileSync(file, 'utf8'),
        `epoch,loss,val_loss\n0,${history['loss']![0]},NA\n1,${history['loss']![1]},${history['val_loss']![0]}\n`,
      );
    });

    it('a folder that is not there is a DataError', async () => {
      const logger = callbacks.csvLogger(path.join(folder, 'no', 'log.csv'));
      await assert.rejects(model.fit(x, y, { callbacks: [logger], verbose: 0 }), (error: unknown) => {
        assert.ok(error instanceof DataError);
        assert.match(error.message, /^csvLogger: expected a file .*log\.csv that can be written, got ENOENT.*; make its folder first$/);
        return true;
      });
    });
  });

  describe('learning rates', () => {
    /** How far one step of plain gradient descent went, beside the rate that was set. */
    async function stepLength(rates: (epoch: number, rate: number) => number, epochs: number): Promise<number[]> {
      using fresh = regression();
      const lengths: number[] = [];
      let before = await weightsOf(fresh);
      const measure = callbacks.lambdaCallback({
        onEpochEnd: async () => {
          const after = await weightsOf(fresh);
          lengths.push(Math.hypot(...after.map((value, i) => value - before[i]!)));
          before = after;
        },
      });
      await fresh.fit(x, y, {
        batchSize: N,
        shuffle: false,
        epochs,
        callbacks: [callbacks.learningRateScheduler(rates), measure],
        verbose: 0,
      });
      return lengths;
    }

    it('learningRateScheduler sets the rate that the next epoch trains with', async () => {
      const [full] = await stepLength(() => 0.1, 1);
      const [half] = await stepLength(() => 0.05, 1);
      assert.ok(Math.abs(full! / half! - 2) < 1e-3, `${full} and ${half}`);
      const [first, second, third] = await stepLength((epoch) => (epoch === 1 ? 0 : 0.1), 3);
      assert.ok(first! > 0 && third! > 0);
      assert.equal(second, 0);
    });

    it('is given epoch and rate, and says what it does', async () => {
      const given: [number, number][] = [];
      const schedule = (epoch: number, rate: number): number => {
        given.push([epoch, rate]);
        return rate / 2;
      };
      const out = await captureOutput(() =>
        model.fit(x, y, { epochs: 2, callbacks: [callbacks.learningRateScheduler(schedule, { verbose: 1 })], verbose: 0 }),
      );
      assert.deepEqual(given, [
        [0, 0.1],
        [1, 0.05],
      ]);
      assert.equal(model.optimizer.learningRate, 0.025);
      assert.equal(
        out,
        'Epoch 1: LearningRateScheduler setting learning rate to 0.05.\nEpoch 2: LearningRateScheduler setting learning rate to 0.025.\n',
      );
    });

    it('refuses what gives no rate', async () => {
      assert.throws(
        () => callbacks.learningRateScheduler(0.1 as never),
        /learningRateScheduler: expected a function of epoch and learning rate, got 0\.1/,
      );
      assert.throws(
        () => callbacks.learningRateScheduler((_, rate) => rate, { verbos: 1 } as never),
        /got 'verbos'; did you mean verbose\?/,
      );
      for (const wrong of [NaN, -1, undefined, '0.1']) {
        const scheduler = callbacks.learningRateScheduler(() => wrong as number);
        await assert.rejects(
          model.fit(x, y, { callbacks: [scheduler], verbose: 0 }),
          /expected a schedule that returns a number of at least 0, got/,
        );
      }
    });

    it('reduceLROnPlateau lowers the rate that training uses when a figure stands still', async () => {
      const rates: number[] = [];
      const script = callbacks.lambdaCallback({
        onEpochBegin: () => void rates.push(model.optimizer.learningRate),
        onEpochEnd: (epoch, logs) => void ((logs as Record<string, number>)['watched'] = [5, 4, 4, 4, 4, 4, 1, 1, 1][epoch]!),
      });
      const plateau = callbacks.reduceLROnPlateau({ monitor: 'watched', factor: 0.5, patience: 2, cooldown: 1, minLr: 0.04 });
      await model.fit(x, y, { epochs: 9, callbacks: [script, plateau], verbose: 0 });
      // still for two epochs: halved; a rest of one epoch; two more: no lower than minLr
      assert.deepEqual(rates, [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.04, 0.04, 0.04]);
    });

    it('reduceLROnPlateau refuses what makes no sense', () => {
      assert.throws(
        () => callbacks.reduceLROnPlateau({ factor: 1 }),
        /reduceLROnPlateau factor: expected a number from 0 to below 1, got 1/,
      );
      assert.throws(() => callbacks.reduceLROnPlateau({ patience: -1 }), /reduceLROnPlateau patience/);
    });
  });

  it('terminateOnNaN stops at a loss that is no number', async () => {
    using wild = regression(1e30);
    const out = await captureOutput(async () => {
      const { epoch, history } = await wild.fit(x, y, { batchSize: 1, epochs: 50, callbacks: [callbacks.terminateOnNaN()], verbose: 0 });
      assert.deepEqual(epoch, [0]);
      assert.ok(!Number.isFinite(history['loss']![0]));
    });
    assert.match(out, /^Batch \d+: Invalid loss, terminating training\n$/);
    const sound = await captureOutput(async () => {
      const { epoch } = await model.fit(x, y, { epochs: 3, callbacks: [callbacks.terminateOnNaN()], verbose: 0 });
      assert.equal(epoch.length, 3);
    });
    assert.equal(sound, '');
  });

  it('what is no callback is refused', async () => {
    await assert.rejects(model.fit(x, y, { callbacks: [{}] as never, verbose: 0 }), /fit callbacks: expected a list of callbacks/);
    await assert.rejects(
      model.fit(x, y, { callbacks: callbacks.earlyStopping() as never, verbose: 0 }),
      /fit callbacks: expected a list of callbacks/,
    );
  });
});
