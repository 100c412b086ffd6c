/** What `compile`, `fit`, `evaluate` and `predict` take, checked against the input and output shapes of the model. */
import type { dataCount, dataInput, dataTarget, lossOutput, Sentence } from './messages.js';
import type { Fits, IsAny, Leading, RankUnknown, Shape, Shapes } from './shape.js';
import type { ShapeOfNested } from './tensor.js';

// Losses

/** Losses that compare classes: by their name they take one row of class scores a sample. */
export type ClassLoss = 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy';

/**
 * L where it can be the loss of a model with output Out, otherwise the sentence: `compile<const L>(options: { loss: CheckLoss<L, Out> })`.
 * The factory form, `losses.categoricalCrossentropy()`, is for outputs with classes at every position and is not checked. Several outputs
 * take a list of losses, or one for all.
 */
export type CheckLoss<L, Out> =
  IsAny<Out> extends true ? L : Out extends Shape ? LossOf<L, Out> : [LossErrors<L, Out>] extends [never] ? L : LossErrors<L, Out>;

/** Loss by loss, so that the parameters of a function have their types before L is known. */
type LossOf<L, Out> = L extends ClassLoss ? ([LossError<L, Out>] extends [never] ? L : LossError<L, Out>) : L;

type LossErrors<L, Out> = Out extends Shapes
  ? L extends readonly unknown[]
    ? { [K in keyof L]: LossError<L[K], At<Out, K>> }[number]
    : LossError<L, Out[number]>
  : never;

/** The sentence of a loss that cannot be that of the output, or `never`. Distributes over several outputs. */
type LossError<L, Out> = L extends ClassLoss
  ? Out extends Shape
    ? Out extends readonly [number]
      ? never
      : RankUnknown<Out> extends true
        ? never
        : Sentence<ReturnType<typeof lossOutput<L, Out>>>
    : never
  : never;

// Data

/** A typed array with its shape. */
export interface ShapedArray {
  readonly data: ArrayBufferView;
  readonly shape: Shape;
}

/** The shape of a piece of data, batch included; `null` for what only the run time can look into (datasets, generators, dictionaries). */
export type DataShape<X> =
  IsAny<X> extends true
    ? null
    : X extends { readonly shape: infer S extends Shape }
      ? S
      : X extends ArrayBufferView
        ? [number]
        : X extends readonly (infer E)[]
          ? E extends number | boolean | ArrayBufferView | readonly unknown[]
            ? ShapeOfNested<X>
            : null
          : null;

type WithBatch<S extends Shape> = RankUnknown<S> extends true ? Shape : [number, ...S];

/** X where it can be the x of a model with input In, otherwise the sentence. */
export type CheckX<Where extends string, X, In> =
  IsAny<In> extends true
    ? X
    : In extends Shape
      ? DataShape<X> extends infer S extends Shape
        ? Fits<S, WithBatch<In>> extends true
          ? X
          : Sentence<ReturnType<typeof dataInput<Where, In, S>>>
        : X
      : In extends Shapes
        ? CheckMany<Where, 'x', X, In>
        : X;

/**
 * Y where it can be the y of a model with output Out, whatever the loss: values of the output's shape, or class numbers for sparse
 * losses. Otherwise the sentence.
 */
export type CheckY<Where extends string, Y, Out> =
  IsAny<Out> extends true
    ? Y
    : Out extends Shape
      ? DataShape<Y> extends infer S extends Shape
        ? true extends Fits<S, WithBatch<Out>> | Fits<S, WithBatch<Leading<Out>>> | Fits<S, [...WithBatch<Leading<Out>>, 1]>
          ? Y
          : Sentence<ReturnType<typeof dataTarget<Where, Out, S>>>
        : Y
      : Out extends Shapes
        ? CheckMany<Where, 'y', Y, Out>
        : Y;

/** Data to validate with, `[x, y]` or `{ x, y }`, checked like those to train with; a generator is looked into at run time. */
export type CheckValidation<V, In, Out> = V extends readonly [infer X, infer Y, ...infer Rest]
  ? readonly [CheckX<'fit validationData', X, In>, CheckY<'fit validationData', Y, Out>, ...Rest]
  : V extends { readonly x: infer X; readonly y: infer Y }
    ? { readonly x: CheckX<'fit validationData', X, In>; readonly y: CheckY<'fit validationData', Y, Out> }
    : V;

/** Several inputs or outputs take a list of as many tensors, each checked by itself. */
type CheckMany<Where extends string, Word extends 'x' | 'y', X, Of extends Shapes> =
  IsAny<X> extends true
    ? X
    : X extends readonly unknown[]
      ? number extends X['length'] | Of['length']
        ? X
        : X['length'] extends Of['length']
          ? { [K in keyof X]: Word extends 'x' ? CheckX<Where, X[K], At<Of, K>> : CheckY<Where, X[K], At<Of, K>> }
          : Sentence<ReturnType<typeof dataCount<Where, Word, Of['length'], `${X['length']}`>>>
      : X extends { readonly shape: Shape }
        ? Sentence<ReturnType<typeof dataCount<Where, Word, Of['length'], 'one tensor'>>>
        : X;

type At<L extends Shapes, K> = K extends keyof L ? L[K] : never;
