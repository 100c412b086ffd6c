/** Numbers that pictures are made of: a tensor, a typed array or a list. */
import { ArgumentError } from '../errors.js';
import { describe } from '../options/index.js';
import { Tensor } from '../tensor/tensor.js';

export type Numbers = Tensor | ArrayLike<number>;

/** The numbers as a list; a tensor is read, whatever its shape. */
export async function numbersOf(where: string, values: unknown): Promise<number[]> {
  if (values instanceof Tensor) return Array.from((await values.data()) as ArrayLike<number>, Number);
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  if (isList) {
    const list = Array.from(values as unknown as ArrayLike<unknown>);
    if (list.every((value) => typeof value === 'number')) return list;
  }
  throw new ArgumentError({ where, expected: 'a tensor, a typed array or a list of numbers', received: describe(values) });
}
