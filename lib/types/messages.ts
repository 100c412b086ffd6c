/**
 * The words of every error that TypeScript and the run time can both find. Each writer is one function: the run time throws
 * `new ShapeError(writer(...))`, the compiler shows `Sentence<ReturnType<typeof writer<...>>>`, and both read the same text.
 */
import type { Fits, ShapeLike } from './shape.js';

/** The parts of an error sentence as literal types. */
export interface Message<
  Where extends string = string,
  Expected extends string = string,
  Received extends string = string,
  Hint extends string = string,
  Facts extends string = string,
> {
  where: Where;
  expected: Expected;
  received: Received;
  hint: Hint;
  facts?: Facts;
}

/** What `errorSentence` makes of a message, as a literal type. */
export type Sentence<M extends Message> =
  M extends Message<infer W, infer E, infer R, infer H, infer F>
    ? string extends F
      ? `${W}: expected ${E}, got ${R}; ${H}`
      : `${W}: ${F}; ${H}`
    : never;

function message<W extends string, E extends string, R extends string, H extends string>(
  where: W,
  expected: E,
  received: R,
  hint: H,
): Message<W, E, R, H> {
  return { where, expected, received, hint };
}

export type DataFormat = 'channelsLast' | 'channelsFirst';

/** One number for both directions of an image, or [height, width]. */
export type Pair<N extends number = number> = N | readonly [N, N];

type ShowDim<D> = D extends number ? (number extends D ? '?' : `${D}`) : '?';

type ShowDims<S extends readonly unknown[], Out extends string = ''> = S extends readonly [infer D, ...infer Rest]
  ? ShowDims<Rest, Out extends '' ? ShowDim<D> : `${Out}, ${ShowDim<D>}`>
  : Out;

/** `[26, 26, 32]`; an unknown dimension is `?`, an unknown rank `[...]`. */
export type Show<S extends readonly unknown[]> = number extends S['length'] ? '[...]' : `[${ShowDims<S>}]`;

export function show<const S extends ShapeLike>(shape: S): Show<S> {
  return `[${shape.map((d) => d ?? '?').join(', ')}]` as Show<S>;
}

/** A window over any number of axes. */
export type Window = Pair | readonly number[];

type JoinDims<S extends readonly unknown[], Out extends string = ''> = S extends readonly [infer D, ...infer Rest]
  ? JoinDims<Rest, Out extends '' ? ShowDim<D> : `${Out}x${ShowDim<D>}`>
  : Out;

/** `5x5` of 5 or [5, 5]; `5` of [5], `5x5x5` of [5, 5, 5]. */
export type ShowWindow<P extends Window> = P extends readonly unknown[] ? JoinDims<P> : `${ShowDim<P>}x${ShowDim<P>}`;

export function showWindow<const P extends Window>(window: P): ShowWindow<P> {
  return (typeof window === 'number' ? `${window}x${window}` : window.join('x')) as ShowWindow<P>;
}

/** `[28, 28, 1] and [14, 14, 1]`. */
export type ShowAll<L extends readonly ShapeLike[], Out extends string = ''> = L extends readonly [
  infer S extends ShapeLike,
  ...infer Rest extends readonly ShapeLike[],
]
  ? ShowAll<Rest, Out extends '' ? Show<S> : `${Out} and ${Show<S>}`>
  : Out;

export function showAll<const L extends readonly ShapeLike[]>(shapes: L): ShowAll<L> {
  return shapes.map((s) => show(s)).join(' and ') as ShowAll<L>;
}

// Layers with one input

/** `dense` works on the last axis, so it only refuses a scalar. */
export function denseInput<W extends string, const S extends ShapeLike>(where: W, input: S) {
  return message(where, '[features]', show(input), 'add reshape([1]) before it');
}

/** Axes between the batch and the channels: of sequences 1, of images 2, of volumes 3. */
export type Spatial = 1 | 2 | 3;

type SideNames<R extends Spatial> = R extends 1 ? 'steps' : R extends 2 ? 'height, width' : 'depth, height, width';

type ImageAxes<F extends DataFormat, R extends Spatial = 2> = F extends 'channelsFirst'
  ? `[channels, ${SideNames<R>}]`
  : `[${SideNames<R>}, channels]`;

type ImageHint<S extends ShapeLike, F extends DataFormat, R extends Spatial> = S['length'] extends R
  ? `add reshape(${Show<F extends 'channelsFirst' ? [1, ...S] : [...S, 1]>}) before it`
  : `add reshape(${ImageAxes<F, R>}) before it`;

const sideNames = { 1: 'steps', 2: 'height, width', 3: 'depth, height, width' } as const;

