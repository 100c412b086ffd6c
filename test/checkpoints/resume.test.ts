/** Training that goes on from a checkpoint gives what an unbroken one gives. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromText, toText } from '../../lib/checkpoints/json.js';
import { callbacks, data, layers, type Model, optimizers, preprocessing, sequential, type Tensor, utils } from '../../lib/index.js';
import { problems } from '../support/models.js';
import { killAgainAndAgain } from '../support/kills.js';

class Interrupted extends Error {}

/** Waits for a checkpoint: the disk may be slower than a small network. */
async function written(directory: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (existsSync(directory) && readdirSync(directory).some((name) => name.endsWith('.safetensors'))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`no checkpoint in ${directory}`);
}

/** Ends a training by an error after so many batches, as a crash would, or after an epoch. */
function crash(directory: string, { step = Infinity, epoch = Infinity }: { step?: number; epoch?: number }): callbacks.Callback {
  let steps = 0;
  const end = async (): Promise<void> => {
    await written(directory);
    throw new Interrupted();
  };
  const hooks: callbacks.LambdaHooks = { onEpochEnd: (at) => (at === epoch ? end() : undefined) };
  if (step < Infinity) hooks.onTrainBatchEnd = () => (++steps === step ? end() : undefined);
  return callbacks.lambdaCallback(hooks);
}

async function weightsOf(model: Model): Promise<number[]> {
  return (await model.getWeights()).flatMap((weight) => Array.from(weight.data));
}

interface Outcome {
  weights: number[];
  history: Record<string, number[]>;
}

