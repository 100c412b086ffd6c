/**
 * Models as users write them, with everything that `compile` and `fit` take, beside the figures that Keras gave for the same
 * (keras/figures.py): weights of samples and classes, several outputs, frozen layers, layers, steps, losses and metrics of one's own.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  initializers,
  input,
  layers,
  losses,
  metrics,
  model as functional,
  Model,
  ops,
  optimizers,
  schedules,
  sequential,
  type StepData,
  type StepLogs,
  type StepResult,
  type Tensor,
  tensor,
  utils,
  valueAndGrad,
} from '../../lib/index.js';
import type { Layer } from '../../lib/index.js';
import type { Shapes } from '../../lib/layers/symbolic.js';
import type { Weight } from '../../lib/layers/weight.js';

type Found = number | readonly Found[] | { readonly [name: string]: Found };

const wanted = JSON.parse(readFileSync(path.join(__dirname, 'keras/figures.json'), 'utf8')) as Record<string, Found>;

function values(count: number, fn: (i: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => fn(i));
}

const x = tensor(
  values(48, (i) => Math.sin(i * 0.7)),
  [12, 4],
);
const x2 = tensor(
  values(36, (i) => Math.cos(i * 0.3)),
  [12, 3],
);
const y = tensor(
  values(24, (i) => Math.sin(i * 1.3) * 0.5),
  [12, 2],
);
const classes = tensor(Int32Array.from({ length: 12 }, (_, i) => i % 3));
const weights = tensor(values(12, (i) => 0.5 + (i % 4) * 0.3));
const classWeight = { 0: 1, 1: 2, 2: 0.5 };

/** The weights that keras/figures.py begins with. */
function begin<M extends Model>(net: M): M {
  let at = 0;
  net.setWeights(
    net.weights.map(({ kerasShape, size }) => {
      const from = at;
      at += size;
      const made = values(size, (i) => {
        const wave = Math.sin((i + from) * 0.9);
        return kerasShape.length === 1 ? Math.abs(wave) * 0.3 + 0.1 : wave * 0.3;
      });
      return tensor(made, [...kerasShape]);
    }),
  );
  return net;
}

function chain(...some: Layer[]): Model {
  return begin(sequential([4] as readonly number[], some) as Model);
}

async function fit(net: Model, data: unknown, labels: unknown, options: object): Promise<Record<string, readonly number[]>> {
  const { history } = await net.fit(data as never, labels as never, { shuffle: false, verbose: 0, ...options });
  return history;
}

class Scale extends layers.Layer {
  private factor!: Weight;

  override build(inputShape: Shapes): void {
    const initializer = initializers.get('ones');
    this.factor = this.addWeight({ name: 'factor', shape: [inputShape.at(-1) as number], initializer });
    super.build(inputShape);
  }

  override call(given: Tensor): Tensor {
    this.addLoss(ops.multiply(ops.mean(ops.square(given)), 0.01));
    return ops.multiply(given, this.factor);
  }
}

class OwnStep extends Model {
  private readonly hidden = layers.dense(6, { activation: 'tanh' });
  private readonly last = layers.dense(2);
  private readonly mine = new metrics.Mean({ name: 'mine' });

  override call(given: Tensor): Tensor {
    return this.last.apply(this.hidden.apply(given) as never);
  }

  override trainStep(data: StepData): StepLogs {
    const own = this.trainableWeights;
    const { value, gradients } = valueAndGrad(() => ops.mean(ops.square(ops.sub(data.y, this.forward(data.x, true) as Tensor))), own);
    this.optimizer.applyGradients(gradients.map((gradient, i) => [gradient, own[i]!] as const));
    this.mine.updateState(value);
    return { mine: this.mine.result() };
  }
}

class Power extends losses.Loss {
  readonly className = 'Power';

  protected call(yTrue: Tensor, yPred: Tensor): Tensor {
    return ops.mean(ops.power(ops.abs(ops.sub(yTrue, yPred)), 1.5), -1);
  }
}

class Worst extends metrics.Metric {
  readonly className = 'Worst';
  private readonly total = this.addVariable('total');
  private readonly count = this.addVariable('count');

  constructor() {
    super('worst');
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const worst: Tensor = ops.max(ops.abs(ops.sub(yTrue, yPred)), -1);
    const counted: Tensor = sampleWeight ?? ops.onesLike(worst);
    this.total.assignAdd(ops.sum(ops.mul(worst, counted)));
    this.count.assignAdd(ops.sum(counted));
  }

