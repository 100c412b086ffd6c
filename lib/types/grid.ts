/**
 * Layers that slide a window over sequences and volumes, and what pads, crops or enlarges them: the shapes of window.ts for any number of
 * axes between the batch and the channels (R).
 */
import type { Add, Mul, Sub } from './arithmetic.js';
import type { ShapeFn } from './layer.js';
import type {
  DataFormat,
  groupedFilters,
  groupedInput,
  imageInput,
  imagesAndLabels,
  Sentence,
  Spatial,
  tooSmall,
  windowTooLarge,
} from './messages.js';
import type { RankUnknown, Shape } from './shape.js';
import type { Covered, Divides, Padding, Places, Unslid } from './window.js';

/** One number for all axes, or one for each. */
export type Sizes = number | readonly number[];

/** A sequence's one, a volume's three. */
export type Single = number | readonly [number];
export type Triple = number | readonly [number, number, number];

/** The part of P that is about axis I. */
type On<P, I> = P extends readonly unknown[] ? (I extends keyof P ? P[I] : number) : P;
type Whole<P, I> = On<P, I> extends infer N extends number ? N : number;

type Unknown<R extends Spatial> = R extends 1 ? [number] : R extends 2 ? [number, number] : [number, number, number];

/** [sides, channels] of an input of this rank, or of unknown rank; `null` for another rank. */
export type Grid<I, F extends DataFormat, R extends Spatial> = I extends Shape
  ? RankUnknown<I> extends true
    ? [Unknown<R>, number]
    : F extends 'channelsFirst'
      ? I extends readonly [infer C extends number, ...infer S extends number[]]
        ? S['length'] extends R
          ? [S, C]
          : null
        : null
      : I extends readonly [...infer S extends number[], infer C extends number]
        ? S['length'] extends R
          ? [S, C]
          : null
        : null
  : null;

/** The shape of these sides and channels; `null` where a side is. */
export type GridShape<S, C extends number, F extends DataFormat> = S extends number[]
  ? F extends 'channelsFirst'
    ? [C, ...S]
    : [...S, C]
  : null;

export type NoGrid<W extends string, I, F extends DataFormat, R extends Spatial> = I extends Shape
  ? Sentence<ReturnType<typeof imageInput<W, I, F, R>>>
  : Sentence<ReturnType<typeof imageInput<W, number[], F, R>>>;

/** What padding causal gives is as long as what padding same gives. */
export type CausalPadding = Padding | 'causal';
type Plain<P extends CausalPadding> = P extends 'valid' ? 'valid' : 'same';

type PlacesOf<S extends number[], K, St, P extends CausalPadding, D> = {
  [I in keyof S]: Places<S[I], Whole<K, I>, Whole<St, I>, Plain<P>, Whole<D, I>>;
};

type Extent<S extends number[], K, D> = { [I in keyof S]: Covered<Whole<K, I>, Whole<D, I>> };

/** The output of a window that slides over I; `C` is the number of output channels, `null` for those of the input. */
type SlideOver<
  I,
  R extends Spatial,
  W extends string,
  Word extends 'kernel' | 'pool',
  K extends Sizes,
  St extends Sizes,
  P extends CausalPadding,
  D extends Sizes,
  F extends DataFormat,
  C extends number | null,
> =
  Grid<I, F, R> extends [infer S extends number[], infer In extends number]
    ? GridShape<PlacesOf<S, K, St, P, D>, C extends number ? C : In, F> extends infer Out extends number[]
      ? Out
      : Sentence<ReturnType<typeof windowTooLarge<W, Word, Extent<S, K, D>, Extract<I, Shape>>>>
    : NoGrid<W, I, F, R>;

type ChannelsOf<I, F extends DataFormat, R extends Spatial> = Grid<I, F, R> extends [unknown, infer C extends number] ? C : number;

/** `conv1d`, `conv3d`. */
export interface ConvShape<
  W extends string,
  R extends Spatial,
  Filters extends number,
  K extends Sizes,
  St extends Sizes = 1,
  P extends CausalPadding = 'valid',
  D extends Sizes = 1,
  F extends DataFormat = 'channelsLast',
  Groups extends number = 1,
> extends ShapeFn {
  readonly out: Divides<Groups, Filters> extends false
    ? Sentence<ReturnType<typeof groupedFilters<W, Groups, Filters>>>
    : Divides<Groups, ChannelsOf<this['in'], F, R>> extends false
      ? Sentence<ReturnType<typeof groupedInput<W, Groups, Extract<this['in'], Shape>>>>
      : SlideOver<this['in'], R, W, 'kernel', K, St, P, D, F, Filters>;
}

/** `depthwiseConv1d`: one filter bank for each channel, M filters in it. */
export interface DepthwiseConvShape<
  W extends string,
  R extends Spatial,
  K extends Sizes,
  St extends Sizes = 1,
  P extends CausalPadding = 'valid',
  D extends Sizes = 1,
  F extends DataFormat = 'channelsLast',
  M extends number = 1,
> extends ShapeFn {
  readonly out: SlideOver<this['in'], R, W, 'kernel', K, St, P, D, F, Mul<ChannelsOf<this['in'], F, R>, M>>;
}

type UnslidOf<S extends number[], K, St, P extends Padding, E, D> = {
  [I in keyof S]: Unslid<S[I], Covered<Whole<K, I>, Whole<D, I>>, Whole<St, I>, P, E extends null ? null : Whole<E, I>>;
};

