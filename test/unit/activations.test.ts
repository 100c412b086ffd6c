import assert from 'node:assert/strict';
import * as activations from '../../lib/activations/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose, numbers } from '../support/close.js';
import { refuses } from '../support/refused.js';

/** Names that options take, and what they make of [-2, -0.5, 0.5, 2]; null where neighbours matter. */
const values: Record<string, readonly number[] | null> = {
  celu: [Math.expm1(-2), Math.expm1(-0.5), 0.5, 2],
  elu: [Math.expm1(-2), Math.expm1(-0.5), 0.5, 2],
  exponential: [-2, -0.5, 0.5, 2].map(Math.exp),
  gelu: [-0.04550026, -0.15426877, 0.34573123, 1.95449974],
  glu: null,
  hardShrink: [-2, 0, 0, 2],
  hardSigmoid: [1 / 6, 5 / 12, 7 / 12, 5 / 6],
  hardSilu: [-1 / 3, -5 / 24, 7 / 24, 5 / 3],
  hardSwish: [-1 / 3, -5 / 24, 7 / 24, 5 / 3],
  hardTanh: [-1, -0.5, 0.5, 1],
  leakyRelu: [-0.4, -0.1, 0.5, 2],
  linear: [-2, -0.5, 0.5, 2],
  logSigmoid: [-2, -0.5, 0.5, 2].map((x) => -Math.log1p(Math.exp(-x))),
  logSoftmax: null,
  mish: [-2, -0.5, 0.5, 2].map((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  relu: [0, 0, 0.5, 2],
  relu6: [0, 0, 0.5, 2],
  selu: [1.7580993 * Math.expm1(-2), 1.7580993 * Math.expm1(-0.5), 0.52535049, 2.10140197],
  sigmoid: [-2, -0.5, 0.5, 2].map((x) => 1 / (1 + Math.exp(-x))),
  silu: [-2, -0.5, 0.5, 2].map((x) => x / (1 + Math.exp(-x))),
  softShrink: [-1.5, 0, 0, 1.5],
  softmax: null,
  softplus: [-2, -0.5, 0.5, 2].map((x) => Math.log1p(Math.exp(x))),
  softsign: [-2 / 3, -1 / 3, 1 / 3, 2 / 3],
  sparsePlus: [0, 0.0625, 0.5625, 2],
  sparseSigmoid: [0, 0.25, 0.75, 1],
  sparsemax: null,
  squareplus: [-2, -0.5, 0.5, 2].map((x) => (x + Math.sqrt(x * x + 4)) / 2),
  swish: [-2, -0.5, 0.5, 2].map((x) => x / (1 + Math.exp(-x))),
  tanh: [-2, -0.5, 0.5, 2].map(Math.tanh),
  tanhShrink: [-2, -0.5, 0.5, 2].map((x) => x - Math.tanh(x)),
};

describe('activations', () => {
  const x = () => tensor([-2, -0.5, 0.5, 2]);

  for (const [name, wanted] of Object.entries(values)) {
    it(`${name} by name and as a function of the namespace are the same`, () => {
      const byName = activations.get(name as activations.ActivationName)(x());
      const fn = (activations as unknown as Record<string, (t: unknown) => typeof byName>)[name]!;
      assert.deepEqual(numbers(byName), numbers(fn(x())));
      if (wanted) assertClose(byName, wanted);
      assert.equal(activations.activation(fn, 'x').name, activations.activation(name, 'x').name);
    });
  }

  it('are all tested here', () => {
    assert.throws(
      () => activations.activation('?', 'x'),
      (error: Error) => {
        assert.deepEqual(/\((.*)\), or/.exec(error.message)![1]!.split(', ').sort(), Object.keys(values).sort());
        return true;
      },
    );
  });

  it('keep what losses look for', () => {
    assert.equal(activations.get('softmax')(ops.ones([1, 2])).provenance?.op, 'softmax');
    assert.equal(activations.get('sigmoid')(ops.ones([1, 2])).provenance?.op, 'sigmoid');
  });

  it('split an axis in half for glu', () => {
    assertClose(activations.glu(x()), [-2 / (1 + Math.exp(-0.5)), -0.5 / (1 + Math.exp(-2))]);
  });

  it('take a function as it is, and nothing as linear', () => {
    const own = (t: ReturnType<typeof x>) => ops.square(t);
    assert.equal(activations.activation(own, 'x').config, own);
    assert.equal(activations.activation(null, 'x').name, 'linear');
  });

  refuses([
    [
      'a number',
      () => activations.activation(1, 'dense activation'),
      'ArgumentError',
      'dense activation: expected an activation (celu, elu,',
    ],
    ['threshold, which needs arguments', () => activations.activation('threshold', 'x'), 'ArgumentError', 'x: expected an activation ('],
  ]);
});
