import assert from 'node:assert/strict';
import * as activations from '../../lib/activations/index.js';
import * as layers from '../../lib/layers/index.js';
import { toKeras } from '../../lib/keras/index.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { assertClose, assertTensor } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('activation by name', { make: () => layers.activation('softmax'), input: [4], output: [4] });
conforms('activation by function', { make: () => layers.activation((x) => ops.square(x)), input: [3, 2], output: [3, 2], writable: false });
conforms('softmax', { make: () => layers.softmax({ axis: 1 }), input: [3, 2], output: [3, 2] });
conforms('softmax over two axes', { make: () => layers.softmax({ axis: [1, 2] }), input: [3, 2], output: [3, 2] });
conforms('relu', { make: () => layers.relu({ maxValue: 0.5, negativeSlope: 0.1, threshold: 0.25 }), input: [6], output: [6] });
conforms('leakyRelu', { make: () => layers.leakyRelu(0.1), input: [5], output: [5] });
conforms('elu', { make: () => layers.elu({ alpha: 0.5 }), input: [5], output: [5] });
conforms('prelu', { make: () => layers.prelu({ alphaRegularizer: 'l2' }), input: [2, 3], output: [2, 3], weights: { alpha: [2, 3] } });
conforms('prelu with shared axes', {
  make: () => layers.prelu({ sharedAxes: [1] }),
  input: [2, 3],
  output: [2, 3],
  weights: { alpha: [1, 3] },
});
conforms('rescaling', { make: () => layers.rescaling(0.5, { offset: -1 }), input: [2, 2], output: [2, 2] });
conforms('rescaling by channel', { make: () => layers.rescaling({ scale: [1, 2], offset: [0, 1] }), input: [3, 2], output: [3, 2] });
conforms('lambda', {
  make: () => layers.lambda((x: Tensor) => ops.concatenate([x, ops.square(x)], -1)),
  input: [3],
  output: [6],
  writable: false,
});

describe('activation', () => {
  it('knows functions of the namespace by their names', () => {
    assert.equal(layers.activation(activations.relu).getConfig()['activation'], 'relu');
    assert.equal(layers.activation(activations.gelu).getConfig()['activation'], 'gelu');
    assert.equal(layers.activation('swish').getConfig()['activation'], 'silu');
    assertClose(activations.get('hardTanh')(tensor([-3, 0.5])), [-1, 0.5]);
  });

  it('is exact for gelu, approximate when told so', () => {
    assertClose(layers.activation('gelu').apply(tensor([[1]])), [0.8413447460685429]);
    assertClose(activations.gelu(tensor([1]), true), [0.8411919906082768]);
  });

  refuses([
    [
      'nothing',
      () => layers.activation(undefined as never),
      'ArgumentError',
      'activation: expected the name of an activation, or a function, got undefined',
    ],
    ['a number', () => layers.activation(3 as never), 'ArgumentError', 'activation activation: expected an activation (celu, elu,'],
    ['a slip', () => layers.activation('sofmax' as never), 'ArgumentError', 'activation activation: expected an activation (celu, elu,'],
  ]);

  it('names the nearest activation', () => {
    assert.throws(() => layers.activation('leaky_relu' as never), /did you mean 'leakyRelu'\?/);
  });
});

describe('softmax', () => {
  it('leaves out what is masked', () => {
    const mask = tensor([[true, false, true]]) as Tensor;
    assertClose(layers.softmax().apply(tensor([[1, 9, 1]]), { mask }), [0.5, 0, 0.5]);
  });

  it('keeps the logits for the losses', () => {
    assert.equal(layers.softmax().apply(ops.ones([2, 3]) as Tensor).provenance?.op, 'softmax');
  });

  refuses([
    [
      'an axis that is not there',
      () => layers.softmax({ axis: 3 }).computeOutputShape([null, 2]),
      'ShapeError',
      'softmax: expected an axis of the input [2], got 3; axes count from 0, the batch, or from -1, the last',
    ],
  ]);
});

