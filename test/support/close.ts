/** Comparison of tensors with expected numbers, by the rule of the golden values. */
import assert from 'node:assert/strict';
import type { DType } from '../../lib/tensor/dtype.js';
import { Tensor } from '../../lib/tensor/tensor.js';

export interface Tolerance {
  rtol: number;
  atol: number;
}

/** What float32 and float64 results may differ by; integers and booleans not at all. */
export const tolerances: Record<DType, Tolerance> = {
  float32: { rtol: 1e-4, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 2e-8 },
  int32: { rtol: 0, atol: 0 },
  uint8: { rtol: 0, atol: 0 },
  bool: { rtol: 0, atol: 0 },
};

/** The index of the first element that is not close, or -1. `atol` counts in units of the largest wanted number. */
export function firstFar(got: ArrayLike<number>, want: ArrayLike<number>, { rtol, atol }: Tolerance): number {
  let scale = 1;
  for (let i = 0; i < want.length; i++) if (Number.isFinite(want[i])) scale = Math.max(scale, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i]!, want[i]!];
    if (Object.is(g, w) || g === w) continue;
    if (!(Number.isFinite(w) && Math.abs(g - w) <= atol * scale + rtol * Math.abs(w))) return i;
  }
  return -1;
}

/** The elements of a tensor (read at once) or of a list as plain numbers. */
export function numbers(values: Tensor | ArrayLike<number>): number[] {
  return Array.from(values instanceof Tensor ? values.dataSync() : values, Number);
}

/** Nested arrays, flat. */
export function flat(values: unknown): number[] {
  return Array.isArray(values) ? values.flatMap(flat) : [Number(values)];
}

/** Throws where a tensor's elements are not close to (nested) numbers. */
export function assertClose(got: Tensor | ArrayLike<number>, want: unknown, tolerance?: Partial<Tolerance>, message = ''): void {
  const wanted = want instanceof Tensor || ArrayBuffer.isView(want) ? numbers(want as unknown as ArrayLike<number>) : flat(want);
  const values = numbers(got);
  const usual = got instanceof Tensor ? tolerances[got.dtype] : tolerances.float32;
  assert.equal(values.length, wanted.length, `${message} number of elements`);
  const at = firstFar(values, wanted, { ...usual, ...tolerance });
  if (at >= 0) {
    const show = (list: number[]) => `[${list.slice(0, 12).join(', ')}${list.length > 12 ? ', ...' : ''}]`;
    assert.fail(`${message} element ${at}: expected ${wanted[at]}, got ${values[at]}; ${show(wanted)} against ${show(values)}`.trim());
  }
}

/** The same, and the shape and dtype as well; the shape is that of the nested arrays unless it is given. */
export function assertTensor(
  got: Tensor,
  want: unknown,
  { dtype = 'float32', shape }: { dtype?: DType; shape?: readonly number[] } = {},
): void {
  const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);
  assert.deepEqual([...got.shape], shape ?? shapeOf(want));
  assert.equal(got.dtype, dtype);
  assertClose(got, want);
}
