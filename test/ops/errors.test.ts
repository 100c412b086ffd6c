import * as ops from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { refuses } from '../support/refused.js';

const ones = (...shape: number[]): Tensor => ops.ones(shape);
const ints = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const wrong = <T>(value: unknown): T => value as T;

describe('ops refuse', () => {
  describe('shapes that do not go together', () => {
    refuses([
      [
        'operands that do not broadcast',
        () => ops.add(ones(2, 3), ones(4)),
        'ShapeError',
        'add: expected shapes that broadcast (from the last axis on equal, or 1), got [2, 3] and [4]; reshape one of them',
      ],
      ['conditions that do not broadcast', () => ops.where(ones(3), ones(2), 0), 'ShapeError', 'where: expected shapes that broadcast'],
      [
        'broadcasting to less',
        () => ops.broadcastTo(ones(3), [1]),
        'ShapeError',
        'broadcastTo: expected a shape that [3] broadcasts to, got [1]',
      ],
      [
        'inner dimensions that differ',
        () => ops.matmul(ones(3, 4), ones(5, 2)),
        'ShapeError',
        'matmul: expected inner dimensions that agree (4 and 5 do not), got [3, 4] and [5, 2]',
      ],
      [
        'a product with a scalar',
        () => ops.matmul(ones(3), 2),
        'ShapeError',
        'matmul: expected operands with at least one axis, got [3] and []',
      ],
      [
        'a dense kernel for other features',
        () => ops.dense(ones(2, 3), ones(4, 5)),
        'ShapeError',
        'dense: expected inner dimensions that agree',
      ],
      [
        'a dense bias of another size',
        () => ops.dense(ones(2, 3), ones(3, 5), { bias: ones(4) }),
        'ShapeError',
        'dense: expected a bias of shape [5], got [4]',
      ],
      [
        'reshaping to another size',
        () => ops.reshape(ones(2, 3), [4]),
        'ShapeError',
        'reshape: expected a shape of 6 elements, as [2, 3] has, got [4]; use -1',
      ],
      ['reshaping to a fraction', () => ops.reshape(ones(2, 3), [4, -1]), 'ShapeError', 'reshape: expected a shape of 6 elements'],
      ['squeezing a long axis', () => ops.squeeze(ones(2, 1), 0), 'ShapeError', 'squeeze: expected size 1 on axis 0, got [2, 1]'],
      [
        'joining different shapes',
        () => ops.concatenate([ones(2, 3), ones(3, 3)], 1),
        'ShapeError',
        'concatenate: expected tensors of one shape but for axis 1, got [2, 3] and [3, 3]',
      ],
      ['stacking different shapes', () => ops.stack([ones(2), ones(3)]), 'ShapeError', 'stack: expected tensors of shape [2], got [3]'],
      [
        'parts that are not equal',
        () => ops.split(ones(5), 2),
        'ShapeError',
        'split: expected a number of parts that divides 5, the size of axis 0, got 2',
      ],
      [
        'a slice outside',
        () => ops.slice(ones(3), [2], [2]),
        'ShapeError',
        'slice: expected a part inside [3], got start [2] and size [2]',
      ],
      ['an index outside', () => ops.getItem(ones(3), 3), 'ShapeError', 'getItem: expected an index from -3 to 2 on axis 0, got 3'],
      ['too many indices', () => ops.getItem(ones(3), 0, 0), 'ShapeError', 'getItem: expected an index for [3], got [0,0]'],
      [
        'the maximum of nothing',
        () => ops.max(ones(0, 3), 0),
        'ShapeError',
        'max: expected at least one element to choose from, got [0, 3]',
      ],
      [
        'the index of the maximum of nothing',
        () => ops.argmax(ones(0)),
        'ShapeError',
        'argmax: expected at least one element to choose from, got [0]',
      ],
      ['mirroring nothing', () => ops.pad(ones(0), 1, 'reflect'), 'ShapeError', 'pad: expected elements to repeat on axis 0, got [0]'],
      ['more than eight axes', () => ops.reshape(ones(1), [1, 1, 1, 1, 1, 1, 1, 1, 1]), 'ShapeError', 'reshape: expected at most 8 axes'],
      [
        'subscripts with two sizes',
        () => ops.einsum('ij,jk->ik', ones(2, 3), ones(4, 5)),
        'ShapeError',
        "einsum 'ij,jk->ik': expected one dimension for 'j', got 3 and 4",
      ],
      [
        'labels of another shape',
        () => ops.softmaxCrossEntropy(ones(2, 3), ones(2, 4)),
        'ShapeError',
        'softmaxCrossEntropy: expected labels of shape [2, 3], got [2, 4]',
      ],
      [
        'class numbers of another shape',
        () => ops.sparseCategoricalCrossentropy(ints(1, 2), ones(3, 4)),
        'ShapeError',
        'sparseCategoricalCrossentropy: expected labels of shape [3], got [2]',
      ],
      ['matrices that are not square', () => ops.linalg.inv(ones(2, 3)), 'ShapeError', 'inv: expected square matrices, got [2, 3]'],
      [
        'vectors that have no cross product',
        () => ops.cross(ones(4), ones(4)),
        'ShapeError',
        'cross: expected vectors of 2 or 3, got [4] and [4]',
      ],
    ]);
  });

  describe('images that windows do not fit', () => {
    refuses([
      [
        'a kernel larger than the image',
        () => ops.conv2d(ones(1, 4, 4, 1), ones(8, 5, 5, 1)),
        'ShapeError',
        "conv2d: kernel 5x5 does not fit the input [4, 4, 1]; use padding 'same' or a smaller kernel",
      ],
      [
        'a pool larger than the image',
        () => ops.maxPool2d(ones(1, 1, 4, 1)),
        'ShapeError',
        'maxPool2d: pool 2x2 does not fit the input [1, 4, 1]',
      ],
      [
        'a dilated kernel larger than the image',
        () => ops.conv2d(ones(1, 4, 4, 1), ones(8, 3, 3, 1), { dilationRate: 2 }),
        'ShapeError',
        'conv2d: kernel 5x5 does not fit the input [4, 4, 1]',
      ],
      [
        'one image without the batch',
        () => ops.conv2d(ones(4, 4, 1), ones(8, 3, 3, 1)),
        'ShapeError',
        'conv2d: expected [batch, height, width, channels], got [4, 4, 1]; add the batch or channel axis with ops.expandDims',
      ],
      [
        'filters for other channels',
        () => ops.conv2d(ones(1, 4, 4, 3), ones(8, 3, 3, 1)),
        'ShapeError',
        'conv2d: expected filters [out, height, width, 3]',
      ],
      [
        'a kernel for other channels',
        () => ops.conv(ones(1, 4, 4, 3), ones(3, 3, 2, 8)),
        'ShapeError',
        'conv: expected a kernel for 3 channels, got [3, 3, 2, 8]',
      ],
      [
        'a bias for other filters',
        () => ops.conv2d(ones(1, 4, 4, 1), ones(8, 3, 3, 1), { bias: ones(7) }),
        'ShapeError',
        'conv2d: expected a bias of shape [8], got [7]',
      ],
      [
        'strides of 0',
        () => ops.conv2d(ones(1, 4, 4, 1), ones(8, 3, 3, 1), { strides: 0 }),
        'ArgumentError',
        'conv2d: expected strides as a whole number from 1, or two of them, got 0',
      ],
      [
        'an unknown padding',
        () => ops.maxPool2d(ones(1, 4, 4, 1), { padding: wrong('full') }),
        'ArgumentError',
        "maxPool2d: expected padding 'valid', 'same' or [[top, bottom], [left, right]], got 'full'",
      ],
      [
        'causal padding of images',
        () => ops.conv(ones(1, 4, 4, 1), ones(3, 3, 1, 8), { padding: 'causal' }),
        'ArgumentError',
        "conv: expected padding 'valid' or 'same' for images, got 'causal'",
      ],
      [
        'an unknown data format',
        () => ops.avgPool2d(ones(1, 4, 4, 1), { dataFormat: wrong('NHWC') }),
        'ArgumentError',
        "avgPool2d: expected dataFormat 'channelsLast' or 'channelsFirst', got 'NHWC'",
      ],
      [
        'an unknown activation',
        () => ops.conv2d(ones(1, 4, 4, 1), ones(8, 3, 3, 1), { activation: wrong('tanh') }),
        'ArgumentError',
        "conv2d: expected the activation 'relu' or none, got tanh",
      ],
      [
        'output padding of a whole stride',
        () => ops.conv2dTranspose(ones(1, 4, 4, 1), ones(1, 3, 3, 8), { strides: 2, outputPadding: 2 }),
        'ArgumentError',
        'conv2dTranspose: expected outputPadding from 0 and below the strides, got 2',
      ],
    ]);
  });

  describe('axes and options that do not exist', () => {
    refuses([
      ['an axis outside', () => ops.sum(ones(2, 3), 2), 'ShapeError', 'sum: expected an axis from -2 to 1, got axis 2'],
      [
        'an axis of a scalar',
        () => ops.sum(ops.sum(ones(2)), 0),
        'ShapeError',
        'sum: expected a tensor with at least one axis, got a scalar, shape []',
      ],
      ['an axis twice', () => ops.mean(ones(2, 3), [0, -2]), 'ArgumentError', 'mean: expected each axis once, got axes [0, -2]'],
      [
        'an incomplete order of axes',
        () => ops.transpose(ones(2, 3), [0]),
        'ArgumentError',
        'transpose: expected each of 2 axes once, got [0]',
      ],
      [
        'bounds the wrong way round',
        () => ops.clip(ones(2), 1, -1),
        'ArgumentError',
        'clip: expected a lower bound below the upper, got 1 and -1',
      ],
      ['k beyond the axis', () => ops.topK(ones(3), 4), 'ArgumentError', 'topK: expected k of at most 3, the size of the last axis, got 4'],
      [
        'an unknown mode of padding',
        () => ops.pad(ones(2), 1, wrong('wrap')),
        'ArgumentError',
        "pad: expected mode 'constant', 'reflect', 'symmetric' or 'edge', got 'wrap'",
      ],
      ['a step of 0', () => ops.arange(0, 3, 0), 'ArgumentError', 'arange: expected finite numbers and a step other than 0, got 0, 3, 0'],
      [
        'segments without a number',
        () => ops.segmentSum(ones(2), ints(0, 1)),
        'ArgumentError',
        'segmentSum: expected numSegments, got none; a shape cannot depend on the values of ids',
      ],
      [
        'bins without a number',
        () => ops.bincount(ints(0, 1)),
        'ArgumentError',
        'bincount: expected minlength, the number of bins, got none',
      ],
      [
        'a dropout of everything',
        () => ops.random.dropout(ones(2), 1),
        'ArgumentError',
        'dropout: expected a rate from 0 and below 1, got 1',
      ],
      [
        'an empty range of integers',
        () => ops.random.randint([2], 3, 3),
        'ArgumentError',
        'randint: expected whole minval below maxval, got 3 and 3',
      ],
      [
        'a seed that is no number',
        () => ops.random.uniform([2], { seed: -1 }),
        'ArgumentError',
        'seed: expected a whole number from 0 to 2^53 - 1, got -1',
      ],
      [
        'a norm that is not offered',
        () => ops.norm(ones(2, 2), 2),
        'ArgumentError',
        "norm: expected order 'fro', 1, -1, Infinity or -Infinity over two axes, got 2 over 2 axes",
      ],
      [
        'an unknown interpolation',
        () => ops.image.resize(ones(2, 2, 1), 4, { interpolation: wrong('area') }),
        'ArgumentError',
        "resize: expected interpolation 'nearest', 'bilinear'",
      ],
      [
        'two many operands of einsum',
        () => ops.einsum('ij->i', ones(2, 2), ones(2)),
        'ArgumentError',
        "einsum 'ij->i': expected 1 operands, got 2",
      ],
      [
        'a letter from nowhere',
        () => ops.einsum('ij->k', ones(2, 2)),
        'ArgumentError',
        "einsum 'ij->k': expected letters of the operands in the result, got 'k'",
      ],
      [
        'a term of another rank',
        () => ops.einsum('ijk->i', ones(2, 2)),
        'ArgumentError',
        "einsum 'ijk->i': expected a term for 2 axes, got 'ijk'",
      ],
    ]);
  });

  describe('dtypes and values that are none', () => {
    refuses([
      [
        'indices that are floats',
        () => ops.take(ones(3), tensor([1])),
        'DTypeError',
        "take: expected indices of int32, got float32; convert them with ops.cast(..., 'int32')",
      ],
      [
        'an unknown dtype',
        () => ops.cast(ones(2), wrong('int8')),
        'DTypeError',
        'cast: expected float32, float64, int32, uint8 or bool, got int8',
      ],
      [
        'an unknown dtype of zeros',
        () => ops.zeros([2], wrong('half')),
        'DTypeError',
        'zeros: expected float32, float64, int32, uint8 or bool, got half',
      ],
      ['a shape of fractions', () => ops.zeros([1.5]), 'ShapeError', 'zeros: expected a shape of whole numbers from 0, got [1.5]'],
      [
        'integers as random normals',
        () => ops.random.normal([2], { dtype: 'int32' }),
        'ArgumentError',
        "normal: expected dtype 'float32' or 'float64', got 'int32'",
      ],
      [
        'text',
        () => ops.add(ones(2), wrong<number>('1')),
        'DTypeError',
        'add: expected a number, nested arrays of numbers, or a typed array, got string',
      ],
      [
        'nothing',
        () => ops.sqrt(wrong<Tensor>(null)),
        'DTypeError',
        'sqrt: expected a number, nested arrays of numbers, or a typed array, got null',
      ],
      ['rows of different lengths', () => ops.sqrt([[1, 2], [3]]), 'ShapeError', 'sqrt: expected nested arrays of one shape'],
      ['a disposed tensor', () => disposed(), 'DisposedError', 'add: expected a live tensor, got a disposed one of shape [2]'],
    ]);
  });
});

function disposed(): Tensor {
  const x = ones(2);
  x.dispose();
  return ops.add(x, 1);
}
