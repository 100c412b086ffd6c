import assert from 'node:assert/strict';
import { layers as namespace } from '../../lib/index.js';
import * as layers from '../../lib/layers/index.js';
import { fromKeras, toKeras } from '../../lib/keras/index.js';
import { sequential } from '../../lib/models/sequential.js';
import * as ops from '../../lib/ops/index.js';
import { serialize } from '../../lib/options/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { assertClose, numbers } from '../support/close.js';
import { conforms } from '../support/layer-conformance.js';
import { refuses } from '../support/refused.js';

conforms('resizing', { make: () => layers.resizing(3, 4), input: [2, 2, 1], output: [3, 4, 1] });
conforms('resizing with padding, channels first', {
  make: () => layers.resizing({ height: 2, width: 2, padToAspectRatio: true, fillValue: 1, dataFormat: 'channelsFirst', antialias: true }),
  input: [1, 2, 4],
  output: [1, 2, 2],
});
conforms('centerCrop', { make: () => layers.centerCrop(2, 1), input: [4, 4, 2], output: [2, 1, 2] });
conforms('centerCrop of what is too small', {
  make: () => layers.centerCrop(4, 4, { dataFormat: 'channelsFirst' }),
  input: [1, 3, 5],
  output: [1, 4, 4],
});
conforms('normalization', {
  make: () => layers.normalization(),
  input: [2, 3],
  output: [2, 3],
  weights: { mean: [3], variance: [3], count: [] },
});
conforms('normalization with given statistics', {
  make: () => layers.normalization({ axis: [1, 2], mean: [1, 2, 3], variance: [4, 1, 0.25], invert: true }),
  input: [2, 3],
  output: [2, 3],
});
conforms('categoryEncoding', { make: () => layers.categoryEncoding(4), input: [3], output: [4], dtype: 'int32', low: 0, high: 4 });
conforms('categoryEncoding of single numbers', {
  make: () => layers.categoryEncoding({ numTokens: 3, outputMode: 'oneHot' }),
  input: [2, 2],
  output: [2, 2, 3],
  dtype: 'int32',
  low: 0,
  high: 3,
});

describe('resizing and cropping', () => {
  it('take the middle', () => {
    const x = ops.reshape(ops.arange(0, 16, 1, 'float32'), [1, 4, 4, 1]);
    assertClose(layers.centerCrop(2, 2).apply(x), [5, 6, 9, 10]);
    assertClose(layers.resizing(2, 2, { interpolation: 'nearest' }).apply(x), [5, 7, 13, 15]);
  });

  refuses([
    [
      'what is no image',
      () => layers.resizing(2, 2).apply(ops.zeros([1, 4, 4]) as never),
      'ShapeError',
      'resizing: expected [height, width, channels], got [4, 4]; add reshape([4, 4, 1]) before it',
    ],
    [
      'both ways to keep proportions',
      () => layers.resizing(2, 2, { cropToAspectRatio: true, padToAspectRatio: true }),
      'ArgumentError',
      'resizing: expected cropToAspectRatio or padToAspectRatio, got both; use one',
    ],
  ]);
});

describe('normalization', () => {
  const data = tensor([
    [1, 10],
    [3, 10],
    [5, 40],
  ]);

  it('takes statistics from a tensor, from arrays and from batches of any size', async () => {
    const whole = layers.normalization();
    whole.adapt(data);
    assertClose(whole.weights[0]!, [3, 20]);
    assertClose(whole.weights[1]!, [8 / 3, 200]);
    const parts = [[[1, 10]], [[3, 10], [5, 40]]]; // prettier-ignore
    const [nested, batches, later] = [layers.normalization(), layers.normalization(), layers.normalization()];
    nested.adapt([[1, 10], [3, 10], [5, 40]]); // prettier-ignore
    batches.adapt(parts.map((part) => tensor(part)));
    await later.adapt((async function* () { for (const part of parts) yield tensor(part); })()); // prettier-ignore
    for (const layer of [nested, batches, later]) {
      layer.weights.slice(0, 2).forEach((weight, i) => assertClose(weight, numbers(whole.weights[i]!)));
    }
    assertClose(ops.mean(whole.apply(data), 0), [0, 0]);
  });

  it('keeps one mean of everything, or those of several axes', () => {
    const all = layers.normalization({ axis: null });
    all.adapt(data);
    assertClose(all.weights[0]!, [11.5]);
    const each = layers.normalization({ axis: [1, 2] });
    each.adapt(ops.reshape(ops.arange(0, 12, 1, 'float32'), [2, 3, 2]));
    assert.deepEqual([...each.weights[0]!.shape], [3, 2]);
    assertClose(each.weights[0]!, [3, 4, 5, 6, 7, 8]);
  });

  it('turns itself round', () => {
    const [there, back] = [layers.normalization({ mean: 3, variance: 4 }), layers.normalization({ mean: 3, variance: 4, invert: true })];
    assertClose(there.apply(data), [-1, 3.5, 0, 3.5, 1, 18.5]);
    assertClose(back.apply(there.apply(data)), numbers(data));
  });

  it('does not divide by nothing', () => {
    const layer = layers.normalization();
    layer.adapt([[2], [2]]);
    assertClose(layer.apply(tensor([[2], [2]])), [0, 0]);
  });

  it('works in a model that was adapted before', () => {
    const layer = layers.normalization({ inputShape: [2] });
    layer.adapt(data);
    assertClose(
      sequential([2])
        .add(layer)
        .call(tensor([[3, 20]])),
      [0, 0],
    );
  });

  refuses([
    ['a mean alone', () => layers.normalization({ mean: 1 }), 'ArgumentError', 'normalization: expected mean and variance, or neither, got only mean; give both, or call adapt(data)'],
    ['adapting what is given', () => layers.normalization({ mean: 1, variance: 1 }).adapt([[1]]), 'ArgumentError', 'normalization.adapt: expected a layer without given statistics, got one with mean and variance; leave them out where adapt shall find them'],
    ['no data', () => layers.normalization().adapt(new Set<never>()), 'ArgumentError', 'normalization.adapt: expected data with at least one sample, got none'],
    ['other features', () => { const layer = layers.normalization(); layer.adapt([[1, 2]]); layer.adapt([[1]]); }, 'ShapeError', 'normalization.adapt: expected batches with [2] along the kept axes, got [1, 1]'],
    ['no data at all', () => layers.normalization().adapt(7 as never), 'ArgumentError', 'normalization.adapt: expected a tensor, arrays of numbers, or an iterable of batches, got 7'],
  ]); // prettier-ignore
});

