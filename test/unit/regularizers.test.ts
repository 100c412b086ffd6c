import assert from 'node:assert/strict';
import * as constraints from '../../lib/constraints/index.js';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import * as regularizers from '../../lib/regularizers/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose } from '../support/close.js';
import { refuses } from '../support/refused.js';

const matrix = () =>
  tensor([
    [3, -1],
    [4, 0],
  ]) as Tensor;

describe('regularizers', () => {
  it('compute penalties', () => {
    assertClose(regularizers.l1().call(matrix()), 0.08);
    assertClose(regularizers.l2(0.5).call(matrix()), 13);
    assertClose(regularizers.l1l2({ l1: 1, l2: 1 }).call(matrix()), 8 + 26);
    assertClose(regularizers.l1l2().call(matrix()), 0);
    // The rows are at right angles but for 3 / sqrt(10).
    assertClose(regularizers.orthogonal({ factor: 1 }).call(matrix()), 3 / Math.sqrt(10));
    assertClose(regularizers.orthogonal({ factor: 1, mode: 'columns' }).call(matrix()), 3 / 5);
  });

  it('come back from their configs and from their names', () => {
    for (const made of [
      regularizers.l1(0.1),
      regularizers.l2(),
      regularizers.l1l2({ l1: 1 }),
      regularizers.orthogonal({ mode: 'columns' }),
    ]) {
      assert.deepEqual(serialize(regularizers.regularizerRegistry.made(serialize(made), 'x')), serialize(made));
    }
    for (const name of regularizers.regularizerRegistry.names)
      assert.ok(regularizers.regularizer(name, 'x') instanceof regularizers.Regularizer);
  });

  it('see a convolution as Keras has it, when the layout matters', () => {
    const layer = layers.conv2d(2, 1, { useBias: false, kernelRegularizer: (kernel) => ops.sum(ops.multiply(kernel, tensor([1, 10]))) });
    layer.build([null, 3, 3, 2]);
    layer.setWeights([
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
    ]);
    assertClose(layer.losses[0]!, 1 + 20 + 3 + 40);
  });

  refuses([
    ['a negative factor', () => regularizers.l2(-1), 'ArgumentError', 'l2 l2: expected a number of at least 0, got -1'],
    ['the factor of the other', () => regularizers.l1({ l2: 1 } as never), 'ArgumentError', "l1: expected known options only, got 'l2'"],
    [
      'another mode',
      () => regularizers.orthogonal({ mode: 'row' as never }),
      'ArgumentError',
      "orthogonal mode: expected 'rows' or 'columns', got 'row'; did you mean 'rows'?",
    ],
    [
      'what is no matrix',
      () => regularizers.orthogonal().call(tensor([1])),
      'ShapeError',
      'orthogonal regularizer: expected a matrix, got [1]; use it for the kernel of a dense layer',
    ],
    [
      'a number',
      () => regularizers.regularizer(0.1, 'kernelRegularizer'),
      'ArgumentError',
      'kernelRegularizer: expected a regularizer (l1, l2, l1l2, orthogonal), or a function, got 0.1; for example regularizers.l2(0.01)',
    ],
  ]);
});

describe('constraints', () => {
  const rows = (constraint: constraints.Constraint) => constraint.call(matrix());

  it('project weights', () => {
    assertClose(rows(constraints.maxNorm(2.5)), [1.5, -1, 2, 0], { rtol: 1e-5 });
    assertClose(rows(constraints.unitNorm()), [0.6, -1, 0.8, 0], { rtol: 1e-5 });
    assertClose(rows(constraints.minMaxNorm({ minValue: 2, maxValue: 2.5 })), [1.5, -2, 2, 0], { rtol: 1e-5 });
    assertClose(rows(constraints.minMaxNorm({ minValue: 2, maxValue: 2.5, rate: 0.5 })), [2.25, -1.5, 3, 0], { rtol: 1e-5 });
    assertClose(rows(constraints.nonNeg()), [3, 0, 4, 0]);
  });

  it('come back from their configs and from their names', () => {
    const { constraintRegistry } = constraints;
    for (const made of [
      constraints.maxNorm({ axis: [0, 1] }),
      constraints.minMaxNorm({ rate: 0.1 }),
      constraints.unitNorm({ axis: 1 }),
      constraints.nonNeg(),
    ]) {
      assert.deepEqual(serialize(constraintRegistry.made(serialize(made), 'x')), serialize(made));
    }
    for (const name of constraintRegistry.names) assert.ok(constraints.constraint(name, 'x') instanceof constraints.Constraint);
  });

  it('see a convolution as Keras has it', () => {
    const layer = layers.conv2d(1, 2, {
      useBias: false,
      kernelConstraint: constraints.unitNorm({ axis: [0, 1, 2] }),
      kernelInitializer: 'ones',
    });
    layer.build([null, 3, 3, 4]);
    layer.weights[0]!.applyConstraint();
    assertClose(layer.weights[0]!, Array(16).fill(0.25), { rtol: 1e-5 });
    const byInput = layers.conv2d(3, 1, { useBias: false, kernelConstraint: constraints.unitNorm({ axis: 2 }) });
    byInput.build([null, 3, 3, 2]);
    byInput.setWeights([
      [
        [
          [
            [3, 0, 1],
            [4, 2, 0],
          ],
        ],
      ],
    ]);
    byInput.weights[0]!.applyConstraint();
    assertClose(byInput.weights[0]!.toKeras(), [0.6, 0, 1, 0.8, 1, 0], { rtol: 1e-5 });
  });

  it('may be functions', () => {
    const layer = layers.dense(2, { useBias: false, kernelConstraint: (kernel) => ops.clip(kernel, -0.5, 0.5), kernelInitializer: 'ones' });
    layer.build([null, 1]);
    layer.weights[0]!.applyConstraint();
    assertClose(layer.weights[0]!, [0.5, 0.5]);
  });

  refuses([
    ['a negative norm', () => constraints.maxNorm(-1), 'ArgumentError', 'maxNorm maxValue: expected a number of at least 0, got -1'],
    [
      'bounds that are crossed',
      () => constraints.minMaxNorm({ minValue: 2 }),
      'ArgumentError',
      'minMaxNorm: expected minValue up to maxValue, got 2 and 1',
    ],
    [
      'a fraction as axis',
      () => constraints.unitNorm({ axis: 0.5 }),
      'ArgumentError',
      'unitNorm axis: expected a whole number or a list of them, got 0.5',
    ],
    ['a rate above 1', () => constraints.minMaxNorm({ rate: 2 }), 'ArgumentError', 'minMaxNorm rate: expected a number from 0 to 1, got 2'],
    [
      'an unknown name',
      () => constraints.constraint('maxnorm', 'x'),
      'ArgumentError',
      "x: expected a constraint (maxNorm, minMaxNorm, unitNorm, nonNeg), got 'maxnorm'; did you mean 'maxNorm'?",
    ],
    [
      'a number',
      () => constraints.constraint(3, 'x'),
      'ArgumentError',
      'x: expected a constraint (maxNorm, minMaxNorm, unitNorm, nonNeg), or a function, got 3; for example constraints.maxNorm(3)',
    ],
  ]);
});
