/** Shapes of recurrent layers. */
import type { ConvShape, Sizes } from './grid.js';
import type { Apply, ShapeFn } from './layer.js';
import type { DataFormat, framesInput, Sentence, Spatial } from './messages.js';
import type { RankUnknown, Shape } from './shape.js';
import type { Padding } from './window.js';

/** [steps, features] to [steps, units] with `returnSequences`, else to [units]; unknown with `returnState`, which gives several outputs. */
export interface RecurrentShape<Units extends number, O> extends ShapeFn {
  readonly out: O extends { returnState: true }
    ? Shape
    : this['in'] extends Shape
      ? RankUnknown<this['in']> extends true
        ? Shape
        : boolean extends Flag<O>
          ? Shape
          : Flag<O> extends true
            ? [...Leading<this['in']>, Units]
            : [Units]
      : Shape;
}

/** Whether all steps are given; false where the option is absent. */
type Flag<O> = O extends { returnSequences: infer R } ? R : false;

type Leading<S extends Shape> = S extends readonly [infer T extends number, ...unknown[]] ? [T] : Shape;

/**
 * `convLstm1d`, `convLstm2d`, `convLstm3d`: the convolution of one frame, after the steps where all of them are given (Q); unknown where the
 * states come as well (T).
 */
export interface ConvLstmShape<
  W extends string,
  R extends Spatial,
  Filters extends number,
  K extends Sizes,
  St extends Sizes = 1,
  P extends Padding = 'valid',
  D extends Sizes = 1,
  F extends DataFormat = 'channelsLast',
  Q extends boolean = false,
  T extends boolean = false,
> extends ShapeFn {
  readonly out: T extends false
    ? this['in'] extends Shape
      ? RankUnknown<this['in']> extends true
        ? Shape
        : Frames<this['in'], R> extends [infer Steps extends number, infer Frame extends Shape]
          ? Framed<Apply<ConvShape<W, R, Filters, K, St, P, D, F>, Frame>, Steps, Q>
          : Sentence<ReturnType<typeof framesInput<W, this['in'], F, R>>>
      : Shape
    : Shape;
}

/** The number of steps, and one step's sequence, image or volume; `null` for another rank. */
type Frames<I extends Shape, R extends Spatial> = I extends readonly [
  infer Steps extends number,
  infer First extends number,
  ...infer Rest extends number[],
]
  ? Rest['length'] extends R
    ? [Steps, [First, ...Rest]]
    : null
  : null;

type Framed<Out, Steps extends number, Q extends boolean> = Out extends Shape
  ? boolean extends Q
    ? Shape
    : Q extends true
      ? [Steps, ...Out]
      : Out
  : Out;
