/** Cross-entropies, fused with softmax or sigmoid where they are given logits or can see them. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { sigmoid } from './activation.js';
import { add, divide, multiply, subtract } from './binary.js';
import { expandTo, reshaped, sumAxes } from './broadcast.js';
import { clip } from './clip.js';
import {
  asFloat,
  asIndices,
  asTensor,
  broadcastShapes,
  castTo,
  floatOperands,
  normalizeAxis,
  sameShape,
  shapeText,
  sizeOf,
  type TensorLike,
} from './common.js';
import { defineOp, runOp1 } from './define.js';
import { derive } from './derive.js';
import { takenAlong } from './gather.js';
import { oneHot } from './index-ops.js';
import { logSoftmaxRows, softmaxRows } from './softmax.js';
import { permuted } from './transpose.js';
import { log, negative } from './unary.js';

const softmaxCrossEntropyOp = defineOp('softmaxCrossEntropy');
const softmaxCrossEntropyGradOp = defineOp('softmaxCrossEntropyGrad');
const sparseOp = defineOp('sparseSoftmaxCrossEntropy');
const sparseGradOp = defineOp('sparseSoftmaxCrossEntropyGrad');
const sigmoidCrossEntropyOp = defineOp('sigmoidCrossEntropy');
const sigmoidCrossEntropyGradOp = defineOp('sigmoidCrossEntropyGrad');

/** What probabilities are kept away from 0 and 1 by, where the logits are not known. */
const EPSILON = 1e-7;

const specOf = (x: Tensor) => ({ shape: x.shape, dtype: x.dtype });
const column = (x: Tensor) => reshaped(x, [...x.shape, 1]);

function softmaxCrossEntropyGrad(logits: Tensor, labels: Tensor, dLoss: Tensor): Tensor {
  const formula = (x: Tensor, z: Tensor, d: Tensor) => {
    const total = sumAxes(z, [z.shape.length - 1], true);
    return [multiply(subtract(multiply(softmaxRows(x), total), z), column(d))];
  };
  const inputs = [logits, labels, dLoss];
  return runOp1(softmaxCrossEntropyGradOp, inputs, specOf(logits), [], () => (g) => {
    return [0, 1, 2].map((i) => () => derive(formula, inputs, [g!])[i]!);
  });
}

/**
 * -sum(labels · logSoftmax(logits)) over the last axis, in one pass. Same shapes and dtypes.
 *
 * @example
 * ops.softmaxCrossEntropy(logits, oneHotLabels);   // [batch]
 */
export function softmaxCrossEntropy(logits: TensorLike, labels: TensorLike): Tensor {
  const [x, z] = floatOperands('softmaxCrossEntropy', logits, labels);
  sameShapes('softmaxCrossEntropy', x, z);
  return runOp1(softmaxCrossEntropyOp, [x, z], { shape: x.shape.slice(0, -1), dtype: x.dtype }, [], () => (dy) => [
    () => softmaxCrossEntropyGrad(x, z, dy!),
    () => negative(multiply(logSoftmaxRows(x), column(dy!))),
  ]);
}

function sparseGrad(logits: Tensor, labels: Tensor, dLoss: Tensor): Tensor {
  const hot = () => oneHot(labels, logits.shape.at(-1)!, { dtype: logits.dtype });
  const formula = (x: Tensor, d: Tensor) => [multiply(subtract(softmaxRows(x), hot()), column(d))];
  return runOp1(sparseGradOp, [logits, labels, dLoss], specOf(logits), [], () => (g) => [
    () => derive(formula, [logits, dLoss], [g!])[0]!,
    null,
    () => derive(formula, [logits, dLoss], [g!])[1]!,
  ]);
}

/**
 * The same for labels that are class numbers, int32 [...]. A label outside of the classes gives NaN.
 *
 * @example
 * ops.sparseSoftmaxCrossEntropy(logits, tensor(new Int32Array([3, 1])));   // [2]
 */
export function sparseSoftmaxCrossEntropy(logits: TensorLike, labels: TensorLike): Tensor {
  const x = asFloat('sparseSoftmaxCrossEntropy', logits);
  const at = asIndices('sparseSoftmaxCrossEntropy', labels, 'labels', x);
  const rows = x.shape.slice(0, -1);
  if (x.shape.length === 0 || !sameShape(at.shape, rows)) {
    throw new ShapeError({
      where: 'sparseSoftmaxCrossEntropy',
      expected: `labels of shape ${shapeText(rows)}`,
      received: shapeText(at.shape),
    });
  }
  return runOp1(sparseOp, [x, at], { shape: rows, dtype: x.dtype }, [], () => (dy) => [() => sparseGrad(x, at, dy!), null]);
}

function sigmoidCrossEntropyGrad(logits: Tensor, labels: Tensor, dLoss: Tensor): Tensor {
  const formula = (x: Tensor, z: Tensor, d: Tensor) => [multiply(subtract(sigmoid(x), z), d)];
  const inputs = [logits, labels, dLoss];
  return runOp1(sigmoidCrossEntropyGradOp, inputs, specOf(logits), [], () => (g) => {
    return [0, 1, 2].map((i) => () => derive(formula, inputs, [g!])[i]!);
  });
}

/**
 * The cross-entropy of labels with sigmoid(logits), element by element, without overflow. Shapes broadcast.
 *
 * @example
 * ops.sigmoidCrossEntropy(tensor([0]), tensor([1]));   // [0.6931]
 */
