/** Every differentiable op against central differences in float64, at points away from its kinks. */
import * as ops from '../../lib/ops/index.js';
import { scalar, tensor } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { type CheckedInput, gradCheck, type GradCheckOptions, input } from '../support/gradcheck.js';

interface Row extends GradCheckOptions {
  name: string;
  fn: (...inputs: Tensor[]) => Tensor;
  at: CheckedInput[];
}

const x = input([2, 3, 2], 1);
const positive = input([2, 3], 2, 0.3, 2);
const m = input([3, 4], 3);
const ints = (values: number[], shape = [values.length]): Tensor => tensor(Int32Array.from(values), shape);

/** Ops on one tensor by name, with the range they are smooth in. */
const unary: [keyof typeof ops, number, number][] = [
  ['sqrt', 0.3, 2],
  ['rsqrt', 0.3, 2],
  ['reciprocal', 0.3, 2],
  ['exp', -1, 1],
  ['exp2', -1, 1],
  ['expm1', -1, 1],
  ['log', 0.3, 2],
  ['log2', 0.3, 2],
  ['log10', 0.3, 2],
  ['log1p', -0.5, 2],
  ['sin', -2, 2],
  ['cos', -2, 2],
  ['tan', -1, 1],
  ['arcsin', -0.8, 0.8],
  ['arccos', -0.8, 0.8],
  ['arctan', -2, 2],
  ['sinh', -1, 1],
  ['cosh', -1, 1],
  ['tanh', -1, 1],
  ['arcsinh', -2, 2],
  ['arccosh', 1.3, 3],
  ['arctanh', -0.8, 0.8],
  ['erf', -1, 1],
  ['erfc', -1, 1],
  ['erfinv', -0.7, 0.7],
  ['cbrt', 0.3, 2],
  ['negative', -1, 1],
  ['square', -1, 1],
  ['abs', 0.1, 1],
  ['sigmoid', -2, 2],
  ['softplus', -2, 2],
  ['logSigmoid', -2, 2],
  ['softsign', 0.1, 2],
  ['silu', -2, 2],
  ['mish', -2, 2],
  ['gelu', -2, 2],
  ['selu', -2, -0.1],
  ['elu', -2, -0.1],
  ['celu', -2, -0.1],
  ['relu', 0.1, 1],
  ['relu6', 0.1, 5],
  ['leakyRelu', -2, -0.1],
  ['hardSigmoid', -2, 2],
  ['hardSilu', -2, 2],
  ['hardTanh', -0.9, 0.9],
  ['hardShrink', 0.6, 2],
  ['softShrink', 0.6, 2],
  ['sparsePlus', -0.9, 0.9],
  ['sparseSigmoid', -0.9, 0.9],
  ['squareplus', -2, 2],
  ['tanhShrink', -2, 2],
  ['softmax', -1, 1],
  ['logSoftmax', -1, 1],
  ['deg2rad', -1, 1],
  ['rad2deg', -1, 1],
];

