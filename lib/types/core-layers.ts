/** Layers that keep, flatten or rearrange their input. */
import type { DivFloor, Mod } from './arithmetic.js';
import type { ShapeFn } from './layer.js';
import type {
  denseInput,
  modelInput,
  oneInput,
  permuteDims,
  reshapeTarget,
  Sentence,
  severalInputs,
  tokenInput,
  vectorInput,
} from './messages.js';
import type { Dims, Fits, Forget, IsAny, RankUnknown, Shape, ShapeLike, Shapes, Size } from './shape.js';

/** Elements in, as many elements out: activation, dropout, rescaling, normalisation. */
export interface SameShape<W extends string> extends ShapeFn {
  readonly out: this['in'] extends Shape ? this['in'] : One<W, this['in']>;
}

/** What a layer with one input says to a list of them. */
type One<W extends string, I> = I extends readonly unknown[] ? Sentence<ReturnType<typeof oneInput<W, I['length']>>> : Shape;

/** Always S, whatever comes in: `lambda` with `outputShape`. */
export interface FixedShape<S extends ShapeLike> extends ShapeFn {
  readonly out: Dims<S>;
}

/** `dense` maps the last axis and keeps the ones before it, as Keras does. */
export interface DenseShape<Units extends number> extends ShapeFn {
  readonly out: DenseOutput<this['in'], Units>;
}

type DenseOutput<I, Units extends number> = I extends Shape
  ? RankUnknown<I> extends true
    ? Shape
    : I extends readonly [...infer Rest extends number[], number]
      ? [...Rest, Units]
      : Sentence<ReturnType<typeof denseInput<'dense', I>>>
  : One<'dense', I>;

export interface FlattenShape extends ShapeFn {
  readonly out: this['in'] extends Shape ? [Size<this['in']>] : One<'flatten', this['in']>;
}

export interface ReshapeShape<Target extends ShapeLike> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? Reshaped<this['in'], Target> extends infer R extends Shape
      ? R
      : Sentence<ReturnType<typeof reshapeTarget<'reshape', Size<this['in']>, Target>>>
    : One<'reshape', this['in']>;
}

/** The product of the dimensions without the one that is -1. */
type SizeButFree<T extends ShapeLike, Out extends number[] = []> = T extends readonly [infer D, ...infer Rest extends ShapeLike]
  ? SizeButFree<Rest, D extends -1 ? Out : [...Out, D extends number ? D : number]>
  : Size<Out>;

/** S as Target; `null` where the numbers of elements differ. A dimension of -1 is computed. */
export type Reshaped<S extends Shape, Target extends ShapeLike> =
  RankUnknown<Target> extends true
    ? Shape
    : -1 extends Target[number]
      ? [Size<S>, SizeButFree<Target>] extends [infer All extends number, infer Rest extends number]
        ? number extends Mod<All, Rest>
          ? FillFree<Target, number>
          : Mod<All, Rest> extends 0
            ? FillFree<Target, DivFloor<All, Rest>>
            : null
        : never
      : Fits<[Size<S>], [SizeButFree<Target>]> extends true
        ? FillFree<Target, number>
        : null;

/** Target with -1 replaced by D; an unknown dimension is `number`. */
type FillFree<T extends ShapeLike, D extends number> = {
  -readonly [K in keyof T]: T[K] extends -1 ? D : T[K] extends number ? T[K] : number;
};

/** Axes counted from 1; the batch, 0, stays. */
export interface PermuteShape<Axes extends Shape> extends ShapeFn {
  readonly out: this['in'] extends Shape ? Permuted<this['in'], Axes> : One<'permute', this['in']>;
}

type Permuted<S extends Shape, Axes extends Shape> =
  RankUnknown<S> extends true
    ? Forget<Axes>
    : RankUnknown<Axes> extends true
      ? Forget<S>
      : [S['length'], Axes[number], OneTo<S>] extends [Axes['length'], OneTo<S>, Axes[number]]
        ? { -readonly [K in keyof Axes]: [0, ...S][Axes[K] & keyof [0, ...S]] & number }
        : Sentence<ReturnType<typeof permuteDims<'permute', S['length'], Axes>>>;

/** 1 | 2 | ... | rank. */
type OneTo<S extends Shape> = Exclude<Partial<S>['length'], 0 | undefined>;