describe('relu layers', () => {
  it('compute what their names say', () => {
    const x = () => tensor([[-2, -0.5, 0.5, 8]]) as Tensor;
    assertClose(layers.relu().apply(x()), [0, 0, 0.5, 8]);
    assertClose(layers.relu({ maxValue: 6 }).apply(x()), [0, 0, 0.5, 6]);
    assertClose(layers.leakyRelu().apply(x()), [-0.6, -0.15, 0.5, 8]);
    assertClose(layers.elu().apply(x()), [Math.expm1(-2), Math.expm1(-0.5), 0.5, 8]);
    assertClose(layers.prelu({ alphaInitializer: 'ones' }).apply(x()), [-2, -0.5, 0.5, 8]);
  });

  refuses([
    ['a negative maxValue', () => layers.relu({ maxValue: -1 }), 'ArgumentError', 'relu maxValue: expected a number of at least 0, got -1'],
    [
      'a negative slope',
      () => layers.leakyRelu(-0.1),
      'ArgumentError',
      'leakyRelu negativeSlope: expected a number of at least 0, got -0.1',
    ],
    ['NaN', () => layers.elu(NaN), 'ArgumentError', 'elu alpha: expected a finite number, got NaN'],
    [
      'the old name of the slope',
      () => layers.leakyRelu({ alpha: 0.1 } as never),
      'ArgumentError',
      "leakyRelu: expected known options only, got 'alpha'",
    ],
    [
      'slopes for unknown dimensions',
      () => layers.prelu().build([null, null, 3]),
      'ArgumentError',
      'prelu: expected known dimensions for the slopes, got [?, 3]; share the unknown axes with sharedAxes',
    ],
  ]);
});

describe('rescaling', () => {
  it('makes floats of pixels', () => {
    assertTensor(layers.rescaling(1 / 255).apply(tensor(Uint8Array.of(0, 51, 255), [1, 3])), [[0, 0.2, 1]]);
  });

  refuses([
    [
      'a text',
      () => layers.rescaling('1' as never),
      'ArgumentError',
      "rescaling scale: expected a finite number, or a list of one for each channel, got '1'",
    ],
    [
      'another number of channels',
      () => layers.rescaling([1, 2]).computeOutputShape([null, 5, 3]),
      'ShapeError',
      'rescaling: expected 2 channels in the last axis, got [5, 3]',
    ],
  ]);
});

describe('lambda', () => {
  it('finds out shapes without computing, also of unknown batches', () => {
    const layer = layers.lambda((x: Tensor) => ops.mean(x, 1));
    assert.deepEqual(layer.computeOutputShape([null, 7, 3]), [null, 3]);
    assert.deepEqual(layers.lambda((x: Tensor) => ops.reshape(x, [-1, 2])).computeOutputShape([null, 6]), [null, 2]);
    assert.deepEqual(layers.lambda((x: Tensor) => x, { outputShape: [9] }).computeOutputShape([null, 6]), [null, 9]);
  });

  it('gets lists and the mode', () => {
    const layer = layers.lambda(([a, b]: Tensor[], { training }) => (training ? ops.add(a!, b!) : ops.subtract(a!, b!)));
    const inputs = [tensor([[5]]) as Tensor, tensor([[2]]) as Tensor];
    assertClose(layer.apply(inputs), [3]);
    assertClose(layer.apply(inputs, { training: true }), [7]);
  });

  it('cannot be written to a file', () => {
    assert.throws(
      () => toKeras(serialize(layers.lambda((x: Tensor) => x))),
      /Lambda function: expected a config that can be written, got a function/,
    );
  });

  refuses([
    [
      'what is no function',
      () => layers.lambda('x => x' as never),
      'ArgumentError',
      "lambda function: expected a function from a tensor to a tensor, got 'x => x'",
    ],
  ]);
});
