/** The public `ops` namespace: Keras' ops by their names in camelCase, and a few short ones. */
export {
  celu,
  elu,
  gelu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSilu as hardSwish,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  silu as swish,
  softplus,
  softShrink,
  softsign,
  sparsePlus,
  squareplus,
  tanh,
  threshold,
} from './activation.js';
export { glu, hardTanh, sparsemax, sparseSigmoid, tanhShrink } from './activation-composed.js';
export * from './arrange.js';
export * from './attention.js';
export * from './binary.js';
export { divide as trueDivide } from './binary.js';
export * from './bits.js';
export * from './blocks.js';
export { broadcastTo } from './broadcast.js';
export * from './clip.js';
export * from './compare.js';
export * from './control.js';
export * from './conv.js';
export { conv2d, type Conv2dOptions, conv2dTranspose, type Conv2dTransposeOptions } from './conv2d.js';
export { conv3d, type Conv3dOptions, conv3dTranspose, type Conv3dTransposeOptions, type Triple } from './conv3d.js';
export * from './distance.js';
export * from './einsum.js';
export * from './fold.js';
export * from './fourier.js';
export * from './image/convolve2d.js';
export * as image from './image/index.js';
export * from './index-ops.js';
export { concatenate, concatenate as concat, hstack, meshgrid, split, stack, unstack, vstack } from './join.js';
export * as linalg from './linalg.js';
export {
  cholesky,
  choleskyInverse,
  det,
  eigh,
  inv,
  logdet,
  lstsq,
  luFactor,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
} from './linalg.js';
export * from './loss.js';
export {
  arange,
  type ArangeOptions,
  eye,
  type EyeOptions,
  full,
  fullLike,
  geomspace,
  identity,
  linspace,
  type LinspaceOptions,
  logspace,
  ones,
  onesLike,
  tri,
  zeros,
  zerosLike,
} from './make.js';
export {
  cross,
  dense,
  type DenseOptions,
  dot,
  inner,
  kron,
  matmul,
  type MatmulOptions,
  outer,
  tensordot,
  type TensordotAxes,
  vdot,
} from './matmul.js';
export * from './nan-order.js';
export * from './norm.js';
export { pad, type PadMode, type PadOptions, type PadWidth } from './pad.js';
export { adaptiveAveragePool, adaptiveMaxPool, type AdaptivePoolOptions, averagePool, maxPool, type PoolOptions } from './pool.js';
export * from './pool2d.js';
export * from './pool3d.js';
export * as random from './random.js';
export {
  all,
  any,
  argmax,
  argmin,
  countNonzero,
  logsumexp,
  max,
  max as amax,
  mean,
  min,
  min as amin,
  moments,
  prod,
  type ReduceOptions,
  type Reduction,
  std,
  sum,
  sumSquares,
  var,
  variance,
} from './reduce.js';
export * from './scan.js';
export { cast, copy, expandDims, flip, ravel, repeat, reshape, roll, rot90, squeeze, stopGradient, tile } from './shape.js';
export { diff, getItem, type IndexKey, slice, sliceUpdate } from './slice.js';
export { logSoftmax, softmax, type SoftmaxAxis } from './softmax.js';
export { argsort, digitize, searchsorted, sort, type SortOptions, topK } from './sort.js';
export * from './special.js';
export * from './stats.js';
export * from './tell.js';
export { moveaxis, swapaxes, transpose } from './transpose.js';
export * from './triangle.js';
export * from './unary.js';
export { abs as absolute, abs as fabs } from './unary.js';
export * from './window-functions.js';