describe('fit({ checkpoint })', () => {
  let folder: string;
  let directory: string;
  let warnings: string[];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-checkpoints-'));
    directory = path.join(folder, 'run');
    warnings = [];
    process.on('warning', onWarning);
  });
  afterEach(() => {
    process.removeListener('warning', onWarning);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Trains a new model of `make`; undefined where it crashed. */
  async function train(
    make: () => Model,
    fit: (model: Model) => Promise<{ history: Record<string, number[]> }>,
  ): Promise<Outcome | undefined> {
    const model = make();
    try {
      const { history } = await fit(model);
      return { weights: await weightsOf(model), history };
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      return undefined;
    } finally {
      model.dispose();
    }
  }

  for (const [name, problem] of Object.entries(problems)) {
    it(`goes on bit by bit where it crashed: ${name}`, async () => {
      const [x, y] = [problem.x(), problem.y()];
      const once = (seed: number, extra: object = {}): Promise<Outcome | undefined> =>
        train(
          () => {
            utils.setRandomSeed(seed);
            return problem.make().compile({ optimizer: 'adam', loss: problem.loss, metrics: [problem.loss] });
          },
          (model) => model.fit(x, y, { epochs: 4, batchSize: 3, validationSplit: 0.2, verbose: 0, ...extra } as object),
        );
      const unbroken = await once(1);
      const checkpoint = { directory, everySteps: 4 };
      assert.equal(await once(1, { checkpoint, callbacks: [crash(directory, { step: 18 })] }), undefined);
      assert.equal(await once(2, { checkpoint, callbacks: [crash(directory, { epoch: 2 })] }), undefined);
      assert.deepEqual(await once(3, { checkpoint }), unbroken);
      // All is done: the same call gives the same once more, and trains nothing.
      assert.deepEqual(await once(4, { checkpoint, callbacks: [crash(directory, { step: 1 })] }), unbroken);
      for (const one of [x, y]) one.dispose();
    });
  }

  const regression = problems['regression']!;
  function make(seed = 1, optimizer: unknown = 'adam'): Model {
    utils.setRandomSeed(seed);
    return regression.make().compile({ optimizer: optimizer as 'adam', loss: 'meanSquaredError' });
  }

  it('keeps the learning rate, moving averages, and what callbacks remember', async () => {
    const [x, y] = [regression.x(), regression.y()];
    const log = path.join(folder, 'log.csv');
    const once = (seed: number, extra: object = {}, more: callbacks.Callback[] = []): Promise<Outcome | undefined> =>
      train(
        () => make(seed, optimizers.adam({ learningRate: 0.05, useEma: true, gradientAccumulationSteps: 2 })),
        (model) =>
          model.fit(x, y, {
            epochs: 9,
            batchSize: 8,
            validationSplit: 0.2,
            verbose: 0,
            callbacks: [
              callbacks.learningRateScheduler((_, rate) => rate * 0.95),
              callbacks.reduceLROnPlateau({ patience: 1, factor: 0.7, minDelta: 0.01 }),
              callbacks.earlyStopping({ patience: 2, minDelta: 0.002, restoreBestWeights: true }),
              callbacks.swapEMAWeights({ swapOnEpoch: true }),
              callbacks.csvLogger(log),
              ...more,
            ],
            ...extra,
          } as object),
      );
    const unbroken = await once(1);
    const lines = readFileSync(log, 'utf8');
    const checkpoint = { directory, everySteps: 3, everyEpochs: 1 };
    assert.equal(await once(1, { checkpoint }, [crash(directory, { epoch: 1 })]), undefined);
    assert.equal(await once(2, { checkpoint }, [crash(directory, { step: 7 })]), undefined);
    assert.deepEqual(await once(3, { checkpoint }), unbroken);
    assert.equal(readFileSync(log, 'utf8'), lines);
    for (const one of [x, y]) one.dispose();
  });

  it('goes on in data that come in batches: pipelines and generators', async () => {
    const rows = Array.from({ length: 30 }, (_, i): [number[], number[]] => [[Math.sin(i), Math.cos(i)], [Math.sin(2 * i)]]);
    async function* endless(): AsyncGenerator<[number[][], number[][]]> {
      for (let i = 0; ; i++) {
        await Promise.resolve();
        yield [[[Math.sin(i), 1]], [[Math.cos(i)]]];
      }
    }
    const sources: Record<string, { source: () => unknown; stepsPerEpoch?: number }> = {
      shuffled: {
        source: () =>
          data
            .fromArray(rows)
            .shuffle(30)
            .map(([x, y], { random }) => [[x[0]! + random(), x[1]!], y])
            .batch(4),
      },
      repeated: { source: () => data.fromArray(rows).shuffle(7).batch(4).repeat(), stepsPerEpoch: 5 },
      augmented: {
        source: () => {
          const images = Float32Array.from({ length: 10 * 12 }, (_, i) => Math.sin(i));
          const labels = Float32Array.from({ length: 10 }, (_, i) => Math.cos(i));
          return preprocessing
            .imageDataGenerator({ horizontalFlip: true, rotationRange: 40 })
            .flow({ data: images, shape: [10, 2, 2, 3] }, { data: labels, shape: [10, 1] }, { batchSize: 3, workers: 2 });
        },
      },
      known: { source: () => data.fromArray(rows).shuffle(30).batch(4), stepsPerEpoch: 5 },
      generator: { source: endless, stepsPerEpoch: 6 },
    };
    for (const [name, { source, stepsPerEpoch }] of Object.entries(sources)) {
      const once = (seed: number, extra: object = {}): Promise<Outcome | undefined> =>
        train(
          () => {
            // Built by its first batch.
            const model = sequential()
              .add(layers.flatten())
              .add(layers.dense(4, { activation: 'tanh' }))
              .add(layers.dropout(0.2))
              .add(layers.dense(1)) as unknown as Model;
            return model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
          },
          (model) => {
            utils.setRandomSeed(seed);
            const batches = source() as never;
            return model.fit(batches, { epochs: 4, verbose: 0, ...(stepsPerEpoch && { stepsPerEpoch }), ...extra } as never);
          },
        );
      const unbroken = await once(1);
      directory = path.join(folder, name);
      const checkpoint = { directory, everySteps: 3, everyEpochs: 1 };
      assert.equal(await once(1, { checkpoint, callbacks: [crash(directory, { step: 10 })] }), undefined);
      assert.equal(await once(2, { checkpoint, callbacks: [crash(directory, { epoch: 2 })] }), undefined);
      assert.deepEqual(await once(3, { checkpoint }), unbroken, name);
    }
  });

  it('Ctrl+C leaves a checkpoint of the batch that was done', async () => {
    const [x, y] = [regression.x(), regression.y()];
    const once = (seed: number, extra: object = {}): Promise<Outcome | undefined> =>
      train(
        () => make(seed),
        (model) => model.fit(x, y, { epochs: 3, batchSize: 4, validationSplit: 0.2, verbose: 0, ...extra } as object),
      );
    const unbroken = await once(1);
    const checkpoint = { directory, everyEpochs: 10 };
    const stderr = process.stderr.write.bind(process.stderr);
    process.stderr.write = () => true;
    let steps = 0;
    const press = callbacks.lambdaCallback({ onTrainBatchEnd: () => void (++steps === 11 && process.emit('SIGINT')) });
    try {
      await once(1, { checkpoint, callbacks: [press] });
    } finally {
      process.stderr.write = stderr;
    }
    assert.deepEqual(readdirSync(directory), ['checkpoint-000000011.safetensors']);
    assert.deepEqual(await once(2, { checkpoint }), unbroken);
    for (const one of [x, y]) one.dispose();
  });

  const EPOCHS = 60;

  /** Checkpoints of a training that crashed when there were so many. */
  async function crashed(x: Tensor, y: Tensor, keep = 2): Promise<string[]> {
    const names = (): string[] => readdirSync(directory).filter((name) => name.endsWith('.safetensors'));
    const full = callbacks.lambdaCallback({
      onEpochEnd: async (epoch) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (epoch >= keep && names().length >= keep) throw new Interrupted();
      },
    });
    const checkpoint = { directory, everyEpochs: 1, keep };
    const outcome = await train(
      () => make(),
      (model) => model.fit(x, y, { epochs: EPOCHS, batchSize: 8, verbose: 0, checkpoint, callbacks: [full] }),
    );
    assert.equal(outcome, undefined);
    return names().sort();
  }

  it('a damaged newest checkpoint is told of, and the one before it used', async () => {
    const [x, y] = [regression.x(), regression.y()];
    const fit = (model: Model, extra: object = {}) => model.fit(x, y, { epochs: EPOCHS, batchSize: 8, verbose: 0, ...extra } as object);
    const unbroken = await train(() => make(), fit);
    const again = (): Promise<Outcome | undefined> =>
      train(
        () => make(9),
        (model) => fit(model, { checkpoint: { directory, everyEpochs: 100 } }),
      );
    for (const damage of ['flipped', 'cut', 'empty']) {
      const [before, name] = (await crashed(x, y)) as [string, string];
      const newest = path.join(directory, name);
      const bytes = readFileSync(newest);
      if (damage === 'flipped') {
        bytes[bytes.length - 100]! ^= 4;
        writeFileSync(newest, bytes);
      } else truncateSync(newest, damage === 'cut' ? bytes.length - 1 : 0);
      warnings = [];
      assert.deepEqual(await again(), unbroken, damage);
      await new Promise(setImmediate);
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]!.includes(newest) && warnings[0]!.endsWith(`the one before it is used, ${path.join(directory, before)}`));
      assert.ok(existsSync(`${newest}.damaged`));
      rmSync(directory, { recursive: true });
    }
    for (const one of [x, y]) one.dispose();
  });

  it('keeps as many as are wanted, and removes what a killed process left half written', async () => {
    const [x, y] = [regression.x(), regression.y()];
    mkdirSync(directory);
    writeFileSync(path.join(directory, 'checkpoint-000000099.safetensors.1-ab.part'), 'half');
    writeFileSync(path.join(directory, 'notes.txt'), 'mine');
    assert.equal((await crashed(x, y, 1)).length, 1);
    assert.equal(readdirSync(directory).length, 2);
    for (const one of [x, y]) one.dispose();
  });

  it('another model or other options are an error that says what differs', async () => {
    const [x, y] = [regression.x(), regression.y()];
    await crashed(x, y);
    const base = { epochs: 5, batchSize: 8, verbose: 0, checkpoint: directory };
    const refused = async (build: () => Model, options: object, message: RegExp): Promise<void> => {
      const model = build();
      const before = await weightsOf(model);
      await assert.rejects(model.fit(x, y, { ...base, ...options } as object), { name: 'ArgumentError', message });
      assert.deepEqual(await weightsOf(model), before);
      model.dispose();
    };
    await refused(() => make(), { batchSize: 4 }, /fit checkpoint: expected batchSize: 8, as in .*\.safetensors, got 4; /);
    await refused(() => make(), { validationSplit: 0.5 }, /expected x: float32 \[40, 5\], as in .*, got float32 \[20, 5\]/);
    await refused(() => make(1, 'sgd'), {}, /expected optimizer: Adam, as in .*, got SGD/);
    await refused(() => make(1, optimizers.adam({ amsgrad: true })), {}, /expected optimizer\/2.*: .*, as in .*, got /);
    const wider = (): Model => {
      const model = sequential([5])
        .add(layers.dense(9, { activation: 'tanh' }))
        .add(layers.dense(2)) as Model;
      return model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    };
    await refused(wider, {}, /expected layer 0: Dense .*"units":8.*, as in .*, got Dense .*"units":9/);
    for (const one of [x, y]) one.dispose();
  });

  it('a folder that cannot be made is an error before anything is trained', async () => {
    const [x, y] = [regression.x(), regression.y()];
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const model = make();
    await assert.rejects(model.fit(x, y, { verbose: 0, checkpoint: path.join(file, 'run') }), {
      name: 'DataError',
      message: /^fit checkpoint: expected a folder .* that can be written to, got ENOTDIR/,
    });
    assert.equal(model.optimizer.iterations, 0);
    for (const one of [x, y, model]) one.dispose();
  });

  it('a checkpoint that cannot be written is one warning, and training goes on', async () => {
    const [x, y] = [regression.x(), regression.y()];
    const gone = callbacks.lambdaCallback({
      onEpochBegin: async (epoch) => {
        if (epoch !== 2) return;
        await written(directory);
        rmSync(directory, { recursive: true });
        writeFileSync(directory, 'in the way');
      },
    });
    const outcome = await train(
      () => make(),
      (model) => model.fit(x, y, { epochs: 6, batchSize: 8, verbose: 0, checkpoint: directory, callbacks: [gone] }),
    );
    assert.equal(outcome!.history['loss']!.length, 6);
    await new Promise(setImmediate);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^fit checkpoint: no checkpoint of step \d+: .*; training goes on/);
    for (const one of [x, y]) one.dispose();
  });

  it('survives SIGKILL at any instant', async function () {
    this.timeout(180000);
    const counts = await killAgainAndAgain({ kills: 5, folder, epochs: 5, data: 'digits', seed: 3, within: 600 });
    assert.deepEqual({ kills: counts.kills, different: counts.different, failed: counts.failed }, { kills: 5, different: 0, failed: [] });
  });
});

