/**
 * Shapes as types. A dimension is a literal where it is known and `number` where only the run time knows it; `Shape` itself is a shape
 * of unknown rank. Unknown parts never cause an error here: the run time checks again.
 */
import type { Mul, Sub } from './arithmetic.js';

export type Shape = readonly number[];

/** A shape as people write it: `null` stands for a dimension that is known at run time only. */
export type ShapeLike = readonly (number | null)[];

/** The shapes of several inputs or outputs. */
export type Shapes = readonly Shape[];

/** `readonly [28, null]` to `[28, number]`. */
export type Dims<S extends ShapeLike> = number extends S['length']
  ? Shape
  : { -readonly [K in keyof S]: S[K] extends number ? S[K] : number };

/** Whether the rank is only known at run time. */
export type RankUnknown<S extends readonly unknown[]> = number extends S['length'] ? true : false;

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** R where it is a shape, `Shape` where it is an error sentence or unknown, so that one mistake is reported once. */
export type Known<R> = IsAny<R> extends true ? Shape : R extends Shape ? R : Shape;

/** The number of elements. */
export type Size<S extends Shape, Out extends number = 1> = S extends readonly [infer D extends number, ...infer Rest extends Shape]
  ? Size<Rest, Mul<Out, D>>
  : RankUnknown<S> extends true
    ? number
    : Out;

/** Whether a dimension A can be B. */
export type SameDim<A, B> = number extends A | B ? true : A extends B ? true : B extends A ? true : false;

/** Whether a value of shape A can have shape B: unknown dimensions and ranks may turn out right. */
export type Fits<A extends readonly unknown[], B extends readonly unknown[]> =
  RankUnknown<A> extends true
    ? true
    : RankUnknown<B> extends true
      ? true
      : A extends readonly [infer X, ...infer A1]
        ? B extends readonly [infer Y, ...infer B1]
          ? SameDim<X, Y> extends true
            ? Fits<A1, B1>
            : false
          : false
        : B extends readonly []
          ? true
          : false;

/** All but the last dimension. */
export type Leading<S extends Shape> = S extends readonly [...infer Rest extends number[], number] ? Rest : Shape;

/** All but the first dimension, which is the batch's. */
export type WithoutBatch<S extends Shape> = S extends readonly [number, ...infer Rest extends number[]] ? Rest : Shape;

/** S with a batch of unknown size, as `predict` returns it. */
export type Batched<S extends Shape, N extends number = number> = RankUnknown<S> extends true ? Shape : [N, ...S];

/** An axis counted from the front: -1 is the last of `Rank`. Distributes over several axes; one out of range stays negative. */
export type NormalAxis<A extends number, Rank extends number> = number extends A
  ? number
  : A extends number
    ? `${A}` extends `-${infer N extends number}`
      ? Sub<Rank, N> extends infer P extends number
        ? P
        : A
      : A
    : never;

/** S without the dimensions at the positions P (counted from the front). */
export type DropAt<S extends Shape, P extends number, Seen extends 0[] = [], Out extends number[] = []> = S extends readonly [
  infer D extends number,
  ...infer Rest extends Shape,
]
  ? DropAt<Rest, P, [...Seen, 0], Seen['length'] extends P ? Out : [...Out, D]>
  : Out;

/** S with D put in before position P; `Shape` where P is beyond the end. */
export type InsertAt<S extends Shape, P extends number, D extends number, Out extends number[] = []> = Out['length'] extends P
  ? [...Out, D, ...S]
  : S extends readonly [infer X extends number, ...infer Rest extends Shape]
    ? InsertAt<Rest, P, D, [...Out, X]>
    : Shape;

/** S with the dimensions at the positions P replaced by D. */
export type ReplaceAt<S extends Shape, P extends number, D extends number> = {
  -readonly [K in keyof S]: K extends `${P}` ? D : S[K];
};

/** A tuple of as many `number`s as S has dimensions. */
export type Forget<S extends Shape> = RankUnknown<S> extends true ? Shape : { -readonly [K in keyof S]: number };