function imageAxes<F extends DataFormat, R extends Spatial>(format: F, spatial: R): ImageAxes<F, R> {
  const sides = sideNames[spatial];
  return (format === 'channelsFirst' ? `[channels, ${sides}]` : `[${sides}, channels]`) as ImageAxes<F, R>;
}

function imageHint<const S extends ShapeLike, F extends DataFormat, R extends Spatial>(
  input: S,
  format: F,
  spatial: R,
): ImageHint<S, F, R> {
  const image = format === 'channelsFirst' ? [1, ...input] : [...input, 1];
  return `add reshape(${input.length === spatial ? show(image) : imageAxes(format, spatial)}) before it` as ImageHint<S, F, R>;
}

/** A layer over images (or sequences, or volumes) got something of another rank. */
export function imageInput<W extends string, const S extends ShapeLike, F extends DataFormat, R extends Spatial = 2>(
  where: W,
  input: S,
  format: F,
  spatial: R = 2 as R,
) {
  return message(where, imageAxes(format, spatial), show(input), imageHint(input, format, spatial));
}

type FrameAxes<F extends DataFormat, R extends Spatial> = ImageAxes<F, R> extends `[${infer Axes}]` ? `[time, ${Axes}]` : never;

/** A layer over sequences of sequences, images or volumes got something of another rank. */
export function framesInput<W extends string, const S extends ShapeLike, F extends DataFormat, R extends Spatial>(
  where: W,
  input: S,
  format: F,
  spatial: R,
) {
  const axes = `[time, ${imageAxes(format, spatial).slice(1)}` as FrameAxes<F, R>;
  return message(where, axes, show(input), `add reshape(${axes}) before it` as const);
}

/** A kernel (or pooling window) is larger than the image; `size` is what it covers, dilation included. */
export function windowTooLarge<W extends string, Word extends 'kernel' | 'pool', const P extends Window, const S extends ShapeLike>(
  where: W,
  word: Word,
  size: P,
  input: S,
) {
  const facts = `${word} ${showWindow(size)} does not fit the input ${show(input)}` as const;
  const hint = `use padding 'same' or a smaller ${word}` as const;
  return { ...message(where, `an input of at least ${showWindow(size)}` as const, show(input), hint), facts };
}

/** Nothing is left of an input that is cropped. */
export function tooSmall<W extends string, const S extends ShapeLike>(where: W, input: S) {
  return message(where, 'an input larger than what is taken off', show(input), 'crop less');
}

export function groupedInput<W extends string, G extends number, const S extends ShapeLike>(where: W, groups: G, input: S) {
  return message(where, `channels that ${groups} groups divide` as const, show(input), 'change groups or the layer before it');
}

export function groupedFilters<W extends string, G extends number, N extends number>(where: W, groups: G, filters: N) {
  return message(where, `filters that ${groups} groups divide` as const, `${filters}` as const, 'change groups or filters');
}

export function reshapeTarget<W extends string, N extends number, const T extends ShapeLike>(where: W, size: N, target: T) {
  return message(
    where,
    `a target of ${size} elements` as const,
    show(target),
    `use -1 for one dimension, or dimensions that make ${size}` as const,
  );
}

export function permuteDims<W extends string, N extends number, const D extends ShapeLike>(where: W, rank: N, dims: D) {
  return message(where, `each axis of 1 to ${rank} once` as const, show(dims), 'axis 0 is the batch and stays where it is');
}

export function axisOutOfRange<W extends string, A extends number, const S extends ShapeLike>(where: W, axis: A, input: S) {
  return message(
    where,
    `an axis of the input ${show(input)}` as const,
    `${axis}` as const,
    'axes count from 0, the batch, or from -1, the last',
  );
}

export function vectorInput<W extends string, const S extends ShapeLike>(where: W, input: S) {
  return message(where, '[features]', show(input), 'add flatten() before it');
}

/** Numbers that are counted for each sample want an axis for them. */
export function tokenInput<W extends string, const S extends ShapeLike>(where: W, input: S) {
  return message(where, '[values]', show(input), "add reshape([1]) before it, or use outputMode 'oneHot'");
}

// Layers with several inputs

export function oneInput<W extends string, N extends number>(where: W, count: N) {
  return message(where, 'one input', `${count}` as const, 'join them with concatenate() or add() before it');
}

/** Layers that mix samples take images, or images and labels. */
export function imagesAndLabels<W extends string, N extends number>(where: W, count: N) {
  return message(where, 'images, or a list of images and labels', `a list of ${count}` as const, 'pass apply([images, labels])');
}

export function severalInputs<W extends string>(where: W) {
  return message(where, 'a list of inputs', 'one input', 'pass a list: apply([a, b])');
}

export function mergedInputs<W extends string, const L extends readonly ShapeLike[]>(where: W, inputs: L) {
  return message(where, 'inputs of one shape', showAll(inputs), 'make their dimensions equal or 1');
}

