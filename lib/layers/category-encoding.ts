/** Class numbers as vectors. */
import { ArgumentError, ShapeError } from '../errors.js';
import * as ops from '../ops/index.js';
import { type Config, oneOf, optional, readOptions, whole } from '../options/index.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { EncodingShape } from '../types/core-layers.js';
import type { AnyShape, ShapeFn } from '../types/layer.js';
import { tokenInput } from '../types/messages.js';
import { encoded, encodedShape, type Encoding } from './encoding.js';
import { shortForm } from './kernel-options.js';
import { common, Layer, type LayerOptions, layerReaders } from './layer.js';
import { registerLayer } from './registry.js';
import { type BatchShape, isShapeList, type Shapes, withoutBatch } from './symbolic.js';

/** Options of `layers.categoryEncoding`. */
export interface CategoryEncodingOptions<N extends number = number, M extends Encoding = Encoding> extends LayerOptions {
  /** Number of classes: numbers go from 0 to numTokens - 1. */
  numTokens: N;
  /** One vector a number; the numbers of a sample as 0 and 1 (the default); or how often each occurs. */
  outputMode?: M;
}

const readers = {
  ...layerReaders,
  numTokens: whole(),
  outputMode: optional(oneOf('multiHot', 'oneHot', 'count'), 'multiHot' as const),
};

/** Class numbers to vectors of 0 and 1, or of counts. */
export class CategoryEncoding<F extends ShapeFn = AnyShape> extends Layer<F> {
  private readonly numTokens: number;
  private readonly outputMode: Encoding;

  constructor(options: CategoryEncodingOptions) {
    const read = readOptions('categoryEncoding', options, readers);
    super(common(read));
    this.numTokens = read.numTokens;
    this.outputMode = read.outputMode;
  }

  override get className(): string {
    return 'CategoryEncoding';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  protected override get takes(): 'either' {
    return 'either';
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = isShapeList(inputShape) ? inputShape : [inputShape];
    if (shapes.length > 2 || (shapes.length === 2 && this.outputMode !== 'count')) {
      throw new ArgumentError({
        where: 'categoryEncoding',
        expected: "one input, or [numbers, weights] with outputMode 'count'",
        received: `${shapes.length} inputs with outputMode '${this.outputMode}'`,
      });
    }
    const shape = shapes[0]!;
    if (this.outputMode !== 'oneHot' && shape.length < 2) throw new ShapeError(tokenInput('categoryEncoding', withoutBatch(shape)));
    return encodedShape(shape, this.outputMode, this.numTokens);
  }

  protected override outputDType(): DType {
    return this.dtype;
  }

  override call(inputs: Tensor | readonly Tensor[]): Tensor {
    const [numbers, weights] = (Array.isArray(inputs) ? inputs : [inputs]) as [Tensor, Tensor?];
    const indices = isFloat(numbers.dtype) ? ops.cast(numbers, 'int32') : numbers;
    return encoded(indices, this.outputMode, this.numTokens, this.dtype, weights);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), numTokens: this.numTokens, outputMode: this.outputMode };
  }
}

registerLayer('CategoryEncoding', CategoryEncoding);

/**
 * Turns class numbers into vectors of `numTokens` numbers. Source: Keras 3, keras.layers.CategoryEncoding.
 *
 * Shapes: [batch, ..., values] to [batch, ..., numTokens]; with 'oneHot' [batch, ...] to [batch, ..., numTokens], where a last axis of 1 is
 * left out. With 'count' the input may be [numbers, weights]. Numbers outside count nowhere.
 *
 * @example
 * layers.categoryEncoding(10, { outputMode: 'oneHot' });
 */
export function categoryEncoding<const N extends number, const M extends Encoding = 'multiHot'>(
  numTokens: N,
  options?: Omit<CategoryEncodingOptions<N, M>, 'numTokens'>,
): CategoryEncoding<EncodingShape<'categoryEncoding', N, M>>;
export function categoryEncoding<const N extends number, const M extends Encoding = 'multiHot'>(
  options: CategoryEncodingOptions<N, M>,
): CategoryEncoding<EncodingShape<'categoryEncoding', N, M>>;
export function categoryEncoding(numTokens: number | CategoryEncodingOptions, options?: object): CategoryEncoding {
  return new CategoryEncoding(shortForm(numTokens, 'numTokens', options));
}
