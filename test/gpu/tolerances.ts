/** How far an op's float32 results may lie from float64's: classes of ops, in the terms of test/support/close.ts. */
import type { Tolerance } from '../support/close.js';

/** Not at all: what moves, chooses or compares values, and random numbers, is compared in its own dtype. */
const exact = `copy assign broadcastTo transpose slice sliceGrad pad concat tile reverse fill range where gather gatherRows assignRows
  takeAlongAxis oneHot sort topK argmax argmin max min any all maxPool2d maxPool3d equal notEqual less lessEqual greater greaterEqual
  logicalAnd logicalOr logicalXor logicalNot isnan isinf isfinite floor ceil round trunc sign negative abs relu relu6 maximum minimum clip
  floorDivide mod threshold hardShrink reluGrad relu6Grad leakyReluGrad clipGrad cast
  randomUniform randomNormal truncatedNormal randomInt randomBinomial dropout`.split(/\s+/);

/** Sums of many products: the error grows with the length of the sum, and with what cancels in it. */
const accumulating = `sum mean prod variance logsumexp sumSquares matmul conv2d conv2dBackwardInput conv2dBackwardFilter conv3d
  conv3dBackwardInput conv3dBackwardFilter avgPool2d avgPool2dBackward avgPool3d avgPool3dBackward maxPool2dBackward maxPool3dBackward
  scatterAdd scatterAlongAxis padGrad cumsum cumprod`.split(/\s+/);

/** Divide by what they computed from the data. */
const normalising = `batchNorm batchNormBackward layerNorm layerNormBackward rmsNorm rmsNormBackward groupNorm groupNormBackward softmax
  softmaxBackward logSoftmax logSoftmaxBackward softmaxCrossEntropy softmaxCrossEntropyGrad sparseSoftmaxCrossEntropy
  sparseSoftmaxCrossEntropyGrad`.split(/\s+/);

const classes = new Map<string, Tolerance>();
for (const op of exact) classes.set(op, { rtol: 0, atol: 0 });
for (const op of accumulating) classes.set(op, { rtol: 2e-5, atol: 2e-6 });
for (const op of normalising) classes.set(op, { rtol: 1e-4, atol: 1e-5 });

/** A few units in the last place, as functions of a number are. */
const elementwise: Tolerance = { rtol: 2e-6, atol: 2e-7 };

export function toleranceOf(op: string): Tolerance {
  return classes.get(op) ?? (op.endsWith('Update') ? { rtol: 1e-5, atol: 1e-6 } : elementwise);
}
