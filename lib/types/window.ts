/** Arithmetic of windows that slide along one side of a sequence, an image or a volume. */
import type { Add, DivCeil, DivFloor, Mod, Mul, Sub } from './arithmetic.js';

export type Padding = 'valid' | 'same';

/** What a kernel of K cells covers when they lie D apart. */
export type Covered<K extends number, D extends number> = D extends 1 ? K : Add<Mul<D, Sub<K, 1> & number>, 1>;

/** How many places a window takes along a dimension; `null` where it takes none. */
export type Places<N extends number, K extends number, S extends number, P extends Padding, D extends number> = P extends 'same'
  ? DivCeil<N, S>
  : Sub<N, Covered<K, D>> extends infer Room extends number
    ? Add<DivFloor<Room, S>, 1>
    : null;

/** Whether G divides N, as far as that is known. */
export type Divides<G extends number, N extends number> = number extends Mod<N, G> ? true : Mod<N, G> extends 0 ? true : false;

/** The length of a dimension that a convolution with these options would bring to N; without output padding the regular one. */
export type Unslid<
  N extends number,
  K extends number,
  S extends number,
  P extends Padding,
  Extra extends number | null,
> = Extra extends number
  ? Sub<Add<Add<Mul<Sub<N, 1> & number, S>, K>, Extra>, P extends 'same' ? Mul<2, DivFloor<K, 2>> : 0>
  : P extends 'same'
    ? Mul<N, S>
    : Add<Mul<N, S>, Sub<K, S> extends infer More extends number ? More : 0>;
