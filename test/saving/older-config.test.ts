/** Configs as tf.keras and Keras 2 wrote them into `.h5` files. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FormatError, layers, modelFromJSON, ops, optimizers, schedules } from '../../lib/index.js';
import type { Json } from '../../lib/keras/index.js';
import { compileFromKeras, kerasCompileConfig } from '../../lib/saving/compile-config.js';

const all = JSON.parse(readFileSync(path.join(__dirname, 'keras', 'tf-keras.json'), 'utf8')) as Record<string, object>;

describe('Configs of older Keras', () => {
  it('functional models: lists of places, axes in lists, training that a call fixed', () => {
    using model = modelFromJSON(all['functional']!);
    assert.deepEqual(model.inputShape, [null, 8, 8, 3]);
    assert.deepEqual(model.outputShape, [null, 3]);
    assert.equal(model.getLayer('b').inboundNodes[0]!.training, false);
    assert.equal(model.getLayer('f').inboundNodes.length, 2);
    assert.equal(model.getLayer('c').getConfig()['activation'], 'relu');
    const again = modelFromJSON(JSON.stringify(model));
    assert.deepEqual(again.toJSON(), model.toJSON());
    again.dispose();
  });

  it('sequential models: the shape of the input in the first layer', () => {
    using model = modelFromJSON(all['sequential']!);
    assert.deepEqual(model.inputShape, [null, 6]);
    assert.equal(model.countParams(), 40 + 4 * 3 * (4 + 3 + 1) + 4);
    using y = model.call(ops.zeros([2, 6], 'int32'));
    assert.deepEqual(y.shape, [2, 1]);
    using list = modelFromJSON(all['list']!);
    assert.deepEqual(list.outputShape, [null, 3]);
  });

  it('options of training', () => {
    using model = modelFromJSON(all['sequential']!);
    compileFromKeras(model, all['training'] as Json);
    const written = kerasCompileConfig(model) as unknown as {
      metrics: [[string, { class_name: string }]];
      optimizer: { config: { learning_rate: number } };
    };
    assert.equal(written.metrics[0][0], 'accuracy');
    assert.equal(written.metrics[0][1].class_name, 'AUC');
    assert.equal(written.optimizer.config.learning_rate, 0.002);
    using list = modelFromJSON(all['list']!);
    compileFromKeras(list, all['training-keras-2.2'] as Json);
    assert.equal(list.optimizer.learningRate, 0.05);
    const decaying = structuredClone(all['training-keras-2.2']) as { optimizer_config: { config: { decay: number } } };
    decaying.optimizer_config.config.decay = 1e-6;
    assert.throws(() => compileFromKeras(list, decaying), /decay: expected 0, got 0.000001; use a schedule/);
  });
});

describe('Optimizers of several kinds', () => {
  it('keep their patterns and schedules', () => {
    using model = modelFromJSON(all['list']!);
    const learningRate = schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.9 });
    const optimizer = optimizers.multiOptimizer({
      optimizerMap: { defaultOptimizer: optimizers.sgd({ learningRate }), optimizerMap: { 'some_bias|bias': optimizers.adam(0.01) } },
    });
    model.compile({ optimizer, loss: 'mse' });
    const written = JSON.parse(JSON.stringify(kerasCompileConfig(model))) as Json;
    using again = modelFromJSON(all['list']!);
    compileFromKeras(again, written);
    assert.deepEqual(again.optimizer.getConfig(), optimizer.getConfig());
    assert.deepEqual(JSON.parse(JSON.stringify(kerasCompileConfig(again))), written);
  });
});

describe('Custom objects and refusals', () => {
  const dense = (more: object): object => ({
    class_name: 'Sequential',
    config: {
      name: 'm',
      layers: [
        { class_name: 'InputLayer', config: { batch_shape: [null, 4], dtype: 'float32', name: 'x' } },
        { class_name: 'Dense', config: { name: 'd', units: 3 }, ...more },
      ],
    },
  });

  class OwnScale extends layers.Dense {
    override get className(): string {
      return 'OwnScale';
    }
  }

  it('classes and functions of the user by their names', () => {
    const json = dense({ module: null, class_name: 'OwnScale', registered_name: 'mine>OwnScale' });
    assert.throws(() => modelFromJSON(json), /expected layers\.fromConfig: a known class .*customObjects|did you mean/);
    for (const name of ['OwnScale', 'mine>OwnScale']) {
      using model = modelFromJSON(json, { customObjects: { [name]: OwnScale } });
      assert.ok(model.getLayer('d') instanceof OwnScale);
      const written = JSON.parse(JSON.stringify(model)) as { config: { layers: { registered_name: string; module: null }[] } };
      assert.deepEqual([written.config.layers[1]!.module, written.config.layers[1]!.registered_name], [null, 'OwnScale']);
    }
    const own = dense({
      config: {
        name: 'd',
        units: 3,
        activation: { module: 'builtins', class_name: 'function', config: 'twice', registered_name: 'function' },
      },
    });
    assert.throws(
      () => modelFromJSON(own),
      /config\.layers\[1\]\.config\.activation: expected a function of the library, got 'twice'; give your own/,
    );
    const twice = (x: Parameters<typeof ops.relu>[0]) => ops.mul(x as never, 2);
    using model = modelFromJSON(own, { customObjects: { twice } });
    assert.equal(JSON.stringify(model).includes('"config":"twice"'), true);
  });

  it('Lambda layers are refused, or brought by the user', () => {
    const json = dense({
      class_name: 'Lambda',
      config: { name: 'double', function: { class_name: '__lambda__', config: { code: '4wEAAAA=' } } },
    });
    assert.throws(() => modelFromJSON(json), /Lambda layer 'double', whose function is Python's; nothing in a file is run/);
    using model = modelFromJSON(json, { customObjects: { double: (x: never) => ops.mul(x, 2) } });
    using y = model.call(ops.ones([1, 4]));
    assert.deepEqual([...y.dataSync()], [2, 2, 2, 2]);
  });

  const refusals: [string, object | string, RegExp][] = [
    ['a class that is none', dense({ class_name: 'Dence' }), /config\.layers\[1\].*did you mean 'Dense'\?/],
    [
      'an option of another type',
      dense({ config: { name: 'd', units: 'many' } }),
      /^modelFromJSON\.config\.layers\[1\]\.config\.units: expected .*got 'many'/,
    ],
    ['a shape beyond all bounds', dense({ config: { name: 'd', units: -1 } }), /layers\[1\]\.config\.units/],
    ['an option that is none', dense({ config: { name: 'd', units: 3, unitz: 4 } }), /layers\[1\]\.config.*'unitz'/],
    ['names given twice', dense({ config: { name: 'x', units: 3 } }), /layers\[1\]: expected a name of its own/],
    ['no layers', { class_name: 'Sequential', config: { name: 'm' } }, /modelFromJSON\.config\.layers: expected a list, got nothing/],
    ['a layer that is no object', { class_name: 'Sequential', config: { layers: [5] } }, /layers\[0\]: expected an object, got 5/],
    ['no model', { class_name: 'Dense', config: { units: 3 } }, /expected the config of a model, got that of a Dense/],
    ['no config at all', '[1]', /modelFromJSON: expected an object/],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, /nested 200 deep at most/],
  ];
  for (const [what, json, message] of refusals) {
    it(`a FormatError for ${what}`, () => {
      assert.throws(
        () => modelFromJSON(json),
        (error: Error) => {
          assert.ok(error instanceof FormatError, error.stack);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('a FormatError for an object that holds itself, and for layers that wait for each other', () => {
    const ring: Record<string, unknown> = { class_name: 'Sequential' };
    ring['config'] = ring;
    assert.throws(() => modelFromJSON(ring), FormatError);
    const graph = structuredClone(all['functional']) as { config: { layers: { inbound_nodes: unknown }[] } };
    graph.config.layers[1]!.inbound_nodes = [[['d', 0, 0, {}]]];
    assert.throws(
      () => modelFromJSON(graph),
      (error: Error) => error instanceof FormatError && /expected .*layers whose inputs are other layers/.test(error.message),
    );
    graph.config.layers[1]!.inbound_nodes = [[['nowhere', 0, 0, {}]]];
    assert.throws(() => modelFromJSON(graph), FormatError);
  });
});