export function sigmoidCrossEntropy(logits: TensorLike, labels: TensorLike): Tensor {
  let [x, z] = floatOperands('sigmoidCrossEntropy', logits, labels);
  const shape = broadcastShapes('sigmoidCrossEntropy', x.shape, z.shape);
  [x, z] = [expandTo(x, shape), expandTo(z, shape)];
  return runOp1(sigmoidCrossEntropyOp, [x, z], specOf(x), [], () => (dy) => [
    () => sigmoidCrossEntropyGrad(x, z, dy!),
    () => negative(multiply(x, dy!)),
  ]);
}

/** Options of the cross-entropies. */
export interface CrossentropyOptions {
  /** Whether the predictions are logits. Default false; probabilities that come straight from softmax or sigmoid are seen through. */
  fromLogits?: boolean;
  /** The axis of the classes. Default -1. */
  axis?: number;
}

/** The class axis at the end. */
function classesLast(x: Tensor, axis: number): Tensor {
  if (axis === x.shape.length - 1) return x;
  return permuted(x, [...x.shape.map((_, i) => i).filter((i) => i !== axis), axis]);
}

/** The logits under a prediction, where they are known. */
function logitsOf(output: Tensor, fromLogits: boolean, op: 'softmax' | 'sigmoid', axis: number): Tensor | undefined {
  if (fromLogits) return output;
  const known = output.provenance;
  // A tidy around the prediction may have disposed of the logits.
  return known && !known.input.isDisposed && known.op === op && (op === 'sigmoid' || known.axis === axis) ? known.input : undefined;
}

/**
 * The cross-entropy of probabilities (or one-hot labels) with predictions over an axis of classes. Keras 3:
 * `keras.ops.categorical_crossentropy`.
 *
 * @example
 * ops.categoricalCrossentropy(labels, ops.softmax(logits));   // [batch], computed from the logits
 */
export function categoricalCrossentropy(
  target: TensorLike,
  output: TensorLike,
  { fromLogits = false, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const where = 'categoricalCrossentropy';
  const y = asFloat(where, output);
  const t = castTo(asFloat(where, target), y.dtype);
  sameShapes(where, y, t);
  const along = normalizeAxis(where, axis, y.shape.length);
  const logits = logitsOf(y, fromLogits, 'softmax', along);
  if (logits) return softmaxCrossEntropy(classesLast(castTo(logits, y.dtype), along), classesLast(t, along));
  const shares = divide(y, sumAxes(y, [along], true));
  return negative(sumAxes(multiply(t, log(clip(shares, EPSILON, 1 - EPSILON))), [along]));
}

/**
 * The same for class numbers as labels, [...] or [..., 1]. Keras 3: `keras.ops.sparse_categorical_crossentropy`.
 *
 * @example
 * ops.sparseCategoricalCrossentropy(tensor(new Int32Array([2])), ops.softmax(logits));
 */
export function sparseCategoricalCrossentropy(
  target: TensorLike,
  output: TensorLike,
  { fromLogits = false, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const where = 'sparseCategoricalCrossentropy';
  const y = asFloat(where, output);
  const along = normalizeAxis(where, axis, y.shape.length);
  const rows = y.shape.filter((_, i) => i !== along);
  // Class numbers often come as floats from data sets; a cast to int32 is what Keras does.
  const given = castTo(asTensor(where, target), 'int32');
  if (given.size !== sizeOf(rows) || !(sameShape(given.shape, rows) || sameShape(given.shape, [...rows, 1]))) {
    throw new ShapeError({ where, expected: `labels of shape ${shapeText(rows)}`, received: shapeText(given.shape) });
  }
  const labels = reshaped(given, rows);
  const logits = logitsOf(y, fromLogits, 'softmax', along);
  if (logits) return sparseSoftmaxCrossEntropy(classesLast(castTo(logits, y.dtype), along), labels);
  const logs = log(clip(classesLast(y, along), EPSILON, 1 - EPSILON));
  return reshaped(negative(takenAlong(logs, column(labels), logs.shape.length - 1)), rows);
}

/**
 * The cross-entropy of each element as a probability of its own. Keras 3: `keras.ops.binary_crossentropy`.
 *
 * @example
 * ops.binaryCrossentropy(labels, ops.sigmoid(logits));   // the shape of the labels, computed from the logits
 */
export function binaryCrossentropy(target: TensorLike, output: TensorLike, { fromLogits = false }: { fromLogits?: boolean } = {}): Tensor {
  const where = 'binaryCrossentropy';
  const y = asFloat(where, output);
  const t = castTo(asFloat(where, target), y.dtype);
  sameShapes(where, y, t);
  const logits = logitsOf(y, fromLogits, 'sigmoid', -1);
  if (logits) return sigmoidCrossEntropy(castTo(logits, y.dtype), t);
  const p = clip(y, EPSILON, 1 - EPSILON);
  const yes = multiply(t, log(p));
  const no = multiply(subtract(1, t), log(subtract(1, p)));
  return negative(add(yes, no));
}

function sameShapes(where: string, output: Tensor, target: Tensor): void {
  if (sameShape(output.shape, target.shape) && (output.shape.length > 0 || where === 'binaryCrossentropy')) return;
  throw new ShapeError({ where, expected: `labels of shape ${shapeText(output.shape)}`, received: shapeText(target.shape) });
}