/** `conv1dTranspose`, `conv3dTranspose`. */
export interface ConvTransposeShape<
  W extends string,
  R extends Spatial,
  Filters extends number,
  K extends Sizes,
  St extends Sizes = 1,
  P extends Padding = 'valid',
  E extends Sizes | null = null,
  D extends Sizes = 1,
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], number]
    ? GridShape<UnslidOf<S, K, St, P, E, D>, Filters, F> extends infer Out extends number[]
      ? Out
      : Shape // nothing is left, which the run time says
    : NoGrid<W, this['in'], F, R>;
}

/** Max and average pooling; the strides default to the size of the window. */
export interface PoolShape<
  W extends string,
  R extends Spatial,
  Z extends Sizes = 2,
  St extends Sizes = Z,
  P extends Padding = 'valid',
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: SlideOver<this['in'], R, W, 'pool', Z, St, P, 1, F, null>;
}

type Ones<S extends number[]> = { [I in keyof S]: 1 };

/** Global pooling; with `keepdims` the sides stay as 1. */
export interface GlobalPoolShape<
  W extends string,
  R extends Spatial,
  F extends DataFormat = 'channelsLast',
  Keep extends boolean = false,
> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], infer C extends number]
    ? Keep extends true
      ? Extract<GridShape<Ones<S>, C, F>, number[]>
      : [C]
    : NoGrid<W, this['in'], F, R>;
}

/** One number for all sides, one for each axis, or [before, after] for each axis. */
export type Margins<R extends Spatial = Spatial> =
  | number
  | (R extends 1
      ? readonly [number, number] | readonly [number]
      : R extends 2
        ? readonly [number, number] | readonly [Two, Two]
        : readonly [number, number, number] | readonly [Two, Two, Two]);
type Two = readonly [number, number];

/** What lies before and after along axis I together. A sequence's [a, b] is before and after. */
type Both<P, I, R extends Spatial> = R extends 1
  ? P extends readonly [infer A extends number, infer B extends number]
    ? Add<A, B>
    : Twice<Whole<P, '0'>>
  : On<P, I> extends readonly [infer A extends number, infer B extends number]
    ? Add<A, B>
    : On<P, I> extends infer N extends number
      ? Twice<N>
      : number;
type Twice<N extends number> = Add<N, N>;

type Grown<S extends number[], P, R extends Spatial> = { [I in keyof S]: Add<S[I], Both<P, I, R>> };
type Shrunk<S extends number[], P, R extends Spatial> = {
  [I in keyof S]: Sub<S[I], Both<P, I, R>> extends infer N extends number ? (N extends 0 ? null : N) : null;
};

/** `zeroPadding1d`, `zeroPadding3d`. */
export interface ZeroPaddingShape<W extends string, R extends Spatial, P = 1, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], infer C extends number]
    ? Extract<GridShape<Grown<S, P, R>, C, F>, number[]>
    : NoGrid<W, this['in'], F, R>;
}

/** `cropping1d`, `cropping2d`, `cropping3d`. */
export interface CroppingShape<W extends string, R extends Spatial, P = 1, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], infer C extends number]
    ? GridShape<Shrunk<S, P, R>, C, F> extends infer Out extends number[]
      ? Out
      : Sentence<ReturnType<typeof tooSmall<W, Extract<this['in'], Shape>>>>
    : NoGrid<W, this['in'], F, R>;
}

type Scaled<S extends number[], Z> = { [I in keyof S]: Mul<S[I], Whole<Z, I>> };

/** `upSampling1d`, `upSampling3d`. */
export interface UpSamplingShape<
  W extends string,
  R extends Spatial,
  Z extends Sizes = 2,
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], infer C extends number]
    ? Extract<GridShape<Scaled<S, Z>, C, F>, number[]>
    : NoGrid<W, this['in'], F, R>;
}

/** `resizing`, `centerCrop`: images of a given size, one or a batch of them. */
export interface SizedImageShape<
  W extends string,
  H extends number,
  V extends number,
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: Grid<this['in'], F, 2> extends [number[], infer C extends number]
    ? Extract<GridShape<[H, V], C, F>, number[]>
    : NoGrid<W, this['in'], F, 2>;
}

/** Images in, images of the same size out: the random changes. */
export interface ImageShape<W extends string, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: Grid<this['in'], F, 2> extends [number[], number] ? Extract<this['in'], Shape> : NoGrid<W, this['in'], F, 2>;
}

/** Images, or images and labels, in and out: `mixUp`, `cutMix`. */
export interface MixedShape<W extends string, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: this['in'] extends readonly Shape[]
    ? this['in'] extends readonly [infer I extends Shape, infer L extends Shape]
      ? Grid<I, F, 2> extends [number[], number]
        ? [I, L]
        : NoGrid<W, I, F, 2>
      : number extends this['in']['length']
        ? Shape[]
        : Sentence<ReturnType<typeof imagesAndLabels<W, this['in']['length']>>>
    : Grid<this['in'], F, 2> extends [number[], number]
      ? Extract<this['in'], Shape>
      : NoGrid<W, this['in'], F, 2>;
}

type Chosen<S extends number[], Z> = { [I in keyof S]: Whole<Z, I> };

/** Adaptive pooling: sides of a given size. */
export interface AdaptivePoolShape<
  W extends string,
  R extends Spatial,
  Z extends Sizes,
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: Grid<this['in'], F, R> extends [infer S extends number[], infer C extends number]
    ? Extract<GridShape<Chosen<S, Z>, C, F>, number[]>
    : NoGrid<W, this['in'], F, R>;
}
