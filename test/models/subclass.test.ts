/** Models of one's own: a call of their own, steps of their own, losses of their own. */
import assert from 'node:assert/strict';
import {
  ArgumentError,
  Functional,
  input,
  layers,
  metrics,
  Model,
  model,
  ops,
  optimizers,
  sequential,
  type StepData,
  type StepLogs,
  type StepResult,
  tensor,
  type Tensor,
  utils,
  valueAndGrad,
} from '../../lib/index.js';
import { randoms } from '../support/gradcheck.js';

const N = 14;
const quiet = { batchSize: 4, epochs: 3, verbose: 0, shuffle: false } as const;

class Net extends Model {
  private readonly hidden = layers.dense(6, { activation: 'tanh', kernelRegularizer: 'l2' });
  private readonly drop = layers.dropout(0.25, { seed: 3 });
  private readonly last = layers.dense(2);

  override call(x: Tensor): Tensor {
    return this.last.apply(this.drop.apply(this.hidden.apply(x)));
  }
}

/** The step of Keras' guide: the same as the default one, written out. */
class Written extends Net {
  override trainStep({ x, y, sampleWeight }: StepData): StepLogs {
    const weights = this.trainableWeights;
    let yPred!: Tensor;
    const { value, gradients } = valueAndGrad(() => {
      yPred = this.forward(x, true);
      return this.computeLoss({ y, yPred, sampleWeight });
    }, weights);
    this.optimizer.apply(gradients, weights);
    const [loss, ...others] = this.metrics as [metrics.Mean, ...metrics.Metric[]];
    loss.updateWeighted(value, x.shape[0]!);
    for (const metric of others) metric.updateState(y, yPred, sampleWeight as Tensor | undefined);
    return Object.fromEntries(this.metrics.map((metric) => [metric.name, metric.result()]));
  }
}

