/** Layers that slide a window over an image: convolution, pooling, padding. */
import type { Add, DivCeil, DivFloor, Mod, Mul, Sub } from './arithmetic.js';
import type { ShapeFn } from './layer.js';
import type { DataFormat, groupedFilters, groupedInput, imageInput, Pair, Sentence, windowTooLarge } from './messages.js';
import type { RankUnknown, Shape } from './shape.js';

export type Padding = 'valid' | 'same';

type Height<P> = P extends readonly [infer H extends number, number] ? H : P extends number ? P : number;
type Width<P> = P extends readonly [number, infer W extends number] ? W : P extends number ? P : number;

/** What a kernel of K cells covers when they lie D apart. */
type Covered<K extends number, D extends number> = D extends 1 ? K : Add<Mul<D, Sub<K, 1> & number>, 1>;

/** How many places a window takes along a dimension; `null` where it takes none. */
type Places<N extends number, K extends number, S extends number, P extends Padding, D extends number> = P extends 'same'
  ? DivCeil<N, S>
  : Sub<N, Covered<K, D>> extends infer Room extends number
    ? Add<DivFloor<Room, S>, 1>
    : null;

/** An image in its data format, or `null` where a side is. */
type Image<H, W, C extends number, F extends DataFormat> = [H, W] extends [infer X extends number, infer Y extends number]
  ? F extends 'channelsFirst'
    ? [C, X, Y]
    : [X, Y, C]
  : null;

/** [height, width, channels] of an input of rank 3 or unknown rank, whatever its data format; `null` for another rank. */
type ImageSides<I, F extends DataFormat> = I extends readonly [infer X extends number, infer Y extends number, infer Z extends number]
  ? F extends 'channelsFirst'
    ? [Y, Z, X]
    : [X, Y, Z]
  : I extends Shape
    ? RankUnknown<I> extends true
      ? [number, number, number]
      : null
    : null;

type NoImage<W extends string, I, F extends DataFormat> = I extends Shape
  ? Sentence<ReturnType<typeof imageInput<W, I, F>>>
  : Sentence<ReturnType<typeof imageInput<W, number[], F>>>;

/** The output of a window that slides over the image I; `C` is the number of output channels, `null` for those of the input. */
type Slide<
  I,
  W extends string,
  Word extends 'kernel' | 'pool',
  Kernel extends Pair,
  Strides extends Pair,
  P extends Padding,
  Dilation extends Pair,
  F extends DataFormat,
  C extends number | null,
> =
  ImageSides<I, F> extends [infer H extends number, infer V extends number, infer In extends number]
    ? Image<
        Places<H, Height<Kernel>, Height<Strides>, P, Height<Dilation>>,
        Places<V, Width<Kernel>, Width<Strides>, P, Width<Dilation>>,
        C extends number ? C : In,
        F
      > extends infer Out extends number[]
      ? Out
      : TooLarge<W, Word, Kernel, Dilation, I>
    : NoImage<W, I, F>;

type TooLarge<W extends string, Word extends 'kernel' | 'pool', Kernel extends Pair, Dilation extends Pair, I> = Sentence<
  ReturnType<
    typeof windowTooLarge<
      W,
      Word,
      readonly [Covered<Height<Kernel>, Height<Dilation>>, Covered<Width<Kernel>, Width<Dilation>>],
      Extract<I, Shape>
    >
  >
>;

/** Whether G divides N, as far as that is known. */
type Divides<G extends number, N extends number> = number extends Mod<N, G> ? true : Mod<N, G> extends 0 ? true : false;

type Channels<I, F extends DataFormat> = ImageSides<I, F> extends readonly [number, number, infer C extends number] ? C : number;

export interface Conv2dShape<
  Filters extends number,
  Kernel extends Pair,
  Strides extends Pair = 1,
  P extends Padding = 'valid',
  Dilation extends Pair = 1,
  F extends DataFormat = 'channelsLast',
  Groups extends number = 1,
> extends ShapeFn {
  readonly out: Divides<Groups, Filters> extends false
    ? Sentence<ReturnType<typeof groupedFilters<'conv2d', Groups, Filters>>>
    : Divides<Groups, Channels<this['in'], F>> extends false
      ? Sentence<ReturnType<typeof groupedInput<'conv2d', Groups, Extract<this['in'], Shape>>>>
      : Slide<this['in'], 'conv2d', 'kernel', Kernel, Strides, P, Dilation, F, Filters>;
}

