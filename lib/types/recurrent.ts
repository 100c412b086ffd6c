/** Shapes of recurrent layers. */
import type { ShapeFn } from './layer.js';
import type { RankUnknown, Shape } from './shape.js';

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