export function concatenatedInputs<W extends string, A extends number, const L extends readonly ShapeLike[]>(where: W, axis: A, inputs: L) {
  return message(where, `inputs that differ in axis ${axis} only` as const, showAll(inputs), 'make the other dimensions equal');
}

/** Two inputs whose axes of a scalar product differ in length. */
export function dotInputs<W extends string, const L extends readonly ShapeLike[]>(where: W, inputs: L) {
  return message(where, 'inputs whose axes are equally long', showAll(inputs), 'choose other axes; they count from 0, the batch');
}

// Models

/** A model used as a layer, or called, with something of another shape than its input. */
export function modelInput<W extends string, const I extends ShapeLike, const S extends ShapeLike>(where: W, input: I, got: S) {
  return message(where, `input ${show(input)}` as const, show(got), 'change its input shape or the layer before it');
}

/** Losses over classes want one row of class scores per sample. */
export function lossOutput<L extends string, const S extends ShapeLike>(loss: L, output: S) {
  return message(`loss ${loss}` as const, 'output [classes]', show(output), 'add flatten() before dense');
}

type ShowBatch<S extends readonly unknown[]> =
  Show<S> extends `[${infer Dims}]` ? (Dims extends '' ? '[samples]' : `[samples, ${Dims}]`) : never;

function showBatch<const S extends ShapeLike>(shape: S): ShowBatch<S> {
  return `[${['samples', ...shape.map((d) => d ?? '?')].join(', ')}]` as ShowBatch<S>;
}

/** Images of one shape for a model of images of another. */
type AreImages<S extends ShapeLike, G extends ShapeLike> = S['length'] extends 3 ? (G['length'] extends 4 ? true : false) : false;

type DataHint<S extends ShapeLike, G extends ShapeLike> =
  Fits<G, S> extends true
    ? 'add the batch axis with ops.expandDims(x, 0)'
    : Fits<[...G, 1], [number, ...S]> extends true
      ? 'add the channel axis with ops.expandDims(x, -1)'
      : AreImages<S, G> extends true
        ? 'resize the images, or make the model for their shape'
        : `bring x to that shape, for example with ops.reshape(x, ${Show<[-1, ...S]>})`;

function dataHint<const S extends ShapeLike, const G extends ShapeLike>(input: S, got: G): DataHint<S, G> {
  if (fits(got, input)) return 'add the batch axis with ops.expandDims(x, 0)' as DataHint<S, G>;
  if (fits([...got, 1], [null, ...input])) return 'add the channel axis with ops.expandDims(x, -1)' as DataHint<S, G>;
  if (input.length === 3 && got.length === 4) return 'resize the images, or make the model for their shape' as DataHint<S, G>;
  return `bring x to that shape, for example with ops.reshape(x, ${show([-1, ...input])})` as DataHint<S, G>;
}

/** Whether a value of shape `a` can have shape `b`; `null` fits all. */
export function fits(a: ShapeLike, b: ShapeLike): boolean {
  return a.length === b.length && a.every((d, i) => d === null || b[i] === null || d === b[i]);
}

/** The x of `fit` and its kin. */
export function dataInput<W extends string, const S extends ShapeLike, const G extends ShapeLike>(where: W, input: S, got: G) {
  return message(where, `x of shape ${showBatch(input)}` as const, show(got), dataHint(input, got));
}

type LabelHint<S extends ShapeLike, G extends ShapeLike> = S extends readonly [infer C]
  ? G extends readonly [number | null] | readonly [number | null, 1]
    ? `use utils.toCategorical(y, ${ShowDim<C>}) or the loss sparseCategoricalCrossentropy`
    : 'give y the shape of the output of the model'
  : 'give y the shape of the output of the model';

function labelHint<const S extends ShapeLike, const G extends ShapeLike>(output: S, got: G): LabelHint<S, G> {
  const labels = output.length === 1 && (got.length === 1 || (got.length === 2 && got[1] === 1));
  return (
    labels
      ? `use utils.toCategorical(y, ${output[0] ?? '?'}) or the loss sparseCategoricalCrossentropy`
      : 'give y the shape of the output of the model'
  ) as LabelHint<S, G>;
}

/** The y of `fit` and its kin, which belongs to an output of the model. */
export function dataTarget<W extends string, const S extends ShapeLike, const G extends ShapeLike>(where: W, output: S, got: G) {
  return message(where, `y of shape ${showBatch(output)}` as const, show(got), labelHint(output, got));
}

/** Lists of tensors, one for each input or output. */
export function dataCount<W extends string, Word extends 'x' | 'y', N extends number, G extends string>(
  where: W,
  word: Word,
  count: N,
  got: G,
) {
  return message(where, `${word} as a list of ${count} tensors` as const, got, 'give them in the order of the model');
}
