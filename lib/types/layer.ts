/**
 * How a layer states its output shape: an interface that computes `out` from `this['in']` (a function from types to types, which
 * TypeScript has no direct spelling for). `out` is a shape, or an error sentence.
 */
import type { IsAny, Known, Shape, Shapes, WithoutBatch } from './shape.js';
import type { TensorLike } from './tensor.js';

/** What nothing is known of: a layer that does not state its shape, the shapes of a model that can be any. It fits everywhere. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- unlike `unknown` it is assignable both ways, whatever the variance
export type AnyShape = any;

export interface ShapeFn {
  readonly in: unknown;
  readonly out: unknown;
}

/** Anything that carries a shape function: `class Layer` does, in a field that exists for the compiler only. */
export interface HasShapeFn {
  readonly __shape: ShapeFn;
}

/** What the shape function says: a shape, several shapes, or an error sentence. */
export type Apply<F extends ShapeFn, I> = (F & { readonly in: I })['out'];

/** The output of a layer for the input I: a shape, or several; `Shape` where the layer does not say, or has refused already. */
export type OutputOf<L extends HasShapeFn, I> =
  IsAny<L['__shape']> extends true ? Shape : KnownOutput<Apply<L['__shape'], IsAny<I> extends true ? Shape : I>>;

type KnownOutput<R> = IsAny<R> extends true ? Shape : R extends Shape | Shapes ? R : Shape;

/** The same where one output is wanted: in a row of layers. */
export type OutputShape<L extends HasShapeFn, I> =
  IsAny<L['__shape']> extends true ? Shape : Known<Apply<L['__shape'], IsAny<I> extends true ? Shape : I>>;

/** L where the layer takes the input I, otherwise the sentence that says why not: write `add<L extends Layer>(layer: Check<L, I>)`. */
export type Check<L extends HasShapeFn, I> =
  IsAny<L['__shape'] | I> extends true ? L : Apply<L['__shape'], I> extends infer R extends string ? R : L;

/** Layers in a row, for `sequential([...])`: the output of the last one. */
export type ChainOutput<Ls extends readonly HasShapeFn[], I extends Shape> = Ls extends readonly [
  infer L extends HasShapeFn,
  ...infer Rest extends readonly HasShapeFn[],
]
  ? ChainOutput<Rest, OutputShape<L, I>>
  : number extends Ls['length']
    ? Shape
    : I;

/**
 * Layers in a row with each misfit replaced by its sentence: write `sequential<const Ls>(shape, layers: readonly [...Ls] & CheckChain<Ls, S>)`,
 * because TypeScript infers Ls from the first half only.
 */
export type CheckChain<Ls extends readonly HasShapeFn[], I, Out extends readonly unknown[] = []> = Ls extends readonly [
  infer L extends HasShapeFn,
  ...infer Rest extends readonly HasShapeFn[],
]
  ? CheckChain<Rest, OutputShape<L, I>, [...Out, Check<L, I>]>
  : number extends Ls['length']
    ? Ls
    : Readonly<Out>;

// Functional models

/** A placeholder in a functional model: the compiler reads its shape, without the batch. */
export interface HasSymbolicShape<S extends Shape = Shape> {
  readonly __symbolic: S;
}

/** What a functional model is made of: one placeholder, or a list. */
export type SymbolicInput = HasSymbolicShape | readonly HasSymbolicShape[];

/** What a layer is applied to: placeholders or tensors, one or a list. */
export type LayerInput = SymbolicInput | TensorLike | readonly TensorLike[];

/** Shapes of what a layer is applied to, without the batch: what the layer's `this['in']` is. */
export type InputOf<X> =
  IsAny<X> extends true
    ? Shape
    : X extends HasSymbolicShape<infer S>
      ? S
      : X extends TensorLike<infer S>
        ? WithoutBatch<S>
        : X extends readonly unknown[]
          ? { -readonly [K in keyof X]: InputOf<X[K]> }
          : Shape;

/** The size of the batch, where tensors say it. */
export type BatchOf<X> =
  X extends TensorLike<infer S>
    ? S extends readonly [infer N extends number, ...Shape]
      ? N
      : number
    : X extends readonly [infer First, ...unknown[]]
      ? BatchOf<First>
      : number;

/** X where the layer takes it, otherwise the sentence: write `apply<const X extends LayerInput>(x: CheckInput<this, X>)`. */
export type CheckInput<L extends HasShapeFn, X> =
  IsAny<L['__shape'] | X> extends true ? X : Apply<L['__shape'], InputOf<X>> extends infer R extends string ? R : X;
