/** Broadcasting and its mirror image, the sum over broadcast axes: the pair that every gradient of a broadcast needs. */
import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { asTensor, axisMask, broadcastShapes, reducedShape, sameShape, type Shape, shapeText, type TensorLike } from './common.js';
import { defineOp, runOp1, runReshape } from './define.js';

const broadcastOp = defineOp('broadcastTo');
const sumOp = defineOp('sum', ['axes']);

/** @internal `x` repeated to a shape that it broadcasts to; the same tensor where it has that shape. */
export function expandTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return runOp1(broadcastOp, [x], { shape, dtype: x.dtype }, [], () => (dy) => [() => sumTo(dy!, x.shape)]);
}

/** @internal The sum over some axes, in ascending order. */
export function sumAxes(x: Tensor, axes: readonly number[], keepdims = false): Tensor {
  return runOp1(sumOp, [x], { shape: reducedShape(x.shape, axes, keepdims), dtype: x.dtype }, [axisMask(axes)], () => (dy) => [
    () => expandTo(reshaped(dy!, reducedShape(x.shape, axes, true)), x.shape),
  ]);
}

/** @internal The sum of `x` over the axes along which `shape` was broadcast to it: one reduction. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < x.shape.length; i++) if (i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1)) axes.push(i);
  if (axes.length === 0) return reshaped(x, shape);
  return runOp1(sumOp, [x], { shape, dtype: x.dtype }, [axisMask(axes)], () => (dy) => [
    () => expandTo(reshaped(dy!, reducedShape(x.shape, axes, true)), x.shape),
  ]);
}

/** @internal A view of another shape; the same tensor where it has that shape. */
export function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : runReshape(x, shape);
}

/** @internal A tensor of its own with the same memory, so that disposing of one leaves the other. */
export function view(x: Tensor): Tensor {
  const y = runReshape(x, x.shape);
  if (x.provenance) y.provenance = x.provenance;
  return y;
}

/**
 * Repeats a tensor along new and size-1 axes. Keras 3: `keras.ops.broadcast_to`.
 *
 * @example
 * ops.broadcastTo(tensor([1, 2, 3]), [2, 3]);   // [[1, 2, 3], [1, 2, 3]]
 */
export function broadcastTo<S extends Shape>(x: TensorLike, shape: S): Tensor<S> {
  const t = asTensor('broadcastTo', x);
  const common = broadcastShapes('broadcastTo', t.shape, shape);
  if (!sameShape(common, shape)) {
    throw new ShapeError({
      where: 'broadcastTo',
      expected: `a shape that ${shapeText(t.shape)} broadcasts to`,
      received: shapeText(shape),
    });
  }
  return (sameShape(t.shape, shape) ? view(t) : expandTo(t, shape)) as Tensor<S>;
}