describe('models of one’s own', () => {
  let x: Tensor;
  let y: Tensor;
  beforeEach(() => {
    x = tensor(Float32Array.from(randoms(N * 3, 1)), [N, 3]);
    y = tensor(Float32Array.from(randoms(N * 2, 2)), [N, 2]);
  });
  afterEach(() => {
    x.dispose();
    y.dispose();
  });

  const compiled = <M extends Model>(net: M, runEagerly = false): M =>
    net.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'], runEagerly });
  const trained = async (make: () => Model, options: object = {}): Promise<Record<string, readonly number[]>> => {
    utils.setRandomSeed(5);
    using net = make();
    const { history } = await net.fit(x, y, { ...quiet, ...options });
    return history;
  };

  it('train as the same layers in a row do', async () => {
    const own = await trained(() => compiled(new Net()));
    const row = await trained(() =>
      compiled(
        sequential([
          layers.dense(6, { activation: 'tanh', kernelRegularizer: 'l2' }),
          layers.dropout(0.25, { seed: 3 }),
          layers.dense(2),
        ]) as unknown as Model,
      ),
    );
    assert.deepEqual(own, row);
    assert.ok(own['loss']!.every((value) => value > 0));
  });

  it('give the same bits captured and op by op', async () => {
    assert.deepEqual(await trained(() => compiled(new Net())), await trained(() => compiled(new Net(), true)));
  });

  it('have the layers that they keep in properties', async () => {
    using net = compiled(new Net());
    assert.equal(net.weights.length, 0);
    await net.fit(x, y, quiet);
    assert.deepEqual(
      net.layers.map((layer) => layer.className),
      ['Dense', 'Dropout', 'Dense'],
    );
    assert.deepEqual(
      net.weights.map((weight) => weight.kerasShape),
      [[3, 6], [6], [6, 2], [2]],
    );
    net.trainable = false;
    assert.equal(net.trainableWeights.length, 0);
  });

  it('predict, are evaluated, and are parts of other models', async () => {
    using net = compiled(new Net());
    await net.fit(x, y, quiet);
    using predicted = (await net.predict(x)) as Tensor;
    const { loss, mae } = await net.evaluate(x, y, { verbose: 0 });
    const whole = await net.fit(x, y, { ...quiet, epochs: 1, validationData: [x, y], batchSize: N });
    assert.ok(whole.history['val_loss']!.length === 1 && loss > 0 && mae! > 0);
    const start = input([3]);
    using outer = model(start, net.apply(start) as never) as unknown as Model;
    using again = (await outer.predict(x)) as Tensor;
    assert.deepEqual(again.shape, predicted.shape);
    using sum = (await net.predict(x)) as Tensor;
    assert.deepEqual(await again.array(), await sum.array());
  });

  it('take whole numbers as such', async () => {
    class Words extends Model {
      private readonly embed = layers.embedding(5, 2);
      private readonly pool = layers.globalAveragePooling1d();
      override call(words: Tensor): Tensor {
        return this.pool.apply(this.embed.apply(words));
      }
    }
    using net = compiled(new Words());
    using words = tensor(
      Int32Array.from({ length: N * 3 }, (_, i) => i % 5),
      [N, 3],
    );
    const { history } = await net.fit(words, y, quiet);
    assert.ok(history['loss']![2]! < history['loss']![0]!);
  });

  it('may write the step out, and get what the default step gives', async () => {
    const [own, standard] = [await trained(() => compiled(new Written())), await trained(() => compiled(new Net()))];
    for (const name of ['loss', 'mae']) {
      own[name]!.forEach((value, i) => assert.ok(Math.abs(value - standard[name]![i]!) < 1e-6 * value, `${name} ${value}`));
    }
    assert.deepEqual(own, await trained(() => compiled(new Written(), true)));
    // Batches that come take the same steps.
    const batches = Array.from({ length: 4 }, (_, i) => [i * 4, Math.min(4, N - i * 4)] as const);
    const streamed = await (async () => {
      utils.setRandomSeed(5);
      using net = compiled(new Written());
      const source = {
        *[Symbol.iterator]() {
          for (const [from, rows] of batches) yield [ops.slice(x, [from, 0], [rows, 3]), ops.slice(y, [from, 0], [rows, 2])] as const;
        },
      };
      return (await net.fit(source as never, { epochs: 3, verbose: 0 })).history;
    })();
    assert.deepEqual(streamed['loss'], own['loss']);
  });

  it('override the step of a functional model', async () => {
    class Frozen extends Functional {
      override trainStep({ x: images, y: labels }: StepData): StepLogs {
        return { loss: this.computeLoss({ y: labels, yPred: this.forward(images, true) }) };
      }
    }
    const start = input([3]);
    using net = new Frozen(start, layers.dense(2).apply(start));
    net.compile({ optimizer: 'sgd', loss: 'mse' });
    const before = await net.getWeights();
    const { history } = await net.fit(x as never, y as never, { ...quiet, epochs: 2 });
    assert.deepEqual(Object.keys(history), ['loss']);
    assert.equal(history['loss']![0], history['loss']![1]);
    assert.deepEqual(await net.getWeights(), before);
  });

  it('override the loss alone, and what predict does', async () => {
    class Own extends Net {
      override computeLoss({ y: wanted, yPred }: StepResult): Tensor {
        return ops.mean(ops.abs(ops.sub(wanted as Tensor, yPred as Tensor)));
      }
      override predictStep(batch: Tensor): Tensor {
        return ops.argmax(this.call(batch), -1);
      }
    }
    utils.setRandomSeed(6);
    using net = new Own();
    net.compile({ optimizer: 'adam', metrics: ['mae'] });
    const { history } = await net.fit(x, y, { ...quiet, batchSize: N });
    assert.ok(Math.abs(history['loss']![0]! - history['mae']![0]!) < 1e-6);
    using classes = (await net.predict(x)) as Tensor;
    assert.deepEqual(classes.shape, [N]);
    assert.equal(classes.dtype, 'int32');
  });

  it('train without labels and with two optimizers, as adversarial networks do', async () => {
    class Adversaries extends Model {
      readonly generator = sequential([2])
        .add(layers.dense(8, { activation: 'relu' }))
        .add(layers.dense(3));
      readonly critic = sequential([3])
        .add(layers.dense(8, { activation: 'relu' }))
        .add(layers.dense(1));
      readonly criticOptimizer = optimizers.adam(0.01);
      readonly criticLoss = metrics.mean({ name: 'critic' });

      override trainStep({ x: real }: StepData): StepLogs {
        const rows = real.shape[0]!;
        const noise = ops.random.normal([rows, 2]);
        const fake = this.generator.call(noise);
        const away = (values: Tensor, label: number): Tensor => ops.mean(ops.square(ops.sub(values, label)));
        const judged = valueAndGrad(
          () => ops.add(away(this.critic.call(real), 1), away(this.critic.call(fake), 0)),
          this.critic.trainableWeights,
        );
        this.criticOptimizer.apply(judged.gradients, this.critic.trainableWeights);
        const forged = valueAndGrad(() => away(this.critic.call(this.generator.call(noise)), 1), this.generator.trainableWeights);
        this.optimizer.apply(forged.gradients, this.generator.trainableWeights);
        this.criticLoss.updateState(judged.value);
        return { critic: this.criticLoss.result(), generator: forged.value };
      }
    }
    const run = async (runEagerly: boolean): Promise<Record<string, readonly number[]>> => {
      utils.setRandomSeed(8);
      using net = new Adversaries();
      net.compile({ optimizer: optimizers.adam(0.001), runEagerly });
      const { history } = await net.fit(x, undefined as never, { ...quiet, epochs: 20 });
      return history;
    };
    const history = await run(false);
    assert.deepEqual(Object.keys(history), ['critic', 'generator']);
    assert.ok(history['critic']![19]! < history['critic']![0]!, String(history['critic']));
    assert.deepEqual(history, await run(true));
  });

  it('reset the metrics that they keep at every epoch', async () => {
    class Counting extends Net {
      readonly rows = metrics.sum({ name: 'rows' });
      override testStep(data: StepData): StepLogs {
        this.rows.updateState(ops.ones([data.x.shape[0]!]));
        return { ...super.testStep(data), rows: this.rows.result() };
      }
    }
    using net = compiled(new Counting());
    const { history } = await net.fit(x, y, { ...quiet, validationData: [x, y] });
    assert.deepEqual(history['val_rows'], [N, N, N]);
    assert.deepEqual(Object.keys(history).slice(-3), ['val_loss', 'val_mae', 'val_rows']);
  });

  it('show the figures that layers tell', async () => {
    class Zeros extends Net {
      override call(batch: Tensor): Tensor {
        const result = super.call(ops.relu(batch));
        this.addMetric(ops.mean(ops.cast(ops.greater(batch, 0), 'float32')), 'positive');
        return result;
      }
    }
    using net = compiled(new Zeros());
    const { history } = await net.fit(x, y, { ...quiet, batchSize: N, validationData: [x, y] });
    const share = (await x.data()).filter((value) => value > 0).length / (N * 3);
    for (const name of ['positive', 'val_positive']) {
      for (const value of history[name]!) assert.ok(Math.abs(value - share) < 1e-6, `${name} ${value}`);
    }
    assert.throws(() => net.addMetric(x, 'late'), {
      message: 'zeros.addMetric: expected a call of the layer, got none; use it inside call()',
    });
  });

  it('refuse figures that are none, and models that cannot be called', async () => {
    class Nothing extends Net {
      override trainStep(): StepLogs {
        return {};
      }
    }
    await assert.rejects(compiled(new Nothing()).fit(x, y, quiet), {
      name: 'ArgumentError',
      message: 'trainStep: expected figures by name, got none; return the loss, for example { loss }',
    });
    class Wrong extends Net {
      override trainStep(): StepLogs {
        return { loss: 3 as unknown as Tensor };
      }
    }
    await assert.rejects(compiled(new Wrong()).fit(x, y, quiet), ArgumentError);
    class Empty extends Model {}
    await assert.rejects(compiled(new Empty()).fit(x, y, quiet), {
      message: 'fit: expected a model with call(), or with a step of its own, got one without; override call, or trainStep and testStep',
    });
    await assert.rejects(new Empty().predict(x), ArgumentError);
  });
});

describe('a model without an input shape', () => {
  it('gets the slots of its optimizer with its weights', async () => {
    using x = tensor([
      [1, 2],
      [3, 4],
    ]);
    using net = sequential([layers.dense(3), layers.dense(2)]);
    net.compile({ optimizer: optimizers.adam(0.01), loss: 'mse' });
    const { history } = await net.fit(x, x, { epochs: 3, verbose: 0 });
    assert.ok(history['loss']![2]! < history['loss']![0]!);
    assert.equal(net.optimizerVariables.length, 8);
  });
});
