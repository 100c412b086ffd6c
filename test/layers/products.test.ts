import assert from 'node:assert/strict';
import { maskOf } from '../../lib/layers/context.js';
import * as layers from '../../lib/layers/index.js';
import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('repeatVector', { make: () => layers.repeatVector(3), input: [2], output: [3, 2] });
conforms('activityRegularization', { make: () => layers.activityRegularization({ l1: 0.1, l2: 0.2 }), input: [2, 2], output: [2, 2] });
conforms('dot', { make: () => layers.dot(1), input: [[3], [3]], output: [1] });
conforms('dot of matrices', { make: () => layers.dot([2, 1]), input: [[2, 3], [3, 4]], output: [2, 4] }); // prettier-ignore
conforms('dot, normalized', { make: () => layers.dot({ axes: -1, normalize: true }), input: [[2, 3], [4, 3]], output: [2, 4] }); // prettier-ignore
conforms('einsumDense', {
  make: () => layers.einsumDense('abc,cde->abde', [null, 2, 3], { biasAxes: 'de', activation: 'tanh', kernelRegularizer: 'l2' }),
  input: [2, 4],
  output: [2, 2, 3],
  weights: { kernel: [4, 2, 3], bias: [2, 3] },
});
conforms('einsumDense with dots before', {
  make: () => layers.einsumDense({ equation: '...x,xy->...y', outputShape: 3, biasAxes: 'y' }),
  input: [2, 2, 4],
  output: [2, 2, 3],
  weights: { kernel: [4, 3], bias: [3] },
});
conforms('einsumDense with dots behind', {
  make: () => layers.einsumDense('ab...,bc->ac...', 3, { biasAxes: 'c' }),
  input: [2, 4],
  output: [3, 4],
  weights: { kernel: [2, 3], bias: [3, 1] },
});

describe('products', () => {
  it('of vectors are scalar products, of unit vectors cosines', () => {
    const [a, b] = [tensor([[3, 4], [1, 0]]), tensor([[4, 3], [0, 2]])]; // prettier-ignore
    assertClose(layers.dot(1).apply([a, b]), [24, 0]);
    assertClose(layers.dot(-1, { normalize: true }).apply([a, b]), [0.96, 0]);
  });

  it('of matrices are products along the given axes', () => {
    const [a, b] = [ops.random.normal([2, 3, 4], { seed: 1 }), ops.random.normal([2, 4, 5], { seed: 2 })];
    assertClose(layers.dot([2, 1]).apply([a, b]), numbers(ops.matmul(a, b)));
    assertClose(layers.dot([2, -2]).apply([a, b]), numbers(ops.matmul(a, b)));
  });

  it('by an equation are what dense gives', () => {
    const x = ops.random.normal([2, 3, 4], { seed: 3 });
    const [dense, einsum] = [layers.dense(5), layers.einsumDense('abc,cd->abd', [null, 5], { biasAxes: 'd' })];
    const wanted = numbers(dense.apply(x));
    einsum.build([null, 3, 4]);
    einsum.setWeights(dense.weights.map((weight) => weight.toKeras()));
    assertClose(einsum.apply(x), wanted);
  });

  it('keep the order of axes under dots', () => {
    const layer = layers.einsumDense('...x,xy->...y', 2);
    assert.deepEqual(layer.computeOutputShape([null, 5, 6, 7, 3]), [null, 5, 6, 7, 2]);
  });

  it('end masks, unlike a penalty on activities', () => {
    const x = layers.masking().apply(
      tensor([
        [
          [0, 0],
          [1, 2],
        ],
      ]),
    );
    const penalty = layers.activityRegularization({ l1: 0.5 });
    assert.deepEqual(numbers(maskOf(penalty.apply(x))!), [0, 1]);
    assertClose(penalty.losses[0]!, [1.5]);
    assert.equal(maskOf(layers.dot([2, 2]).apply([x, x])), undefined);
  });

  it('repeat vectors as steps', () => {
    assertClose(layers.repeatVector(2).apply(tensor([[1, 2], [3, 4]])), [1, 2, 1, 2, 3, 4, 3, 4]); // prettier-ignore
  });

  refuses([
    [
      'a sequence to repeat',
      () => layers.repeatVector(2).apply(ops.zeros([1, 2, 3]) as never),
      'ShapeError',
      'repeatVector: expected [features], got [2, 3]; add flatten() before it',
    ],
    [
      'axes of other lengths',
      () => layers.dot(1).apply([ops.zeros([1, 2]), ops.zeros([1, 3])] as never),
      'ShapeError',
      'dot: expected inputs whose axes are equally long, got [2] and [3]; choose other axes; they count from 0, the batch',
    ],
    [
      'the batch as axis',
      () => layers.dot(0),
      'ArgumentError',
      'dot axes: expected an axis other than 0, the batch, or two of them, got 0; for example 1, or [2, 1]',
    ],
    [
      'three inputs',
      () => layers.dot(1).apply([ops.zeros([1, 2]), ops.zeros([1, 2]), ops.zeros([1, 2])] as never),
      'ShapeError',
      'dot: expected two inputs, got 3; pass a list: apply([a, b])',
    ],
    [
      'no equation',
      () => layers.einsumDense('abc', 2),
      'ArgumentError',
      "einsumDense equation: expected input,kernel->output, as in 'abc,cd->abd' or '...x,xy->...y', got 'abc'",
    ],
    [
      'a letter from nowhere',
      () => layers.einsumDense('ab,bc->ad', 2),
      'ArgumentError',
      "einsumDense equation: expected letters of the output that the input or the kernel has, got 'd' in 'ab,bc->ad'",
    ],
    [
      'a bias along no axis',
      () => layers.einsumDense('ab,bc->ac', 2, { biasAxes: 'b' }),
      'ArgumentError',
      "einsumDense biasAxes: expected letters of the output, got 'b' in 'ab,bc->ac'",
    ],
    [
      'an input of another rank',
      () => layers.einsumDense('ab,bc->ac', 2).apply(ops.zeros([1, 2, 3]) as never),
      'ShapeError',
      "einsumDense 'ab,bc->ac': expected an input of 2 axes, with the batch, got [2, 3] and the batch",
    ],
    [
      'an output against the input',
      () => layers.einsumDense('abc,cd->abd', [4, 2]).apply(ops.zeros([1, 3, 3]) as never),
      'ShapeError',
      "einsumDense 'abc,cd->abd': expected outputShape with 3 for 'b', as the input has, got 4; use null for what follows from the input",
    ],
  ]);
});
