import assert from 'node:assert/strict';
import { ones } from '../../lib/initializers/index.js';
import * as layers from '../../lib/layers/index.js';
import { floatx, setFloatx } from '../../lib/layers/defaults.js';
import { autoName, camelCase, resetNames, snakeCase } from '../../lib/layers/names.js';
import { type BatchShape, type Shapes } from '../../lib/layers/symbolic.js';
import { input } from '../../lib/models/input.js';
import { model } from '../../lib/models/functional.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';

/** Only what a user has to write. */
class Scale extends layers.Layer {
  private factor!: layers.Weight;

  override build(inputShape: Shapes): void {
    this.factor = this.addWeight({ name: 'factor', shape: [(inputShape as BatchShape).at(-1)!], initializer: ones() });
    super.build(inputShape);
  }

  override call(x: Tensor): Tensor {
    return ops.multiply(x, this.factor);
  }
}

/** A layer with two outputs and a penalty of its own. */
class Halves extends layers.Layer {
  override call(x: Tensor): Tensor[] {
    this.addLoss(ops.sum(x));
    return ops.split(x, 2, -1);
  }
}

describe('layers of your own', () => {
  before(() => {
    layers.registerLayer('Scale', Scale);
  });

  conforms('a class with build and call only', { make: () => new Scale(), input: [2, 3], output: [2, 3], weights: { factor: [3] } });

  it('are named by their class', () => {
    resetNames();
    assert.equal(new Scale().name, 'scale');
    assert.equal(new Scale().kind, 'scale');
    assert.equal(new Scale({ name: 'mine' }).toString(), 'Scale mine');
  });

  it('may have several outputs and penalties', () => {
    const x = input([4]);
    const [low, high] = new Halves().apply(x) as unknown as [typeof x, typeof x];
    assert.deepEqual(
      [low.shape, high.shape],
      [
        [null, 2],
        [null, 2],
      ],
    );
    const net = model(x, layers.subtract().apply([low, high] as never));
    assertClose(net.call(tensor([[1, 2, 5, 9]])), [-4, -7]);
    assertClose(net.losses[0]!, 17);
    assert.throws(() => new Halves().addLoss(ops.ones([])), /addLoss: expected a call of the layer, got none; use it inside call/);
    assert.throws(
      () => sequential([4]).add(new Halves()),
      /sequential(_\d)?.add: expected a layer with one output, got halves(_\d)? with 2; use a functional model/,
    );
  });

  it('take the default dtype', () => {
    assert.equal(floatx(), 'float32');
    setFloatx('float64');
    try {
      const layer = new Scale();
      assert.equal(layer.apply(ops.ones([1, 2]) as Tensor).dtype, 'float64');
    } finally {
      setFloatx('float32');
    }
    assert.throws(() => setFloatx('float16' as never), /setFloatx: expected float32 or float64, got 'float16'/);
    assert.equal(new Scale({ dtype: 'float64' }).apply(ops.ones([1, 2]) as Tensor).dtype, 'float64');
  });

  it('can be released', () => {
    using layer = new Scale();
    layer.build([null, 3]);
    const { weights } = layer;
    layer.dispose();
    assert.ok(weights.every((weight) => weight.isDisposed));
    assert.throws(() => layer.apply(ops.ones([1, 3])), { name: 'DisposedError' });
  });

  it('set weights from tensors, nested and typed arrays alike', async () => {
    const layer = new Scale();
    layer.build([null, 2]);
    for (const values of [
      [3, 4],
      Float32Array.of(3, 4),
      Float64Array.of(3, 4),
      tensor([3, 4]) as Tensor,
      tensor([3, 4], [2], 'int32') as Tensor,
    ]) {
      layer.setWeights([[0, 0]]);
      layer.setWeights([values]);
      assert.deepEqual(numbers(layer.weights[0]!), [3, 4]);
    }
    const [value] = await layer.getWeights();
    assert.deepEqual(value, { name: 'factor', shape: [2], dtype: 'float32', data: Float32Array.of(3, 4) });
    layer.setWeights([{ ...value, data: Float32Array.of(5, 6) }]);
    assert.deepEqual(numbers(layer.weights[0]!), [5, 6]);
  });
});

describe('names of layers', () => {
  it('are those of Keras', () => {
    const names = {
      MaxPooling2D: 'max_pooling2d',
      ReLU: 're_lu',
      PReLU: 'p_re_lu',
      GlobalAveragePooling2D: 'global_average_pooling2d',
      Conv2DTranspose: 'conv2d_transpose',
      ELU: 'elu',
      InputLayer: 'input_layer',
    };
    for (const [className, name] of Object.entries(names)) assert.equal(snakeCase(className), name);
    assert.equal(camelCase('Conv2DTranspose'), 'conv2dTranspose');
    assert.equal(camelCase('ZeroPadding2D'), 'zeroPadding2d');
  });

  it('count by class, and begin again', () => {
    resetNames();
    assert.deepEqual(
      [autoName('Dense'), autoName('Dense'), autoName('Conv2D'), autoName('Dense')],
      ['dense', 'dense_1', 'conv2d', 'dense_2'],
    );
    resetNames();
    assert.equal(autoName('Dense'), 'dense');
  });
});
