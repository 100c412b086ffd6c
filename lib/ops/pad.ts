/** Padding. */
import { ArgumentError, ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { view } from './broadcast.js';
import { asTensor, shapeText, type TensorLike } from './common.js';
import { defineOp, runOp1 } from './define.js';

const padOp = defineOp('pad', ['mode', 'value:f', 'spec...']);
const padGradOp = defineOp('padGrad', ['mode', 'spec...']);

/** What padding is made of: a value, the mirror image without or with the edge, or the edge repeated. */
export type PadMode = 'constant' | 'reflect' | 'symmetric' | 'edge';

const modes: Record<PadMode, number> = { constant: 0, reflect: 1, symmetric: 2, edge: 3 };

/** Elements before and after, of every axis. */
export type Amounts = readonly (readonly [number, number])[];

/** @internal */
export function padded(x: Tensor, amounts: Amounts, mode: PadMode = 'constant', value = 0): Tensor {
  if (amounts.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((dim, i) => dim + amounts[i]![0] + amounts[i]![1]);
  const spec = [...amounts.map(([before]) => before), ...amounts.map(([, after]) => after)];
  return runOp1(padOp, [x], { shape, dtype: x.dtype }, [modes[mode], value, ...spec], () => (dy) => [
    () => unpadded(dy!, x.shape, amounts, mode),
  ]);
}

/** The mirror image of `padded`: what was repeated is added up. */
function unpadded(dy: Tensor, shape: readonly number[], amounts: Amounts, mode: PadMode): Tensor {
  const spec = [...amounts.map(([before]) => before), ...amounts.map(([, after]) => after)];
  return runOp1(padGradOp, [dy], { shape, dtype: dy.dtype }, [modes[mode], ...spec], () => (g) => [() => padded(g!, amounts, mode)]);
}

/** One number for all sides, [before, after] for all axes, or [before, after] for each axis. */
export type PadWidth = number | readonly [number, number] | Amounts;

function readAmounts(width: PadWidth, rank: number): [number, number][] {
  if (typeof width === 'number') return Array.from({ length: rank }, () => [width, width]);
  if (typeof width[0] === 'number') return Array.from({ length: rank }, () => [width[0] as number, width[1] as number]);
  const pairs = width as Amounts;
  if (pairs.length === 1) return Array.from({ length: rank }, () => [pairs[0]![0], pairs[0]![1]]);
  return pairs.map(([before, after]) => [before, after]);
}

/** Options of pad. */
export interface PadOptions {
  mode?: PadMode;
  /** The value of mode 'constant'. Default 0. */
  constantValues?: number | null;
}

/**
 * Elements before and after along each axis. Keras 3: `keras.ops.pad`.
 *
 * @example
 * ops.pad(tensor([1, 2, 3]), [[1, 2]]);                          // [0, 1, 2, 3, 0, 0]
 * ops.pad(tensor([1, 2, 3]), [[1, 1]], { mode: 'reflect' });     // [2, 1, 2, 3, 2]
 */
export function pad(x: TensorLike, padWidth: PadWidth, options: PadMode | PadOptions = {}, value = 0): Tensor {
  const t = asTensor('pad', x);
  const { mode = 'constant', constantValues = 0 } = typeof options === 'string' ? { mode: options, constantValues: value } : options;
  if (!Object.hasOwn(modes, mode)) {
    throw new ArgumentError({ where: 'pad', expected: "mode 'constant', 'reflect', 'symmetric' or 'edge'", received: `'${String(mode)}'` });
  }
  const amounts = readAmounts(padWidth, t.shape.length);
  if (amounts.length !== t.shape.length || amounts.some((pair) => pair.some((n) => !Number.isInteger(n) || n < 0))) {
    throw new ShapeError({
      where: 'pad',
      expected: `[before, after] of at least 0 for each axis of ${shapeText(t.shape)}`,
      received: JSON.stringify(padWidth),
    });
  }
  const empty = t.shape.findIndex((dim, i) => dim === 0 && amounts[i]!.some((n) => n > 0));
  if (mode !== 'constant' && empty >= 0) {
    throw new ShapeError({ where: 'pad', expected: `elements to repeat on axis ${empty}`, received: shapeText(t.shape) });
  }
  const y = padded(t, amounts, mode, constantValues ?? 0);
  return y === t ? view(t) : y;
}