  result(): Tensor {
    return ops.div(this.total, this.count);
  }
}

class Penalised extends Model {
  private readonly wide = layers.dense(4);

  override call(given: Tensor): Tensor {
    return this.wide.apply(given as never);
  }

  override computeLoss({ y: labels, yPred }: StepResult): Tensor {
    const given = yPred as Tensor;
    const distance = ops.sub(labels as Tensor, ops.slice(given, [0, 0], [given.shape[0]!, 2]));
    return ops.add(ops.mean(ops.abs(distance)), ops.mul(ops.mean(ops.square(given)), 0.1));
  }
}

class Numbered extends utils.PyDataset<[Tensor, Tensor]> {
  passes = 0;

  get length(): number {
    return 3;
  }

  getItem(index: number): [Tensor, Tensor] {
    return [ops.slice(x, [index * 4, 0], [4, 4]), ops.slice(y, [index * 4, 0], [4, 2])];
  }

  override onEpochEnd(): void {
    this.passes++;
  }
}

async function firstTwo(net: Model): Promise<number[]> {
  return [...(await ((await net.predictOnBatch(ops.slice(x, [0, 0], [2, 4]))) as Tensor).data())];
}

const cases: Record<string, () => Promise<Found>> = {
  async sample_weights() {
    const net = chain(layers.dense(5, { activation: 'tanh', kernelRegularizer: 'l2' }), layers.dense(2));
    net.compile({ optimizer: optimizers.sgd(0.1), loss: 'mse', metrics: ['mae'], weightedMetrics: ['mse'] });
    const history = await fit(net, x, y, { batchSize: 5, epochs: 3, sampleWeight: weights, validationSplit: 0.25 });
    return [history, await net.evaluate(x, y, { batchSize: 5, verbose: 0, sampleWeight: weights })];
  },
  class_weights() {
    const net = chain(layers.dense(3, { activation: 'softmax' }));
    const loss = 'sparseCategoricalCrossentropy';
    net.compile({ optimizer: optimizers.adam(0.05), loss, metrics: ['accuracy'], weightedMetrics: ['accuracy'] });
    return fit(net, x, classes, { batchSize: 4, epochs: 2, classWeight });
  },
  async batches() {
    const net = chain(layers.dense(3, { activation: 'softmax' }));
    net.compile({ optimizer: optimizers.sgd(0.1), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    return [
      await net.trainOnBatch(x, classes, null, { classWeight }),
      await net.trainOnBatch(x, classes, weights),
      await net.testOnBatch(x, classes),
      await firstTwo(net),
    ];
  },
  async several_outputs() {
    const [a, b] = [input([4], { name: 'a' }), input([3], { name: 'b' })];
    const shared = layers.dense(4, { activation: 'tanh', name: 'shared' });
    const h = layers.concatenate().apply([shared.apply(a), shared.apply(layers.dense(4, { name: 'wide' }).apply(b))]);
    const size = layers.dense(2, { name: 'size' }).apply(h);
    const kind = layers.dense(3, { activation: 'softmax', name: 'kind' }).apply(h);
    const net = begin(functional([a, b], [size, kind]) as unknown as Model);
    net.compile({
      optimizer: optimizers.sgd(0.05),
      loss: { size: 'mse', kind: 'sparseCategoricalCrossentropy' },
      lossWeights: { size: 0.3, kind: 2 },
      metrics: { size: ['mae'], kind: ['accuracy'] },
    });
    const history = await fit(net, [x, x2], [y, classes], { batchSize: 5, epochs: 2, sampleWeight: [weights, weights] });
    return [history, await net.evaluate([x, x2], [y, classes], { batchSize: 5, verbose: 0 }), net.countParams()];
  },
  async frozen() {
    const hidden = layers.dense(5, { activation: 'relu' });
    hidden.trainable = false;
    const net = chain(hidden, layers.batchNormalization(), layers.dense(2));
    const counts = [net.trainableVariables.length, net.nonTrainableVariables.length];
    net.compile({ optimizer: optimizers.rmsprop(0.01), loss: 'mae' });
    const first = await fit(net, x, y, { batchSize: 4, epochs: 2 });
    net.layers[1]!.trainable = false;
    net.compile({ optimizer: optimizers.rmsprop(0.01), loss: 'mae' });
    return [counts, first, await fit(net, x, y, { batchSize: 4, epochs: 2 }), net.trainableWeights.length];
  },
  own_layer() {
    const net = chain(layers.dense(5, { activation: 'tanh', activityRegularizer: 'l1' }), new Scale(), layers.dense(2));
    net.compile({ optimizer: optimizers.sgd(0.1), loss: 'mse' });
    return fit(net, x, y, { batchSize: 5, epochs: 2 });
  },
  async own_step() {
    const run = async (runEagerly: boolean): Promise<Record<string, readonly number[]>> => {
      const net = new OwnStep();
      net.build([null, 4]);
      begin(net);
      net.compile({ optimizer: optimizers.adam(0.01), runEagerly });
      assert.equal(net.runEagerly, runEagerly);
      return fit(net, x, y, { batchSize: 4, epochs: 3 });
    };
    const captured = await run(false);
    assert.deepEqual(await run(true), captured, 'captured and op by op');
    return captured;
  },
  async several_steps() {
    const run = async (stepsPerExecution: number): Promise<Found> => {
      const net = chain(layers.dense(5, { activation: 'gelu' }), layers.dense(2));
      const learningRate = schedules.cosineDecay({ initialLearningRate: 0.05, decaySteps: 8 });
      const options = { learningRate, weightDecay: 0.01, clipnorm: 0.5, useEma: true, emaMomentum: 0.9 };
      net.compile({ optimizer: optimizers.adamW(options), loss: 'huber', stepsPerExecution });
      return [await fit(net, x, y, { batchSize: 4, epochs: 3 }), await firstTwo(net)];
    };
    const two = await run(2);
    for (const steps of [1, 3, 5]) assert.deepEqual(await run(steps), two, `${steps} steps a call`);
    return two;
  },
  async own_loss_and_metrics() {
    const distance = (yTrue: Tensor, yPred: Tensor): Tensor => ops.mean(ops.abs(ops.sub(yTrue, yPred)), -1);
    const net = chain(layers.dense(2));
    net.compile({ optimizer: optimizers.sgd(0.1), loss: new Power(), metrics: [new Worst(), distance], weightedMetrics: [new Worst()] });
    const first = await fit(net, x, y, { batchSize: 5, epochs: 2, sampleWeight: weights });
    const other = chain(layers.dense(2));
    other.compile({ optimizer: 'sgd', loss: (yTrue: Tensor, yPred: Tensor) => ops.mean(ops.square(ops.sub(yTrue, yPred)), -1) });
    return [first, await fit(other, x, y, { batchSize: 5, epochs: 2 })];
  },
  own_loss_of_a_model() {
    const net = new Penalised();
    net.build([null, 4]);
    begin(net);
    net.compile({ optimizer: optimizers.sgd(0.1) });
    return fit(net, x, y, { batchSize: 4, epochs: 2 });
  },
  async data_by_number() {
    const net = chain(layers.dense(2));
    net.compile({ optimizer: 'sgd', loss: 'mse' });
    const data = new Numbered();
    const { history } = await net.fit(data as never, { epochs: 2, verbose: 0 });
    const figures = await net.evaluate(data as never, { verbose: 0 });
    assert.equal(data.passes, 3);
    return [history, figures];
  },
  async gathered_gradients() {
    const net = chain(layers.dense(2));
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.05, gradientAccumulationSteps: 2 }), loss: 'mse' });
    return [await fit(net, x, y, { batchSize: 4, epochs: 4 }), net.optimizer.iterations];
  },
};

function near(place: string, got: Found, want: Found): void {
  if (typeof want === 'number') {
    assert.equal(typeof got, 'number', place);
    assert.ok(Math.abs((got as number) - want) <= 2e-5 * Math.max(1, Math.abs(want)), `${place}: expected ${want}, got ${got as number}`);
    return;
  }
  assert.deepEqual(Object.keys(got).sort(), Object.keys(want).sort(), place);
  for (const key of Object.keys(want)) near(`${place}.${key}`, (got as Record<string, Found>)[key]!, (want as Record<string, Found>)[key]!);
}

describe('figures of training', () => {
  it('are compared for every case of Keras', () => assert.deepEqual(Object.keys(cases), Object.keys(wanted)));
  for (const [name, run] of Object.entries(cases)) {
    it(name.replaceAll('_', ' '), async () => near(name, await run(), wanted[name]!));
  }
});