const first: Row[] = [
  { name: 'gelu exact', fn: (a) => ops.gelu(a, { approximate: false }), at: [x] },
  { name: 'selu above 0', fn: (a) => ops.selu(a), at: [positive] },
  { name: 'elu with alpha', fn: (a) => ops.elu(a, 1.5), at: [input([4], 1, -2, -0.1)] },
  { name: 'celu with alpha', fn: (a) => ops.celu(a, 0.5), at: [input([4], 1, -2, -0.1)] },
  { name: 'leakyRelu with slope', fn: (a) => ops.leakyRelu(a, 0.3), at: [input([4], 1, -2, -0.1)] },
  { name: 'relu with options', fn: (a) => ops.relu(a, { negativeSlope: 0.2, maxValue: 1, threshold: 0.3 }), at: [input([12], 1, -2, 2)] },
  { name: 'threshold', fn: (a) => ops.threshold(a, 0.5, -1), at: [input([12], 1, -2, 2)] },
  { name: 'clip', fn: (a) => ops.clip(a, -0.5, 0.5), at: [x] },
  { name: 'clip between tensors', fn: (a, b) => ops.clip(a, b, 0.9), at: [x, input([2], 5)] },
  { name: 'glu', fn: (a) => ops.glu(a), at: [m] },
  { name: 'sparsemax', fn: (a) => ops.sparsemax(a), at: [m] },
  { name: 'softmax over axis 1', fn: (a) => ops.softmax(a, 1), at: [x] },
  { name: 'softmax over two axes', fn: (a) => ops.softmax(a, [0, 2]), at: [x] },
  { name: 'logSoftmax over axis 0', fn: (a) => ops.logSoftmax(a, 0), at: [x] },
  { name: 'cast', fn: (a) => ops.cast(ops.cast(ops.multiply(a, 1), 'float64'), 'float64'), at: [m] },

  { name: 'add', fn: (a, b) => ops.add(a, b), at: [x, input([3, 1], 7)] },
  { name: 'subtract', fn: (a, b) => ops.subtract(a, b), at: [input([3, 1], 7), x] },
  { name: 'multiply', fn: (a, b) => ops.multiply(a, b), at: [x, input([2], 7)] },
  { name: 'multiply of one tensor with itself', fn: (a) => ops.multiply(a, a), at: [m] },
  { name: 'divide', fn: (a, b) => ops.divide(a, b), at: [x, input([3, 1], 7, 0.4, 2)] },
  { name: 'divideNoNan', fn: (a, b) => ops.divideNoNan(a, b), at: [x, input([3, 1], 7, 0.4, 2)] },
  { name: 'maximum', fn: (a, b) => ops.maximum(a, b), at: [x, input([2, 3, 2], 9)] },
  { name: 'minimum', fn: (a, b) => ops.minimum(a, b), at: [x, input([3, 2], 9)] },
  { name: 'squaredDifference', fn: (a, b) => ops.squaredDifference(a, b), at: [x, input([3, 1], 7)] },
  { name: 'mod', fn: (a, b) => ops.mod(a, b), at: [input([4], 1, 3.1, 3.9), input([4], 2, 1.1, 1.4)] },
  { name: 'power', fn: (a, b) => ops.power(a, b), at: [positive, input([3], 4, -2, 2)] },
  { name: 'power of a number', fn: (a) => ops.power(a, 3), at: [m] },
  { name: 'power of a fraction', fn: (a) => ops.power(a, -1.5), at: [positive] },
  { name: 'number to a power', fn: (a) => ops.power(2, a), at: [m] },
  { name: 'arctan2', fn: (a, b) => ops.arctan2(a, b), at: [x, input([3, 1], 7, 0.4, 2)] },
  { name: 'hypot', fn: (a, b) => ops.hypot(a, b), at: [x, input([3, 1], 7, 0.4, 2)] },
  { name: 'logaddexp', fn: (a, b) => ops.logaddexp(a, b), at: [x, input([3, 1], 7)] },
  { name: 'where', fn: (a, b) => ops.where(ops.greater(tensor([1, -1, 2]), 0), a, b), at: [input([2, 3], 1), input([1], 2)] },

  { name: 'sum', fn: (a) => ops.sum(a, 1), at: [x] },
  { name: 'sum of all', fn: (a) => ops.sum(a), at: [x] },
  { name: 'mean', fn: (a) => ops.mean(a, [0, -1], true), at: [x] },
  { name: 'prod', fn: (a) => ops.prod(a, [0, 2]), at: [x] },
  { name: 'max', fn: (a) => ops.max(a, 1), at: [x] },
  { name: 'min', fn: (a) => ops.min(a, [0, 1]), at: [x] },
  { name: 'variance', fn: (a) => ops.variance(a, -1), at: [x] },
  { name: 'std', fn: (a) => ops.std(a, [0, 1], true), at: [x] },
  { name: 'logsumexp', fn: (a) => ops.logsumexp(a, 1), at: [x] },
  { name: 'sumSquares', fn: (a) => ops.sumSquares(a, 0), at: [x] },
  { name: 'moments', fn: (a) => ops.add(ops.moments(a, 0).mean, ops.moments(a, 0).variance), at: [x] },
  { name: 'average', fn: (a, w) => ops.average(a, 1, w), at: [m, input([4], 5, 0.5, 1)] },
  { name: 'median', fn: (a) => ops.median(a, 1), at: [input([3, 5], 6)] },
  { name: 'quantile', fn: (a) => ops.quantile(a, 0.3, { axis: 0 }), at: [input([5, 2], 6)] },
  { name: 'corrcoef', fn: (a) => ops.corrcoef(a), at: [input([2, 5], 6)], step: 1e-6, rtol: 1e-5, atol: 1e-6 },
  { name: 'cumsum', fn: (a) => ops.cumsum(a, 1, { exclusive: true }), at: [x] },
  { name: 'cumsum reversed', fn: (a) => ops.cumsum(a, 0, { reverse: true }), at: [x] },
  { name: 'cumprod', fn: (a) => ops.cumprod(a, 1), at: [x] },
  { name: 'cumprod exclusive, reversed', fn: (a) => ops.cumprod(a, 1, { exclusive: true, reverse: true }), at: [x] },
  { name: 'nanmean', fn: (a) => ops.nanmean(ops.where([false, true, false, false], NaN, a), 1), at: [m] },
  { name: 'norm', fn: (a) => ops.norm(a), at: [m] },
  { name: 'norm of order 3', fn: (a) => ops.norm(a, { ord: 3, axis: 1 }), at: [positive] },
  { name: 'norm of order infinity', fn: (a) => ops.norm(a, { ord: Infinity, axis: 0 }), at: [m] },
  { name: 'norm of matrices', fn: (a) => ops.norm(a, { ord: 1, axis: [0, 2] }), at: [x] },
  { name: 'normalize', fn: (a) => ops.normalize(a), at: [m] },
  { name: 'normalize of order 1', fn: (a) => ops.normalize(a, { order: 1, axis: 0 }), at: [m] },

  { name: 'matmul', fn: (a, b) => ops.matmul(a, b), at: [m, input([4, 2], 5)] },
  { name: 'matmul transposeA', fn: (a, b) => ops.matmul(a, b, { transposeA: true }), at: [m, input([3, 2], 5)] },
  { name: 'matmul transposeB', fn: (a, b) => ops.matmul(a, b, { transposeB: true }), at: [m, input([2, 4], 5)] },
  {
    name: 'matmul with both transposed',
    fn: (a, b) => ops.matmul(a, b, { transposeA: true, transposeB: true }),
    at: [m, input([2, 3], 5)],
  },
  { name: 'matmul of batches', fn: (a, b) => ops.matmul(a, b), at: [input([2, 3, 2], 1), input([2, 2, 4], 5)] },
  { name: 'matmul of a batch and a matrix', fn: (a, b) => ops.matmul(a, b), at: [input([2, 3, 2], 1), input([2, 4], 5)] },
  { name: 'matmul of a matrix and a batch', fn: (a, b) => ops.matmul(a, b), at: [input([3, 2], 1), input([2, 2, 4], 5)] },
  {
    name: 'matmul of a transposed batch and a matrix',
    fn: (a, b) => ops.matmul(a, b, { transposeA: true }),
    at: [input([2, 2, 3], 1), input([2, 4], 5)],
  },
  { name: 'matmul of broadcast batches', fn: (a, b) => ops.matmul(a, b), at: [input([2, 1, 3, 2], 1), input([3, 2, 2], 5)] },
  { name: 'matmul of vectors', fn: (a, b) => ops.matmul(a, b), at: [input([3], 1), input([3], 5)] },
  { name: 'matmul of a vector and a batch', fn: (a, b) => ops.matmul(a, b), at: [input([2], 1), input([3, 2, 2], 5)] },
  { name: 'dense', fn: (a, w, b) => ops.dense(a, w, { bias: b }), at: [input([2, 3, 4], 1), input([4, 2], 2), input([2], 3)] },
  {
    name: 'dense with relu',
    fn: (a, w, b) => ops.dense(a, w, { bias: b, activation: 'relu' }),
    at: [m, input([4, 5], 2), input([5], 3)],
  },
  {
    name: 'tensordot',
    fn: (a, b) =>
      ops.tensordot(a, b, [
        [0, 2],
        [1, 0],
      ]),
    at: [x, input([2, 2, 3], 4)],
  },
  { name: 'dot', fn: (a, b) => ops.dot(a, b), at: [x, input([2, 2, 3], 4)] },
  { name: 'inner', fn: (a, b) => ops.inner(a, b), at: [m, input([2, 4], 4)] },
  { name: 'vdot', fn: (a, b) => ops.vdot(a, b), at: [m, input([4, 3], 4)] },
  { name: 'outer', fn: (a, b) => ops.outer(a, b), at: [input([3], 1), input([4], 4)] },
  { name: 'kron', fn: (a, b) => ops.kron(a, b), at: [input([2, 2], 1), input([1, 3], 4)] },
  { name: 'cross', fn: (a, b) => ops.cross(a, b), at: [input([2, 3], 1), input([2, 3], 4)] },
  { name: 'cross of 2 and 3', fn: (a, b) => ops.cross(a, b), at: [input([2, 2], 1), input([2, 3], 4)] },
  { name: 'einsum', fn: (a, b) => ops.einsum('bij,kj->bki', a, b), at: [x, input([4, 2], 4)] },
  { name: 'einsum of a diagonal', fn: (a) => ops.einsum('iij->j', a), at: [input([3, 3, 2], 4)] },
  { name: 'einsum of three', fn: (a, b, c) => ops.einsum('bi,ij,bj->b', a, b, c), at: [input([2, 3]), input([3, 4], 2), input([2, 4], 3)] },

  { name: 'broadcastTo', fn: (a) => ops.broadcastTo(a, [4, 3, 2]), at: [input([3, 1])] },
  { name: 'reshape', fn: (a) => ops.reshape(a, [4, -1]), at: [x] },
  { name: 'transpose', fn: (a) => ops.transpose(a, [2, 0, 1]), at: [x] },
  { name: 'concatenate', fn: (a, b) => ops.concatenate([a, b, a], 1), at: [x, input([2, 1, 2], 4)] },
  { name: 'stack', fn: (a, b) => ops.stack([a, b], 1), at: [m, input([3, 4], 4)] },
  { name: 'split', fn: (a) => ops.multiply(ops.split(a, 2, 1)[1]!, 3), at: [m] },
  { name: 'tile', fn: (a) => ops.tile(a, [2, 1, 3]), at: [x] },
  { name: 'repeat', fn: (a) => ops.repeat(a, 2, 1), at: [x] },
  { name: 'repeat by a list', fn: (a) => ops.repeat(a, [2, 0, 1], 1), at: [x] },
  { name: 'flip', fn: (a) => ops.flip(a, [0, 1]), at: [x] },
  { name: 'roll', fn: (a) => ops.roll(a, [1, -2], [0, 1]), at: [m] },
  { name: 'rot90', fn: (a) => ops.rot90(a, { k: 3 }), at: [m] },
  { name: 'slice', fn: (a) => ops.slice(a, [0, 1, 0], [2, 2, 1]), at: [x] },
  { name: 'getItem with strides', fn: (a) => ops.getItem(a, [null, null, -2], 1, null), at: [m] },
  { name: 'sliceUpdate', fn: (a, b) => ops.sliceUpdate(a, [1, 1], b), at: [m, input([2, 2], 4)] },
  { name: 'diff', fn: (a) => ops.diff(a, 2), at: [m] },
  {
    name: 'pad',
    fn: (a) =>
      ops.pad(
        a,
        [
          [1, 2],
          [0, 1],
        ],
        { constantValues: 2 },
      ),
    at: [m],
  },
  {
    name: 'pad reflect',
    fn: (a) =>
      ops.pad(
        a,
        [
          [2, 2],
          [3, 1],
        ],
        'reflect',
      ),
    at: [m],
  },
  {
    name: 'pad symmetric',
    fn: (a) =>
      ops.pad(
        a,
        [
          [2, 4],
          [3, 1],
        ],
        'symmetric',
      ),
    at: [m],
  },
  {
    name: 'pad edge',
    fn: (a) =>
      ops.pad(
        a,
        [
          [2, 2],
          [3, 1],
        ],
        'edge',
      ),
    at: [m],
  },
  { name: 'tril', fn: (a) => ops.tril(a), at: [m] },
  { name: 'triu', fn: (a) => ops.triu(a, -1), at: [m] },
  { name: 'diag', fn: (a) => ops.diag(a, -1), at: [input([3])] },
  { name: 'diagonal', fn: (a) => ops.diagonal(a, { offset: 1 }), at: [x] },
  { name: 'trace', fn: (a) => ops.trace(a), at: [m] },
  { name: 'meshgrid', fn: (a, b) => ops.multiply(...(ops.meshgrid([a, b]) as [Tensor, Tensor])), at: [input([3]), input([2], 4)] },
  { name: 'depthToSpace', fn: (a) => ops.depthToSpace(a, 2), at: [input([1, 2, 2, 4])] },
  { name: 'spaceToDepth', fn: (a) => ops.spaceToDepth(a, 2), at: [input([1, 4, 2, 1])] },
  { name: 'copy', fn: (a) => ops.copy(a), at: [m] },

  { name: 'take', fn: (a) => ops.take(a, ints([2, -1, 0, 2]), 1), at: [x] },
  { name: 'take of indices with two axes', fn: (a) => ops.take(a, ints([1, 0, 1, 1], [2, 2]), 0), at: [x] },
  { name: 'takeAlongAxis', fn: (a) => ops.takeAlongAxis(a, ints([3, 0, 0, 1, 2, 2], [3, 2]), 1), at: [m] },
  { name: 'scatter', fn: (v) => ops.scatter(ints([0, 2, 0], [3, 1]), v, [4, 2]), at: [input([3, 2])] },
  { name: 'scatterUpdate', fn: (a, u) => ops.scatterUpdate(a, ints([2, 0, 2], [3, 1]), u), at: [m, input([3, 4], 4)] },
  { name: 'segmentSum', fn: (a) => ops.segmentSum(a, ints([1, 0, 1]), 3), at: [m] },
  { name: 'segmentMax', fn: (a) => ops.segmentMax(a, ints([1, 0, 1]), 2), at: [m] },
  { name: 'sort', fn: (a) => ops.sort(a, 0), at: [m] },
  { name: 'topK', fn: (a) => ops.topK(a, 2).values, at: [m] },

  { name: 'softmaxCrossEntropy', fn: (a, b) => ops.softmaxCrossEntropy(a, b), at: [m, input([3, 4], 5, 0.1, 1)] },
  { name: 'sparseSoftmaxCrossEntropy', fn: (a) => ops.sparseSoftmaxCrossEntropy(a, ints([3, 0, 2])), at: [m] },
  { name: 'sigmoidCrossEntropy', fn: (a, b) => ops.sigmoidCrossEntropy(a, b), at: [m, input([4], 5, 0, 1)] },
  {
    name: 'categoricalCrossentropy',
    fn: (a, b) => ops.categoricalCrossentropy(a, b),
    at: [input([3, 4], 5, 0.1, 1), input([3, 4], 6, 0.1, 1)],
  },
  {
    name: 'categoricalCrossentropy over axis 1, under softmax',
    fn: (a, z) => ops.categoricalCrossentropy(z, ops.softmax(a, 1), { axis: 1 }),
    at: [x, input([2, 3, 2], 5, 0.1, 1)],
  },
  {
    name: 'sparseCategoricalCrossentropy',
    fn: (a) => ops.sparseCategoricalCrossentropy(ints([3, 0, 2]), a),
    at: [input([3, 4], 6, 0.1, 0.9)],
  },
  { name: 'binaryCrossentropy', fn: (a, b) => ops.binaryCrossentropy(a, b), at: [input([3, 4], 5, 0.1, 1), input([3, 4], 6, 0.1, 0.9)] },
  {
    name: 'binaryCrossentropy under sigmoid',
    fn: (a, z) => ops.binaryCrossentropy(z, ops.sigmoid(a)),
    at: [m, input([3, 4], 5, 0.1, 1)],
  },

  { name: 'layerNormalization', fn: (a, g, b) => ops.layerNormalization(a, { gamma: g, beta: b }), at: [m, input([4], 2), input([4], 3)] },
  { name: 'rmsNormalization', fn: (a, g) => ops.rmsNormalization(a, { scale: g }), at: [m, input([4], 2)] },
  {
    name: 'batchNormalization',
    fn: (a, mean, variance) => ops.batchNormalization(a, mean, variance, { axis: 1, scale: tensor([1, 2, 3]), offset: tensor([3, 2, 1]) }),
    at: [x, input([3], 2), input([3], 3, 0.5, 1)],
  },
  {
    name: 'dotProductAttention',
    fn: (q, k, v) => ops.dotProductAttention(q, k, v, { isCausal: true, bias: scalar(0.5) }),
    at: [input([1, 3, 4, 2]), input([1, 3, 2, 2], 2), input([1, 3, 2, 2], 3)],
  },
  { name: 'dropout', fn: (a) => ops.random.dropout(a, 0.4, { seed: 3 }), at: [m] },
  { name: 'dropout with a noise shape', fn: (a) => ops.random.dropout(a, 0.4, { seed: 3, noiseShape: [3, 1] }), at: [m] },

  { name: 'linalg.solve', fn: (a, b) => ops.linalg.solve(a, b), at: [input([2, 3, 3], 4), input([2, 3, 2], 5)], rtol: 1e-5, atol: 1e-6 },
  { name: 'linalg.solve of a vector', fn: (a, b) => ops.linalg.solve(a, b), at: [input([3, 3], 4), input([3], 5)], rtol: 1e-5, atol: 1e-6 },
  { name: 'linalg.inv', fn: (a) => ops.linalg.inv(a), at: [input([3, 3], 4)], rtol: 1e-5, atol: 1e-6 },
  { name: 'linalg.det', fn: (a) => ops.linalg.det(a), at: [input([2, 3, 3], 4)] },
  {
    name: 'linalg.cholesky',
    fn: (a) => ops.linalg.cholesky(ops.add(ops.matmul(a, a, { transposeB: true }), ops.eye(3, 3, { dtype: 'float64' }))),
    at: [input([3, 3], 4)],
  },
  {
    name: 'linalg.solveTriangular',
    fn: (a, b) => ops.linalg.solveTriangular(a, b, { lower: true }),
    at: [input([3, 3], 4, 0.5, 1), input([3, 2], 5)],
  },

  { name: 'image.resize', fn: (a) => ops.image.resize(a, [5, 2]), at: [input([1, 3, 4, 2])] },
  { name: 'image.resize nearest', fn: (a) => ops.image.resize(a, [5, 2], { interpolation: 'nearest' }), at: [input([1, 3, 4, 2])] },
  {
    name: 'image.resize bicubic',
    fn: (a) => ops.image.resize(a, [2, 2], { interpolation: 'bicubic', antialias: true }),
    at: [input([1, 5, 4, 1])],
  },
  { name: 'image.extractPatches', fn: (a) => ops.image.extractPatches(a, 2, { strides: 1, padding: 'same' }), at: [input([1, 3, 3, 2])] },
  { name: 'image.rgbToGrayscale', fn: (a) => ops.image.rgbToGrayscale(a), at: [input([2, 2, 3])] },
  { name: 'image.rgbToHsv', fn: (a) => ops.image.rgbToHsv(a), at: [input([2, 2, 3], 2, 0.1, 1)] },
  { name: 'image.hsvToRgb', fn: (a) => ops.image.hsvToRgb(a), at: [input([2, 2, 3], 2, 0.1, 0.9)] },
  {
    name: 'image.affineTransform',
    fn: (a, t) => ops.image.affineTransform(a, ops.add(t, tensor([1, 0, 0, 0, 1, 0, 0, 0])), { fillMode: 'reflect' }),
    at: [input([2, 3, 4, 1]), input([2, 8], 2, 0.02, 0.05)],
  },
  {
    name: 'image.mapCoordinates',
    fn: (a, c) => ops.image.mapCoordinates(a, c, 1, { fillMode: 'wrap' }),
    at: [m, input([2, 5], 2, 0.1, 0.9)],
  },
  { name: 'convolve2d', fn: (a, k) => ops.convolve2d(a, k, { mode: 'same', boundary: 'symm' }), at: [m, input([2, 3], 2)] },
];

