/** The kernels that read and write where index tensors say; others build on them. */
import type { Tensor } from '../tensor/tensor.js';
import { defineOp, runInPlace, runOp1 } from './define.js';

const gatherOp = defineOp('gather', ['axis']);
const scatterAddOp = defineOp('scatterAdd', ['axis']);
const gatherRowsOp = defineOp('gatherRows');
const assignRowsOp = defineOp('assignRows');
const takeAlongOp = defineOp('takeAlongAxis', ['axis']);
const scatterAlongOp = defineOp('scatterAlongAxis', ['axis']);

/** @internal Elements of an axis at int32 indices of any shape; negative ones count from the end. */
export function taken(x: Tensor, indices: Tensor, axis: number): Tensor {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return runOp1(gatherOp, [x, indices], { shape, dtype: x.dtype }, [axis], () => (dy) => [
    () => scatterAdded(indices, dy!, x.shape, axis),
    null,
  ]);
}

/** @internal The mirror image of `taken`: zeros of a shape with updates added at the indices. */
export function scatterAdded(indices: Tensor, updates: Tensor, shape: readonly number[], axis: number): Tensor {
  return runOp1(scatterAddOp, [indices, updates], { shape, dtype: updates.dtype }, [axis], () => (dy) => [
    null,
    () => taken(dy!, indices, axis),
  ]);
}

/** @internal For each place of the indices the element there along an axis. */
export function takenAlong(x: Tensor, indices: Tensor, axis: number): Tensor {
  return runOp1(takeAlongOp, [x, indices], { shape: indices.shape, dtype: x.dtype }, [axis], () => (dy) => [
    () => scatteredAlong(indices, dy!, x.shape, axis),
    null,
  ]);
}

/** @internal The mirror image of `takenAlong`. */
export function scatteredAlong(indices: Tensor, updates: Tensor, shape: readonly number[], axis: number): Tensor {
  return runOp1(scatterAlongOp, [indices, updates], { shape, dtype: updates.dtype }, [axis], () => (dy) => [
    null,
    () => takenAlong(dy!, indices, axis),
  ]);
}

/** @internal Rows order[position], order[position + 1], ... of x: a batch of shuffled data, chosen on the device. */
export function gatherRows(x: Tensor, order: Tensor, position: Tensor, batch: number): Tensor {
  return runOp1(gatherRowsOp, [x, order, position], { shape: [batch, ...x.shape.slice(1)], dtype: x.dtype });
}

/** @internal Writes rows into a larger tensor, from row `position` on. */
export function assignRows(target: Tensor, rows: Tensor, position: Tensor): void {
  runInPlace(assignRowsOp, [rows, position], [target]);
}