/** Each index becomes a vector of N numbers. */
export interface EmbeddingShape<N extends number, W extends string = 'embedding'> extends ShapeFn {
  readonly out: this['in'] extends Shape ? (RankUnknown<this['in']> extends true ? Shape : [...this['in'], N]) : One<W, this['in']>;
}

/** A shape whose last axis is N: of scores that `reversibleEmbedding` makes of vectors. */
export type WithLast<S extends Shape, N extends number> =
  RankUnknown<S> extends true ? Shape : S extends readonly [...infer Rest extends number[], number] ? [...Rest, N] : Shape;

/** A vector, N times. */
export interface RepeatVectorShape<N extends number> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? RankUnknown<this['in']> extends true
      ? [N, number]
      : this['in'] extends readonly [infer D extends number]
        ? [N, D]
        : Sentence<ReturnType<typeof vectorInput<'repeatVector', this['in']>>>
    : One<'repeatVector', this['in']>;
}

/** A model used as a layer: it takes inputs of its own shape only. */
export interface ModelShape<In extends Shape | Shapes, Out extends Shape | Shapes> extends ShapeFn {
  readonly out: IsAny<In> extends true ? Shape : ModelOutput<this['in'], In, Out>;
}

type ModelOutput<I, In, Out> = I extends Shape
  ? In extends Shape
    ? Fits<I, In> extends true
      ? Out
      : Sentence<ReturnType<typeof modelInput<'model', In, I>>>
    : Sentence<ReturnType<typeof severalInputs<'model'>>>
  : In extends Shapes
    ? Out
    : One<'model', I>;

/** `einsumDense`: what the output shape says; axes under '...' are known at run time only. */
export interface EinsumDenseShape<E extends string, S extends number | ShapeLike> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? E extends `${string}...${string}`
      ? Shape
      : S extends number
        ? [S]
        : S extends ShapeLike
          ? E extends `${string} ${string}`
            ? Dims<S>
            : E extends `${infer Input},${string}->${string}${infer Output}`
              ? FromEquation<Output, S, Input, this['in']>
              : Dims<S>
          : Shape
    : One<'einsumDense', this['in']>;
}

/** Numbers as vectors of N: a last axis of 1 goes, and so do the values of a sample that are counted together. */
export interface EncodingShape<W extends string, N extends number, M extends string> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? Encoded<this['in'], W, N, M>
    : this['in'] extends readonly [infer S extends Shape, Shape]
      ? Encoded<S, W, N, M>
      : Shape;
}

type Encoded<S extends Shape, W extends string, N extends number, M extends string> =
  RankUnknown<S> extends true
    ? Shape
    : M extends 'oneHot'
      ? S extends readonly [...infer Rest extends number[], 1]
        ? [...Rest, N]
        : [...S, N]
      : S extends readonly [...infer Rest extends number[], number]
        ? [...Rest, N]
        : Sentence<ReturnType<typeof tokenInput<W, S>>>;

/** `discretization`: n boundaries make n + 1 bins. */
export interface DiscretizationShape<B extends Shape, M extends string> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? M extends 'int'
      ? this['in']
      : Encoded<this['in'], 'discretization', RankUnknown<B> extends true ? number : [...B, 0]['length'] & number, M>
    : One<'discretization', this['in']>;
}

/** `integerLookup`: indices, or vectors whose length the vocabulary says at run time. */
export interface LookupShape<M extends string> extends ShapeFn {
  readonly out: this['in'] extends Shape
    ? M extends 'int'
      ? this['in']
      : Encoded<this['in'], 'integerLookup', number, M>
    : One<'integerLookup', this['in']>;
}

/** The dimension of the input under a letter; the batch is the first letter. */
type UnderLetter<L extends string, Input extends string, I extends Shape> = Input extends `${string}${infer Rest}`
  ? Rest extends `${infer First}${string}`
    ? I extends readonly [infer D extends number, ...infer More extends Shape]
      ? First extends L
        ? D
        : UnderLetter<L, Rest, More>
      : number
    : number
  : number;

/** The output's dimensions, those that are null from the input. */
type FromEquation<Output extends string, S extends ShapeLike, Input extends string, I extends Shape> = S extends readonly [
  infer D,
  ...infer Rest extends ShapeLike,
]
  ? Output extends `${infer L}${infer More}`
    ? [D extends number ? D : UnderLetter<L, Input, I>, ...FromEquation<More, Rest, Input, I>]
    : []
  : [];
