/** Convolution of one matrix with another, as signal processing has it (the kernel is turned round), with a choice of borders. */
import { ArgumentError, ShapeError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { reshaped } from '../broadcast.js';
import { constantArray, floatOperands, shapeText, type TensorLike } from '../common.js';
import { conv2d } from '../conv2d.js';
import { taken } from '../gather.js';
import { padded } from '../pad.js';
import { reversed } from '../shape.js';

/** Options of convolve2d. */
export interface Convolve2dOptions {
  /** 'full': wherever both overlap; 'same': the size of the first, centred; 'valid': without borders. Default 'full'. */
  mode?: 'full' | 'same' | 'valid';
  /** What lies beyond the border: a value, the matrix again, or its mirror image. Default 'fill'. */
  boundary?: 'fill' | 'wrap' | 'symm';
  /** The value of boundary 'fill'. Default 0. */
  fillvalue?: number;
}

/** The index in 0 to size - 1 of each place from -before to size + after - 1. */
function borderIndices(size: number, before: number, after: number, boundary: 'wrap' | 'symm'): number[] {
  return Array.from({ length: before + size + after }, (_, i) => {
    const turn = boundary === 'wrap' ? size : 2 * size;
    const at = (((i - before) % turn) + turn) % turn;
    return at < size ? at : 2 * size - 1 - at;
  });
}

/**
 * Convolves two matrices. SciPy: `scipy.signal.convolve2d`.
 *
 * @example
 * const edges = tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]]);
 * ops.convolve2d(digit, edges, { boundary: 'symm', mode: 'same' });
 */
export function convolve2d(in1: TensorLike, in2: TensorLike, options: Convolve2dOptions = {}): Tensor {
  const where = 'convolve2d';
  const { mode = 'full', boundary = 'fill', fillvalue = 0 } = options;
  if (!['full', 'same', 'valid'].includes(mode)) {
    throw new ArgumentError({ where, expected: "mode 'full', 'same' or 'valid'", received: `'${String(mode)}'` });
  }
  if (!['fill', 'wrap', 'symm'].includes(boundary)) {
    throw new ArgumentError({ where, expected: "boundary 'fill', 'wrap' or 'symm'", received: `'${String(boundary)}'` });
  }
  let [x, k] = floatOperands(where, in1, in2);
  if (x.shape.length !== 2 || k.shape.length !== 2 || x.size === 0 || k.size === 0) {
    throw new ShapeError({ where, expected: 'two matrices with elements', received: `${shapeText(x.shape)} and ${shapeText(k.shape)}` });
  }
  if (mode === 'valid') {
    const fits = (a: Tensor, b: Tensor) => a.shape.every((dim, i) => dim >= b.shape[i]!);
    if (!fits(x, k) && !fits(k, x)) {
      throw new ShapeError({
        where,
        expected: "one matrix at least as large as the other for mode 'valid'",
        received: `${shapeText(x.shape)} and ${shapeText(k.shape)}`,
      });
    }
    if (!fits(x, k)) [x, k] = [k, x];
  } else {
    const amounts = k.shape.map((dim): [number, number] => {
      const after = mode === 'full' ? dim - 1 : Math.floor((dim - 1) / 2);
      return [dim - 1 - (mode === 'full' ? 0 : after), after];
    });
    if (boundary === 'fill') x = padded(x, amounts, 'constant', fillvalue);
    else {
      amounts.forEach(([before, after], axis) => {
        const at = borderIndices(x.shape[axis]!, before, after, boundary);
        x = taken(x, constantArray(at, [at.length], 'int32', x), axis);
      });
    }
  }
  const [rows, columns] = k.shape as readonly [number, number];
  const filter = reshaped(reversed(k, [0, 1]), [1, rows, columns, 1]);
  const y = conv2d(reshaped(x, [1, ...x.shape, 1]), filter, {}, where);
  return reshaped(y, [y.shape[1]!, y.shape[2]!]);
}
