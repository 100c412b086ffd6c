import assert from 'node:assert/strict';
import * as layers from '../../lib/layers/index.js';
import * as constraints from '../../lib/constraints/index.js';
import * as initializers from '../../lib/initializers/index.js';
import * as regularizers from '../../lib/regularizers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('dense', {
  make: () => layers.dense(3, { activation: 'tanh', kernelRegularizer: 'l2', biasConstraint: 'nonNeg' }),
  input: [4],
  output: [3],
  weights: { kernel: [4, 3], bias: [3] },
});
conforms('dense with relu over the last of three axes', {
  make: () => layers.dense({ units: 2, activation: 'relu' }),
  input: [3, 4],
  output: [3, 2],
  weights: { kernel: [4, 2], bias: [2] },
});
conforms('dense without bias', { make: () => layers.dense(2, { useBias: false }), input: [5], output: [2], weights: { kernel: [5, 2] } });

describe('dense', () => {
  it('computes activation(x · kernel + bias)', () => {
    const layer = layers.dense(2, { activation: 'relu' });
    layer.build([null, 2]);
    layer.setWeights([
      [
        [1, 2],
        [3, 4],
      ],
      [0.5, -20],
    ]);
    assertClose(
      layer.apply(
        tensor([
          [1, 1],
          [0, -1],
        ]),
      ),
      [
        [4.5, 0],
        [0, 0],
      ],
    );
  });

  it('keeps the logits under a softmax for the losses', () => {
    const layer = layers.dense(3, { activation: 'softmax' });
    const y = layer.apply(ops.ones([2, 4]));
    assert.equal(y.provenance?.op, 'softmax');
    assert.equal(y.provenance?.input.isDisposed, false);
  });

  it('divides an activity penalty by the batch, and adds those of weights', () => {
    const layer = layers.dense(1, {
      useBias: false,
      kernelInitializer: 'ones',
      kernelRegularizer: regularizers.l1(0.5),
      activityRegularizer: regularizers.l2(1),
    });
    layer.apply(tensor([[1], [3]]));
    assertClose(
      layer.losses.map((loss) => loss.item()),
      [0.5, (1 + 9) / 2],
    );
    layer.trainable = false;
    assert.equal(layer.losses.length, 1);
  });

  it('projects its weights onto a constraint', () => {
    const layer = layers.dense(2, {
      useBias: false,
      kernelConstraint: constraints.maxNorm(1),
      kernelInitializer: initializers.constant(3),
    });
    layer.build([null, 4]);
    for (const weight of layer.weights) weight.applyConstraint();
    assertClose(layer.weights[0]!, Array(8).fill(0.5), { rtol: 1e-5 });
  });

  const about = (option: string, value: string) => `dense ${option}: expected ${value}`;
  refuses([
    [
      'no units',
      () => layers.dense(undefined as never),
      'ArgumentError',
      about('units', 'a whole number of at least 1, got undefined; it has no default'),
    ],
    ['a fraction of units', () => layers.dense(2.5), 'ArgumentError', about('units', 'a whole number of at least 1, got 2.5; use 2 or 3')],
    ['negative units', () => layers.dense(-1), 'ArgumentError', about('units', 'a whole number of at least 1, got -1; use 1 or more')],
    [
      'an unknown option',
      () => layers.dense(2, { kernel_regulariser: 'l2' } as never),
      'ArgumentError',
      "dense: expected known options only, got 'kernel_regulariser'; did you mean kernelRegularizer?",
    ],
    [
      'an option that is like none',
      () => layers.dense(2, { zzz: 1 } as never),
      'ArgumentError',
      "dense: expected known options only, got 'zzz'; the options are name, trainable, dtype, inputShape,",
    ],
    [
      'an unknown regularizer',
      () => layers.dense(2, { kernelRegularizer: 'elastic' as never }),
      'ArgumentError',
      about('kernelRegularizer', "a regularizer (l1, l2, l1l2, orthogonal), got 'elastic'; pass one of these, or a function of your own"),
    ],
    [
      'an unknown initializer',
      () => layers.dense(2, { kernelInitializer: 'glorot_uniform' as never }),
      'ArgumentError',
      about('kernelInitializer', 'an initializer (zeros, ones, constant, identity,'),
    ],
    [
      'an unknown constraint',
      () => layers.dense(2, { kernelConstraint: 'max' as never }),
      'ArgumentError',
      about('kernelConstraint', "a constraint (maxNorm, minMaxNorm, unitNorm, nonNeg), got 'max'"),
    ],
    [
      'an unknown activation',
      () => layers.dense(2, { activation: 'rellu' as never }),
      'ArgumentError',
      about('activation', 'an activation (celu, elu, exponential,'),
    ],
    ['a number as useBias', () => layers.dense(2, { useBias: 1 as never }), 'ArgumentError', about('useBias', 'true or false, got 1')],
    [
      'an unknown dtype',
      () => layers.dense(2, { dtype: 'float16' as never }),
      'DTypeError',
      "dense dtype: expected float32 or float64, got 'float16'",
    ],
    ['a name with a slash', () => layers.dense(2, { name: 'a/b' }), 'ArgumentError', "dense name: expected a name without '/', got 'a/b'"],
    ['a list for one input', () => layers.dense(2).apply([ops.ones([2, 2])] as never), 'ShapeError', 'dense: expected one input, got 1'],
    [
      'a scalar sample',
      () => layers.dense(2).computeOutputShape([null]),
      'ShapeError',
      'dense: expected [features], got []; add reshape([1]) before it',
    ],
    [
      'numbers instead of a tensor',
      () => layers.dense(2).apply([1, 2] as never),
      'ArgumentError',
      'dense: expected a tensor or what input() and apply() return',
    ],
    [
      'an unknown number of features',
      () => layers.dense(2).build([null, null]),
      'ShapeError',
      'dense: expected a known number of features, got an unknown one',
    ],
  ]);

  it('refuses an input of other features than it was built for', () => {
    const layer = layers.dense(2, { name: 'out' });
    layer.build([null, 784]);
    assert.throws(() => layer.apply(ops.ones([5, 28, 28])), {
      name: 'ShapeError',
      message:
        'dense: expected 784 features, as out was built for, got [28, 28]; give it an input of the same features, or use another layer',
    });
  });

  it('refuses weights of another number or shape', () => {
    const layer = layers.dense(2, { name: 'out' });
    assert.throws(() => layer.setWeights([]), /out.setWeights: expected a layer that is built/);
    layer.build([null, 3]);
    assert.throws(() => layer.setWeights([]), { message: 'out.setWeights: expected 2 arrays (kernel, bias), got 0' });
    assert.throws(() => layer.setWeights([[[1, 2]], [0, 0]]), /out.setWeights: expected kernel of shape \[3, 2\], got \[1, 2\]/);
    assert.throws(() => layer.setWeights([new Float32Array(5), [0, 0]]), /expected 6 values for kernel of shape \[3, 2\], got 5/);
  });
});