const windows: Row[] = [
  {
    name: 'conv2d',
    fn: (a, w) => ops.conv2d(a, w, { strides: [2, 1], padding: 'same', dilationRate: [1, 2] }),
    at: [input([2, 4, 5, 2]), input([3, 2, 2, 2], 2)],
  },
  {
    name: 'conv2d in groups, with explicit padding',
    fn: (a, w) =>
      ops.conv2d(a, w, {
        groups: 2,
        padding: [
          [1, 0],
          [0, 2],
        ],
      }),
    at: [input([1, 3, 4, 4]), input([4, 2, 3, 2], 2)],
  },
  {
    name: 'conv2d with bias and relu, channels first',
    fn: (a, w, b) => ops.conv2d(a, w, { bias: b, activation: 'relu', dataFormat: 'channelsFirst' }),
    at: [input([1, 2, 4, 4]), input([3, 3, 3, 2], 2), input([3], 3)],
  },
  {
    name: 'conv2dTranspose',
    fn: (a, w, b) => ops.conv2dTranspose(a, w, { strides: 2, padding: 'same', bias: b }),
    at: [input([1, 3, 2, 2]), input([2, 3, 3, 3], 2), input([3], 3)],
  },
  {
    name: 'conv of sequences',
    fn: (a, w) => ops.conv(a, w, { padding: 'causal', dilationRate: 2 }),
    at: [input([2, 5, 2]), input([2, 2, 3], 2)],
  },
  { name: 'depthwiseConv', fn: (a, w) => ops.depthwiseConv(a, w), at: [input([1, 3, 4, 2]), input([2, 2, 2, 2], 2)] },
  {
    name: 'separableConv',
    fn: (a, d, w) => ops.separableConv(a, d, w),
    at: [input([1, 3, 4, 2]), input([2, 2, 2, 1], 2), input([1, 1, 2, 3], 3)],
  },
  {
    name: 'convTranspose of sequences',
    fn: (a, w) => ops.convTranspose(a, w, { strides: 2 }),
    at: [input([1, 3, 2]), input([3, 2, 2], 2)],
  },
  { name: 'maxPool2d', fn: (a) => ops.maxPool2d(a, { poolSize: 3, strides: 2, padding: 'same' }), at: [input([2, 4, 5, 2])] },
  { name: 'avgPool2d', fn: (a) => ops.avgPool2d(a, { poolSize: 2, padding: 'same' }), at: [input([2, 3, 5, 2])] },
  {
    name: 'avgPool2d with padding counted',
    fn: (a) => ops.avgPool2d(a, { poolSize: 2, padding: 'same', includePadding: true }),
    at: [input([2, 3, 5, 2])],
  },
  { name: 'maxPool of sequences', fn: (a) => ops.maxPool(a, 2, { strides: 1 }), at: [input([2, 4, 2])] },
  { name: 'averagePool of sequences', fn: (a) => ops.averagePool(a, 2), at: [input([2, 4, 2])] },
  { name: 'adaptiveMaxPool', fn: (a) => ops.adaptiveMaxPool(a, [2, 2]), at: [input([1, 5, 3, 2])] },
  { name: 'adaptiveAveragePool', fn: (a) => ops.adaptiveAveragePool(a, 2), at: [input([1, 5, 3, 2])] },
  {
    name: 'batchNorm',
    fn: (a, g, b) => ops.batchNorm(a, g, b, 1e-3).y,
    at: [input([4, 3]), input([3], 2), input([3], 3)],
  },
  {
    name: 'batchNorm, with a loss that uses its statistics',
    fn: (a, g, b) => {
      const { y, mean, variance } = ops.batchNorm(a, g, b, 1e-3);
      return ops.add(ops.multiply(y, variance), ops.square(mean));
    },
    at: [input([4, 3]), input([3], 2), input([3], 3)],
  },
];

