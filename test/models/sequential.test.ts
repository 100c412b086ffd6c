import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import { valueAndGrad } from '../../lib/autodiff/grad.js';
import * as layers from '../../lib/layers/index.js';
import { resetNames } from '../../lib/layers/names.js';
import { model } from '../../lib/models/functional.js';
import type { Sequential } from '../../lib/models/sequential.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { tidy } from '../../lib/tensor/scope.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { refuses } from '../support/refused.js';

const digits = () =>
  sequential([4, 4, 1])
    .add(layers.conv2d(2, 3, { activation: 'relu' }))
    .add(layers.flatten())
    .add(layers.dense(3, { activation: 'softmax' }));

describe('sequential', () => {
  beforeEach(resetNames);

  it('is made by add, by a list with an input shape, and by a list alone', () => {
    const list = () => [layers.flatten(), layers.dense(2, { kernelInitializer: 'ones' })] as const;
    const shaped = sequential([2, 2], [...list()]);
    const added = sequential([2, 2])
      .add(layers.flatten())
      .add(layers.dense(2, { kernelInitializer: 'ones' }));
    const later = sequential([...list()]);
    const first = sequential([layers.flatten({ inputShape: [2, 2] }), layers.dense(2, { kernelInitializer: 'ones' })]);
    const layered = sequential()
      .add(layers.inputLayer({ shape: [2, 2] }))
      .add(layers.flatten())
      .add(layers.dense(2, { kernelInitializer: 'ones' }));
    assert.ok([shaped, added, first, layered].every((net) => net.built));
    assert.equal(later.built, false);
    const x = ops.ones([3, 2, 2]) as Tensor;
    for (const net of [shaped, added, later, first, layered]) {
      assert.deepEqual(numbers(net.call(x)), Array(6).fill(4));
      assert.deepEqual(net.outputShape, [null, 2]);
      assert.equal(net.countParams(), 10);
    }
  });

  it('knows the shape after each add', () => {
    const net = sequential([1, 28, 28]);
    const seen = [
      layers.zeroPadding2d(1, { dataFormat: 'channelsFirst' }),
      layers.conv2d(32, 3, { dataFormat: 'channelsFirst' }),
      layers.flatten(),
    ].map((layer) => {
      (net as Sequential).add(layer);
      return net.outputShape;
    });
    assert.deepEqual(seen, [
      [null, 1, 30, 30],
      [null, 32, 28, 28],
      [null, 25088],
    ]);
  });

  it('returns itself from add, and gives layers by name and place', () => {
    const net = sequential([3]);
    assert.equal(net.add(layers.dense(4, { name: 'hidden' })), net);
    (net as Sequential).add(layers.dense(2));
    assert.equal(net.getLayer('hidden'), net.layers[0]);
    assert.equal(net.getLayer(1), net.getLayer('dense'));
    assert.equal(net.getLayer(-1), net.layers[1]);
    assert.equal(net.layers.length, 2);
  });

  it('names layers as Keras does', () => {
    const net = sequential(
      [8, 8, 1],
      [
        layers.conv2d(1, 2),
        layers.conv2d(1, 2),
        layers.maxPooling2d(),
        layers.relu(),
        layers.prelu(),
        layers.leakyRelu(),
        layers.batchNormalization(),
        layers.globalAveragePooling2d(),
        layers.dense(1),
      ],
    );
    assert.deepEqual(
      net.layers.map((layer) => layer.name),
      [
        'conv2d',
        'conv2d_1',
        'max_pooling2d',
        're_lu',
        'p_re_lu',
        'leaky_re_lu',
        'batch_normalization',
        'global_average_pooling2d',
        'dense',
      ],
    );
    assert.equal(net.name, 'sequential');
    assert.equal(sequential([1]).name, 'sequential_1');
  });

  it('takes layers off again', () => {
    const net = sequential([3], [layers.dense(4), layers.dense(2)]) as Sequential;
    const last = net.layers[1];
    assert.equal(net.pop(), last);
    assert.deepEqual(net.outputShape, [null, 4]);
    net.add(layers.dense(5));
    assert.deepEqual(net.call(ops.ones([2, 3]) as Tensor).shape, [2, 5]);
    net.pop();
    net.pop();
    assert.equal(net.built, false);
    assert.throws(() => net.pop(), /sequential.pop: expected a model with layers, got one without/);
  });

  it('casts what comes in as its input says', () => {
    const net = sequential([2]).add(layers.dense(1, { kernelInitializer: 'ones' }));
    assertClose(net.call(tensor(Uint8Array.of(3, 4), [1, 2])), [7]);
    const whole = sequential()
      .add(layers.inputLayer({ shape: [2], dtype: 'int32' }))
      .add(layers.reshape([2, 1]));
    assert.equal(whole.call(tensor([1, 2], [1, 2], 'int32') as Tensor).dtype, 'int32');
  });

  it('is a layer of other models, also as their first', () => {
    const base = sequential([4], [layers.dense(3)], { name: 'base' });
    const net: Sequential = sequential([base, layers.dense(2)]);
    assert.deepEqual(net.inputShape, [null, 4]);
    assert.equal(net.countParams(), 15 + 8);
    base.trainable = false;
    assert.equal(net.trainableWeights.length, 2);
    assert.ok(base.layers.every((layer) => !layer.trainable));
    const x = ops.ones([1, 4]) as Tensor;
    assert.deepEqual(numbers(net.call(x)), numbers(net.layers[1]!.apply(base.call(x))));
    base.add(layers.dense(7) as never);
  });

  it('can be inferred from and trained with inside a captured step', () => {
    const net = digits();
    const x = tensor(
      Float32Array.from({ length: 32 }, (_, i) => i / 32),
      [2, 4, 4, 1],
    ) as Tensor;
    const step = (t: Tensor) => {
      const { value, gradients } = valueAndGrad(() => ops.sum(ops.square(net.call(t, { training: true }))), net.trainableWeights);
      return [value, ...gradients];
    };
    const eager = step(x).map(numbers);
    assert.deepEqual(capture(step)(x).map(numbers), eager);
  });

  it('frees what is between the layers when no gradient is wanted', () => {
    const net = digits();
    const x = ops.ones([2, 4, 4, 1]) as Tensor;
    const before = x.runtime.tensors;
    const y = net.call(x);
    // The output, and the logits under its softmax.
    assert.equal(x.runtime.tensors - before, 2);
    y.dispose();
  });

  it('gives the penalties of weights and of the activations of the last call', () => {
    const net = sequential(
      [2],
      [
        layers.dense(1, { kernelInitializer: 'ones', kernelRegularizer: 'l2', activityRegularizer: 'l1' }),
        layers.dense(1, { biasRegularizer: 'l2' }),
      ],
    );
    net.call(ops.ones([5, 2]));
    assertClose(
      net.losses.map((loss) => loss.item()),
      [0.01 * 2, 0, 0.01 * 2],
    );
    tidy(() => net.call(ops.ones([5, 2]) as Tensor));
    assert.equal(net.losses.length, 2);
  });

  it('gets and sets all weights in the order of Keras', async () => {
    const [from, to] = [digits(), digits()];
    const values = await from.getWeights();
    assert.deepEqual(
      values.map((value) => value.shape),
      [[3, 3, 1, 2], [2], [8, 3], [3]],
    );
    to.setWeights(values);
    const again = await to.getWeights();
    assert.deepEqual(again, values);
  });

  it('gives its first layer away with the trained weights', async () => {
    const net = digits();
    const probe = model(net.inputs[0]!, net.layers[0]!.output as never);
    const fresh = sequential([4, 4, 1]).add(layers.conv2d(2, 3, { activation: 'relu', name: 'conv' }));
    fresh.getLayer('conv').setWeights(await net.layers[0]!.getWeights());
    const x = ops.ones([1, 4, 4, 1]) as Tensor;
    const [a, b] = [numbers(probe.call(x)), numbers(fresh.call(x))];
    assert.deepEqual(a, b);
    assert.deepEqual(probe.outputShape, [null, 2, 2, 2]);
    for (const tensor of [x]) tensor.dispose();
  });

  it('comes back from its config', () => {
    const net = digits();
    const again = layers.fromConfig(serialize(net)) as Sequential;
    assert.deepEqual(again.getConfig(), net.getConfig());
    again.setWeights(net.weights.map((weight) => weight.toKeras()));
    const x = ops.ones([1, 4, 4, 1]) as Tensor;
    assert.deepEqual(numbers(again.call(x)), numbers(net.call(x)));
    const open = sequential([layers.dense(2)]);
    assert.deepEqual(layers.fromConfig(serialize(open)).getConfig(), open.getConfig());
  });

  const net = () => sequential([28, 28], [layers.flatten(), layers.dense(10)], { name: 'net' });
  refuses([
    [
      'an input of another shape',
      () => net().call(ops.ones([5, 784])),
      'ShapeError',
      'model: expected input [28, 28], got [784]; change its input shape or the layer before it',
    ],
    [
      'several inputs',
      () => net().call([ops.ones([5, 28, 28]), ops.ones([5, 28, 28])] as never),
      'ShapeError',
      'model: expected 1 inputs (input_layer), got 2',
    ],
    [
      'a layer twice',
      () => {
        const layer = layers.dense(3);
        sequential([3], [layer, layer]);
      },
      'ArgumentError',
      "sequential.add: expected layers of different names, got a second 'dense'; a layer is added once; use a functional model to share it",
    ],
    [
      'two layers of one name',
      () => sequential([3], [layers.dense(3, { name: 'a' }), layers.dense(3, { name: 'a' })]),
      'ArgumentError',
      "sequential.add: expected layers of different names, got a second 'a'; change one name",
    ],
    [
      'what is no layer',
      () => sequential([3]).add('dense' as never),
      'ArgumentError',
      "sequential.add: expected a layer or a model, got 'dense'; for example layers.dense(10)",
    ],
    [
      'a layer that does not fit',
      () => sequential([28, 28, 1]).add(layers.conv2d(1, 30) as never),
      'ShapeError',
      "conv2d: kernel 30x30 does not fit the input [28, 28, 1]; use padding 'same' or a smaller kernel",
    ],
    [
      'a second input',
      () => sequential([3]).add(layers.inputLayer({ shape: [3] }) as never),
      'ArgumentError',
      'sequential.add: expected an input as the first layer, got a second one',
    ],
    [
      'the shape of a model without input',
      () => sequential([layers.dense(1)]).outputShape,
      'ArgumentError',
      'sequential.outputs: expected a model with a known input shape, got one without; write sequential([28, 28, 1]), or call build([null, 28, 28, 1])',
    ],
    [
      'an unknown layer name',
      () => net().getLayer('dens'),
      'ArgumentError',
      "net.getLayer: expected the name of a layer (flatten, dense), got 'dens'; did you mean 'dense'?",
    ],
    ['a place beyond the end', () => net().getLayer(2), 'ArgumentError', 'net.getLayer: expected a place from 0 to 1, got 2'],
    [
      'a wrong input shape',
      () => sequential([28.5, 28] as never),
      'ArgumentError',
      'input shape: expected a list of whole numbers (null: known at run time), got [28.5, 28]; leave the batch out, as in [28, 28, 1]',
    ],
    [
      'an unknown option',
      () => sequential([3], [layers.dense(1)], { nam: 'x' } as never),
      'ArgumentError',
      "sequential: expected known options only, got 'nam'; did you mean name?",
    ],
    [
      'building without layers',
      () => sequential().build([null, 3]),
      'ArgumentError',
      'sequential.build: expected a model with layers, got one without; add layers first',
    ],
    [
      'an unknown class',
      () => layers.fromConfig({ className: 'Dens', config: {} }),
      'ArgumentError',
      'layers.fromConfig: expected a known class (',
    ],
  ]);
});
