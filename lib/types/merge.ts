/** Layers with several inputs, and the broadcasting that they share with the ops. */
import type { Add, Sub } from './arithmetic.js';
import type { ShapeFn } from './layer.js';
import type { axisOutOfRange, concatenatedInputs, dotInputs, mergedInputs, Sentence, severalInputs } from './messages.js';
import type { DropAt, Forget, NormalAxis, RankUnknown, SameDim, Shape, Shapes } from './shape.js';

/** One dimension of a broadcast; `null` where the two do not go together. */
type BroadcastDim<A extends number, B extends number> = A extends 1
  ? B
  : B extends 1
    ? A
    : number extends A
      ? B
      : number extends B
        ? A
        : A extends B
          ? A
          : null;

type Align<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [
  ...infer A1 extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer B1 extends Shape, infer Y extends number]
    ? BroadcastDim<X, Y> extends infer D extends number
      ? Align<A1, B1, [D, ...Out]>
      : null
    : [...A, ...Out]
  : [...B, ...Out];

/** The shape of an element-wise operation by NumPy's rule; `null` where the operands do not go together. */
export type Broadcast<A extends Shape, B extends Shape> = [A, B] extends [B, A]
  ? A
  : true extends RankUnknown<A> | RankUnknown<B>
    ? Shape
    : Align<A, B>;

/** All of the list, broadcast. */
export type BroadcastAll<L extends Shapes, Out extends Shape = []> = L extends readonly [
  infer S extends Shape,
  ...infer Rest extends Shapes,
]
  ? Broadcast<Out, S> extends infer R extends Shape
    ? BroadcastAll<Rest, R>
    : null
  : number extends L['length']
    ? Shape
    : Out;

/** `add`, `subtract`, `multiply`, `average`, `maximum`, `minimum`. */
export interface MergeShape<W extends string> extends ShapeFn {
  readonly out: this['in'] extends Shapes
    ? this['in'] extends Shape
      ? Sentence<ReturnType<typeof severalInputs<W>>>
      : BroadcastAll<this['in']> extends infer R extends Shape
        ? R
        : Sentence<ReturnType<typeof mergedInputs<W, this['in']>>>
    : Sentence<ReturnType<typeof severalInputs<W>>>;
}

/** Two shapes joined at position P; `null` where they differ elsewhere. */
type JoinTwo<A extends Shape, B extends Shape, P extends number, Seen extends 0[] = [], Out extends number[] = []> = A extends readonly [
  infer X extends number,
  ...infer A1 extends Shape,
]
  ? B extends readonly [infer Y extends number, ...infer B1 extends Shape]
    ? Seen['length'] extends P
      ? JoinTwo<A1, B1, P, [...Seen, 0], [...Out, Add<X, Y>]>
      : SameDim<X, Y> extends true
        ? JoinTwo<A1, B1, P, [...Seen, 0], [...Out, number extends X ? Y : X]>
        : null
    : null
  : B extends readonly []
    ? Out
    : null;

type JoinAll<First extends Shape, Rest extends Shapes, P extends number> = Rest extends readonly [
  infer S extends Shape,
  ...infer More extends Shapes,
]
  ? true extends RankUnknown<First> | RankUnknown<S>
    ? Shape
    : JoinTwo<First, S, P> extends infer R extends Shape
      ? JoinAll<R, More, P>
      : null
  : First;

/** Shapes joined at an axis that counts from 0 or from -1; `null` where they differ elsewhere, `'axis'` where they have no such axis. */
export type Concatenated<L extends Shapes, Axis extends number> = L extends readonly [infer S extends Shape, ...infer Rest extends Shapes]
  ? RankUnknown<S> extends true
    ? Shape
    : NormalAxis<Axis, S['length']> extends infer P extends number
      ? number extends P
        ? Forget<S>
        : `${P}` extends keyof S
          ? JoinAll<S, Rest, P>
          : 'axis'
      : 'axis'
  : Shape;

/** Keras counts the batch as axis 0; the shapes of layers begin after it. */
type AfterBatch<Axis extends number> = number extends Axis ? number : `${Axis}` extends `-${string}` ? Axis : Sub<Axis, 1> & number;

export interface ConcatenateShape<Axis extends number = -1> extends ShapeFn {
  readonly out: this['in'] extends Shapes
    ? this['in'] extends Shape
      ? Sentence<ReturnType<typeof severalInputs<'concatenate'>>>
      : ConcatenateOutput<this['in'], Axis>
    : Sentence<ReturnType<typeof severalInputs<'concatenate'>>>;
}

type ConcatenateOutput<L extends Shapes, Axis extends number> =
  Concatenated<L, AfterBatch<Axis>> extends infer R
    ? R extends Shape
      ? R
      : R extends 'axis'
        ? Sentence<ReturnType<typeof axisOutOfRange<'concatenate', Axis, First<L>>>>
        : Sentence<ReturnType<typeof concatenatedInputs<'concatenate', Axis, L>>>
    : never;

type First<L extends Shapes> = L extends readonly [infer S extends Shape, ...Shape[]] ? S : Shape;

type WithoutBatchAxis<A extends number, Rank extends number> =
  NormalAxis<A, Rank> extends infer P extends number ? (number extends P ? number : Sub<P, 1>) : never;

/** S without the axis A, which counts the batch as 0; `null` where it has no such axis or the batch is meant. */
type Contracted<S extends Shape, A extends number> =
  WithoutBatchAxis<A, [0, ...S]['length'] & number> extends infer P extends number
    ? number extends P
      ? null
      : `${P}` extends keyof S
        ? [DropAt<S, P>, S[P]]
        : null
    : null;

type DotOutput<A extends Shape, B extends Shape, I extends number, J extends number> =
  Contracted<A, I> extends [infer X extends number[], infer N extends number]
    ? Contracted<B, J> extends [infer Y extends number[], infer M extends number]
      ? SameDim<N, M> extends true
        ? [...X, ...Y] extends []
          ? [1]
          : [...X, ...Y]
        : Sentence<ReturnType<typeof dotInputs<'dot', [A, B]>>>
      : Shape
    : Shape;

/** `dot`: axes count the batch as 0. */
export interface DotShape<A extends number | readonly [number, number]> extends ShapeFn {
  readonly out: this['in'] extends readonly [infer X extends Shape, infer Y extends Shape]
    ? true extends RankUnknown<X> | RankUnknown<Y>
      ? Shape
      : DotOutput<
          X,
          Y,
          A extends readonly [infer I extends number, number] ? I : A & number,
          A extends readonly [number, infer J extends number] ? J : A & number
        >
    : this['in'] extends Shapes
      ? Shape
      : Sentence<ReturnType<typeof severalInputs<'dot'>>>;
}
