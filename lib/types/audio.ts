/** Layers that make spectrograms of signals. */
import type { Add, DivFloor, Mod, Mul, Sub } from './arithmetic.js';
import type { Grid, NoGrid } from './grid.js';
import type { ShapeFn } from './layer.js';
import type { DataFormat, Sentence, windowTooLarge } from './messages.js';
import type { Shape } from './shape.js';
import type { Padding, Places } from './window.js';

/** The smallest power of two that is N or more. */
type PowerOfTwo<N extends number, P extends number = 1> = number extends N
  ? number
  : Sub<P, N> extends infer Room
    ? [Room] extends [number]
      ? P
      : PowerOfTwo<N, Mul<P, 2>>
    : never;

type Step<L extends number, S extends number | null> = S extends number ? S : DivFloor<L, 2>;
type Bins<L extends number, T extends number | null> = Add<DivFloor<T extends number ? T : PowerOfTwo<L>, 2>, 1>;

/** `stftSpectrogram`: M is the mode, L, S and T are frameLength, frameStep and fftLength, E is expandDims. */
export interface StftShape<
  M extends string,
  L extends number,
  S extends number | null,
  T extends number | null,
  P extends Padding,
  E extends boolean,
  F extends DataFormat,
> extends ShapeFn {
  readonly out: Grid<this['in'], F, 1> extends [[infer Steps extends number], infer C extends number]
    ? Places<Steps, L, Step<L, S>, P, 1> extends infer Time extends number
      ? Arranged<Time, M extends 'stft' ? Mul<2, Bins<L, T>> : Bins<L, T>, C, E, F>
      : Sentence<ReturnType<typeof windowTooLarge<'stftSpectrogram', 'kernel', [L], Extract<this['in'], Shape>>>>
    : NoGrid<'stftSpectrogram', this['in'], F, 1>;
}

type Arranged<Time extends number, B extends number, C extends number, E extends boolean, F extends DataFormat> = boolean extends E
  ? Shape
  : E extends true
    ? F extends 'channelsFirst'
      ? [C, Time, B]
      : [Time, B, C]
    : F extends 'channelsFirst'
      ? [Mul<C, B>, Time]
      : [Time, Mul<C, B>];

/** `melSpectrogram`: B bands, a frame every S samples; a transform of odd length takes one sample less. */
export interface MelShape<B extends number, S extends number, T extends number> extends ShapeFn {
  readonly out: this['in'] extends readonly [infer N extends number] ? [B, Frames<N, S, T>] : Shape;
}

type Frames<N extends number, S extends number, T extends number> = number extends T
  ? number
  : Sub<N, Mod<T, 2>> extends infer Room extends number
    ? Add<DivFloor<Room, S>, 1>
    : number;
