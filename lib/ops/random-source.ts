/** What random ops share: where their numbers come from, and of which type they are. */
import { ArgumentError } from '../errors.js';
import { globalRandom, RandomState } from '../random/state.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { constantArray } from './common.js';

/** Where random numbers come from. A number makes the same ones every time. */
export type Seed = number | RandomState | null | undefined;

/** The state of the generator and the place in it for numbers of so many elements. */
export function take(seed: Seed, size: number, like?: Tensor): { state: Tensor; offset: number } {
  if (typeof seed !== 'number') return (seed ?? globalRandom).take(size, like?.runtime);
  new RandomState(seed); // refuses what is no seed
  // A constant, so that a captured step draws the same numbers at every replay, as uncaptured ones do.
  return { state: constantArray([seed % 2 ** 32, Math.floor(seed / 2 ** 32), 0, 0], [4], 'int32', like), offset: 0 };
}

/** Options of all random tensors. */
export interface RandomOptions<D extends DType = DType> {
  /** Default 'float32'. */
  dtype?: D;
  seed?: Seed;
}

export function floatType(where: string, dtype: DType | undefined): DType {
  if (dtype === undefined || isFloat(dtype)) return dtype ?? 'float32';
  throw new ArgumentError({ where, expected: "dtype 'float32' or 'float64'", received: `'${dtype}'` });
}
