/** A function of the user's as a layer. */
import { ArgumentError } from '../errors.js';
import { type Config, describe, nullable, type Reader, readOptions, shape as shapeReader } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { FixedShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import type { Shape, WithoutBatch } from '../types/shape.js';
import { shortForm } from './kernel-options.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { isShapeList, type Shapes } from './symbolic.js';

/** What a lambda layer calls: with the input (a list, where the layer gets one) and `{ training }`. */
// The function's own annotation says which of the two it takes.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type LambdaFunction<S extends Shape = Shape> = (x: any, options: { training: boolean }) => Tensor<S>;

/** Options of `layers.lambda`. */
export interface LambdaOptions extends LayerOptions {
  function: LambdaFunction;
  /** Shape of the output without the batch. Where it is absent, the function is tried out. */
  outputShape?: readonly (number | null)[] | null;
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

const readers = { ...layerReaders, function: fn, outputShape: nullable(shapeReader) };

/** Calls a function. */
export class Lambda<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly fn: LambdaFunction;
  private readonly fixedShape: readonly (number | null)[] | null;

  constructor(options: LambdaOptions) {
    const read = readOptions('lambda', options, readers);
    super(common(read));
    this.fn = read.function;
    this.fixedShape = read.outputShape;
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

  override call(x: Tensor | readonly Tensor[], { training = false }: CallOptions): Tensor {
    return this.fn(x, { training });
  }

  override getConfig(): Config {
    return { ...super.getConfig(), function: this.fn, outputShape: this.fixedShape };
  }
}

registerLayer('Lambda', Lambda);

/**
 * A function as a layer. It has no weights, and it cannot be written to a file: for that, make a class of your own.
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
