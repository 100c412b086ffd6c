/**
 * Shapes of the ops: what a tensor function makes of `Tensor<S>`. Axes count the batch here, as in NumPy. Where a result cannot be
 * known, or the operands do not go together (which the run time reports), it is `Shape`.
 */
import type { Concatenated, Broadcast as MaybeBroadcast } from './merge.js';
import type { Reshaped } from './core-layers.js';
import type { DropAt, Forget, InsertAt, Known, NormalAxis, RankUnknown, ReplaceAt, Shape, ShapeLike, Shapes } from './shape.js';

/** What every tensor looks like to the compiler. */
export interface TensorLike<S extends Shape = Shape, D extends string = string> {
  readonly shape: S;
  readonly dtype: D;
}

/** The shape of an operand: a tensor's, a nested array's, or that of a plain number. */
export type ShapeOf<T> = T extends { readonly shape: infer S extends Shape } ? S : ShapeOfNested<T>;

export type Broadcast<A extends Shape, B extends Shape> = Known<MaybeBroadcast<A, B>>;

type Scalar = number | boolean | bigint;

/** Whether T may be a number as well as an array, as in `NestedArray` itself: then nothing is known. */
type Mixed<T> = [Extract<T, Scalar>] extends [never] ? false : true;

/** Plain arrays within arrays, and typed arrays: [[1, 2], [3, 4]] is [2, 2]. The first row speaks for all; ragged ones fail at run time. */
export type ShapeOfNested<T> = [T] extends [Scalar]
  ? []
  : Mixed<T> extends true
    ? Shape
    : T extends ArrayBufferView
      ? [number]
      : T extends readonly [infer First, ...unknown[]]
        ? [T['length'], ...ShapeOfNested<First>]
        : T extends readonly []
          ? [0]
          : T extends readonly (infer E)[]
            ? [number, ...ShapeOfNested<E>]
            : Shape;

/** The dtype that `tensor()` gives to plain values without being told. */
export type DTypeOfNested<T> = [T] extends [never]
  ? 'float32'
  : [T] extends [boolean]
    ? 'bool'
    : [T] extends [number]
      ? 'float32'
      : Mixed<T> extends true
        ? 'float32' | 'bool'
        : T extends Float64Array
          ? 'float64'
          : T extends Int32Array
            ? 'int32'
            : T extends Uint8Array | Uint8ClampedArray
              ? 'uint8'
              : T extends readonly (infer E)[]
                ? DTypeOfNested<E>
                : 'float32';

export type ExpandDims<S extends Shape, A extends number> =
  RankUnknown<S> extends true
    ? Shape
    : NormalAxis<A, [0, ...S]['length'] & number> extends infer P extends number
      ? number extends P
        ? Forget<[0, ...S]>
        : Known<InsertAt<S, P, 1>>
      : Shape;

/** Without `A`, every dimension that is 1 goes. */
export type Squeeze<S extends Shape, A extends number | undefined = undefined> =
  RankUnknown<S> extends true ? Shape : A extends number ? DropAxes<S, A> : number extends S[number] ? Shape : DropOnes<S>;

type DropOnes<S extends Shape, Out extends number[] = []> = S extends readonly [infer D extends number, ...infer Rest extends Shape]
  ? DropOnes<Rest, D extends 1 ? Out : [...Out, D]>
  : Out;

/** One axis, several, or all of them. */
export type Axes = number | readonly number[] | null | undefined;

type AxisUnion<A extends Axes> = A extends readonly number[] ? A[number] : A;

type DropAxes<S extends Shape, A extends number> = number extends A ? Shape : DropAt<S, NormalAxis<A, S['length']>>;

/** What is left after a reduction over the axes A (all of them by default). */
export type ReduceAxis<S extends Shape, A extends Axes = undefined, Keep extends boolean | undefined = false> =
  RankUnknown<S> extends true
    ? [A, Keep] extends [null | undefined, false | undefined]
      ? []
      : Shape
    : Keep extends true
      ? A extends null | undefined
        ? { -readonly [K in keyof S]: 1 }
        : number extends AxisUnion<A>
          ? Forget<S>
          : ReplaceAt<S, NormalAxis<AxisUnion<A> & number, S['length']>, 1>
      : A extends null | undefined
        ? []
        : A extends readonly []
          ? S
          : DropAxes<S, AxisUnion<A> & number>;

export type Transpose<S extends Shape, P extends readonly number[] | undefined = undefined> =
  RankUnknown<S> extends true
    ? Shape
    : P extends readonly number[]
      ? RankUnknown<P> extends true
        ? Forget<S>
        : { -readonly [K in keyof P]: At<S, NormalAxis<P[K] & number, S['length']>> }
      : Reverse<S>;

type At<S extends Shape, P extends number> = S extends { readonly [K in P]: infer D extends number } ? D : number;

type Reverse<S extends Shape, Out extends number[] = []> = S extends readonly [infer D extends number, ...infer Rest extends Shape]
  ? Reverse<Rest, [D, ...Out]>
  : Out;

/** `Target` with -1 computed. */
export type Reshape<S extends Shape, Target extends ShapeLike> = Known<Reshaped<S, Target>>;

/** [..., m, k] by [..., k, n]; vectors as in NumPy. */
export type MatMul<A extends Shape, B extends Shape> = true extends RankUnknown<A> | RankUnknown<B>
  ? Shape
  : A extends readonly [infer K extends number]
    ? B extends readonly [number]
      ? []
      : DropAxes<MatMul<[1, K], B>, -2>
    : B extends readonly [infer K extends number]
      ? DropAxes<MatMul<A, [K, 1]>, -1>
      : A extends readonly [...infer X extends Shape, infer M extends number, number]
        ? B extends readonly [...infer Y extends Shape, number, infer N extends number]
          ? Broadcast<X, Y> extends infer Z extends Shape
            ? [...Z, M, N]
            : never
          : Shape
        : Shape;

/** The shapes of a list of tensors. */
export type ShapesOf<L extends readonly TensorLike[]> = { -readonly [K in keyof L]: L[K]['shape'] };

export type Concat<L extends Shapes, A extends number = -1> = Known<Concatenated<L, A>>;

export type Stack<L extends Shapes, A extends number = 0> = L extends readonly [infer S extends Shape, ...Shape[]]
  ? ExpandDims<S, A> extends infer E extends Shape
    ? NormalAxis<A, E['length']> extends infer P extends number
      ? number extends P | E['length']
        ? Shape
        : ReplaceAt<E, P, L['length']>
      : Shape
    : never
  : Shape;

/** A new last axis of N classes. */
export type OneHot<S extends Shape, N extends number> = RankUnknown<S> extends true ? Shape : [...S, N];

/** S with its axis A replaced by the shape of the indices. */
export type Gather<S extends Shape, I extends Shape, A extends number = 0> = true extends RankUnknown<S> | RankUnknown<I>
  ? Shape
  : NormalAxis<A, S['length']> extends infer P extends number
    ? number extends P
      ? Shape
      : Splice<S, I, P>
    : Shape;

type Splice<S extends Shape, I extends Shape, P extends number, Before extends number[] = []> = S extends readonly [
  infer D extends number,
  ...infer Rest extends Shape,
]
  ? Before['length'] extends P
    ? [...Before, ...I, ...Rest]
    : Splice<Rest, I, P, [...Before, D]>
  : Shape;