describe('categoryEncoding', () => {
  it('marks or counts the numbers of a sample', () => {
    const x = tensor([[0, 2, 2], [1, 1, 5]], undefined, 'int32'); // prettier-ignore
    assertClose(layers.categoryEncoding(3).apply(x), [1, 0, 1, 0, 1, 0]);
    assertClose(layers.categoryEncoding(3, { outputMode: 'count' }).apply(x), [1, 0, 2, 0, 2, 0]);
    const weights = tensor([[0.5, 1, 2], [3, 4, 5]]); // prettier-ignore
    assertClose(layers.categoryEncoding(3, { outputMode: 'count' }).apply([x, weights] as never), [0.5, 0, 3, 0, 7, 0]);
    assertClose(layers.categoryEncoding(2, { outputMode: 'oneHot' }).apply(tensor([[1], [0]])), [0, 1, 1, 0]);
  });

  refuses([
    [
      'weights where nothing is counted',
      () => layers.categoryEncoding(3).apply([ops.zeros([1, 2]), ops.zeros([1, 2])] as never),
      'ArgumentError',
      "categoryEncoding: expected one input, or [numbers, weights] with outputMode 'count', got 2 inputs with outputMode 'multiHot'",
    ],
    [
      'one number a sample without an axis',
      () => layers.categoryEncoding(3).apply(ops.zeros([2], 'int32') as never),
      'ShapeError',
      "categoryEncoding: expected [values], got []; add reshape([1]) before it, or use outputMode 'oneHot'",
    ],
  ]);
});

describe('discretization', () => {
  it('finds the bin, the one after a boundary', () => {
    const layer = layers.discretization([-1, 0, 1.5]);
    const y = layer.apply(tensor([[-2, -1, -0.5], [0, 1.5, 9]])); // prettier-ignore
    assert.equal(y.dtype, 'int32');
    assert.deepEqual(numbers(y), [0, 1, 1, 2, 3, 3]);
    assertClose(layers.discretization([0], { outputMode: 'oneHot' }).apply(tensor([[-1], [1]])), [1, 0, 0, 1]);
    assertClose(layers.discretization([0], { outputMode: 'count' }).apply(tensor([[-1, 1, 2]])), [1, 2]);
  });

  it('makes bins of equally many, as Keras does', async () => {
    const three = layers.discretization({ numBins: 3 });
    three.adapt([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertClose(three.binBoundaries!, [3, 6]);
    const squares = Float32Array.from({ length: 100 }, (_, i) => i * i);
    const triples = Float32Array.from({ length: 60 }, (_, i) => 3 * i);
    const two = layers.discretization({ numBins: 4, epsilon: 0.05 });
    two.adapt([squares, triples]);
    assertClose(two.binBoundaries!, [87, 361, 3481], { rtol: 1e-5 });
    const again = layers.fromConfig(serialize(two)) as layers.Discretization;
    assert.deepEqual(again.binBoundaries, two.binBoundaries);
    const later = layers.discretization({ numBins: 3 });
    await later.adapt((async function* () { yield tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]); })()); // prettier-ignore
    assertClose(later.binBoundaries!, [3, 6]);
  });

  it('keeps its config through the spelling of Keras', () => {
    const layer = layers.discretization([1, 2], { outputMode: 'multiHot' });
    const read = namespace.fromConfig(fromKeras(JSON.parse(JSON.stringify(toKeras(serialize(layer)))) as never));
    assert.deepEqual(read.getConfig(), layer.getConfig());
    assert.deepEqual(layer.computeOutputShape([null, 5]), [null, 3]);
  });

  refuses([
    [
      'nothing to go by',
      () => layers.discretization({}),
      'ArgumentError',
      'discretization: expected binBoundaries or numBins, got neither; give the boundaries, or numBins and call adapt(data)',
    ],
    [
      'use before adapt',
      () => layers.discretization({ numBins: 2 }).apply(ops.zeros([1, 1])),
      'ArgumentError',
      'discretization: expected boundaries of bins, got none; call adapt(data) first',
    ],
    [
      'boundaries out of order',
      () => layers.discretization([1, 0]),
      'ArgumentError',
      'discretization binBoundaries: expected a list of numbers in ascending order, got [1, 0]',
    ],
    [
      'adapting given boundaries',
      () => layers.discretization([1]).adapt([1]),
      'ArgumentError',
      'discretization.adapt: expected a layer with numBins, got one with binBoundaries; give numBins where adapt shall find the boundaries',
    ],
  ]);
});
