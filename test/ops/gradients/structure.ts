/** Ops that move elements, and losses. */
import * as ops from '../../../lib/ops/index.js';
import { scalar, tensor } from '../../../lib/tensor/create.js';
import type { Tensor } from '../../../lib/tensor/tensor.js';
import { input } from '../../support/gradcheck.js';
import { ints, m, type Row, x } from './row.js';

export const rows: Row[] = [
  { name: 'broadcastTo', fn: (a) => ops.broadcastTo(a, [4, 3, 2]), at: [input([3, 1])] },
  { name: 'reshape', fn: (a) => ops.reshape(a, [4, -1]), at: [x] },
  { name: 'ravel', fn: (a) => ops.ravel(a), at: [m] },
  { name: 'expandDims', fn: (a) => ops.expandDims(a, 1), at: [m] },
  { name: 'squeeze', fn: (a) => ops.squeeze(a, 1), at: [input([2, 1, 3])] },
  { name: 'moveaxis', fn: (a) => ops.moveaxis(a, 0, -1), at: [x] },
  { name: 'swapaxes', fn: (a) => ops.swapaxes(a, 0, 1), at: [x] },
  { name: 'hstack', fn: (a, b) => ops.hstack([a, b]), at: [m, input([3, 1], 4)] },
  { name: 'vstack', fn: (a, b) => ops.vstack([a, b]), at: [m, input([4], 4)] },
  { name: 'unstack', fn: (a) => ops.multiply(...(ops.unstack(a, 1).slice(1, 3) as [Tensor, Tensor])), at: [m] },
  { name: 'random.shuffle', fn: (a) => ops.random.shuffle(a, { seed: 4 }), at: [m] },
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
  { name: 'random.dropout', fn: (a) => ops.random.dropout(a, 0.4, { seed: 3 }), at: [m] },
  { name: 'random.dropout with a noise shape', fn: (a) => ops.random.dropout(a, 0.4, { seed: 3, noiseShape: [3, 1] }), at: [m] },
];
