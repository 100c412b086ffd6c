/** A function of the user's as a layer. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, nullable, type Reader, readOptions, shape as shapeReader } from '../options/index.js';
import { Tensor } from '../tensor/tensor.js';
import { view } from '../ops/broadcast.js';
import type { FixedShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Shape, WithoutBatch } from '../types/shape.js';
import { setMask } from './context.js';
import { shortForm } from './kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { isShapeList, type Shapes } from './symbolic.js';

/** What a lambda layer calls: with the input (a list, where the layer gets one) and `{ training }`. */
// The function's own annotation says which of the two it takes.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type LambdaFunction<S extends Shape = Shape> = (x: any, options: { training: boolean; [argument: string]: any }) => Tensor<S>;

/** The mask of a lambda layer's output: a tensor, or what a function makes of the inputs and their masks. */
export type LambdaMask = Tensor | ((inputs: readonly Tensor[], masks: readonly (Tensor | undefined)[]) => Tensor | undefined);

/** Options of `layers.lambda`. */
export interface LambdaOptions extends LayerOptions {
  function: LambdaFunction;
  /** Shape of the output without the batch. Where it is absent, the function is tried out. */
  outputShape?: readonly (number | null)[] | null;
  /** Which steps of the output are real, for the layers behind; by itself a mask ends here. */
  mask?: LambdaMask | null;
  /** Given to the function beside `training`. */
  arguments?: Readonly<Record<string, unknown>> | null;
}

const fn: Reader<LambdaFunction> = (value, where) => {
  if (typeof value === 'function') return value as LambdaFunction;
  throw new ArgumentError({
    where,
    expected: 'a function from a tensor to a tensor',
    received: describe(value),
    hint: 'for example (x) => ops.square(x)',
  });
};

const maskReader: Reader<LambdaMask> = (value, where) => {
  if (typeof value === 'function' || value instanceof Tensor) return value as LambdaMask;
  throw new ArgumentError({ where, expected: 'a tensor or a function of inputs and masks', received: describe(value) });
};

const argumentsReader: Reader<Readonly<Record<string, unknown>>> = (value, where) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ArgumentError({ where, expected: 'an object', received: describe(value) });
};

const readers = {
  ...layerReaders,
  function: fn,
  outputShape: nullable(shapeReader),
  mask: nullable(maskReader),
  arguments: nullable(argumentsReader),
};

/** Calls a function. */
export class Lambda<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly fn: LambdaFunction;
  private readonly fixedShape: readonly (number | null)[] | null;
  private readonly mask: LambdaMask | null;
  private readonly arguments: Readonly<Record<string, unknown>> | null;

  constructor(options: LambdaOptions) {
    const read = readOptions('lambda', options, readers);
    super(common(read));
    this.fn = read.function;
    this.fixedShape = read.outputShape;
    this.mask = read.mask;
    this.arguments = read.arguments;
  }

  override get className(): string {
    return 'Lambda';
  }

  protected override get takes(): 'either' {
    return 'either';
  }

  protected override get hasShapeRule(): boolean {
    return this.fixedShape !== null;
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    if (!this.fixedShape) return super.computeOutputShape(inputShape);
    const first = isShapeList(inputShape) ? inputShape[0]! : inputShape;
    return [first[0] as number | null, ...this.fixedShape];
  }

  override call(x: Tensor | readonly Tensor[], { training = false, mask }: CallOptions): Tensor {
    const y = this.fn(x, { ...this.arguments, training });
    if (this.mask === null) return y;
    const inputs = x instanceof Tensor ? [x] : x;
    const masks = inputs.map((_, i) =>
      Array.isArray(mask) ? (mask[i] as Tensor | undefined) : i === 0 ? (mask as Tensor | undefined) : undefined,
    );
    const own = this.mask instanceof Tensor ? this.mask : this.mask(inputs, masks);
    // A function may give back its input, whose mask is another's.
    const result = own && inputs.includes(y) ? view(y) : y;
    if (own) setMask(result, own);
    return result;
  }

  override getConfig(): Config {
    const given = { ...(this.mask && { mask: this.mask as never }), ...(this.arguments && { arguments: this.arguments as never }) };
    return { ...super.getConfig(), function: this.fn, outputShape: this.fixedShape, ...given };
  }
}

registerLayer('Lambda', Lambda);

/**
 * A function as a layer. It has no weights. Of a function with a name the name is written to files, and whoever
 * loads them brings the function (`customObjects`).
 * Source: Keras 3, keras.layers.Lambda.
 *
 * Shapes: those that the function gives; found by trying it out, or said by `outputShape` (without the batch).
 *
 * @example
 * layers.lambda((x) => ops.div(ops.sub(x, mean), deviation));
 */
export function lambda<const S extends readonly (number | null)[]>(
  fn: LambdaFunction,
  options: Omit<LambdaOptions, 'function' | 'outputShape'> & { outputShape: S },
): Lambda<FixedShape<S>>;
export function lambda<S extends Shape>(
  fn: LambdaFunction<S>,
  options?: Omit<LambdaOptions, 'function' | 'outputShape'>,
): Lambda<FixedShape<WithoutBatch<S>>>;
export function lambda(fn: LambdaFunction, options?: Omit<LambdaOptions, 'function'>): Lambda;
export function lambda(options: LambdaOptions): Lambda;
export function lambda(given: LambdaFunction | LambdaOptions, options?: Omit<LambdaOptions, 'function'>): Lambda {
  return new Lambda(shortForm(given, 'function', options));
}
