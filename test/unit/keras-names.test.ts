/** What Keras' users reach for beside layers: registries by `get`, configs there and back, variables changed in place, small callbacks. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  activations,
  callbacks,
  config,
  constraints,
  initializers,
  layers,
  losses,
  metrics,
  model as functional,
  input,
  ops,
  optimizers,
  regularizers,
  schedules,
  sequential,
  tensor,
  utils,
  variable,
} from '../../lib/index.js';
import { numbers } from '../support/close.js';

describe('get, serialize and fromConfig', () => {
  it('give back what they were given', () => {
    const made = [
      [initializers.get('heNormal'), initializers],
      [regularizers.get('l2'), regularizers],
      [constraints.get('nonNeg'), constraints],
      [losses.get('huber'), losses],
      [metrics.get('auc'), metrics],
      [optimizers.get('adam'), optimizers],
    ] as const;
    for (const [object, { deserialize, serialize }] of made) {
      const written = serialize(object);
      const again = (deserialize as (written: object) => { className: string; getConfig(): object })(written);
      assert.equal(again.className, object.className);
      assert.deepEqual(again.getConfig(), object.getConfig());
    }
    assert.equal(
      activations
        .deserialize(activations.serialize('relu') as 'relu')(tensor([-1]))
        .dataSync()[0],
      0,
    );
    assert.throws(() => initializers.get('heNormall' as never), /initializers.get: expected an initializer .*did you mean 'heNormal'/);
  });

  it('work from the classes', () => {
    const dense = layers.dense(3, { activation: 'relu', name: 'hidden' }) as layers.Layer;
    assert.deepEqual(layers.Dense.fromConfig(dense.getConfig()).getConfig(), dense.getConfig());
    const sgd = optimizers.sgd({ momentum: 0.9 });
    assert.deepEqual(optimizers.SGD.fromConfig(sgd.getConfig()).getConfig(), sgd.getConfig());
    assert.deepEqual(losses.Huber.fromConfig({ delta: 2 }).getConfig()['delta'], 2);
    assert.equal(metrics.Precision.fromConfig({ name: 'exact' }).name, 'exact');
  });

  it('clone an initializer with its seed', () => {
    const one = initializers.randomNormal({ seed: 7 });
    assert.deepEqual(numbers(one.clone().call([3], 'float32')), numbers(one.call([3], 'float32')));
  });

  it('keep the name of a schedule', () => {
    const made = schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5, name: 'slow' });
    assert.deepEqual(made.getConfig(), { initialLearningRate: 1, decaySteps: 2, decayRate: 0.5, staircase: false, name: 'slow' });
    assert.throws(() => schedules.exponentialDecay({ name: 3 } as never), /exponentialDecay name: expected a text, got 3/);
  });
});

describe('variables', () => {
  it('are added to and taken from in place, by tensors and by numbers', () => {
    const v = variable([1, 2]);
    assert.deepEqual(numbers(v.assignAdd([10, 20])), [11, 22]);
    assert.deepEqual(numbers(v.assignSub(tensor([1, 2]))), [10, 20]);
    assert.deepEqual(numbers(v.assignAdd(1)), [11, 21]);
    assert.throws(() => v.assignAdd([1, 2, 3]), /expected \[2\], got \[3\]/);
    assert.throws(() => v.assignSub(tensor(Int32Array.of(1, 2))), /expected float32, got int32/);
    assert.deepEqual(numbers(v), [11, 21]);
  });

  it('are changed by pairs of gradient and variable', () => {
    const v = variable([1, 2]);
    optimizers.sgd(0.5).applyGradients([[tensor([2, 4]), v]]);
    assert.deepEqual(numbers(v), [0, 0]);
  });
});

describe('metrics', () => {
  it('sparseTopKCategoricalAccuracy takes class numbers in their order', () => {
    const metric = metrics.sparseTopKCategoricalAccuracy({ k: 2, fromSortedIds: true });
    metric.updateState(
      tensor([3, 1]),
      tensor([
        [2, 3, 0],
        [0, 2, 1],
      ]),
    );
    assert.deepEqual(numbers(metric.result()), [0.5]);
  });

  it('sparseCategoricalCrossentropy counts an ignored class as 0', () => {
    const metric = metrics.sparseCategoricalCrossentropy({ ignoreClass: 1 });
    metric.updateState(
      tensor([0, 1]),
      tensor([
        [0.5, 0.5],
        [0.5, 0.5],
      ]),
    );
    assert.ok(Math.abs(numbers(metric.result())[0]! - Math.LN2 / 2) < 1e-6);
  });
});

describe('callbacks', () => {
  const x = tensor([[1], [2]]);

  it('terminateOnNaN ends the training with an error where it is told to', async () => {
    const net = sequential([1]).add(layers.dense(1));
    net.compile({ optimizer: optimizers.sgd(1e38), loss: 'mse' });
    const raise = callbacks.terminateOnNaN({ raiseError: true });
    await assert.rejects(
      net.fit(x, x, { epochs: 20, verbose: 0, callbacks: [raise] }),
      /terminateOnNaN: expected a loss that is a finite number/,
    );
  });

  it('remoteMonitor posts the figures of every epoch, as a form and as JSON', async () => {
    const bodies: [string, string][] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        bodies.push([request.url!, body]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const net = sequential([1]).add(layers.dense(1, { kernelInitializer: 'zeros' }));
      net.compile({ optimizer: optimizers.sgd(0), loss: 'mse' });
      const monitors = [callbacks.remoteMonitor({ root }), callbacks.remoteMonitor({ root, path: '/json', sendAsJson: true })];
      await net.fit(x, x, { verbose: 0, callbacks: monitors });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const json = '{"epoch":0,"loss":2.5}';
    assert.deepEqual(bodies, [
      ['/publish/epoch/end/', new URLSearchParams({ data: json }).toString()],
      ['/json', json],
    ]);
  });
});

describe('models', () => {
  it('compile from what they say they were compiled with', async () => {
    const net = sequential([2]).add(layers.dense(1));
    assert.equal(net.getCompileConfig(), undefined);
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.25 }), loss: 'mae', metrics: ['mse'] });
    const other = sequential([2]).add(layers.dense(1));
    other.compileFromConfig(net.getCompileConfig()!);
    assert.equal(other.optimizer.learningRate, 0.25);
    const figures = await other.evaluate(ops.ones([4, 2]), ops.ones([4, 1]), { verbose: 0 });
    assert.deepEqual(Object.keys(figures), ['loss', 'mse']);
    assert.deepEqual(Object.keys(other.getMetricsResult()), ['loss', 'mse']);
    assert.equal(other.metricsVariables.length, 4);
    assert.deepEqual([net.computeDtype, net.variableDtype], ['float32', 'float32']);
  });

  it('list a range of their layers', () => {
    utils.clearSession();
    const start = input([2]);
    const net = functional(
      start,
      layers.dense(1, { name: 'c' }).apply(layers.dense(2, { name: 'b' }).apply(layers.dense(2, { name: 'a' }).apply(start))),
    );
    const text = (layerRange: readonly [string, string]): string => {
      let all = '';
      net.summary({ layerRange, printFn: (part) => (all += part) });
      return all;
    };
    const listed = text(['a', 'b']);
    assert.ok(listed.includes('a (Dense)') && listed.includes('b (Dense)') && !listed.includes('c (Dense)'), listed);
    assert.throws(() => text(['c', 'a']), /summary layerRange: expected names of layers in their order/);
    assert.equal((layers.dense(1) as layers.Layer).name, 'dense', 'names begin again after clearSession');
  });

  it('take what config says where they are not told', () => {
    assert.deepEqual([config.floatx(), config.imageDataFormat()], ['float32', 'channelsLast']);
    config.setFloatx('float64');
    try {
      assert.equal((layers.dense(1) as layers.Layer).dtype, 'float64');
    } finally {
      config.setFloatx('float32');
    }
  });
});