describe('gradients of ops', () => {
  for (const [name, low, high] of unary) {
    const fn = ops[name] as (x: Tensor) => Tensor;
    it(name, () => gradCheck(fn, [input([2, 3], 11, low, high)], { order: 2 }));
  }
  for (const { name, fn, at, ...options } of first) it(name, () => gradCheck(fn, at, options));
  for (const { name, fn, at, ...options } of windows) it(name, () => gradCheck(fn, at, options));
});

const twice = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'power',
  'power of a number',
  'logaddexp',
  'hypot',
  'arctan2',
  'where',
  'mean',
  'prod',
  'variance',
  'logsumexp',
  'cumprod',
  'matmul',
  'matmul of batches',
  'dense with relu',
  'einsum',
  'pad reflect',
  'take',
  'sort',
  'softmax over axis 1',
  'logSoftmax over axis 0',
  'softmaxCrossEntropy',
  'sparseSoftmaxCrossEntropy',
  'sigmoidCrossEntropy',
  'layerNormalization',
  'linalg.det',
  'linalg.solve of a vector',
  'conv2d',
  'conv2d with bias and relu, channels first',
  'conv2dTranspose',
  'maxPool2d',
  'avgPool2d',
  'batchNorm',
  'dropout',
];

describe('gradients of gradients', () => {
  for (const { name, fn, at } of [...first, ...windows].filter((row) => twice.includes(row.name))) {
    it(name, () => gradCheck(fn, at, { order: 2, rtol: 1e-5, atol: 1e-6 }));
  }
});
