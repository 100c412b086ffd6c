/**
 * Shapes at compile time. Nothing of this folder exists at run time but the writers of error sentences (messages.ts).
 *
 * A layer states its shape as an interface over `this['in']`, and its factory hands the literal options on with `const` parameters:
 *
 *     export interface DenseShape<Units extends number> extends ShapeFn {
 *       readonly out: this['in'] extends readonly [...infer Rest extends number[], number] ? [...Rest, Units] : 'why not';
 *     }
 *     export class Layer<F extends ShapeFn = any> {
 *       declare readonly __shape: F;      // not @internal: the declaration files need it
 *       apply<const X extends LayerInput>(x: CheckInput<this, X>): Applied<X, OutputOf<this, InputOf<X>>>;
 *     }
 *     export function dense<const U extends number>(units: U, options?: DenseOptions): Layer<DenseShape<U>>;
 *
 * A model asks `Check` whether a layer fits and `OutputShape` what comes out:
 *
 *     class Sequential<In extends Shape, Out extends Shape> {
 *       add<L extends Layer>(layer: Check<L, Out>): Sequential<In, OutputShape<L, Out>>;
 *       compile<const L extends LossOption>(options: { loss: CheckLoss<L, Out>; optimizer: OptimizerOption }): this;
 *       fit<const X, const Y>(x: CheckX<'fit', X, In>, y: CheckY<'fit', Y, Out>, options?: FitOptions): Promise<History>;
 *     }
 *
 * At run time the same words come from the writers: `throw new ShapeError(windowTooLarge('conv2d', 'kernel', 5, [4, 4, 1]))`.
 */
export type * from './arithmetic.js';
export type * from './audio.js';
export type * from './core-layers.js';
export type * from './data.js';
export type * from './grid.js';
export type * from './layer.js';
export type { BroadcastAll, Concatenated, ConcatenateShape, MergeShape } from './merge.js';
export * from './messages.js';
export type * from './shape.js';
export type * from './tensor.js';
export type * from './window.js';