/** One filter bank for each channel, M filters in it. */
export interface DepthwiseConv2dShape<
  Kernel extends Pair,
  Strides extends Pair = 1,
  P extends Padding = 'valid',
  Dilation extends Pair = 1,
  F extends DataFormat = 'channelsLast',
  M extends number = 1,
> extends ShapeFn {
  readonly out: Slide<this['in'], 'depthwiseConv2d', 'kernel', Kernel, Strides, P, Dilation, F, Mul<Channels<this['in'], F>, M>>;
}

/** The length of a dimension that a convolution with these options would bring to N; without output padding the regular one. */
type Unslid<N extends number, K extends number, S extends number, P extends Padding, Extra extends number | null> = Extra extends number
  ? Sub<Add<Add<Mul<Sub<N, 1> & number, S>, K>, Extra>, P extends 'same' ? Mul<2, DivFloor<K, 2>> : 0>
  : P extends 'same'
    ? Mul<N, S>
    : Add<Mul<N, S>, Sub<K, S> extends infer More extends number ? More : 0>;

type Vertical<P> = P extends null ? null : Height<P>;
type Horizontal<P> = P extends null ? null : Width<P>;

export interface Conv2dTransposeShape<
  Filters extends number,
  Kernel extends Pair,
  Strides extends Pair = 1,
  P extends Padding = 'valid',
  Extra extends Pair | null = null,
  Dilation extends Pair = 1,
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: ImageSides<this['in'], F> extends [infer H extends number, infer W extends number, number]
    ? Image<
        Unslid<H, Covered<Height<Kernel>, Height<Dilation>>, Height<Strides>, P, Vertical<Extra>>,
        Unslid<W, Covered<Width<Kernel>, Width<Dilation>>, Width<Strides>, P, Horizontal<Extra>>,
        Filters,
        F
      > extends infer Out extends number[]
      ? Out
      : Shape // nothing is left, which the run time says
    : NoImage<'conv2dTranspose', this['in'], F>;
}

/** Max and average pooling; the strides default to the size of the window. */
export interface Pool2dShape<
  W extends string,
  Size extends Pair = 2,
  Strides extends Pair = Size,
  P extends Padding = 'valid',
  F extends DataFormat = 'channelsLast',
> extends ShapeFn {
  readonly out: Slide<this['in'], W, 'pool', Size, Strides, P, 1, F, null>;
}

/** Global pooling; with `keepdims` the two sides stay as 1. */
export interface GlobalPool2dShape<W extends string, F extends DataFormat = 'channelsLast', Keep extends boolean = false> extends ShapeFn {
  readonly out: ImageSides<this['in'], F> extends [number, number, infer C extends number]
    ? Keep extends true
      ? Image<1, 1, C, F>
      : [C]
    : NoImage<W, this['in'], F>;
}

/** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. */
export type Padding2d = number | readonly [number, number] | readonly [readonly [number, number], readonly [number, number]];

type Padded<N extends number, P> = P extends readonly [infer A extends number, infer B extends number]
  ? Add<N, Add<A, B>>
  : P extends number
    ? Add<N, Add<P, P>>
    : number;

export interface ZeroPadding2dShape<P extends Padding2d = 1, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: ImageSides<this['in'], F> extends [infer H extends number, infer W extends number, infer C extends number]
    ? P extends readonly [infer V, infer U]
      ? Image<Padded<H, V>, Padded<W, U>, C, F>
      : Image<Padded<H, P>, Padded<W, P>, C, F>
    : NoImage<'zeroPadding2d', this['in'], F>;
}

/** Nearest or bilinear enlargement by whole factors. */
export interface UpSampling2dShape<Factor extends Pair = 2, F extends DataFormat = 'channelsLast'> extends ShapeFn {
  readonly out: ImageSides<this['in'], F> extends [infer H extends number, infer W extends number, infer C extends number]
    ? Image<Mul<H, Height<Factor>>, Mul<W, Width<Factor>>, C, F>
    : NoImage<'upSampling2d', this['in'], F>;
}
