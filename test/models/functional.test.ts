import assert from 'node:assert/strict';
import { capture } from '../../lib/autodiff/capture.js';
import * as layers from '../../lib/layers/index.js';
import { resetNames } from '../../lib/layers/names.js';
import { type Functional, model } from '../../lib/models/functional.js';
import { input } from '../../lib/models/input.js';
import { fromKeras, type Json, toKeras } from '../../lib/keras/index.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { refuses } from '../support/refused.js';

/** Two inputs, a shared layer, two outputs. */
function twins() {
  const [left, right] = [input([4], { name: 'left' }), input([4], { name: 'right' })];
  const shared = layers.dense(3, { activation: 'tanh', name: 'shared' });
  const [a, b] = [shared.apply(left), shared.apply(right)];
  const both = layers.concatenate({ name: 'both' }).apply([a, b]);
  return model([left, right], [layers.dense(2, { name: 'kind' }).apply(both), layers.subtract({ name: 'gap' }).apply([a, b])], {
    name: 'twins',
  });
}

const pair = () => [tensor([[1, 2, 3, 4]]) as Tensor, tensor([[4, 3, 2, 1]]) as Tensor];

describe('functional models', () => {
  beforeEach(resetNames);

  it('have inputs, outputs and layers in the order of Keras', () => {
    const net = twins();
    assert.deepEqual(
      net.layers.map((layer) => layer.name),
      ['left', 'right', 'shared', 'both', 'kind', 'gap'],
    );
    assert.deepEqual(net.inputShape, [
      [null, 4],
      [null, 4],
    ]);
    assert.deepEqual(net.outputShape, [
      [null, 2],
      [null, 3],
    ]);
    assert.equal(net.countParams(), 15 + 14);
  });

  it('compute with shared weights', () => {
    const net = twins();
    const [kind, gap] = net.call(pair());
    assert.deepEqual(
      [kind.shape, gap.shape],
      [
        [1, 2],
        [1, 3],
      ],
    );
    const shared = net.getLayer('shared');
    const [a, b] = pair().map((x) => numbers(shared.apply(x)));
    assertClose(
      gap,
      a!.map((value, i) => value - b![i]!),
    );
    assert.equal(net.weights.length, 4);
  });

  it('are layers of other models', () => {
    const inner = twins();
    const x = input([4]);
    const [kind, gap] = inner.apply([x, layers.rescaling(-1).apply(x)]) as unknown as [typeof x, typeof x];
    const outer = model(x, layers.concatenate().apply([kind, gap] as never));
    assert.deepEqual(outer.outputShape, [null, 5]);
    const given = tensor([[1, 0, -1, 2]]) as Tensor;
    const wanted = inner.call([given, ops.negative(given)]) as Tensor[];
    assert.deepEqual(numbers(outer.call(given)), wanted.flatMap(numbers));
    assert.deepEqual(outer.weights, inner.weights);
  });

  it('may begin and end in the middle of another model', () => {
    const net = sequential([3], [layers.dense(4, { name: 'a' }), layers.dense(5, { name: 'b' }), layers.dense(2, { name: 'c' })]);
    const head = model(net.inputs[0]!, net.getLayer('b').output as never);
    const tail = model(net.getLayer('b').output as never, net.outputs[0]!);
    const x = ops.ones([2, 3]) as Tensor;
    assert.deepEqual(numbers(tail.call(head.call(x) as Tensor)), numbers(net.call(x)));
    assert.deepEqual(tail.weights, net.getLayer('c').weights);
    assert.deepEqual(tail.inputShape, [null, 5]);
  });

  it('pass training to the layers, and keep what a call fixed', () => {
    const x = input([2]);
    const inference = layers.lambda((t: Tensor, { training }) => ops.multiply(t, training ? 2 : 1));
    const net = model(x, [inference.apply(x), inference.apply(x, { training: false })]);
    const [free, fixed] = net.call(ops.ones([1, 2]), { training: true });
    assertClose(free, [2, 2]);
    assertClose(fixed, [1, 1]);
  });

  it('come back from their config, also in the spelling of Keras', () => {
    const net = twins();
    for (const again of [
      layers.fromConfig(serialize(net)) as Functional,
      layers.fromConfig(fromKeras(JSON.parse(JSON.stringify(toKeras(serialize(net)))) as Json)) as Functional,
    ]) {
      assert.deepEqual(JSON.parse(JSON.stringify(again.getConfig())), JSON.parse(JSON.stringify(net.getConfig())));
      again.setWeights(net.weights.map((weight) => weight.toKeras()));
      assert.deepEqual((again.call(pair()) as Tensor[]).map(numbers), (net.call(pair()) as Tensor[]).map(numbers));
    }
  });

  it('take inputs that lead nowhere', () => {
    const [x, unused] = [input([2]), input([3])];
    const net = model([x, unused], layers.dense(1, { kernelInitializer: 'ones' }).apply(x));
    assertClose(net.call([ops.ones([1, 2]), ops.ones([1, 3])]), [2]);
  });

  it('freeze and thaw with all their layers', () => {
    const net = twins();
    net.trainable = false;
    assert.deepEqual(net.trainableWeights, []);
    assert.equal(net.nonTrainableWeights.length, 4);
    assert.ok(net.layers.every((layer) => !layer.trainable));
    net.trainable = true;
    assert.equal(net.trainableWeights.length, 4);
  });

  const x = () => input([4], { name: 'x' });
  refuses([
    [
      'what is no placeholder',
      () => model([1, 2] as never, x()),
      'ArgumentError',
      'model inputs: expected what input() and apply() return, or a list of them, got 1, 2',
    ],
    [
      'no outputs',
      () => model(x(), [] as never),
      'ArgumentError',
      'model outputs: expected what input() and apply() return, or a list of them, got an empty list',
    ],
    [
      'an input that is not given',
      () => model(x(), layers.add().apply([x(), input([4], { name: 'y' })])),
      'ArgumentError',
      "functional: expected outputs that depend on the given inputs only, got one that needs the input '",
    ],
    [
      'two layers of one name',
      () => {
        const a = x();
        model(a, layers.dense(1, { name: 'same' }).apply(layers.dense(1, { name: 'same' }).apply(a)), { name: 'm' });
      },
      'ArgumentError',
      "m: expected layers of different names, got two named 'same' (Dense and Dense); change one name",
    ],
    [
      'too few inputs',
      () => twins().call([pair()[0]!]),
      'ShapeError',
      'model: expected 2 inputs (left, right), got 1; give a list in this order',
    ],
    ['an input of another shape', () => twins().call([pair()[0]!, ops.ones([1, 5])]), 'ShapeError', 'model: expected input [4], got [5]'],
    [
      'one output of a layer used twice',
      () => {
        const layer = layers.dense(1);
        layer.apply(x());
        layer.apply(x());
        return layer.output;
      },
      'ArgumentError',
      'dense.output: expected a layer that was applied once, got one applied 2 times; keep what apply() returned instead',
    ],
    [
      'the output of a layer that was not applied',
      () => layers.dense(1).output,
      'ArgumentError',
      'dense.output: expected a layer that was applied once, got one that was not applied yet',
    ],
    [
      'tensors and placeholders together',
      () => layers.add().apply([x(), ops.ones([1, 4])] as never),
      'ArgumentError',
      'add: expected a tensor or what input() and apply() return, or a list of either, got SymbolicTensor, Tensor',
    ],
  ]);

  it('make weights before a step is captured, not inside', () => {
    const layer = layers.dense(2);
    const step = capture((t: Tensor) => layer.apply(t));
    const ones = ops.ones([1, 2]) as Tensor;
    assert.throws(
      () => step(ones),
      /kernel: expected nothing of the kind inside a captured step, got a new weight; build the model before/,
    );
  });
});