describe('callbacks.backupAndRestore', () => {
  it('goes on where training was interrupted, and removes its backups at the end', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'node-cudnn-backup-'));
    const [x, y] = [problems['regression']!.x(), problems['regression']!.y()];
    const directory = path.join(folder, 'backup');
    const once = async (seed: number, given: callbacks.Callback[]): Promise<Outcome> => {
      utils.setRandomSeed(seed);
      const model = problems['regression']!.make().compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      try {
        const { history } = await model.fit(x, y, { epochs: 4, batchSize: 4, verbose: 0, callbacks: given });
        return { weights: await weightsOf(model), history };
      } finally {
        model.dispose();
      }
    };
    const unbroken = await once(1, []);
    for (const options of [{}, { saveFreq: 3, doubleCheckpoint: true }, { deleteCheckpoint: false }]) {
      await assert.rejects(once(1, [callbacks.backupAndRestore(directory, options), crash(directory, { epoch: 2 })]), Interrupted);
      assert.ok(readdirSync(directory).length <= ('doubleCheckpoint' in options ? 2 : 1));
      assert.deepEqual(await once(2, [callbacks.backupAndRestore(directory, options)]), unbroken);
      assert.equal(existsSync(directory), 'deleteCheckpoint' in options);
    }
    await assert.rejects(once(1, [callbacks.backupAndRestore('a'), callbacks.backupAndRestore('b')]), /expected one set of checkpoints/);
    for (const one of [x, y]) one.dispose();
    rmSync(folder, { recursive: true });
  });
});

it('a state of NaN and infinities comes back from JSON', () => {
  const state = { a: [NaN, Infinity, -Infinity, -0, 1.5], b: null, c: 'text' };
  assert.deepEqual(fromText(toText(state)), state);
});
