/** Convolutions, pooling, normalization, linear algebra and images. */
import * as ops from '../../../lib/ops/index.js';
import { tensor } from '../../../lib/tensor/create.js';
import { input } from '../../support/gradcheck.js';
import { m, type Row } from './row.js';

export const rows: Row[] = [
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
  {
    name: 'image.cropImages',
    fn: (a) => ops.image.cropImages(a, { topCropping: 1, bottomCropping: 0, leftCropping: 1, targetWidth: 2 }),
    at: [input([1, 3, 4, 2])],
  },
  {
    name: 'image.padImages',
    fn: (a) => ops.image.padImages(a, { topPadding: 1, bottomPadding: 0, leftPadding: 1, targetWidth: 6 }),
    at: [input([1, 3, 4, 2])],
  },
  { name: 'image.rgbToGrayscale', fn: (a) => ops.image.rgbToGrayscale(a), at: [input([2, 2, 3])] },
  { name: 'image.rgbToHsv', fn: (a) => ops.image.rgbToHsv(a), at: [input([2, 2, 3], 2, 0.1, 1)] },
  { name: 'image.hsvToRgb', fn: (a) => ops.image.hsvToRgb(a), at: [input([2, 2, 3], 2, 0.1, 0.9)] },
  {
    name: 'image.affineTransform',
    fn: (a, t) => ops.image.affineTransform(a, ops.add(t, tensor([1, 0, 0, 0, 1, 0, 0, 0])), { fillMode: 'reflect' }),
    at: [input([2, 3, 4, 1]), input([2, 8], 2, 0.02, 0.05)],
  },
  {
    name: 'image.perspectiveTransform',
    fn: (a, to) =>
      ops.image.perspectiveTransform(
        a,
        [
          [0, 0],
          [3, 0],
          [0, 2],
          [3, 2],
        ],
        ops.add(
          to,
          tensor([
            [0, 0],
            [3, 0],
            [0, 2],
            [3, 2],
          ]),
        ),
        {
          fillValue: 0.3,
        },
      ),
    at: [input([2, 3, 4, 1]), input([2, 4, 2], 2, 0.02, 0.2)],
  },
  {
    name: 'image.elasticTransform',
    fn: (a) => ops.image.elasticTransform(a, { alpha: 2, sigma: 0.7, seed: 3 }),
    at: [input([2, 3, 4, 2])],
  },
  {
    name: 'image.mapCoordinates',
    fn: (a, c) => ops.image.mapCoordinates(a, c, 1, { fillMode: 'wrap' }),
    at: [m, input([2, 5], 2, 0.1, 0.9)],
  },
  { name: 'convolve2d', fn: (a, k) => ops.convolve2d(a, k, { mode: 'same', boundary: 'symm' }), at: [m, input([2, 3], 2)] },

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
    name: 'conv2d with bias, residual and relu',
    fn: (a, w, b, r) => ops.conv2d(a, w, { bias: b, residual: r, activation: 'relu' }),
    at: [input([2, 4, 3, 2], 2), input([3, 2, 2, 2], 3), input([3], 4), input([2, 3, 2, 3], 5)],
  },
  {
    name: 'conv2d with a residual and no bias',
    fn: (a, w, r) => ops.conv2d(a, w, { residual: r, activation: 'relu' }),
    at: [input([1, 3, 3, 2], 2), input([2, 2, 2, 2], 3), input([1, 2, 2, 2], 5)],
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
  {
    name: 'conv3d',
    fn: (a, w) => ops.conv3d(a, w, { strides: [2, 1, 1], padding: 'same', dilationRate: [1, 2, 1], groups: 2 }),
    at: [input([1, 3, 3, 4, 4]), input([2, 2, 2, 2, 2], 2)],
  },
  {
    name: 'conv3d with bias and relu, channels first',
    fn: (a, w, b) => ops.conv3d(a, w, { bias: b, activation: 'relu', dataFormat: 'channelsFirst' }),
    at: [input([1, 2, 3, 3, 2]), input([3, 2, 2, 2, 2], 2), input([3], 3)],
  },
  {
    name: 'conv3dTranspose',
    fn: (a, w, b) => ops.conv3dTranspose(a, w, { strides: 2, padding: 'same', bias: b }),
    at: [input([1, 2, 2, 1, 2]), input([2, 3, 2, 2, 2], 2), input([2], 3)],
  },
  {
    name: 'convTranspose of volumes',
    fn: (a, w) => ops.convTranspose(a, w, { strides: [1, 2, 1], outputPadding: [0, 1, 0] }),
    at: [input([1, 2, 2, 1, 2]), input([2, 2, 1, 2, 2], 2)],
  },
  { name: 'conv of volumes', fn: (a, w) => ops.conv(a, w), at: [input([1, 3, 2, 3, 2]), input([2, 2, 2, 2, 3], 2)] },
  { name: 'depthwiseConv of volumes', fn: (a, w) => ops.depthwiseConv(a, w), at: [input([1, 2, 3, 2, 2]), input([2, 2, 1, 2, 2], 2)] },
  {
    name: 'maxPool3d',
    fn: (a) => ops.maxPool3d(a, { poolSize: [2, 3, 2], strides: [1, 2, 2], padding: 'same' }),
    at: [input([1, 3, 4, 3, 2])],
  },
  { name: 'maxPool of volumes', fn: (a) => ops.maxPool(a, 2, { dataFormat: 'channelsFirst' }), at: [input([1, 2, 2, 4, 3])] },
  { name: 'avgPool3d', fn: (a) => ops.avgPool3d(a, { poolSize: 2, padding: 'same' }), at: [input([1, 3, 2, 3, 2])] },
  {
    name: 'avgPool3d with padding counted',
    fn: (a) => ops.avgPool3d(a, { poolSize: 2, strides: 1, padding: 'same', includePadding: true }),
    at: [input([1, 2, 3, 2, 2])],
  },
  { name: 'averagePool of volumes', fn: (a) => ops.averagePool(a, 2), at: [input([1, 2, 3, 4, 2])] },
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
